package detectors

import (
	"encoding/binary"
	"sort"
)

// Base32 has no sign of its own either, and is hardly ever used for text. It is looked for
// where a run begins: in all of a value, or line by line.
//
// See https://www.rfc-editor.org/rfc/rfc4648#section-6.

// quintet maps a character of base32 to its value, others to 0xff.
var quintet = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	for i := range len(alphabet) {
		t[alphabet[i]] = uint8(i)
	}
	return t
}()

// isUpperText tells at a glance whether a run may begin with base32: there are no small
// letters among the first eight characters.
func isUpperText(run []byte) bool {
	const small = 0x2020202020202020
	x := binary.LittleEndian.Uint64(run)
	return x&(x>>1)&small == 0
}

// base32 looks for text in the run text[start:end], read as base32 from its beginning on,
// and scans it, with the lines that follow.
func (s *Set) base32(v *view, own Span, start, end int, yield func(Match)) {
	skip, ok := startsBase32(v.text[start:end])
	if !ok || start < v.upTo {
		return
	}
	// What is so far behind that the beginning may not be seen does not count.
	from := max(own.Start, start)
	n := sort.Search(max(0, min(own.End, end)-from), func(n int) bool {
		lo, _ := v.bounds(from + n)
		return lo >= start
	})
	if n > 0 {
		s.fromBase32(v, Span{from, from + n}, own.End, start, skip, yield)
	}
}

// startsBase32 reports whether a run, which has minRun characters, begins with base32 of
// text, and how many bits there are before the first whole byte.
func startsBase32(run []byte) (skip int, ok bool) {
	run = run[:minRun]
	for _, c := range run {
		if quintet[c] > 31 {
			return 0, false
		}
	}
	for skip < 8 && !isBase32Text(run, skip) {
		skip++
	}
	return skip, skip < 8
}

// isBase32Text reports whether b, but for the first bits, is base32 of text, as textual
// does of base64.
func isBase32Text(b []byte, skip int) bool {
	printable, n := 0, -skip
	var bits uint32
	for _, c := range b {
		bits, n = bits<<5|uint32(quintet[c]), n+5
		if n < 8 {
			continue
		}
		n -= 8
		switch c := byte(bits >> n); {
		case plausible[c] == 0:
			return false
		case c != 0:
			printable++
		}
	}
	return printable >= 4
}

// fromBase32 scans what begins in own of the base32 from text[start:] on, where its run
// begins, but for the first bits; and in the lines behind it, up to most, that are seen
// to be base32 by themselves.
func (s *Set) fromBase32(v *view, own Span, most, start, skip int, yield func(Match)) {
	text := v.text
	// Back over the lines before, for what is named there.
	p := start
	for floor := max(0, own.Start-v.reach); p > floor; {
		if quintet[text[p-1]] < 32 {
			p, skip = p-1, (skip+5)%8
			continue
		}
		k := wrapBefore(text, p)
		if k == 0 || p-k <= floor || quintet[text[p-k-1]] > 31 {
			break
		}
		p -= k
	}
	w := s.opened(v, "base32")
	defer s.release(w)
	w.slack = maxWrap
	w.before(p, false)
	head := len(w.text)
	var (
		bits  uint32
		n     = -skip // how many of these are of no byte yet
		begin int     // of the character that the first of them is of
	)
	for p < min(len(text), own.End+v.reach) {
		c := quintet[text[p]]
		if c > 31 {
			k := wrap(text, p)
			if k == 0 || quintet[text[p+k]] > 31 {
				break
			}
			if next := p + k; own.End >= p && next < min(most, start+atATime) && class[text[next-1]]&base64Char == 0 {
				end := next
				for end < min(len(text), next+v.reach) && class[text[end]]&base64Char != 0 {
					end++
				}
				if lo, _ := v.bounds(end - 1); end-next >= minRare && lo < next {
					if skip, ok := startsBase32(text[next:]); ok && (n+skip)%8 == 0 {
						own.End = min(most, end)
					}
				}
			}
			p += k
			continue
		}
		if n <= 0 {
			begin = p
		}
		bits, n = bits<<5|uint32(c), n+5
		p++
		if n >= 8 {
			n -= 8
			w.text, w.places = append(w.text, byte(bits>>n)), append(w.places, Span{begin, p})
			begin = p - 1
		}
	}
	v.upTo = own.End
	tail := len(w.text)
	for p < len(text) && text[p] == '=' {
		p++
	}
	w.after(p)
	s.undone(w)
	index := func(at int) int {
		return head + sort.Search(tail-head, func(i int) bool { return w.where(head+i).Start >= at })
	}
	s.scan(w, Span{index(own.Start), index(own.End)}, yield)
}
