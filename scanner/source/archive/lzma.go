package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/ulikunitz/xz/lzma"
)

const (
	// unknownSize is that of what says itself where it ends.
	unknownSize = math.MaxUint64

	leastDictionary = 1 << 12
	lzmaUsualDict   = 8 << 20 // for which there is always room made
)

// lzma returns the decoder of LZMA with these properties, and with a dictionary
// and a content of so many bytes. It takes no byte beyond the end.
//
// See lzma-specification.txt in the LZMA SDK, https://7-zip.org/sdk.html.
func (w *walker) lzma(props byte, dict, size uint64, r *bufio.Reader) (io.Reader, error) {
	dict = max(min(dict, size), leastDictionary) // more is of no use
	if err := w.lzmaReserve(dict); err != nil {
		return nil, err
	}
	return w.newLZMA(props, dict, size, r)
}

// newLZMA is lzma with a dictionary that there is room for.
func (w *walker) newLZMA(props byte, dict, size uint64, r *bufio.Reader) (io.Reader, error) {
	if size == unknownSize {
		w.charge(int64(dict))
	}
	head := binary.LittleEndian.AppendUint32([]byte{props}, uint32(dict))
	head = binary.LittleEndian.AppendUint64(head, size)
	return lzma.NewReader(&headed{head: head, Reader: r})
}

// lzmaReserve makes room for a dictionary.
func (w *walker) lzmaReserve(size uint64) error {
	w.made += int64(size)
	return w.reserve(int64(max(size, lzmaUsualDict)))
}

// A headed is read behind a head.
type headed struct {
	head []byte
	*bufio.Reader
}

func (h *headed) Read(p []byte) (int, error) {
	if len(h.head) == 0 {
		return h.Reader.Read(p)
	}
	n := copy(p, h.head)
	h.head = h.head[n:]
	return n, nil
}

func (h *headed) ReadByte() (byte, error) {
	if len(h.head) == 0 {
		return h.Reader.ReadByte()
	}
	b := h.head[0]
	h.head = h.head[1:]
	return b, nil
}

// isLZMA tells whether head begins with that of an LZMA file, which has no magic
// but may say little: what is usual of its properties, a dictionary of 2^n or
// 3*2^n bytes, no size or less than 256 GB, and the zero that all streams begin
// with.
//
// See lzma_file_format.txt in https://github.com/tukaani-project/xz.
func isLZMA(head []byte) bool {
	if len(head) < lzma.HeaderLen+1 || head[0] != lzmaProps || head[lzma.HeaderLen] != 0 {
		return false
	}
	dict, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	for dict > 3 && dict&1 == 0 {
		dict >>= 1
	}
	return (dict == 1 || dict == 2 || dict == 3) && (size == unknownSize || size < 1<<38)
}

// lzmaProps are the usual properties: those of all encoders, if they are not told
// otherwise.
const lzmaProps = 0x5d

// lzmaFile returns the decoder of an LZMA file.
func (w *walker) lzmaFile(p *packed) (io.Reader, error) {
	var head [lzma.HeaderLen]byte
	if _, err := io.ReadFull(p, head[:]); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	return w.lzma(head[0], uint64(le.Uint32(head[1:])), le.Uint64(head[5:]), p.Reader)
}

const lzipMagic = "LZIP\x01"

// A lzip reads members of a lzip file one behind the other. Each has a dictionary of its
// own, and they are in use while what is in them is unpacked in turn.
//
// See https://www.nongnu.org/lzip/manual/lzip_manual.html#File-format.
type lzip struct {
	w     *walker
	p     *packed
	grown int64 // of memory, for the largest dictionary so far
	r     io.Reader
}

func (w *walker) lzip(p *packed) (io.Reader, error) {
	z := &lzip{w: w, p: p}
	if err := z.next(); err != nil {
		z.Close()
		return nil, err
	}
	return z, nil
}

func (z *lzip) Close() error {
	z.w.grown -= z.grown
	z.grown = 0
	return nil
}

// next begins with the member that is next.
func (z *lzip) next() error {
	var head [len(lzipMagic) + 1]byte
	if _, err := io.ReadFull(z.p, head[:]); err != nil {
		return err
	}
	dict := uint64(1) << (head[5] & 0x1f)
	dict -= dict / 16 * uint64(head[5]>>5)
	if dict < leastDictionary || dict > 512<<20 {
		return errors.New("malformed lzip")
	}
	z.w.made += int64(dict)
	z.r = nil // it is done with
	if more := int64(max(dict, lzmaUsualDict)) - z.grown; more > 0 {
		z.grown += more
		if err := z.w.grow(more); err != nil {
			return err
		}
	}
	var err error
	z.r, err = z.w.newLZMA(lzmaProps, dict, unknownSize, z.p.Reader)
	return err
}

func (z *lzip) Read(b []byte) (int, error) {
	const trailer = 20 // a checksum and sizes
	for {
		n, err := z.r.Read(b)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if _, err := z.p.Discard(trailer); err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		if head, _ := z.p.Peek(len(lzipMagic)); string(head) != lzipMagic {
			return 0, io.EOF
		}
		if err := z.next(); err != nil {
			return 0, err
		}
	}
}
