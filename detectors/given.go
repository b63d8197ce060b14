package detectors

import (
	"bytes"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Given returns the detectors for text of which somebody says that it is credentials:
// those of All, but that a token or key in a format without a prefix, which its context
// tells elsewhere, needs no more than to stand alone on a line.
func Given() []*Detector {
	all := make([]*Detector, 0, len(All))
	for _, d := range All {
		if d == LegacyToken || d == LegacyGlobalKey {
			g, shape := *d, d.Shapes[0]
			shape.Recognize = func(text []byte, at int) (Match, bool) { return given(d, text, at) } // which asks d first
			g.Shapes = []Shape{shape}
			all = append(all, &g)
			continue
		}
		all = append(all, d)
	}
	return all
}

// given recognizes what d does, and besides a run that stands alone on its line:
// elsewhere it may be anything, and is not sent to Cloudflare.
func given(d *Detector, text []byte, at int) (Match, bool) {
	shape := d.Shapes[0]
	if m, ok := shape.Recognize(text, at); ok && m.Rejected == "" && !m.ByPath {
		return m, true
	}
	end := at
	for end < len(text) && class[text[end]]&tokenChar != 0 {
		end++
	}
	b := text[at:end]
	isKey := all(b, hexChar) && len(b) >= minKeyLen && len(b) <= maxKeyLen
	before := bytes.TrimLeft(text[bytes.LastIndexByte(text[:at], '\n')+1:at], " \t\"'")
	after, _, _ := bytes.Cut(text[end:], []byte("\n"))
	switch {
	case len(before) > 0 || len(bytes.TrimRight(after, " \t\r\"'")) > 0,
		isOthers(b), isKey != d.GlobalKey, len(b) < shape.MinRun || len(b) > shape.MaxRun:
		return Match{}, false
	}
	m := Match{
		Span: Span{at, end}, Secret: secret.New(b), Confidence: secret.High, Reason: "it was given as one",
	}
	m.companions(text, at, d.GlobalKey)
	return m, true
}
