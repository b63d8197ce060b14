package detectors

// Text in 16-bit characters has a zero beside each byte of Latin-1. It is noticed by
// its regular lanes, and decoded with its surroundings.

// wide looks at the run of 16-bit characters at p, if there is one, and returns
// where it ends; 0 if there is none worth a look.
func (s *Set) wide(v *view, own Span, p int, yield func(Match)) int {
	text := v.text
	n := len(text)
	if text[p] != 0 {
		p++
	}
	if p+2 >= n || text[p-2] != 0 || text[p] != 0 || text[p+2] != 0 ||
		class[text[p-1]]&base64Char == 0 || class[text[p+1]]&base64Char == 0 {
		return 0
	}
	// Whichever byte order it is, the characters are at p±1, p±3, …
	lo, hi := p-1, p+1
	for lo-2 >= max(0, own.Start-v.reach) && text[lo-1] == 0 && class[text[lo-2]]&base64Char != 0 {
		lo -= 2
	}
	for hi+2 < n && text[hi+1] == 0 && class[text[hi+2]]&base64Char != 0 {
		hi += 2
	}
	if (hi-lo)/2+1 < minRun {
		return 0
	}
	s.utf16(v, own, lo, hi+1, yield)
	return hi + 1
}

// utf16 scans the run of 16-bit characters whose significant bytes are at
// text[first], text[first+2], … before end, with what surrounds it.
func (s *Set) utf16(v *view, own Span, first, end int, yield func(Match)) {
	text := v.text
	reach := v.reach / 2 // characters, of two bytes each
	lo := first - min(first/2, reach)*2
	hi := min(len(text), end+2*reach)
	w := s.view()
	defer s.release(w)
	buf := w.room
	for i := lo; i < hi; i += 2 {
		c := text[i]
		if i+1 < len(text) && text[i+1] != 0 && (i == 0 || text[i-1] != 0) {
			c = '?' // beyond Latin-1, whichever byte order it is
		}
		buf = append(buf, c)
	}
	*w = view{
		text:     buf,
		room:     buf,
		places:   w.places,
		reach:    reach,
		depth:    v.depth + 1,
		encoding: join(v.encoding, "utf-16"),
		outer:    v,
		slack:    2,
		decoded:  parts{wide: true, lo: lo, hi: len(text)},
	}
	s.undone(w)
	// What begins so near the end that it may go on elsewhere is not always noticed.
	from, to := max(first, own.Start), min(end-regularPart, own.End)
	if from < to {
		s.scan(w, Span{(from - lo + 1) / 2, (to - lo + 1) / 2}, yield)
	}
}
