package archive

import (
	"bufio"
	"bytes"
	"io"
)

// What the formats have in common in reading an archive, from its beginning to its
// end.

// A place is where something that is to be opened stands.
type place struct {
	path   string
	depth  int   // how many archives may be opened in this one
	origin int64 // in the outermost file, or -1
	size   int64 // in bytes, or -1
}

// A packed is an archive that is read.
type packed struct {
	place
	*bufio.Reader
	count    *counter
	at       io.ReaderAt // if there is one
	within   bool        // it stands in another
	text     bool        // it is one in that it has archives in base64
	doubtful bool        // it stands in such a text, and may only begin like an archive
	whole    string      // all of it, if that is short: whether it is what holds it
}

// pos returns the offset of the next byte.
func (p *packed) pos() int64 { return p.count.n - int64(p.Buffered()) }

// here returns where the next byte stands in the outermost file, or -1.
func (p *packed) here() int64 {
	if p.origin < 0 {
		return -1
	}
	return p.origin + p.pos()
}

// A counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Discard64 discards n bytes. The error is io.EOF only if there were none.
func (p *packed) Discard64(n int64) (int64, error) {
	m, err := io.CopyN(io.Discard, p.Reader, n)
	if err == io.EOF && m > 0 && m < n {
		err = io.ErrUnexpectedEOF
	}
	return m, err
}

// skipTo passes what is before one of the signatures.
func (p *packed) skipTo(signs ...string) error {
	shortest, longest := len(signs[0]), len(signs[0])
	for _, s := range signs {
		shortest, longest = min(shortest, len(s)), max(longest, len(s))
	}
	for {
		b, err := p.Peek(longest)
		if len(b) < shortest {
			return short(err)
		}
		b, _ = p.Peek(p.Buffered())
		first := -1
		for _, s := range signs {
			if i := bytes.Index(b, []byte(s)); i >= 0 {
				first, b = i, b[:i] // the others are of interest before it
			}
		}
		if first >= 0 {
			_, err := p.Discard(first)
			return err
		}
		p.Discard(max(1, len(b)-longest+1))
	}
}

// skipTill passes what is before an offset.
func (p *packed) skipTill(at int64) error {
	if at < p.pos() {
		return malformed()
	}
	_, err := p.Discard64(at - p.pos())
	return short(err)
}

// short returns the error of something that has to be there.
func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// end returns the error of something that may be missing.
func end(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// stored hands out a member of which so many bytes are next.
func (w *walker) stored(p *packed, name string, size int64) error {
	if err := w.member(p, name); err != nil {
		return err
	}
	if size == 0 {
		return nil
	}
	in := &io.LimitedReader{R: p.Reader, N: size}
	if err := w.content(p, name, false, p.here(), size, in); err != nil {
		return err
	}
	if in.N == 0 {
		return nil
	}
	_, err := p.Discard64(in.N)
	return short(err)
}

// cString returns the text that a zero ends in b, or all of b.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
