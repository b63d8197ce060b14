package gitpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/klauspost/compress/zlib"
)

// maxRatio is how many times its size a stream of deflate expands to at most.
const maxRatio = 1032

// maxBelieved is the size of the largest content for which room is made before
// it is known to have that, in bytes.
const maxBelieved = 32 << 20

// An Inflater inflates entries, one after the other. The zero Inflater is ready
// to use, by one goroutine.
type Inflater struct {
	all  decoder
	pack *Pack // of the entry that is being read
	in   bytes.Reader
	z    io.ReadCloser
}

// Open returns a reader of the content of an entry of p, which fails unless
// there is as much as the header says, or if the pack shrinks while it is read.
// It is valid until the next call of a method.
func (f *Inflater) Open(p *Pack, h Header) (io.Reader, error) {
	return f.open(p, h)
}

func (f *Inflater) open(p *Pack, h Header) (e *entryReader, err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	in, err := f.compressed(p, h)
	if err != nil {
		return nil, err
	}
	f.pack = p
	f.in.Reset(in)
	if f.z == nil {
		f.z, err = zlib.NewReader(&f.in)
	} else {
		err = f.z.(zlib.Resetter).Reset(&f.in, nil)
	}
	return &entryReader{f: f, left: h.Size}, err
}

// Inflate appends the content of an entry of p to dst. It fails where a reader
// of it would.
func (f *Inflater) Inflate(dst []byte, p *Pack, h Header) ([]byte, error) {
	in, err := f.compressed(p, h)
	if err != nil {
		return dst, err
	}
	size := int(h.Size)
	if cap(dst)-len(dst) < size+slack {
		// A size may lie, and a large one is not believed before it was seen.
		if h.Size > maxBelieved {
			r, err := f.open(p, h)
			if err != nil {
				return dst, err
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				return dst, err
			}
		}
		dst = append(make([]byte, 0, len(dst)+size+slack), dst...)
	}
	at := len(dst)
	if err := f.decode(dst[at:at+size+slack], in, size); err != nil {
		return dst, err
	}
	p.pages.used(h.data, int64(f.all.pos))
	return dst[:at+size], nil
}

func (f *Inflater) decode(out, in []byte, size int) (err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	return f.all.inflate(out, in, size)
}

// compressed returns the bytes that the content of an entry is inflated from,
// and all behind them.
func (f *Inflater) compressed(p *Pack, h Header) ([]byte, error) {
	if h.data < headerSize || h.data > int64(len(p.data)-trailerSize) {
		return nil, errBeyond
	}
	in := p.data[h.data : len(p.data)-trailerSize]
	if h.Size/maxRatio > int64(len(in)) {
		return nil, fmt.Errorf("%d bytes cannot hold an object of %d", len(in), h.Size)
	}
	return in, nil
}

// An entryReader reads the entry that an Inflater is at, of which left bytes
// should be left.
type entryReader struct {
	f    *Inflater
	left int64
	err  error // once it failed, or ended
}

func (e *entryReader) Read(b []byte) (n int, err error) {
	if e.err != nil {
		return 0, e.err
	}
	n, e.err = e.f.read(b)
	if int64(n) > e.left {
		n, e.err = int(e.left), errMore
	}
	e.left -= int64(n)
	if errors.Is(e.err, io.EOF) && e.left > 0 {
		e.err = io.ErrUnexpectedEOF
	}
	return n, e.err
}

// failed returns why not all could be read, nil if nothing is known to be amiss.
func (e *entryReader) failed() error {
	if errors.Is(e.err, io.EOF) {
		return nil
	}
	return e.err
}

func (f *Inflater) read(b []byte) (n int, err error) {
	defer guard(debug.SetPanicOnFault(true), &err)
	before := int64(f.in.Len())
	n, err = f.z.Read(b)
	after := int64(f.in.Len())
	f.pack.pages.used(int64(len(f.pack.data)-trailerSize)-before, before-after)
	return n, err
}
