package detectors

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/leakflare/leakflare/testdata/mint"
)

// matches returns what the set of all detectors finds in data[own], as text:
// rule, span, encoding and verdict of each match, sorted.
func matches(data []byte, own Span, offset int) []string {
	var found []string
	NewSet(All...).Matches(data, own, func(m Match) {
		if got := data[m.Span.Start:m.Span.End]; m.Encoding == "plain" && string(got) != m.Secret.Reveal() {
			found = append(found, fmt.Sprintf("span %q is not the secret", got))
		}
		found = append(found, fmt.Sprintf("%09d-%d %s %s %q %v %v %v", m.Span.Start+offset, m.Span.End+offset,
			m.Detector.ID, m.Encoding, m.Rejected, m.Confidence, m.ByPath, m.Secret.Fingerprint()))
	})
	slices.Sort(found)
	return found
}

// secrets returns the secrets that are found in text, in the order of where
// they stand, with the reason behind those that are rejected.
func secrets(text string) []string {
	type match struct {
		at   int
		text string
	}
	var found []match
	NewSet(All...).Matches([]byte(text), Span{0, len(text)}, func(m Match) {
		s := m.Secret.Reveal()
		if m.Rejected != "" {
			s += " " + m.Rejected
		}
		found = append(found, match{m.Span.Start, s})
	})
	slices.SortFunc(found, func(a, b match) int { return a.at - b.at })
	var texts []string
	for _, m := range found {
		texts = append(texts, m.text)
	}
	return texts
}

func wide(s string, bigEndian bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestPrefixed(t *testing.T) {
	tok := mint.Token("cfut_", "a")
	bad := mint.Broken("cfut_", "a")
	key, other := mint.Token("cfk_", "c"), mint.Token("cfast_", "d")
	b64 := base64.StdEncoding.EncodeToString
	tests := []struct {
		name string
		in   string
		want string // "" for no match
	}{
		{"alone", tok, tok},
		{"dotenv", "CLOUDFLARE_API_TOKEN=" + tok + "\n", tok},
		{"JSON", `{"token":"` + tok + `"}`, tok},
		{"after an escape", `"a\n` + tok + `\n"`, tok},
		{"percent-encoded", "?q=token%3D" + tok + "&x=1", tok},
		{"quoted-printable", "TOKEN=3D" + tok, tok},
		{"after a word", "TOKEN_" + tok, tok},
		{"after a hyphen", "a-" + tok + "-b", tok},
		{"after the prefix", "cfut_" + tok, tok},
		{"between others' letters", "é" + tok + "é", tok},
		{"between zero bytes", "\x00" + tok + "\x00", tok},
		{"account token", mint.Token("cfat_", "b"), mint.Token("cfat_", "b")},
		{"global key", mint.Token("cfk_", "c"), mint.Token("cfk_", "c")},
		{"bad checksum", bad, bad + " checksum mismatch"},
		{"checksum in capitals", tok[:45] + strings.ToUpper(tok[45:]), ""},
		{"too short", tok[:len(tok)-1], ""},
		{"runs on in a letter", tok + "g", tok},
		{"runs on in a digit", tok + "0", tok},
		{"runs on in another", tok + key, tok + "|" + key},
		{"runs on in two more", tok + key + tok, tok + "|" + key + "|" + tok},
		{"runs on in another that runs on", tok + key + "x", tok + "|" + key},
		{"runs on in one of another kind", tok + other, tok + "|" + other},
		{"runs on in one that does not close", tok + bad, tok + "|" + bad + " checksum mismatch"},
		{"runs on in a part of another", tok + key[:51], tok},
		{"runs on in a prefix", tok + "cfut_", tok},
		{"one that does not close runs on in another", bad + tok, bad + " checksum mismatch|" + tok},
		{"base64 of one that runs on in another", b64([]byte(tok + key)), tok + "|" + key},
		{"a prefix that is not known", "cfxt_" + tok[5:], "cfxt_" + tok[5:]},
		{"a prefix that is not known, bad checksum", "cfxt_" + bad[5:], ""},
		{"an identifier", "cfLongNames_" + tok[5:], ""},
		{"prefix in capitals", "CFUT_" + tok[5:], ""},
		{"prefix only", `strings.HasPrefix(s, "cfut_")`, ""},
		{"underscore in the body", tok[:20] + "_" + tok[21:], ""},
		{"base64", b64([]byte(tok)), tok},
		{"base64 of a line", b64([]byte("CLOUDFLARE_API_TOKEN=" + tok + "\n")), tok},
		{"base64 at the second alignment", b64([]byte("x" + tok)), tok},
		{"base64 at the third alignment", b64([]byte("xy" + tok)), tok},
		{"base64 in a run of letters", "abc" + b64([]byte(tok)), tok},
		{"base64url", base64.RawURLEncoding.EncodeToString([]byte("k?>=" + tok)), tok},
		{"base64 of base64", b64([]byte(b64([]byte("token: " + tok)))), tok},
		{"base64 of UTF-16", b64([]byte(wide("$t='"+tok+"'", false))), tok},
		{"base64 of a bad checksum", b64([]byte(bad)), bad + " checksum mismatch"},
		{"in much base64", b64(bytes.Repeat([]byte("text and more "), 200)) + b64([]byte("a "+tok+" b")), tok},
		{"in base64 of noise", b64(append(noise(3000, 1), append([]byte(tok), noise(3000, 2)...)...)), tok},
		{"UTF-16, little-endian", wide("\ufeff$t = \""+tok+"\"\r\n", false), tok},
		{"UTF-16, big-endian", wide("\ufeff$t = \""+tok+"\"\r\n", true), tok},
		{"UTF-16 without a mark", wide(tok, false), tok},
		{"UTF-16 at an odd offset", "x" + wide("t: "+tok+" ", false), tok},
		{"UTF-16 of base64", wide(b64([]byte("token: "+tok)), false), tok},
		{"UTF-16 with others' letters", wide("токен: "+tok+"ключ", false), tok},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(secrets(tt.in), "|"); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// TestUnluckyTokens finds tokens that chance has made look like something else.
func TestUnluckyTokens(t *testing.T) {
	old := mint.Legacy("unlucky")
	for name, tok := range map[string]string{
		"begins like an escape":         "3D" + old[2:],
		"has a placeholder's word":      old[:20] + "gtesT" + old[25:],
		"has another":                   old[:20] + "aFakEb" + old[26:],
		"begins like an escape and not": "3E" + old[2:],
	} {
		for _, before := range []string{"CLOUDFLARE_API_TOKEN=", "CLOUDFLARE_API_TOKEN: ", `CLOUDFLARE_API_TOKEN="`, "CLOUDFLARE_API_TOKEN=3D"} {
			if got := secrets(before + tok); len(got) != 1 || got[0] != tok {
				t.Errorf("%s: in %s%s found %q", name, before, tok, got)
			}
		}
	}
	for _, made := range []string{old[:20] + "-test-" + old[26:], "your_" + old[5:]} {
		if got := secrets("CLOUDFLARE_API_TOKEN=" + made); len(got) != 1 || got[0] != made+" placeholder" {
			t.Errorf("%s: found %q", made, got)
		}
	}
}

// TestWideAnywhere says that a token in 16-bit characters is found wherever it
// begins, and whatever stands before it.
func TestWideAnywhere(t *testing.T) {
	tok := mint.Token("cfut_", "w")
	for pad := range 300 {
		for _, before := range []string{"", ".", "..", "a", "\x00", "\x01\x00"} {
			in := strings.Repeat(".", pad) + before + wide(tok, pad%2 == 0) + "\x00\x00"
			if got := strings.Join(secrets(in), "|"); got != tok {
				t.Fatalf("behind %d dots and %q: found %q", pad, before, got)
			}
		}
	}
}

// TestDeepEncodings says that what is encoded more often than anybody does is
// passed over in linear time.
func TestDeepEncodings(t *testing.T) {
	in := strings.Repeat("a\x00", 1<<19)
	for range maxDepth {
		in = base64.StdEncoding.EncodeToString([]byte(in))
	}
	start := time.Now()
	secrets(in)
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("%d bytes took %v", len(in), d)
	}
}

// TestNoise says that random bytes and random text hold no credential and no
// candidate.
func TestNoise(t *testing.T) {
	data := noise(4<<20, 7)
	if got := matches(data, Span{0, len(data)}, 0); got != nil {
		t.Errorf("in random bytes: %v", got)
	}
	text := []byte(base64.StdEncoding.EncodeToString(data))
	if got := matches(text, Span{0, len(text)}, 0); got != nil {
		t.Errorf("in random base64: %v", got)
	}
}

func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// pieces scans data in pieces of step bytes with margins of Reach.
func pieces(data []byte, step int) []string {
	var found []string
	for at := 0; at < len(data); at += step {
		end := min(len(data), at+step)
		lo, hi := max(0, at-Reach), min(len(data), end+Reach)
		found = append(found, matches(data[lo:hi:hi], Span{at - lo, end - lo}, lo)...)
	}
	slices.Sort(found)
	return found
}

// FuzzPieces checks the promise in the package comment: content cut into
// pieces that overlap by Reach yields the matches of the whole.
func FuzzPieces(f *testing.F) {
	tok := mint.Token("cfut_", "a")
	b64 := base64.StdEncoding.EncodeToString
	for _, s := range []string{
		tok,
		"a=" + tok + " b=" + mint.Broken("cfat_", "b") + "9",
		strings.Repeat(tok+mint.Token("cfk_", "c"), 9) + tok[:20],
		strings.Repeat("cfut_", 300),
		b64([]byte(strings.Repeat("CF_API_TOKEN="+mint.Legacy("x")+"\n", 20))),
		"cloudflare\n" + b64([]byte(mint.LegacyKey("x"))) + "\n",
		wide("CLOUDFLARE_API_KEY="+mint.LegacyKey("y")+"\n"+tok, false),
		b64([]byte(wide(tok, true))) + b64([]byte(b64([]byte(tok)))),
		strings.Repeat("A", 700) + b64([]byte(tok)) + strings.Repeat("A", 700),
		"Authorization: Bearer " + mint.Legacy("z") + strings.Repeat(" ", 280) + "https://api.cloudflare.com/client/v4",
		"token,key\ncloudflare," + mint.LegacyKey("q") + "," + mint.Legacy("r") + "\n",
	} {
		f.Add([]byte(s), uint16(7))
		f.Add([]byte(s), uint16(64))
		f.Add([]byte(strings.Repeat(s+"\n", 3)), uint16(333))
	}
	for _, tt := range inContext {
		s, _ := tt.render()
		f.Add([]byte(s), uint16(7))
		f.Add([]byte(strings.Repeat(s, 3)), uint16(333))
	}
	for _, d := range inPieces {
		s := d.write(" "+tok+"\n") + "CF_API_KEY='" + d.write(mint.LegacyKey("d")) + "'\n"
		f.Add([]byte(s), uint16(7))
		f.Add([]byte(s+d.write(s)), uint16(333))
	}
	for n := range 6 { // of several backslashes before the first character, some may be none of its own
		var key strings.Builder
		for _, c := range []byte(mint.LegacyKey("d")) {
			fmt.Fprintf(&key, `\\x%02x`, c)
		}
		for before := range lane {
			f.Add([]byte("cloudflare\n"+strings.Repeat("-", 230+before)+"\nKEY="+strings.Repeat(`\`, n)+key.String()), uint16(255))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint16) {
		step := 1 + int(n)
		if len(data) > 1<<14 || len(data)/step > 1<<10 {
			t.Skip("too much for one execution")
		}
		whole := matches(data, Span{0, len(data)}, 0)
		if got := pieces(data, step); !slices.Equal(whole, got) {
			t.Errorf("step %d: the pieces give\n%s\nthe whole gives\n%s", step, strings.Join(got, "\n"), strings.Join(whole, "\n"))
		}
	})
}

// TestPieces is FuzzPieces over content dense with what detectors look at, put
// together at random, which mutation hardly ever is.
func TestPieces(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		data := dense(r, 3000+r.IntN(3000))
		if seed%2 != 0 {
			data = dense(r, 1000+r.IntN(1000), inPieces...)
		}
		whole := matches(data, Span{0, len(data)}, 0)
		step := 1 + r.IntN(1500)
		if got := pieces(data, step); !slices.Equal(whole, got) {
			t.Fatalf("seed %d, step %d: the pieces give\n%s\nthe whole gives\n%s", seed, step, strings.Join(got, "\n"), strings.Join(whole, "\n"))
		}
	}
}

// dense returns about n bytes of credentials, look-alikes, names, encodings
// and noise, glued together. Parts are in the given disguises, or in UTF-16 or
// base64.
func dense(r *rand.Rand, n int, in ...disguise) []byte {
	var text func(depth int) string
	text = func(depth int) string {
		seed := fmt.Sprint(r.Uint32())
		switch k := r.IntN(16); k {
		case 0:
			return mint.Token("cfut_", seed)
		case 1:
			return mint.Broken("cfk_", seed)
		case 2:
			return "CF_API_TOKEN=" + mint.Legacy(seed) + "\n"
		case 3:
			return `"X-Auth-Key": "` + mint.LegacyKey(seed) + `"`
		case 4:
			return mint.Legacy(seed)
		case 5:
			return mint.LegacyKey(seed) + ","
		case 6:
			return "cloudflare api_token: "
		case 7:
			return "https://api.cloudflare.com/client/v4 Authorization: Bearer "
		case 8:
			return string(noise(r.IntN(80), r.Uint64()))
		case 9:
			return strings.Repeat(string("A\x00=a9/\n"[r.IntN(7)]), r.IntN(300))
		case 10:
			return strings.Repeat("some ordinary words, ", r.IntN(20))
		case 11:
			return base64.StdEncoding.EncodeToString(noise(r.IntN(400), r.Uint64()))
		}
		if depth > 2 {
			return "\n"
		}
		var inner string
		for range 1 + r.IntN(5) {
			inner += text(depth + 1)
		}
		if len(in) > 0 && r.IntN(4) > 0 {
			return in[r.IntN(len(in))].write(inner)
		}
		switch r.IntN(4) {
		case 0:
			return wide(inner, r.IntN(2) == 0)
		case 1:
			return base64.RawURLEncoding.EncodeToString([]byte(inner))
		}
		return base64.StdEncoding.EncodeToString([]byte(inner))
	}
	var b []byte
	for len(b) < n {
		b = append(b, text(0)...)
		if r.IntN(2) == 0 {
			b = append(b, " \n\"'=:,;"[r.IntN(8)])
		}
	}
	return b
}

// TestQuiet says that looking at ordinary bytes allocates nothing.
func TestQuiet(t *testing.T) {
	for name, data := range contents() {
		if name == "dense" || name == "base64" || name == "array" || name == "lines" { // noise now and then looks like base64 of text
			continue
		}
		data = data[:1<<17]
		for which, k := range bothKernels() {
			set := NewSet(All...)
			set.kernels = k
			// Many times, since the race detector lets a pool lose what it holds.
			n := testing.AllocsPerRun(40, func() {
				set.Matches(data, Span{0, len(data)}, func(m Match) { t.Errorf("%s: found %v", name, m) })
			})
			if n != 0 {
				t.Errorf("%s, %s: %v allocations", name, which, n)
			}
		}
	}
}

// contents are kinds of content that behave differently: nothing to look at,
// long runs to look into, everything to find.
func contents() map[string][]byte {
	const descriptor = "google.protobuf.FieldDescriptorProto\x12\x08type_name\x18"
	var array, lines bytes.Buffer
	for i, c := range noise(1<<16, 5) {
		if i/100%2 == 0 { // of a generated file, text or what lies between
			c = descriptor[i%len(descriptor)]
		}
		fmt.Fprintf(&array, "0x%02x, ", c)
		if i%16 == 15 {
			array.WriteByte('\n')
		}
	}
	for part := range slices.Chunk(noise(3<<18, 6), 48) {
		if part[0] < 32 { // in a certificate, a few lines hold a name
			copy(part[8:], "GlobalSign Root CA - R3")
		}
		fmt.Fprintln(&lines, base64.StdEncoding.EncodeToString(part))
	}
	return map[string][]byte{
		"array":  array.Bytes(),
		"lines":  lines.Bytes(),
		"source": bytes.Repeat([]byte("func (c *Client) Do(ctx context.Context, req *http.Request) error {\n\treturn c.do(ctx, req) // see RFC 9110\n}\n"), 1<<13),
		"random": noise(1<<20, 3),
		"base64": []byte(base64.StdEncoding.EncodeToString(noise(3<<18, 4))),
		"hashes": bytes.Repeat([]byte("\"resolved\": \"https://registry.example/x/-/x-1.0.0.tgz\", \"rev\": \"f9ea266bd682661bf27be7e5d66af6c4cfe1f7ff\"\n"), 1<<13),
		"zeros":  make([]byte, 1<<20),
		"dense":  dense(rand.New(rand.NewPCG(1, 1)), 1<<20),
	}
}

// BenchmarkMatches matches contents with the kernels of this processor and with
// those for any; with LEAKFLARE_BENCH_TREE, also the files below that directory.
func BenchmarkMatches(b *testing.B) {
	all := contents()
	if tree := os.Getenv("LEAKFLARE_BENCH_TREE"); tree != "" {
		filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && len(all["tree"]) < 200<<20 {
				data, _ := os.ReadFile(name)
				all["tree"] = append(all["tree"], data...)
			}
			return nil
		})
	}
	for name, data := range hostile(1 << 20) {
		all["hostile "+name] = data
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		data := all[name]
		for _, which := range []string{"native", "portable"} {
			set := NewSet(All...)
			set.kernels = bothKernels()[which]
			b.Run(name+"/"+which, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					set.Matches(data, Span{0, len(data)}, func(Match) {})
				}
			})
		}
	}
}
