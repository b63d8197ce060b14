package detectors

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// A disguise is a way to write text other than as it is.
type disguise struct {
	name     string
	encoding string // as a match in it is said to be written
	write    func(string) string
}

// spell returns what writes each byte by format.
func spell(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

// listed returns what writes each byte by format, with sep between two.
func listed(format, sep string) func(string) string {
	return func(s string) string { return strings.TrimSuffix(spell(format+sep)(s), sep) }
}

// wrapped returns what writes as write does and breaks the lines after n
// characters.
func wrapped(write func(string) string, n int, lineBreak string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for s = write(s); len(s) > n; s = s[n:] {
			b.WriteString(s[:n] + lineBreak)
		}
		return b.String() + s
	}
}

// inLines returns what writes as write does and puts lineBreak for every nth sep.
func inLines(write func(string) string, sep string, n int, lineBreak string) func(string) string {
	return func(s string) string {
		parts := strings.Split(write(s), sep)
		var lines []string
		for part := range slices.Chunk(parts, n) {
			lines = append(lines, strings.Join(part, sep))
		}
		return strings.Join(lines, lineBreak)
	}
}

func utf32of(s string, bigEndian bool) string {
	if bigEndian {
		return spell("\x00\x00\x00%c")(s)
	}
	return spell("%c\x00\x00\x00")(s)
}

// disguises are all of them.
var disguises = slices.Concat(spellings, joints, dumps, lines)

// inPieces are those that are cut.
var inPieces = slices.Concat(disguises, bareDumps, inBase32)

// spellings are those in which all bytes are written alike.
var spellings = []disguise{
	{"percent", "percent", spell("%%%02x")},
	{"percent of percent", "percent", spell("%%25%02X")},
	{"percent of JavaScript", "percent", spell("%%u%04x")},
	{"\\x63", "hex-escape", spell(`\x%02x`)},
	{"\\\\x63", "hex-escape", spell(`\\x%02x`)},
	{"'\\x63', '\\x66'", "hex-escape", listed(`'\x%02x'`, ", ")},
	{"\\u0063", "unicode-escape", spell(`\u%04x`)},
	{"\\\\u0063", "unicode-escape", spell(`\\u%04X`)},
	{"\\u{63}", "unicode-escape", spell(`\u{%x}`)},
	{"octal", "octal", spell(`\%03o`)},
	{"octal, two digits and three", "octal", spell(`\%o`)},
	{"&#99;", "html-entity", spell("&#%d;")},
	{"&#099;", "html-entity", spell("&#%03d;")},
	{"&#x63;", "html-entity", spell("&#x%x;")},
	{"&#x0063;", "html-entity", spell("&#x%04X;")},
	{"quoted-printable", "quoted-printable", spell("=%02X")},
	{"quoted-printable, wrapped", "quoted-printable", wrapped(spell("=%02X"), 75, "=\r\n")},
	{"63,66", "hex", listed("%02x", ",")},
	{"63 66", "hex", listed("%02x", " ")},
	{"63:66", "hex", listed("%02X", ":")},
	{"0x63, 0x66", "hex", listed("0x%02x", ", ")},
	{"0x63,0x66", "hex", listed("0x%02X", ",")},
	{"0x63, 0x66, twelve a line", "hex", wrapped(listed("0x%02x", ", "), 72, "\n  ")},
	{"registry", "hex/utf-16", func(s string) string {
		return wrapped(listed("%02x", ","), 75, "\\\r\n  ")(wide(s, false))
	}},
	{"99,102", "decimal", listed("%d", ",")},
	{"99, 102", "decimal", listed("%d", ", ")},
	{"99 102", "decimal", listed("%d", " ")},
	{" 99 102", "decimal", listed("%3d", " ")},
	{"99,0,102,0", "decimal/utf-16", func(s string) string { return listed("%d", ",")(wide(s, false)) }},
	{"99, 102, twenty a line", "decimal", inLines(listed("%d", ", "), " ", 20, "\n\t")},
	{"99, 102, sixteen a line", "decimal", inLines(listed("%d", ", "), " ", 16, "\n    ")},
	{"chr(99).chr(102)", "decimal", listed("chr(%d)", ".")},
	{"Chr(99) & Chr(102)", "decimal", listed("Chr(%d)", "&")},
	{"chr(99) + chr(102)", "decimal", listed("chr(%d)", " + ")},
	{"hex", "hex", spell("%02x")},
	{"hex in capitals", "hex", spell("%02X")},
	{"0x6366", "hex", func(s string) string { return "0x" + spell("%02x")(s) }},
	{"hex of UTF-16", "hex/utf-16", func(s string) string { return spell("%02x")(wide(s, true)) }},
	{"hex of base64", "hex/base64", func(s string) string { return spell("%02x")(base64.StdEncoding.EncodeToString([]byte(s))) }},
	{"base64 of hex", "base64/hex", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(spell("%02x")(s))) }},
	{"percent of hex", "percent/hex", func(s string) string { return spell("%%%02x")(spell("%02x")(s)) }},
	{"UTF-32, little-endian", "utf-32", func(s string) string { return utf32of(s, false) }},
	{"UTF-32, big-endian", "utf-32", func(s string) string { return utf32of(s, true) }},
}

// asIs is no disguise.
func asIs(s string) string { return s }

// joints are those in which text is in parts.
var joints = []disguise{
	{"concatenated", "joined", wrapped(asIs, 20, `" + "`)},
	{"concatenated in PHP, over lines", "joined", wrapped(asIs, 26, "'\n\t. '")},
	{"literals side by side", "joined", wrapped(asIs, 28, "\"\n    \"")},
	{"formatted literals side by side", "joined", wrapped(asIs, 28, "\" \\\r\n    f\"")},
	{"Visual Basic", "joined", wrapped(asIs, 17, "\" & _\r\n  \"")},
	{"continued lines", "joined", wrapped(asIs, 21, "\\\n")},
	{"folded", "joined", wrapped(asIs, 19, "\n      ")},
	{"quoted in mail", "joined", wrapped(asIs, 30, "\r\n> > ")},
	{"soft breaks", "quoted-printable", wrapped(asIs, 25, "=\r\n")},
	{"zero-width spaces", "joined", wrapped(asIs, 9, "\u200b")},
	{"soft hyphens", "joined", wrapped(asIs, 9, "\u00ad")},
	{"colours", "joined", wrapped(asIs, 12, "\x1b[0m\x1b[1;31m")},
	{"colours, escaped", "joined", wrapped(asIs, 12, `\u001b[0m\u001b[1;31m`)},
	{"line breaks, escaped", "joined", wrapped(asIs, 16, `\n`)},
	{"line breaks, in an address", "joined", wrapped(asIs, 16, `%0D%0A`)},
	{"breaks in HTML", "joined", wrapped(asIs, 10, `<wbr>`)},
	{"highlighted", "joined", wrapped(asIs, 23, `</span><span class="hl str">`)},
	{"soft hyphens in HTML", "joined", wrapped(asIs, 11, `&shy;`)},
	{"underscore in percent", "percent", func(s string) string { return strings.ReplaceAll(s, "_", "%5F") }},
	{"underscore in Unicode", "unicode-escape", func(s string) string { return strings.ReplaceAll(s, "_", `\u005f`) }},
	{"underscore in \\x", "hex-escape", func(s string) string { return strings.ReplaceAll(s, "_", `\x5f`) }},
	{"underscore in an entity", "html-entity", func(s string) string { return strings.ReplaceAll(s, "_", `&#95;`) }},
	{"underscore in an entity with a name", "html-entity", func(s string) string { return strings.ReplaceAll(s, "_", `&lowbar;`) }},
	{"underscore in its other name", "html-entity", func(s string) string { return strings.ReplaceAll(s, "_", `&UnderBar;`) }},
	{"underscore in quoted-printable", "quoted-printable", func(s string) string { return strings.ReplaceAll(s, "_", `=5F`) }},
	{"a letter of the prefix in percent", "percent", escapedAt("%%%02X", 2)},
	{"a letter of the prefix in Unicode", "unicode-escape", escapedAt(`\u%04x`, 2)},
	{"some in percent", "percent", escapedAt("%%%02x", 2, 6, 20, 50)},
	{"some in Unicode", "unicode-escape", escapedAt(`\u%04x`, 5, 21, 22, 51)},
	{"some in \\x", "hex-escape", escapedAt(`\x%02x`, 6, 20, 50)},
	{"some in entities", "html-entity", escapedAt("&#%d;", 3, 6, 7, 20)},
	{"some in quoted-printable", "quoted-printable", escapedAt("=%02X", 3, 6, 20)},
	{"some in octal, in literals", "joined", func(s string) string {
		return wrapped(asIs, 24, `" + "`)(escapedAt(`\%03o`, 7, 36)(s))
	}},
	{"Markdown", "joined", func(s string) string { return strings.ReplaceAll(s, "_", `\_`) }},
	{"literals with a comment between", "joined", func(s string) string {
		n := min(3, len(s))
		return s[:n] + `" /* a */ + "` + s[n:]
	}},
	{"literals with comments at ends of lines", "joined", wrapped(asIs, 26, "\" + // one\n\t\"")},
	{"literals with comments of Python", "joined", wrapped(asIs, 26, "\"  # one\n    \"")},
	{"reversed", "reversed", reversed},
}

// escapedAt returns what writes the bytes at the given places by format.
func escapedAt(format string, places ...int) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if slices.Contains(places, i) {
				fmt.Fprintf(&b, format, s[i])
			} else {
				b.WriteByte(s[i])
			}
		}
		return b.String()
	}
}

// dumps are hex dumps with a column of text.
var dumps = []disguise{
	{"xxd", "hexdump", dump("%08x:", 2, " %s  %s\n")},
	{"xxd -g1", "hexdump", dump("%08x:", 1, " %s  %s\n")},
	{"hexdump -C", "hexdump", dump("%08x ", 1, " %s  |%s|\n")},
	{"od -tx1z", "hexdump", dump("%07o", 1, " %s  >%s<\n")},
	{"Wireshark", "hexdump", dump("%04x  ", 1, " %s   %s\n")},
}

// dump returns what writes a hex dump of 16 bytes a line: the address, the digits of
// the bytes in groups, and the bytes that are printable.
func dump(address string, group int, line string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for at := 0; at < len(s); at += 16 {
			part := s[at:min(len(s), at+16)]
			var digits strings.Builder
			for i := range 16 {
				if i%group == 0 && i > 0 {
					digits.WriteByte(' ')
				}
				if i == 8 && address == "%08x " {
					digits.WriteByte(' ')
				}
				if i < len(part) {
					fmt.Fprintf(&digits, "%02x", part[i])
				} else {
					digits.WriteString("  ")
				}
			}
			fmt.Fprintf(&b, address, at)
			fmt.Fprintf(&b, line, digits.String(), strings.Map(func(r rune) rune {
				if r < ' ' || r > '~' {
					return '.'
				}
				return r
			}, latin(part)))
		}
		return b.String()
	}
}

// latin returns the bytes of s as characters.
func latin(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// TestDumps says that credentials with a checksum are found in the text of hex dumps,
// wherever a line breaks them but for their first two letters.
func TestDumps(t *testing.T) {
	for _, d := range dumps {
		t.Run(d.name, func(t *testing.T) {
			for _, prefix := range []string{"cfut_", "cfat_", "cfk_", "cfast_", "cfzz_"} {
				for pad := range 33 {
					token := mint.Token(prefix, fmt.Sprint(pad))
					in := d.write(strings.Repeat("\x80 =\n", 8)[:pad] + token + "\"\n")
					var got []string
					NewSet(All...).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
						got = append(got, m.Encoding+" "+m.Secret.Reveal()+" "+m.Rejected)
					})
					want := []string{d.encoding + " " + token + " "}
					if pad%16 == 15 {
						want = nil
					}
					if !slices.Equal(got, want) {
						t.Fatalf("behind %d: found %q, want %q\n%s", pad, got, want, in)
					}
				}
			}
		})
	}
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// TestJoints says that credentials with a checksum are found in parts, and that
// those whose checksum does not close are not.
func TestJoints(t *testing.T) {
	for _, d := range joints {
		t.Run(d.name, func(t *testing.T) {
			for _, prefix := range []string{"cfut_", "cfat_", "cfk_", "cfast_", "cfzz_"} {
				token := mint.Token(prefix, "j")
				for pad := 0; pad < 70; pad += 9 {
					for _, around := range [][2]string{{"", ""}, {"x = \"", "\"\n"}, {"\"cf=\" + \"", "\"\nscf, cfg"}} {
						in := strings.Repeat(" ", pad) + around[0] + d.write(token) + around[1]
						var got []string
						NewSet(All...).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
							got = append(got, m.Encoding+" "+m.Secret.Reveal()+" "+m.Rejected)
							if text := in[m.Span.Start:m.Span.End]; text != d.write(token) {
								t.Errorf("it is said to stand at %q", text)
							}
						})
						if want := []string{d.encoding + " " + token + " "}; !slices.Equal(got, want) {
							t.Fatalf("found %q, want %q\n%q", got, want, in)
						}
						broken := strings.Replace(in, d.write(token), d.write(mint.Broken(prefix, "j")), 1)
						if got := findings([]byte(broken), ""); got != nil {
							t.Fatalf("found %q\n%q", got, broken)
						}
					}
				}
			}
		})
	}
}

// lines are base64 and hexadecimal digits in lines.
var lines = []disguise{
	{"MIME", "base64-wrapped", wrapped(base64Of, 76, "\r\n")},
	{"PEM", "base64-wrapped", wrapped(base64Of, 64, "\n")},
	{"YAML", "base64-wrapped", wrapped(base64Of, 70, "\n        ")},
	{"quoted in mail", "base64-wrapped", wrapped(base64Of, 76, "\r\n> > ")},
	{"a comment", "base64-wrapped", wrapped(base64Of, 60, "\n# ")},
	{"literals", "base64-wrapped", wrapped(base64Of, 47, "\"\n    \"")},
	{"continued lines", "base64-wrapped", wrapped(base64Of, 50, "\\\n")},
	{"escaped", "base64-wrapped", wrapped(base64Of, 64, `\n`)},
	{"escaped twice", "base64-wrapped", wrapped(base64Of, 76, `\\r\\n`)},
	{"short", "base64-wrapped", wrapped(base64Of, 36, "\n")},
	{"concatenated", "base64-wrapped", wrapped(base64Of, 40, `" + "`)},
	{"concatenated over lines", "base64-wrapped", wrapped(base64Of, 60, "' +\n    '")},
	{"concatenated, with the sign before", "base64-wrapped", wrapped(base64Of, 60, "\"\n    + \"")},
	{"xxd -p", "hex-wrapped", wrapped(spell("%02x"), 60, "\n")},
	{"hex, odd", "hex-wrapped", wrapped(spell("%02X"), 35, "\r\n")},
	{"hex, concatenated", "hex-wrapped", wrapped(spell("%02x"), 64, "\" \\\n    + \"")},
	{"hex, in a comment", "hex-wrapped", wrapped(spell("%02x"), 72, "\n# ")},
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestLines says that credentials are found in lines wherever these end,
// that they are told from those in one line, and that they are found once.
func TestLines(t *testing.T) {
	set := NewSet(All...)
	for _, d := range lines {
		t.Run(d.name, func(t *testing.T) {
			for rule, c := range credentials("l") {
				for pad := range 100 {
					in := d.write(strings.Repeat("some words ", 9)[:pad] + "\n" + c[0] + c[1] + "\n" + strings.Repeat("and more words", pad%7) + "\n")
					in = strings.Repeat("-", pad%5) + "\n" + in + "\n"
					var got []string
					set.Matches([]byte(in), Span{0, len(in)}, func(m Match) {
						if m.Detector.ID != rule {
							return
						}
						got = append(got, m.Secret.Reveal()+" "+m.Rejected)
						text := in[m.Span.Start:m.Span.End]
						want := d.encoding
						if all([]byte(text), base64Char) && !strings.Contains(text, `\n`) {
							want = strings.TrimSuffix(want, "-wrapped")
						}
						if m.Encoding != want {
							t.Errorf("%s in %q", m.Encoding, text)
						}
					})
					if want := []string{c[1] + " "}; !slices.Equal(got, want) {
						t.Fatalf("%s behind %d: found %q, want %q\n%q", rule, pad, got, want, in)
					}
				}
			}
		})
	}
}

// TestNamesOfEncodings says that the name of an encoding is no part of the text in it.
func TestNamesOfEncodings(t *testing.T) {
	hex := spell("%02x")
	for name, call := range map[string]struct {
		write         func(string) string
		before, after string
	}{
		"hex, JavaScript":           {hex, `Buffer.from("`, `", "hex").toString()`},
		"hex, SQL":                  {hex, `convert_from(decode('`, `', 'hex'), 'UTF8')`},
		"hex, Python":               {hex, `codecs.decode("`, "\",\n    \"hex_codec\")"},
		"hex in literals":           {wrapped(hex, 60, "\" +\n  \""), `Buffer.from("`, `", "hex")`},
		"base64, JavaScript":        {base64Of, `Buffer.from("`, `", "base64").toString("utf8")`},
		"base64, JavaScript, tight": {base64Of, `Buffer.from('`, `','base64url')`},
		"base64, unpadded":          {func(s string) string { return strings.TrimRight(base64Of(s), "=") }, `Buffer.from("`, `", "base64")`},
	} {
		t.Run(name, func(t *testing.T) {
			for rule, c := range credentials("n") {
				in := "const " + c[0] + call.before + call.write(c[1]) + call.after + ";\n"
				var got []string
				NewSet(All...).Matches([]byte(in), Span{0, len(in)}, func(m Match) {
					if m.Detector.ID == rule {
						got = append(got, m.Secret.Reveal()+" "+m.Rejected)
					}
				})
				if want := []string{c[1] + " "}; !slices.Equal(got, want) {
					t.Errorf("%s: found %q, want %q\n%s", rule, got, want, in)
				}
			}
		})
	}
}

// credentials returns one credential of each kind with what makes it one.
func credentials(seed string) map[string][2]string {
	tunnel, _, _ := mint.Tunnel(seed)
	return map[string][2]string{
		"cloudflare-user-token":        {"token: ", mint.Token("cfut_", seed)},
		"cloudflare-account-token":     {"token: ", mint.Token("cfat_", seed)},
		"cloudflare-global-key":        {"", mint.Token("cfk_", seed)},
		"cloudflare-new-token":         {"x=", mint.Token("cfzz_", seed)},
		"cloudflare-access-secret":     {"", mint.Token("cfast_", seed)},
		"cloudflare-oauth-token":       {"", mint.OAuth("cfoat_", seed)},
		"cloudflare-legacy-token":      {"CF_API_TOKEN=", mint.Legacy(seed)},
		"cloudflare-legacy-global-key": {"CF_API_KEY=", mint.LegacyKey(seed)},
		"cloudflare-turnstile-secret":  {"TURNSTILE_SECRET=", mint.Turnstile(seed)},
		"cloudflare-r2-key":            {"R2_SECRET_ACCESS_KEY=", mint.Hex(seed, hexSecretLen)},
		"cloudflare-tunnel-token":      {"TUNNEL_TOKEN=", tunnel},
	}
}

// TestSpellings says that the kinds are found in each spelling, with their names
// in it and outside of it, wherever it begins.
func TestSpellings(t *testing.T) {
	for _, d := range append(spellings, disguise{"as it is", "plain", asIs}) {
		t.Run(d.name, func(t *testing.T) {
			for rule, c := range credentials("s") {
				for pad := 0; pad < 70; pad += 3 {
					named := strings.Repeat(" ", pad) + d.write(c[0]+c[1]+"\n") + "\n"
					outside := strings.Repeat(".", pad) + "\n" + c[0] + `"` + d.write(c[1]) + `"` + "\n"
					if strings.Contains(d.encoding, "utf") {
						outside = named
					}
					// What a match depends on is 512 bytes to either side.
					if len(d.write(c[1])) > Reach-2*longestUnit {
						continue
					}
					for _, in := range []string{named, outside} {
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

// TestKnown says that what is known to be a credential is masked in each disguise, those
// in parts if it has a checksum, with nothing beside it that tells what it is.
func TestKnown(t *testing.T) {
	inParts := []string{"joined", "reversed", "hexdump"}
	for _, d := range slices.Concat(disguises, []disguise{
		{"as it is", "plain", asIs},
		{"base64", "base64", base64Of},
		{"UTF-16", "utf-16", func(s string) string { return wide(s, false) }},
	}) {
		t.Run(d.name, func(t *testing.T) {
			for rule, c := range credentials("k") {
				token := c[1]
				checked := strings.HasPrefix(token, "cf") && rule != "cloudflare-oauth-token"
				if !checked && (slices.Contains(inParts, d.encoding) || d.write("_f") == d.write("_")+"f") || len(d.write(token)) > Reach-2*longestUnit {
					continue
				}
				remains := 40
				if d.encoding == "hexdump" {
					remains = 90 // the digits on the first line are those of 16 characters
				}
				value := secret.New([]byte(token))
				set := NewSet(append(slices.Clone(All), Known([]secret.Value{value}))...)
				for _, around := range []string{" | I sat", "o | I sat", "on | I sat", "on: | I sat", "a/b/|/c", "a.zip!dir/|"} {
					before, behind, _ := strings.Cut(around, "|")
					if behind != " I sat" && strings.Contains(d.write(token), "\n") {
						continue // no path has lines
					}
					text := before + d.write(token) + behind
					masked := set.Mask(text)
					if rest := strings.Replace(masked, value.Mask(), "", 1); rest == masked || len(rest) > remains {
						t.Errorf("%s is shown as %q", rule, masked)
					}
				}
			}
		})
	}
}

// TestKnownUnpadded says that what ends in padding is masked where that is missing.
func TestKnownUnpadded(t *testing.T) {
	padded := mint.TunnelSecret("k")
	value := secret.New([]byte(padded))
	set := NewSet(Known([]secret.Value{value}))
	for _, d := range []disguise{{"as it is", "plain", asIs}, spellings[0], {"base64", "base64", base64Of}} {
		unpadded := d.write(strings.TrimRight(padded, "="))
		if masked := set.Mask("see " + unpadded + " there"); strings.Contains(masked, unpadded[:20]) || !strings.Contains(masked, value.Mask()) {
			t.Errorf("%s is shown as %q", d.name, masked)
		}
	}
}

// hostile returns contents of about n bytes of which everything looks like the
// beginning of a disguise.
func hostile(n int) map[string][]byte {
	fill := func(s string) []byte { return []byte(strings.Repeat(s, n/len(s)+1)[:n]) }
	return map[string][]byte{
		"percent":            fill("%63%66"),
		"percent in pieces":  fill(spell("%%%02x")(strings.Repeat("c", 30)) + " "),
		"percent of percent": fill(spell("%%%02x")(spell("%%%02x")("cf"))),
		"escapes":            fill(`\x63\x66`),
		"entities":           fill("&#99;&#102;"),
		"hex list":           fill("63, 66, "),
		"list":               fill("99, 102, "),
		"list of zeros":      fill("0,"),
		"list of calls":      fill("chr(99).chr(102)."),
		"pairs":              fill("cf"),
		"dump":               []byte(bareDump("%07x", " %04x", 2)(string(fill("cf"))[:n*2/5])),
		"dump of characters": []byte(bareDump("%07x", "%c", 1)(string(fill("cf"))[:n/4])),
		"prefixes":           fill("cfa_"),
		"prefixes in parts":  fill("cf\n"),
		"token in parts":     fill("cfat_abc\" + \"def\" + \"ghi\" \n"),
		"reversed prefixes":  fill("_tafc"),
		"hex":                fill("6366"),
		"hex of hex":         fill("36333636"),
		"lines":              fill(base64Of("some text that is broken into lines that are short")[:64] + "\n"),
		"short lines":        fill(base64Of("some text that is broken into lines that are short")[:48] + "\n" + "c29t\n"),
		"base32 lines":       fill(base32Of("some text in lines that are of some length")[:64] + "\n"),
		"UTF-32":             []byte(utf32of(string(fill("cf"))[:n/4], false)),
	}
}

// TestHostile says that what looks like a disguise all the time is looked at in
// linear time: that not many times as much is decoded as there is.
func TestHostile(t *testing.T) {
	work := func(data []byte) (n int) {
		set := NewSet(All...)
		set.read = func(v *view) { n += len(v.text) }
		set.Matches(data, Span{0, len(data)}, func(Match) {})
		return n
	}
	for name, data := range hostile(1 << 18) {
		t.Run(name, func(t *testing.T) {
			all, half := work(data), work(data[:len(data)/2])
			if all > 64*len(data) || all > half*9/4+1<<12 {
				t.Errorf("%d bytes are read of %d, %d of half of it", all, len(data), half)
			}
			t.Logf("%.2f", float64(all)/float64(len(data)))
		})
	}
}
