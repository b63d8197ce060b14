package detectors

import (
	"bytes"
	"slices"
)

// Secrets that are nothing but hexadecimal digits or base64 are told by an exact
// name, or by an address that only Cloudflare has, beside them. The names are
// compared with all punctuation and case left out: CF-Access-Client-Secret,
// CF_ACCESS_CLIENT_SECRET and cfAccessClientSecret are one.

// afterName is how much may stand between a name and its value, and longestName
// how long one is, punctuation left out, in bytes: "value", "default", a type.
const (
	afterName   = 16
	longestName = 32
)

// squeeze writes the last letters and digits of text to the end of room, in lower
// case, and returns them.
func squeeze(text, room []byte) []byte {
	n := len(room)
	for i := len(text) - 1; i >= 0 && n > 0; i-- {
		c := text[i]
		if class[c]&alnumChar == 0 {
			continue
		}
		if isUpper(c) {
			c |= 0x20
		}
		n--
		room[n] = c
	}
	return room[n:]
}

// isCalled reports whether one of names, squeezed, stands before the value at
// text[at:] so near that it is its name.
func isCalled(text []byte, at int, names ...string) bool {
	longest := 0
	for _, name := range names {
		longest = max(longest, len(name))
	}
	var room [longestName + afterName]byte
	before := squeeze(text[max(0, at-nameDistance):at], room[:longest+afterName])
	for _, name := range names {
		if bytes.Contains(before[max(0, len(before)-len(name)-afterName):], []byte(name)) {
			return true
		}
	}
	return false
}

// lastLetter returns the letter or digit that stands last before text[at:], but
// for a few other characters, in lower case; 0 if there is none.
func lastLetter(text []byte, at int) byte {
	for i := at - 1; i >= max(0, at-6); i-- {
		if c := text[i]; class[c]&alnumChar != 0 {
			return c | 0x20
		}
	}
	return 0
}

// mentions reports whether one of names, squeezed, stands anywhere in the window
// around text[at:].
func mentions(text []byte, at, before, after int, names ...string) bool {
	var room [2 * Reach]byte
	part := squeeze(text[max(0, at-before):min(len(text), at+after)], room[:])
	for _, name := range names {
		if bytes.Contains(part, []byte(name)) {
			return true
		}
	}
	return false
}

// hexRuns yields the runs of n lower-case hexadecimal digits that stand alone in
// the window around text[at:], the nearest first.
func hexRuns(text []byte, at, before, after, n int, yield func(start int) bool) {
	var found []int
	tokenRuns(text, max(0, at-before), min(len(text), at+after), func(start, end int) {
		start += escaped(text, start, end)
		if end-start == n && all(text[start:end], hexChar) {
			found = append(found, start)
		}
	})
	distance := func(start int) int { return max(start-at, at-start) }
	slices.SortStableFunc(found, func(a, b int) int { return distance(a) - distance(b) })
	for _, start := range found {
		if !yield(start) {
			return
		}
	}
}

// tokenRuns yields where the runs of token characters begin and end that begin in
// text[lo:hi], or are cut off by lo.
func tokenRuns(text []byte, lo, hi int, yield func(start, end int)) {
	for i := lo; i < hi; i++ {
		start := i
		for i < len(text) && class[text[i]]&tokenChar != 0 {
			i++
		}
		if i > start {
			yield(start, i)
		}
	}
}

// identifier returns the identifier to which the value at text[at:] is assigned,
// squeezed: "clientsecret" for client_secret = "…" and for "ClientSecret": "…".
func identifier(text []byte, at int) string {
	name := identifierBefore(text, at)
	var room [2 * maxWord]byte
	return string(squeeze(name, room[:]))
}

// identifierBefore is identifier, as it is written.
func identifierBefore(text []byte, at int) []byte {
	end := at
	for end > 0 && bytes.IndexByte([]byte(" \t\"'`:=>"), text[end-1]) >= 0 {
		end--
	}
	start := end
	for start > 0 && end-start < maxWord*2 && (class[text[start-1]]&tokenChar != 0 || text[start-1] == '.') {
		start--
	}
	return text[start:end]
}
