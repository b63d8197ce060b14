package detectors

import "bytes"

// Programs and JSON have bytes as lists of decimal numbers: [99, 102], as calls of what
// makes characters of them: chr(99).chr(102). The numbers are of different lengths, so
// that such text is not regular, but it shows in which of its bytes are of the class
// base64Char: there are neither four of these in a row nor three others, but where lines
// are indented.

const (
	// longestListed is the length of the longest character in a list that is
	// noticed, with what separates it from the next.
	longestListed = 12

	// longestConstructor is how much of what is before a list may be the name of
	// what is made of it.
	longestConstructor = 48
)

// What may stand between two numbers is betweenDigits, and between two calls this.
var betweenCalls = charsOf(" \t\r\n.,+&|_")

// inLists are the characters of lists that are noticed.
var inLists = charsOf("0123456789 \t\r\n\"',:;\\()chrCHR.+&|_")

// mayList tells at a glance whether text, that of a lane which looks like numbers, may be
// a list of them.
func mayList(text []byte) bool {
	return inLists[text[0]] && inLists[text[1]] && inLists[text[2]] && inLists[text[3]] && inLists[text[11]]
}

// listed looks at the list of numbers around the lane text[at:], which looks like one,
// and returns where it ends; 0 if there is none worth a look.
func (s *Set) listed(v *view, own Span, at int, yield func(Match)) int {
	if v.depth >= maxDepth || at+lane > len(v.text) {
		return 0
	}
next:
	for i := at; i < at+longestListed; i++ {
		last := byte(' ')
		for p := i; p < at+lane-longestListed; {
			c, n := readDecimal(v.text, p)
			switch {
			case n == 0:
				continue next
			case plausible[c] == 0, c == 0 && last == 0:
				return 0
			}
			last = c
			p += n
		}
		return s.decoded(v, own, decimal, i, yield)
	}
	return 0
}

// A listing knows, of the lanes in a list that are seen, which are the nearest.
type listing struct {
	seen
	end        int // of what looks like a list to any lane
	of, others int // how many there are in a row of the class, and how many others
}

// precede goes on to the character i of w, which stands at sp, from the one behind it.
func (l *listing) precede(w *view, i int, sp Span) {
	if w.text[i] == 0 && i+1 < len(w.text) && w.text[i+1] == 0 {
		l.end = sp.Start
	}
	for at := sp.End - 1; at >= sp.Start; at-- {
		if class[w.outer.text[at]]&base64Char != 0 {
			l.of, l.others = l.of+1, 0
		} else {
			l.of, l.others = 0, l.others+1
		}
		switch {
		case l.of > 3:
			l.end = min(l.end, at+3)
		case l.others > 2: // where lines are indented
			l.end = min(l.end, at+2)
		}
		if at+lane <= l.end {
			l.see(at)
		}
	}
}

// readDecimal reads a decimal number that stands alone, or as the argument of a call.
func readDecimal(text []byte, i int) (c byte, n int) {
	if i > 0 && (class[text[i-1]]&alnumChar != 0 || text[i-1] == '.' && i > 1 && isDigit(text[i-2])) {
		return 0, 0
	}
	j, between := i, &betweenDigits
	for j < len(text) && j-i < len("chr") && text[j]|0x20 == "chr"[j-i] {
		j++
	}
	call := j > i
	if call {
		if between = &betweenCalls; j-i < len("chr") || j == len(text) || text[j] != '(' {
			return 0, 0
		}
		j++
	}
	x, digits := number(text, j, 1, 3, 10)
	if digits == 0 || x > 0xff {
		return 0, 0
	}
	if j += digits; call {
		if j == len(text) || text[j] != ')' {
			return 0, 0
		}
		j++
	}
	if k := glue(text, j, between); k > 0 && k <= maxGlue && j+k < len(text) && (call && text[j+k]|0x20 == 'c' || !call && isDigit(text[j+k])) {
		j += k
	} else if j < len(text) && class[text[j]]&alnumChar != 0 || !call && j+1 < len(text) && text[j] == '.' && isDigit(text[j+1]) {
		return 0, 0
	}
	return byte(x), j - i
}

// constructors are what lists are arguments of.
var constructors = [][]byte{
	[]byte("bytes"), []byte("bytearray"), []byte("byte"), []byte("char"), []byte("int"), []byte("uint8"), []byte("u8"),
	[]byte("Buffer.from"), []byte("Uint8Array"), []byte("Uint8Array.from"), []byte("Uint8Array.of"), []byte("String.fromCharCode"),
	[]byte("Array"), []byte("Array.of"), []byte("array"), []byte("List.of"), []byte("vec!"), []byte("pack"), []byte("CHAR"),
}

// beforeList returns where what the list at text[at:] is an argument of begins: it is
// no part of what names the value.
func beforeList(text []byte, at int) int {
	const buffer = `{"type":"Buffer","data":[` // how Node.js writes one in JSON
	if bytes.HasSuffix(text[:at], []byte(buffer)) {
		return at - len(buffer)
	}
	for floor := max(0, at-longestConstructor); ; {
		i := at
		for i > floor && bytes.IndexByte([]byte(" \t\r\n[](){}"), text[i-1]) >= 0 {
			i--
		}
		end := i
		for i > floor && (class[text[i-1]]&alnumChar != 0 || text[i-1] == '.' || text[i-1] == '!') {
			i--
		}
		if end == at || !isConstructor(text[i:end]) {
			return at
		}
		if at = i; bytes.HasSuffix(text[:at], []byte("new ")) {
			at -= len("new ")
		}
	}
}

// isConstructor reports whether name is one of constructors.
func isConstructor(name []byte) bool {
	for _, c := range constructors {
		if bytes.Equal(name, c) {
			return true
		}
	}
	return false
}
