package detectors

// Hexadecimal digits without anything between them are looked at like base64: by
// samples, and where these are text they are decoded.

// hexSample is the length of the samples of hexadecimal digits. The shortest credential
// has one in it wherever they fall.
const hexSample = 16

// digits looks for text in the run text[start:end] read as hexadecimal digits without
// anything between them.
func (s *Set) digits(v *view, own Span, start, end int, yield func(Match)) {
	const sample = hexSample
	const block = 2*minRun - sample - 2
	text := v.text
	lo := max(start, own.Start-block)
	hi := min(end, own.End+block+sample)
	done := [2]int{} // of either parity
	for i := lo; i+sample < hi; i += block {
		// Most of what is no such text shows that with two characters.
		if nibble[text[i+1]]|nibble[text[i+sample-1]] > 15 {
			continue
		}
		for p := i; p < i+2; p++ {
			if d := &done[p%2]; p >= *d && isHexText(text[p:p+sample]) {
				*d = s.decoded(v, own, contiguousHex, p, yield)
			}
		}
	}
}

// isHexText reports whether b is hexadecimal digits of text, as textual does of
// base64.
func isHexText(b []byte) bool {
	printable := 0
	for ; len(b) >= 2; b = b[2:] {
		hi, lo := nibble[b[0]], nibble[b[1]]
		if hi > 15 || lo > 15 || plausible[hi<<4|lo] == 0 {
			return false
		}
		if hi|lo != 0 {
			printable++
		}
	}
	return printable >= 2
}
