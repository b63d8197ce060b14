package detectors

import (
	"bytes"
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// OriginCAKey is a user's Origin CA key, in either of two formats that were seen.
//
// Cloudflare has not accepted one since 2026-09-30:
// https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/.
var OriginCAKey = &Detector{
	ID:          "cloudflare-origin-ca-key",
	Title:       "Cloudflare Origin CA key",
	Description: "An Origin CA key of a user (v1.0-, 24 and 146 hexadecimal digits). It made and revoked Origin certificates for every zone of the user. Cloudflare has not accepted such keys since 2026-09-30, so that it is of no use any more; certificates that were made with it are.",
	Advice:      "Look in the dashboard under SSL/TLS > Origin Server for certificates that you do not know, and revoke them. To be sure, press Change under My Profile > API Tokens > API Keys > Origin CA Key: all values that were ever shown go together. Use an API token with SSL and Certificates Edit instead.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/",
	Severity:    3.1,
	Confidence:  secret.Certain,
	// Only what is behind the dot of "v1.0-" is in the run.
	Shapes: []Shape{
		{MinRun: 2 + 24 + 1 + 146, MaxRun: 2 + 24 + 1 + 146, Recognize: originCAKey(24, 146)},
		{MinRun: 2 + 64 + 1 + 128 + 1 + 64, MaxRun: 2 + 64 + 1 + 128 + 1 + 64, Recognize: originCAKey(64, 128, 64)},
	},
	Verify: func(context.Context, *cfapi.Caller, Subject) cfapi.Verdict {
		// Cloudflare's word for all of them. What it answers to one is not known.
		return cfapi.Verdict{Status: secret.Invalid, Detail: "not asked about: Cloudflare has accepted no such key since 2026-09-30"}
	},
}

// originCAKey recognises one whose parts have the given lengths. The form alone is
// proof: nothing else looks like it.
func originCAKey(parts ...int) func([]byte, int) (Match, bool) {
	const version = "v1."
	return func(text []byte, at int) (Match, bool) {
		start := at - len(version)
		if start < 0 || !bytes.HasPrefix(text[start:], []byte(version+"0-")) {
			return Match{}, false
		}
		end := at + len("0")
		for _, n := range parts {
			if end+1+n > len(text) || text[end] != '-' || !all(text[end+1:end+1+n], hexChar) {
				return Match{}, false
			}
			end += 1 + n
		}
		m := Match{Span: Span{start, end}, Confidence: secret.Certain, Reason: "only such a key has this form", Secret: secret.New(text[start:end])}
		switch {
		case examples()[m.Secret.Fingerprint()]:
			m.Rejected = published
		case isPlaceholder(text[at+2:end], 8):
			m.Rejected = placeholder
		}
		return m, true
	}
}
