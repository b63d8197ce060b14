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
