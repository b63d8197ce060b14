package gitpack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestIndexFinds finds by an index alone what a pack that was opened whole has,
// in each form of index, and nothing else.
func TestIndexFinds(t *testing.T) {
	var things []*thing
	for i := range 600 {
		things = append(things, &thing{kind: Blob, content: fmt.Appendf(nil, "content %d", i)})
	}
	pack := writePack(things)
	dir := t.TempDir()
	packName, indexName := filepath.Join(dir, "p.pack"), filepath.Join(dir, "p.idx")
	if err := os.WriteFile(packName, pack, 0o666); err != nil {
		t.Fatal(err)
	}
	for form, name := range []string{version1: "version 1", version2: "version 2", version2Large: "large offsets"} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(indexName, writeIndex(pack, things, form), 0o666); err != nil {
				t.Fatal(err)
			}
			x, err := OpenIndex(indexName)
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			p, err := x.Pack(packName).Reopen()
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for _, o := range things {
				at, ok, err := x.Find(o.id())
				if err != nil || !ok || at != o.offset {
					t.Fatalf("%x: at %d, %t, %v; want %d", o.id(), at, ok, err, o.offset)
				}
				var z Inflater
				h, err := p.Header(at)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := z.Inflate(nil, p, h); err != nil || string(got) != string(o.content) {
					t.Fatalf("%x: %q, %v", o.id(), got, err)
				}
				other := o.id()
				other[19]++
				if _, ok, err := x.Find(other); ok || err != nil {
					t.Fatalf("%x, which is not there: %t, %v", other, ok, err)
				}
			}
		})
	}
}

// TestOpenIndexRefuses opens no index that cannot be one.
func TestOpenIndexRefuses(t *testing.T) {
	pack := writePack([]*thing{{kind: Blob, content: []byte("x")}})
	index := writeIndex(pack, nil, version2)
	for name, data := range map[string][]byte{
		"nothing": nil, "half": index[:len(index)/2], "garbage": make([]byte, 100), "too long": append(index, make([]byte, 100)...),
	} {
		file := filepath.Join(t.TempDir(), "p.idx")
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if x, err := OpenIndex(file); !errors.Is(err, ErrIndex) {
			t.Errorf("%s: %v, %v", name, x, err)
		}
	}
}
