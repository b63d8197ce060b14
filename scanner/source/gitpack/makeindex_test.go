package gitpack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

// The index that is made for a pack without one is that which it had, but for
// objects that cannot be hashed, since they are deltas on what is not there.
func TestRebuild(t *testing.T) {
	for seed := range seeds(150) {
		r := rand.New(rand.NewPCG(seed, 5))
		things, _ := randomThings(r)
		whole, byID := make(map[*thing]bool), make(map[ID]bool)
		for more := true; more; {
			more = false
			for _, o := range things {
				if !whole[o] && (o.base == nil || whole[o.base] || o.byID && byID[o.base.id()]) {
					whole[o], byID[o.id()], more = true, true, true
				}
			}
		}
		pack := writePack(things)
		name, _ := store(t, pack, nil)
		p, err := WithoutIndex(context.Background(), name, 0, 2, DefaultMemory)
		if p == nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		type place struct {
			id ID
			at int64
		}
		got := make(map[place]bool)
		for i := range p.Len() {
			got[place{p.ID(i), p.Offset(i)}] = true
		}
		want := 0
		for _, o := range things {
			if got[place{o.id(), o.offset}] != whole[o] {
				t.Errorf("seed %d: the object at %d is found: %v", seed, o.offset, !whole[o])
			}
			if whole[o] {
				want++
			}
		}
		if p.Len() != want {
			t.Errorf("seed %d: %d objects, want %d", seed, p.Len(), want)
		}
		if all := want == len(things); all != (err == nil) || !all && !errors.Is(err, ErrPartial) {
			t.Errorf("seed %d: %d of %d objects, %v", seed, want, len(things), err)
		}
		p.Close()
	}
}

// Of a pack that is cut off, the index has what comes before.
func TestRebuildTruncated(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	things, _ := randomThings(r)
	for len(things) < 20 {
		things, _ = randomThings(r)
	}
	pack := writePack(things)
	last := 0
	for n := headerSize + trailerSize; n < len(pack); n += 1 + r.IntN(200) {
		name, _ := store(t, pack[:n], nil)
		p, err := WithoutIndex(context.Background(), name, 0, 2, DefaultMemory)
		if err == nil || p == nil {
			t.Fatalf("%d of %d bytes: %v", n, len(pack), err)
		}
		for i := range p.Len() {
			if p.Offset(i) >= int64(n) {
				t.Errorf("%d bytes, and an object at %d", n, p.Offset(i))
			}
		}
		last = max(last, p.Len())
		p.Close()
	}
	if last < len(things)/4 {
		t.Errorf("%d objects of %d", last, len(things))
	}
}

// Deltas in a row that name their bases by id are found, however many there are.
func TestWithoutIndexChain(t *testing.T) {
	o := &thing{kind: Blob, content: []byte("a content")}
	things := []*thing{o}
	for i := range 3000 {
		o = o.on([]piece{{0, 9, nil}, {text: fmt.Append(nil, i)}})
		o.byID = i%7 > 0
		things = append(things, o)
	}
	name, _ := store(t, writePack(things), nil)
	p, err := WithoutIndex(context.Background(), name, 0, 2, DefaultMemory)
	if err != nil || p.Len() != len(things) {
		t.Fatal(p.Len(), err)
	}
	p.Close()
}
