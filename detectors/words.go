package detectors

import (
	"bytes"
	"strings"
	"sync"
)

// Names are read as people write them: split into words at case changes,
// punctuation and underscores, and compared in lower case, so that
// CLOUDFLARE_API_TOKEN, cloudflareApiToken and "Cloudflare API token" are one.

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
		credential: `apikey apikeys apitoken auth authkey authorization authtoken bearer cred credential credentials
			creds key keys tkn token tokens`,
		weak:          `pass passphrase passwd password passwort pwd secret secrets`,
		cloudflare:    `cf cfcf cfcli cfdns cloudfare cloudflare cloudflared dnscf flarectl wrangler`,
		ourCredential: `cfapi cloudflareapi`,
		filler:        `body cdata computed content default insecure literal raw secure send string stringify text val value`,
		part: `access account acct acme add ai aig analytics api bot catalog certbot ci client current d1 ddns
			deploy deployment dev development dns dyn dynamic edit env environment expo full gateway gatsby get
			global graphql hyperdrive images keyless kv le legacy live login logpush logs management my new next
			nuxt oauth old only option options pages prod production public purge queues r2 react read readonly
			saved scoped service set stage staging stream temp temporary test testing tf tunnel use user v var
			vars vectorize vite waf with worker workers write x zerotrust zone zones`,
		neutral: `admin amp an and apos app are arg args argument as backup base bash be bind cd cdn cell cert cfg cmd
			code column com compose conf config const context ctx custom data def define description div docker
			domain domains echo edge em email es export false field final for gpg gt header headers home host
			hostname http https hub in inline input inputs instances is it json kind label let letsencrypt li
			line local lt mail main manage master module monitoring name nbsp no null of on optional opts or
			origin our override p page param params patch plugin post pre print private process profile props
			provider proxy put quot record records request required rest root row run save script scripts self
			server setenv setting settings setx shell si span state static status std str stringdata strong
			success system td th the this title to tr true type update usage used usr was web yaml yes your zid`,
		other: `accountid accounttag addr address aes arn asset assets beacon blob branch cache captcha checksum
			chunk cipher ciphertext commit commits continuation cookie cookies crc crc32 csrf cursor database db
			digest dir enc encrypted encryption etag file filename fingerprint foreign gcm guid hash hashed
			hashes i18n id idempotency ids image integrity iv jwt kid license locale mac md5 mnemonic nonce
			object parent partition path pgp primary pub ray ref reference refs resolved rev revision revisions
			revs rsa salt seed serial session sessionid sha sha1 sha2 sha256 sha384 sha512 sig sign signature
			signing site sitekey slug sort ssh tag tags tarball thumbprint trace tree turnstile uri url urls
			uses uuid verification version versions wallet webhook xsrf`,
		vendor: `airtable alchemy algolia alidns aliyun amplitude anthropic argo artifactory atlassian auth0 aws
			azure b2 backblaze binance bitbucket bugsnag buildkite bunny circleci clerk cloudfoundry cloudfront
			cloudns codecov codeforces codefresh cohere constellix contentful coveralls curseforge datadog deepl
			desec digitalocean discord django dnsimple dnsmadeeasy dnspod dockerhub doppler dreamhost duckdns
			dynu easydns elevenlabs etherscan exoscale facebook fastly figma firebase fly freedns gandi gcp ghcr
			github gitlab godaddy google grafana groq hcaptcha hcloud heroku hetzner hubspot huggingface imap
			influx influxdb infomaniak infura intercom inwx ionos jfrog jira linear linode luadns mailchimp
			mailgun mapbox minio mistral mixpanel mongo mongodb mysql namecheap namesilo netcup netlify newrelic
			nextauth nexus njalla noip notion npm ns1 okta openai opsgenie ovh pagerduty paypal plex porkbun
			postgres postgresql posthog powerdns prometheus pulumi pusher pypi quay rackspace rails rancher
			recaptcha redis replicate rollbar route53 scaleway segment selectel sendgrid sentry shopify slack
			smtp snyk sonar spotify stripe supabase telegram tencent tmdb transip travis turso twilio twitter
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

// foreignWords are words for a token or key in other languages. They are looked
// for as they stand, since they may be glued to others.
var foreignWords = []string{
	"Schlüssel", "schlüssel", "jeton", "Jeton", "clé", "Clé", "clef", "clave", "Clave", "chave", "Chave",
	"chiave", "Chiave", "токен", "Токен", "ключ", "Ключ", "klucz", "Klucz", "sleutel", "nyckel", "nøgle",
	"anahtar", "Anahtar", "密钥", "密鑰", "令牌", "トークン", "キー", "토큰", "키", "khóa", "kunci", "مفتاح", "कुंजी",
}

// maxWord is how long a word may be: what is longer is a value, in bytes.
const maxWord = 24

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

// hasSense reports whether a word in part has the given sense.
func hasSense(part []byte, s sense) bool {
	r := wordReader{text: part, at: len(part)}
	for w := r.next(); w != nil; w = r.next() {
		if lookUp(r.whole(w)).sense == s {
			return true
		}
	}
	return false
}
