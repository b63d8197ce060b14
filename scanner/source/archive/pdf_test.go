package archive

import (
	"slices"
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
