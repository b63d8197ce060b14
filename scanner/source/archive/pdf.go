package archive

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// pdf goes through the streams of a PDF file that are packed by deflate: text,
// attachments, objects. All else stands in the file as it is.
//
// Objects are not read: a stream is known by its keyword and its first bytes, so
// that a file whose table of contents is broken is read as well.
//
// See ISO 32000-1, 7.3.8 and 7.4.4.
func (w *walker) pdf(p *packed) error {
	for n := 1; ; {
		if err := p.skipTo("stream"); err == io.ErrUnexpectedEOF {
			return nil
		} else if err != nil {
			return err
		}
		p.Discard(len("stream"))
		head, _ := p.Peek(4)
		rest := bytes.TrimPrefix(head, []byte("\r"))
		rest, ok := bytes.CutPrefix(rest, []byte("\n"))
		if !ok || len(rest) < 2 || rest[0]&0x0f != 8 || (int(rest[0])<<8|int(rest[1]))%31 != 0 {
			continue // its end, or packed in another way
		}
		p.Discard(len(head) - len(rest))
		z, err := zlib.NewReader(p)
		if err != nil {
			continue
		}
		if err := w.member(p, ""); err != nil {
			return err
		}
		// The keyword may as well stand in the midst of something.
		err = w.content(p, fmt.Sprintf("stream %d", n), false, -1, -1, &meter{w: w, r: z, quiet: true})
		z.Close()
		if err != nil {
			return err
		}
		n++
	}
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
		w.Note(at.path, fmt.Sprintf("an SQLite file within an archive, of more than %d MB: records of several pages were read in pieces", modest>>20), false)
		return nil
	default:
		w.Note(at.path, fmt.Sprintf("a PDF file within an archive, of more than %d MB: its streams were not unpacked", modest>>20), true)
		return nil
	}
	at.size = int64(held.Len())
	c := &counter{r: bytes.NewReader(held.Bytes())}
	b := w.buffered(c)
	defer func() { w.free = append(w.free, b) }()
	return w.broken(at.path, w.unpack(f, &packed{place: at, Reader: b, count: c, at: bytes.NewReader(held.Bytes())}))
}

// A limitedBuffer keeps what fits.
type limitedBuffer struct {
	*bytes.Buffer
	left int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left > 0 {
		b.Buffer.Write(p)
	}
	return len(p), nil
}
