package detectors

import (
	"bytes"
	"math/bits"
)

// There are two ways to find long runs, and what else the engine looks for, which
// find the same. With instructions for many bytes at once, every byte is looked
// at. Without, for runs one in minRun is, as Boyer and Moore would: where that
// cannot be inside a long run, the bytes before it are never read.

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

// regular reports whether w, the class of a lane of bytes, looks like text of which
// each character is written in the same way: it repeats after 3 to 8 bytes, or has
// three others at distances of 5 and 6, as &#99;&#102; has.
func regular(w uint32) bool {
	const inner, first = 1<<(lane-8) - 1, 1<<6 - 1
	if w == 0 || ^w == 0 {
		return false
	}
	if (w^w>>5)&inner == 0 || (w^w>>6)&inner == 0 || (w^w>>7)&inner == 0 || (w^w>>8)&inner == 0 {
		return true
	}
	three := ^w & (^w >> 1) & (^w >> 2)
	return three&first != 0 && three&^(three>>5|three>>6)&inner == 0
}

// limit returns where to stop looking at lanes: one that is to be seen begins so
// far behind own at most.
func (v *view) limit(own Span) int {
	return min(len(v.text), own.End+leadIn+lane)
}

// scanBlocks is scan from start on, by blocks.
func (s *Set) scanBlocks(v *view, own Span, start int, yield func(Match)) {
	text := v.text
	n := len(text)
	limit := v.limit(own)
	var (
		words [atOnce]uint64
		tail  [64 + 1]byte
		carry int // how many bytes of the class there are before the batch
		done  int // where the last text in regular lanes ended
		base  = start
	)
	for base < limit {
		// For pairs, a byte is read beyond the last block.
		k := min((n-base-1)/64, (limit-base+63)/64, atOnce)
		var pair uint32
		if k > 0 {
			pair = classify(&text[base], k, &words[0])
		} else {
			k = 1
			clear(tail[copy(tail[:], text[base:]):])
			pair = classify(&tail[0], 1, &words[0])
		}
		if k < atOnce {
			clear(words[k:])
		}
		long, regular := survey(&words)

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
				from, to := longPart(&words, i, max(64*i, ended))
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
					s.run(v, own, base+from, base+to, pair != 0, yield)
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

		for ; regular != 0; regular &= regular - 1 {
			if at := base + lane*bits.TrailingZeros64(regular); at >= done {
				done = max(done, s.lane(v, own, at, yield))
			}
		}
		if pair != 0 {
			if base+64*k < n {
				findPairs(&text[base], k, &words[0])
			} else {
				findPairs(&tail[0], 1, &words[0])
			}
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

// longPart returns where in words[i] the first shortPart ones in a row from at on
// begin, and where they end; 0 if there are none.
func longPart(words *[atOnce]uint64, i, at int) (from, to int) {
	w := words[i] >> (at % 64) << (at % 64)
	t := w & (w >> 1)
	t &= t >> 2
	t &= t >> 4
	t &= t >> 8
	t &= t >> (shortPart - 16)
	if t == 0 {
		return 0, 0
	}
	from = bits.TrailingZeros64(t)
	return 64*i + from, 64*i + from + bits.TrailingZeros64(^(w >> from))
}

// scanBytes is scan from start on, by single bytes. All between start and own is
// of the class.
func (s *Set) scanBytes(v *view, own Span, start int, yield func(Match)) {
	text := v.text
	n := len(text)
	s.lanes(v, own, yield)
	for at := own.Start; at < min(n, own.End); at += len("cf") {
		i := bytes.Index(text[at:min(n, own.End+1)], []byte("cf"))
		if i < 0 {
			break
		}
		at += i
		s.pair(v, own, at, yield)
	}

	known := max(start, own.Start) // text[start:known] is known to be of the class
	p := start + minRun - 1
	for p < n && start < own.End {
		if class[text[p]]&base64Char == 0 {
			start, known, p = p+1, p+1, p+minRun
			continue
		}
		q := p
		for q > known && class[text[q-1]]&base64Char != 0 {
			q--
		}
		if q > known {
			start, known, p = q, p+1, q+minRun-1
			continue
		}
		end := p + 1
		for end < n && class[text[end]]&base64Char != 0 {
			end++
		}
		s.run(v, own, start, end, true, yield)
		start, known, p = end+1, end+1, end+minRun
	}
}

// lanes looks at the regular lanes of own.
func (s *Set) lanes(v *view, own Span, yield func(Match)) {
	text := v.text
	limit := v.limit(own)
	done := 0
	for at := own.Start; at+lane <= len(text) && at < limit; at += lane {
		if at < done {
			continue
		}
		var w uint32
		for i, c := range text[at : at+lane] {
			w |= uint32(class[c]&base64Char/base64Char) << i
		}
		if regular(w) {
			done = max(done, s.lane(v, own, at, yield))
		}
	}
}
