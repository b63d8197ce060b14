package detectors

import "bytes"

// Secrets that are nothing but hexadecimal digits or base64 are told by an exact
// name, or by an address that only Cloudflare has, beside them. The names are
// compared with all punctuation and case left out: CF-Access-Client-Secret,
// CF_ACCESS_CLIENT_SECRET and cfAccessClientSecret are one.

// squeezed returns the letters and digits of text, in lower case.
func squeezed(text []byte) []byte {
	b := make([]byte, 0, len(text))
	for _, c := range text {
		if class[c]&alnumChar != 0 {
			if isUpper(c) {
				c |= 0x20
			}
			b = append(b, c)
		}
	}
	return b
}

// afterName is how much may stand between a name and its value, punctuation left
// out, in bytes: "value", "default", a type.
const afterName = 16

// isCalled reports whether one of names, squeezed, stands before the value at
// text[at:] so near that it is its name.
func isCalled(text []byte, at int, names ...string) bool {
	before := squeezed(text[max(0, at-nameDistance):at])
	for _, name := range names {
		if i := bytes.LastIndex(before, []byte(name)); i >= 0 && len(before)-i-len(name) <= afterName {
			return true
		}
	}
	return false
}

// mentions reports whether one of names, squeezed, stands anywhere in the window
// around text[at:].
func mentions(text []byte, at, before, after int, names ...string) bool {
	part := squeezed(text[max(0, at-before):min(len(text), at+after)])
	for _, name := range names {
		if bytes.Contains(part, []byte(name)) {
			return true
		}
	}
	return false
}

// hexRuns yields the runs of n lower-case hexadecimal digits that stand alone in
// the window around text[at:], the nearest first to either side.
func hexRuns(text []byte, at, before, after, n int, yield func(start int) bool) {
	lo, hi := max(0, at-before), min(len(text), at+after)
	var found []int
	for i := lo; i < hi; {
		if class[text[i]]&tokenChar == 0 {
			i++
			continue
		}
		end := i
		for end < len(text) && class[text[end]]&tokenChar != 0 {
			end++
		}
		start := i + escaped(text, i, end)
		if end-start == n && all(text[start:end], hexChar) {
			found = append(found, start)
		}
		i = end
	}
	for len(found) > 0 {
		best := 0
		for k, start := range found {
			if max(start-at, at-start) < max(found[best]-at, at-found[best]) {
				best = k
			}
		}
		if !yield(found[best]) {
			return
		}
		found = append(found[:best], found[best+1:]...)
	}
}

// isHexRun reports whether text[at:] begins with exactly n lower-case hexadecimal
// digits that stand alone.
func isHexRun(text []byte, at, n int) bool {
	end := at + n
	return end <= len(text) && all(text[at:end], hexChar) &&
		(end == len(text) || class[text[end]]&tokenChar == 0) && standsAlone(text, at, end)
}

// identifier returns the identifier to which the value at text[at:] is assigned,
// squeezed: "clientsecret" for client_secret = "…" and for "ClientSecret": "…".
func identifier(text []byte, at int) string {
	end := at
	for end > 0 && bytes.IndexByte([]byte(" \t\"'`:=>"), text[end-1]) >= 0 {
		end--
	}
	start := end
	for start > 0 && end-start < maxWord*2 && (class[text[start-1]]&tokenChar != 0 || text[start-1] == '.') {
		start--
	}
	return string(squeezed(text[start:end]))
}
