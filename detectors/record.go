package detectors

import "bytes"

// In the files of databases, and in what programs write of their objects, a value has
// neither quotes nor a line of its own: how long it is says a header, or the byte before
// it, and what follows may be of the same characters.

const (
	// recordHeader is how far before the first text of a record a byte of its header
	// stands that is no text, in bytes.
	recordHeader = 8

	// longestEntry is how far before a value in a record one stands that is no text: the
	// length or the type of its name, in bytes.
	longestEntry = 40
)

// counts are the bytes that may stand before a value of which a record says how long it
// is: the lengths of those that counted looks for, and the last byte of a word.
var counts = charsOf(string([]byte{usualKeyLen, legacyTokenLen, hexSecretLen, 0}))

// isRecord reports whether a byte that is no text stands before text[start:], no more
// than most bytes before it.
func isRecord(text []byte, start, most int) bool {
	return !all(text[max(0, start-most):start], textChar)
}

// counted looks at the run text[start:end] for a value of which the byte before it says
// that it is shorter than the run, or looks like an escape: a pickle of Python, Java's
// and many other formats put a letter for the type of the next right behind it.
func (s *Set) counted(v *view, own Span, start, end int, yield func(Match)) {
	text := v.text
	n := int(text[start-1])
	if n == 0 && start >= 4 && text[start-2]|text[start-3] == 0 {
		n = int(text[start-4]) // of a word of 32 bits, which is its lowest
	}
	if n != usualKeyLen && n != legacyTokenLen && n != hexSecretLen || end-start < n || end-start == n && text[start-1] != '%' || !isRecord(text, start, longestEntry) {
		return
	}
	w := v.window(start)
	w.End = min(w.End, start+n)
	s.shapeIn(v, own, start, start+n, w, yield)
}

// column looks at the run text[start:end], which begins in a record of a database,
// for a name and then its value: SQLite and others put nothing between two columns.
// Before the name may be the last bytes of the record's header, and behind the value
// is the next column, as a date, or a byte or two of the next header.
//
// See https://www.sqlite.org/fileformat2.html#record_format.
func (s *Set) column(v *view, own Span, start, end int, yield func(Match)) {
	text := v.text
	for i := start; i+minRun < end && i < start+longestName; i++ {
		for _, name := range []string{"token", "key", "secret"} {
			from := i + len(name)
			if from < own.Start || from >= min(end, own.End) || !bytes.EqualFold(text[i:from], []byte(name)) {
				continue
			}
			for _, n := range []int{usualKeyLen, legacyTokenLen, hexSecretLen} {
				if to := from + n; to <= end && (end-to <= 2 || isDate(text[to:end])) {
					w := v.window(from)
					w.End = min(w.End, to)
					for _, first := range []string{"cloudflare", "cf"} {
						if k := bytes.Index(text[start:i], []byte(first)); k > 0 && k < recordHeader {
							w.Start = max(w.Start, start+k)
							break
						}
					}
					s.shapeIn(v, own, from, to, w, yield)
				}
			}
		}
	}
}

// isDate reports whether b has the form of a date, as 2026-01-02.
func isDate(b []byte) bool {
	return len(b) == len("2026-01-02") && isDigit(b[0]) && b[4] == '-' && b[7] == '-' && isDigit(b[9])
}
