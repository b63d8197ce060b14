package gitpack

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"math/bits"
)

// A decoder inflates streams of zlib that are in memory into memory, which
// takes about half the time that a reader takes: it needs no window, no calls
// for single bytes, and tables that are no larger than the codes at hand. Most
// entries of a pack are a few hundred bytes, for which the tables are what
// costs. The zero decoder is ready to use, by one goroutine.
//
// See RFC 1950 and RFC 1951.
type decoder struct {
	literals  [literalSize]code
	distances [distanceSize]code
	fixed     bool // the tables are those of fixed codes

	literalBits, distanceBits uint // bits that index the tables

	codes   [1 << maxCodeBits]code // for the lengths of codes
	lengths [maxLiterals + maxDistances]uint8
	coded   [maxLiterals]uint16 // symbols that have a code
	sorted  [maxLiterals]uint16 // these, by code

	// What is being read, and how far.
	in    []byte
	pos   int
	buf   uint64 // bits that were taken from in, the next one lowest
	count uint   // of them
}

// slack is how many bytes beyond its size a decoder may write to the room for
// a content, at least: a match that begins before the end, and its last word.
const slack = 288

const (
	maxLiterals  = 288
	maxDistances = 32
	maxBits      = 15 // of a code

	// A table is indexed by so many bits at most. Longer codes continue in
	// tables behind it. The sizes are the most that all can have together, as
	// zlib's program enough.c counts them.
	maxLiteralBits  = 10
	maxDistanceBits = 8
	maxCodeBits     = 7
	literalSize     = 1334
	distanceSize    = 402
)

// A code is an entry of a table, for all bits that begin with a code:
//
//	bits 0-7    how many bits the code has
//	bits 8-11   how many extra bits follow, or index a further table
//	bits 12-15  what it is
//	bits 16-31  its value: a literal, the least length or distance, or where
//	            the further table begins
type code uint32

// What a code is, if not a length or distance.
const (
	isLiteral code = 1 << 15
	isOther   code = 1 << 14 // one of the following
	isTable   code = isOther | 1<<13
	isEnd     code = isOther | 1<<12 // of a block
	isBad     code = isOther
)

func (c code) bits() uint  { return uint(c & 0xff) }
func (c code) extra() uint { return uint(c >> 8 & 0xf) }
func (c code) value() int  { return int(c >> 16) }

var (
	errZlib = errors.New("malformed zlib stream")
	errMore = errors.New("more content than the header says")
	errSum  = errors.New("the content does not have the checksum of its zlib stream")
)

// inflate inflates the stream that in begins with to the size bytes of out,
// which has slack bytes more.
func (d *decoder) inflate(out, in []byte, size int) error {
	if len(in) < 2 {
		return io.ErrUnexpectedEOF
	}
	const deflate, dictionary = 8, 1 << 5
	if in[0]&0xf != deflate || in[0]>>4 > 7 || in[1]&dictionary != 0 || binary.BigEndian.Uint16(in)%31 != 0 {
		return errZlib
	}
	d.in, d.pos, d.buf, d.count = in, 2, 0, 0
	n := 0
	for last := false; !last; {
		d.refill()
		if d.count < 3 {
			return io.ErrUnexpectedEOF
		}
		last = d.buf&1 != 0
		kind := d.buf >> 1 & 3
		d.skip(3)
		var err error
		switch kind {
		case 0:
			n, err = d.stored(out, n, size)
		case 1:
			d.useFixed()
			n, err = d.block(out, n, size)
		case 2:
			if err = d.readCodes(); err == nil {
				n, err = d.block(out, n, size)
			}
		default:
			err = errZlib
		}
		if err != nil {
			return err
		}
	}
	d.align()
	if n > size {
		return errMore
	}
	if n < size || len(in)-d.pos < adler32.Size {
		return io.ErrUnexpectedEOF
	}
	if binary.BigEndian.Uint32(in[d.pos:]) != adler32.Checksum(out[:size]) {
		return errSum
	}
	d.pos += adler32.Size
	return nil
}

// refill takes bits from the input, so that there are 56 at least if there are
// as many.
func (d *decoder) refill() {
	if len(d.in)-d.pos >= 8 {
		d.buf |= binary.LittleEndian.Uint64(d.in[d.pos:]) << d.count
		d.pos += int((63 - d.count) >> 3)
		d.count |= 56
		return
	}
	for ; d.count < 56 && d.pos < len(d.in); d.pos++ {
		d.buf |= uint64(d.in[d.pos]) << d.count
		d.count += 8
	}
}

func (d *decoder) skip(n uint) {
	d.buf >>= n
	d.count -= n
}

// align gives bits up to the next byte, and those beyond it back.
func (d *decoder) align() {
	d.pos -= int(d.count >> 3)
	d.buf, d.count = 0, 0
}

// stored copies a block that is not compressed.
func (d *decoder) stored(out []byte, n, size int) (int, error) {
	d.align()
	rest := d.in[d.pos:]
	if len(rest) < 4 {
		return n, io.ErrUnexpectedEOF
	}
	length := binary.LittleEndian.Uint16(rest)
	if length != ^binary.LittleEndian.Uint16(rest[2:]) {
		return n, errZlib
	}
	if rest = rest[4:]; len(rest) < int(length) {
		return n, io.ErrUnexpectedEOF
	}
	if size-n < int(length) {
		return n, errMore
	}
	d.pos += 4 + int(length)
	return n + copy(out[n:], rest[:length]), nil
}

// block decodes a block of which the codes are known.
func (d *decoder) block(out []byte, n, size int) (int, error) {
	var (
		in            = d.in
		pos           = d.pos
		buf, count    = d.buf, d.count
		literalMask   = uint64(1)<<d.literalBits - 1
		distanceMask  = uint64(1)<<d.distanceBits - 1
		room          = out[:size+slack]
		literals      = &d.literals
		distances     = &d.distances
		c             code
		length, apart int
	)
	for {
		if n > size {
			return n, errMore
		}
		if len(in)-pos >= 8 {
			buf |= binary.LittleEndian.Uint64(in[pos:]) << (count & 63)
			pos += int((63 - count) >> 3)
			count |= 56
		} else {
			for ; count < 56 && pos < len(in); pos++ {
				buf |= uint64(in[pos]) << (count & 63)
				count += 8
			}
		}
		// Of 56 bits there are enough for two literals and the code of a third
		// thing, or for a length and a distance with all their extra bits.
		c = literals[buf&literalMask]
		if c&isLiteral != 0 && count >= 2*maxLiteralBits {
			room[n] = byte(c >> 16)
			n++
			buf >>= c.bits() & 63
			count -= c.bits()
			c = literals[buf&literalMask]
			if c&isLiteral != 0 {
				room[n] = byte(c >> 16)
				n++
				buf >>= c.bits() & 63
				count -= c.bits()
				continue
			}
			if count < 48 {
				continue
			}
		}
		if c&isTable == isTable {
			c = literals[c.value()+int(buf>>(c.bits()&63)&(1<<c.extra()-1))]
		}
		if c.bits() > count {
			return n, io.ErrUnexpectedEOF
		}
		buf >>= c.bits() & 63
		count -= c.bits()
		if c&(isLiteral|isOther) != 0 {
			if c&isLiteral != 0 {
				room[n] = byte(c >> 16)
				n++
				continue
			}
			if c&isEnd != isEnd {
				return n, errZlib
			}
			d.pos, d.buf, d.count = pos, buf, count
			return n, nil
		}
		extra := c.extra()
		length = c.value() + int(buf&(1<<extra-1))
		buf >>= extra
		c = distances[buf&distanceMask]
		if c&isOther != 0 {
			if c&isTable != isTable {
				return n, errZlib
			}
			c = distances[c.value()+int(buf>>(c.bits()&63)&(1<<c.extra()-1))]
			if c&isOther != 0 {
				return n, errZlib
			}
		}
		buf >>= c.bits() & 63
		used := extra + c.bits() + c.extra()
		if used > count {
			return n, io.ErrUnexpectedEOF
		}
		apart = c.value() + int(buf&(1<<c.extra()-1))
		buf >>= c.extra()
		count -= used
		if apart > n {
			return n, errZlib
		}
		if apart >= 8 && length <= 16 { // most are
			binary.LittleEndian.PutUint64(room[n:], binary.LittleEndian.Uint64(room[n-apart:]))
			binary.LittleEndian.PutUint64(room[n+8:], binary.LittleEndian.Uint64(room[n+8-apart:]))
			n += length
			continue
		}
		n = repeat(room, n, apart, length)
	}
}

// repeat appends to the first n bytes of out the length bytes that begin apart
// bytes before their end, one after the other, and returns how many there are
// then. It writes some beyond that.
func repeat(out []byte, n, apart, length int) int {
	end := n + length
	if apart >= 8 {
		for ; n < end; n += 8 {
			binary.LittleEndian.PutUint64(out[n:], binary.LittleEndian.Uint64(out[n-apart:]))
		}
		return end
	}
	if apart == 1 {
		word := uint64(out[n-1]) * 0x0101010101010101
		for ; n < end; n += 8 {
			binary.LittleEndian.PutUint64(out[n:], word)
		}
		return end
	}
	for ; n < end; n++ {
		out[n] = out[n-apart]
	}
	return end
}

// useFixed makes the tables of the fixed codes.
func (d *decoder) useFixed() {
	if d.fixed {
		return
	}
	for i := range d.lengths[:maxLiterals] {
		switch {
		case i < 144, i >= 280:
			d.lengths[i] = 8
		case i < 256:
			d.lengths[i] = 9
		default:
			d.lengths[i] = 7
		}
	}
	d.literalBits, _ = d.build(d.literals[:], d.lengths[:maxLiterals], maxLiteralBits, literal)
	for i := range maxDistances {
		d.lengths[i] = 5
	}
	d.distanceBits, _ = d.build(d.distances[:], d.lengths[:maxDistances], maxDistanceBits, distance)
	d.fixed = true
}

// readCodes reads the codes that a block begins with.
func (d *decoder) readCodes() error {
	d.fixed = false
	d.refill()
	if d.count < 14 {
		return io.ErrUnexpectedEOF
	}
	nLiterals := int(d.buf&31) + 257
	nDistances := int(d.buf>>5&31) + 1
	n := int(d.buf>>10&15) + 4
	d.skip(14)
	if nLiterals > 286 || nDistances > 30 {
		return errZlib
	}
	order := [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	clear(d.lengths[:len(order)])
	for i := range n {
		if d.count < 3 {
			if d.refill(); d.count < 3 {
				return io.ErrUnexpectedEOF
			}
		}
		d.lengths[order[i]] = uint8(d.buf & 7)
		d.skip(3)
	}
	width, ok := d.build(d.codes[:], d.lengths[:len(order)], maxCodeBits, plain)
	if !ok {
		return errZlib
	}
	all := d.lengths[:nLiterals+nDistances]
	buf, count, mask := d.buf, d.count, uint64(1)<<width-1
	for i := 0; i < len(all); {
		if count < 14 {
			d.buf, d.count = buf, count
			d.refill()
			buf, count = d.buf, d.count
		}
		c := d.codes[buf&mask&(1<<maxCodeBits-1)]
		if c&isOther != 0 {
			return errZlib
		}
		if c.bits() > count {
			return io.ErrUnexpectedEOF
		}
		buf >>= c.bits() & 63
		count -= c.bits()
		if c.value() < 16 {
			all[i] = uint8(c.value())
			i++
			continue
		}
		var of uint8 // what is repeated
		least, extra := 3, uint(3)
		switch c.value() {
		case 16:
			if i == 0 {
				return errZlib
			}
			of, extra = all[i-1], 2
		case 18:
			least, extra = 11, 7
		}
		if extra > count {
			return io.ErrUnexpectedEOF
		}
		times := least + int(buf&(1<<extra-1))
		buf >>= extra
		count -= extra
		if times > len(all)-i {
			return errZlib
		}
		repeated := all[i : i+times]
		for j := range repeated {
			repeated[j] = of
		}
		i += times
	}
	d.buf, d.count = buf, count
	const end = 256
	if all[end] == 0 {
		return errZlib // no block could end
	}
	if d.literalBits, ok = d.build(d.literals[:], all[:nLiterals], maxLiteralBits, literal); !ok {
		return errZlib
	}
	if d.distanceBits, ok = d.build(d.distances[:], all[nLiterals:], maxDistanceBits, distance); !ok {
		return errZlib
	}
	return nil
}

// build makes the table of the codes that have the given lengths, for symbols
// from zero on; a length of zero is that of a symbol without a code. It returns
// how many bits index the table, or false if there are no such codes.
func (d *decoder) build(table []code, lengths []uint8, most uint, meaning func(symbol int) code) (width uint, ok bool) {
	// Most symbols have no code, and are passed over eight at a time.
	var (
		count, next [maxBits + 2]uint16
		n           int
	)
	for i := 0; i < len(lengths); i += 8 {
		if len(lengths)-i >= 8 && binary.LittleEndian.Uint64(lengths[i:]) == 0 {
			continue
		}
		for j, l := range lengths[i:min(i+8, len(lengths))] {
			if l > 0 {
				d.coded[n] = uint16(i + j)
				count[l&maxBits]++
				n++
			}
		}
	}
	left, longest := 1, uint(0)
	for l := 1; l <= maxBits; l++ {
		if left = left<<1 - int(count[l]); left < 0 {
			return 0, false
		}
		if next[l+1] = next[l] + count[l]; count[l] > 0 {
			longest = uint(l)
		}
	}
	for _, symbol := range d.coded[:n] {
		l := lengths[symbol] & maxBits
		d.sorted[next[l]] = symbol
		next[l]++
	}
	if left > 0 {
		// Codes must be complete, but there may be none, or one of one bit.
		if longest > 1 {
			return 0, false
		}
		table[0], table[1] = isBad, isBad
		if longest == 1 {
			table[0] = meaning(int(d.sorted[0])) | 1
		}
		return 1, true
	}
	// Codes count upwards, and stand in the stream with their first bit lowest:
	// here they are reversed. A table for n bits is that for one less, twice.
	width = min(longest, most)
	var reversed uint
	symbols := d.sorted[:]
	length := uint(1)
	for ; length <= width; length++ {
		for range count[length] {
			table[reversed] = meaning(int(symbols[0])) | code(length)
			symbols = symbols[1:]
			reversed = increment(reversed, length)
		}
		if length < width {
			copy(table[1<<length:2<<length], table[:1<<length])
		}
	}
	end := uint(1) << width // of all tables so far
	start, sub := uint(0), uint(0)
	prefix := ^uint(0)
	for ; length <= longest; length++ {
		for range count[length] {
			if p := reversed & (1<<width - 1); p != prefix {
				prefix, start = p, end
				// The table is as large as the codes that follow fill it.
				sub = length - width
				for filled := int(count[length]); filled < 1<<sub && width+sub < longest; {
					sub++
					filled = filled<<1 + int(count[width+sub])
				}
				end += 1 << sub
				table[prefix] = isTable | code(start)<<16 | code(sub)<<8 | code(width)
			}
			c := meaning(int(symbols[0])) | code(length)
			symbols = symbols[1:]
			for i := reversed >> width; i < 1<<sub; i += 1 << (length - width) {
				table[start+i] = c
			}
			count[length]--
			reversed = increment(reversed, length)
		}
	}
	return width, true
}

// increment returns the code after a reversed one, of as many bits.
func increment(reversed, length uint) uint {
	zeros := ^reversed & (1<<length - 1)
	if zeros == 0 {
		return 0
	}
	top := uint(1) << (bits.Len(zeros) - 1)
	return reversed&(top-1) | top
}

// plain returns the code of a symbol that stands for itself.
func plain(symbol int) code { return code(symbol) << 16 }

// literal returns the code of a literal, the end of a block, or a length.
func literal(symbol int) code {
	switch {
	case symbol < 256:
		return isLiteral | code(symbol)<<16
	case symbol == 256:
		return isEnd
	case symbol < 265:
		return code(symbol-254) << 16
	case symbol < 285:
		extra := (symbol - 261) / 4
		return code(3+(4+(symbol-265)%4)<<extra)<<16 | code(extra)<<8
	case symbol == 285:
		return 258 << 16
	}
	return isBad
}

// distance returns the code of a distance.
func distance(symbol int) code {
	switch {
	case symbol < 4:
		return code(symbol+1) << 16
	case symbol < 30:
		extra := symbol/2 - 1
		return code(1+(2+symbol%2)<<extra)<<16 | code(extra)<<8
	}
	return isBad
}
