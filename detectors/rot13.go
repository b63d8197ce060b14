package detectors

import "bytes"

// A credential that ends in a checksum is known with its letters moved by thirteen too,
// where a run begins.

// rotated looks for a credential with which the run text[start:end] begins, in ROT13: it
// begins with "ps".
func (s *Set) rotated(v *view, own Span, start, end int, yield func(Match)) {
	const most = bodyLen + checksumLen
	text := v.text
	if start < own.Start || start >= own.End {
		return
	}
	n := bytes.IndexByte(text[start:min(end, start+longestPrefix)], '_') + 1 + most
	if n <= most || start+n > end {
		return
	}
	var token [longestPrefix + most]byte
	var places [len(token)]Span
	for i := range n {
		token[i], places[i] = rot13(text[start+i]), Span{start + i, start + i + 1}
	}
	if body := token[n-most : n]; shaped(body) && closes(bytes.Clone(body)) {
		s.rebuilt(v, "rot13", token[:n], places[:n], start+n, yield)
	}
}

// rot13 returns c, if it is a letter, moved by half of the alphabet.
func rot13(c byte) byte {
	switch {
	case !isLetter(c):
		return c
	case (c-'A')&0x1f < 13:
		return c + 13
	}
	return c - 13
}
