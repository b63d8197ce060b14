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
	"sync"
)

// WithoutIndex maps the pack that begins at an offset of the file named, as it
// does in a bundle behind the header, and makes the index that it has
// not: of all objects whose ids can be found, by inflating all entries, walking
// the pack and hashing what is there. It takes as many workers and as much memory
// as a [Walk]. With [ErrPartial] the pack is returned all the same, and what can
// be read of it is.
func WithoutIndex(ctx context.Context, name string, start int64, workers int, memory int64) (*Pack, error) {
	p := &Pack{Name: name, start: start}
	err := p.mapFile()
	if err != nil {
		return nil, err
	}
	p.pages.limit(memory)
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

// makeIndex makes an index by a walk like w.
func (p *Pack) makeIndex(ctx context.Context, w Walk) error {
	m := &indexer{pack: p, byID: make(map[ID][]int), byBase: make(map[int64][]int)}
	err := m.scan()
	m.ids, m.known = make([]ID, len(m.offsets)), make([]bool, len(m.offsets))
	// An object whose id is not known goes by where it is, as no object does.
	for i, at := range m.offsets {
		binary.BigEndian.PutUint64(m.ids[i][12:], uint64(at))
	}
	m.order = p.setIndex(m.ids, m.offsets)
	w.Emit, w.Broken = m.object, func(int, error) {} // it stays unknown
	if walkErr := w.Run(ctx); walkErr != nil {
		return walkErr
	}
	n := 0
	for i, ok := range m.known {
		if ok {
			m.ids[n], m.offsets[n] = m.ids[i], m.offsets[i]
			n++
		}
	}
	p.setIndex(m.ids[:n], m.offsets[:n])
	if lost := len(m.known) - n; err == nil && lost > 0 {
		err = fmt.Errorf("%d objects are deltas on what is not in it, or cannot be read", lost)
	}
	return err
}

// An indexer finds the ids of the objects of a pack.
type indexer struct {
	pack    *Pack
	offsets []int64         // of entries
	byID    map[ID][]int    // deltas that name their base by id, as positions in offsets
	byBase  map[int64][]int // deltas that name it by its offset
	order   []int           // for numbers of objects, while ids are not known, positions in offsets

	mu    sync.Mutex
	ids   []ID
	known []bool
}

// scan finds the entries of the pack, up to the first that cannot be inflated,
// and returns why it cannot.
func (m *indexer) scan() error {
	p := m.pack
	count, _, err := p.ends()
	if err != nil {
		return err
	}
	var f Inflater
	var buf []byte
	at := int64(headerSize)
	for range min(int64(count), int64(len(p.data)/minEntry)) {
		h, err := p.Header(at)
		if err != nil {
			return err
		}
		var length int64
		if h.Size <= maxBelieved {
			buf, err = f.Inflate(buf[:0], p, h)
			length = int64(f.all.pos)
		} else {
			length, err = f.length(p, h)
		}
		if err != nil {
			return err
		}
		switch i := len(m.offsets); h.Kind {
		case IDDelta:
			m.byID[h.BaseID] = append(m.byID[h.BaseID], i)
		case OffsetDelta:
			m.byBase[h.Base] = append(m.byBase[h.Base], i)
		}
		m.offsets = append(m.offsets, at)
		at = h.data + length
	}
	return nil
}

// object notes the id of an object, and those of the deltas that name it by
// that: a walk takes these for deltas on objects elsewhere.
func (m *indexer) object(o Object) error {
	i := m.order[o.I]
	id, err := idOf(o)
	if err != nil {
		return err
	}
	m.note(i, id)
	if o.Data == nil {
		return nil
	}
	// The stack is an explicit one, because chains may be long. It holds as many
	// contents as there are branches on the way.
	type frame struct {
		content []byte
		deltas  []int
	}
	stack := []frame{{o.Data, m.take(id)}}
	var f Inflater
	for len(stack) > 0 {
		last := &stack[len(stack)-1]
		if len(last.deltas) == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		k, base := last.deltas[0], last.content
		if last.deltas = last.deltas[1:]; len(last.deltas) == 0 {
			last.content = nil
		}
		content, err := m.patch(&f, k, base)
		if err != nil {
			continue // it stays unknown
		}
		o.Data, o.Size = content, int64(len(content))
		if id, err = idOf(o); err != nil {
			return err
		}
		m.note(k, id)
		stack = append(stack, frame{content, append(m.take(id), m.byBase[m.offsets[k]]...)})
	}
	return nil
}

// note notes an id.
func (m *indexer) note(i int, id ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids[i], m.known[i] = id, true
}

// take returns the deltas that name a base by its id, once.
func (m *indexer) take(id ID) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	deltas := m.byID[id]
	delete(m.byID, id)
	return deltas
}

// patch returns the content of an entry that is a delta on base.
func (m *indexer) patch(f *Inflater, i int, base []byte) ([]byte, error) {
	h, err := m.pack.Header(m.offsets[i])
	if err != nil {
		return nil, err
	}
	delta, err := f.Inflate(nil, m.pack, h)
	if err != nil {
		return nil, err
	}
	return Patch(base, delta, DefaultMemory/4)
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
