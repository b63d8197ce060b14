package detectors

import (
	"bytes"
	"math"

	"github.com/leakflare/leakflare/detectors/secret"
)

// StreamKey is a signing key of Stream: base64 of a private key, as PEM or as JWK:
// https://developers.cloudflare.com/stream/viewing-videos/securing-your-stream/.
var StreamKey = &Detector{
	ID:          "cloudflare-stream-key",
	Title:       "Cloudflare Stream signing key",
	Description: "A signing key of Stream, base64 of a private key in PEM or JWK, where Stream is near. With it anybody can sign tokens that show the account's private videos. What is reported is its beginning.",
	Advice:      "Delete the signing key by API (DELETE /accounts/{account}/stream/keys/{id}), which makes all tokens that it signed invalid, and make another.",
	HelpURL:     "https://developers.cloudflare.com/stream/viewing-videos/securing-your-stream/",
	Severity:    6.5,
	Confidence:  secret.High,
	Shapes: []Shape{{
		MinRun: streamKeyPart, MaxRun: math.MaxInt,
		Likely:    func(text []byte, at int) bool { return text[at] == 'L' || text[at] == 'e' }, // "-----BEGIN", or a brace
		Recognize: recognizeStreamKey,
	}},
	Verify: never("it signs, and is shown to nobody: whether its account still has it, GET /accounts/{account}/stream/keys tells by the key's id"),
}

// streamKeyPart is how much of a key is looked at: it is longer than the reach, and
// no two begin with the same so many characters.
const streamKeyPart = 256

func recognizeStreamKey(text []byte, at int) (Match, bool) {
	end := at + streamKeyPart
	if end > len(text) {
		return Match{}, false
	}
	b := text[at:end]
	pem := bytes.HasPrefix(b, []byte("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ")) // -----BEGIN RSA PRIVATE KEY-----
	jwk := bytes.HasPrefix(b, []byte("eyJ1c2UiOiJzaWciLCJrdHkiOiJSU0EiLCJraWQiOi")) // {"use":"sig","kty":"RSA","kid":
	if !pem && !jwk || !all(b, base64Char) {
		return Match{}, false
	}
	m := Match{Span: Span{at, end}, Secret: secret.New(b), Confidence: secret.Medium, Reason: "it is a signing key, and Stream is named before it"}
	switch {
	case near(text, at, Reach, 0, "cloudflare_stream_key", "/stream/keys"),
		near(text, at, nearBefore, 0, "stream", "videodelivery") &&
			(vendorNear(text, at) || near(text, at, nearBefore, 0, "videodelivery", "stream_pem", "stream_jwk", "stream_signing")):
		m.Confidence, m.Reason = secret.High, "it is a signing key, and Cloudflare Stream is named before it"
	case near(text, at, nearBefore, 0, "stream", "videodelivery"):
	case jwk && hasKeyID(b), pem && identifier(text, at) == "pem" && isBehindID(text, at):
		m.Reason = "it is a signing key with an id like those of Stream"
	default:
		return Match{}, false
	}
	if examples()[m.Secret.Fingerprint()] {
		m.Rejected = published
	}
	return m, true
}

// hasKeyID reports whether the id in the beginning of a JWK, in base64, is 32
// hexadecimal digits.
func hasKeyID(b []byte) bool {
	_, id, _ := bytes.Cut(decode(nil, b), []byte(`"kid":"`))
	return len(id) > accountIDLen && id[accountIDLen] == '"' && all(id[:accountIDLen], hexChar)
}

// isBehindID reports whether an id stands before the value at text[at:] as in the
// answer of the API to who made a key, or listed it: {"id":"…","pem":"…"}.
func isBehindID(text []byte, at int) (is bool) {
	eachID(text, max(0, at-longestPair), at, "", func(start int) { is = identifier(text, start) == "id" })
	return is
}
