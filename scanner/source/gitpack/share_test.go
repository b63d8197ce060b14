package gitpack

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// noisy returns bytes that do not compress.
func noisy(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// A walk that ends while several workers want much memory does end.
func TestErrorWhileOthersWait(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var things []*thing
	for range 2 {
		root := &thing{kind: Blob, content: noisy(r, 2<<20)}
		things = append(things, root, root.on([]piece{{1, 1900, nil}}))
	}
	stop := errors.New("stop")
	w := Walk{Pack: pile(t, things), Reach: 10, Workers: 2, Memory: 8 << 20}
	w.Emit = func(Object) error { time.Sleep(50 * time.Millisecond); return stop }
	w.Broken = func(i int, err error) { t.Errorf("object %d: %v", i, err) }
	done := make(chan error, 1)
	go func() { done <- w.Run(context.Background()) }()
	select {
	case err := <-done:
		if !errors.Is(err, stop) {
			t.Errorf("%v, want %v", err, stop)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the walk has not ended")
	}
}

// Of one large family, several workers have a part.
func TestOneFamilyForAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	root := &thing{kind: Blob, content: noisy(r, 200<<10)}
	things := []*thing{root}
	for range 20 {
		things = append(things, root.on([]piece{{0, 1000, nil}, {text: noisy(r, 150<<10)}}))
	}
	w := Walk{Pack: pile(t, things), Reach: 10, Workers: 4}
	var now, most atomic.Int64
	w.Emit = func(Object) error {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(10 * time.Millisecond)
		now.Add(-1)
		return nil
	}
	w.Broken = func(i int, err error) { t.Errorf("object %d: %v", i, err) }
	if err := w.Run(context.Background()); err != nil || most.Load() < 2 {
		t.Errorf("%d at once, %v", most.Load(), err)
	}
}

// A delta of little that honestly makes more than there are numbers for on a
// small machine is refused.
func TestHugeTarget(t *testing.T) {
	base := &thing{kind: Blob, content: make([]byte, 1<<24-1)}
	const times = 130
	delta := binary.AppendUvarint(nil, 1<<24-1)
	delta = binary.AppendUvarint(delta, times*(1<<24-1))
	for range times {
		delta = append(delta, 0xf0, 0xff, 0xff, 0xff)
	}
	things := []*thing{base, {kind: Blob, base: base, delta: delta, content: []byte("x")}}
	w := Walk{Pack: pile(t, things), Reach: 10, Workers: 2}
	w.Emit = func(Object) error { return nil }
	var broken error
	w.Broken = func(_ int, err error) { broken = err }
	if err := w.Run(context.Background()); err != nil || broken == nil || !strings.Contains(broken.Error(), "may be held") {
		t.Errorf("%v, broken: %v", err, broken)
	}
}
