package source

import "io"

// DefaultChunkSize is how much of a stream a [Chunker] holds if not told
// otherwise, in bytes.
const DefaultChunkSize = 1 << 20

// A Chunker cuts streams into chunks. It keeps one buffer and uses it for one
// stream after the other; it must not be used by two goroutines at once. The
// zero Chunker is ready to use.
type Chunker struct {
	Size int // bytes held at once, at least; 0 means DefaultChunkSize

	buf []byte
}

// Split reads r to its end and passes it to emit as chunks of b that overlap
// by margin bytes to either side of what they own. It returns how many bytes
// it read. When r fails, what was read before is emitted, and the error of r
// is returned; an error of emit ends the work and is returned as it is.
func (c *Chunker) Split(r io.Reader, b Blob, margin int, emit func(Chunk) error) (int64, error) {
	size := c.Size
	if size <= 0 {
		size = DefaultChunkSize
	}
	// A chunk must own something beside its two margins.
	if size = max(size, 3*margin+1); len(c.buf) < size {
		c.buf = make([]byte, size)
	}
	var (
		buf    = c.buf
		offset int64 // of buf[0] in the stream
		n      int   // bytes in buf
		own    int   // where the owned part begins
	)
	for {
		// Not io.ReadFull: it says ErrUnexpectedEOF where r just ends, which is
		// also what a decompressor says of a stream that was cut short.
		var err error
		for n < len(buf) && err == nil {
			var m int
			m, err = r.Read(buf[n:])
			n += m
		}
		if err == nil {
			end := n - margin
			if err := emit(Chunk{Blob: b, Data: buf[:n], Offset: offset, Own: Span{own, end}}); err != nil {
				return offset + int64(n), err
			}
			keep := end - margin
			copy(buf, buf[keep:n])
			n, own, offset = n-keep, margin, offset+int64(keep)
			continue
		}
		if err == io.EOF {
			err = nil
		}
		if own < n {
			if err := emit(Chunk{Blob: b, Data: buf[:n], Offset: offset, Own: Span{own, n}}); err != nil {
				return offset + int64(n), err
			}
		}
		return offset + int64(n), err
	}
}
