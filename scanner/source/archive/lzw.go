package archive

import (
	"errors"
	"io"
)

// An unlzw decodes what compress(1) makes, .Z files: words for strings of bytes
// that were, of 9 bits and ever more.
//
// It is not compress/lzw that reads it: there words have up to 12 bits, and no
// gaps when they get longer.
//
// See https://github.com/vapier/ncompress/blob/main/compress.c.
type unlzw struct {
	r       io.ByteReader
	most    uint // bits of a word
	clears  bool // word 256 begins again
	bits    uint32
	n       uint // bits that were read and not used
	width   uint // of the next word
	group   int  // words of this width that were read, by eights
	next    int  // the string that the next word makes, if there is a previous
	last    int  // word, or -1
	first   byte // of its string
	pending []byte
	prefix  [1 << lzwMost]uint16 // of a string, itself one
	suffix  [1 << lzwMost]byte
	text    [1 << lzwMost]byte
	err     error
}

const (
	lzwLeast = 9
	lzwMost  = 16
	lzwClear = 256

	lzwTables = 4 << lzwMost // bytes of those of an unlzw
)

var errLZW = errors.New("malformed .Z")

func newUnlzw(r io.ByteReader) (*unlzw, error) {
	var head [3]byte
	for i := range head {
		b, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		head[i] = b
	}
	z := &unlzw{r: r, most: uint(head[2] & 0x1f), clears: head[2]&0x80 != 0}
	if z.most < lzwLeast || z.most > lzwMost {
		return nil, errLZW
	}
	for i := range 256 {
		z.suffix[i] = byte(i)
	}
	z.reset()
	return z, nil
}

func (z *unlzw) reset() {
	z.width, z.group, z.last, z.next = lzwLeast, 0, -1, 256
	if z.clears {
		z.next++
	}
}

// Read implements [io.Reader].
func (z *unlzw) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(z.pending) == 0 {
			if z.err == nil {
				z.err = z.decode()
			}
			if z.err != nil {
				break
			}
		}
		k := copy(p[n:], z.pending)
		z.pending = z.pending[k:]
		n += k
	}
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// word returns the next word. The end is where there is not another one.
func (z *unlzw) word() (int, error) {
	for z.n < z.width {
		b, err := z.r.ReadByte()
		if err != nil {
			return 0, err
		}
		z.bits |= uint32(b) << z.n
		z.n += 8
	}
	w := int(z.bits & (1<<z.width - 1))
	z.bits >>= z.width
	z.n -= z.width
	z.group = (z.group + 1) % 8
	return w, nil
}

// skip passes what is left of a group of eight words, which is there whenever
// their width changes.
func (z *unlzw) skip() error {
	for z.group != 0 {
		if _, err := z.word(); err != nil {
			return err
		}
	}
	return nil
}

// decode decodes a word.
func (z *unlzw) decode() error {
	if z.next >= 1<<z.width && z.width < z.most {
		if err := z.skip(); err != nil {
			return err
		}
		z.width++
	}
	w, err := z.word()
	if err != nil {
		return err
	}
	if w == lzwClear && z.clears {
		if err := z.skip(); err != nil {
			return err
		}
		z.reset()
		return nil
	}
	if w > z.next || w == z.next && z.last < 0 || z.last < 0 && w > 255 {
		return errLZW
	}
	// The string, from its end.
	at, s := len(z.text), w
	if w == z.next {
		at--
		z.text[at] = z.first // what it begins with, it ends with
		s = z.last
	}
	for s > 255 {
		at--
		z.text[at] = z.suffix[s]
		s = int(z.prefix[s])
	}
	at--
	z.text[at] = byte(s)
	z.first = byte(s)
	if z.last >= 0 && z.next < 1<<z.most {
		z.prefix[z.next], z.suffix[z.next] = uint16(z.last), z.first
		z.next++
	}
	z.last = w
	z.pending = z.text[at:]
	return nil
}
