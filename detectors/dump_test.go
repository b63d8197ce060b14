package detectors

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/mint"
)

// bareDumps are hex dumps, and others, without a column of text.
var bareDumps = []disguise{
	{"od -tx1", "hexdump", bareDump("%07o", " %02x", 1)},
	{"od -Ax -tx1", "hexdump", bareDump("%06x", " %02x", 1)},
	{"od -Ad -tx1", "hexdump", bareDump("%07d", " %02x", 1)},
	{"od -x", "hexdump", bareDump("%07o", " %04x", 2)},
	{"od -Ax -x", "hexdump", bareDump("%06x", " %04x", 2)},
	{"hexdump", "hexdump", bareDump("%07x", " %04x", 2)},
	{"hexdump -x", "hexdump", bareDump("%07x", "    %04x", 2)},
	{"od -b", "hexdump", bareDump("%07o", " %03o", 1)},
	{"od -c", "hexdump", bareDump("%07o", "%c", 1)},
	{"hexdump -c", "hexdump", bareDump("%07x", "%c", 1)},
	{"od -x, lines of CR LF", "hexdump", func(s string) string {
		return strings.ReplaceAll(bareDump("%07o", " %04x", 2)(s), "\n", "\r\n")
	}},
}

// bareDump returns what writes a dump of 16 bytes a line: the address, and cells of one
// byte or of two, of which the second comes first.
func bareDump(address, cell string, size int) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for at := 0; at < len(s); at += 16 {
			fmt.Fprintf(&b, address, at)
			for i := at; i < min(len(s), at+16); i += size {
				x := int(s[i])
				if size == 2 && i+1 < len(s) {
					x |= int(s[i+1]) << 8
				}
				if cell != "%c" {
					fmt.Fprintf(&b, cell, x)
					continue
				}
				switch escape := strings.IndexByte("\a\b\t\n\v\f\r", s[i]); {
				case escape >= 0:
					fmt.Fprintf(&b, "  \\%c", "abtnvfr"[escape])
				case ' ' <= x && x <= '~':
					fmt.Fprintf(&b, "   %c", x)
				default:
					fmt.Fprintf(&b, " %03o", x)
				}
			}
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, address, len(s))
		return b.String() + "\n"
	}
}

// TestBareDumps says that credentials are found in dumps of files wherever they stand,
// with the names beside them, and those whose checksum does not close are told.
func TestBareDumps(t *testing.T) {
	set := NewSet(All...)
	for _, d := range bareDumps {
		t.Run(d.name, func(t *testing.T) {
			for rule, c := range credentials("d") {
				if rule == "cloudflare-tunnel-token" || rule == "cloudflare-oauth-token" {
					continue // which take more than what a match may depend on
				}
				for pad := range 67 {
					content := strings.Repeat("# settings\n", 7)[:pad] + "\n" + c[0] + c[1] + "\n" + strings.Repeat("# more of them\n", 7)
					in := strings.Repeat("$ od .env\n", pad%4) + d.write(content)
					var got []string
					set.Matches([]byte(in), Span{0, len(in)}, func(m Match) {
						if m.Detector.ID == rule {
							got = append(got, m.Encoding+" "+m.Secret.Reveal()+" "+m.Rejected)
						}
					})
					if want := []string{d.encoding + " " + c[1] + " "}; !slices.Equal(got, want) {
						t.Fatalf("%s behind %d: found %q, want %q\n%s", rule, pad, got, want, in)
					}
				}
			}
			in := d.write("# settings\ntoken=" + mint.Broken("cfut_", "d") + "\n" + strings.Repeat("# more\n", 20))
			if got := secrets(in); len(got) != 1 || !strings.HasSuffix(got[0], " checksum mismatch") {
				t.Errorf("found %q", got)
			}
		})
	}
}

// TestBareDumpPieces says that dumps are found in pieces as in the whole.
func TestBareDumpPieces(t *testing.T) {
	for _, d := range bareDumps {
		for n := range 40 {
			content := strings.Repeat("# settings\n", 40)[:9*n] + "token=" + mint.Token("cfut_", "p") + "\nCF_API_KEY=" + mint.LegacyKey("p") + "\n" + strings.Repeat("text\n", n*3)
			data := []byte(strings.Repeat("-", n) + "\n" + d.write(content) + d.write(content[n:])[n%9:] + "and text\n")
			whole := matches(data, Span{0, len(data)}, 0)
			for _, step := range []int{1 + n*7, 64 + n, 500 + n*50} {
				if got := pieces(data, step); !slices.Equal(whole, got) {
					t.Fatalf("%s, %d, step %d: the pieces give\n%s\nthe whole gives\n%s", d.name, n, step, strings.Join(got, "\n"), strings.Join(whole, "\n"))
				}
			}
		}
	}
}
