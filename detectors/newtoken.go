package detectors

import (
	"bytes"

	"github.com/leakflare/leakflare/detectors/secret"
)

// NewToken is whatever Cloudflare issues with a prefix that leakflare does not know
// yet: the family of the scannable format has grown twice in its first year.
var NewToken = &Detector{
	ID:          "cloudflare-new-token",
	Title:       "Cloudflare credential of a new kind",
	Description: "A credential in the scannable format with a prefix that this version of leakflare does not know: cf, up to six letters, an underscore, 40 letters and digits, and their checksum, which closes.",
	Advice:      "Find out what its prefix stands for in Cloudflare's documentation of token formats, and revoke it there; a newer leakflare may know.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
	Severity:    8.0,
	Confidence:  secret.Certain,
	Shapes:      []Shape{{Prefix: "cf", MinRun: len("cfx_") + bodyLen + checksumLen, Recognize: recognizeNewToken}},
	Verify:      never("what it is for is not known, and so not whom to ask"),
}

// knownPrefixes are those of other kinds.
var knownPrefixes = [...]string{"cfut_", "cfat_", "cfk_", "cfast_", "cfoat_", "cfort_"}

func recognizeNewToken(text []byte, at int) (Match, bool) {
	n := bytes.IndexByte(text[at:min(len(text), at+longestPrefix)], '_') + 1
	if n < len("cfx_") {
		return Match{}, false
	}
	for _, c := range text[at : at+n-1] {
		if !isLower(c) {
			return Match{}, false
		}
	}
	prefix := string(text[at : at+n])
	for _, known := range knownPrefixes {
		if prefix == known {
			return Match{}, false
		}
	}
	m, ok := scannable(prefix).Recognize(text, at)
	if !ok || m.Rejected != "" {
		return Match{}, false // an identifier: only the checksum tells
	}
	return m, true
}
