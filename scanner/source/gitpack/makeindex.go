package gitpack

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"sync/atomic"
)

// maxRounds is how many deltas in a row may name their base by its id in a pack
// without an index. git names it by its place.
const maxRounds = 64

// WithoutIndex maps the pack in the file named, and makes the index that it has
// not: of all objects whose ids can be found, by inflating all entries, walking
// the pack and hashing what is there. The bases of deltas that go by id are known
// only once they have been hashed, so that there may be several walks; they take
// as many workers and as much memory as one of a [Walk]. With [ErrPartial] the
// pack is returned all the same, and what can be read of it is.
func WithoutIndex(ctx context.Context, name string, workers int, memory int64) (*Pack, error) {
	p := &Pack{Name: name}
	p.most.Store(memory / 8)
	var err error
	if p.data, p.unmap, err = mapFile(name); err != nil {
		return nil, err
	}
	if _, p.sum, err = p.ends(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	w := Walk{Pack: p, Workers: workers, Memory: memory}
	if err = p.makeIndex(ctx, w); err != nil {
		err = fmt.Errorf("%w: %w", ErrPartial, err)
	}
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), p.Close())
	}
	return p, err
}

// makeIndex makes an index by walks like w.
func (p *Pack) makeIndex(ctx context.Context, w Walk) error {
	offsets, err := p.scan()
	ids := make([]ID, len(offsets))
	known := make([]bool, len(offsets))
	// An object whose id is not known goes by where it is, as no object does.
	for i, at := range offsets {
		binary.BigEndian.PutUint64(ids[i][12:], uint64(at))
	}
	for range maxRounds {
		order := p.setIndex(ids, offsets)
		if !slices.Contains(known, false) || !p.hash(ctx, w, order, ids, known) {
			break
		}
	}
	n := 0
	for i, ok := range known {
		if ok {
			ids[n], offsets[n] = ids[i], offsets[i]
			n++
		}
	}
	p.setIndex(ids[:n], offsets[:n])
	if lost := len(known) - n; err == nil && lost > 0 {
		err = fmt.Errorf("%d objects are deltas on what is not there", lost)
	}
	return err
}

// scan returns where the entries of the pack begin, up to the first that cannot
// be inflated, and why it cannot.
func (p *Pack) scan() (offsets []int64, err error) {
	count, _, err := p.ends()
	if err != nil {
		return nil, err
	}
	var f Inflater
	var buf []byte
	at := int64(headerSize)
	for range min(int64(count), int64(len(p.data)/minEntry)) {
		h, err := p.Header(at)
		if err != nil {
			return offsets, err
		}
		var length int64
		if h.Size <= maxBelieved {
			buf, err = f.Inflate(buf[:0], p, h)
			length = int64(f.all.pos)
		} else {
			length, err = f.length(p, h)
		}
		if err != nil {
			return offsets, err
		}
		offsets = append(offsets, at)
		at = h.data + length
	}
	return offsets, nil
}

// length returns how many bytes a large content is inflated from.
func (f *Inflater) length(p *Pack, h Header) (n int64, err error) {
	r, err := f.open(p, h)
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return 0, err
	}
	return f.in.Size() - int64(f.in.Len()), nil
}

// setIndex makes ids and offsets the index, and returns the positions in these
// of its objects.
func (p *Pack) setIndex(ids []ID, offsets []int64) (order []int) {
	order = make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(ids[a][:], ids[b][:]) })
	p.stride, p.ids, p.offs32, p.offs64 = 20, nil, nil, nil
	for _, i := range order {
		p.ids = append(p.ids, ids[i][:]...)
		off := uint64(offsets[i])
		if off > math.MaxInt32 {
			p.offs64 = binary.BigEndian.AppendUint64(p.offs64, off)
			off = 1<<31 | uint64(len(p.offs64)/8-1)
		}
		p.offs32 = binary.BigEndian.AppendUint32(p.offs32, uint32(off))
	}
	return order
}

// hash finds ids that are not known, of the objects in an order. It returns false
// if there are none more to be found.
func (p *Pack) hash(ctx context.Context, w Walk, order []int, ids []ID, known []bool) bool {
	var more atomic.Bool
	w.Skip = func(i int) bool { return known[order[i]] }
	w.Emit = func(o Object) error {
		i := order[o.I]
		if known[i] {
			return nil
		}
		id, err := idOf(o)
		if err != nil {
			return err
		}
		ids[i], known[i] = id, true
		more.Store(true)
		return nil
	}
	w.Broken = func(int, error) {} // it stays unknown
	return w.Run(ctx) == nil && more.Load()
}

// idOf returns the id of an object.
func idOf(o Object) (id ID, err error) {
	names := [...]string{Commit: "commit", Tree: "tree", Blob: "blob", Tag: "tag"}
	if o.Kind < 0 || o.Kind >= len(names) {
		return id, errors.New("an object of no type")
	}
	h := sha1.New()
	io.WriteString(h, names[o.Kind]+" "+strconv.FormatInt(o.Size, 10)+"\x00")
	if o.Stream != nil {
		_, err = io.Copy(h, o.Stream)
	} else {
		h.Write(o.Data)
	}
	h.Sum(id[:0])
	return id, err
}
