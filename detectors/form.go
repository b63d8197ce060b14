package detectors

import (
	"bytes"
	"slices"

	"github.com/leakflare/leakflare/detectors/secret"
)

// What has no prefix has a form all the same: it is drawn by lot rather than written, and
// a word of its own rather than a part of something longer.

// alone reports whether text[start:end] is the whole content, but for a line
// end. Text that begins or ends with the content does so within the reach.
func alone(text []byte, start, end int) bool {
	return start == 0 && len(bytes.TrimRight(text[end:], "\r\n")) == 0
}

// random tells how much b looks drawn by lot rather than written: by how many of
// small letters, capitals and digits it has, of which a random token lacks one
// in a thousand times. It is 0 for words strung together, text in base64, and
// what has only one of them.
func random(b []byte) int {
	var upper, lower, digit int
	words := 0 // pairs of small letters
	for i, c := range b {
		switch {
		case isUpper(c):
			upper = 1
		case isLower(c):
			lower = 1
			if i > 0 && isLower(b[i-1]) {
				words++
			}
		case isDigit(c):
			digit = 1
		}
	}
	// Of capitals, small letters and digits words is 6.4 on average, and in
	// identifiers above 25.
	n := upper + lower + digit
	if n < 2 || upper == 1 && words >= len(b)/2 || slug(b) || textual(b) {
		return 0
	}
	return n
}

// kinds returns how many of capitals, small letters and digits b has.
func kinds(b []byte) (n int) {
	for _, is := range []func(byte) bool{isUpper, isLower, isDigit} {
		if slices.ContainsFunc(b, is) {
			n++
		}
	}
	return n
}

// slug reports whether b is words and numbers between hyphens and underscores.
func slug(b []byte) bool {
	parts := 0
	for start, end := 0, 0; end <= len(b); end++ {
		if end < len(b) && b[end] != '-' && b[end] != '_' {
			continue
		}
		letters := bytes.TrimRight(b[start:end], "0123456789")
		for i, c := range letters {
			if i > 0 && !isLower(c) {
				return false
			}
		}
		if start < end {
			parts++
		}
		start = end + 1
	}
	return parts > 3
}

// standsAlone reports whether text[start:end] is a word of its own rather than
// a part of something longer: of a path, a domain name, base64 or a URL's host.
func standsAlone(text []byte, start, end int) bool {
	if start > 0 && joinsBehind[text[start-1]] {
		return emphasised(text, start, end)
	}
	if end < len(text) {
		switch text[end] {
		case '/', '+', '@', '(', '*', '$', ':':
			return false
		case '=':
			return emphasised(text, start, end)
		case '.':
			// The end of a sentence is one, the rest of a name is not.
			return end+1 >= len(text) || class[text[end+1]]&(tokenChar|base64Char) == 0
		}
	}
	return true
}

// joinsBehind are the characters that make one of what is before them and behind.
var joinsBehind = charsOf("/+@#~$*.")

// emphasised reports whether text[start:end] stands between as many of the same marks
// of Markdown, Org mode or Textile, up to three, and these apart from other text.
func emphasised(text []byte, start, end int) bool {
	if start == 0 || end == len(text) || bytes.IndexByte([]byte("=*~+@"), text[end]) < 0 {
		return false
	}
	n, mark := 0, text[end]
	for n < 3 && n < start && end+n < len(text) && text[start-1-n] == mark && text[end+n] == mark {
		n++
	}
	start, end = start-n, end+n
	return n > 0 && (start == 0 || bytes.IndexByte([]byte(" \t\n|(>"), text[start-1]) >= 0) &&
		(end == len(text) || text[end] != mark && class[text[end]]&base64Char == 0)
}

// judged completes a match whose context fits: a published example and a
// placeholder are rejected.
func judged(m Match, text, b []byte) Match {
	m.Secret = secret.New(b)
	key := all(b, hexChar)
	distinct := 18 // different characters of 64; random ones have 30 on average
	if key {
		distinct = 8 // of 16
	}
	switch {
	case examples()[m.Secret.Fingerprint()]:
		m.Rejected = published
	case isPlaceholder(b, distinct):
		m.Rejected = placeholder
	default:
		m.companions(text, m.Span.Start, key)
	}
	return m
}
