package gitpack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// sample is a small pack with entries of every sort.
func sample(seed uint64) (pack []byte, things []*thing) {
	r := rand.New(rand.NewPCG(seed, 3))
	for len(things) < 12 {
		things, _ = randomThings(r)
		things = slices.DeleteFunc(things, func(o *thing) bool {
			for ; o != nil; o = o.base {
				if o.external {
					return true
				}
			}
			return false
		})
		things = inOrder(things)
	}
	return writePack(things), things
}

// hostile walks whatever pack that is and checks that each object is emitted or
// told to be broken.
func hostile(t testing.TB, pack, idx []byte) {
	t.Helper()
	p, err := Open(store(t, pack, idx))
	if p == nil {
		if err == nil {
			t.Error("neither a pack nor an error")
		}
		return
	}
	defer p.Close()
	w := Walk{Pack: p, Reach: 10, Workers: 2}
	w.limits = limits{held: 1 << 20, whole: 1 << 10, modest: 1 << 12, family: 1 << 14, total: 1 << 30, heavy: 100}
	for i, r := range walkAll(t, w, 1<<14) {
		if r.emitted == 0 && len(r.broken) == 0 {
			t.Errorf("object %d was forgotten", i)
		}
	}
	var f Inflater
	for i := range p.Len() {
		if n, ok := p.Find(p.ID(i)); ok && p.ID(n) != p.ID(i) {
			t.Errorf("another object than %d has its id", i)
		}
		if h, err := p.Header(p.Offset(i)); err == nil && h.Size < 1<<20 {
			f.Inflate(nil, p, h)
		}
	}
}

func TestHostileTruncated(t *testing.T) {
	pack, things := sample(1)
	idx := writeIndex(pack, things, version2)
	for n := 0; n < len(pack); n += 1 + len(pack)/150 {
		hostile(t, pack[:n], idx)
	}
	for n := 0; n < len(idx); n += 1 + len(idx)/50 {
		hostile(t, pack, idx[:n])
	}
}

func TestHostileFlipped(t *testing.T) {
	for seed := range seeds(100) {
		pack, things := sample(seed)
		r := rand.New(rand.NewPCG(seed, 4))
		idx := writeIndex(pack, things, int(seed%3))
		for range 1 + r.IntN(4) {
			pack[r.IntN(len(pack))] ^= 1 << r.IntN(8)
		}
		if seed%2 == 0 { // tables behind the fanout
			idx[8+1024+r.IntN(len(idx)-8-1024)] ^= 1 << r.IntN(8)
		}
		hostile(t, pack, idx)
	}
}

func TestHostileIndex(t *testing.T) {
	pack, things := sample(2)
	n := len(things)
	at := 8 + fanoutSize + 24*n // the offsets
	tests := map[string]func(idx []byte){
		"beyond the end":     func(idx []byte) { binary.BigEndian.PutUint32(idx[at:], 1<<30) },
		"in the trailer":     func(idx []byte) { binary.BigEndian.PutUint32(idx[at:], uint32(len(pack)-10)) },
		"in the header":      func(idx []byte) { binary.BigEndian.PutUint32(idx[at:], 3) },
		"inside of an entry": func(idx []byte) { idx[at+3]++ },
		"all at one place":   func(idx []byte) { copy(idx[at+4:], bytes.Repeat(idx[at:at+4], n-1)) },
		"no large offset":    func(idx []byte) { idx[at] |= 0x80 },
		"ids without order": func(idx []byte) {
			rand.Shuffle(20*n, func(i, j int) { idx[1032+i], idx[1032+j] = idx[1032+j], idx[1032+i] })
		},
		"all of one id":       func(idx []byte) { copy(idx[1052:], bytes.Repeat(idx[1032:1052], n-1)) },
		"another pack's":      func(idx []byte) { idx[len(idx)-40]++ },
		"more objects":        func(idx []byte) { idx[8+fanoutSize-1]++ },
		"4 billion objects":   func(idx []byte) { copy(idx[8+fanoutSize-4:], "\xff\xff\xff\xff") },
		"fewer and then more": func(idx []byte) { idx[8+fanoutSize/2] = 0xff },
		"version 0":           func(idx []byte) { idx[7] = 0 },
		"version 3":           func(idx []byte) { idx[7] = 3 },
	}
	refused := []string{"more objects", "4 billion objects", "fewer and then more", "version 0", "version 3"}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			idx := writeIndex(pack, things, version2)
			spoil(idx)
			hostile(t, pack, idx)
			p, err := Open(store(t, pack, idx))
			if p != nil {
				p.Close()
			}
			if want := slices.Contains(refused, name); want != errors.Is(err, ErrIndex) {
				t.Errorf("opening it: %v", err)
			}
			if want := name == "another pack's"; want != errors.Is(err, ErrTruncated) {
				t.Errorf("opening it: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	pack, things := sample(2)
	idx := writeIndex(pack, things, version2)
	packName, idxName := store(t, pack, idx)
	if _, err := Open(packName, idxName+"x"); !errors.Is(err, ErrIndex) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an index that is missing: %v", err)
	}
	if _, err := Open(packName+"x", idxName); errors.Is(err, ErrIndex) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a pack that is missing: %v", err)
	}
	if _, err := Open(t.TempDir(), idxName); err == nil {
		t.Error("a directory was opened")
	}
	// An index that has fewer objects than the pack hides some.
	fewer := writeIndex(pack, things[1:], version2)
	p, err := Open(store(t, pack, fewer))
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("an index of fewer objects: %v", err)
	}
	if p.Len() != len(things)-1 {
		t.Errorf("%d objects", p.Len())
	}
	p.Close()
	pack[7] = 4
	if _, err := Open(store(t, pack, idx)); err == nil {
		t.Error("version 4 was opened")
	}
}

// What is allocated does not follow from a size that lies, even where the pack
// is large enough for it.
func TestHostileSizes(t *testing.T) {
	filler := make([]byte, 600<<10)
	rand.NewChaCha8([32]byte{}).Read(filler)
	liar := &thing{kind: Blob, content: []byte("small"), size: 500 << 20}
	leaf := liar.on([]piece{{0, 5, nil}, {text: []byte("er")}})
	leaf.size = 400 << 20
	good := &thing{kind: Blob, content: []byte("good")}
	other := good.on([]piece{{0, 4, nil}, {text: []byte("er")}})
	other.size = 400 << 20
	things := []*thing{liar, leaf, good, other, {kind: Blob, content: filler}}
	w := Walk{Pack: pile(t, things), Reach: 10, Workers: 1, Memory: 4 << 30}
	n := 0
	w.Emit = func(Object) error { n++; return nil }
	lost := 0
	w.Broken = func(int, error) { lost++ }
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 32 {
		t.Errorf("%d MB were allocated", mb)
	}
	if n != 2 || lost != 3 {
		t.Errorf("%d objects were emitted and %d lost", n, lost)
	}
}

// Of workers that hold much there is one at a time.
func TestLargeFamiliesOneAtATime(t *testing.T) {
	var things []*thing
	for i := range 3 * batch {
		root := &thing{kind: Blob, content: bytes.Repeat([]byte{byte(i)}, 2000+i)}
		things = append(things, root, root.on([]piece{{1, 1900, nil}}))
	}
	w := Walk{Pack: pile(t, things), Reach: 10, Workers: 3}
	w.limits = limits{held: 1 << 20, whole: 1 << 20, modest: 1000, family: 1 << 20, total: 1 << 30, heavy: 100}
	var now, most, all atomic.Int64
	w.Emit = func(Object) error {
		if now.Add(1) > 1 {
			most.Add(1)
		}
		time.Sleep(10 * time.Microsecond)
		now.Add(-1)
		all.Add(1)
		return nil
	}
	w.Broken = func(i int, err error) { t.Errorf("object %d: %v", i, err) }
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if most.Load() > 0 || int(all.Load()) != len(things) {
		t.Errorf("%d of %d objects were emitted beside others", most.Load(), all.Load())
	}
}

func FuzzPack(f *testing.F) {
	for seed := range uint64(6) {
		pack, things := sample(seed)
		f.Add(pack, writeIndex(pack, things, int(seed%3)))
	}
	f.Fuzz(func(t *testing.T, pack, idx []byte) {
		hostile(t, pack, idx)
	})
}
