package archive

import (
	"encoding/ascii85"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPDF says that packed streams of a PDF file are handed out, and what is only
// like one does no harm. Within an archive, the file is too.
func TestPDF(t *testing.T) {
	pack := packers[".zz"]
	data := "%PDF-1.7\n1 0 obj <</Filter/FlateDecode/Length 99>>\nstream\r\n" + pack(t, text) + "\nendstream\nendobj\n" +
		"stream\nplain\nendstream\nstream\n\x78\x9cnothing that is packed\nendstream\n" +
		"2 0 obj <<>> stream\n" + pack(t, "second") + "endstream\n%%EOF"
	r := walked(t, data, "x.pdf", DefaultLimits)
	if got := content(r); !slices.Contains(got, "x.pdf!stream 1: "+text) || got[len(got)-1] != "x.pdf!stream 3: second" || len(r.notes) > 0 {
		t.Errorf("members %q, notes %q", got, r.notes)
	}
	r = walked(t, zipped(t, file{"x.pdf", data}), "x.zip", DefaultLimits)
	if got := content(r); !slices.Contains(got, "x.zip!x.pdf: "+data) || !slices.Contains(got, "x.zip!x.pdf!stream 1: "+text) || len(r.notes) > 0 {
		t.Errorf("members %q, notes %q", got, r.notes)
	}
}

// TestPDFInASCII says that streams in hexadecimal and ASCII85 are handed out, packed by
// deflate or not, long and short, and that what is only like one is not.
func TestPDFInASCII(t *testing.T) {
	inASCII85 := func(content string) string {
		b := make([]byte, ascii85.MaxEncodedLen(len(content)))
		return string(b[:ascii85.Encode(b, []byte(content))]) + "~>"
	}
	inHex := func(content string) string { return hex.EncodeToString([]byte(content)) + ">" }
	lines := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if b.WriteByte(s[i]); i%64 == 63 && i < len(s)-2 {
				b.WriteString("\r\n")
			}
		}
		return b.String()
	}
	random := make([]byte, 10000)
	rand.NewChaCha8([32]byte{}).Read(random)
	for _, whole := range []string{text, strings.Repeat(text, 2000), string(random), strings.Repeat("\x00", 1000), "a"} {
		for name, encode := range map[string]func(string) string{"ASCII85": inASCII85, "hexadecimal": inHex} {
			for _, packed := range []string{whole, packers[".zz"](t, whole)} {
				for _, form := range []string{encode(packed), lines(encode(packed)), encode(packed) + "\n"} {
					data := "%PDF-1.4\n1 0 obj <<>>\nstream\n" + form + "endstream\nendobj\n" +
						"2 0 obj <<>>\nstream\r\n" + packers[".zz"](t, text) + "\nendstream\nendobj\n"
					want := []string{"x.pdf!stream 1: " + whole, "x.pdf!stream 2: " + text}
					r := walked(t, data, "x.pdf", DefaultLimits)
					if got := content(r); !slices.Equal(got, want) || len(r.notes) > 0 {
						t.Errorf("%s: %.300q, notes %q", name, got, r.notes)
					}
				}
			}
		}
	}
	attached := "%PDF-1.4\nstream\n" + inASCII85(packers[".zz"](t, zipped(t, file{"a", text}))) + "\nendstream"
	walked(t, attached, "x.pdf", DefaultLimits).want(t, []string{"x.pdf!stream 1!a: " + text})
	// Operators and objects, as they are.
	long := strings.Repeat("BT (some text is set) Tj ET\n", 200)
	for _, plain := range []string{"BT (abc) Tj ET", long, "0123456789 0 0", "<41>", "87cURD]~> Tj"} {
		data := "%PDF-1.4\nstream\n" + plain + "\nendstream\nendobj\n2 0 obj<</A[/B]>>\nstream\n" + inHex(text) + "\nendstream\n"
		walked(t, data, "x.pdf", DefaultLimits).want(t, []string{"x.pdf!stream 1: " + text})
	}
}

// TestPDFEncrypted says that it is noted of a PDF file that it is encrypted, by its
// trailer or the dictionary of the stream in the place of one, wherever that stands.
func TestPDFEncrypted(t *testing.T) {
	filler := strings.Repeat("x", 100000)
	for trailer, encrypted := range map[string]bool{
		"trailer\n<</Encrypt 5 0 R/Size 6>>":                         true,
		"trailer\n<</Encrypt\r\n<</V 4>>>>":                          true,
		"6 0 obj<</Type/XRef/Encrypt 5 0 R>>stream\n\x01\nendstream": true,
		"trailer\n<</Encrypt 5 0 R/Size 6>>" + filler:                true,
		filler + "trailer\n<</Encrypt 5 0 R/Size 6>>" + filler:       true,
		"trailer\n<</Size 6>>":                                       false,
		"<</EncryptMetadata false>>":                                 false,
		"(/Encrypt is a word)":                                       false,
		"/Encrypt":                                                   false,
	} {
		var notes []string
		if encrypted {
			notes = []string{"x.pdf: encrypted, not unpacked"}
		}
		walked(t, "%PDF-1.4\n"+trailer, "x.pdf", DefaultLimits).want(t, nil, notes...)
		r := walked(t, zipped(t, file{"x.pdf", "%PDF-1.4\n" + trailer}), "x.zip", DefaultLimits)
		for i := range notes {
			notes[i] = "x.zip!" + notes[i]
		}
		if !slices.Equal(r.notes, notes) {
			t.Errorf("%.100q in a zip: notes %q", trailer, r.notes)
		}
	}
}
