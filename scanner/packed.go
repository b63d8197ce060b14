package scanner

import (
	"math"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// packedText finds no credential but where an archive in base64 begins in a text,
// since the matching looks at each run of such characters anyway.
var packedText = &detectors.Detector{
	ID: "archive in base64",
	Shapes: []detectors.Shape{{
		MinRun: archive.MinBase64,
		MaxRun: math.MaxInt,
		Likely: func(text []byte, at int) bool { return archive.BeginsBase64(text[at:]) },
		Recognize: func(_ []byte, at int) (detectors.Match, bool) {
			return detectors.Match{Span: detectors.Span{Start: at, End: at + 1}}, true
		},
	}},
}

// notePacked tells the source of an archive that begins in a chunk, unless it stands in
// another encoding.
func notePacked(c source.Chunk, m detectors.Match) {
	if c.Packed == nil || m.Encoding != "plain" {
		return
	}
	c.Packed(c.Blob)
	if c.Found != nil {
		*c.Found = true
	}
}
