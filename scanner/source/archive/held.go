package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Some formats cannot be read from the beginning to the end, and some content is
// looked at twice. If that does not stand in a file that can be read here and there,
// it is held in memory.

// errHeld is of what is to be read here and there, and comes once.
var errHeld = errors.New("not at hand as a whole, and more than 64 MB: not unpacked")

// hold reads what comes once into memory.
func (w *walker) hold(p *packed) ([]byte, error) {
	const most = 64 << 20
	if err := w.reserve(most); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(p.Reader, most+1))
	if err != nil {
		return nil, err
	}
	if len(b) > most {
		return nil, &brokenError{err: errHeld, fault: true}
	}
	return b, nil
}

// held hands out a file of which most stands there as it is, and then what does
// not if the file is not large.
func (w *walker) held(f Format, at place, r io.Reader, watched *watch) error {
	var held bytes.Buffer
	used := w.used
	defer func() { w.used = used }()
	if err := w.reserve(modest); err != nil {
		return err
	}
	keep := &limitedBuffer{&held, modest}
	if err := w.emit(Member{Path: at.path, Origin: at.origin}, io.TeeReader(r, keep)); err != nil {
		return err
	}
	if err := w.broken(at.path, watched.err); err != nil {
		return err
	}
	switch {
	case keep.left > 0:
	case f == sqliteFormat: // hardly anything is left out
		w.Note(at.path, fmt.Errorf("an SQLite file within an archive, of more than %d MB: records of several pages were read in pieces", modest>>20), false)
		return nil
	default:
		w.Note(at.path, fmt.Errorf("a PDF file within an archive, of more than %d MB: its streams were not unpacked", modest>>20), true)
		return nil
	}
	at.size = int64(held.Len())
	c := &counter{r: bytes.NewReader(held.Bytes())}
	b := w.buffered(c)
	defer func() { w.free = append(w.free, b) }()
	return w.broken(at.path, w.unpack(f, &packed{place: at, Reader: b, count: c, at: bytes.NewReader(held.Bytes())}))
}

// A limitedBuffer keeps what is written to it, until that is too much.
type limitedBuffer struct {
	*bytes.Buffer
	left int // bytes that it may still keep; 0 once there were too many
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.left = max(0, b.left-len(p)); b.left > 0 {
		b.Buffer.Write(p)
	}
	return len(p), nil
}
