package secret

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const raw = "cfut_notARealTokenButLongEnoughToBeShownInPart0000"

// TestValueMasksItself prints a Value in every way that a careless line of code
// might, and looks for it.
func TestValueMasksItself(t *testing.T) {
	v := New([]byte(raw))
	type holder struct {
		v      Value
		V      Value
		p      *Value
		List   []Value
		ByName map[string]Value
	}
	h := holder{v: v, V: v, p: &v, List: []Value{v}, ByName: map[string]Value{"x": v}}
	out := make(map[string]string)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "% x", "%60s", "%-60v", "%U", "%c", "%e", "%w"} {
		out["value "+verb] = fmt.Sprintf(verb, v)
		out["pointer "+verb] = fmt.Sprintf(verb, &v)
		out["struct "+verb] = fmt.Sprintf(verb, h)
		out["pointer to struct "+verb] = fmt.Sprintf(verb, &h)
	}
	out["Sprint"] = fmt.Sprint(v, h)
	out["error"] = fmt.Errorf("asking about %v: %w", v, errors.New("no answer")).Error()
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out["JSON"] = string(b)
	if b, err = xml.Marshal(v); err != nil {
		t.Fatal(err)
	}
	out["XML"] = string(b)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "v", v, "h", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "v", v, "h", h)
	out["slog"] = log.String()

	middle := raw[12:40]
	for how, text := range out {
		for _, leak := range []string{middle, hex.EncodeToString([]byte(middle)), strings.ToUpper(hex.EncodeToString([]byte(middle)))} {
			if strings.Contains(text, leak) {
				t.Errorf("%s shows the secret: %s", how, text)
			}
		}
	}
	if got := fmt.Sprintf("%s", v); got != "cfut_notA…0000" {
		t.Errorf("printed as %q", got)
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "…",
		"short":                  "…",
		strings.Repeat("s", 31):  "…",
		strings.Repeat("0f", 20): "0f0f…0f0f",
		raw:                      "cfut_notA…0000",
		"cfat" + raw[4:]:         "cfat_notA…0000",
		"ab_cdefghijklmnopqrstuvwxyz0123456789ABC": "ab_c…9ABC",
	} {
		if got := New([]byte(in)).Mask(); got != want {
			t.Errorf("mask of %q: %q, want %q", in, got, want)
		}
	}
}

func TestRevealAndFingerprint(t *testing.T) {
	b := []byte(raw)
	v := New(b)
	b[10] = '!'
	if got := v.Reveal(); got != raw {
		t.Errorf("revealed %q: the bytes are not copied", got)
	}
	var zero Value
	if got := zero.Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
	// printf '' | sha256sum
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := zero.Fingerprint().String(); got != empty {
		t.Errorf("fingerprint of nothing: %s", got)
	}
}

func TestTextRoundTrips(t *testing.T) {
	f := New([]byte(raw)).Fingerprint()
	b, err := f.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var g Fingerprint
	if err := g.UnmarshalText(b); err != nil || g != f {
		t.Errorf("fingerprint %s came back as %s, %v", f, g, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 64), strings.Repeat("0", 66)} {
		if err := g.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q passes for a fingerprint", bad)
		}
	}
	for c := Medium; c <= Certain; c++ {
		b, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var d Confidence
		if err := d.UnmarshalText(b); err != nil || d != c {
			t.Errorf("confidence %v came back as %v, %v", c, d, err)
		}
	}
	var c Confidence
	for _, bad := range []string{"", "Medium", "sure"} {
		if err := c.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q passes for a confidence", bad)
		}
	}
}

// TestSHA1 holds the digest against the example of FIPS 180.
func TestSHA1(t *testing.T) {
	if got, want := fmt.Sprintf("%x", New([]byte("abc")).SHA1()), "a9993e364706816aba3e25717850c26c9cd0d89d"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
