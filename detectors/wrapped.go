package detectors

import (
	"bytes"
	"sort"
	"strings"
)

// Base64 is often broken into lines, of 64 characters in PEM (RFC 7468), of 76 in
// mail (RFC 2045). A line that is base64 of text by its beginning or its end is
// joined to its neighbours.

// maxWrap is how much may stand between two lines, in bytes: indentation, quotes.
const maxWrap = 64

// wrap returns how long the line break is at text[i:] that base64 goes on behind,
// with what stands at the ends and beginnings of lines; 0 if there is none. It may be
// the escape of one, in a literal.
func wrap(text []byte, i int) int {
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
	if j == len(text) || class[text[j]]&base64Char == 0 {
		return 0
	}
	return j - i
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

// seam reports whether text[:end] ends or text[next:] begins with base64 of text.
func seam(text []byte, end, next int) bool {
	for phase := range 4 {
		if isSample(text, end-phase-sample) || isSample(text, next+phase) {
			return true
		}
	}
	return false
}

// isSample reports whether there is a sample of base64 at text[i:], of text.
func isSample(text []byte, i int) bool {
	return i >= 0 && i+sample <= len(text) && begins[text[i]]&follows[text[i+1]] != 0 &&
		textual(text[i:i+sample]) && all(text[i:i+sample], base64Char)
}

// wrapped looks for text in the lines of base64 of which text[start:end] is one, and
// reports whether it has.
func (s *Set) wrapped(v *view, own Span, start, end int, yield func(Match)) bool {
	text := v.text
	if start < v.unwrapped {
		return true
	}
	if start > 0 && text[start-1] == '\\' && text[start] == 'n' {
		start++
	}
	after := wrap(text, end)
	if after == 0 || !seam(text, end, end+after) {
		looked := start == v.next // at what is before it
		v.next = end + after
		if looked {
			return false
		}
		if before := wrapBefore(text, start); before == 0 || !seam(text, start-before, start) {
			return false
		}
	}
	// Back to the first line within reach.
	floor := max(0, max(start, own.Start)-v.reach)
	p := max(start, floor)
	for p == start || p > floor {
		n := wrapBefore(text, p)
		if n == 0 || p-n <= floor || !seam(text, p-n, p) {
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
	w.plain(Span{max(0, p-v.reach), p})
	head := len(w.text)
	line := p // where the line begins
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
				// Another short line may be the last, or nothing that is noticed.
				if p-line < minEncoded && line > start {
					most = min(most, line)
				}
				n := wrap(text, p)
				if n == 0 || !seam(text, p, p+n) {
					break
				}
				p += n
				line = p
			}
			w.text = append(w.text, text[p])
			w.places = append(w.places, Span{p, p + 1})
			p++
		}
		tail := len(w.text)
		if ended {
			if p-line < minEncoded && line > start {
				most = min(most, line)
			}
			w.plain(Span{p, min(len(text), p+v.reach)})
			most = min(most, p)
		}
		to = min(to, most)
		s.undone(w)
		index := func(at int) int {
			return sort.Search(tail, func(i int) bool { return w.places[i].Start >= at })
		}
		if a, b := max(head, index(from)), index(to); a < b {
			s.base64(w, Span{a, b}, head, tail, yield)
		}
		if to >= most {
			v.unwrapped = most
			return true
		}
		if ended {
			w.text, w.places = w.text[:tail], w.places[:tail]
		}
		k := index(to - v.reach)
		w.text = append(w.text[:0], w.text[k:]...)
		w.places = append(w.places[:0], w.places[k:]...)
		head, from = max(0, head-k), to
	}
}

// wrappedAt returns encoding with its part at the depth of v, which is base64, said to
// be wrapped, if the part of v that was read from several lines holds sp.
func (v *view) wrappedAt(encoding string, sp Span) string {
	if v.places[sp.End-1].Start-v.places[sp.Start].Start == sp.End-1-sp.Start {
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
