package detectors

import "math/bits"

// Text can be spelled: each character written by its number, as %63%66 or
// \u0063\u0066. Such text shows without a look at its bytes in which of them are
// of the class base64Char, because that is regular. It is decoded around what is
// regular, with its surroundings, into a view that is scanned like content.

const (
	// leadIn is how far behind the beginning of a credential the part may begin
	// that is regular: a line may end before.
	leadIn = 72

	// leadInList is that of a list of numbers in the content itself, of which lines may
	// be short.
	leadInList = 104

	// longestRegular is the length of the longest character of regular text, with what
	// separates it from the next.
	longestRegular = 8

	// atATime is how many bytes are decoded at a time.
	atATime = 1 << 15
)

// spelling returns the notation of the text in the regular lane text[at:], and where
// a character begins; nil if it is none.
func spelling(text []byte, at int) (*notation, int) {
	first := at
	if at > 0 && text[at-1] == '\\' {
		first-- // of \143, what follows could be read as something else
	}
next:
	for i := first; i < at+longestRegular; i++ {
		nt := notationAt(text, i)
		if nt == nil {
			continue
		}
		p := i
		for p < at+lane-longestRegular {
			c, n := nt.read(text, p)
			switch {
			case n == 0:
				continue next
			case plausible[c] == 0:
				return nil, 0 // it is spelled, and is no text
			}
			p += n
		}
		// Of several backslashes, the first is not always in the lane.
		for text[i] == '\\' && i > 0 && text[i-1] == '\\' {
			if _, n := nt.read(text, i); n == 0 {
				break
			} else if _, more := nt.read(text, i-1); more != n+1 {
				break
			}
			i--
		}
		return nt, i
	}
	return nil, 0
}

// escapes returns which of the lanes of text that look like numbers may be octal escapes.
func escapes(text []byte, numbers uint64) (found uint64) {
	for ; numbers != 0; numbers &= numbers - 1 {
		if at := lane * bits.TrailingZeros64(numbers); at+lane <= len(text) && mayEscape(text[at:]) {
			found |= numbers & -numbers
		}
	}
	return found
}

// mayEscape tells at a glance whether text, that of a lane which looks like numbers, may be
// octal escapes of two and three digits.
func mayEscape(text []byte) bool {
	return text[0] == '\\' || text[1] == '\\' || text[2] == '\\' || text[3] == '\\'
}

// spelled looks at the text that is spelled around the regular lane text[at:], and
// returns where it ends; 0 if there is none.
func (s *Set) spelled(v *view, own Span, at int, yield func(Match)) int {
	nt, p := spelling(v.text, at)
	if nt == nil {
		return 0
	}
	return s.decoded(v, own, nt, p, yield)
}

// decoded looks at the text that is spelled in the given notation around text[p:],
// where a character begins, and returns where it ends.
func (s *Set) decoded(v *view, own Span, nt *notation, p int, yield func(Match)) int {
	text := v.text
	for last := len("63"); ; {
		n := unitBefore(nt, text, max(0, own.Start-v.reach), p, last)
		if n == 0 {
			break
		}
		p, last = p-n, n
	}
	w := s.opened(v, nt.name)
	defer s.release(w)
	if nt == decimal {
		w.before(beforeList(text, p), false)
	} else {
		w.before(p, nt == contiguousHex)
	}
	head := len(w.text) // where in w what is spelled begins
	for from := max(own.Start, p); ; {
		to := min(own.End, from+atATime)
		ended := true
		for p < len(text) {
			if p >= to+v.reach {
				ended = false
				break
			}
			c, n := nt.at(text, p)
			if n == 0 {
				break
			}
			w.text = append(w.text, c)
			w.places = append(w.places, Span{p, p + n})
			p += n
		}
		if ended {
			to = min(own.End, p)
		}
		s.undone(w)
		tail := len(w.text)
		if p-w.decoded.lo >= regularPart {
			if ended {
				w.after(p)
			}
			s.cores(w, nt, Span{head, tail}, Span{from, to}, yield)
		}
		if ended || to >= own.End {
			return p
		}
		// Go on with what of it is within reach of the rest.
		w.drop(to - v.reach)
		head, from = 0, to
	}
}

// unitBefore returns the length of the character before text[p:] that begins at
// text[start:] or behind, likely n; 0 if there is none.
func unitBefore(nt *notation, text []byte, start, p, n int) int {
	fits := func(n int) bool {
		if n == 0 || p-n < start {
			return false
		}
		_, got := nt.at(text, p-n)
		return got == n
	}
	if !fits(n) {
		for n = 1; n < longestUnit && !fits(n); n++ {
		}
		if n == longestUnit {
			return 0
		}
	}
	for text[p-n] == '\\' && fits(n+1) {
		n++ // all of the backslashes
	}
	return n
}

// cores scans those parts of w that are in part and were read from own and that
// begin at most leadIn before something so regular that it is noticed wherever
// lanes begin.
func (s *Set) cores(w *view, nt *notation, part, own Span, yield func(Match)) {
	const none = -1
	var (
		length = 0    // of the characters of a regular part
		end    = 0    // of that
		core   = none // where the last one begins that is long enough
		last   = none // the last character of an interval that is scanned

		need, lead = regularPart, leadIn
		list       listing
	)
	if nt == contiguousHex {
		need, lead = 2*minRun, 0 // this is noticed by samples
	}
	scan := func(first int) {
		if last != none {
			s.scan(w, Span{first, last + 1}, yield)
		}
		last = none
	}
	for i := part.End - 1; i >= part.Start; i-- {
		sp := w.where(i)
		switch n := sp.End - sp.Start; {
		case nt == decimal:
			if i == part.End-1 {
				list.end = sp.End
			}
			list.precede(w, i, sp)
			if core = none; list.end-sp.Start >= regularPart || list.behind(sp.Start, w.outer.leadInList()) {
				core = sp.Start
			}
		case n != length && !(nt == htmlEntity && max(n, length) <= 6 && min(n, length) >= 5) &&
			!(nt == octal && max(n, length) <= 4 && min(n, length) >= 3), // it looks like numbers
			nt == utf32 && class[w.text[i]]&base64Char == 0:
			length, end = n, sp.End
		}
		if end-sp.Start >= need && length <= longestRegular {
			core = sp.Start
		}
		if owned := own.Start <= sp.Start && sp.Start < own.End; owned && core != none && core-sp.Start <= lead {
			if last == none {
				last = i
			}
		} else {
			scan(i + 1)
		}
	}
	scan(part.Start)
}

// seen knows, of lanes that are seen and begin alike, where the nearest begin. It is told
// of them from the last on.
type seen struct {
	next  [lane]int
	known int // how many there are
}

// see adds the lane that begins at at.
func (s *seen) see(at int) {
	if s.next[at%lane] == 0 {
		s.known++
	}
	s.next[at%lane] = at
}

// behind reports whether a lane is seen at most lead behind start, or begins in the first
// that does, wherever lanes begin.
func (s *seen) behind(start, lead int) bool {
	if s.known < lane {
		return false
	}
	for _, at := range s.next {
		if at >= start+lead+lane {
			return false
		}
	}
	return true
}
