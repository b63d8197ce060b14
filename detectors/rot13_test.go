package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// inROT13 writes that.
func inROT13(s string) string {
	return strings.Map(func(r rune) rune {
		const letters, moved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
		if i := strings.IndexRune(letters, r); i >= 0 {
			return rune(moved[i])
		}
		return r
	}, s)
}

// TestROT13 says that credentials with a checksum are found in ROT13, once, and no others.
func TestROT13(t *testing.T) {
	for _, prefix := range []string{"cfut_", "cfat_", "cfk_", "cfast_", "cfzz_"} {
		for pad := range 70 {
			token := mint.Token(prefix, "r")
			in := inROT13(strings.Repeat("and ", 20)[:pad] + "\ntoken: " + token + "\n")
			var got []string
			NewSet(All...).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
				got = append(got, m.Encoding+" "+m.Secret.Reveal()+" "+in[m.Span.Start:m.Span.End])
			})
			if want := []string{"rot13 " + token + " " + inROT13(token)}; !slices.Equal(got, want) {
				t.Fatalf("behind %d: found %q, want %q", pad, got, want)
			}
			if got := secrets(inROT13(mint.Broken(prefix, "r"))); got != nil {
				t.Fatalf("found %q", got)
			}
		}
	}
}
