// Package gitpack reads git packs: their entries, which of them are deltas on
// which, and what a delta changes.
//
// Most objects of a pack are stored as differences from others. An object and
// all that is a delta on it, directly or not, are a family. A [Walk] inflates
// each entry once and goes through a family from its root outward, so that a
// delta is applied to content that is at hand, and it tells of each object only
// what its delta changed: what was copied from the base was seen there.
//
// The package imports nothing of leakflare.
package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"sort"
)

// An ID is the name of an object: the SHA-1 of its type, size and content.
type ID [20]byte

// Types of objects and entries, as in the headers of packs.
//
// See https://git-scm.com/docs/pack-format.
const (
	Commit = 1
	Tree   = 2
	Blob   = 3
	Tag    = 4

	OffsetDelta = 6 // on the entry at a distance
	IDDelta     = 7 // on the object with an id
)

// A Pack is an open pack with its index. It may be used concurrently.
type Pack struct {
	Name string // of the file

	start  int64  // where the pack begins in the file
	data   []byte // the pack, mapped
	unmap  func() error
	ids    []byte   // of all objects, sorted, one behind the other
	offs32 []byte   // version 2: four bytes an object
	offs64 []byte   // version 2: eight bytes for those that do not fit
	stride int      // from id to id: 20 bytes, or in version 1, behind offsets, 24
	sum    [20]byte // of the pack, as the index has it

	pages pages
}

const (
	headerSize  = 12 // of a pack: "PACK", version, number of objects
	trailerSize = 20 // of a pack, and half of that of an index: a SHA-1
	fanoutSize  = 256 * 4

	// minEntry is the size of the smallest entry: a byte of header, and the
	// eight in which zlib says that there is nothing.
	minEntry = 9
)

// ErrIndex tells that the index of a pack cannot be read.
var ErrIndex = errors.New("reading pack index")

// ErrPartial tells that not all of a pack could be read to make its index.
var ErrPartial = errors.New("the pack has no index, and what of it can be read without is not all")

// ErrTruncated tells that a pack is not the one that its index describes.
var ErrTruncated = errors.New("the pack is not the one that its index describes: it is truncated or was changed")

// Open maps the pack in the file named and reads its index. The error of an index
// that cannot be read wraps [ErrIndex]; of one that is not there, see
// [WithoutIndex]. With [ErrTruncated] the pack is returned all the same, and what
// can be read of it is.
//
// That objects have the ids that the index gives them is not checked.
func Open(name, index string) (*Pack, error) {
	p := &Pack{Name: name}
	if err := p.mapFile(); err != nil {
		return nil, err
	}
	count, sum, err := p.ends()
	if err == nil {
		if err = p.readIndex(index); err != nil {
			err = fmt.Errorf("%w: %w", ErrIndex, err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if sum != p.sum || int64(count) != int64(p.Len()) {
		return p, ErrTruncated
	}
	return p, nil
}

// Reopen maps the pack once more, with the index that it has, also after it was
// closed. With [ErrTruncated] it is returned all the same.
func (p *Pack) Reopen() (*Pack, error) {
	q := &Pack{Name: p.Name, start: p.start, ids: p.ids, offs32: p.offs32, offs64: p.offs64, stride: p.stride, sum: p.sum}
	q.pages.most.Store(p.pages.most.Load())
	if err := q.mapFile(); err != nil {
		return nil, err
	}
	_, sum, err := q.ends()
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	if sum != q.sum {
		return q, ErrTruncated
	}
	return q, nil
}

// Close unmaps the pack. It may not be used after that, but for Reopen.
func (p *Pack) Close() error {
	p.data, p.pages.data = nil, nil
	return p.unmap()
}

// ends returns what header and trailer of the pack say: how many objects it
// has, and its SHA-1.
func (p *Pack) ends() (count uint32, sum [20]byte, err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	if len(p.data) < headerSize+trailerSize || string(p.data[:4]) != "PACK" {
		return 0, sum, errors.New("not a pack")
	}
	if v := binary.BigEndian.Uint32(p.data[4:]); v != 2 && v != 3 {
		return 0, sum, fmt.Errorf("pack version %d is not supported", v)
	}
	return binary.BigEndian.Uint32(p.data[8:]), [20]byte(p.data[len(p.data)-trailerSize:]), nil
}

// readIndex reads an index, version 1 or 2, into memory: it is used in places
// in which nothing could be done about an error.
func (p *Pack) readIndex(name string) error {
	f, size, err := openRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, maxIndexHead)
	if _, err := io.ReadFull(f, head); err != nil {
		return err
	}
	l, err := readLayout(head, size)
	if err != nil {
		return err
	}
	// Nothing is allocated for objects that there is no room for.
	if l.count > int64(len(p.data)/minEntry) {
		return fmt.Errorf("the pack has no room for %d objects", l.count)
	}
	body := make([]byte, size-l.start)
	if _, err := f.ReadAt(body, l.start); err != nil {
		return err
	}
	p.setTables(l, body)
	return nil
}

// maxIndexHead is how many bytes of an index say how it is laid out.
const maxIndexHead = 8 + fanoutSize

// A layout says where in an index what is.
//
// See https://git-scm.com/docs/pack-format, "pack-*.idx files".
type layout struct {
	second bool  // version 2
	start  int64 // of the tables, behind the first, which counts objects by first byte
	count  int64 // of objects
}

// readLayout returns how an index of so many bytes, which begins with head, is
// laid out.
func readLayout(head []byte, size int64) (l layout, err error) {
	const first, second = "", "\xfftOc\x00\x00\x00\x02" // version 1 has no magic
	magic, perObject, more := first, int64(4+20), int64(0)
	if string(head[:4]) == second[:4] {
		magic, perObject, more = second, 20+4+4, 8 // id, CRC, offset; a large offset
	}
	if !bytes.HasPrefix(head, []byte(magic)) {
		return l, errors.New("unknown version")
	}
	l.second = magic == second
	l.start = int64(len(magic) + fanoutSize)
	if l.count, err = fanout(head[len(magic):l.start]); err != nil {
		return l, err
	}
	least := l.start + l.count*perObject + 2*trailerSize
	if size < least || size > least+l.count*more {
		return l, fmt.Errorf("an index of %d objects cannot have %d bytes", l.count, size)
	}
	return l, nil
}

// setTables takes what stands in an index from the tables on.
func (p *Pack) setTables(l layout, body []byte) {
	n := l.count
	p.sum = [20]byte(body[len(body)-2*trailerSize:])
	tables := body[:len(body)-2*trailerSize]
	if !l.second {
		p.stride, p.ids = 24, tables
		return
	}
	p.stride, p.ids = 20, tables[:20*n]
	p.offs32, p.offs64 = tables[24*n:28*n], tables[28*n:]
}

// fanout returns how many objects an index has, of which the table says how
// many begin with each byte or a lesser one.
func fanout(table []byte) (int64, error) {
	last := uint32(0)
	for ; len(table) > 0; table = table[4:] {
		n := binary.BigEndian.Uint32(table)
		if n < last {
			return 0, errors.New("malformed table")
		}
		last = n
	}
	return int64(last), nil
}

// Len returns how many objects the pack has.
func (p *Pack) Len() int { return len(p.ids) / p.stride }

// ID returns the id of the i-th object, in the order of ids.
func (p *Pack) ID(i int) ID {
	at := i * p.stride
	if p.stride == 24 {
		at += 4
	}
	return ID(p.ids[at : at+20])
}

// Offset returns where the entry of the i-th object begins in the pack, or where
// none can be if the index does not say.
func (p *Pack) Offset(i int) int64 {
	if p.stride == 24 {
		return int64(binary.BigEndian.Uint32(p.ids[i*24:]))
	}
	off := binary.BigEndian.Uint32(p.offs32[4*i:])
	if off>>31 == 0 {
		return int64(off)
	}
	at := int64(off&^(1<<31)) * 8
	if at+8 > int64(len(p.offs64)) {
		return -1
	}
	return int64(min(binary.BigEndian.Uint64(p.offs64[at:]), math.MaxInt64))
}

// Find returns the number of the object with an id.
func (p *Pack) Find(id ID) (int, bool) {
	i := p.Search(id)
	return i, i < p.Len() && p.ID(i) == id
}

// Search returns the number of the first object whose id is not less than one.
func (p *Pack) Search(id ID) int {
	return sort.Search(p.Len(), func(i int) bool {
		got := p.ID(i)
		return bytes.Compare(got[:], id[:]) >= 0
	})
}

// A Header is that of an entry.
type Header struct {
	Kind   int
	Size   int64 // of the content or, of a delta, of the delta
	Base   int64 // of an OffsetDelta the offset of the base
	BaseID ID    // of an IDDelta

	data int64 // where the compressed part begins
}

// IsDelta reports whether the entry is a delta.
func (h Header) IsDelta() bool { return h.Kind == OffsetDelta || h.Kind == IDDelta }

var (
	errHeader = errors.New("malformed entry header")
	errBeyond = errors.New("an entry beyond the end of the pack")
)

// Header reads the header of the entry at an offset.
func (p *Pack) Header(offset int64) (h Header, err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	end := int64(len(p.data) - trailerSize)
	if offset < headerSize || offset >= end {
		return h, errBeyond
	}
	b := p.data[offset:end]
	c := b[0]
	h.Kind = int(c >> 4 & 7)
	size := uint64(c & 0x0f)
	i := 1
	for shift := 4; c&0x80 != 0; shift += 7 {
		if i == len(b) || shift > 56 {
			return h, errHeader
		}
		c = b[i]
		i++
		size |= uint64(c&0x7f) << shift
	}
	h.Size = int64(size)
	switch h.Kind {
	case Commit, Tree, Blob, Tag:
	case OffsetDelta:
		var back int64
		for n := 0; ; n++ {
			if i == len(b) || n > 8 {
				return h, errHeader
			}
			c := b[i]
			i++
			if n > 0 {
				back++
			}
			back = back<<7 | int64(c&0x7f)
			if c&0x80 == 0 {
				break
			}
		}
		if h.Base = offset - back; back <= 0 || h.Base < headerSize {
			return h, errors.New("a delta on nothing in the pack")
		}
	case IDDelta:
		if len(b)-i < len(h.BaseID) {
			return h, errHeader
		}
		i += copy(h.BaseID[:], b[i:])
	default:
		return h, fmt.Errorf("object type %d is unknown", h.Kind)
	}
	h.data = offset + int64(i)
	return h, nil
}

// byOffset returns the numbers of all objects in the order of their entries,
// and where those begin. Offsets that are none are taken for the end.
func (p *Pack) byOffset() (number []int32, offsets []int64) {
	type at struct {
		offset uint64
		i      int32
	}
	all, sorted := make([]at, p.Len()), make([]at, p.Len())
	for i := range all {
		all[i] = at{min(uint64(p.Offset(i)), uint64(len(p.data))), int32(i)}
	}
	// By radix, which is several times faster than by comparing.
	const digit = 11 // bits
	for shift := 0; uint64(len(p.data))>>shift > 0; shift += digit {
		var before [1<<digit + 1]int
		for _, a := range all {
			before[a.offset>>shift&(1<<digit-1)+1]++
		}
		for d := range 1 << digit {
			before[d+1] += before[d]
		}
		for _, a := range all {
			d := a.offset >> shift & (1<<digit - 1)
			sorted[before[d]] = a
			before[d]++
		}
		all, sorted = sorted, all
	}
	number, offsets = make([]int32, len(all)), make([]int64, len(all))
	for k, a := range all {
		number[k], offsets[k] = a.i, int64(a.offset)
	}
	return number, offsets
}
