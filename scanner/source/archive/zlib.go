package archive

import "math/bits"

// A stream of zlib begins with two bytes, which are no proof: base64 of any data begins
// like them now and then. Where there is nothing but these to go by, what follows must be
// deflate too, as far as it is looked at.

// zlibCaret is what zlib begins with by its levels 2 to 5, and a text of formulas: x^2.
const zlibCaret = "\x78\x5e"

// beginsZlib reports whether b, some of the first bytes of a stream, can be that of
// zlib: it has the header that zlib writes by itself, without a dictionary and with the
// largest window, and a block of deflate behind it that does not say what makes no sense.
//
// See https://www.rfc-editor.org/rfc/rfc1950 and https://www.rfc-editor.org/rfc/rfc1951.
func beginsZlib(b []byte) bool {
	const deflate, dictionary = 0x78, 0x20
	if len(b) < len("\x78\x9c")+10 || b[0] != deflate || b[1]&dictionary != 0 || !isZlib(b) {
		return false
	}
	z := fewBits{b[2:], 1} // whether it is the last block does not matter
	switch z.take(2) {
	case 0:
		z.at = 8
		size, inverse := z.take(16), z.take(16)
		return size^inverse == 0xffff && b[2]>>3 == 0
	case 1:
		return z.fixed()
	case 2:
		return z.dynamic()
	}
	return false
}

// fewBits are bits of some bytes, the lowest of each first.
type fewBits struct {
	bytes []byte
	at    int
}

// take returns the next n bits, 0 for each of those that are missing.
func (z *fewBits) take(n int) (v int) {
	for i := range n {
		if z.at < 8*len(z.bytes) {
			v |= int(z.bytes[z.at/8]) >> (z.at % 8) & 1 << i
		}
		z.at++
	}
	return v
}

// word returns the next n bits of a code, of which the first is the highest.
func (z *fewBits) word(n int) int {
	return int(bits.Reverse16(uint16(z.take(n))) >> (16 - n))
}

// fixed reports whether what a block in the fixed code refers to is in it.
func (z *fewBits) fixed() bool {
	const longest = 8 + 5 + 5 + 13 // of what refers to something: two words, and bits behind each
	for n := 0; z.at+longest <= 8*len(z.bytes); {
		k := z.word(7)
		switch {
		case k == 0:
			return n > 0 // the end
		case k <= 0x17: // a length
			k--
		default:
			k = k<<1 | z.take(1)
			switch {
			case k < 0xc0:
				n++
				continue
			case k >= 0xc8:
				z.at++
				n++
				continue
			case k > 0xc5:
				return false
			}
			k += 0x17 - 0xc0 // a long one
		}
		length := k
		if k == 28 {
			length = 255
		} else if k >= 4 {
			length = (4+k%4)<<(k/4-1) + z.take(k/4-1)
		}
		distance := z.word(5)
		if distance > 29 {
			return false
		}
		if distance >= 4 {
			extra := distance/2 - 1
			distance = (2+distance&1)<<extra + z.take(extra)
		}
		if distance >= n {
			return false
		}
		n += 3 + length
	}
	return true
}

// dynamic reports whether a block begins with the code of its codes.
func (z *fewBits) dynamic() bool {
	if lengths, distances := z.take(5), z.take(5); lengths > 29 || distances > 29 {
		return false
	}
	words := 0 // of as many bits as the longest
	for range 4 + z.take(4) {
		if n := z.take(3); n > 0 {
			words += 1 << 7 >> n
		}
	}
	return words == 1<<7
}
