package files

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
)

// locate returns the one location of each hit.
func locate(t *testing.T, src source.Source, hits []source.Hit) []source.Location {
	t.Helper()
	got, err := src.Locate(context.Background(), hits)
	if err != nil {
		t.Fatalf("locating: %v", err)
	}
	if len(got) != len(hits) {
		t.Fatalf("%d hits have %d lists of locations", len(hits), len(got))
	}
	var locs []source.Location
	for i, ls := range got {
		if len(ls) != 1 || ls[0].Offset != hits[i].Offset {
			t.Fatalf("hit %+v has locations %+v", hits[i], ls)
		}
		locs = append(locs, ls[0])
	}
	return locs
}

func sameLocation(a, b source.Location) bool { return reflect.DeepEqual(a, b) }

// lineOf counts the plain way.
func lineOf(data string, offset int64) (line, column int) {
	before := data[:offset]
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')
}

// bigFile returns content of several chunks with markers before, across and
// after each place where a chunk may end.
func bigFile() string {
	rnd := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 4*source.DefaultChunkSize+12345)
	for i := range data {
		data[i] = "abcdefghijklmno\n"[rnd.IntN(16)]
	}
	copy(data, marker)
	copy(data[len(data)-len(marker):], marker)
	for i := 1; i <= 4; i++ {
		// Chunks move by the size less two margins.
		for _, border := range []int{i*source.DefaultChunkSize - (2*i-1)*margin, i * source.DefaultChunkSize} {
			for _, at := range []int{border - len(marker), border + len(marker)/2, border + 2*len(marker)} {
				copy(data[at:], marker)
			}
		}
		// One byte to either side of where a chunk's own part ends.
		copy(data[i*(source.DefaultChunkSize-2*margin)+margin-1:], marker)
	}
	return string(data)
}

func TestLocateBigFile(t *testing.T) {
	data := bigFile()
	want := strings.Count(data, marker)
	dir := tree(t, map[string]string{"big": data, "small": "\n\n " + marker})
	for name, src := range map[string]source.Source{
		"tree":  open(t, dir, Options{}),
		"stdin": NewStream("-", strings.NewReader(data), nil),
	} {
		s := walk(t, src)
		hits := slices.DeleteFunc(s.hits, func(h source.Hit) bool { return strings.HasSuffix(h.Blob.Path, "small") })
		if len(hits) != want {
			t.Errorf("%s: %d markers found, want %d", name, len(hits), want)
		}
		for _, l := range locate(t, src, hits) {
			line, column := lineOf(data, l.Offset)
			if l.Line != line || l.Column != column || !strings.HasPrefix(data[l.Offset:], marker) {
				t.Errorf("%s: offset %d is at %d:%d, want %d:%d", name, l.Offset, l.Line, l.Column, line, column)
			}
		}
	}
}

// Hits come in any order, from any file, and their locations in the same.
func TestLocateOrder(t *testing.T) {
	dir := tree(t, map[string]string{"a": "1\n" + marker + marker + "\n" + marker, "b/c": "\n\n" + marker})
	src := open(t, dir, Options{Workers: 1})
	hits := walk(t, src).hits
	if len(hits) != 4 {
		t.Fatalf("%d markers found, want 4", len(hits))
	}
	want := locate(t, src, hits)
	for range 20 {
		order := rand.Perm(len(hits))
		var shuffled []source.Hit
		for _, i := range order {
			shuffled = append(shuffled, hits[i])
		}
		for k, l := range locate(t, src, shuffled) {
			if !sameLocation(l, want[order[k]]) {
				t.Errorf("shuffled: %+v, want %+v", l, want[order[k]])
			}
		}
	}
	lines := map[string]int{}
	for _, l := range want {
		lines[filepath.Base(l.Path)] += l.Line
	}
	if lines["a"] != 2+2+3 || lines["c"] != 3 {
		t.Errorf("sums of lines %v, want 7 and 3", lines)
	}
	if n := src.Coverage().Bytes; n != int64(4*len(marker)+5) {
		t.Errorf("%d bytes counted; locating must not count", n)
	}
}

// Lines of a file that changed since would be wrong, so that there are none.
func TestLocateChanged(t *testing.T) {
	dir := tree(t, map[string]string{"gone": marker, "longer": marker, "same": marker, "replaced/x": marker})
	src := open(t, dir, Options{})
	hits := walk(t, src).hits
	os.Remove(filepath.Join(dir, "gone"))
	write(t, filepath.Join(dir, "longer"), "\n"+marker, false)
	os.RemoveAll(filepath.Join(dir, "replaced"))
	write(t, filepath.Join(dir, "replaced", "x"), "", true)
	lines := map[string]int{}
	for _, l := range locate(t, src, hits) {
		lines[filepath.Base(l.Path)] = l.Line
	}
	if len(lines) != 4 || lines["same"] != 1 || lines["gone"]+lines["longer"]+lines["x"] != 0 {
		t.Errorf("lines %v, want 1 for the same and 0 for the others", lines)
	}
}

func TestLocateCancelled(t *testing.T) {
	src := open(t, tree(t, map[string]string{"a": marker}), Options{})
	hits := walk(t, src).hits
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := src.Locate(ctx, hits); err != context.Canceled {
		t.Errorf("error %v, want that of the context", err)
	}
}

// FuzzLines checks both ways of counting lines against the plain one, for each
// offset of content that comes in pieces.
func FuzzLines(f *testing.F) {
	f.Add([]byte(""), uint8(1))
	f.Add([]byte("a\nb\n\n\nc"), uint8(1))
	f.Add([]byte("\n\na"), uint8(3))
	f.Add(append(bytes.Repeat([]byte("x"), 300), "\nx"...), uint8(100)) // two bytes of length
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		if step == 0 || len(data) > 1<<12 {
			t.Skip("no step, or too much for one execution")
		}
		counted := make([]source.Location, len(data)+1) // the last is past the end
		indexed := make([]source.Location, len(data)+1)
		var countedRest, indexedAll []*source.Location
		for i := range counted {
			counted[i].Offset, indexed[i].Offset = int64(i), int64(i)
			countedRest = append(countedRest, &counted[i])
			indexedAll = append(indexedAll, &indexed[i])
		}
		var c lineCounter
		x := lineIndex{limit: 1 << 20}
		for piece := range slices.Chunk(data, int(step)) {
			countedRest = c.count(piece, countedRest)
			x.add(piece)
		}
		x.locate(indexedAll)
		for i := range counted {
			line, column := 0, 0
			if i < len(data) {
				line, column = lineOf(string(data), int64(i))
			}
			if l := counted[i]; l.Line != line || l.Column != column {
				t.Errorf("counted: offset %d is at %d:%d, want %d:%d", i, l.Line, l.Column, line, column)
			}
			if l := indexed[i]; l.Line != line || l.Column != column {
				t.Errorf("indexed: offset %d is at %d:%d, want %d:%d", i, l.Line, l.Column, line, column)
			}
		}
	})
}
