package detectors

import (
	"encoding/binary"
	"math/bits"
)

// Bytes are classified by blocks of 64, a bit for each, and runs and regular lanes
// are found in these bits.

const (
	// atOnce is how many blocks of 64 bytes are classified at once.
	atOnce = 32

	// shortPart is the length of a run that is a part of each run of minRun bytes
	// in one of the blocks that it lies in.
	shortPart = (minRun + 1) / 2

	// lane is how many bytes are looked at for whether they are regular, and
	// regularPart how many that are have a lane in them wherever lanes begin.
	lane        = 32
	regularPart = 2*lane - 1
)

// kernels are the functions that look at many bytes at once, in a form that a
// processor is good at.
type kernels struct {
	// classify sets for each block of text which bytes are of the class base64Char,
	// the first byte in the lowest bit, and reports whether there is a 'c' in them
	// before an 'f'. There is a word in class for each block, one at least, and a byte
	// of text behind the last block.
	classify func(text []byte, class []uint64) (pair bool)

	// findPairs sets for each block of text which bytes are a 'c' before an 'f'. It
	// asks for the same as classify.
	findPairs func(text []byte, pairs []uint64)

	// survey tells of which words there are shortPart ones or more in a row, and of
	// which halves, which are lanes, that they are regular: that they look like text
	// of which each character is written in the same way. They are not all ones or
	// zeros, and repeat after 3 to 8 bytes, or have three others at distances of 5
	// and 6, as &#99;&#102; has. Of which halves it also tells that they look like
	// numbers in a list, as 99, 102: they have neither four of the class in a row
	// nor three others.
	survey func(class *[atOnce]uint64) (long uint32, regular, numbers uint64)
}

// A batch is what scan keeps of the blocks that are classified at once. What is given
// to kernels cannot be on the stack.
type batch struct {
	words [atOnce]uint64
	tail  [64 + 1]byte // the last bytes of the text, and zeros
}

// limit returns where to stop looking at lanes: one that is to be seen begins so
// far behind own at most.
func (v *view) limit(own Span) int {
	return min(len(v.text), own.End+v.leadInList()+lane)
}

// leadInList is leadInList in the content, and leadIn in what was decoded, of which short
// parts are scanned.
func (v *view) leadInList() int {
	if v.outer == nil {
		return leadInList
	}
	return leadIn
}

// scanBlocks is scan from start on, by blocks.
func (s *Set) scanBlocks(v *view, own Span, start int, yield func(Match)) {
	text := v.text
	n := len(text)
	limit := v.limit(own)
	b, ok := s.batches.Get().(*batch)
	if !ok {
		b = new(batch)
	}
	defer s.batches.Put(b)
	var (
		words  = &b.words
		carry  int // how many bytes of the class there are before the batch
		done   int // where the last text in regular lanes ended
		dumped int // where the last dump ended
		listed int // where the last list of numbers ended
		base   = start
	)
	for base < limit {
		// For pairs, a byte is read beyond the last block.
		k := min((n-base-1)/64, (limit-base+63)/64, atOnce)
		blocks := text[base:]
		if k == 0 {
			k, blocks = 1, b.tail[:]
			clear(blocks[copy(blocks, text[base:]):])
		}
		pair := s.kernels.classify(blocks, words[:k])
		clear(words[k:])
		long, regular, numbers := s.kernels.survey(words)

		// A run that began before this batch.
		ended := 0 // where the last run of the batch ended, in it
		if carry > 0 {
			for ended < 64*k && words[ended/64]>>(ended%64) == ^uint64(0)>>(ended%64) {
				ended += 64
			}
			if ended < 64*k {
				ended += bits.TrailingZeros64(^words[ended/64])
				if carry+ended >= minRun {
					s.run(v, own, base-carry, base+ended, true, yield)
				}
				carry = 0
			}
		}
	runs:
		for ; long != 0; long &= long - 1 {
			i := bits.TrailingZeros32(long)
			for ended <= 64*(i+1)-shortPart {
				from, to := longPart(words, i, max(64*i, ended))
				if to == 0 {
					break
				}
				for j := i; from == 64*j && j > 0; j-- {
					from -= bits.LeadingZeros64(^words[j-1])
				}
				for j := i + 1; to == 64*j && j < k; j++ {
					to += bits.TrailingZeros64(^words[j])
				}
				if to == 64*k {
					break runs // the next batch tells where it ends
				}
				if to-from >= minRun {
					s.run(v, own, base+from, base+to, pair, yield)
				}
				ended = to
			}
		}
		if ended < 64*k {
			carry = 0
		}
		for j := k - 1; j >= 0; j-- {
			ones := bits.LeadingZeros64(^words[j])
			carry += ones
			if ones < 64 {
				break
			}
		}

		if numbers != 0 {
			regular |= escapes(text[base:], numbers)
		}
		for ; regular != 0; regular &= regular - 1 {
			if at := base + lane*bits.TrailingZeros64(regular); at >= done {
				done = max(done, s.lane(v, own, at, yield))
			}
			if at := base + lane*bits.TrailingZeros64(regular); at >= dumped && at+lane <= n && mayDump(text[at:]) {
				dumped = max(dumped, s.dump(v, own, at, yield))
			}
		}
		for ; numbers != 0; numbers &= numbers - 1 {
			if at := base + lane*bits.TrailingZeros64(numbers); at >= listed && at+lane <= n && mayList(text[at:]) {
				listed = max(listed, s.listed(v, own, at, yield))
			}
		}
		if pair {
			s.kernels.findPairs(blocks, words[:k])
			for i, w := range words[:k] {
				for ; w != 0; w &= w - 1 {
					s.pair(v, own, base+64*i+bits.TrailingZeros64(w), yield)
				}
			}
		}
		base += 64 * k
	}
	if carry > 0 {
		base = min(base, n)
		end := base
		for end < n && class[text[end]]&base64Char != 0 {
			end++
		}
		if end-base+carry >= minRun {
			s.run(v, own, base-carry, end, true, yield)
		}
	}
}

// isWords reports whether there are fewer than leastMixed digits and capitals in a run of
// minRun characters or more of the class base64Char: it is words of a language with '/',
// '-' or '_' between them, as paths and names in programs are.
//
// It is asked of each run, and therefore counts in eight bytes at a time: of the
// characters of the class, in binary, digits begin with 011, capitals with 10 and not
// with 10111 as '_' does, lower-case letters with 11, and others with 010.
func isWords(run []byte) bool {
	const ones = 0x0101010101010101
	mixed := func(x uint64) uint64 { return (x>>6&^(x>>5|x>>4&(x>>3)&(x>>2)) | x>>4&^(x>>6)) & ones }
	var n uint64 // how many, in each of its bytes those at every eighth place
	i, last := 0, len(run)-8
	for ; i <= last; i += 8 {
		n += mixed(binary.LittleEndian.Uint64(run[i:]))
		if i%128 == 0 && n*ones>>56 >= leastMixed {
			return false
		}
	}
	n += mixed(binary.LittleEndian.Uint64(run[last:]) >> (8 * (i - last)))
	return n*ones>>56 < leastMixed
}

// longPart returns where in words[i] the first shortPart ones in a row from at on
// begin, and where they end; 0 if there are none.
func longPart(words *[atOnce]uint64, i, at int) (from, to int) {
	w := words[i] >> (at % 64) << (at % 64)
	t := shortParts(w)
	if t == 0 {
		return 0, 0
	}
	from = bits.TrailingZeros64(t)
	return 64*i + from, 64*i + from + bits.TrailingZeros64(^(w >> from))
}

// shortParts returns where in w shortPart ones in a row begin.
func shortParts(w uint64) uint64 {
	w &= w >> 1
	w &= w >> 2
	w &= w >> 4
	w &= w >> 8
	return w & (w >> (shortPart - 16))
}
