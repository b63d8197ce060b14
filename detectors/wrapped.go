package detectors

import (
	"bytes"
	"math/bits"
	"sort"
	"strings"
)

// Base64 is often broken into lines, of 64 characters in PEM (RFC 7468), of 76 in
// mail (RFC 2045), hexadecimal digits into lines of 60 by xxd -p, and either into
// literals that are concatenated. A line that is a code of text by its beginning or its
// end is joined to its neighbours.

// A code is what text in lines may be written in.
type code int

const (
	inBase64 code = iota
	inHex
	numCodes
)

// notices reports whether a line, a run, is looked at by itself: whether it is long enough
// for a credential, or else, with minRun characters, has text by its beginning or its end.
func (c code) notices(line []byte) bool {
	switch n := len(line); {
	case n >= 2*minRun:
		return true
	case n < minRun || isHex(line) != (c == inHex):
		return false
	case n >= minEncoded && c == inBase64:
		return true
	}
	return c.starts(line, 0) || c.ends(line, len(line))
}

// isHex reports whether a line of minRun characters or more is hexadecimal digits, as far
// as some of them tell. There may be an x before them.
func isHex(line []byte) bool {
	b := line[:minRun]
	return nibble[b[3]]|nibble[b[8]]|nibble[b[12]]|nibble[b[17]]|nibble[b[21]]|nibble[b[26]]|nibble[b[30]]|nibble[b[34]] < 16
}

// seam reports whether text[:end] ends or text[next:] begins with text in the code.
func (c code) seam(text []byte, end, next int) bool { return c.ends(text, end) || c.starts(text, next) }

// ends reports whether text[:end] ends with text in the code.
func (c code) ends(text []byte, end int) bool {
	if c == inHex {
		return isHexSample(text, end-hexSample) || isHexSample(text, end-hexSample-1)
	}
	return isSampled(text[max(0, end-sample-3):end])
}

// starts reports whether text[start:] begins with text in the code.
func (c code) starts(text []byte, start int) bool {
	if c == inHex {
		return isHexSample(text, start) || isHexSample(text, start+1)
	}
	return isSampled(text[start:min(len(text), start+sample+3)])
}

// isSampled reports whether there is a sample of base64 of text anywhere in b.
func isSampled(b []byte) bool {
	if len(b) < sample {
		return false
	}
	for likely := phases(b); likely != 0; likely &= likely - 1 {
		if i := bits.TrailingZeros32(likely) / 4; i+sample <= len(b) && textual(b[i:i+sample]) && all(b[i:i+sample], base64Char) {
			return true
		}
	}
	return false
}

// isHexSample reports whether there is a sample of hexadecimal digits of text at
// text[i:]. Most that is none shows that with its first and last characters.
func isHexSample(text []byte, i int) bool {
	if i < 0 || i+hexSample > len(text) {
		return false
	}
	b := text[i : i+hexSample]
	return plausible[nibble[b[0]]<<4|nibble[b[1]]]&plausible[nibble[b[14]]<<4|nibble[b[15]]] != 0 && isHexText(b)
}

// maxWrap is how much may stand between two lines, in bytes: indentation, quotes.
const maxWrap = 64

// wrap returns how long the line break is at text[i:] that base64 goes on behind,
// with what stands at the ends and beginnings of lines; 0 if there is none. It may be
// the escape of one, in a literal.
func wrap(text []byte, i int) int {
	// What concatenates may be a character of base64, beside a line break.
	if n := concatenation(text, i); n > 0 {
		return n
	}
	j := i
	for j < len(text) && j-i < maxWrap && class[text[j]]&endChar != 0 {
		j++
	}
	switch {
	case j == len(text):
		return 0
	case text[j] == '\r' && j+1 < len(text) && text[j+1] == '\n':
		j += 2
	case text[j] == '\n':
		j++
	case j > i && text[i] == '\\':
		return escapedWrap(text, i)
	default:
		return 0
	}
	for j < len(text) && j-i < maxWrap && class[text[j]]&startChar != 0 {
		j++
	}
	if j == len(text) || class[text[j]]&base64Char == 0 || isQuote(text[j-1]) && isEncoding(text[j-1:]) {
		return 0
	}
	return j - i
}

// concatenates tells what may stand between two literals that are concatenated.
var concatenates = charsOf(" \t\r\n\\+.&_,")

// concatenation returns how much stands at text[i:] between what two literals hold; 0
// if one does not end there, or the next is not concatenated to it.
func concatenation(text []byte, i int) int {
	if i == len(text) || !isQuote(text[i]) {
		return 0
	}
	j := i + 1
	for j < len(text) && j-i < maxWrap && concatenates[text[j]] {
		j++
	}
	if j+1 >= len(text) || text[j] != text[i] || class[text[j+1]]&base64Char == 0 || isEncoding(text[j:]) {
		return 0
	}
	return j + 1 - i
}

// encodings are what the names of encodings begin with.
var encodings = [][]byte{
	[]byte("hex"), []byte("base64"), []byte("base32"), []byte("base16"), []byte("utf"), []byte("ascii"), []byte("latin"), []byte("binary"), []byte("ucs"), []byte("escape"),
}

// isEncoding reports whether text begins with a literal that tells how the one before it
// is written, as in Buffer.from("6366", "hex") and decode('6366', 'hex').
func isEncoding(text []byte) bool {
	const longest = len("base64_codec")
	n := bytes.IndexByte(text[1:min(len(text), 1+longest+1)], text[0])
	if n < 0 {
		return false
	}
	name := text[1 : 1+n]
	for _, prefix := range encodings {
		if n >= len(prefix) && bytes.EqualFold(name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// concatenationBefore returns how much that is before text[i:].
func concatenationBefore(text []byte, i int) int {
	if i == 0 || !isQuote(text[i-1]) {
		return 0
	}
	j := i - 1
	for j > 0 && i-j < maxWrap && concatenates[text[j-1]] {
		j--
	}
	if j--; j <= 0 || class[text[j-1]]&base64Char == 0 || concatenation(text, j) != i-j {
		return 0
	}
	return i - j
}

// escapedWrap is wrap for an escape of one.
func escapedWrap(text []byte, i int) int {
	for _, br := range []string{`\n`, `\r\n`, `\\n`, `\\r\\n`} {
		if j := i + len(br); bytes.HasPrefix(text[i:], []byte(br)) && j < len(text) && class[text[j]]&base64Char != 0 {
			return len(br)
		}
	}
	return 0
}

// wrapBefore returns how long the line break is before text[i:].
func wrapBefore(text []byte, i int) int {
	if n := concatenationBefore(text, i); n > 0 {
		return n
	}
	j := i
	if i > 1 && text[i-1] == 'n' && text[i-2] == '\\' {
		for j--; j > 0 && i-j < len(`\\r\\n`) && (text[j-1] == '\\' || text[j-1] == 'r' && text[j] == '\\'); j-- {
		}
	} else {
		for j > 0 && i-j < maxWrap && class[text[j-1]]&startChar != 0 {
			j--
		}
		if j == 0 || text[j-1] != '\n' {
			return 0
		}
		if j--; j > 0 && text[j-1] == '\r' {
			j--
		}
		for j > 0 && i-j < maxWrap && class[text[j-1]]&endChar != 0 {
			j--
		}
	}
	if j == i || j == 0 || class[text[j-1]]&base64Char == 0 || wrap(text, j) != i-j {
		return 0
	}
	return i - j
}

// lines looks for text in the lines of which text[start:end] is one, and reports in
// which codes it has.
func (s *Set) lines(v *view, own Span, start, end int, yield func(Match)) (in [numCodes]bool) {
	text := v.text
	if start > 0 && text[start-1] == '\\' && text[start] == 'n' {
		start++
	}
	if end-start < 2*minRun {
		c := inBase64
		if end-start >= minRun && isHex(text[start:end]) {
			c = inHex
		}
		in[c] = s.wrapped(v, own, start, end, c, yield)
		return in
	}
	for c := range numCodes {
		in[c] = s.wrapped(v, own, start, end, c, yield)
	}
	return in
}

// wrapped looks for text in the lines in the given code of which text[start:end] is
// one, and reports whether it has.
func (s *Set) wrapped(v *view, own Span, start, end int, in code, yield func(Match)) bool {
	text := v.text
	looked := &v.looked[in]
	switch {
	case start < looked.upTo:
		return true
	case !in.notices(text[start:end]):
		return false
	}
	after := wrap(text, end)
	if after == 0 || !in.seam(text, end, end+after) {
		known := start == looked.next // what is before it
		looked.next = end + after
		if known {
			return false
		}
		if before := wrapBefore(text, start); before == 0 || !in.seam(text, start-before, start) {
			return false
		}
	}
	// Back to the first line within reach.
	floor := max(0, max(start, own.Start)-v.reach)
	p := max(start, floor)
	for p == start || p > floor {
		n := wrapBefore(text, p)
		if n == 0 || p-n <= floor || !in.seam(text, p-n, p) {
			break
		}
		for p -= n; p > floor && class[text[p-1]]&base64Char != 0; p-- {
		}
		if p > 0 && text[p-1] == '\\' && text[p] == 'n' {
			p++
		}
	}
	w := s.opened(v, "")
	defer s.release(w)
	w.depth, w.encoding, w.lines, w.slack = v.depth, v.encoding, true, 0
	w.before(p, false)
	head := len(w.text)
	first, line := p, p // where the lines begin, and the last one that was read
	most := own.End
	for from := max(own.Start, start); ; {
		to := min(most, from+atATime)
		ended := true
		for p < len(text) {
			if p >= min(to, most)+v.reach {
				ended = false
				break
			}
			if class[text[p]]&base64Char == 0 {
				// What begins in another line must be noticed there too.
				if line > start && !in.notices(text[line:p]) {
					most = min(most, line)
				}
				n := wrap(text, p)
				if n == 0 || !in.seam(text, p, p+n) {
					break
				}
				p += n
				line = p
			}
			end, most := p+1, min(len(text), min(to, most)+v.reach)
			for end < most && class[text[end]]&base64Char != 0 {
				end++
			}
			w.text = append(w.text, text[p:end]...)
			for ; p < end; p++ {
				w.places = append(w.places, Span{p, p + 1})
			}
		}
		tail := len(w.text)
		if ended {
			if line > start && !in.notices(text[line:p]) {
				most = min(most, line)
			}
			w.after(p)
			most = min(most, p)
		}
		to = min(to, most)
		s.undone(w)
		index := func(at int) int {
			return sort.Search(tail, func(i int) bool { return w.where(i).Start >= at })
		}
		if a, b := max(head, index(from)), index(to); a < b {
			if in == inHex {
				s.digits(w, Span{a, b}, head, tail, yield)
			} else {
				if ended && w.where(head).Start == first {
					s.whole(w, Span{a, b}, head, tail, yield)
				}
				s.base64(w, Span{a, b}, head, tail, yield)
			}
		}
		if to >= most {
			looked.upTo = most
			return true
		}
		if ended {
			w.text = w.text[:tail]
		}
		w.drop(to - v.reach)
		head, from = 0, to
	}
}

// whole looks at all of the lines text[start:end] as a credential that is base64 and
// longer than a line.
func (s *Set) whole(v *view, own Span, start, end int, yield func(Match)) {
	if v.text[start] == '-' {
		start++ // of ">-", which YAML folds lines behind
	}
	if start < own.Start || end-start > longestRun {
		return
	}
	window := v.window(start)
	if end >= window.End && window.End < len(v.text) {
		return // where it ends is not to be known
	}
	for _, f := range s.bare[end-start] {
		if f.MinRun > 2*minEncoded && !f.Hex {
			s.recognize(v, f, window, start, yield)
		}
	}
}

// wrappedAt returns encoding with its part at the depth of v said to
// be wrapped, if the part of v that was read from several lines holds sp.
func (v *view) wrappedAt(encoding string, sp Span) string {
	if v.where(sp.End-1).Start-v.where(sp.Start).Start == sp.End-1-sp.Start {
		return encoding
	}
	parts := strings.Split(encoding, "/")
	n := 0
	if v.encoding != "" {
		n = 1 + strings.Count(v.encoding, "/")
	}
	parts[n] += "-wrapped"
	return strings.Join(parts, "/")
}
