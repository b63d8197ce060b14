package detectors

import "bytes"

// A credential that ends in a checksum can be put together from parts: of a
// literal over several lines, of literals that a program concatenates, of text that
// a mail program, a terminal or an editor has broken or coloured. What stands
// between the parts hardly matters, since they are one only if the checksum closes.

const (
	// maxGaps is how many gaps a credential may have, and maxGap how long one may
	// be, in bytes.
	maxGaps = 16
	maxGap  = 80

	// longestPrefix is the length of the longest prefix there may be.
	longestPrefix = len("cf") + 6 + len("_")
)

// pair looks for a credential in parts that begins with the "cf" at text[at:], if
// that is in own.
func (s *Set) pair(v *view, own Span, at int, yield func(Match)) {
	if own.Start <= at && at < own.End && v.depth < maxDepth && broken(v.text[at+len("cf"):]) {
		s.joined(v, at, yield)
	}
}

// broken reports whether text, which follows on a "cf", can be the rest of a prefix,
// whole or in parts. Mostly it is that of a name without an underscore.
func broken(text []byte) bool {
	n := 0
	for n < len(text) && n < longestPrefix && isLower(text[n]) {
		n++
	}
	if n == len(text) {
		return false
	}
	switch c := text[n]; c {
	case '_', '"', '\'', '`', '\n', '\r', '\\', '<', '|', '%', '&', 0x1b:
		return true
	case '=':
		return n+1 < len(text) && ('3' <= text[n+1] && text[n+1] <= '7' || text[n+1] == '\n' || text[n+1] == '\r')
	default:
		return c >= 0x80
	}
}

// joined looks at the "cf" at text[at:] for a credential in parts.
func (s *Set) joined(v *view, at int, yield func(Match)) {
	text := v.text
	_, hi := v.bounds(at)
	hi = min(hi, len(text))
	var (
		token    [longestPrefix + bodyLen + checksumLen]byte
		places   [len(token)]Span
		n        int // characters of the token
		end      int // of the token, once the underscore is known
		gaps     int
		encoding = ""
	)
	for i := at; end == 0 || n < end; {
		if i >= hi {
			return
		}
		c, width, name := text[i], 1, ""
		if class[c]&tokenChar == 0 {
			if spelled, k, how := single(text[i:hi]); k > 0 {
				c, width, name = spelled, k, how
			}
		}
		switch {
		case end == 0 && c == '_' && n > len("cf"):
			end = n + 1 + bodyLen + checksumLen
		case end == 0 && isLower(c) && n < longestPrefix-1, end != 0 && class[c]&alnumChar != 0:
		default:
			k, how := gap(text[i:hi])
			if gaps++; k == 0 || gaps > maxGaps {
				return
			}
			encoding = nameOf(encoding, how)
			i += k
			continue
		}
		if name != "" {
			encoding = nameOf(encoding, name)
		}
		token[n], places[n] = c, Span{i, i + width}
		n, i = n+1, i+width
	}
	// The clone keeps the token off the heap where it is none.
	body := token[end-bodyLen-checksumLen : end]
	if v.depth > 0 && !printable(text[at:min(at+minRun, len(text))]) {
		return // whether this was decoded at all is a matter of chance
	}
	if encoding == "" || bytes.Contains(token[1:end-len(body)], []byte("cf")) || !shaped(body) || !closes(bytes.Clone(body)) {
		return // or one stands there in one piece, and is found as such
	}
	s.rebuilt(v, encoding, token[:end], places[:end], places[end-1].End, yield)
}

// printable reports whether b is text.
func printable(b []byte) bool {
	for _, c := range b {
		if plausible[c] == 0 {
			return false
		}
	}
	return true
}

// nameOf returns the encoding of what is encoded in both ways.
func nameOf(a, b string) string {
	if a == "" || a == b {
		return b
	}
	return "joined"
}

// rebuilt recognizes a credential, whose checksum closes, with its surroundings.
// The places of its characters are in v, and what stands behind it begins at after.
func (s *Set) rebuilt(v *view, encoding string, token []byte, places []Span, after int, yield func(Match)) {
	w := s.opened(v, encoding)
	defer s.release(w)
	w.slack = 0
	w.before(places[0].Start, false)
	at := len(w.text)
	w.text = append(w.text, token...)
	w.places = append(w.places, places...)
	w.after(after)
	s.undone(w)
	for _, f := range s.prefixed {
		if bytes.HasPrefix(token, []byte(f.Prefix)) {
			s.recognize(w, f, w.window(at), at, func(m Match) {
				if m.Rejected == "" {
					yield(m)
				}
			})
		}
	}
}

// single returns the letter, digit or underscore that is spelled by what text begins
// with, how long that is, and in which encoding it is; 0 if there is none.
func single(text []byte) (c byte, n int, encoding string) {
	nt := notationAt(text, 0)
	switch nt {
	case percent, hexEscape, unicodeEscape, octal, htmlEntity, quotedPrintable:
		c, n = nt.read(text, 0)
		if n > 0 && (c == '_' || class[c]&alnumChar != 0) {
			return c, n, nt.name
		}
	}
	return 0, 0, ""
}

// gap returns how long the gap is with which text begins, and what made it; 0 if
// that is none.
func gap(text []byte) (n int, encoding string) {
	for _, end := range []string{"=\n", "=\r\n"} {
		if bytes.HasPrefix(text, []byte(end)) {
			return len(end), quotedPrintable.name
		}
	}
	if n := nextDumped(text); n > 0 {
		return n, "hexdump"
	}
	for quotes := 0; n < len(text); {
		if n > maxGap {
			return 0, ""
		}
		rest := text[n:]
		if n > 0 && (rest[0] == '\\' || rest[0] == '%' || rest[0] == '&') {
			if _, k, _ := single(rest); k > 0 {
				return n, "joined"
			}
		}
		switch c := rest[0]; {
		case class[c]&alnumChar != 0:
			k := literal(rest)
			if quotes%2 == 0 || k == 0 {
				return n, "joined"
			}
			n += k
		case isQuote(c):
			quotes++
			n++
		case c == '_':
			if k := breaks(rest[1:]); k == 0 { // but for Visual Basic's, at the end of a line
				return n, "joined"
			}
			n++
		case c == 0x1b:
			n += control(rest)
		case quotes%2 == 1 && comment(rest) > 0: // between two literals
			n += comment(rest)
		case c == '\\':
			n += escape(rest)
		case c == '%':
			if _, k := readPercent(rest, 0); k > 0 {
				n += k
			} else {
				n++
			}
		case c == '&', c == '<':
			// An entity of a space or the like, or a tag.
			ends := byte(';')
			if c == '<' {
				ends = '>'
			}
			if k := bytes.IndexByte(rest[:min(len(rest), maxGap)], ends); k > 0 && !bytes.ContainsAny(rest[1:k], " \t\r\n<&") || k > 0 && c == '<' {
				n += k
			}
			n++
		default:
			n++
		}
	}
	return 0, ""
}

// isQuote reports whether c begins and ends literals in some language.
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// comment returns how long the comment is with which text begins, of C, a shell and
// languages like them; 0 if there is none.
func comment(text []byte) int {
	text = text[:min(len(text), maxGap)]
	end := ""
	switch {
	case bytes.HasPrefix(text, []byte("/*")):
		end = "*/"
	case bytes.HasPrefix(text, []byte("//")), bytes.HasPrefix(text, []byte("#")):
		end = "\n"
	default:
		return 0
	}
	if i := bytes.Index(text, []byte(end)); i >= 0 {
		return i + len(end)
	}
	return 0
}

// literal returns how many letters text begins with that tell of the literal behind
// them what it is, as in f"…".
func literal(text []byte) int {
	for n := 0; n < min(len(text), 3); n++ {
		switch c := text[n]; {
		case isQuote(c):
			return n
		case !isLower(c | 0x20):
			return 0
		}
	}
	return 0
}

// breaks returns how long the line break is with which text begins, 0 if there is
// none.
func breaks(text []byte) int {
	switch {
	case bytes.HasPrefix(text, []byte("\n")):
		return 1
	case bytes.HasPrefix(text, []byte("\r\n")):
		return 2
	}
	return 0
}

// control returns the length of the sequence for terminals with which text begins,
// as ECMA-48 defines them, behind an escape character of whatever length.
func control(text []byte) int {
	i := 1
	if i < len(text) && text[i] == '[' {
		for i++; i < len(text) && (isDigit(text[i]) || text[i] == ';'); i++ {
		}
		if i < len(text) && class[text[i]]&alnumChar != 0 {
			i++
		}
	}
	return i
}

// escape returns the length of the escape in a literal with which text begins: of a
// line break, a space or a character without width, and with the escape character
// of what follows it. It is 1 if there is none, or it is that of a letter or digit.
func escape(text []byte) int {
	n := 1
	for n < len(text) && n < 4 && text[n] == '\\' {
		n++
	}
	if n == len(text) {
		return n
	}
	switch nt := notationAt(text, 0); {
	case bytes.IndexByte([]byte("nrt"), text[n]) >= 0:
		return n + 1
	case text[n] == 'e':
		return n + control(text[n:])
	case nt != nil:
		c, k := nt.read(text, 0)
		switch {
		case k == 0, class[c]&alnumChar != 0:
		case c == 0x1b:
			return k - 1 + control(text[k-1:])
		default:
			return k
		}
	}
	return n
}
