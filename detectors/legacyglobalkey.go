package detectors

import "github.com/leakflare/leakflare/detectors/secret"

// LegacyGlobalKey is a user's Global API key in the format issued before 2026:
// 37 to 45 lower-case hexadecimal digits, nearly always 37. Hashes look alike,
// so that it goes by its name and by what stands around it.
//
// See https://developers.cloudflare.com/fundamentals/api/get-started/keys/.
var LegacyGlobalKey = &Detector{
	ID:          "cloudflare-legacy-global-key",
	Title:       "Cloudflare Global API key (format before 2026)",
	Description: "The Global API key of a user in the old format, 37 to 45 hexadecimal digits. Together with the user's e-mail address it may do everything that the user may, in every account; it does not expire and cannot be limited. Its name, a header or an address beside it tells it from a hash.",
	Advice:      globalKeyAdvice,
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/get-started/keys/",
	Severity:    9.8,
	Confidence:  secret.High,
	Shapes:      []Shape{{MinRun: minKeyLen, MaxRun: maxKeyLen, Hex: true, Recognize: recognizeLegacyGlobalKey}},
	GlobalKey:   true,
	Verify:      verifyGlobalKey,
}

// Lengths of a Global API key.
const (
	minKeyLen   = 37
	usualKeyLen = 37
	maxKeyLen   = 45
	sha1Len     = 40 // also that of every commit id, and of Codeforces' keys
)

func recognizeLegacyGlobalKey(text []byte, at int) (Match, bool) {
	end := at
	for end < len(text) && class[text[end]]&hexChar != 0 {
		end++
	}
	b := text[at:end]
	if !hasLetterAndDigit(b) || !standsAlone(text, at, end) {
		return Match{}, false
	}
	usual, sha1 := len(b) == usualKeyLen, len(b) == sha1Len
	if sha1 && namedAt(text, at) == foreign { // the common case, told soon
		return Match{}, false
	}
	name := named(text, at)
	if usual && name < authKey && toCloudflare(text, sentAt(text, at)) {
		name = authKey
	}
	if name == foreign || sha1 && name != ours && name != authKey {
		return Match{}, false
	}
	if !usual && name != ours && name != authKey && name != generic && name != header {
		return Match{}, false
	}
	vendor := name != ours && !(name == authKey && usual) && vendorNear(text, at)
	m := Match{Span: Span{at, end}, Confidence: secret.Medium}
	switch {
	case sha1 && near(text, at, nameDistance, sha1Len+nameDistance, "sha1", "sha-1"), sha1 && near(text, at, nearBefore, 0, "checksum", "digest"),
		name == authKey && near(text, at, nearBefore, nearAfter, "x-auth-user:", `x-auth-user"`, `x-auth-user\"`, "x-auth-user'", "x-storage"): // OpenStack's
		return Match{}, false
	case name == ours && (!sha1 || near(text, at, nameDistance, nameDistance, "cloudflare", "cf_email", "cf_api_email")):
		if m.Reason = "its name says that it is Cloudflare's"; !sha1 || assigned(text, at) { // a commit's id stands in prose
			m.Confidence = secret.High
		}
	case name == authKey && (usual || vendor):
		m.Confidence, m.Reason = secret.High, "it is sent as X-Auth-Key"
	case sha1, name == generic && othersBlock(text, at):
		return Match{}, false
	case usual && (vendor || near(text, at, nearBefore, nearAfter, "x-auth-key")):
		m.Reason = "it has the length of a Global API key and Cloudflare is near"
	case usual && name == generic && beneath(text, at):
		m.Reason = "it is called a key, has the length of a Global API key, and stands in a block of Cloudflare's"
	case usual && name == generic && (called(text, at) || near(text, at, Reach, Reach, "x-auth-key")):
		m.Reason = "it is called a key, has the length of a Global API key, and Cloudflare is called"
	case usual && isCalled(text, at, "tunnelapikey"):
		m.Reason = "it has the name that cloudflared gives to a Global API key"
	case (name == generic || name == header) && vendor:
		m.Reason = "it is called a token or key and Cloudflare is near"
	case usual && (name == generic || alone(text, at, end)):
		m.Reason, m.ByPath = "it has the length of a Global API key in a file about Cloudflare", true
	default:
		return Match{}, false
	}
	return judged(m, text, b), true
}

// assigned reports whether the value at text[at:] is assigned to what stands before it.
func assigned(text []byte, at int) bool {
	last := lastMark(text, at)
	return last == '=' || last == ':'
}

// hasLetterAndDigit reports whether b, hexadecimal digits, is no number and no word.
func hasLetterAndDigit(b []byte) bool {
	var letter, digit bool
	for _, c := range b {
		letter = letter || c >= 'a'
		digit = digit || c <= '9'
		if letter && digit {
			return true
		}
	}
	return false
}
