package detectors

import (
	"bytes"
	"sort"
)

// Text can be spelled: each character written by its number, as %63%66 or
// \u0063\u0066. Such text shows without a look at its bytes in which of them are
// of the class base64Char, because that is regular. It is decoded around what is
// regular, with its surroundings, into a view that is scanned like content.

const (
	// leadIn is how far behind the beginning of a credential the part may begin
	// that is regular: a line may end before.
	leadIn = 72

	// longestUnit is the length of the longest character that is spelled, with
	// what may stand between it and the next.
	longestUnit = maxGlue + 12

	// maxGlue is how much may stand between two characters.
	maxGlue = 16

	// atATime is how many bytes are decoded at a time.
	atATime = 1 << 15
)

// A notation is a way to spell. Its read returns the character at text[i:] and how
// many bytes it takes, with what separates it from the next; 0 if there is none.
// What is beyond Latin-1 is read as a question mark.
type notation struct {
	name string
	read func(text []byte, i int) (c byte, n int)
}

var (
	percent         = &notation{"percent", readPercent}
	hexEscape       = &notation{"hex-escape", readEscape('x', 2, 2, 16)}
	unicodeEscape   = &notation{"unicode-escape", readEscape('u', 4, 4, 16)}
	octal           = &notation{"octal", readEscape(0, 2, 3, 8)}
	htmlEntity      = &notation{"html-entity", readEntity}
	quotedPrintable = &notation{"quoted-printable", readQuoted}
	separatedHex    = &notation{"hex", readHex}
	utf32           = &notation{"utf-32", readWord}
)

// notationAt returns the notation in which a character may be spelled at text[i:],
// nil if there is none.
func notationAt(text []byte, i int) *notation {
	switch c := text[i]; {
	case c == '%':
		return percent
	case c == '&':
		return htmlEntity
	case c == '=':
		return quotedPrintable
	case c == '\\':
		for i < len(text) && text[i] == '\\' {
			i++
		}
		switch {
		case i == len(text):
			return nil
		case text[i] == 'x':
			return hexEscape
		case text[i]|0x20 == 'u':
			return unicodeEscape
		}
		return octal
	case i+1 < len(text) && text[i+1] == 0:
		return utf32
	case digitOf(c) < 16:
		return separatedHex
	}
	return nil
}

// digitOf returns the value of a hexadecimal digit, 0xff for other characters.
func digitOf(c byte) uint8 { return digits[c] }

var digits = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = uint8(i)
	}
	for i, c := range []byte("ABCDEF") {
		t[c] = uint8(10 + i)
	}
	return t
}()

// number returns the number in the given base that least to most digits at text[i:]
// are, and how many there are; fewer than least are none.
func number(text []byte, i, least, most, base int) (x, n int) {
	for n < most && i+n < len(text) && int(digitOf(text[i+n])) < base {
		x = x*base + int(digitOf(text[i+n]))
		n++
	}
	if n < least {
		return 0, 0
	}
	return x, n
}

// latin1 returns the character with number x.
func latin1(x int) byte {
	if x > 0xff {
		return '?'
	}
	return byte(x)
}

// glue returns how many of the given characters stand at text[i:].
func glue(text []byte, i int, chars string) int {
	n := 0
	for i+n < len(text) && n <= maxGlue && bytes.IndexByte([]byte(chars), text[i+n]) >= 0 {
		n++
	}
	return n
}

// readPercent reads %63, %2563, which is that in itself, and %u0063, which is
// JavaScript's: RFC 3986, section 2.1, and ECMA-262, annex B.2.1.
func readPercent(text []byte, i int) (c byte, n int) {
	if text[i] != '%' {
		return 0, 0
	}
	j := i + 1
	for k := 0; k < 3; k++ {
		if _, n := number(text, j, 4, 4, 16); n == 0 || text[j] != '2' || text[j+1] != '5' {
			break
		}
		j += 2
	}
	if j < len(text) && text[j] == 'u' {
		if x, n := number(text, j+1, 4, 4, 16); n > 0 {
			return latin1(x), j + 1 + n - i
		}
	}
	x, n := number(text, j, 2, 2, 16)
	if n == 0 {
		return 0, 0
	}
	return byte(x), j + n - i
}

// readEscape returns what reads one to four backslashes, a letter if there is one,
// and digits: \x63, \u0063, and \143 of C, Java, JavaScript, Python and others.
// Literals may end and begin between two.
func readEscape(letter byte, least, most, base int) func([]byte, int) (byte, int) {
	return func(text []byte, i int) (byte, int) {
		j := i
		for j < len(text) && j < i+4 && text[j] == '\\' {
			j++
		}
		if j == i || j == len(text) {
			return 0, 0
		}
		if letter != 0 {
			if text[j] != letter {
				return 0, 0
			}
			j++
		}
		x, n := 0, 0
		if letter == 'u' && j < len(text) && text[j] == '{' {
			if x, n = number(text, j+1, 2, 6, base); n == 0 || j+1+n == len(text) || text[j+1+n] != '}' {
				return 0, 0
			}
			n += len("{}")
		} else if x, n = number(text, j, least, most, base); n == 0 {
			return 0, 0
		}
		j += n
		if k := glue(text, j, " \t\r\n\"'`,+."); k > 0 && k <= maxGlue && j+k < len(text) && text[j+k] == '\\' {
			j += k
		}
		return latin1(x), j - i
	}
}

// readEntity reads &#99; and &#x63; of HTML and XML.
func readEntity(text []byte, i int) (c byte, n int) {
	if i+2 >= len(text) || text[i] != '&' || text[i+1] != '#' {
		return 0, 0
	}
	j, base := i+2, 10
	if text[j]|0x20 == 'x' {
		j, base = j+1, 16
	}
	x, n := number(text, j, 1, 6, base)
	if n == 0 || j+n == len(text) || text[j+n] != ';' {
		return 0, 0
	}
	return latin1(x), j + n + 1 - i
}

// readQuoted reads =63 of RFC 2045, section 6.7, and over the ends of lines.
func readQuoted(text []byte, i int) (c byte, n int) {
	if text[i] != '=' {
		return 0, 0
	}
	x, n := number(text, i+1, 2, 2, 16)
	if n == 0 {
		return 0, 0
	}
	n++
	for _, end := range []string{"=\n", "=\r\n"} {
		if j := i + n; bytes.HasPrefix(text[j:], []byte(end)) && j+len(end) < len(text) && text[j+len(end)] == '=' {
			n += len(end)
		}
	}
	return byte(x), n
}

// readHex reads two hexadecimal digits that stand alone, or behind 0x.
func readHex(text []byte, i int) (c byte, n int) {
	if i > 0 && class[text[i-1]]&alnumChar != 0 {
		return 0, 0
	}
	j := i
	if i+1 < len(text) && text[i] == '0' && text[i+1]|0x20 == 'x' {
		j += 2
	}
	x, n := number(text, j, 2, 2, 16)
	if n == 0 {
		return 0, 0
	}
	j += n
	if k := glue(text, j, " \t\r\n,:;\\\"'"); k > 0 && k <= maxGlue && j+k < len(text) && digitOf(text[j+k]) < 16 {
		return byte(x), j + k - i
	}
	if j < len(text) && class[text[j]]&alnumChar != 0 {
		return 0, 0
	}
	return byte(x), j - i
}

// readWord reads a character of UTF-32 in either byte order, as one with three zero
// bytes behind it; the last has them before it.
func readWord(text []byte, i int) (c byte, n int) {
	c = text[i]
	switch zeros := []byte{0, 0, 0}; {
	case class[c]&textChar == 0:
		return 0, 0
	case bytes.HasPrefix(text[i+1:], zeros):
		return c, 4
	case i >= 3 && bytes.HasSuffix(text[:i], zeros):
		return c, 1
	}
	return 0, 0
}

// spelling returns the notation of the text in the regular lane text[at:], and where
// a character begins; nil if it is none.
func spelling(text []byte, at int) (*notation, int) {
next:
	for i := at; i < at+lane/2; i++ {
		nt := notationAt(text, i)
		if nt == nil {
			continue
		}
		p := i
		for range 3 {
			if p >= len(text) {
				continue next
			}
			_, n := nt.read(text, p)
			if n == 0 {
				continue next
			}
			p += n
		}
		for text[i] == '\\' && i > 0 && text[i-1] == '\\' {
			i-- // of several, the first is not always in the lane
		}
		return nt, i
	}
	return nil, 0
}

// spelled looks at the text that is spelled around the regular lane text[at:], and
// returns where it ends; 0 if there is none.
func (s *Set) spelled(v *view, own Span, at int, yield func(Match)) int {
	text := v.text
	nt, p := spelling(text, at)
	if nt == nil {
		return 0
	}
	for last := 0; ; {
		n := unitBefore(nt, text, max(0, own.Start-v.reach), p, last)
		if n == 0 {
			break
		}
		p, last = p-n, n
	}
	w := s.opened(v, nt.name)
	defer s.release(w)
	w.plain(Span{max(0, p-v.reach), p})
	head := len(w.text) // where what was spelled begins
	for from := max(own.Start, p); ; {
		to := min(own.End, from+atATime)
		ended := true
		for p < len(text) {
			if p >= to+v.reach {
				ended = false
				break
			}
			c, n := nt.read(text, p)
			if n == 0 {
				break
			}
			w.text = append(w.text, c)
			w.places = append(w.places, Span{p, p + n})
			p += n
		}
		tail := len(w.text)
		if ended {
			to = min(own.End, p)
			w.plain(Span{p, min(len(text), p+v.reach)})
		}
		if worthwhile(w.text[head:]) {
			s.cores(w, nt, Span{head, tail}, Span{from, to}, yield)
		}
		if ended || to >= own.End {
			return p
		}
		// Go on with what of it is within reach of the rest.
		k := sort.Search(tail, func(i int) bool { return w.places[i].Start >= to-v.reach })
		w.text = append(w.text[:0], w.text[k:]...)
		w.places = append(w.places[:0], w.places[k:]...)
		head, from = max(0, head-k), to
	}
}

// unitBefore returns the length of the character before text[p:] that begins at
// text[start:] or behind, likely n; 0 if there is none.
func unitBefore(nt *notation, text []byte, start, p, n int) int {
	fits := func(n int) bool {
		if n == 0 || p-n < start {
			return false
		}
		_, got := nt.read(text, p-n)
		return got == n
	}
	if fits(n) {
		return n
	}
	for n := 3; n < longestUnit; n++ {
		if fits(n) {
			for text[p-n] == '\\' && fits(n+1) {
				n++ // all of the backslashes
			}
			return n
		}
	}
	return 0
}

// worthwhile reports whether a credential could be in decoded text: whether there
// is text of minRun bytes.
func worthwhile(text []byte) bool {
	n := 0
	for _, c := range text {
		if n++; plausible[c] == 0 {
			n = 0
		}
		if n >= minRun {
			return true
		}
	}
	return false
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
	)
	scan := func(first int) {
		if last != none {
			s.scan(w, Span{first, last + 1}, yield)
		}
		last = none
	}
	for i := part.End - 1; i >= part.Start; i-- {
		sp := w.places[i]
		if n := sp.End - sp.Start; n != length && !(nt == htmlEntity && max(n, length) <= 6 && min(n, length) >= 5) ||
			nt == utf32 && class[w.text[i]]&base64Char == 0 {
			length, end = n, sp.End
		}
		if end-sp.Start >= regularPart && length <= 8 {
			core = sp.Start
		}
		if owned := own.Start <= sp.Start && sp.Start < own.End; owned && core != none && core-sp.Start <= leadIn {
			if last == none {
				last = i
			}
		} else {
			scan(i + 1)
		}
	}
	scan(part.Start)
}

// opened returns a view into which a part of v is to be decoded byte by byte, until
// release.
func (s *Set) opened(v *view, encoding string) *view {
	w := s.view()
	*w = view{
		text:     w.room[:0],
		places:   w.places[:0],
		reach:    v.reach,
		depth:    v.depth + 1,
		encoding: join(v.encoding, encoding),
		outer:    v,
		placed:   true,
	}
	return w
}

// plain appends what stands at sp in the outer view as it is.
func (w *view) plain(sp Span) {
	w.text = append(w.text, w.outer.text[sp.Start:sp.End]...)
	for i := sp.Start; i < sp.End; i++ {
		w.places = append(w.places, Span{i, i + 1})
	}
}
