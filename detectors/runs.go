package detectors

import "math/bits"

// There are two ways to find long runs, which find the same. With instructions
// for many bytes at once, every byte is looked at. Without, one in minRun is, as
// Boyer and Moore would: where that cannot be inside a long run, the bytes before
// it are never read.

// atOnce is how many blocks of 64 bytes are classified at once.
const atOnce = 32

// scanBlocks is scan from start on, by blocks.
func (s *Set) scanBlocks(v *view, own Span, start int, yield func(Match)) {
	text := v.text
	n := len(text)
	// A run of 16-bit characters that begins at the end of own is seen by a block
	// that is full of it.
	limit := min(n, own.End+2+64)
	var (
		words, zeros [atOnce]uint64
		tail         [64]byte
		carry        int // how many bytes of the class there are before the block
		done         int // where the last run of 16-bit characters ended
		base         = start
	)
	for base < limit {
		k := min((n-base)/64, (limit-base+63)/64, atOnce)
		var any uint64
		if k > 0 {
			any = classify(&text[base], k, &words[0], &zeros[0])
		} else {
			k = 1
			clear(tail[copy(tail[:], text[base:]):])
			classify(&tail[0], 1, &words[0], &zeros[0])
			zeros[0] &= 1<<(n-base) - 1
			any = zeros[0]
		}
		for i, w := range words[:k] {
			at := base + 64*i
			first := bits.TrailingZeros64(^w)
			if first == 64 {
				carry += 64
				continue
			}
			if carry+first >= minRun {
				s.run(v, own, at-carry, at+first, yield)
			}
			carry = bits.LeadingZeros64(^w)
			// A run within the block covers its middle.
			const middle = (1<<(2*minRun-64) - 1) << (64 - minRun)
			if w&middle == middle && first <= 64-minRun && carry <= 64-minRun {
				to := 64 - minRun + bits.TrailingZeros64(^(w >> (64 - minRun)))
				from := bits.Len64(^w & (1<<(64-minRun) - 1))
				if to-from >= minRun {
					s.run(v, own, at+from, at+to, yield)
				}
			}
		}
		if any != 0 {
			done = s.wides(v, own, base, words[:k], zeros[:k], done, yield)
		}
		base += 64 * k
	}
	if carry > 0 {
		end := base
		for end < n && class[text[end]]&base64Char != 0 {
			end++
		}
		if end-base+carry >= minRun {
			s.run(v, own, base-carry, end, yield)
		}
	}
}

// wides looks at the runs of 16-bit characters in classified blocks that begin
// at base, and returns where the last one ended; done is where the one before
// did.
func (s *Set) wides(v *view, own Span, base int, words, zeros []uint64, done int, yield func(Match)) int {
	for i, z := range zeros {
		// The shortest run has half of its zeros in one block, of which those at
		// the ends of the block may not be seen to be between characters.
		between := z & (words[i] << 1) & (words[i] >> 1)
		if bits.OnesCount64(between) < minRun/2-2 {
			continue
		}
		for ; between != 0; between &= between - 1 {
			if p := base + 64*i + bits.TrailingZeros64(between); p >= done {
				done = max(done, s.wide(v, own, p, yield))
			}
		}
	}
	return done
}

// scanBytes is scan from start on, by single bytes. All between start and own is
// of the class.
func (s *Set) scanBytes(v *view, own Span, start int, yield func(Match)) {
	text := v.text
	n := len(text)
	known := max(start, own.Start) // text[start:known] is known to be of the class
	p := start + minRun - 1
	// A run of 16-bit characters is looked at from its first zero byte on, which
	// is behind its first character.
	for p < n && start < own.End+2 {
		c := text[p]
		if class[c]&base64Char == 0 {
			if c == 0 {
				if end := s.wide(v, own, p, yield); end > 0 {
					start, known, p = end-1, end, end+minRun-2
					continue
				}
			}
			start, known, p = p+1, p+1, p+minRun
			continue
		}
		q := p
		for q > known && class[text[q-1]]&base64Char != 0 {
			q--
		}
		if q > known {
			if text[q-1] == 0 {
				if end := s.wide(v, own, q-1, yield); end > 0 {
					start, known, p = end-1, end, end+minRun-2
					continue
				}
			}
			start, known, p = q, p+1, q+minRun-1
			continue
		}
		end := p + 1
		for end < n && class[text[end]]&base64Char != 0 {
			end++
		}
		s.run(v, own, start, end, yield)
		start, known, p = end+1, end+1, end+minRun
	}
}
