package scanner

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/packer"
)

// TestPackedText says that where an archive in base64 begins is seen however the text
// is cut into chunks, by that chunk alone that owns it, and that nothing is said to a
// source that does not ask.
func TestPackedText(t *testing.T) {
	std := base64.StdEncoding.EncodeToString([]byte(packer.Gzip(strings.Repeat("settings, ", 100))))
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte("blob 53\x00" + strings.Repeat("settings, ", 100))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	object := base64.StdEncoding.EncodeToString(b.Bytes())
	lines := regexp.MustCompile(".{35}").ReplaceAllString
	set := detectors.NewSet(packedText)
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"a value":     {"data: " + std, 1},
		"several":     {std + "\n" + std + "," + std, 3},
		"lines":       {"a: |\n  " + lines(std, "$0\n  "), 1},
		"zlib":        {"data: " + object + "\n" + lines(object, "$0\n"), 2},
		"zlib, twice": {base64.StdEncoding.EncodeToString([]byte(object)), 1},
		"like zlib":   {"eJz" + strings.Repeat("/", 40), 0},
		"twice":       {base64.StdEncoding.EncodeToString([]byte(std)), 1},
		"url":         {"=" + base64.URLEncoding.EncodeToString([]byte("\xfd7zXZ\x00"+strings.Repeat("?>", 40))), 1},
		"escaped":     {`{"a":"\n` + lines(std, `$0\n`) + `"}`, 1},
		"a mail":      {"x=3D" + std, 1},
		"short":       {std[:34], 0},
		"within":      {"x" + std, 0},
		"in UTF-16":   {strings.Join(strings.Split(std, ""), "\x00") + "\x00", 0},
		"in hex":      {strings.Repeat("48347349", 20), 0},
		"of the text": {base64.StdEncoding.EncodeToString([]byte("data: " + std)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := strings.Repeat("some text\n", 60)
			data := []byte(before + test.text + "\n" + before)
			for _, size := range []int{len(data), 1, 7, 100} {
				got := 0
				for at := 0; at < len(data); at += size {
					lo, hi := max(0, at-detectors.Reach), min(len(data), at+size+detectors.Reach)
					found := false
					c := source.Chunk{Data: data[lo:hi:hi], Own: source.Span{Start: at - lo, End: min(at+size, len(data)) - lo}, Found: &found}
					seen := 0
					for _, c.Packed = range []func(source.Blob){nil, func(source.Blob) { seen++ }} {
						set.Matches(c.Data, detectors.Span(c.Own), func(m detectors.Match) { notePacked(c, m) })
						if found != (seen > 0) {
							t.Fatalf("found %v, and told %d times", found, seen)
						}
					}
					got += seen
				}
				if got != test.want {
					t.Errorf("by %d bytes: seen %d times, want %d", size, got, test.want)
				}
			}
		})
	}
}
