package respond

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
)

// This file is the only one of the package in which a value is bare: a new one on
// its way into a file or a pipe, and where it is looked for in what must not hold
// it; and the operator's, whose prefix says what it is.

// kindOf returns what kind of credential v is by its prefix, and for one without
// an API token in the format before 2026. It is nil if v is empty.
func kindOf(v secret.Value) *detectors.Detector {
	s := v.Reveal()
	if s == "" {
		return nil
	}
	for _, d := range detectors.All {
		if d.HasPrefix(s) {
			return d
		}
	}
	return detectors.LegacyToken
}

// usable returns an error if v cannot be the value of a token, as when an
// answer lacks it. What passes fits into a line, and into the buffer of a pipe.
func usable(v secret.Value) error {
	s := v.Reveal()
	if len(s) < 16 || len(s) > 512 {
		return fmt.Errorf("the answer holds no value of a token: it has %d characters", len(s))
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return errors.New("the answer holds no value of a token: there are characters in it that none has")
		}
	}
	return nil
}

// content returns what a file holds for v: v itself with no newline, or v
// encrypted if there are recipients.
func content(v secret.Value, recipients []age.Recipient) ([]byte, error) {
	if len(recipients) == 0 {
		return []byte(v.Reveal()), nil
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	if _, err := io.WriteString(w, v.Reveal()); err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	return b.Bytes(), nil
}

// entry returns the line of a token in a file that holds several.
func entry(id string, v secret.Value) []byte { return []byte(id + " " + v.Reveal() + "\n") }

// pipe returns the reading end of a pipe that holds v and nothing more. The
// value is in it before the command that reads it starts: if we die, the
// command gets all of the value, never an end of input in its place.
func pipe(v secret.Value) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// It fits into the buffer of any pipe. Should it not, there is no reader yet
	// to wait for. Windows has no deadlines for pipes.
	_ = w.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_, err = io.WriteString(w, v.Reveal())
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// gram is how much of a value a text may hold before that is masked.
const gram = 8

// A masker finds values in texts, whole or in pieces of at least gram
// characters, as it is, in hexadecimal digits or in base64.
type masker map[string]bool

// add makes m find v, too.
func (m masker) add(v secret.Value) {
	for _, s := range v.Spellings() {
		for i := 0; i+gram <= len(s); i++ {
			m[s[i:i+gram]] = true
		}
	}
}

// mask returns text without the values. The nil masker knows none.
func (m masker) mask(text string) string {
	var b strings.Builder
	done := 0 // text[:done] is in b
	for i := 0; i+gram <= len(text); {
		if !m[text[i:i+gram]] {
			i++
			continue
		}
		end := i + gram
		for end < len(text) && m[text[end-gram+1:end+1]] {
			end++
		}
		b.WriteString(text[done:i] + "[masked]")
		i, done = end, end
	}
	return b.String() + text[done:]
}
