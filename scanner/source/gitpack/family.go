package gitpack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A worker walks one family after the other, with buffers that it keeps.
type worker struct {
	*run
	queue *queue
	again bool // families are walked again

	Inflater
	buffers
	delta   []byte
	changes []Span
	windows []Span
	copies  []Copy
	state   any // of the object that was emitted last

	// Of the family that is walked.
	stack  []frame
	kind   int
	hit    bool  // something was found in it
	used   int64 // by contents, in bytes
	remade int64 // bytes that were made again, since they had been dropped
	holds  bool  // run.big
}

// A frame is an entry of which some deltas are still to be walked.
type frame struct {
	rank    int32
	content []byte  // nil if it was dropped
	state   any     // Object.State
	shared  bool    // another worker has the content too
	child   int32   // the next delta to be walked
	last    int32   // the delta that is walked last, or none
	given   []int32 // deltas that were given to other workers
}

// advance returns the next delta to be walked, or none.
func (f *frame) advance(p *plan) int32 {
	if k := f.light(p); k != none {
		f.child = p.next[k]
		return k
	}
	k := f.last
	f.child, f.last = none, none
	return k
}

// light returns the next delta to be walked that is not the last, or none.
func (f *frame) light(p *plan) int32 {
	k := f.child
	for k != none && (k == f.last || slices.Contains(f.given, k)) {
		k = p.next[k]
	}
	return k
}

// choose chooses the delta that is walked last: that with the most below it.
func (f *frame) choose(p *plan) {
	f.last = none
	for k := f.light(p); k != none; k = p.next[k] {
		if !slices.Contains(f.given, k) && (f.last == none || p.weight[k] > p.weight[f.last]) {
			f.last = k
		}
	}
}

// task walks some families, or a part of one.
func (w *worker) task(ctx context.Context, t task) error {
	defer w.release() // also when the root of a family is refused
	if t.base != nil {
		w.kind = t.kind
		w.stack = append(w.stack, frame{rank: w.base[t.rank], content: t.base, state: t.state, shared: true, child: none, last: t.rank})
		w.used += int64(cap(t.base))
		if err := w.reserve(0); err != nil {
			w.lost(t.rank, err)
			return nil
		}
		return w.family(ctx, t.root)
	}
	for _, root := range t.roots {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.root(root); err != nil {
			return err
		}
		if err := w.family(ctx, root); err != nil {
			return err
		}
	}
	return nil
}

// family walks all deltas on the entries on the stack. The content of an entry
// is kept until the last delta on it has been applied; that is the one with the
// most below it, so that no more contents are kept at once than the family's
// size has binary digits, however long its chains are.
func (w *worker) family(ctx context.Context, root int32) error {
	defer w.release()
	for len(w.stack) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.queue.waiting.Load() > 0 {
			w.share(root)
		}
		f := &w.stack[len(w.stack)-1]
		k := f.advance(w.plan)
		if k == none {
			w.pop()
			continue
		}
		if err := w.remake(ctx, f); err != nil {
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
	w.hit = false
	return nil
}

// share gives a part of the family to a worker that waits, if there is one that
// is worth it and leaves something to do here. What is nearest to the root is
// the most.
func (w *worker) share(root int32) {
	for i := range w.stack {
		f := &w.stack[i]
		k := f.last
		const most = 64 // of one frame, lest to look for more takes long
		if k == none || f.content == nil || len(f.given) >= most || w.weight[k] < w.limits.heavy || i == len(w.stack)-1 && f.light(w.plan) == none {
			continue
		}
		if w.queue.give(task{rank: k, root: root, kind: w.kind, base: f.content, state: f.state}) {
			f.shared = true
			f.given = append(f.given, k)
			f.choose(w.plan)
		}
		return
	}
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
	if !h.IsDelta() && w.Kind != 0 && h.Kind != w.Kind {
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
	if w.Kind != 0 && w.kind != w.Kind {
		w.put(content)
		return nil
	}
	if !w.again {
		w.windows = append(w.windows[:0], Span{0, len(content)})
		if err := w.emit(k, content, w.windows, w.windows, nil); err != nil {
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
		w.tell(c, fmt.Errorf("its base has %s, and of one %s may be held: %w", megabytes(h.Size), megabytes(w.limits.held), ErrMemory))
	}
	if w.again {
		return nil
	}
	r, err := w.open(w.Pack, h)
	if err != nil {
		w.tell(k, err)
		return nil
	}
	err = w.Emit(Object{I: int(w.number[k]), Offset: w.offset[k], Kind: h.Kind, Size: h.Size, Stream: r, Found: &w.hit, Base: none})
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
	near := math.MaxInt
	if w.Sparse && !w.again && w.kind == Blob && w.child[k] == none {
		near = max(2*w.Reach, w.Head)
	}
	content, err := w.patch(k, f.content, near)
	if err != nil {
		w.lost(k, err)
		return nil
	}
	state := f.state
	if f.last == none {
		w.pop()
	}
	w.windows = widen(w.windows[:0], w.changes, w.Reach, len(content))
	own := w.windows
	if w.again {
		own = others(own, len(content))
	}
	if !w.again || len(own) > 0 {
		if err := w.emit(k, content, own, w.changes, state); err != nil {
			return err
		}
	}
	w.keep(k, content)
	return nil
}

func (w *worker) emit(k int32, content []byte, own, changes []Span, before any) error {
	o := Object{
		I: int(w.number[k]), Offset: w.offset[k], Kind: w.kind, Size: int64(len(content)), Data: content, Own: own,
		Changes: changes, Found: &w.hit, Again: w.again,
	}
	if w.Kind == 0 {
		return w.Emit(o)
	}
	w.state = nil
	if o.Base, o.BaseState, o.State = none, before, &w.state; w.base[k] != none {
		o.Base = int(w.number[w.base[k]])
		w.copies = copies(w.copies[:0], w.delta)
		o.Copies = w.copies
	}
	return w.Emit(o)
}

// content returns the content of a root, and notes its type.
func (w *worker) content(k int32, h Header) (content []byte, err error) {
	switch {
	case h.Kind == OffsetDelta: // it was another entry when the walk was planned
		return nil, errNowhere
	case h.Kind != IDDelta:
		w.kind = h.Kind
		room := w.take(int(h.Size))
		if err := w.reserve(h.Size); err != nil {
			return nil, err
		}
		return w.Inflate(room, w.Pack, h)
	case w.Base == nil:
		return nil, errNowhere
	}
	kind, base, err := w.Base(h.BaseID)
	if err != nil {
		return nil, fmt.Errorf("the base %x of the delta cannot be had: %w", h.BaseID, err)
	}
	w.kind = kind
	w.used += int64(len(base))
	content, err = w.patch(k, base, math.MaxInt)
	w.used -= int64(len(base))
	return content, err
}

// patch returns the content of the entry k, a delta on base, what is near a
// change at least, and sets changes.
func (w *worker) patch(k int32, base []byte, near int) (content []byte, err error) {
	h, err := w.Pack.Header(w.offset[k])
	switch {
	case err != nil:
		return nil, err
	case !h.IsDelta():
		return nil, errNowhere
	}
	if err := w.reserve(h.Size); err != nil {
		return nil, err
	}
	if w.delta, err = w.Inflate(w.delta[:0], w.Pack, h); err != nil {
		return nil, err
	}
	_, declared, _, err := deltaSizes(w.delta)
	if err != nil {
		return nil, err
	}
	if declared > uint64(w.limits.held) {
		if declared > uint64(w.limits.total) {
			return nil, fmt.Errorf("it has more than the %s that may be held: %w", megabytes(w.limits.total), ErrMemory)
		}
		if _, err := check(w.delta, len(base)); err != nil {
			return nil, err // it lies
		}
	}
	size := int(declared)
	room := w.take(size)
	if err := w.reserve(h.Size + int64(size)); err != nil {
		return nil, err
	}
	if room == nil {
		// A size may lie, and no room is made for a large one before it was checked.
		if declared > believed {
			if _, err := check(w.delta, len(base)); err != nil {
				return nil, err
			}
		}
		more := size / 8 // the next version may be longer
		if more > maxFree/8 {
			more = 4096
		}
		room = make([]byte, 0, size+more+slack)
	}
	ok := false
	if w.changes, ok = patch(room[:size], w.changes[:0], base, w.delta, near); !ok {
		w.put(room)
		_, err := check(w.delta, len(base))
		return nil, cmp.Or(err, errDelta)
	}
	return room[:size], nil
}

// keep keeps the content of an entry if there are deltas on it.
func (w *worker) keep(k int32, content []byte) {
	if w.child[k] == none {
		w.put(content)
		return
	}
	f := frame{rank: k, content: content, state: w.state, child: w.child[k], last: none}
	f.choose(w.plan)
	w.stack = append(w.stack, f)
	w.used += int64(cap(content))
}

// pop ends the use of the entry that was kept last.
func (w *worker) pop() {
	last := len(w.stack) - 1
	f := &w.stack[last]
	if content := w.drop(f); content != nil && !f.shared {
		w.put(content)
	}
	*f = frame{}
	w.stack = w.stack[:last]
}

// drop returns the content of a frame, which is left without.
func (w *worker) drop(f *frame) []byte {
	content := f.content
	f.content = nil
	w.used -= int64(cap(content))
	return content
}

// remake makes the content of a frame if it was dropped.
func (w *worker) remake(ctx context.Context, f *frame) error {
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
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.remade += int64(len(content)); w.remade > maxRemade {
			return fmt.Errorf("its base would have to be made again too often: %w", ErrMemory)
		}
		w.used += int64(cap(content))
		target, err := w.patch(k, content, math.MaxInt)
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
// until release. It drops contents for it that are used last. It fails if that
// is not enough.
func (w *worker) reserve(size int64) error {
	if w.used+size > w.limits.modest && !w.holds {
		w.big.Lock()
		w.holds = true
	}
	if w.used+size+int64(w.size()) > w.limits.total {
		w.free = nil
	}
	for i := 0; i < len(w.stack)-1 && w.used+size > w.limits.family; i++ {
		w.drop(&w.stack[i])
	}
	if need := w.used + size; need > w.limits.total {
		return fmt.Errorf("it needs %s with its base, of which %s may be held: %w", megabytes(need), megabytes(w.limits.total), ErrMemory)
	}
	return nil
}

// release ends the use of all that the family needed.
func (w *worker) release() {
	clear(w.stack)
	w.stack, w.used, w.remade = w.stack[:0], 0, 0
	if w.holds {
		w.free, w.delta = nil, nil
		w.big.Unlock()
		w.holds = false
	}
}

// buffers are those that are not in use, the oldest first.
type buffers struct {
	free [][]byte
}

// take returns an empty buffer with room for a content of size bytes, the least
// of those, nil if there is none.
func (b *buffers) take(size int) []byte {
	best := -1
	for i, c := range b.free {
		if cap(c) >= size+slack && (best < 0 || cap(c) < cap(b.free[best])) {
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
	for len(b.free) > many || len(b.free) > 2 && b.size() > maxFree {
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
