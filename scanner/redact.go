package scanner

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
)

// A credential can stand in a path, an author's name, a commit's summary or a
// ref, all of which reports show. A redactor masks in such strings what the
// scan found anywhere, and what the detectors find in the string itself.
type redactor struct {
	set   *detectors.Set
	known *strings.Replacer
}

// redactor returns the redactor for what h holds, rejected candidates included.
func (s *Scan) redactor(h *harvest) *redactor {
	var pairs []string
	seen := make(map[string]bool)
	for _, w := range h.sources {
		for _, x := range w.hits {
			s := x.match.Secret.Reveal()
			if seen[s] {
				continue
			}
			seen[s] = true
			for _, written := range spellings(s) {
				pairs = append(pairs, written, x.match.Secret.Mask())
			}
		}
	}
	return &redactor{set: s.set, known: strings.NewReplacer(pairs...)}
}

// spellings returns how a secret may be written in a name: as it is, in
// hexadecimal digits, and in base64 at each alignment, but for the characters
// at the ends that depend on what is beside it.
func spellings(s string) []string {
	forms := []string{s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s)))}
	for lead := range 3 {
		padded := append(make([]byte, lead), s...)
		// Of what credentials are made of, base64url is the same.
		text := base64.StdEncoding.EncodeToString(padded[:len(padded)/3*3])
		forms = append(forms, text[(lead*8+5)/6:])
	}
	return forms
}

func (r *redactor) redact(text string) string {
	return r.set.Mask(r.known.Replace(text))
}

// harmless returns those of texts that hold no credential.
func (r *redactor) harmless(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return r.redact(t) != t })
}

// location returns l with credentials masked wherever they stand.
func (r *redactor) location(l source.Location) report.Location {
	l.Path = r.redact(l.Path)
	l.Repository = r.redact(l.Repository)
	l.Author = r.redact(l.Author)
	l.Email = r.redact(l.Email)
	l.Summary = r.redact(l.Summary)
	l.Refs = slices.Clone(l.Refs)
	for i, ref := range l.Refs {
		l.Refs[i] = r.redact(ref)
	}
	return report.Location(l)
}
