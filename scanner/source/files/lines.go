package files

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/leakflare/leakflare/scanner/source"
)

// A lineCounter counts lines in content that passes by. The zero lineCounter is
// at the beginning.
type lineCounter struct {
	offset int64 // of the next byte to come
	line   int   // newlines before it
	start  int64 // offset of the first byte of its line
}

// count takes the next bytes of the content and the locations in ascending
// order that are yet to be found. It sets the line and the column of those that
// are in p and returns the others.
func (c *lineCounter) count(p []byte, locs []*source.Location) []*source.Location {
	for len(locs) > 0 && locs[0].Offset < c.offset+int64(len(p)) {
		n := locs[0].Offset - c.offset
		c.pass(p[:n])
		p = p[n:]
		locs[0].Line, locs[0].Column = c.line+1, int(c.offset-c.start)+1
		locs = locs[1:]
	}
	c.pass(p)
	return locs
}

// countIn sets the line and the column of locations in the content r, in ascending
// order, which it reads by way of buf.
func countIn(r io.Reader, locs []*source.Location, buf []byte) {
	var c lineCounter
	for len(locs) > 0 {
		n, err := r.Read(buf)
		locs = c.count(buf[:n], locs)
		if err != nil {
			return
		}
	}
}

// pass counts the lines in p, which is next.
func (c *lineCounter) pass(p []byte) {
	if n := bytes.Count(p, []byte{'\n'}); n > 0 {
		c.line += n
		c.start = c.offset + int64(bytes.LastIndexByte(p, '\n')) + 1
	}
	c.offset += int64(len(p))
}

// A lineIndex keeps the lengths of lines, a byte or two for each, for content
// that cannot be read again.
type lineIndex struct {
	limit   int    // of lengths, in bytes; beyond it nothing is kept
	lengths []byte // uvarints, newlines not counted
	end     int64  // offset of the first byte that passed unseen
	start   int64  // offset of the first byte of the line at end
}

// add takes the next bytes of the content.
func (x *lineIndex) add(p []byte) {
	for len(x.lengths) < x.limit {
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			x.end += int64(len(p))
			return
		}
		x.end += int64(n) + 1
		x.lengths = binary.AppendUvarint(x.lengths, uint64(x.end-x.start-1))
		x.start = x.end
		p = p[n+1:]
	}
}

// locate sets the line and the column of locs, which are in ascending order, as
// far as lines are known.
func (x *lineIndex) locate(locs []*source.Location) {
	var (
		lengths = x.lengths
		line    = 1
		start   int64 // of line
	)
	for _, l := range locs {
		if l.Offset >= x.end {
			return
		}
		for len(lengths) > 0 {
			length, n := binary.Uvarint(lengths)
			next := start + int64(length) + 1
			if l.Offset < next {
				break
			}
			lengths, line, start = lengths[n:], line+1, next
		}
		l.Line, l.Column = line, int(l.Offset-start)+1
	}
}
