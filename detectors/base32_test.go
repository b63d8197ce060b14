package detectors

import (
	"encoding/base32"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// inBase32 are ways to write that.
var inBase32 = []disguise{
	{"base32", "base32", base32Of},
	{"base32, unpadded", "base32", func(s string) string { return strings.TrimRight(base32Of(s), "=") }},
	{"base32, wrapped", "base32", wrapped(base32Of, 76, "\n")},
	{"base32, in a block", "base32", wrapped(base32Of, 64, "\n    ")},
}

func base32Of(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) }

// TestBase32 says that credentials are found in base32 with their names in it and
// outside of it, those with a checksum in any line, and that they are found once.
func TestBase32(t *testing.T) {
	for _, d := range inBase32 {
		t.Run(d.name, func(t *testing.T) {
			for rule, c := range credentials("b") {
				checked := strings.HasPrefix(c[1], "cf") && rule != "cloudflare-oauth-token"
				for pad := range 120 {
					named := "data: " + d.write(strings.Repeat("some words ", 11)[:pad%25]+"\n"+c[0]+c[1]+"\n")
					outside := strings.Repeat(".", pad) + "\n" + c[0] + `"` + d.write(c[1]) + `"`
					far := "x=" + d.write(strings.Repeat("some words ", 11)[:pad]+"\n"+c[1]+" and more words\n")
					for i, in := range []string{named, outside, far} {
						if i == 2 && !checked || len(d.write(c[1])) > Reach/2 {
							continue
						}
						var got []string
						NewSet(All...).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
							if m.Detector.ID == rule {
								got = append(got, m.Encoding+" "+m.Secret.Reveal()+" "+m.Rejected)
							}
						})
						if want := []string{d.encoding + " " + c[1] + " "}; !slices.Equal(got, want) {
							t.Fatalf("%s behind %d: found %q, want %q\n%q", rule, pad, got, want, in)
						}
					}
				}
			}
		})
	}
}

// TestNoBase32 says that what only has the alphabet of base32 is none.
func TestNoBase32(t *testing.T) {
	for _, in := range []string{
		"cloudflare api token\n" + strings.Repeat("THE2QUICK3BROWN4FOX", 20),
		"CF_API_TOKEN_" + base32Of(string(noise(1<<12, 11))),
		"otpauth://totp/cloudflare?secret=" + base32Of(string(noise(40, 12))),
		strings.ToLower(base32Of("token: " + mint.Token("cfut_", "b"))),
	} {
		if got := secrets(in); got != nil {
			t.Errorf("found %q in %.80q", got, in)
		}
	}
}
