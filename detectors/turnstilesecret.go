package detectors

import (
	"bytes"
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// TurnstileSecret is the secret key of a Turnstile widget: 0x4 and 32 characters.
// The site key, 24 characters that begin alike, is public. The keys that Cloudflare
// publishes for tests begin with other digits:
// https://developers.cloudflare.com/turnstile/troubleshooting/testing/.
var TurnstileSecret = &Detector{
	ID:          "cloudflare-turnstile-secret",
	Title:       "Cloudflare Turnstile secret key",
	Description: "The secret key of a Turnstile widget (0x4 and 32 characters). With it answers of the widget can be redeemed in the site's place. The site key, which begins alike and is shorter, is public and not reported.",
	Advice:      "Rotate the secret key in the dashboard under Turnstile > the widget > Settings > Rotate Secret Key, or by API with invalidate_immediately; otherwise the old one works for two more hours. Then give the new one to the site.",
	HelpURL:     "https://developers.cloudflare.com/turnstile/get-started/server-side-validation/",
	Severity:    5.3,
	Confidence:  secret.High,
	Rotatable:   true,
	Shapes:      []Shape{{MinRun: turnstileLen, MaxRun: turnstileLen, Recognize: recognizeTurnstileSecret}},
	Verify:      verifyTurnstileSecret,
}

// verifyTurnstileSecret asks Turnstile itself.
func verifyTurnstileSecret(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	return c.VerifyTurnstile(ctx, s.Secret)
}

const turnstileLen = 35

func recognizeTurnstileSecret(text []byte, at int) (Match, bool) {
	end := at + turnstileLen
	if end > len(text) || !bytes.HasPrefix(text[at:], []byte("0x4")) || !all(text[at:end], tokenChar) || !standsAlone(text, at, end) {
		return Match{}, false
	}
	// The first ones of an account are zeros, which are written as A.
	drawn := bytes.TrimLeft(text[at+len("0x4"):end], "A")
	if all(drawn, hexChar) {
		return Match{}, false // a number
	}
	m := Match{Span: Span{at, end}, Confidence: secret.Medium, Reason: "it has the form of one", Secret: secret.New(text[at:end])}
	if mentions(text, at, nearBefore, nearBefore, "turnstile", "siteverify", "challengescloudflare", "cfsecretkey") {
		m.Confidence, m.Reason = secret.High, "it has the form of one, and Turnstile is near"
	}
	switch {
	case examples()[m.Secret.Fingerprint()]:
		m.Rejected = published
	case len(drawn) < 16 || isPlaceholder(drawn, 10):
		m.Rejected = placeholder
	}
	return m, true
}
