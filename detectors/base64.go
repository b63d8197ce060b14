package detectors

import (
	"bytes"
	"math/bits"
)

// Base64 has no mark of its own. A run that could hold a credential in it is looked
// at by samples, and where these are text it is decoded.

// sextet maps a character of base64 or base64url to its value, others to 0xff.
var sextet = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xff
	}
	const std = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(std) {
		t[std[i]] = uint8(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

const (
	// block is the distance between samples of base64, and sample their
	// length, in characters. The shortest credential is minEncoded characters
	// long, so that wherever the samples fall, one lies in it.
	block  = 32
	sample = 12
)

// base64 looks for text in the run text[start:end] read as base64, at every
// alignment, and scans it. It finds text by samples: of twelve characters that
// are not base64 of text, hardly ever all decode to printable bytes.
func (s *Set) base64(v *view, own Span, start, end int, yield func(Match)) {
	text := v.text
	// Samples outside own matter as far as a credential that begins in own
	// may reach: its text begins at most a block before the sample.
	lo := max(start, own.Start-block)
	hi := min(end, own.End+block+sample)
	done := [4]int{} // up to where, in each phase
	for first := lo; first+sample <= hi; first += block {
		for likely := phases(text[first:]); likely != 0; likely &= likely - 1 {
			phase := bits.TrailingZeros32(likely) / 4
			i := first + phase
			if i < done[phase] || i+sample > hi || !textual(text[i:i+sample]) {
				continue
			}
			// The stretch of text goes on for as long as its samples do. What
			// begins before the first of them may begin a block earlier.
			from := i - min(block, i-start)/4*4
			for i += block; i+sample <= hi && textual(text[i:i+sample]); {
				i += block
			}
			done[phase] = i
			s.stretch(v, own, Span{start, end}, Span{from, min(i, end)}, yield)
		}
	}
}

// plausible maps the bytes that textual does not refuse to 1.
var plausible = func() (t [256]uint8) {
	for c := range t {
		if class[c]&textChar != 0 || c == 0 {
			t[c] = 1
		}
	}
	return t
}()

// slots maps a character of base64 to the places in a group of four, the first in
// the lowest bit, at which it can stand in what textual does not refuse.
var slots = func() (t [256]uint8) {
	for c := range t {
		for rest := range 64 {
			t[c] |= plausible[sextet[c]<<2|uint8(rest&3)] | plausible[sextet[c]<<4|uint8(rest&15)]<<1 | plausible[sextet[c]<<6|uint8(rest)]<<2
		}
	}
	return t
}()

// phases returns in which phases a sample of text may begin at b, which is one long
// at least, with a bit in four for each: most that are no text show that with their
// first characters.
func phases(b []byte) uint32 {
	b = b[:8]
	at := uint32(slots[b[0]]) | uint32(slots[b[1]])<<4 | uint32(slots[b[2]])<<8 | uint32(slots[b[3]])<<12 |
		uint32(slots[b[4]])<<16 | uint32(slots[b[5]])<<20 | uint32(slots[b[6]])<<24 | uint32(slots[b[7]])<<28
	return at & (at >> (4 + 1)) & (at >> (8 + 2)) & (at >> 16) & 0x1111
}

// textual reports whether all that base64 characters decode to is printable.
// Zero bytes among it are taken for text of 16 or 32 bits, which has two others in
// each sample.
func textual(b []byte) bool {
	printable := 0
	for ; len(b) >= 4; b = b[4:] {
		x := uint32(sextet[b[0]])<<18 | uint32(sextet[b[1]])<<12 | uint32(sextet[b[2]])<<6 | uint32(sextet[b[3]])
		for _, c := range [3]byte{byte(x >> 16), byte(x >> 8), byte(x)} {
			if plausible[c] == 0 {
				return false
			}
			if c != 0 {
				printable++
			}
		}
	}
	return printable >= 2
}

// stretch scans the part of run, a run of base64, that begins in part. The
// view that it scans goes on to either side as far as the reach goes: with
// more of the run decoded, and beyond the ends of the run with the text as it
// is, because the name of a value in base64 stands outside of it.
func (s *Set) stretch(v *view, own, run, part Span, yield func(Match)) {
	text := v.text
	lo := max(run.Start, part.Start-v.reach)
	lo += (part.Start - lo) % 4
	hi := min(run.End, part.End+v.reach)

	var left, right []byte
	if lo-run.Start < 4 {
		left = text[max(0, min(lo, part.Start-v.reach)):lo]
	}
	behind := hi // the padding
	if hi == run.End {
		rest := text[hi:min(len(text), max(hi, part.End+v.reach))]
		right = bytes.TrimLeft(rest, "=")
		behind += len(rest) - len(right)
	}
	w := s.view()
	defer s.release(w)
	buf := append(w.room, left...)
	head := len(buf)
	buf = decode(buf, text[lo:hi])
	tail := len(buf)
	buf = append(buf, right...)

	*w = view{
		text:     buf,
		room:     buf,
		places:   w.places,
		reach:    (v.reach - 8) / 4 * 3, // decoded bytes, of which three are four characters
		depth:    v.depth + 1,
		encoding: join(v.encoding, "base64"),
		outer:    v,
		slack:    longestUnit,
		decoded:  parts{head: head, tail: tail, lo: lo, hi: behind},
	}
	s.undone(w)
	// A decoded byte is owned by whoever owns the character in which it begins.
	at := func(i int) int { return head + ((i-lo)*3+3)/4 }
	s.scan(w, Span{at(max(part.Start, own.Start)), min(tail, at(min(part.End, own.End)))}, yield)
}

// decode appends to dst what the base64 characters src stand for. Characters
// beyond the last whole group give the bytes that they complete.
func decode(dst, src []byte) []byte {
	for ; len(src) >= 4; src = src[4:] {
		x := uint32(sextet[src[0]])<<18 | uint32(sextet[src[1]])<<12 | uint32(sextet[src[2]])<<6 | uint32(sextet[src[3]])
		dst = append(dst, byte(x>>16), byte(x>>8), byte(x))
	}
	if len(src) >= 2 {
		dst = append(dst, sextet[src[0]]<<2|sextet[src[1]]>>4)
	}
	if len(src) == 3 {
		dst = append(dst, sextet[src[1]]<<4|sextet[src[2]]>>2)
	}
	return dst
}
