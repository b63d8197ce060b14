package archive

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// levels are those that zlib packs by.
var levels = []int{zlib.HuffmanOnly, zlib.DefaultCompression, 0, 1, 2, 5, 6, 9}

func zlibbed(t testing.TB, level int, content string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	return through(t, &b, w, err, content)
}

// TestBeginsZlib says that what zlib packs by any level is known by its first bytes,
// and that hardly anything else is.
func TestBeginsZlib(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var content strings.Builder
		for content.Len() < 40+rnd.IntN(400) {
			switch rnd.IntN(4) {
			case 0:
				content.WriteString(text)
			case 1:
				content.WriteString(strings.Repeat("a", rnd.IntN(300)))
			case 2:
				content.WriteByte(byte(rnd.Uint32()))
			case 3:
				content.WriteString("blob 53\x00token: cfut_")
			}
		}
		for _, level := range levels {
			packed := zlibbed(t, level, content.String())
			for _, s := range []string{inBase64(packed), base64.RawURLEncoding.EncodeToString([]byte(packed)), inBase64(inBase64(packed))} {
				if len(s) >= MinBase64 && !BeginsBase64([]byte(s)) {
					t.Fatalf("level %d: %q is not known", level, s)
				}
			}
		}
	}
	const n = 1 << 18
	known := 0
	noise := make([]byte, 26)
	for range n {
		for i := range noise {
			noise[i] = byte(rnd.Uint32())
		}
		noise[0], noise[1] = 0x78, "\x01\x5e\x9c\xda"[rnd.IntN(4)]
		if beginsZlib(noise) {
			known++
		}
	}
	if known > n/50 {
		t.Errorf("of %d streams that are none, %d are known", n, known)
	}
}

// TestZlibBeforeShortLine says that a line of hardly any base64 behind zlib in base64
// ends it, and hides nothing.
func TestZlibBeforeShortLine(t *testing.T) {
	packed := zlibbed(t, zlib.DefaultCompression, text)
	for _, line := range []string{"e", "eA", "Z", "ZU", "ZUF", "ZUFU"} {
		in := "a: " + inBase64(packed) + "\n" + line + "==" + strings.Repeat(" ", MinBase64) + "\nb: " + inBase64(packed) + "\n"
		r := walked(t, in, "x", DefaultLimits)
		r.want(t, []string{"x!base64 1!content: " + text, "x!base64 2!content: " + text})
	}
}

// TestFormulas says that a text which begins like zlib is no archive, and nothing is said
// of it.
func TestFormulas(t *testing.T) {
	for _, text := range []string{"x^2 + y^2 = z^2\n", "x^{2} + 3x\n", "x^T A x is positive\n", "x^n\n", "x^(n+1) = f(x^n)\n", "x^2", "x^"} {
		if f := Recognise([]byte(text), ""); f != None {
			t.Errorf("%q is taken for an archive", text)
		}
		walked(t, zipped(t, file{"x.tex", text}), "x.zip", DefaultLimits).want(t, []string{"x.zip!x.tex: " + text})
	}
	for _, level := range levels {
		for n := range 60 {
			packed := zlibbed(t, level, strings.Repeat("cfut_Az09", 9)[:n])
			if len(packed) >= 12 && Recognise([]byte(packed), "") == None {
				t.Errorf("level %d of %d bytes: %q is not known", level, n, packed)
			}
		}
	}
}
