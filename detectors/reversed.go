package detectors

import "bytes"

// A credential that ends in a checksum can be known from right to left too, as a
// program or a puzzle has it, since only the checksum tells.

// reversed looks for credentials that stand from right to left in the run
// text[start:end].
func (s *Set) reversed(v *view, own Span, start, end int, yield func(Match)) {
	const most = bodyLen + checksumLen
	text := v.text
	from, to := max(start, own.Start)+most, min(end, own.End+most)
	for ; from < to; from++ {
		i := bytes.IndexByte(text[from:to], '_')
		if i < 0 {
			return
		}
		from += i
		first, last := from-most, from+1
		for last < end && isLower(text[last]) && last-from < longestPrefix {
			last++
		}
		// The prefix begins with the last "fc" of those letters.
		j := bytes.LastIndex(text[from+1:last], []byte("fc"))
		if j < 1 || first > 0 && class[text[first-1]]&alnumChar != 0 || !all(text[first:first+checksumLen], hexChar) {
			continue
		}
		last = from + 1 + j + len("fc")
		var token [longestPrefix + most]byte
		var places [len(token)]Span
		n := last - first
		for i := range n {
			// Places go from left to right, so that the match has one.
			token[i], places[i] = text[last-1-i], Span{first + i, first + i + 1}
		}
		if body := token[n-most : n]; shaped(body) && closes(bytes.Clone(body)) {
			for last < len(text) && class[text[last]]&alnumChar != 0 {
				last++ // this is no end, but the beginning
			}
			s.rebuilt(v, "reversed", token[:n], places[:n], last, yield)
		}
	}
}
