package scanner

import (
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
)

// A credential can stand in a path, an author's name, a commit's summary or a
// ref, all of which reports show. A redactor masks in such strings what the
// scan found anywhere, in each way to write it that the detectors know, and what
// these find in the string itself.
type redactor struct {
	sets  []*detectors.Set // of what is known, and of the detectors of the scan
	known *strings.Replacer
}

// redactor returns the redactor for what h holds, rejected candidates included.
func (s *Scan) redactor(h *harvest) *redactor {
	var (
		pairs  []string
		values []secret.Value
	)
	seen := make(map[secret.Fingerprint]bool)
	for _, w := range h.sources {
		for _, x := range w.hits {
			fingerprint := x.match.Secret.Fingerprint()
			if seen[fingerprint] {
				continue
			}
			seen[fingerprint] = true
			values = append(values, x.match.Secret)
			for _, written := range x.match.Secret.Spellings() {
				pairs = append(pairs, written, x.match.Secret.Mask())
			}
		}
	}
	return &redactor{
		sets:  []*detectors.Set{detectors.NewSet(detectors.Known(values)), detectors.NewSet(s.Detectors...)},
		known: strings.NewReplacer(pairs...),
	}
}

// redact returns text with credentials in it masked.
func (r *redactor) redact(text string) string {
	text = r.known.Replace(text)
	for _, set := range r.sets {
		// Of two beside one another in an encoding, one is found at a time.
		for range maxMasks {
			masked := set.Mask(text)
			if masked == text {
				break
			}
			text = masked
		}
	}
	return text
}

// maxMasks bounds how often a text is masked.
const maxMasks = 16

// harmless returns those of texts that hold no credential.
func (r *redactor) harmless(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return r.redact(t) != t })
}

// before returns text as far as the mark that is behind n others, or all of it.
func before(text string, mark byte, n int) string {
	for i := range len(text) {
		if text[i] == mark {
			if n--; n < 0 {
				return text[:i]
			}
		}
	}
	return text
}

// location returns l with credentials masked wherever they stand.
func (r *redactor) location(l source.Location) report.Location {
	// What is in a container may tell that there is a credential in its name.
	marks := strings.Count(l.Container, "!")
	l.Path = r.redact(l.Path)
	if l.Container != "" {
		l.Container = before(l.Path, '!', marks)
	}
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
