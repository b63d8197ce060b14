package archive

import (
	"errors"
	"io"
	"math/bits"
)

// A bitReader reads bits, no byte before it is needed.
type bitReader struct {
	r        io.ByteReader
	reversed bool   // the highest bit of a byte, and of a number, comes first
	bits     uint64 // that were read and not used, the next one lowest
	n        uint   // how many
}

var errBits = errors.New("bits that mean nothing")

// take returns the next k bits, of at most 32.
func (z *bitReader) take(k uint) (uint, error) {
	for z.n < k {
		if err := z.more(); err != nil {
			return 0, err
		}
	}
	v := uint(z.bits & (1<<k - 1))
	z.bits >>= k
	z.n -= k
	if z.reversed {
		v = uint(bits.Reverse32(uint32(v)) >> (32 - k))
	}
	return v, nil
}

// more reads a byte, which there has to be.
func (z *bitReader) more() error {
	b, err := z.r.ReadByte()
	err = short(err)
	if z.reversed {
		b = bits.Reverse8(b)
	}
	z.bits |= uint64(b) << z.n
	z.n += 8
	return err
}

// align passes the bits up to the next byte.
func (z *bitReader) align() {
	z.bits >>= z.n % 8
	z.n -= z.n % 8
}

// symbol decodes one.
func (z *bitReader) symbol(c *prefixCode) (int, error) {
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
			return 0, errBits
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
	symbols [304]uint16 // in the order of their words
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
