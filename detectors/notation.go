package detectors

import "bytes"

// The ways in which characters are written by their numbers: escapes in URLs, in
// literals of programs, in HTML and in mail, hexadecimal digits, and words of 32 bits.

const (
	// longestUnit is the length of the longest character that is spelled, with
	// what may stand between it and the next, in bytes.
	longestUnit = maxGlue + 12

	// maxGlue is how much may stand between two characters, in bytes.
	maxGlue = 16
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
	decimal         = &notation{"decimal", readDecimal}
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
	case nibble[c] < 16:
		return separatedHex
	}
	return nil
}

// nibble maps a hexadecimal digit to its value, others to 0xff.
var nibble = func() (t [256]uint8) {
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
	for n < most && i+n < len(text) && int(nibble[text[i+n]]) < base {
		x = x*base + int(nibble[text[i+n]])
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

// readEntity reads &#99; and &#x63; of HTML and XML, and the names that HTML has for '_',
// the only character of credentials that has one.
func readEntity(text []byte, i int) (c byte, n int) {
	if i+2 >= len(text) || text[i] != '&' {
		return 0, 0
	}
	if text[i+1] != '#' {
		for _, name := range []string{"&lowbar;", "&UnderBar;"} {
			if bytes.HasPrefix(text[i:], []byte(name)) {
				return '_', len(name)
			}
		}
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
	if k := glue(text, j, &betweenDigits); k > 0 && k <= maxGlue && j+k < len(text) && nibble[text[j+k]] < 16 {
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
