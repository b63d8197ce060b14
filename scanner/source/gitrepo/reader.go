package gitrepo

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/klauspost/compress/zlib"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

const (
	// maxHeld is the size of the largest blob or tag that is held rather than
	// streamed.
	maxHeld = 8 << 20

	// maxParsed is the size of the largest commit or tree that is held.
	maxParsed = 64 << 20

	// modest is how much memory an object may take without waiting for others
	// that take more.
	modest = 32 << 20

	// maxChain is the length of the longest chain of deltas. git writes none
	// longer than 4095 (pack.depth).
	maxChain = 1 << 14

	// maxOpen is how many packs a reader keeps open.
	maxOpen = 32
)

// A reader reads objects of a database. It is for one goroutine, and does not wait
// for others once ctx has ended.
type reader struct {
	ctx    context.Context
	db     *database
	cache  cache
	opened map[int32]*gitpack.Pack
	packed gitpack.Inflater

	// Of the object that was opened last.
	closers []io.Closer
	big     bool // db.big is held

	z io.ReadCloser // reused
}

func newReader(ctx context.Context, db *database, cacheSize int) *reader {
	return &reader{ctx: ctx, db: db, cache: cache{max: cacheSize}, opened: make(map[int32]*gitpack.Pack)}
}

// close ends the use of the reader and of what it opened.
func (r *reader) close() {
	r.release()
	for _, p := range r.opened {
		p.Close()
	}
	clear(r.opened)
}

// release ends the use of the object that was opened last. Who goes on to wait for
// what other readers do must call it first, as they may wait for what it holds.
func (r *reader) release() {
	for _, c := range r.closers {
		c.Close()
	}
	r.closers = r.closers[:0]
	if r.big {
		<-r.db.big
		r.big = false
	}
}

// reserve waits until size bytes may be held, which is until release.
func (r *reader) reserve(size int64) error {
	if size <= modest || r.big {
		return nil
	}
	select {
	case r.db.big <- struct{}{}:
		r.big = true
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// most is the size of the largest object that is a delta or the base of one.
func (r *reader) most() int64 { return r.db.memory * 7 / 16 }

// open returns the content of object n, from whichever copy of it can be read.
// The error is that of the first copy.
func (r *reader) open(n uint32) (object, error) {
	var first error
	id := r.db.entries[n].id
	for i := int(n); i < len(r.db.entries) && r.db.entries[i].id == id; i++ {
		o, err := r.openEntry(r.db.entries[i])
		if err == nil {
			o.n = n
			return o, nil
		}
		if first == nil {
			first = err
		}
	}
	return object{}, first
}

func (r *reader) openEntry(e entry) (o object, err error) {
	r.release()
	defer recovered(&err)
	if e.place < 0 {
		return r.openLoose(e)
	}
	return r.openPacked(e)
}

// held returns the content of object n if it is of the kind and is held.
func (r *reader) held(n uint32, kind int) ([]byte, error) {
	o, err := r.open(n)
	switch {
	case err != nil:
		return nil, err
	case o.kind != kind:
		return nil, errors.New("an object of another type")
	case o.rest != nil:
		return nil, fmt.Errorf("%d bytes are too many", o.size)
	}
	return o.data, nil
}

// content returns the object whose content is read from in.
func (r *reader) content(kind int, size int64, in io.Reader) (object, error) {
	o := object{kind: kind, size: size}
	in = &exactReader{in, size}
	limit := int64(maxHeld)
	if kind == kindCommit || kind == kindTree {
		limit = maxParsed
	}
	if size > limit {
		o.rest = in
		return o, nil
	}
	err := r.reserve(size)
	if err == nil {
		o.data, err = readAll(in, size)
	}
	return o, err
}

// inflate returns the bytes that were compressed to those of in. It is valid
// until it is called again.
func (r *reader) inflate(in io.Reader) (io.Reader, error) {
	if r.z == nil {
		z, err := zlib.NewReader(in)
		r.z = z
		return z, err
	}
	return r.z, r.z.(zlib.Resetter).Reset(in, nil)
}

// readAll returns the size bytes of in. Their room is taken as they come, since
// a size may lie.
func readAll(in io.Reader, size int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, min(size, 1<<20)+bytes.MinRead))
	_, err := b.ReadFrom(in)
	return b.Bytes(), err
}

// An exactReader fails unless r holds exactly left bytes.
type exactReader struct {
	r    io.Reader
	left int64
}

func (e *exactReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.left -= int64(n)
	switch {
	case e.left < 0:
		return n + int(e.left), errors.New("more content than the header says")
	case errors.Is(err, io.EOF) && e.left > 0:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// pack returns the pack at a place, opened.
func (r *reader) pack(place int32) (*gitpack.Pack, error) {
	if p := r.opened[place]; p != nil {
		return p, nil
	}
	if len(r.opened) >= maxOpen {
		for _, p := range r.opened {
			p.Close()
		}
		clear(r.opened)
	}
	p, err := r.db.packs[place].Reopen()
	if p == nil {
		return nil, err
	}
	r.opened[place] = p
	return p, nil
}

// entry returns the content of an entry.
func (r *reader) entry(p *gitpack.Pack, h gitpack.Header) ([]byte, error) {
	return r.packed.Inflate(nil, p, h)
}

// openPacked opens the object at an entry of a pack.
func (r *reader) openPacked(e entry) (object, error) {
	p, err := r.pack(e.place)
	if err != nil {
		return object{}, err
	}
	if c, ok := r.cache.get(cacheKey{e.place, e.offset}); ok {
		return object{kind: c.kind, size: int64(len(c.data)), data: c.data}, nil
	}
	h, err := p.Header(e.offset)
	if err != nil {
		return object{}, err
	}
	if !h.IsDelta() && h.Size > maxHeld {
		in, err := r.packed.Open(p, h)
		if err != nil {
			return object{}, err
		}
		return r.content(h.Kind, h.Size, in)
	}
	c, err := r.resolve(p, e)
	if err != nil {
		return object{}, err
	}
	return object{kind: c.kind, size: int64(len(c.data)), data: c.data}, nil
}

// resolve returns the content of an entry after all deltas are applied: down
// the chain to the first base that is known, and up again, without recursion,
// so that no chain is too long for the stack.
func (r *reader) resolve(p *gitpack.Pack, e entry) (cached, error) {
	key := cacheKey{e.place, e.offset}
	var chain []cacheKey
	base, ok := r.cache.get(key)
	for ; !ok; base, ok = r.cache.get(key) {
		h, err := p.Header(key.offset)
		if err != nil {
			return cached{}, err
		}
		if most := r.most(); h.Size > most {
			return cached{}, fmt.Errorf("%d MB are more than the %d MB that may be held: %w", h.Size>>20, most>>20, gitpack.ErrMemory)
		}
		if err := r.reserve(h.Size); err != nil {
			return cached{}, err
		}
		if !h.IsDelta() {
			if base, err = r.whole(p, key, h); err != nil {
				return cached{}, err
			}
			break
		}
		if len(chain) == maxChain {
			return cached{}, errors.New("the chain of deltas has no end")
		}
		chain = append(chain, key)
		key.offset = h.Base
		if h.Kind == gitpack.IDDelta {
			if key.offset, ok = r.db.inPack(e.place, plumbing.Hash(h.BaseID)); !ok {
				return cached{}, fmt.Errorf("the base %x of the delta is missing", h.BaseID)
			}
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		var err error
		if base, err = r.apply(p, chain[i], base); err != nil {
			return cached{}, err
		}
	}
	return base, nil
}

// whole reads an entry that is no delta and keeps it.
func (r *reader) whole(p *gitpack.Pack, key cacheKey, h gitpack.Header) (cached, error) {
	data, err := r.entry(p, h)
	if err != nil {
		return cached{}, err
	}
	c := cached{h.Kind, data}
	r.cache.put(key, c)
	return c, nil
}

// apply reads the delta at key, applies it to base and keeps the result.
func (r *reader) apply(p *gitpack.Pack, key cacheKey, base cached) (cached, error) {
	h, err := p.Header(key.offset)
	if err != nil {
		return cached{}, err
	}
	delta, err := r.entry(p, h)
	if err != nil {
		return cached{}, err
	}
	if err := r.reserve(int64(len(base.data))); err != nil {
		return cached{}, err
	}
	data, err := gitpack.Patch(base.data, delta, r.most())
	if err != nil {
		return cached{}, err
	}
	c := cached{base.kind, data}
	r.cache.put(key, c)
	return c, nil
}

// A cache keeps the objects that were used last. The zero cache keeps one.
type cache struct {
	max   int // bytes, unless a single object is larger
	size  int
	items map[cacheKey]*list.Element // of cacheItem
	used  list.List                  // latest first
}

type cacheKey struct {
	place  int32
	offset int64
}

type cached struct {
	kind int
	data []byte
}

type cacheItem struct {
	cacheKey
	cached
}

// cost is what an item takes beside its data, in bytes, about.
const cost = 200

func (c *cache) get(k cacheKey) (cached, bool) {
	e := c.items[k]
	if e == nil {
		return cached{}, false
	}
	c.used.MoveToFront(e)
	return e.Value.(cacheItem).cached, true
}

func (c *cache) put(k cacheKey, v cached) {
	if c.items == nil {
		c.items = make(map[cacheKey]*list.Element)
	}
	c.items[k] = c.used.PushFront(cacheItem{k, v})
	c.size += cap(v.data) + cost
	for c.size > c.max && c.used.Len() > 1 {
		last := c.used.Remove(c.used.Back()).(cacheItem)
		delete(c.items, last.cacheKey)
		c.size -= cap(last.data) + cost
	}
}
