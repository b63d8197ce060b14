package gitpack

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A worker walks one family after the other, with buffers that it keeps.
type worker struct {
	*run
	again bool // families are walked again

	Inflater
	buffers
	delta []byte
	spans []Span

	// Of the family that is walked.
	stack []frame
	kind  int
	hit   bool  // something was found in it
	used  int64 // by contents, in bytes
	holds bool  // run.big
}

// A frame is an entry of which some deltas are still to be walked.
type frame struct {
	rank    int32
	content []byte // nil if it was dropped
	child   int32  // the next delta to be walked
	heavy   int32  // the delta that is walked last, or none
}

// advance returns the next delta to be walked, or none.
func (f *frame) advance(p *plan) int32 {
	for f.child != none {
		k := f.child
		if f.child = p.next[k]; k != f.heavy {
			return k
		}
	}
	k := f.heavy
	f.heavy = none
	return k
}

// family walks a root and all deltas on it. The content of an entry is kept
// until the last delta on it has been applied; that is the one with the most
// below it, so that no more contents are kept at once than the family's size
// has binary digits, however long its chains are.
func (w *worker) family(ctx context.Context, root int32) error {
	w.hit = false
	defer w.release()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.root(root); err != nil {
		return err
	}
	for len(w.stack) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := &w.stack[len(w.stack)-1]
		k := f.advance(w.plan)
		if k == none {
			w.pop()
			continue
		}
		if err := w.rebuild(f); err != nil {
			for ; k != none; k = f.advance(w.plan) {
				w.lost(k, err)
			}
			continue
		}
		if err := w.apply(k, f); err != nil {
			return err
		}
	}
	if w.hit && !w.again && w.child[root] != none {
		w.mu.Lock()
		w.found = append(w.found, root)
		w.mu.Unlock()
	}
	return nil
}

// root emits a root and keeps its content for the deltas on it.
func (w *worker) root(k int32) error {
	if w.child[k] == none && w.Skip != nil && w.Skip(int(w.number[k])) {
		return nil
	}
	h, err := w.Pack.Header(w.offset[k])
	if err != nil {
		w.lost(k, err)
		return nil
	}
	if !h.IsDelta() && (h.Size > w.limits.held || h.Size > w.limits.whole && w.child[k] == none) {
		return w.stream(k, h)
	}
	content, err := w.content(k, h)
	if err != nil {
		w.lost(k, err)
		return nil
	}
	if !w.again {
		if err := w.emit(k, content, []Span{{0, len(content)}}); err != nil {
			return err
		}
	}
	w.keep(k, content)
	return nil
}

// stream emits a root as it is inflated. Deltas on something that large are
// not read.
func (w *worker) stream(k int32, h Header) error {
	for _, c := range w.below([]int32{k})[1:] {
		w.tell(c, fmt.Errorf("a delta on an object of %d bytes is not supported", h.Size))
	}
	if w.again {
		return nil
	}
	r, err := w.open(w.Pack, h)
	if err != nil {
		w.tell(k, err)
		return nil
	}
	err = w.Emit(Object{I: int(w.number[k]), Kind: h.Kind, Size: h.Size, Stream: r, Found: &w.hit})
	if failed := r.failed(); failed != nil {
		w.tell(k, failed)
		if errors.Is(err, failed) {
			return nil
		}
	}
	return err
}

// apply emits the entry k, a delta on that of f, and keeps its content for the
// deltas on it.
func (w *worker) apply(k int32, f *frame) error {
	content, spans, err := w.patch(k, f.content)
	if err != nil {
		w.lost(k, err)
		return nil
	}
	if f.child == none && f.heavy == none {
		w.pop()
	}
	if w.again {
		spans = others(spans, len(content))
	}
	if !w.again || len(spans) > 0 {
		if err := w.emit(k, content, spans); err != nil {
			return err
		}
	}
	w.keep(k, content)
	return nil
}

func (w *worker) emit(k int32, content []byte, own []Span) error {
	return w.Emit(Object{
		I: int(w.number[k]), Kind: w.kind, Size: int64(len(content)), Data: content, Own: own,
		Found: &w.hit, Again: w.again,
	})
}

// content returns the content of a root, and notes its type.
func (w *worker) content(k int32, h Header) (content []byte, err error) {
	switch {
	case h.Kind == OffsetDelta: // it was another entry when the walk was planned
		return nil, errNowhere
	case h.Kind != IDDelta:
		w.kind = h.Kind
		w.reserve(h.Size)
		return w.Inflate(w.take(int(h.Size)), w.Pack, h)
	case w.Base == nil:
		return nil, errNowhere
	}
	kind, base, err := w.Base(h.BaseID)
	if err != nil {
		return nil, fmt.Errorf("the base %x of the delta cannot be had: %w", h.BaseID, err)
	}
	w.kind = kind
	w.used += int64(len(base))
	content, _, err = w.patch(k, base)
	w.used -= int64(len(base))
	return content, err
}

// patch returns the content of the entry k, a delta on base, and which parts of
// it are not in that. The parts are valid until the next call.
func (w *worker) patch(k int32, base []byte) (content []byte, spans []Span, err error) {
	h, err := w.Pack.Header(w.offset[k])
	switch {
	case err != nil:
		return nil, nil, err
	case !h.IsDelta():
		return nil, nil, errNowhere
	case h.Size > w.limits.held:
		return nil, nil, fmt.Errorf("a delta with %d bytes is not supported", h.Size)
	}
	w.reserve(h.Size)
	if w.delta, err = w.Inflate(w.delta[:0], w.Pack, h); err != nil {
		return nil, nil, err
	}
	size, err := check(w.delta, len(base))
	if err != nil {
		return nil, nil, err
	}
	w.reserve(h.Size + int64(size))
	room := w.take(size)
	if room == nil {
		room = make([]byte, 0, size+size/8+64) // the next version may be longer
	}
	content, w.spans = patch(room, w.spans[:0], base, w.delta, w.Reach)
	if int64(cap(w.delta)) > w.limits.modest {
		w.delta = nil
	}
	return content, w.spans, nil
}

// keep keeps the content of an entry if there are deltas on it.
func (w *worker) keep(k int32, content []byte) {
	if w.child[k] == none {
		w.put(content)
		return
	}
	f := frame{rank: k, content: content, child: w.child[k], heavy: w.child[k]}
	for c := f.child; c != none; c = w.next[c] {
		if w.weight[c] > w.weight[f.heavy] {
			f.heavy = c
		}
	}
	w.stack = append(w.stack, f)
	w.used += int64(cap(content))
}

// pop ends the use of the entry that was kept last.
func (w *worker) pop() {
	last := len(w.stack) - 1
	content := w.drop(&w.stack[last])
	if content != nil {
		w.put(content)
	}
	w.stack = w.stack[:last]
}

// drop returns the content of a frame, which is left without.
func (w *worker) drop(f *frame) []byte {
	content := f.content
	f.content = nil
	w.used -= int64(cap(content))
	return content
}

// rebuild makes the content of a frame if it was dropped.
func (w *worker) rebuild(f *frame) error {
	if f.content != nil {
		return nil
	}
	root := f.rank
	var chain []int32
	for ; w.base[root] != none; root = w.base[root] {
		chain = append(chain, root)
	}
	h, err := w.Pack.Header(w.offset[root])
	if err != nil {
		return err
	}
	content, err := w.content(root, h)
	if err != nil {
		return err
	}
	for _, k := range slices.Backward(chain) {
		w.used += int64(cap(content))
		target, _, err := w.patch(k, content)
		w.used -= int64(cap(content))
		if err != nil {
			return err
		}
		w.put(content)
		content = target
	}
	f.content = content
	w.used += int64(cap(content))
	return nil
}

// reserve waits until size bytes may be held beside those in use, which is
// until release. It drops contents for it that are used last.
func (w *worker) reserve(size int64) {
	if w.used+size > w.limits.modest && !w.holds {
		w.big.Lock()
		w.holds = true
	}
	if w.used+size > w.limits.family {
		w.free = nil
	}
	for i := 0; i < len(w.stack)-1 && w.used+size > w.limits.family; i++ {
		w.drop(&w.stack[i])
	}
}

// release ends the use of all that the family needed.
func (w *worker) release() {
	clear(w.stack)
	w.stack, w.used = w.stack[:0], 0
	if w.holds {
		w.free, w.delta = nil, nil
		w.big.Unlock()
		w.holds = false
	}
}

// Buffers are those that are not in use, the oldest first.
type buffers struct {
	free [][]byte
}

// take returns an empty buffer with room for more than size bytes, the least of
// those, nil if there is none.
func (b *buffers) take(size int) []byte {
	best := -1
	for i, c := range b.free {
		if cap(c) > size && (best < 0 || cap(c) < cap(b.free[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	c := b.free[best]
	b.free = slices.Delete(b.free, best, best+1)
	return c[:0]
}

// put takes a buffer back. Two are kept whatever their size, for a base and
// what is made of it; more if they are small.
func (b *buffers) put(c []byte) {
	const many = 8
	b.free = append(b.free, c)
	for len(b.free) > many || len(b.free) > 2 && b.size() > modest {
		b.free = slices.Delete(b.free, 0, 1)
	}
}

// size returns how many bytes the buffers have.
func (b *buffers) size() int {
	n := 0
	for _, c := range b.free {
		n += cap(c)
	}
	return n
}
