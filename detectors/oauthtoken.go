package detectors

import (
	"bytes"
	"context"
	"strings"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// OAuthToken is what "wrangler login" and other OAuth applications get for a user.
//
// The prefix cfoat_ is documented at
// https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/;
// what follows, and tokens without it, are as seen in configuration of Wrangler:
// two times 43 characters of base64url.
var OAuthToken = &Detector{
	ID:          "cloudflare-oauth-token",
	Title:       "Cloudflare OAuth token",
	Description: "An access or refresh token of an OAuth application that a user logged in with, such as Wrangler: cfoat_ or cfort_, or 43 characters, a dot and 43 more, in a configuration of Wrangler. An access token lives for an hour or so, a refresh token makes new ones until it is revoked.",
	Advice:      "Run wrangler logout where the login was made, or remove the application in the dashboard under My Profile > Access Management > Connected Applications. Then look through the audit log for what was done with it.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
	Severity:    8.8,
	Confidence:  secret.High,
	Shapes: []Shape{
		{Prefix: "cfoat_", MinRun: len("cfoat_") + oauthPartLen, Recognize: recognizeOAuthToken("cfoat_")},
		{Prefix: "cfort_", MinRun: len("cfort_") + oauthPartLen, Recognize: recognizeOAuthToken("cfort_")},
		{
			MinRun: oauthPartLen, MaxRun: oauthPartLen,
			Likely:    func(text []byte, at int) bool { return bytes.HasPrefix(text[at+oauthPartLen:], []byte(".")) },
			Recognize: recognizeBareOAuthToken,
		},
	},
	Verify: verifyOAuthToken,
}

// verifyOAuthToken asks what user an access token is of, and else what accounts it
// sees: the verifiers of API tokens do not know it. A refresh token can be asked
// about only by using it up.
func verifyOAuthToken(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	const refresh = "cfort_"
	mask := s.Secret.Mask()
	if strings.HasPrefix(mask, refresh) {
		return untold("to ask about a refresh token is to use it: take it for working until the login is revoked")
	}
	v := c.VerifyKey(ctx)
	if !v.Settled() && v.Status != secret.Invalid {
		if _, other := c.Accounts(ctx); other.Status != secret.Unknown {
			v = other
		}
	}
	if v.Status == secret.Invalid && !strings.HasPrefix(mask, "cfoat_") {
		return untold("it is no access token that works; should it be a refresh token, it may")
	}
	return v
}

// oauthPartLen is the length of either part of a token: 32 bytes in base64url.
const oauthPartLen = 43

// oauthEnd returns where the two parts that begin at text[at:] end, 0 if they are
// none.
func oauthEnd(text []byte, at int) int {
	dot := at + oauthPartLen
	end := dot + 1 + oauthPartLen
	if end > len(text) || text[dot] != '.' || !all(text[at:dot], tokenChar) || !all(text[dot+1:end], tokenChar) ||
		end < len(text) && class[text[end]]&tokenChar != 0 {
		return 0
	}
	return end
}

func recognizeOAuthToken(prefix string) func([]byte, int) (Match, bool) {
	return func(text []byte, at int) (Match, bool) {
		end := oauthEnd(text, at+len(prefix))
		if end == 0 {
			return Match{}, false
		}
		return oauthMatch(Match{Span: Span{at, end}, Confidence: secret.High, Reason: "it has the prefix and the form of one"}, text, at+len(prefix))
	}
}

func recognizeBareOAuthToken(text []byte, at int) (Match, bool) {
	end := oauthEnd(text, at)
	if end == 0 || at > 0 && text[at-1] == '.' {
		return Match{}, false // or part of something longer
	}
	m := Match{Span: Span{at, end}, Confidence: secret.High, Reason: "it stands where Wrangler keeps its login"}
	switch {
	case !isCalled(text, at, "oauthtoken", "refreshtoken", "accesstoken"):
		return Match{}, false
	case mentions(text, at, nearBefore, nearBefore, "wrangler", "cfoat"):
	case mentions(text, at, nearBefore, nearBefore, "oauthtoken") && mentions(text, at, nearBefore, nearBefore, "expirationtime"):
	default:
		m.ByPath = true
	}
	return oauthMatch(m, text, at)
}

// oauthMatch completes a match whose parts begin at text[at:].
func oauthMatch(m Match, text []byte, at int) (Match, bool) {
	parts := text[at:m.Span.End]
	m.Secret = secret.New(text[m.Span.Start:m.Span.End])
	if isPlaceholder(parts, 24) || bytes.Equal(parts[:oauthPartLen], parts[oauthPartLen+1:]) {
		m.Rejected = placeholder
	} else {
		m.companions(text, m.Span.Start, false)
	}
	return m, true
}
