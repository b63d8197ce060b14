package detectors

import "bytes"

// A dump may show bytes once: as hexadecimal or octal digits, in words of two, or as
// characters far apart, behind an address on each line. That is regular but for the
// addresses, so that of any few lanes in such lines one is, wherever they begin.

// longestDumped is the length of the longest line of a dump, in bytes.
const longestDumped = 128

// A dumpForm is a way to show bytes in lines.
type dumpForm struct {
	digits int // hexadecimal ones of a cell, 0 if that is a character or an octal number
}

// dumpForms are what od and hexdump write without a column of text, on little-endian
// machines.
//
//	0000020 63 66 75 74 5f 61 62 63
//	0000020 6663 7475 615f 6362
//	0000020   c   f   u   t   _   a   b   c
//	0000020 143 146 165 164 137 141 142 143
var dumpForms = [...]dumpForm{{digits: 2}, {digits: 4}, {}}

// inDumps are the characters of a dump of digits.
var inDumps = charsOf(" \r\n0123456789abcdefABCDEF")

// mayDump tells at a glance whether text, that of a regular lane, may be of a dump.
func mayDump(text []byte) bool {
	if a, b, c := text[0] == ' ', text[1] == ' ', text[2] == ' '; a && b || b && c || a && c {
		return bytes.Count(text[:2*dumpedChar], []byte(" ")) >= dumpedChar // or words far apart
	}
	for _, c := range text[:dumpedChar] {
		if !inDumps[c] {
			return false
		}
	}
	return true
}

// dump looks at the dump around the regular lane text[at:], and returns where it ends;
// 0 if there is none worth a look.
func (s *Set) dump(v *view, own Span, at int, yield func(Match)) (end int) {
	if v.depth >= maxDepth || at+lane > len(v.text) {
		return 0
	}
	line := lineAt(v.text, at)
	for _, d := range dumpForms {
		if d.line(v.text, line, nil) > at {
			end = max(end, s.dumped(v, own, d, line, yield))
		}
	}
	return end
}

// lineAt returns where the line of a dump begins that text[at] is in, if it is in one.
func lineAt(text []byte, at int) int {
	floor := max(0, at-longestDumped)
	return floor + bytes.LastIndexByte(text[floor:at], '\n') + 1
}

// line returns where the line ends that text[i:] begins with, 0 if it is none of the
// dump. It puts into w, if there is one, what the line shows.
func (d dumpForm) line(text []byte, i int, w *view) int {
	text = text[:min(len(text), i+longestDumped)]
	_, n := number(text, i, 4, maxAddress, 16)
	if i += n; n == 0 {
		return 0
	}
	for cells := 0; cells <= maxDumped; cells++ {
		rest := bytes.TrimLeft(text[i:], " ")
		end := len(text) - len(rest)
		if n := breaks(rest); cells > 0 && (n > 0 || len(rest) == 0) {
			return end + n
		}
		shown, n := d.cell(text[i:])
		if n == 0 {
			return 0
		}
		if w != nil {
			for _, c := range shown[:max(1, d.digits/2)] {
				w.text, w.places = append(w.text, c), append(w.places, Span{min(end, i+n-1), i + n})
			}
		}
		i += n
	}
	return 0
}

// cell returns the bytes that the cell shows which text begins with, with what is before
// it, and how long it is; 0 if there is none.
func (d dumpForm) cell(text []byte) (shown [2]byte, n int) {
	if d.digits == 0 {
		c, ok := character(text)
		if !ok {
			return shown, 0
		}
		return [2]byte{c}, dumpedChar
	}
	spaces := 0
	for spaces < len(text) && text[spaces] == ' ' {
		spaces++
	}
	x, n := number(text, spaces, d.digits, d.digits, 16)
	n += spaces
	if n == spaces || spaces == 0 || n < len(text) && class[text[n]]&alnumChar != 0 {
		return shown, 0
	}
	return [2]byte{byte(x), byte(x >> 8)}, n
}

// dumpedChar is the length of a cell that shows a character or an octal number.
const dumpedChar = len("   c")

// character returns what such a cell shows.
func character(text []byte) (c byte, ok bool) {
	if len(text) < dumpedChar || text[0] != ' ' {
		return 0, false
	}
	cell, last := text[1:dumpedChar], text[dumpedChar-1]
	switch {
	case cell[0] == ' ' && cell[1] == ' ':
		return last, ' ' <= last && last <= '~'
	case cell[0] == ' ' && cell[1] == '\\':
		if last == '0' {
			return 0, true
		}
		i := bytes.IndexByte([]byte("abtnvfr"), last)
		return byte('\a' + i), i >= 0
	}
	x, n := number(cell, 0, len(cell), len(cell), 8)
	return byte(x), n > 0 && x <= 0xff
}

// dumped looks at the dump of which a line begins at text[p:], and returns where it ends.
func (s *Set) dumped(v *view, own Span, d dumpForm, p int, yield func(Match)) int {
	text := v.text
	for floor := max(0, own.Start-v.reach); p > floor; { // back to the first line within reach
		before := lineAt(text, p-1)
		if before < floor || d.line(text, before, nil) != p {
			break
		}
		p = before
	}
	for from := max(own.Start, p); ; {
		to := min(own.End, from+atATime)
		w := s.opened(v, "hexdump")
		w.slack = longestDumped
		w.before(p, false)
		end := p
		for end < len(text) && end < to+v.reach {
			n := d.line(text, end, w)
			if n == 0 {
				break
			}
			if end = n; end <= to-v.reach {
				p = end // for what is behind this part
			}
		}
		part := Span{w.decoded.head, len(w.text)}
		ended := end < to+v.reach
		if ended {
			w.after(end)
		}
		s.undone(w)
		s.noticed(w, part, Span{from, to}, end, yield)
		s.release(w)
		if ended || to >= own.End {
			return end
		}
		from = to
	}
}

// noticed scans those parts of w that are in part, were read from own, and stand before
// a regular lane of a dump that ends at end, wherever lanes begin.
func (s *Set) noticed(w *view, part, own Span, end int, yield func(Match)) {
	const none = -1
	var (
		text  = w.outer.text
		bits  uint64 // the classes of the bytes from at on
		lanes seen
		last  = none // the last character of an interval that is scanned
		at    = min(len(text), end+lane, own.End+leadIn+2*lane)
		first = at - lane // the last lane that is whole
	)
	scan := func(first int) {
		if last != none {
			s.scan(w, Span{first, last + 1}, yield)
		}
		last = none
	}
	for i := part.End - 1; i >= part.Start; i-- {
		start := w.where(i).Start
		for at > start && at > 0 {
			at--
			bits = bits<<1&(1<<lane-1) | uint64(class[text[at]]&base64Char/base64Char)
			if at > first || at >= end || !mayDump(text[at:]) {
				continue
			}
			if regular, _ := regularLanes(bits, fours(bits)); regular != 0 {
				lanes.see(at)
			}
		}
		if lanes.behind(start, leadIn) && own.Start <= start && start < own.End {
			if last == none {
				last = i
			}
		} else {
			scan(i + 1)
		}
	}
	scan(part.Start)
}
