package detectors

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// The formats from before 2026 have neither a prefix nor a checksum: what tells
// a credential from a hash or an id is how it is named and what stands around
// it. Names are read as people write them: split into words at case changes,
// punctuation and underscores, and compared in lower case, so that
// CLOUDFLARE_API_TOKEN, cloudflareApiToken and "Cloudflare API token" are one.
// The names are those of the tools that use Cloudflare's API; they lie about
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

// A sense is what a word means in a name.
type sense int

const (
	unknown       sense = iota
	credential          // a token or a key
	weak                // a secret or a password: a credential if nothing narrows it
	cloudflare          // names Cloudflare
	ourCredential       // both in one word
	filler              // stands for the value itself; its name is elsewhere
	part                // may be part of a name and does not change what it names
	neutral             // may stand beside a name
	other               // says that a value is something else than a credential
	vendor              // somebody else who issues credentials
)

// A word is one that tells something in a name.
type word struct {
	sense sense
	text  string // in lower case
}

// words returns them by their text. Few processes need them: most find nothing
// that has the form of a credential without a prefix.
var words = sync.OnceValue(func() map[string]word {
	m := make(map[string]word)
	for s, list := range [...]string{
		credential: `token tokens tkn key keys apikey apikeys apitoken auth authorization authkey authtoken
			bearer credential credentials cred creds`,
		weak:          `secret secrets password passwd pass passwort passphrase pwd`,
		cloudflare:    `cloudflare cloudfare cf cfcf cfdns dnscf flarectl cfcli wrangler cloudflared`,
		ourCredential: `cfapi cloudflareapi`,
		filler:        `value val default text literal content body send insecure secure string stringify raw computed cdata`,
		part: `access account acct acme ai aig api bot ci client current d1 ddns deploy deployment dev
			development dns dyn dynamic edit env environment expo full gateway gatsby global
			catalog hyperdrive images keyless kv le legacy login logpush live management my new next nuxt oauth old only pages prod
			production public purge analytics graphql logs certbot queues r2 read react readonly saved scoped service staging stage stream temp
			temporary test testing tf user v var vars vectorize vite waf worker workers write x zerotrust zone zones tunnel with set get use add option options`,
		neutral: ` admin an and amp apos app are arg args argument as backup base bash be bind cd cdn
			cert cfg cmd com compose conf config const context ctx custom data def define description
			docker domain domains echo edge email es export false field final for  gpg gt header
			headers home host hostname http https hub in inline input inputs instances is it
			json kind let letsencrypt local lt mail main manage master module monitoring name
			nbsp no null of on  optional or opts origin our override page param params patch
			plugin post print private process profile props provider proxy put quot record records request required
			rest root run save script scripts self server  setenv setting settings setx shell
			state static status std str stringdata success system the this to true  type
			update usage  used usr was web  yaml yes your zid span label title line row column td tr th si p div code pre li strong em cell`,
		other: `accountid accounttag addr address asset assets beacon blob branch cache captcha checksum
			chunk cipher ciphertext  commit commits cookie cookies crc crc32 csrf database db
			digest dir encrypted encryption etag file filename fingerprint foreign guid hash hashed
			hashes i18n id idempotency ids image integrity iv jwt kid  license  locale mac
			arn md5 mnemonic nonce object parent partition path pgp primary pub ray ref reference refs
			resolved rev revision revisions revs  rsa salt seed serial session sessionid sha sha1
			sha2 sha256 sha384 sha512 sig sign signature signing site sitekey slug sort  ssh tag
			tags tarball thumbprint  trace tree turnstile uri url urls uses uuid version versions
			wallet webhook xsrf verification enc aes gcm cursor continuation`,
		vendor: `airtable algolia alchemy amplitude anthropic argo artifactory atlassian auth0 aws azure b2
			backblaze binance bitbucket bugsnag buildkite bunny circleci clerk cloudfoundry cloudfront
			alidns aliyun cloudns codecov codefresh codeforces cohere constellix contentful coveralls curseforge
			datadog deepl desec digitalocean discord django dnsimple dnsmadeeasy dnspod dockerhub doppler dreamhost
			duckdns dynu easydns exoscale freedns elevenlabs etherscan facebook
			fastly figma firebase fly gandi gcp ghcr github gitlab godaddy google grafana groq
			hcaptcha hcloud heroku hetzner hubspot huggingface imap infomaniak influx influxdb infura intercom inwx ionos
			jfrog jira linear linode luadns mailchimp mailgun mapbox minio mistral mixpanel mongo mongodb
			mysql namecheap namesilo netcup netlify newrelic nextauth nexus njalla noip notion npm ns1 okta openai opsgenie ovh
			pagerduty paypal plex porkbun postgres postgresql posthog powerdns prometheus pulumi pusher pypi
			quay rackspace rails rancher recaptcha redis replicate rollbar route53 scaleway segment selectel sendgrid sentry
			shopify slack smtp snyk sonar spotify stripe supabase telegram tencent tmdb transip travis twilio twitter
			vercel vultr wasabi wifi wordpress wpa zoom`,
	} {
		for _, w := range strings.Fields(list) {
			if _, ok := m[w]; ok {
				panic("two senses of " + w)
			}
			m[w] = word{sense(s), w}
		}
	}
	return m
})

// othersCF are what else CF stands for.
var othersCF = []string{
	"foundry", "pivotal", "cloudformation", "cloudfront", "contentful", "curseforge", "codeforces", "codefresh", "confluent",
}

// foreignWords are words for a token or key in other languages. They are looked
// for as they stand, since they may be glued to others.
var foreignWords = []string{
	"Schlüssel", "schlüssel", "jeton", "Jeton", "clé", "Clé", "clef", "clave", "Clave", "chave", "Chave",
	"chiave", "Chiave", "токен", "Токен", "ключ", "Ключ", "klucz", "Klucz", "sleutel", "nyckel", "nøgle",
	"anahtar", "Anahtar", "密钥", "密鑰", "令牌", "トークン", "キー", "토큰", "키", "khóa", "kunci", "مفتاح", "कुंजी",
}

// Distances, in bytes.
const (
	nameDistance = 140 // how far before a value its name may begin
	lineBefore   = 200 // how much of a value's line before it
	lineAfter    = 160 // and behind it may name it
	nearBefore   = 300 // how far before a value Cloudflare's name counts: what a file
	nearAfter    = 160 // is about stands before its values rather than behind them
)

const (
	nameWords = 12 // how many words before a value may belong to its name
	maxWord   = 24 // what is longer is a value rather than a word, in bytes
)

// named tells how the value at text[at:] is called by what stands before it on
// its line; or on the line before, where the value stands alone or beside a
// word like "value". A parameter of a URL is called by its own name alone. A function
// that only makes another type of the value may stand between.
func named(text []byte, at int) naming {
	if from := parameter(text, at); from >= 0 {
		return max(namedFrom(text, from, at), foreign)
	}
	name := namedAt(text, at)
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
		if head := listHead(text, at); head >= 0 {
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

// lineStart returns where the line begins that text[at:] is in.
func lineStart(text []byte, at int) int {
	return bytes.LastIndexByte(text[max(0, at-Reach):at], '\n') + 1 + max(0, at-Reach)
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
	for _, w := range foreignWords {
		token = token || bytes.Contains(text, []byte(w))
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
		above = above[bytes.LastIndexByte(bytes.TrimRight(above, "\r\n"), '\n')+1:]
	}
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if hasSense(cellBefore(text, start), vendor) {
		return false
	}
	v1, t1, _ := speaks(before)
	v2, t2, _ := speaks(after)
	if (v1 || v2) && (t1 || t2) && name == unnamed {
		return true
	}
	if name == unclear && introduces(before) {
		return true
	}
	v, t, _ := speaks(above)
	return v && t && (name == unnamed || timed(before))
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

// lookUp returns what w means in a name; the zero word if it tells nothing.
func lookUp(w []byte) word {
	var buf [maxWord]byte
	if len(w) > len(buf) {
		return word{}
	}
	for i, c := range w {
		if isUpper(c) {
			c |= 0x20
		}
		buf[i] = c
	}
	low := buf[:len(w)]
	if found, ok := words()[string(low)]; ok {
		return found
	}
	// "CFtkn" and "cfkey" are one word, for want of a change of case.
	if rest, ok := bytes.CutPrefix(low, []byte("cloudflare")); ok {
		if words()[string(bytes.TrimRight(rest, "0123456789"))].sense == credential {
			return word{sense: ourCredential}
		}
		return word{sense: cloudflare}
	}
	if rest, ok := bytes.CutPrefix(low, []byte("cf")); ok && words()[string(bytes.TrimRight(rest, "0123456789"))].sense == credential {
		return word{sense: ourCredential}
	}
	// "TOKEN2" is a token, and a letter or a number is nothing.
	base := bytes.TrimRight(low, "0123456789")
	if len(base) <= 1 {
		return word{sense: part}
	}
	return words()[string(base)]
}

// A wordReader reads the words before a value, from right to left.
type wordReader struct {
	text    []byte
	at      int  // where the last word begins
	limit   int  // where reading ends
	gap     bool // something other than '_', '-', '.' or a change of case stands behind the last word
	dot     bool // a dot stands there
	newline bool // a line ended behind the last word
	cut     bool // an escape stands before the last word
	end     int  // where the line or, if none ended, the last word ended
}

// next returns the word before the last one, nil if there is none.
func (r *wordReader) next() []byte {
	r.gap, r.dot, r.newline, r.cut = r.cut, false, false, false
	i, lineEnd := r.at, 0
	for i > r.limit && class[r.text[i-1]]&alnumChar == 0 {
		i--
		switch r.text[i] {
		case '_', '-':
		case '.':
			r.dot = true
		case '\n':
			r.newline, r.gap = true, true
			lineEnd = i
		default:
			r.gap = true
		}
	}
	end := i
	r.end = max(end, lineEnd)
	for i > r.limit && class[r.text[i-1]]&alnumChar != 0 {
		i--
		// A word begins at a capital after a small letter or digit, and at
		// the last of several capitals before a small letter.
		if isUpper(r.text[i]) && i > r.limit && (isLower(r.text[i-1]) || isUpper(r.text[i-1]) && i+1 < end && isLower(r.text[i+1])) {
			break
		}
	}
	if i > r.limit && r.text[i] == 'F' && r.text[i-1] == 'C' && (i-1 == r.limit || !isLetter(r.text[i-2])) {
		i-- // CFtoken begins with CF
	}
	if i >= 5 && bytes.EqualFold(r.text[i:end], []byte("flare")) && bytes.EqualFold(r.text[i-5:i], []byte("cloud")) {
		i -= 5 // CloudFlare is one word
	}
	r.at = i
	if i == end {
		return nil
	}
	if n := escaped(r.text, i, end); n > 0 {
		if i += n; i == end {
			gap, newline := true, r.newline || n == 1 && r.text[i-1] == 'n'
			w := r.next()
			r.gap, r.newline = r.gap || gap, r.newline || newline
			return w
		}
		// The word is what follows, and does not join what precedes.
		r.cut = true
	}
	if end < len(r.text) && class[r.text[end]]&textChar == 0 && r.text[end] < 0x80 && lookUp(r.text[i:end]).sense == unknown {
		// In a record, the type of the next stands right behind: "tokenq".
		if last := end - 1; last > i && lookUp(r.text[i:last]).sense == credential {
			end = last
		}
	}
	return r.text[i:end]
}

// whole returns w, the last word, or with the one before it the name of somebody else who
// issues credentials, which the reader then has as one: GitHub.
func (r *wordReader) whole(w []byte) []byte {
	i, end := r.at, r.at+len(w)
	if len(w) < 2 || i <= r.limit || !isLetter(r.text[i-1]) {
		return w
	}
	h := i - 1
	for h > r.limit && isLetter(r.text[h-1]) && !(isUpper(r.text[h]) && isLower(r.text[h-1])) {
		h--
	}
	var room [maxWord]byte
	if name := r.text[h:end]; len(name) > len(room) || words()[string(fold(room[:0], name))].sense != vendor {
		return w
	}
	r.at = h
	return r.text[h:end]
}

// follows reports whether the word before the last one has the given sense and is of the
// same name, or beside it.
func (r wordReader) follows(s sense) bool {
	end := r.at
	w := r.next()
	if w == nil {
		return false
	}
	w = r.whole(w)
	return lookUp(w).sense == s && len(bytes.Trim(r.text[r.at+len(w):end], " _-.")) == 0
}

// escaped returns how many bytes of text[start:end] belong to an escape that
// began before start: the n of "\n", the 3D of "%3D" and of "=3D", the 36m
// that ends a change of colour.
//
// Quoted-printable is defined in RFC 2045, the sequences of terminals in
// ECMA-48.
func escaped(text []byte, start, end int) int {
	if start == 0 || start == end {
		return 0
	}
	b := text[start:end]
	switch text[start-1] {
	case '\\':
		switch {
		case bytes.IndexByte([]byte("nrtbf"), b[0]) >= 0:
			return 1
		case b[0] == 'u' && len(b) >= 5 && all(b[1:5], alnumChar):
			return 5
		case b[0] == 'x' && len(b) >= 3:
			return 3
		}
	case '%':
		if len(b) >= 2 {
			return 2
		}
	case '=':
		if len(b) >= 2 && string(b[:2]) == "3D" {
			return 2
		}
	case '[', ';':
		i := 0
		for i < len(b) && '0' <= b[i] && b[i] <= '9' {
			i++
		}
		if i < len(b) && b[i] == 'm' && startsControl(text[max(0, start-12):start]) {
			return i + 1
		}
	}
	return 0
}

// startsControl reports whether an escape character, or how it is written, is in text.
func startsControl(text []byte) bool {
	if bytes.IndexByte(text, 0x1b) >= 0 {
		return true
	}
	for _, s := range []string{"u001b[", "u001B[", "x1b[", "x1B[", "033[", "^[["} {
		if bytes.Contains(text, []byte(s)) {
			return true
		}
	}
	return false
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return isUpper(c) || isLower(c) }

// near reports whether one of names stands in the part of text that begins
// before bytes before at and ends after bytes behind it. Case does not matter;
// names are in lower case.
func near(text []byte, at, before, after int, names ...string) bool {
	var room [2 * Reach]byte
	part := fold(room[:0], text[max(0, at-before):min(len(text), at+after)])
	for _, w := range names {
		if bytes.Contains(part, []byte(w)) {
			return true
		}
	}
	return false
}

// fold appends text to room with its capitals made small letters, eight bytes at a
// time.
func fold(room, text []byte) []byte {
	const ones = 0x0101010101010101
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		low := x & (ones * 0x7f)
		// The highest bit of a byte tells whether it is a capital: at least 'A', no
		// more than 'Z', and ASCII.
		capital := (low + ones*(0x80-'A')) &^ (low + ones*(0x7f-'Z')) &^ x & (ones * 0x80)
		room = binary.LittleEndian.AppendUint64(room, x|capital>>2)
	}
	for _, c := range text {
		if isUpper(c) {
			c |= 0x20
		}
		room = append(room, c)
	}
	return room
}

// vendorNear reports whether Cloudflare is named around at, as whom one has an
// account with.
func vendorNear(text []byte, at int) bool {
	lo, hi := max(0, at-nearBefore), min(len(text), at+nearAfter)
	var room [nearBefore + nearAfter]byte
	part := fold(room[:0], text[lo:hi])
	for i := 0; ; i += len("cloudflare") {
		j := bytes.Index(part[i:], []byte("cloudflare"))
		if j < 0 {
			break
		}
		if i += j; !everybodys(text[:lo+i], text[lo+i+len("cloudflare"):hi]) {
			return true
		}
	}
	return near(text, at, nearBefore, nearAfter, "cf_api", "cf_dns", "cf_zone", "cf_account_id", "cf_email", "cf_token", "cf_key", "dns_cf", "wrangler", "flarectl", "cfcli", "cf-terraforming", "x-auth-email", "cf-aig-", "d1-http", "cfut_", "cfat_", "cfk_")
}

// everybodys reports whether Cloudflare's name between before and after is that of
// what everybody has to do with: who answers for a site, a script in a page, a
// resolver, a package.
func everybodys(before, after []byte) bool {
	for _, s := range []string{"cdnjs.", "challenges.", "static.", "ajax.", "speed.", "@"} {
		if bytes.HasSuffix(before, []byte(s)) {
			return true
		}
	}
	if isHost(before) {
		return true
	}
	for _, s := range []string{"insights", "-dns.com", "/cloudflared", "d:", " ray id", " Ray ID", ".com/cdn-cgi", ".com/5xx"} {
		if bytes.HasPrefix(after, []byte(s)) {
			return true
		}
	}
	// "server: cloudflare", of HTTP, also as {"name": "server", "value": "cloudflare"}.
	var room [len("servervalue")]byte
	last := squeeze(before[max(0, len(before)-2*len(room)):], room[:])
	return bytes.HasSuffix(last, []byte("server")) || string(last) == "servervalue"
}

// isHost reports whether text before Cloudflare's name says that it is where something
// is: "hosted on", "behind", "protected by".
func isHost(before []byte) bool {
	var room [longestName]byte
	words := bytes.Fields(fold(room[:0], before[max(0, len(before)-len(room)):]))
	for i := len(words) - 1; i >= 0; i-- {
		switch string(words[i]) {
		case "behind", "hosted", "served", "protected", "proxied", "powered", "runs", "running", "deployed", "fronted", "cached":
			return true
		case "on", "at", "by", "with", "through", "via", "to", "the":
		default:
			return false
		}
	}
	return false
}

// elsewhere reports whether the value at text[at:] is sent to somebody else: its
// line, with those that it is continued on, has an address and none of
// Cloudflare's.
func elsewhere(text []byte, at int) bool {
	from, to := at, at
	for from > max(0, at-nearBefore) && (text[from-1] != '\n' || from > 1 && text[from-2] == '\\') {
		from--
	}
	for to < min(len(text), at+nearBefore) && (text[to] != '\n' || text[to-1] == '\\') {
		to++
	}
	var room [2 * nearBefore]byte
	line := fold(room[:0], text[from:to])
	hosts := 0
	for {
		i := bytes.Index(line, []byte("://"))
		if i < 0 {
			return hosts > 0
		}
		line = line[i+len("://"):]
		end := bytes.IndexAny(line, "/ \t\"'`<>)\\")
		if end < 0 {
			end = len(line)
		}
		if bytes.Contains(line[:end], []byte("cloudflare")) || bytes.ContainsAny(line[:end], "${") { // or a variable
			return false
		}
		hosts++
	}
}

// PathNames reports whether the path of a file says that its content is about
// Cloudflare.
func PathNames(path string) bool {
	p := strings.ToLower(path)
	for _, w := range []string{"cloudflare", "wrangler", "flarectl", "cfcli", "cf_api", "cf-api", "cf_dns", "cf-dns", "cf_zone", "cf_token", "cf-token", "cf_key"} {
		if strings.Contains(p, w) {
			return true
		}
	}
	return false
}

// longestAbout is how long content may be of which it can be said what it is about, in
// bytes.
const longestAbout = 16 << 10

// ContentNames reports whether the whole content of a file says that it is about
// Cloudflare: it calls its API, or has it for its provider. Of what is longer than 16 KB,
// and may be about anything, it says nothing.
func ContentNames(content []byte) bool {
	if len(content) > longestAbout {
		return false
	}
	low := fold(nil, content)
	for _, s := range []string{
		"api.cloudflare.com/client/v4/zones", "api.cloudflare.com/client/v4/accounts", "api.cloudflare.com/client/v4/user", `api.cloudflare.com/client/v4"`, "api.cloudflare.com/client/v4'",
		`provider "cloudflare"`, `"cloudflare/cloudflare"`, "import cloudflare\n", "from cloudflare import", "from 'cloudflare'", `from "cloudflare"`,
		"require('cloudflare')", `require("cloudflare")`, "cloudflare/cloudflare-go",
	} {
		if bytes.Contains(low, []byte(s)) {
			return true
		}
	}
	return bytes.Contains(squeeze(low, make([]byte, len(low))), []byte("providercloudflare"))
}
