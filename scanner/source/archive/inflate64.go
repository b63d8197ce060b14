package archive

import (
	"errors"
	"io"
	"math/bits"
)

// An inflater64 decodes Deflate64: deflate with a window of 64 KB and with a
// length of up to 64 KB, which Windows packs what is larger than 2 GB by. It
// takes no byte beyond the end.
//
// See https://www.rfc-editor.org/rfc/rfc1951 and, for what differs,
// https://github.com/madler/zlib/tree/develop/contrib/infback9.
type inflater64 struct {
	r     io.ByteReader
	bits  uint64 // that were read and not used, the next one lowest
	n     uint   // how many
	last  bool   // block
	block func(*inflater64) (done bool, err error)

	left             int // bytes of a block that is stored
	lengths, offsets prefixCode
	copies, distance int // what is left to copy from there

	window [1 << 16]byte
	pos    int   // in window, of the next byte
	read   int   // in window, of what is to be handed out
	total  int64 // how many bytes there were
	err    error
}

var errInflate = errors.New("malformed Deflate64")

func newInflater64(r io.ByteReader) *inflater64 { return &inflater64{r: r} }

// Read implements [io.Reader].
func (z *inflater64) Read(p []byte) (int, error) {
	for z.read == z.pos && z.err == nil {
		z.read, z.pos = z.read%len(z.window), z.pos%len(z.window)
		z.err = z.fill()
	}
	n := copy(p, z.window[z.read:z.pos])
	z.read += n
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// fill decodes up to the end of the window, or of the block.
func (z *inflater64) fill() error {
	if z.block == nil {
		if z.last {
			return io.EOF
		}
		if err := z.header(); err != nil {
			return err
		}
	}
	done, err := z.block(z)
	if done {
		z.block = nil
	}
	return err
}

// take returns the next k bits, of at most 32.
func (z *inflater64) take(k uint) (uint, error) {
	for z.n < k {
		if err := z.more(); err != nil {
			return 0, err
		}
	}
	v := uint(z.bits & (1<<k - 1))
	z.bits >>= k
	z.n -= k
	return v, nil
}

// more reads a byte, which there has to be.
func (z *inflater64) more() error {
	b, err := z.r.ReadByte()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	z.bits |= uint64(b) << z.n
	z.n += 8
	return err
}

// header reads that of a block.
func (z *inflater64) header() error {
	v, err := z.take(3)
	if err != nil {
		return err
	}
	z.last = v&1 != 0
	switch v >> 1 {
	case 0:
		z.bits >>= z.n % 8
		z.n -= z.n % 8
		v, err := z.take(32)
		if err != nil {
			return err
		}
		if v&0xffff != ^v>>16&0xffff {
			return errInflate
		}
		z.left, z.block = int(v&0xffff), (*inflater64).stored
		return nil
	case 1:
		var lengths [288 + 32]byte
		for i := range lengths {
			switch {
			case i >= 288:
				lengths[i] = 5
			case i < 144, i >= 280:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			default:
				lengths[i] = 7
			}
		}
		return z.codes(lengths[:288], lengths[288:])
	case 2:
		return z.dynamic()
	}
	return errInflate
}

// dynamic reads the codes of a block.
func (z *inflater64) dynamic() error {
	v, err := z.take(14)
	if err != nil {
		return err
	}
	nLength, nOffset, nCode := int(v&31)+257, int(v>>5&31)+1, int(v>>10)+4
	if nLength > 286 {
		return errInflate
	}
	var first [19]byte
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:nCode] {
		v, err := z.take(3)
		if err != nil {
			return err
		}
		first[i] = byte(v)
	}
	var code prefixCode
	if !code.set(first[:]) {
		return errInflate
	}
	var lengths [286 + 32]byte
	for i := 0; i < nLength+nOffset; {
		s, err := z.symbol(&code)
		if err != nil {
			return err
		}
		if s < 16 {
			lengths[i] = byte(s)
			i++
			continue
		}
		if s == 16 && i == 0 {
			return errInflate
		}
		repeated, least, width := byte(0), []int{3, 3, 11}[s-16], []uint{2, 3, 7}[s-16]
		if s == 16 {
			repeated = lengths[i-1]
		}
		v, err := z.take(width)
		if err != nil {
			return err
		}
		for range least + int(v) {
			if i == nLength+nOffset {
				return errInflate
			}
			lengths[i] = repeated
			i++
		}
	}
	return z.codes(lengths[:nLength], lengths[nLength:nLength+nOffset])
}

func (z *inflater64) codes(lengths, offsets []byte) error {
	if !z.lengths.set(lengths) || !z.offsets.set(offsets) {
		return errInflate
	}
	z.block = (*inflater64).packed
	return nil
}

// stored decodes a block that is no more than its bytes.
func (z *inflater64) stored() (bool, error) {
	for z.left > 0 && z.pos < len(z.window) {
		v, err := z.take(8)
		if err != nil {
			return false, err
		}
		z.window[z.pos] = byte(v)
		z.pos++
		z.left--
		z.total++
	}
	return z.left == 0, nil
}

// packed decodes a block that is packed.
func (z *inflater64) packed() (bool, error) {
	for {
		for ; z.copies > 0; z.copies-- {
			if z.pos == len(z.window) {
				return false, nil
			}
			z.window[z.pos] = z.window[(z.pos-z.distance)&(len(z.window)-1)]
			z.pos++
			z.total++
		}
		if z.pos == len(z.window) {
			return false, nil
		}
		s, err := z.symbol(&z.lengths)
		switch {
		case err != nil:
			return false, err
		case s < 256:
			z.window[z.pos] = byte(s)
			z.pos++
			z.total++
			continue
		case s == 256:
			return true, nil
		case s > 285:
			return false, errInflate
		}
		base, extra := 3+s-257, uint(0)
		switch {
		case s == 285:
			base, extra = 3, 16
		case s >= 265:
			extra = uint(s-261) / 4
			base = 3 + (4+(s-261)%4)<<extra
		}
		v, err := z.take(extra)
		if err != nil {
			return false, err
		}
		z.copies = base + int(v)
		if s, err = z.symbol(&z.offsets); err != nil {
			return false, err
		}
		base, extra = 1+s, 0
		if s >= 4 {
			extra = uint(s-2) / 2
			base = 1 + (2+s%2)<<extra
		}
		if v, err = z.take(extra); err != nil {
			return false, err
		}
		if z.distance = base + int(v); int64(z.distance) > z.total {
			return false, errInflate
		}
	}
}

// symbol decodes one.
func (z *inflater64) symbol(c *prefixCode) (int, error) {
	for {
		e := c.short[z.bits&(1<<shortBits-1)]
		if e.n != 0 && uint(e.n) <= z.n {
			z.bits >>= e.n
			z.n -= uint(e.n)
			return int(e.symbol), nil
		}
		if e.n == 0 {
			if s, n := c.long(uint32(z.bits), z.n); n > 0 {
				z.bits >>= n
				z.n -= n
				return s, nil
			}
		}
		if z.n > maxPrefix {
			return 0, errInflate
		}
		if err := z.more(); err != nil {
			return 0, err
		}
	}
}

const (
	shortBits = 9
	maxPrefix = 15
)

// A prefixCode is a canonical Huffman code, whose words of up to shortBits are
// looked up.
type prefixCode struct {
	short [1 << shortBits]struct {
		symbol uint16
		n      uint8
	}
	count   [maxPrefix + 1]uint32
	symbols [288]uint16 // in the order of their words
}

// set sets the code by the lengths of the words, and tells whether there is one.
// It may have words to spare, as that of a single symbol has.
func (c *prefixCode) set(lengths []byte) bool {
	*c = prefixCode{}
	for _, n := range lengths {
		c.count[n]++
	}
	c.count[0] = 0
	var start, word [maxPrefix + 2]uint32
	for n := 1; n <= maxPrefix; n++ {
		start[n+1] = start[n] + c.count[n]
		word[n+1] = (word[n] + c.count[n]) << 1
		if word[n]+c.count[n] > 1<<n {
			return false
		}
	}
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		c.symbols[start[n]] = uint16(s)
		start[n]++
		if n <= shortBits {
			for w := bits.Reverse32(word[n]) >> (32 - n); w < 1<<shortBits; w += 1 << n {
				c.short[w].symbol, c.short[w].n = uint16(s), n
			}
		}
		word[n]++
	}
	return true
}

// long returns the symbol of the word that b, of so many bits, begins with and
// the length of that; 0 if there is none, or not yet.
func (c *prefixCode) long(b uint32, have uint) (symbol int, n uint) {
	var word, first, index uint32
	for n = 1; n <= min(have, maxPrefix); n++ {
		word = word<<1 | b&1
		b >>= 1
		if word < first+c.count[n] {
			return int(c.symbols[index+word-first]), n
		}
		index += c.count[n]
		first = (first + c.count[n]) << 1
	}
	return 0, 0
}
