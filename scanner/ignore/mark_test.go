package ignore

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestMark(t *testing.T) {
	const reach = 64
	for _, tt := range []struct{ name, text, want string }{
		{"ours", "KEY=@ # leakflare:allow", "leakflare:allow"},
		{"before", "/* leakflare:allow */ @", "leakflare:allow"},
		{"gitleaks", "KEY=@ #gitleaks:allow", "gitleaks:allow"},
		{"betterleaks", "KEY=@ // betterleaks:allow", "betterleaks:allow"},
		{"trufflehog", "KEY=@ # trufflehog:ignore", "trufflehog:ignore"},
		{"kingfisher", "KEY=@ # kingfisher:ignore", "kingfisher:ignore"},
		{"ggshield", "KEY=@ # ggignore", "ggignore"},
		{"detect-secrets", "KEY=@  # pragma: allowlist secret", "pragma: allowlist secret"},
		{"detect-secrets of old", "KEY=@  # pragma:whitelist-secret", "pragma:whitelist-secret"},
		{"none", "KEY=@ # allow", ""},
		{"a longer word", "KEY=@ # leakflare:allowed", ""},
		{"another longer word", "KEY=@ # aggignore", ""},
		{"a word that goes on", "KEY=@ # ggignore-start", ""},
		{"XML", "<!-- @ gitleaks:allow-->", "gitleaks:allow"},
		{"SQL", "@ --gitleaks:allow", "gitleaks:allow"},
		{"line above", "# leakflare:allow\nKEY=@", ""},
		{"line below", "KEY=@\n# leakflare:allow", ""},
		{"line above, CRLF", "# leakflare:allow\r\nKEY=@\r\n", ""},
		{"CRLF", "x\r\nKEY=@ # leakflare:allow\r\n", "leakflare:allow"},
		{"line above, CR", "# leakflare:allow\rKEY=@", ""},
		{"nextline speaks of another line", "@ # pragma: allowlist nextline secret", ""},
		{"within reach before", "leakflare:allow" + strings.Repeat(" ", reach-15) + "@", "leakflare:allow"},
		{"beyond reach before", "leakflare:allow" + strings.Repeat(" ", reach-14) + "@", ""},
		{"within reach behind", "@" + strings.Repeat(" ", reach-16) + "leakflare:allow", "leakflare:allow"},
		{"beyond reach behind", "@" + strings.Repeat(" ", reach-15) + "leakflare:allow", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Mark([]byte(tt.text), strings.IndexByte(tt.text, '@'), reach, false); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestMarkWide(t *testing.T) {
	for _, big := range []bool{false, true} {
		encode := func(s string) (b []byte) {
			for _, u := range utf16.Encode([]rune(s)) {
				if big {
					b = append(b, byte(u>>8), byte(u))
				} else {
					b = append(b, byte(u), byte(u>>8))
				}
			}
			return b
		}
		for _, tt := range []struct{ before, behind, want string }{
			{"KEY=", " # leakflare:allow\r\n", "leakflare:allow"},
			{"# leakflare:allow\r\nKEY=", "\r\n", ""},
			{"KEY=", "\r\n# leakflare:allow", ""},
		} {
			at := len(encode(tt.before))
			if big {
				at++ // of the character's significant byte
			}
			if got := Mark(encode(tt.before+"@"+tt.behind), at, 512, true); got != tt.want {
				t.Errorf("%q, %q: %q", tt.before, tt.behind, got)
			}
		}
	}
}

// TestMarkInPieces says that a mark is seen or not whatever piece of content
// is looked at, if there are reach bytes to either side.
func TestMarkInPieces(t *testing.T) {
	const reach = 40
	words := []string{"leakflare:allow", "gitleaks:allow", "\n", "\r\n", " ", "x", "leakflare:", "allow", "ggignore ", "-----", "abcdefgh"}
	seen := make(map[string]int)
	for range 20_000 {
		var b strings.Builder
		for range 1 + rand.IntN(30) {
			b.WriteString(words[rand.IntN(len(words))])
		}
		text := []byte(b.String())
		at := rand.IntN(len(text))
		want := Mark(text, at, reach, false)
		seen[want]++
		lo, hi := rand.IntN(max(0, at-reach)+1), min(len(text), at+reach)
		hi += rand.IntN(len(text) - hi + 1)
		if got := Mark(text[lo:hi], at-lo, reach, false); got != want {
			t.Fatalf("%q at %d: %q in [%d:%d], %q in the whole", text, at, got, lo, hi, want)
		}
	}
	if len(seen) < 4 || seen[""] == 0 {
		t.Errorf("not all has been tried: %v", seen)
	}
}
