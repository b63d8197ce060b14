package ignore

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// AddBaseline adds a record of what has been found before and is accepted. It is
//
//   - a JSON report of leakflare; of what is suppressed in it only that counts
//     which was in a baseline then, since a mark or an ignore file speaks for
//     itself;
//   - a JSON report of gitleaks or betterleaks. A secret in clear is hashed and
//     not kept; one that is redacted is known by its file and line;
//   - a .secrets.baseline of detect-secrets;
//   - a .gitleaksignore or .betterleaksignore.
//
// Whatever names a credential in it, covers it everywhere.
func (l *List) AddBaseline(name string) error {
	f := newFile(name, report.ByBaseline)
	text, err := read(name)
	if err != nil {
		return err
	}
	switch start := bytes.TrimLeft(text, " \r\n\t"); {
	case len(start) == 0:
		return fmt.Errorf("%s: is empty, and no baseline", f.name)
	case start[0] == '[':
		err = f.named(f.parseGitleaks(text))
	case start[0] == '{':
		err = f.named(f.parseObject(text))
	default:
		err = f.parse(text, (*file).parseForeign)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.named = append(l.named, f)
	return nil
}

// named returns err with the name of the file, which a whole file is at fault of.
func (f *file) named(err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", f.name, err)
	}
	return err
}

// parseObject reads a report of leakflare or a baseline of detect-secrets.
func (f *file) parseObject(text []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	if results, ok := keys["results"]; ok && keys["schema_version"] == nil {
		return f.parseDetectSecrets(results)
	}
	if keys["schema_version"] == nil {
		return errors.New("is no baseline: neither a JSON report of leakflare or gitleaks nor a baseline of detect-secrets")
	}
	r, err := report.ReadJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	for _, finding := range r.Findings {
		if s := finding.Suppressed; s != nil && s.By != report.ByBaseline {
			continue
		}
		// Two rules may have found one secret.
		if f.prints[finding.Fingerprint] == nil {
			f.prints[finding.Fingerprint] = f.add(new(entry))
		}
	}
	return nil
}

// add adds e to the entries.
func (f *file) add(e *entry) *entry {
	f.entries = append(f.entries, e)
	return e
}

// A redactable is a secret in a report of gitleaks. It is hashed as it is
// decoded, and kept as its hash alone.
type redactable struct {
	print secret.Fingerprint
	clear bool // it stood there whole
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *redactable) UnmarshalText(text []byte) error {
	text = bytes.TrimSpace(text)
	r.print = secret.New(text).Fingerprint()
	// In part redacted, a secret is cut short.
	r.clear = len(text) > 0 && !bytes.Equal(text, []byte("REDACTED")) && !bytes.HasSuffix(text, []byte("..."))
	return nil
}

// parseGitleaks reads a JSON report of gitleaks or betterleaks. See
// https://github.com/gitleaks/gitleaks/blob/master/report/finding.go.
func (f *file) parseGitleaks(text []byte) error {
	var findings []struct {
		RuleID    *string
		Secret    redactable
		File      string
		StartLine int
		Commit    string
	}
	if err := json.Unmarshal(text, &findings); err != nil {
		return err
	}
	for _, finding := range findings {
		if finding.RuleID == nil {
			return errors.New("is a list of something else than findings of gitleaks")
		}
		e := f.add(&entry{foreign: true})
		if finding.Secret.clear {
			f.prints[finding.Secret.print] = e
		} else {
			f.addSpot(spot{strings.ToLower(finding.Commit), finding.File, finding.StartLine}, e)
		}
	}
	return nil
}

// A digest is the SHA-1 of a secret.
type digest = [sha1.Size]byte

// parseDetectSecrets reads the results in a baseline of detect-secrets, which
// are by file. See https://github.com/Yelp/detect-secrets/blob/master/docs/design.md.
func (f *file) parseDetectSecrets(results []byte) error {
	var files map[string][]struct {
		Hash     string `json:"hashed_secret"`
		IsSecret *bool  `json:"is_secret"`
	}
	if err := json.Unmarshal(results, &files); err != nil {
		return err
	}
	for _, found := range files {
		for _, s := range found {
			b, err := hex.DecodeString(s.Hash)
			if err != nil || len(b) != sha1.Size {
				return errors.New("a hashed_secret is no SHA-1")
			}
			e := f.add(&entry{foreign: true})
			if s.IsSecret != nil && !*s.IsSecret {
				e.reason = "audited: no secret"
			}
			d := digest(slices.Clip(b))
			if old := f.digests[d]; old == nil || e.reason != "" {
				f.digests[d] = e
			}
		}
	}
	return nil
}
