package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sort"
)

// An Index finds a few objects of a pack without reading the list of all: it is
// mapped, and only the pages are read that a search comes by. It may be used
// concurrently, but for Close.
type Index struct {
	tables Pack // of which only what the index says is set
	fanout [fanoutSize]byte
	unmap  func() error
}

// OpenIndex maps the index in the file named. Close ends that.
func OpenIndex(name string) (x *Index, err error) {
	data, unmap, err := mapFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	x = &Index{unmap: unmap}
	if err := x.read(data); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrIndex, err), unmap())
	}
	return x, nil
}

// read reads what says how the index is laid out.
func (x *Index) read(data []byte) (err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	if len(data) < maxIndexHead {
		return io.ErrUnexpectedEOF
	}
	l, err := readLayout(data, int64(len(data)))
	if err != nil {
		return err
	}
	copy(x.fanout[:], data[l.start-fanoutSize:])
	x.tables.setTables(l, data[l.start:])
	return nil
}

// Find returns where in the pack the object with an id begins.
func (x *Index) Find(id ID) (offset int64, found bool, err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	lo, hi := 0, int(binary.BigEndian.Uint32(x.fanout[4*int(id[0]):]))
	if id[0] > 0 {
		lo = int(binary.BigEndian.Uint32(x.fanout[4*int(id[0])-4:]))
	}
	i := lo + sort.Search(hi-lo, func(i int) bool {
		got := x.tables.ID(lo + i)
		return bytes.Compare(got[:], id[:]) >= 0
	})
	if i == hi || x.tables.ID(i) != id {
		return 0, false, nil
	}
	return x.tables.Offset(i), true, nil
}

// Pack returns the pack in the file named, which the index is of, closed; see
// [Pack.Reopen]. It lists no objects.
func (x *Index) Pack(name string) *Pack {
	return &Pack{Name: name, stride: x.tables.stride, sum: x.tables.sum}
}

// Close ends the use of the index, but not that of packs.
func (x *Index) Close() error { return x.unmap() }
