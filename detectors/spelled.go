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

	// longestRegular is the length of the longest character of regular text, with what
	// separates it from the next.
	longestRegular = 8

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

// at returns the character at text[i:] and how many bytes it takes, 0 if there is
// none that is text.
func (nt *notation) at(text []byte, i int) (c byte, n int) {
	c, n = nt.read(text, i)
	if plausible[c] == 0 {
		return 0, 0
	}
	return c, n
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
	contiguousHex   = &notation{"hex", readDigits}
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

// What may stand between characters that are written as escapes in literals, and
// between two hexadecimal digits and two more.
var betweenEscapes, betweenDigits = charsOf(" \t\r\n\"'`,+."), charsOf(" \t\r\n\"',:;\\")

// charsOf maps the given characters to true.
func charsOf(chars string) (t [256]bool) {
	for i := range len(chars) {
		t[chars[i]] = true
	}
	return t
}

// glue returns how many of the given characters stand at text[i:].
func glue(text []byte, i int, chars *[256]bool) int {
	n := 0
	for i+n < len(text) && n <= maxGlue && chars[text[i+n]] {
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
// Literals may end and begin between two, but those of a list only if each is of one
// character.
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
		if k := glue(text, j, &betweenEscapes); k > 0 && k <= maxGlue && j+k < len(text) && text[j+k] == '\\' {
			if i > 0 && isQuote(text[i-1]) || bytes.IndexByte(text[j:j+k], ',') < 0 {
				j += k
			}
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
	if k := glue(text, j, &betweenDigits); k > 0 && k <= maxGlue && j+k < len(text) && digitOf(text[j+k]) < 16 {
		return byte(x), j + k - i
	}
	if j < len(text) && class[text[j]]&alnumChar != 0 {
		return 0, 0
	}
	return byte(x), j - i
}

// readDigits reads two hexadecimal digits, whatever stands around them.
func readDigits(text []byte, i int) (c byte, n int) {
	x, n := number(text, i, 2, 2, 16)
	return byte(x), n
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
	for i := at; i < at+longestRegular; i++ {
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
	w.before(p, nt == contiguousHex)
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

// hexSample is the length of the samples of hexadecimal digits. The shortest credential
// has one in it wherever they fall.
const hexSample = 16

// digits looks for text in the run text[start:end] read as hexadecimal digits without
// anything between them.
func (s *Set) digits(v *view, own Span, start, end int, yield func(Match)) {
	const sample = hexSample
	const block = 2*minRun - sample - 2
	text := v.text
	lo := max(start, own.Start-block)
	hi := min(end, own.End+block+sample)
	done := [2]int{} // of either parity
	for i := lo; i+sample < hi; i += block {
		// Most of what is no such text shows that with two characters.
		if digits[text[i+1]]|digits[text[i+sample-1]] > 15 {
			continue
		}
		for p := i; p < i+2; p++ {
			if d := &done[p%2]; p >= *d && isHexText(text[p:p+sample]) {
				*d = s.decoded(v, own, contiguousHex, p, yield)
			}
		}
	}
}

// isHexText reports whether b is hexadecimal digits of text, as textual does of
// base64.
func isHexText(b []byte) bool {
	printable := 0
	for ; len(b) >= 2; b = b[2:] {
		hi, lo := digitOf(b[0]), digitOf(b[1])
		if hi > 15 || lo > 15 || plausible[hi<<4|lo] == 0 {
			return false
		}
		if hi|lo != 0 {
			printable++
		}
	}
	return printable >= 2
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

// before puts into w, which is empty, what stands before first in the outer view. If
// apart is set, what it ends with, such as the x of 0x, is no part of what follows.
func (w *view) before(first int, apart bool) {
	w.text = append(w.text, w.outer.text[max(0, first-w.reach):first]...)
	w.decoded = parts{head: len(w.text), lo: first}
	if apart && first > 0 && class[w.outer.text[first-1]]&alnumChar != 0 {
		w.text, w.places = append(w.text, ' '), append(w.places, Span{first, first})
	}
}

// after appends to w what stands from last on in the outer view.
func (w *view) after(last int) {
	w.decoded.tail, w.decoded.hi = len(w.text), last
	w.text = append(w.text, w.outer.text[last:min(len(w.outer.text), last+w.reach)]...)
}

// drop removes from w what was read from before at in the outer view, which is more
// than before put there.
func (w *view) drop(at int) {
	k := sort.Search(len(w.places), func(i int) bool { return w.places[i].Start >= at })
	w.text = append(w.text[:0], w.text[w.decoded.head+k:]...)
	w.places = append(w.places[:0], w.places[k:]...)
	w.decoded = parts{lo: w.places[0].Start}
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
		if n := sp.End - sp.Start; n != length && !(nt == htmlEntity && max(n, length) <= 6 && min(n, length) >= 5) ||
			nt == utf32 && class[w.text[i]]&base64Char == 0 {
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
		slack:    longestUnit,
	}
	return w
}
