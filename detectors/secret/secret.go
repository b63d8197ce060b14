// Package secret holds what is known about one credential without showing it:
// a [Value] that masks itself wherever it is printed, the [Fingerprint] by
// which it is known in reports and baselines, how sure we are that it is real
// ([Confidence]) and whether it still works ([Status]).
//
// The package imports nothing of leakflare.
package secret

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A Value is a credential found in scanned content. The zero Value is empty.
//
// It prints as its mask under every verb of fmt, in JSON, in text encodings
// and in log/slog. Reveal, and Spellings for what masks it, are the only ways
// to the bytes.
//
// Values cannot be compared with ==; compare their fingerprints instead.
type Value struct {
	_ [0]func() // not comparable
	p *string   // a pointer, because fmt cannot call Format on an unexported field and shows an address instead
}

// New returns a Value that holds a copy of b.
func New(b []byte) Value {
	s := string(b)
	return Value{p: &s}
}

// Reveal returns the credential itself. A test lists its callers.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// Spellings returns how the credential may be written in a name or a message: as
// it is, in hexadecimal digits, and in base64 at each alignment, but for the
// characters at the ends that depend on what is beside it, and for padding of its
// own, which may be missing. They are for what looks for it to mask it, and are as
// secret as it is.
func (v Value) Spellings() []string {
	s := strings.TrimRight(v.Reveal(), "=")
	digits := hex.EncodeToString([]byte(s))
	forms := []string{s, digits, strings.ToUpper(digits)}
	for lead := range 3 {
		padded := append(make([]byte, lead), s...)
		// Of what credentials are made of, base64url is the same.
		text := base64.StdEncoding.EncodeToString(padded[:len(padded)/3*3])
		forms = append(forms, text[(lead*8+5)/6:])
	}
	return forms
}

// Fingerprint returns the SHA-256 of the credential: the same in every path,
// commit, encoding and operating system.
func (v Value) Fingerprint() Fingerprint { return sha256.Sum256([]byte(v.Reveal())) }

// SHA1 returns the SHA-1 of the credential, by which baselines of detect-secrets
// know it: https://github.com/Yelp/detect-secrets/blob/master/detect_secrets/core/potential_secret.py.
// It is for looking it up there and nothing else.
func (v Value) SHA1() [sha1.Size]byte { return sha1.Sum([]byte(v.Reveal())) }

// Mask returns a form of v that is safe to show: of a long credential the
// prefix that tells its kind, the next four bytes and the last four; of a
// short one nothing.
func (v Value) Mask() string {
	s := v.Reveal()
	if len(s) < 32 {
		return "…"
	}
	head := 4
	if i := strings.IndexByte(s[:8], '_'); i > 0 && strings.HasPrefix(s, "cf") {
		head = i + 1 + 4
	}
	return s[:head] + "…" + s[len(s)-4:]
}

// Format implements [fmt.Formatter], for every verb.
func (v Value) Format(f fmt.State, _ rune) { io.WriteString(f, v.Mask()) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json uses too.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.Mask()), nil }

// LogValue implements [slog.LogValuer].
func (v Value) LogValue() slog.Value { return slog.StringValue(v.Mask()) }

// A Fingerprint is the SHA-256 of a credential.
type Fingerprint [sha256.Size]byte

// String returns f as 64 lower-case hexadecimal digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Short returns the first 16 digits of f, which tell credentials apart. It is for
// what many people read: the whole of an API token's fingerprint is the secret access
// key of R2 that goes with it.
func (f Fingerprint) Short() string { return hex.EncodeToString(f[:8]) }

// MarshalText implements [encoding.TextMarshaler].
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (f *Fingerprint) UnmarshalText(b []byte) error {
	if hex.DecodedLen(len(b)) != len(f) {
		return fmt.Errorf("parsing fingerprint: %d characters, want %d", len(b), hex.EncodedLen(len(f)))
	}
	if _, err := hex.Decode(f[:], b); err != nil {
		return fmt.Errorf("parsing fingerprint: %w", err)
	}
	return nil
}

// Confidence says how sure a detector is that a match is a credential. A
// greater one is surer.
type Confidence int

const (
	Medium  Confidence = iota + 1 // Cloudflare is near
	High                          // its variable, key or header says what it is
	Certain                       // a checksum or a self-proving structure closed
)

var confidences = [...]string{Medium: "medium", High: "high", Certain: "certain"}

// String returns the name of c as in reports.
func (c Confidence) String() string {
	if c < Medium || c > Certain {
		return fmt.Sprintf("Confidence(%d)", int(c))
	}
	return confidences[c]
}

// MarshalText implements [encoding.TextMarshaler].
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (c *Confidence) UnmarshalText(b []byte) error {
	for i := Medium; i <= Certain; i++ {
		if confidences[i] == string(b) {
			*c = i
			return nil
		}
	}
	return fmt.Errorf("%q is not a confidence: use medium, high or certain", b)
}

// Status says whether a credential still works.
type Status string

const (
	Unchecked Status = "unchecked" // nobody asked Cloudflare
	Active    Status = "active"
	Disabled  Status = "disabled"
	Expired   Status = "expired"
	Invalid   Status = "invalid" // Cloudflare does not know it
	Unknown   Status = "unknown" // Cloudflare was asked, and the answer does not tell
)
