package detectors

import (
	"bytes"
	"slices"
	"strings"
)

// Secrets that are nothing but hexadecimal digits or base64 are told by an exact
// name, or by an address that only Cloudflare has, beside them. The names are
// compared with all punctuation and case left out: CF-Access-Client-Secret,
// CF_ACCESS_CLIENT_SECRET and cfAccessClientSecret are one.

// afterName is how much may stand between a name and its value, and longestName
// how long one is, punctuation left out, in bytes: "value", "default", a type.
const (
	afterName   = 24
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

// isCalled reports whether one of names, squeezed, is that of the value at text[at:],
// or of the block whose default or value that is: variable "name" { default = "…" }.
func isCalled(text []byte, at int, names ...string) bool {
	at = behindName(text, at)
	if isNamed(text, at, names...) {
		return true
	}
	i := at
	for i > max(0, at-maxWord) && class[text[i-1]]&alnumChar == 0 {
		i--
	}
	if i == 0 || text[i-1] != 't' && text[i-1] != 'e' { // the common case, told at once
		return false
	}
	if own := identifier(text, at); own != "default" && own != "value" {
		return false
	}
	before := text[max(0, at-nearBefore):at]
	brace := bytes.LastIndexByte(before, '{')
	if brace < 0 || bytes.IndexByte(before[brace:], '}') >= 0 {
		return false
	}
	head := before[bytes.LastIndexAny(before[:brace], "},;\n")+1 : brace]
	return isNamed(head, len(head), names...)
}

// isNamed reports whether one of names, squeezed, stands before text[at:] so near that
// it can be its name, and nothing between them is another.
func isNamed(text []byte, at int, names ...string) bool {
	longest := 0
	for _, name := range names {
		longest = max(longest, len(name))
	}
	var room [longestName + afterName]byte
	before := squeeze(text[max(0, at-nameDistance):at], room[:longest+afterName])
	for _, name := range names {
		// The common case is told soon.
		last := before[max(0, len(before)-len(name)-afterName):]
		if !bytes.Contains(last, []byte(name)) {
			continue
		}
		behind := len(last) - bytes.LastIndex(last, []byte(name)) - len(name)
		start, end := lettersBefore(text, at, behind+len(name)-1)-1, lettersBefore(text, at, behind)
		if isOneName(text[start:end]) && !renamed(text[end:at]) {
			return true
		}
	}
	return false
}

// lettersBefore returns where what stands before text[at:] has n letters and digits,
// and one more before those.
func lettersBefore(text []byte, at, n int) int {
	for ; at > 0; at-- {
		if class[text[at-1]]&alnumChar != 0 {
			if n == 0 {
				break
			}
			n--
		}
	}
	return at
}

// isOneName reports whether part, of which the letters are those of a name, is that:
// it does not go from the end of one value to the next name. The key of a block may
// be a part of it.
func isOneName(part []byte) bool {
	if bytes.ContainsAny(part, ",;=\x00") {
		return false
	}
	for {
		line, rest, more := bytes.Cut(part, []byte("\n"))
		if !more {
			return true
		}
		line = bytes.TrimRight(line, " \t\r")
		if len(line) > 0 && bytes.IndexByte([]byte(":{[]>"), line[len(line)-1]) < 0 {
			return false
		}
		part = rest
	}
}

// renamed reports whether between, which stands between a name and a value, holds
// another name, or makes that of something else: KEY_SHA256= of KEY.
func renamed(between []byte) bool {
	end := 0
	for end < len(between) && class[between[end]]&tokenChar != 0 {
		end++
	}
	if senses(between[:end])&(1<<other) != 0 {
		return true
	}
	rest := between[end:]
	lines := bytes.ContainsAny(rest, "\n\r\x00") || bytes.Contains(rest, []byte(`\n`)) || bytes.Contains(rest, []byte(`\r`))
	// What follows on a name that is assigned nothing itself may go on with it: "the
	// secret access key for backups: …".
	start, _ := unquoted(rest)
	phrase := !lines && (len(start) == 0 || bytes.IndexByte([]byte("=:,>"), start[0]) < 0)
	foreign, last := false, ident{}
	idents(rest, func(id ident) {
		// A value that stands on another line than its name has nothing more with it.
		known := 1<<filler | 1<<neutral | 1<<part
		if phrase && id.word {
			known |= 1 << unknown
		}
		foreign = foreign || (id.assigns || lines) && id.senses&^known != 0
		last = id
	})
	return foreign || last.assigns && !last.tag && !(phrase && last.word) && last.senses&^(1<<filler|1<<part) != 0
}

// An ident is an identifier between a name and a value.
type ident struct {
	assigns bool // something is assigned to it, or it is the name of an argument
	tag     bool // of XML
	word    bool // nothing but small letters
	senses  int  // of its words
}

// idents yields the identifiers in text, but for tags at the end of an element and
// what is called a type.
func idents(text []byte, yield func(ident)) {
	tokenRuns(text, 0, len(text), func(start, end int) {
		start += escaped(text, start, end)
		id := ident{senses: senses(text[start:end])}
		before := bytes.TrimRight(text[:start], " \t\"'\\:=")
		isType := len(before) < start && len(before) >= len("type") && bytes.EqualFold(before[len(before)-len("type"):], []byte("type"))
		if id.senses == 0 || isType || bytes.HasSuffix(text[:start], []byte("</")) || bytes.HasSuffix(text[:start], []byte(`<\/`)) {
			return
		}
		id.tag = start > 0 && text[start-1] == '<'
		id.word = !bytes.ContainsFunc(text[start:end], func(r rune) bool { return r < 'a' || r > 'z' })
		rest, quoted := unquoted(text[end:])
		id.assigns = len(rest) > 0 && bytes.IndexByte([]byte("=:>"), rest[0]) >= 0 && !bytes.HasPrefix(rest, []byte("::")) ||
			bytes.HasPrefix(rest, []byte("%3")) || quoted && bytes.HasPrefix(rest, []byte(",")) ||
			text[start] == '-' && end-start > len("-e")
		yield(id)
	})
}

// unquoted returns text without the quotes, brackets and blanks that it begins with,
// and whether there are quotes.
func unquoted(text []byte) (rest []byte, quoted bool) {
next:
	for {
		text = bytes.TrimLeft(text, " \t)]")
		for _, q := range []string{`"`, "'", "`", `\`, "%22", "%27", "&quot;", "&#34;", "&#39;", "u0022"} {
			if after, ok := bytes.CutPrefix(text, []byte(q)); ok {
				text, quoted = after, true
				continue next
			}
		}
		return text, quoted
	}
}

// senses returns the senses of the words in an identifier, as bits; 0 if it has
// neither letters nor digits.
func senses(identifier []byte) (bits int) {
	r := wordReader{text: identifier, at: len(identifier)}
	for w := r.next(); w != nil; w = r.next() {
		sense := lookUp(w).sense
		if string(w) == "str" || string(w) == "secrets" {
			sense = filler // let name: &str = "…", and of a header in Prometheus
		}
		if sense == unknown && len(w) > len("s") && w[len(w)-1] == 's' {
			sense = lookUp(w[:len(w)-1]).sense // values: [...]
		}
		bits |= 1 << sense
	}
	return bits
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
	eachHex(text, max(0, at-before), min(len(text), at+after), n, func(start int) { found = append(found, start) })
	distance := func(start int) int { return max(start-at, at-start) }
	slices.SortStableFunc(found, func(a, b int) int { return distance(a) - distance(b) })
	for _, start := range found {
		if !yield(start) {
			return
		}
	}
}

// eachHex yields where the runs of n lower-case hexadecimal digits that stand alone
// begin in text[lo:hi].
func eachHex(text []byte, lo, hi, n int, yield func(start int)) {
	tokenRuns(text, lo, hi, func(start, end int) {
		cut := start == lo && lo > 0 && class[text[lo-1]]&tokenChar != 0
		start += escaped(text, start, end)
		if end-start == n && !cut && all(text[start:end], hexChar) {
			yield(start)
		}
	})
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

// behindNames are the characters that may stand between a name and its value.
var behindNames = charsOf(" \t\"'`:=>")

// identifierBefore is identifier, as it is written.
func identifierBefore(text []byte, at int) []byte {
	end := at
	for end > 0 && behindNames[text[end-1]] {
		end--
	}
	start := end
	for start > 0 && end-start < maxWord*2 && (class[text[start-1]]&tokenChar != 0 || text[start-1] == '.') {
		start--
	}
	return text[start:end]
}

// longestPair is how much may stand between an id and the secret that belongs to it,
// in bytes: quotes, the name of the second, a tag or two.
const longestPair = 96

// idBeside returns where the id begins that the secret at text[at:end] makes a pair
// with, by standing beside it with no more between them than the name of the second:
// one that suffix follows, and that suits; -1 if there is none. Mostly the id comes
// first, and before one that another secret follows stands none of the same pair.
func idBeside(text []byte, at, end int, suffix string, suits func(start int) bool) int {
	id := -1
	eachID(text, max(0, at-longestPair-len(suffix)-accountIDLen), at, suffix, func(start int) {
		if suits(start) && isPairing(text[start+accountIDLen+len(suffix):at]) {
			id = start
		}
	})
	if id >= 0 {
		return id
	}
	eachID(text, end, min(len(text), end+longestPair), suffix, func(start int) {
		if id < 0 && suits(start) && isPairing(text[end:start]) {
			id = start
		}
	})
	if id < 0 {
		return id
	}
	from := id + accountIDLen + len(suffix)
	eachHex(text, from, min(len(text), from+longestPair), hexSecretLen, func(start int) {
		if isPairing(text[from:start]) {
			id = -1
		}
	})
	return id
}

// eachID yields where ids begin that suffix follows: 32 hexadecimal digits that stand
// alone.
func eachID(text []byte, lo, hi int, suffix string, yield func(start int)) {
	eachHex(text, lo, hi, accountIDLen, func(start int) {
		if bytes.HasPrefix(text[start+accountIDLen:], []byte(suffix)) {
			yield(start)
		}
	})
}

// isPairing reports whether between, which stands between an id and a secret, names
// no more than one of them.
func isPairing(between []byte) bool {
	if len(between) > longestPair {
		return false
	}
	names := 0
	idents(between, func(id ident) {
		if id.assigns && id.senses&^(1<<filler|1<<neutral|1<<part) != 0 {
			names++
		}
	})
	return names <= 1
}

// suit reports whether the identifiers of an id and of a secret begin alike:
// MINIO_ACCESS_KEY and MINIO_SECRET_KEY, "key" and "secret".
func suit(id, secret string) bool { return stem(id) == stem(secret) }

// stem returns what is left of an identifier, squeezed, without the words at its end
// by which an id differs from its secret, and those that stand for a value.
func stem(identifier string) string {
	for {
		short := identifier
		for _, w := range []string{"access", "client", "id", "key", "login", "pass", "password", "secret", "string", "token", "user", "username", "value"} {
			short = strings.TrimSuffix(short, w)
		}
		if short == identifier {
			return short
		}
		identifier = short
	}
}
