package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// inLines breaks s into lines of n characters, with br between them.
func inLines(s string, n int, br string) string {
	var lines []string
	for ; len(s) > n; s = s[n:] {
		lines = append(lines, s[:n])
	}
	return strings.Join(append(lines, s), br)
}

// texts are texts with archives in them.
func texts(t testing.TB) map[string]string {
	all := everything(t)
	two := "a: " + inBase64(all["x.tar.gz"]) + "\nb: " + inBase64(inBase64(all["x.zip"])) + "\n"
	return map[string]string{
		"two.yaml":  two,
		"x.eml":     inLines(inBase64(all["x.tar.zst"]), 76, "\r\n") + "\r\n\r\n" + inLines(inBase64(all["x.tar.gz"]), 64, `\n`),
		"nested.js": "f('" + inBase64(zipped(t, file{"two.yaml", two})) + "')",
	}
}

// spellings are the ways in which text carries base64 of what is packed.
var spellings = map[string]func(packed string) string{
	"a value":  func(s string) string { return "a: 1\ndata: " + inBase64(s) + "\nb: 2\n" },
	"alone":    inBase64,
	"unpadded": func(s string) string { return "x=" + strings.TrimRight(inBase64(s), "=") + ";" },
	"a member": func(s string) string {
		return "{\"a\": \"" + strings.TrimRight(inBase64(s), "=") + "\",\n\"name\": \"b\"}"
	},
	"a data URL":   func(s string) string { return "url(data:application/x;base64," + inBase64(s) + ")" },
	"url alphabet": func(s string) string { return `{"a":"` + base64.RawURLEncoding.EncodeToString([]byte(s)) + `"}` },
	"a mail":       func(s string) string { return "\r\n" + inLines(inBase64(s), 76, "\r\n") + "\r\n--frontier--\r\n" },
	"of 35":        func(s string) string { return inLines(inBase64(s), MinBase64, "\n") + "\n" },
	"a block":      func(s string) string { return "a: |\n    " + inLines(inBase64(s), 64, "\n    ") + "\nb:\n  word\n" },
	"first short":  func(s string) string { b := inBase64(s); return "a: " + b[:40] + "\n  " + inLines(b[40:], 64, "\n  ") },
	"literals":     func(s string) string { return "x = (\"" + inLines(inBase64(s), 60, "\"\n     \"") + "\")" },
	"bytes":        func(s string) string { return "x = (b'" + inLines(inBase64(s), 60, "'\n     b'") + "')" },
	"plus":         func(s string) string { return "x := \"" + inLines(inBase64(s), 60, "\" +\n\t\"") + "\"" },
	"dots":         func(s string) string { return "$x = '" + inLines(inBase64(s), 60, "'\n  . '") + "';" },
	"quoted":       func(s string) string { return "> " + inLines(inBase64(s), 76, "\n> ") },
	"escapes":      func(s string) string { return `{"a":"\n` + inLines(inBase64(s), 76, `\n`) + `\n"}` },
	"escapes of CR": func(s string) string {
		return `{"a":"` + inLines(inBase64(s), 76, `\r\n`) + `\r\n"}`
	},
	"an attribute": func(s string) string { return "<a x=3D" + inBase64(s) },
	"twice":        func(s string) string { return "release: " + inBase64(inBase64(s)) + "\n" },
	"twice, broken": func(s string) string {
		return "a: |\n  " + inLines(inBase64(inLines(inBase64(s), 76, "\n")), 64, "\n  ")
	},
	"far":           func(s string) string { return strings.Repeat("- a line of text\n", 1<<14) + inBase64(s) },
	"behind others": func(s string) string { return strings.Repeat("H4sI/"+strings.Repeat("x", 40)+"\n", 99) + inBase64(s) },
}

// TestBase64 says that an archive of each format is found in text, however its base64
// is written there, and unpacked as it is by itself.
func TestBase64(t *testing.T) {
	for name, data := range everything(t) {
		switch Recognise([]byte(data), "") {
		case None, tarFormat, lzmaFormat, compressFormat:
			continue // not to be known so
		}
		whole := walked(t, data, "x!base64 1", DefaultLimits)
		for spelling, write := range spellings {
			if name == "x.tar.zz" && spelling == "behind others" {
				continue // of another format, whose lines zlib goes on with
			}
			t.Run(name+" "+spelling, func(t *testing.T) {
				r := walked(t, write(data), "x", DefaultLimits)
				want := content(whole)
				if name == "x.pdf" || name == "x.db" { // which are handed out themselves
					want = append([]string{"x!base64 1: " + data}, want...)
				}
				r.want(t, want, whole.notes...)
				if len(r.origins) > 0 {
					t.Errorf("origins %v", r.origins)
				}
			})
		}
	}
}

// TestBase64Several says that each of the archives in a text is opened, those that
// follow one another at once too.
func TestBase64Several(t *testing.T) {
	var parts, want []string
	for i := range 9 {
		content := strings.Repeat(text, i) + strings.Repeat("x", i) // with each padding
		parts = append(parts, base64.RawStdEncoding.EncodeToString([]byte(packers[".gz"](t, content))))
		if content != "" { // else there is nothing in it
			want = append(want, fmt.Sprintf("x!base64 %d!content: %s", i, content))
		}
	}
	for _, between := range []string{"\n", "=\n", "\",\n\t\"", " ", "\\n", "\n\n\n"} {
		walked(t, strings.Join(parts, between), "x", DefaultLimits).want(t, want)
	}
}

// TestBase64Many says that a small text may hold many streams of any format.
func TestBase64Many(t *testing.T) {
	const n = 300
	for _, f := range []string{".gz", ".zz", ".zst", ".lz4", ".bz2", ".xz"} {
		r := walked(t, strings.Repeat(inBase64(packers[f](t, text))+"\n", n), "x.txt", DefaultLimits)
		if len(content(r)) != n || len(r.notes) > 0 {
			t.Errorf("%s: %d members of %d, notes %.200q", f, len(content(r)), n, r.notes)
		}
	}
}

// TestBase64None says that nothing is made of what only begins like an archive, nor
// said of it, and that what is cut short is unpacked as far as that goes.
func TestBase64None(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300)
	for range 200 {
		for i := range noise {
			noise[i] = byte(rnd.Uint32())
		}
		for _, sign := range []string{"H4sI", "SDRzS", "QlpoO", "Qlpo"} {
			walked(t, sign+inBase64(string(noise)), "x", DefaultLimits).want(t, nil)
		}
		// Some of this is zlib as far as it goes, and nobody is told where that ends.
		for _, sign := range []string{"eJyr", "eNor", "eF4B", "ZUp5cg"} {
			if r := walked(t, sign+inBase64(string(noise)), "x", DefaultLimits); len(r.notes) > 0 {
				t.Errorf("noted %q", r.notes)
			}
		}
	}
	packed := inBase64(packers[".gz"](t, text))
	for _, s := range []string{"", "H4sI", packed[:MinBase64-1], "x" + packed, packed[:20] + "\n" + packed[20:]} {
		walked(t, s, "x", DefaultLimits).want(t, nil)
	}
	walked(t, "H4sIAAAAAAAA/"+strings.Repeat("/", 60), "x", DefaultLimits).want(t, nil)
	large := packers[".gz"](t, strings.Repeat(text, 999))
	r := walked(t, inBase64(large)[:len(large)], "x", DefaultLimits)
	if len(r.members) != 1 || !strings.HasPrefix(r.members[0], "x!base64 1!content: "+text) ||
		!slices.Equal(r.notes, []string{"x!base64 1!content: " + errShort.Error()}) {
		t.Errorf("%.200q, %q", r.members, r.notes)
	}
}

// TestBase64Within says that archives in text in archives are opened, in one another
// too, as deep as archives may be.
func TestBase64Within(t *testing.T) {
	release := "release: " + inBase64(inBase64(packers[".gz"](t, text))) + "\n"
	walked(t, tarred(t, file{"a.yaml", release}, file{"b.yaml", "b: 1\n" + release}), "x.tar", DefaultLimits).want(t, []string{
		"x.tar!a.yaml: " + release, "x.tar!a.yaml!base64 1!content: " + text,
		"x.tar!b.yaml: b: 1\n" + release, "x.tar!b.yaml!base64 1!content: " + text,
	})
	inner := "a: " + inBase64(zipped(t, file{"c", release})) + "\n"
	walked(t, inner, "x", DefaultLimits).want(t, []string{"x!base64 1!c: " + release, "x!base64 1!c!base64 1!content: " + text})

	limits := DefaultLimits
	limits.Depth = 1
	walked(t, release, "x", limits).want(t, []string{"x!base64 1!content: " + text})
	walked(t, inner, "x", limits).want(t, []string{
		"x!base64 1!c: " + release, "x!base64 1!c!base64 1: " + packers[".gz"](t, text),
	}, "fault x!base64 1!c!base64 1: archives in one another, more than 1: not unpacked")
}

// TestBase64Held says that of a text in an archive as much is held as may be, and that
// somebody is told what is behind that.
func TestBase64Held(t *testing.T) {
	release := inBase64(packers[".gz"](t, text))
	data := release + "\n" + strings.Repeat("- another line\n", modest/15) + release
	r := walked(t, tarred(t, file{"a", data}), "x", DefaultLimits)
	r.want(t, []string{"x!a: " + data[:keep], "x!a!base64 1!content: " + text},
		"fault x!a: an archive in base64 within an archive, with more than 24 MB behind it: not all was unpacked")
	walked(t, tarred(t, file{"a", data[len(release):]}), "x", DefaultLimits).
		want(t, []string{"x!a: " + data[len(release):][:keep], "x!a!base64 1!content: " + text})
}

// TestFinder says that a text has the same archives in it whole and in pieces of any
// size, those that a plain expression finds.
func TestFinder(t *testing.T) {
	plain := regexp.MustCompile(`[0-9A-Za-z+/_-]+`)
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var b []byte
		for len(b) < 300 {
			switch rnd.IntN(4) {
			case 0:
				b = append(b, []string{"H4sI", "\n", "UEsDB", "SDRzS", `\n`, "=3D", "\\"}[rnd.IntN(7)]...)
			case 1:
				b = append(b, " .\n:"[rnd.IntN(4)])
			case 2:
				b = append(b, strings.Repeat("a", rnd.IntN(2*MinBase64))...)
			case 3:
				b = append(b, "H4sI"+strings.Repeat("b", MinBase64-len("H4sI")-rnd.IntN(2))...)
			}
		}
		var want []int
		for _, m := range plain.FindAllIndex(b, -1) {
			if at := m[0] + escape(b, m[0]); m[1]-m[0] >= MinBase64 && BeginsBase64(b[at:]) {
				want = append(want, at)
			}
		}
		for _, most := range []int{300, 64, MinBase64 + 1, 40} {
			var got []int
			var f finder
			for at, end := 0, 0; end < len(b) || at < end; {
				end = min(len(b), max(end, at)+1+rnd.IntN(most))
				n, found := f.find(b[at:end])
				if at += n; found {
					got = append(got, at)
				} else if end == len(b) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q: found %v, want %v", b, got, want)
			}
		}
		// And so does a scout, whatever is read at a time.
		if len(want) > 0 {
			s := &scout{r: iotest.HalfReader(bytes.NewReader(b))}
			for err := error(nil); err == nil; {
				_, err = s.Read(make([]byte, 1+rnd.IntN(50)))
			}
			if s.held == nil || !bytes.Equal(s.held.Bytes(), b[want[0]:]) {
				t.Fatalf("%q: the scout holds %v", b, s.held)
			}
		}
	}
}

// TestBase64Pieces says that it does not matter how much of a text is read at a time.
func TestBase64Pieces(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{"a mail", "escapes", "twice, broken", "literals"} {
		fmt.Fprintf(&b, "%s\n\n%s\n\n", name, spellings[name](zipped(t, file{"a", text}, file{"b", name})))
	}
	var all []string
	for range 2 {
		o := &Opener{Limits: DefaultLimits}
		err := o.Walk(context.Background(), "x", Text, iotest.OneByteReader(strings.NewReader(b.String())), -1, Walk{
			Emit: func(m Member, r io.Reader) error {
				data, _ := io.ReadAll(iotest.OneByteReader(r))
				if !m.Name {
					all = append(all, m.Path+": "+string(data))
				}
				return nil
			},
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		check(t, err)
		if want := content(walked(t, b.String(), "x", DefaultLimits)); len(want) != 8 || !slices.Equal(all, want) {
			t.Errorf("got %q, want %q", all, want)
		}
		all = nil
	}
}

func FuzzText(f *testing.F) { fuzz(f, Text, "two.yaml", "x.eml", "nested.js") }
