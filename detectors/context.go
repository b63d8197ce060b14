package detectors

import (
	"bytes"
	"slices"
	"strings"
)

// The formats from before 2026 have neither a prefix nor a checksum: what tells
// a credential from a hash or an id is how it is named and what stands around
// it. The names are those of the tools that use Cloudflare's API; they lie about
// the kind (an api_key often holds a token), so the kind is told by the value.

// A naming is what the text before a value calls it.
type naming int

const (
	unnamed naming = iota // no word that tells
	unclear               // something, by a word that does not tell
	foreign               // something else: an id, a hash, another vendor's credential
	generic               // a token, a key, a password
	header                // what an Authorization header bears
	authKey               // X-Auth-Key, which is Cloudflare's and a few others'
	ours                  // a credential of Cloudflare's
)

// Distances, in bytes.
const (
	nameDistance = 140 // how far before a value its name may begin
	lineBefore   = 200 // how much of a value's line before it
	lineAfter    = 160 // and behind it may name it
	nearBefore   = 300 // how far before a value Cloudflare's name counts: what a file
	nearAfter    = 160 // is about stands before its values rather than behind them
)

// nameWords is how many words before a value may belong to its name.
const nameWords = 12

// named tells how the value at text[at:] is called by what stands before it on
// its line; or on the line before, where the value stands alone or beside a
// word like "value". A parameter of a URL is called by its own name alone. A function
// that only makes another type of the value may stand between.
func named(text []byte, at int) naming {
	if from := parameter(text, at); from >= 0 {
		return max(namedFrom(text, from, at), foreign)
	}
	name := namedAt(text, at)
	if name >= generic && isObjectKey(text, at) {
		return foreign
	}
	if name == ours {
		return name
	}
	if outer := behindName(text, at); outer != at {
		return max(namedAt(text, outer), unnamed)
	}
	if lastMark(text, at) != ':' { // as it is mostly
		if commanded(text, at) {
			return ours
		}
		if column, ok := columned(text, at); ok && (name < foreign || column == ours) && column >= foreign {
			return column
		}
	}
	if name == unnamed || name == unclear {
		head := listHead(text, at)
		if head < 0 {
			head = arrayHead(text, at)
		}
		if head >= 0 {
			return max(namedAt(text, head), name)
		}
	}
	switch {
	case infixed(text, at):
		return ours
	case name == foreign && besideWorkersAI(text, at):
		return generic
	case name == foreign && besideProvider(text, at):
		return generic
	}
	return name
}

// lastMark returns what stands last before the value at text[at:], but for blanks and
// quotes; 0 if nothing does.
func lastMark(text []byte, at int) byte {
	for at > 0 && inCalls[text[at-1]] {
		at--
	}
	if at == 0 {
		return 0
	}
	return text[at-1]
}

// conversions are functions that make another type of a value, in small letters.
var conversions = []string{
	"string", "str", "secret", "secretstr", "secretstring", "sensitive", "nonsensitive", "some", "from", "of", "f", "ptr", "p",
	"to", "toptr", "pointer", "output", "new", "unsafe", "fromunsafe", "literal", "value", "redacted", "plaintext",
}

// inCalls are the characters that may stand between a call's parenthesis and its
// first argument.
var inCalls = charsOf(" \t\r\n\"'`")

// beforeConversion returns where the call of a conversion begins that the value at
// text[at:] is the first argument of, if something is assigned it; -1 if there is
// none.
func beforeConversion(text []byte, at int) int {
	const most = 48
	lo := max(0, at-most)
	i := at
	for i > lo && inCalls[text[i-1]] {
		i--
	}
	if i == lo || text[i-1] != '(' { // the common case, told at once
		return -1
	}
	end := i - 1
	for i = end; i > lo && (class[text[i-1]]&alnumChar != 0 || bytes.IndexByte([]byte("._:&"), text[i-1]) >= 0); i-- {
	}
	callee := bytes.TrimLeft(text[i:end], ":")
	i = end - len(callee)
	last := callee[bytes.LastIndexAny(callee, ".:&")+1:]
	var room [most]byte
	if !slices.Contains(conversions, string(fold(room[:0], last))) {
		return -1
	}
	before := bytes.TrimRight(text[lo:i], " \t")
	if n := len(before); n == 0 || bytes.IndexByte([]byte(":=>(,"), before[n-1]) < 0 {
		return -1
	}
	return i
}

// behindName returns what stands behind the name of the value at text[at:]: itself, the
// call of a conversion that it is in, its length in the protocol of Redis, or the id of
// the account that it is of.
//
// See https://redis.io/docs/latest/develop/reference/protocol-spec/.
func behindName(text []byte, at int) int {
	if outer := beforeConversion(text, at); outer >= 0 {
		return outer
	}
	switch {
	case at < len("$1\r\n"):
	case text[at-1] == '\n' && text[at-2] == '\r':
		before := text[max(0, at-longestName) : at-len("\r\n")]
		if rest, ok := bytes.CutSuffix(bytes.TrimRight(before, "0123456789"), []byte("\n$")); ok {
			return at - len("\r\n") - len(before) + len(rest)
		}
	case text[at-1] == ':':
		if id := at - accountIDLen - len(":"); id > 0 && class[text[id-1]]&tokenChar == 0 && all(text[id:at-1], hexChar) {
			return id
		}
	}
	return at
}

// listHead returns where the head ends of the list or block over several lines of which
// the value at text[at:] is an entry, if another entry like it stands before: -1 if
// there is none. Entries may have names of one word.
func listHead(text []byte, at int) int {
	i := lineStart(text, at)
	if !isEntry(text[i:at]) {
		return -1
	}
	indent := indented(text[i:])
	for n := 0; i > max(0, at-Reach); n++ {
		end := i - 1
		i = lineStart(text, end)
		line := bytes.TrimRight(text[i:end], " \t\r")
		to := len(line)
		for to > 0 && class[line[to-1]]&base64Char == 0 {
			to--
		}
		from := to
		for from > 0 && class[line[from-1]]&base64Char != 0 {
			from--
		}
		switch {
		case to-from >= minRun && isEntry(line[:from]):
		case n > 0 && opens(line) && indented(line) <= indent:
			return i + len(line)
		default:
			return -1 // or it is the first, of which the head is read as its name
		}
	}
	return -1
}

// arrayHead returns where the head ends of the array on one line of which the value at
// text[at:] is an element behind others like it: -1 if it is none.
func arrayHead(text []byte, at int) int {
	lo := max(0, at-Reach)
	for i, n := at, 0; ; n++ {
		for i > lo && bytes.IndexByte([]byte(" \"',"), text[i-1]) >= 0 {
			i--
		}
		if i > lo && text[i-1] == '[' && n > 0 {
			return i - 1
		}
		end := i
		for i > lo && class[text[i-1]]&base64Char != 0 {
			i--
		}
		if end == at || end-i < minRun {
			return -1
		}
	}
}

// isObjectKey reports whether the value at text[at:] is called nothing but a key and is
// that of a file or an object, in a list of these.
func isObjectKey(text []byte, at int) bool {
	if lastLetter(text, at) != 'y' || identifier(text, at) != "key" {
		return false
	}
	before := text[max(0, at-Reach):at]
	head := bytes.LastIndexByte(before, '[')
	if head < 0 || bytes.IndexByte(before[head:], ']') >= 0 {
		return false
	}
	of := identifier(before, head)
	return slices.ContainsFunc([]string{"files", "objects", "contents", "assets", "images", "uploads", "blobs"}, func(s string) bool { return strings.HasSuffix(of, s) })
}

// lineStart returns where the line begins that text[at:] is in.
func lineStart(text []byte, at int) int {
	return bytes.LastIndexByte(text[max(0, at-Reach):at], '\n') + 1 + max(0, at-Reach)
}

// line returns the line that begins at text[i:].
func line(text []byte, i int) []byte {
	rest := text[i:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return bytes.TrimRight(rest, "\r")
}

// indented returns by how many blanks line is.
func indented(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }

// isEntry reports whether before is all that stands before a value in an entry of a
// list or a block: a dash, a number, quotes, a name of one word.
func isEntry(before []byte) bool {
	before = bytes.Trim(before, " \t\"'`-*")
	if rest, ok := bytes.CutSuffix(before, []byte(":")); ok {
		return len(rest) > 0 && len(rest) < maxWord && all(bytes.Trim(rest, "\"'"), tokenChar)
	}
	return len(bytes.Trim(before, "0123456789.)")) == 0
}

// infixed reports whether the value at text[at:] has the name of a token or key of
// Cloudflare's with a word more: CF_API_TOKEN_BLOG, CF_BLOG_API_TOKEN.
func infixed(text []byte, at int) bool {
	written := identifierBefore(text, at)
	if len(written) == 0 || written[0]|0x20 != 'c' { // the common case, told at once
		return false
	}
	var room [2 * maxWord]byte
	name := string(squeeze(written, room[:]))
	rest, ok := strings.CutPrefix(name, "cloudflare")
	if !ok {
		if rest, ok = strings.CutPrefix(name, "cf"); !ok || near(text, at, nearBefore, nearAfter, othersCF...) {
			return false
		}
	}
	// What follows on its name tells of it.
	r := wordReader{text: text, at: at}
	if w := r.next(); w == nil || lookUp(w).sense == other {
		return false
	}
	for _, no := range []string{"id", "name", "url", "file", "path", "hint", "prefix", "endpoint", "uri", "arn", "type", "length"} {
		if strings.HasSuffix(rest, no) {
			return false
		}
	}
	for _, s := range []string{"apitoken", "apikey", "authkey", "authtoken"} {
		if strings.Contains(rest, s) {
			return true
		}
	}
	return false
}

// besideWorkersAI reports whether the value at text[at:] is the key of a client of
// OpenAI's API, and that is called at the address where Workers AI answers to it.
//
// See https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/.
func besideWorkersAI(text []byte, at int) bool {
	return lastLetter(text, at) == 'y' && isCalled(text, at, "apikey") && near(text, at, nearBefore, nearBefore, "api.cloudflare.com/client/v4/accounts/") &&
		near(text, at, nearBefore, nearBefore, "/ai/v1") && !near(text, at, nearBefore, nearBefore, "openai.com", "openrouter", "anthropic.com")
}

// besideProvider reports whether the value at text[at:] is a token, key or password
// and what another name with the same beginning has says that its provider is
// Cloudflare: ddns.home.service_name and ddns.home.password.
func besideProvider(text []byte, at int) bool {
	end := at
	for end > 0 && behindNames[text[end-1]] {
		end--
	}
	start := end
	for start > 0 && end-start < maxWord*3 && (class[text[start-1]]&tokenChar != 0 || text[start-1] == '.' || text[start-1] == '@' || text[start-1] == '[' || text[start-1] == ']') {
		start--
	}
	dot := bytes.LastIndexByte(text[start:end], '.')
	if dot < len("ddns") {
		return false
	}
	if s := lookUp(text[start+dot+1 : end]).sense; s != credential && s != weak {
		return false
	}
	prefix := text[start : start+dot+1]
	for part := text[max(0, start-nearBefore):min(len(text), at+nearBefore)]; ; {
		i := bytes.Index(part, prefix)
		if i < 0 {
			return false
		}
		part = part[i+len(prefix):]
		line, _, _ := bytes.Cut(part, []byte("\n"))
		if name, value, ok := bytes.Cut(line, []byte("=")); ok && len(name) < maxWord && bytes.HasPrefix(bytes.TrimLeft(value, " \"'"), []byte("cloudflare")) {
			return true
		}
	}
}

// namedAt is named by what stands right before text[at:]. Words are read from right
// to left: first the one that says what the value is, then those that say whose.
func namedAt(text []byte, at int) naming { return namedFrom(text, max(0, at-nameDistance), at) }

// namedFrom is namedAt by what stands in text[from:at].
func namedFrom(text []byte, from, at int) naming {
	r := wordReader{text: text, at: at, limit: from}
	var (
		name      = unnamed
		first     word   // the one that gave name
		capitals  bool   // first is written in capitals
		last      word   // the word to the right of this one
		joined    bool   // nothing but '_', '-', '.' and changes of case between first and this word
		strange   bool   // a word joined to first is none that belongs in a name
		narrow    bool   // any word is joined to first
		mentioned bool   // Cloudflare was, though not yet a credential
		onlyFills = true // no word but fillers has been read
		filled    bool   // and a filler has
	)
	// done judges a name of which no more is to be read.
	done := func() naming {
		if strange && name != authKey || name == generic && first.sense == weak && (narrow || capitals) {
			return foreign // HETZNER_TOKEN, ADMIN_PASSWORD
		}
		return name
	}
	for n := range nameWords {
		w := r.next()
		if w == nil || r.newline && !(onlyFills && (filled || opens(text[:r.end]))) {
			return done()
		}
		w = r.whole(w)
		this := lookUp(w)
		onlyFills = onlyFills && this.sense == filler
		filled = filled || this.sense == filler
		joined = joined && !r.gap
		narrow = narrow || joined
		switch s := this.sense; {
		case s == cloudflare && name != unnamed && len(w) == len("cf") && (strange || near(text, at, nearBefore, nearAfter, othersCF...)):
			return foreign // CF_STACK_TOKEN: somebody else's CF
		case s == ourCredential && near(text, at, nameDistance, 0, "cfid="):
			return foreign // the CFTOKEN of a session of ColdFusion
		case s == credential && mentioned && r.follows(vendor):
			return foreign // GITHUB_TOKEN_CF
		case s == ourCredential, s == cloudflare && name != unnamed, s == credential && mentioned:
			return ours
		case s == cloudflare:
			mentioned = true
		case name == unnamed && (s == credential || s == weak):
			name, first, joined = generic, this, true
			capitals = isUpper(w[0]) && isUpper(w[len(w)-1])
			if this.text == "bearer" || this.text == "authorization" {
				name = header
			}
		case name == unnamed && (s == other || s == vendor):
			return foreign
		case name == unnamed && s == unknown:
			if n == 0 && assigns(text[r.at+len(w):at]) {
				return unclear
			}
			return unnamed
		case name == unnamed:
		case r.gap && this.text == "kv" && first.text == "key":
			return foreign // wrangler kv key get …
		case joined && (s == vendor || s == other && last == first):
			return foreign // a sort key, a GitHub token
		case joined && r.dot && s == neutral: // what the name is a member of: self, config
		case joined && (s == unknown || s == other || s == neutral || s == weak):
			strange = true
		case !r.gap && this.text == "auth" && last.text == "key":
			name = authKey
		case s == credential && (this.text == "bearer" || this.text == "authorization"):
			name = header
		case s == vendor:
			return foreign
		case !joined && (s == unknown || s == other):
			return done()
		}
		last = this
	}
	return done()
}

// speaks tells what text, a part of a line, names: Cloudflare, a credential, or
// with ours both in one name.
func speaks(text []byte) (vendor, token, both bool) {
	vendor, token, both = speaksEnglish(text)
	for _, w := range foreignWords {
		token = token || bytes.Contains(text, []byte(w))
	}
	return vendor, token, both
}

// speaksEnglish is speaks without the words of other languages, for whom it is enough.
func speaksEnglish(text []byte) (vendor, token, both bool) {
	r := wordReader{text: text, at: len(text)}
	var last sense
	for w := r.next(); w != nil; w = r.next() {
		s := lookUp(w).sense
		switch s {
		case ourCredential:
			return true, true, true
		case cloudflare:
			// "cf" alone is many things.
			if len(w) > 2 || (last == credential || last == part) && !r.gap {
				vendor = true
			}
			both = both || last == credential && !r.gap
		case credential:
			token = token || lookUp(w).text != "auth" // AUTH_SECRET is one's own
		case part:
			if last == credential && !r.gap {
				s = credential // the words of one name
			}
		}
		last = s
	}
	return vendor, token, both
}

// said reports whether the line of text[start:end], or the one before, speaks
// of a credential of Cloudflare's. If a word that tells nothing stands for the
// value's name, only the line before counts, and only in a conversation.
func said(text []byte, start, end int, name naming) bool {
	if parameter(text, start) >= 0 || start > 0 && end < len(text) && text[start-1] == ';' && text[end] == ';' { // or of a source map
		return false
	}
	from, to := max(0, start-lineBefore), min(len(text), end+lineAfter)
	before, after := text[from:start], text[end:to]
	var above []byte
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before, above = before[i+1:], before[:i]
		blank := "\r\n"
		if len(before) > 0 && len(bytes.Trim(before, "> \t")) == 0 {
			blank = "\r\n> \t" // of a quoted mail
		}
		above = above[bytes.LastIndexByte(bytes.TrimRight(above, blank), '\n')+1:]
	}
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if hasSense(cellBefore(text, start), vendor) {
		return false
	}
	if own := identifier(text, start); name == unclear && (own == "notes" || own == "note") {
		name = unnamed // free text, of the entry of a vault that it is in
		before, after = before[bytes.LastIndexByte(before, '{')+1:], nil
	}
	v1, t1, _ := speaks(before)
	v2, t2, _ := speaks(after)
	if t2 {
		_, t2, _ = speaks(beforeNextKey(after))
	}
	if (v1 || v2) && (t1 || t2) && name == unnamed {
		return true
	}
	if name == unclear && introduces(before) {
		return true
	}
	if len(bytes.Trim(before, " \t\"'`>")) > 0 && settled(above) {
		return false // and the value has a name of its own, or is handed to something
	}
	v, t, _ := speaks(above)
	return v && t && (name == unnamed || timed(before))
}

// beforeNextKey returns what stands in after, behind a value, before the next key in
// quotes: that names a value of its own.
func beforeNextKey(after []byte) []byte {
	for _, quote := range []string{`"`, "'"} {
		if i := bytes.Index(after, []byte(quote+":")); i >= 0 {
			after = after[:max(0, bytes.LastIndex(after[:i], []byte(quote)))]
		}
	}
	return after
}

// settled reports whether line is a statement in a program that is whole, or gives what
// it names a value of its own, so that it does not speak of the next line.
func settled(line []byte) bool {
	line = bytes.TrimSpace(line)
	for _, comment := range []string{"#", "//", "/*", "*", "--", ";", "<!--", "%"} {
		if bytes.HasPrefix(line, []byte(comment)) {
			return false
		}
	}
	if bytes.HasSuffix(line, []byte(";")) && bytes.ContainsAny(line, "(={") {
		return true
	}
	name, value, assigns := bytes.Cut(line, []byte("="))
	_, _, both := speaks(name)
	return assigns && both && !opens(line) && len(bytes.Trim(value, " \"'`")) > 0
}

// parameter returns where the name begins of the parameter of a URL that the value at
// text[at:] is that of; -1 if it is none's.
func parameter(text []byte, at int) int {
	if at == 0 || text[at-1] != '=' {
		return -1
	}
	i := at - 1
	for i > 0 && class[text[i-1]]&tokenChar != 0 {
		i--
	}
	if i > 0 && (text[i-1] == '?' || text[i-1] == '&') || bytes.HasSuffix(text[:i], []byte("&amp;")) {
		return i
	}
	return -1
}

// inLink reports whether the value at text[at:] is the token in the URL of a page of
// Cloudflare's: that of an invitation or of an address to confirm, as in mails.
func inLink(text []byte, at int) bool {
	if from := parameter(text, at); from < 0 || string(text[from:at]) != "token=" {
		return false
	}
	var room [nearBefore]byte
	url := fold(room[:0], text[max(0, at-nearBefore):at])
	url = url[bytes.LastIndexAny(url, " \t\r\n\"'`<>(")+1:]
	_, rest, ok := bytes.Cut(url, []byte("://"))
	host := rest[:max(0, bytes.IndexAny(rest, "/?"))]
	return ok && string(host) != "api.cloudflare.com" && (string(host) == "cloudflare.com" || bytes.HasSuffix(host, []byte(".cloudflare.com")))
}

// introduces reports whether line, before a value, says in a phrase that a credential of
// Cloudflare's follows: "the Cloudflare API token for DNS: ".
func introduces(line []byte) bool {
	if !bytes.HasSuffix(line, []byte(": ")) {
		return false
	}
	var room [lineBefore]byte
	line = fold(room[:0], line)
	for _, s := range []string{"cloudflare api token ", "cloudflare token ", "cloudflare api key ", "cloudflare global api key ", "cloudflare key "} {
		if bytes.Contains(line, []byte(s)) {
			return true
		}
	}
	return false
}

// timed reports whether a time of day stands in line, as in logs of chats.
func timed(line []byte) bool {
	for i := 1; i+2 < len(line); i++ {
		if line[i] == ':' && isDigit(line[i-1]) && isDigit(line[i+1]) && isDigit(line[i+2]) {
			return true
		}
	}
	return false
}

// valued reports whether the value at text[start:end] is called "value" or the
// like and a name of a credential of Cloudflare's stands in the same block:
// before it, as in {"name": …, "value": …}, or behind it.
func valued(text []byte, start, end int) bool {
	r := wordReader{text: text, at: start, limit: max(0, start-nameDistance)}
	if w := r.next(); w == nil || lookUp(w).sense != filler {
		return false
	}
	_, _, before := speaks(text[max(0, start-nearBefore):start])
	if block := text[max(0, start-Reach):start]; !before && bytes.IndexByte(block, '}') < 0 {
		_, _, before = speaks(block) // behind a long description
	}
	_, _, after := speaks(text[end:min(len(text), end+lineAfter)])
	return before || after
}

// othersBlock reports whether the value at text[at:] stands in a block with
// another vendor's name at its head rather than Cloudflare's: "aws:".
func othersBlock(text []byte, at int) bool {
	r := wordReader{text: text, at: at, limit: max(0, at-nearBefore)}
	alone := false // the word to the right was another vendor's, and was not joined to what is right of it
	for w := r.next(); w != nil; w = r.next() {
		if alone && r.gap {
			return true
		}
		s := lookUp(w).sense
		if s == cloudflare && len(w) > 2 || s == ourCredential {
			return false
		}
		alone = s == vendor && r.gap
	}
	return alone
}

// assigns reports whether what stands between a name and a value makes the one
// the other's name.
func assigns(between []byte) bool {
	between = bytes.TrimLeft(between, "\"'`])")
	return len(between) > 0 && (between[0] == '=' || between[0] == ':')
}

// opens reports whether a line like this one leaves its value to the next.
func opens(line []byte) bool {
	line = bytes.TrimRight(line, " \t\r\"'`-+") // ">-" opens a block of YAML
	return len(line) > 0 && bytes.IndexByte([]byte(`:=([{>|,\`), line[len(line)-1]) >= 0
}
