package archive

import (
	"bufio"
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// asciiAhead is how much of a stream of a PDF file is looked at to know whether it is
// text that stands for bytes, in bytes.
const asciiAhead = 2 << 10

// pdf goes through the streams of a PDF file that are packed by deflate or are bytes in
// ASCII: text, attachments, objects. All else stands in the file as it is.
//
// Objects are not read: a stream is known by its keyword and its first bytes, so
// that a file whose table of contents is broken is read as well.
//
// See ISO 32000-1, 7.3.8, 7.4.2 to 7.4.4, and 7.6.1 for what is encrypted.
func (w *walker) pdf(p *packed) error {
	encrypted := false
	for n := 1; ; {
		if err := p.skipTo("stream", "/Encrypt"); err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return err
		}
		if sign, _ := p.Peek(1); sign[0] == '/' {
			p.Discard(len("/Encrypt"))
			value, _ := p.Peek(8)
			value = bytes.TrimLeft(value, " \t\r\n\f\x00")
			encrypted = encrypted || bytes.HasPrefix(value, []byte("<<")) || len(value) > 0 && '0' <= value[0] && value[0] <= '9'
			continue
		}
		p.Discard(len("stream"))
		head, _ := p.Peek(asciiAhead)
		rest := bytes.TrimPrefix(head, []byte("\r"))
		rest, ok := bytes.CutPrefix(rest, []byte("\n"))
		if !ok {
			continue // the end of one
		}
		ascii := asciiFilter(rest)
		if ascii == nil && !isZlib(rest) {
			continue // packed in another way
		}
		p.Discard(len(head) - len(rest))
		was := w.n
		if err := w.pdfStream(p, fmt.Sprintf("stream %d", n), ascii); err != nil {
			return err
		}
		if w.n > was {
			n++
		}
	}
	if encrypted {
		return &brokenError{err: errEncrypted}
	}
	return nil
}

// pdfStream hands out the stream that p is at. The keyword may as well stand in the
// midst of something: nothing is said of what is broken.
func (w *walker) pdfStream(p *packed, name string, ascii func(*bufio.Reader) io.Reader) error {
	in := p.Reader
	var r io.Reader
	if ascii != nil {
		in = w.buffered(ascii(p.Reader))
		defer func() { w.free = append(w.free, in) }()
		r = in
	}
	if head, _ := in.Peek(2); isZlib(head) {
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil
		}
		defer z.Close()
		r = z
	}
	if err := w.member(p, ""); err != nil {
		return err
	}
	return w.content(p, name, false, -1, -1, &meter{w: w, r: r, quiet: true})
}

// isZlib tells whether head begins with the header of a stream of zlib.
//
// See RFC 1950.
func isZlib(head []byte) bool {
	return len(head) >= 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0
}

// asciiFilter returns the decoder of a stream that begins with head, if that is bytes
// in hexadecimal or in ASCII85 as far as it goes, and otherwise nil.
func asciiFilter(head []byte) func(*bufio.Reader) io.Reader {
	if isASCII(head, isHex, ">") {
		return func(in *bufio.Reader) io.Reader { return hex.NewDecoder(&asciiReader{in, isHex}) }
	}
	if isASCII(head, isASCII85, "~>") {
		return func(in *bufio.Reader) io.Reader { return ascii85.NewDecoder(&asciiReader{in, isASCII85}) }
	}
	return nil
}

// isASCII tells whether text is characters of an encoding and white space, up to a mark
// and the end of the stream, or all of it.
func isASCII(text []byte, of func(c byte) bool, mark string) bool {
	i := 0
	for i < len(text) && (of(text[i]) || isSpace(text[i])) {
		i++
	}
	if i == len(text) {
		return i > asciiAhead/2 && !bytes.Contains(text, []byte("stream")) && !bytes.Contains(text, []byte("endobj"))
	}
	behind, ok := bytes.CutPrefix(text[i:], []byte(mark))
	behind = bytes.TrimLeftFunc(behind, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
	end := []byte("endstream")
	return ok && bytes.HasPrefix(behind, end[:min(len(end), len(behind))]) && !bytes.Contains(text[:i], []byte("stream"))
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f'
}

func isASCII85(c byte) bool { return '!' <= c && c <= 'u' || c == 'z' }

// isSpace tells whether c is white space in a PDF file.
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

// An asciiReader reads characters of an encoding up to any other, without white space.
type asciiReader struct {
	in *bufio.Reader
	of func(c byte) bool
}

func (r *asciiReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := r.in.ReadByte()
		if err != nil {
			return n, err
		}
		switch {
		case r.of(c):
			p[n] = c
			n++
		case !isSpace(c):
			r.in.UnreadByte()
			return n, io.EOF
		}
	}
	return n, nil
}
