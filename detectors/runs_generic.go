package detectors

import "encoding/binary"

// portable returns kernels for any processor, which do with words of 64 bits.
func portable() kernels {
	return kernels{classifyGeneric, findPairsGeneric, surveyGeneric}
}

// classifyGeneric takes a block apart into eight words, one for each bit of a byte,
// so that each step of a test is one operation for all of the 64 bytes.
func classifyGeneric(text []byte, class []uint64) (pair bool) {
	const (
		nibbles = 0x0f0f0f0f0f0f0f0f
		twos    = 0x3333333333333333
		ones    = 0x5555555555555555
	)
	var pairs uint64
	for i := range class {
		block := (*[64 + 1]byte)(text[64*i:])
		b0 := binary.LittleEndian.Uint64(block[8*0:])
		b1 := binary.LittleEndian.Uint64(block[8*1:])
		b2 := binary.LittleEndian.Uint64(block[8*2:])
		b3 := binary.LittleEndian.Uint64(block[8*3:])
		b4 := binary.LittleEndian.Uint64(block[8*4:])
		b5 := binary.LittleEndian.Uint64(block[8*5:])
		b6 := binary.LittleEndian.Uint64(block[8*6:])
		b7 := binary.LittleEndian.Uint64(block[8*7:])

		// Bit k of a byte of word j trades places with bit j of that of word k.
		b0, b4 = trade(b0, b4, 4, nibbles)
		b1, b5 = trade(b1, b5, 4, nibbles)
		b2, b6 = trade(b2, b6, 4, nibbles)
		b3, b7 = trade(b3, b7, 4, nibbles)
		b0, b2 = trade(b0, b2, 2, twos)
		b1, b3 = trade(b1, b3, 2, twos)
		b4, b6 = trade(b4, b6, 2, twos)
		b5, b7 = trade(b5, b7, 2, twos)
		b0, b1 = trade(b0, b1, 1, ones)
		b2, b3 = trade(b2, b3, 1, ones)
		b4, b5 = trade(b4, b5, 1, ones)
		b6, b7 = trade(b6, b7, 1, ones)

		// The class, by the upper half of a byte: 2 with '+', '-' and '/', which are odd
		// and from 10 on in the lower half, 3 with digits, which are not; 4 and 6 with
		// letters from 1 on, 5 and 7 with letters up to 10, 5 with '_' at 15.
		from10 := b3 & (b1 | b2)
		low := b5 & (b4 ^ from10) & (b4 | b0)
		from1 := b0 | b1 | b2 | b3
		from11 := b3 & (b2 | b1&b0)
		underscore := b3 & b2 & b1 & b0 &^ b5
		high := from1&^b4 | b4&^from11 | b4&underscore
		class[i] = inOrder((low&^b6 | high&b6) &^ b7)

		// 'c' is 0x63, 'f' is 0x66. Out of order, the bit of the next byte is eight on,
		// or in the lowest byte.
		both := b6 & b5 & b1 &^ (b7 | b4 | b3)
		f := both & b2 &^ b0
		next := f>>8 | f<<55&(0x7f<<56)
		if block[64] == 'f' {
			next |= 1 << 63
		}
		pairs |= both & b0 &^ b2 & next
	}
	return pairs != 0
}

// trade lets the bits of a that are in mask<<n trade places with those of b in mask.
func trade(a, b uint64, n int, mask uint64) (uint64, uint64) {
	t := (a>>n ^ b) & mask
	return a ^ t<<n, b ^ t
}

// inOrder lets bit j of byte i trade places with bit i of byte j.
func inOrder(w uint64) uint64 {
	t := (w>>28 ^ w) & 0x00000000f0f0f0f0
	w ^= t<<28 ^ t
	t = (w>>14 ^ w) & 0x0000cccc0000cccc
	w ^= t<<14 ^ t
	t = (w>>7 ^ w) & 0x00aa00aa00aa00aa
	return w ^ t<<7 ^ t
}

// findPairsGeneric looks at eight bytes at a time.
func findPairsGeneric(text []byte, pairs []uint64) {
	const bytes, low = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	for i := range pairs {
		block := (*[64 + 1]byte)(text[64*i:])
		pairs[i] = 0
		for j := 0; j < 64; j += 8 {
			differ := binary.LittleEndian.Uint64(block[j:]) ^ 'c'*bytes
			differ |= binary.LittleEndian.Uint64(block[j+1:]) ^ 'f'*bytes
			// Which bytes of differ are 0? Their highest bits are gathered by a product.
			equal := ^(differ&low + low | differ | low)
			pairs[i] |= equal >> 7 * 0x0102040810204080 >> 56 << j
		}
	}
}

// surveyGeneric looks at a word at a time. Most have no ones.
func surveyGeneric(class *[atOnce]uint64) (long uint32, regular, numbers uint64) {
	for i, w := range class {
		if w == 0 {
			continue
		}
		four := fours(w)
		if t := four & (four >> 4); t&(t>>8)&(t>>(shortPart-8))&(t>>(shortPart-16)) != 0 {
			long |= 1 << i
		}
		if r, n := regularLanes(w, four); r|n != 0 {
			regular |= (r>>(lane-1)&1 | r>>(2*lane-2)) << (2 * i)
			numbers |= (n>>(lane-1)&1 | n>>(2*lane-2)) << (2 * i)
		}
	}
	return long, regular, numbers
}

// fours returns where in w four ones in a row begin.
func fours(w uint64) uint64 {
	w &= w >> 1
	return w & (w >> 2)
}

// regularLanes sets the highest bit of each half of w that is regular, and of each
// that looks like numbers. It is told where there are four ones.
func regularLanes(w, four uint64) (regular, numbers uint64) {
	const (
		lanes = 1<<lane | 1
		inner = (1<<(lane-8) - 1) * lanes
		first = (1<<6 - 1) * lanes
		most  = (1<<(lane-3) - 1) * lanes
		rest  = (1<<(lane-1) - 1) * lanes // but for the highest bit: added, it is set unless all others were 0
	)
	mixed := (w^w>>1)&rest + rest
	broken := ((w^w>>5)&inner + rest) & ((w^w>>6)&inner + rest) & ((w^w>>7)&inner + rest) & ((w^w>>8)&inner + rest)
	three := ^(w | w>>1 | w>>2) // where three zeros begin
	begins := three&first + rest
	ends := three&^(three>>5|three>>6)&inner + rest
	return mixed & (^broken | begins&^ends) &^ rest, ^((three|four)&most + rest) &^ rest
}
