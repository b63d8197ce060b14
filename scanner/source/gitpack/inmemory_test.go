package gitpack

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// A pack in memory is the same as one in a file, and is not changed by a walk; it
// is opened if its objects are no more than they may be.
func TestInMemory(t *testing.T) {
	ctx := context.Background()
	for seed := range seeds(50) {
		things, _ := randomThings(rand.New(rand.NewPCG(seed, 6)))
		pack := writePack(things)
		data := slices.Clone(pack)
		name, _ := store(t, pack, nil)
		want, wantErr := WithoutIndex(ctx, name, 0, 1, DefaultMemory)
		got, size, err := InMemory(ctx, data, DefaultMemory, 1<<40)
		if got == nil || (err == nil) != (wantErr == nil) || err != nil && !errors.Is(err, ErrPartial) {
			t.Fatalf("seed %d: %v, of a file %v", seed, err, wantErr)
		}
		if !bytes.Equal(got.ids, want.ids) || got.Len() != want.Len() {
			t.Errorf("seed %d: %d objects, of a file %d", seed, got.Len(), want.Len())
		}
		least := int64(0)
		for _, o := range things {
			if o.size == 0 && o.base == nil {
				least += int64(len(o.content))
			}
		}
		w := Walk{Pack: got, Reach: 10, Workers: 1, Emit: func(Object) error { return nil }, Broken: func(int, error) {}}
		if err := w.Run(ctx); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(data, pack) {
			t.Fatalf("seed %d: the pack was changed", seed)
		}
		if size < least {
			t.Errorf("seed %d: %d bytes, want %d at least", seed, size, least)
		}
		if size > 0 {
			if _, _, err := InMemory(ctx, data, DefaultMemory, size-1); !errors.Is(err, ErrLarge) {
				t.Errorf("seed %d: %v, want %v", seed, err, ErrLarge)
			}
		}
		if _, _, err := InMemory(ctx, data, int64(len(things))*256-1, 1<<40); !errors.Is(err, ErrMemory) {
			t.Errorf("seed %d: %v, want %v", seed, err, ErrMemory)
		}
		if err := errors.Join(got.Close(), want.Close()); err != nil {
			t.Error(err)
		}
	}
}
