//go:build unix

package gitpack

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
)

// incompressible objects fill so many pages that a pack of them loses most when
// it is cut.
func incompressible(n, size int) []*thing {
	r := rand.NewChaCha8([32]byte{})
	var things []*thing
	for range n {
		content := make([]byte, size)
		r.Read(content)
		o := &thing{kind: Blob, content: content}
		things = append(things, o, o.on([]piece{{0, size, nil}, {text: []byte("more")}}))
	}
	return things
}

func TestShrinksDuringWalk(t *testing.T) {
	for _, limit := range []int64{1 << 10, 1 << 20} { // streamed, whole
		things := incompressible(300, 8000)
		things = append(things, things[0].on([]piece{{1, 7000, nil}}))
		for i := range 40 {
			things = append(things, &thing{kind: Blob, content: things[2*i].content[1:]})
		}
		pack := writePack(things)
		name, index := store(t, pack, writeIndex(pack, things, version2))
		p, err := Open(name, index)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		told := make([]int, p.Len())
		brokenOnes, emitted := 0, 0
		var mu sync.Mutex
		w := Walk{Pack: p, Reach: 10, Workers: 2}
		w.limits = limits{held: 1 << 20, whole: limit, modest: 1 << 20, family: 1 << 20, total: 1 << 30, heavy: 100}
		w.Emit = func(o Object) error {
			if o.Stream != nil {
				if _, err := io.Copy(io.Discard, o.Stream); err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if emitted++; emitted == 100 {
				if err := os.Truncate(name, int64(len(pack)/3)); err != nil {
					t.Error(err)
				}
			}
			told[o.I]++
			return nil
		}
		w.Broken = func(i int, err error) {
			mu.Lock()
			defer mu.Unlock()
			brokenOnes++
			told[i]++
		}
		if err := w.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i, n := range told {
			if n != 1 {
				t.Errorf("object %d was told %d times", i, n)
			}
		}
		if brokenOnes == 0 || brokenOnes == len(told) {
			t.Errorf("%d of %d objects are broken", brokenOnes, len(told))
		}
	}
}

// A family that was read once may be gone when it is walked again.
func TestShrinksBeforeSecondWalk(t *testing.T) {
	things := incompressible(1, 100_000)
	pack := writePack(things)
	name, index := store(t, pack, writeIndex(pack, things, version2))
	p, err := Open(name, index)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	lost := 0
	w := Walk{Pack: p, Reach: 10, Workers: 1}
	w.Emit = func(o Object) error {
		*o.Found = true
		return os.Truncate(name, 0)
	}
	w.Broken = func(int, error) { lost++ }
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if lost == 0 {
		t.Error("nobody was told")
	}
}

func TestShrinksBeforeAnyUse(t *testing.T) {
	things := incompressible(10, 8000)
	pack := writePack(things)
	name, index := store(t, pack, writeIndex(pack, things, version2))
	p, err := Open(name, index)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	h, err := p.Header(headerSize)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 0} {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, size); err != nil {
			t.Fatal(err)
		}
		var f Inflater
		if _, err := f.Inflate(nil, p, h); err == nil {
			t.Error("it was inflated")
		}
		if r, err := f.Open(p, h); err == nil {
			if _, err := io.ReadAll(r); err == nil {
				t.Error("it was read")
			}
		}
	}
	if _, err := p.Header(headerSize); err == nil {
		t.Error("a header was read")
	}
	for i := range p.Len() { // the index is as it was
		if n, ok := p.Find(p.ID(i)); !ok || n != i {
			t.Errorf("object %d is found at %d, %v", i, n, ok)
		}
	}
	broken(t, Walk{Pack: p, Reach: 10}, things, func() map[*thing]string {
		all := make(map[*thing]string)
		for _, o := range things {
			all[o] = ""
		}
		return all
	}())
}
