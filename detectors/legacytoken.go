package detectors

import (
	"bytes"
	"context"
	"slices"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// LegacyToken is an API token, of a user or of an account, in the format issued
// before 2026: 40 letters, digits, '-' and '_', without anything that tells it.
// It goes by its name and by what stands around it.
var LegacyToken = &Detector{
	ID:          "cloudflare-legacy-token",
	Title:       "Cloudflare API token (format before 2026)",
	Description: "An API token of a user or an account in the old format, 40 characters without a prefix. It may do whatever its policies allow until it is rolled or deleted. Its name, a header or Cloudflare nearby tells it from a look-alike.",
	Advice:      "Roll or delete the token in the dashboard under My Profile > API Tokens, or Manage Account > Account API Tokens if an account owns it. Then put the new value where the old one was used, and look through the audit log for what was done with it. Removing it from the files or the history does not make it safe.",
	HelpURL:     "https://developers.cloudflare.com/fundamentals/api/how-to/roll-token/",
	Severity:    8.6,
	Confidence:  secret.High,
	Shapes:      []Shape{{MinRun: legacyTokenLen, MaxRun: legacyTokenLen, Recognize: recognizeLegacyToken}},
	APIToken:    true,
	Rollable:    true,
	Verify:      verifyLegacyToken,
}

const legacyTokenLen = 40

// otherTokens are how tokens of 40 characters begin that others issue.
var otherTokens = []string{
	"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_", "glpat-", "hf_", "dop_v1_", "doo_v1_",
	"sk_live_", "sk_test_", "pk_live_", "pk_test_", "rk_live_", "rk_test_", "whsec_", "sk-", "xoxa-", "xoxb-", "xoxe-",
	"xoxp-", "xoxr-", "xoxs-", "shpat_", "shpss_", "pul-", "dapi", "AKIA", "ASIA", "AIza", "SG_", "sntrys_", "lin_api_",
	"figd_", "pat_", "rnd_", "phc_", "phx_", "tskey-", "ATATT", "eyJ", "CF-", "cf_clearance",
	"cfut_", "cfat_", "cfk_", "cfast_", "cfoat_", "cfort_",
}

// isOthers reports whether b begins like a token that others issue.
func isOthers(b []byte) bool {
	return slices.ContainsFunc(otherTokens, func(p string) bool { return bytes.HasPrefix(b, []byte(p)) })
}

func recognizeLegacyToken(text []byte, at int) (Match, bool) {
	end := at + legacyTokenLen
	if end > len(text) {
		return Match{}, false
	}
	b := text[at:end]
	if !all(b, tokenChar) || !standsAlone(text, at, end) {
		return Match{}, false
	}
	drawn := random(b)
	if drawn == 0 {
		return Match{}, false
	}
	if isOthers(b) {
		return Match{}, false
	}
	if follows := bytes.TrimRight(text[max(0, at-longestPrefix-maxGap/4):at], " \t\r\n\"'`+.&,\\()"); len(follows) > 0 && follows[len(follows)-1] == '_' {
		for _, known := range knownPrefixes {
			if bytes.HasSuffix(follows, []byte(known)) {
				return Match{}, false // the middle of a credential in parts
			}
		}
	}
	m := Match{Span: Span{at, end}, Confidence: secret.Medium}
	name := named(text, at)
	if i := sentAt(text, at); i >= 0 && name != ours {
		switch {
		case elsewhere(text, i):
			return Match{}, false
		case toCloudflare(text, i):
			name = header
		}
	}
	if name == foreign || putAs(text, at) == foreign || name != ours && isKVKey(text, at) || drawn < 3 && name != ours && !(name == header && called(text, at)) {
		return Match{}, false
	}
	switch name {
	case ours:
		m.Confidence, m.Reason = secret.High, "its name says that it is Cloudflare's"
	case header:
		switch {
		case elsewhere(text, at):
			return Match{}, false
		case called(text, at):
			m.Confidence, m.Reason = secret.High, "it is sent to Cloudflare's API"
		case vendorNear(text, at):
			m.Reason = "it is a bearer token and Cloudflare is near"
		default:
			return Match{}, false
		}
	case generic, authKey:
		switch {
		case inCertificate(text, at): // of an Argo tunnel, which is no other's Argo
			m.Confidence, m.Reason = secret.High, "it stands beside a zone's id and an account's, as in the certificate of a tunnel"
		case othersBlock(text, at), near(text, at, nameDistance, 0, "akia"), // Amazon's, beside the id of a key
			isCalled(text, at, "authtoken") && near(text, at, nearBefore, nearAfter, "libsql:", ".turso.io"),
			inLink(text, at),
			parameter(text, at) >= 0 && elsewhere(text, at) && !mentions(text, at, lineBefore, lineAfter, "providercloudflare"):
			return Match{}, false
		case vendorNear(text, at), called(text, at), inSecret(text, at), beneath(text, at):
			m.Reason = "it is called a token or key and Cloudflare is near"
		case isCalled(text, at, "r2token", "r2apitoken", "r2catalogtoken", "workersapitoken", "keylessapitoken"):
			m.Reason = "it is called a token of a product that Cloudflare alone has"
		default:
			m.Reason, m.ByPath = "it is called a token or key in a file about Cloudflare", true
		}
	default:
		spoken := near(text, at, Reach, Reach, "cf", "flare", "wrangler") // of Cloudflare, by whatever name
		switch {
		case spoken && valued(text, at, end):
			m.Confidence, m.Reason = secret.High, "its name says that it is Cloudflare's"
		case spoken && said(text, at, end, name):
			m.Reason = "its line speaks of a credential of Cloudflare's"
		case spoken && introduced(text, at):
			m.Reason = "it follows Cloudflare's name"
		case spoken && called(text, at) && near(text, at, nearBefore, nearBefore, "bearer", "authorization", "/tokens"):
			m.Reason = "it stands beside a call of Cloudflare's API"
		case inTable(text, at, end):
			m.Reason = "it stands in a table that speaks of Cloudflare"
		case constructed(text, at):
			m.Reason = "it is handed to a client of Cloudflare's"
		case issued(text, at):
			m.Confidence, m.Reason = secret.High, "it stands where Cloudflare tells of a token"
		case announced(text, at, end) && vendorNear(text, at):
			m.Reason = "the text before it says that a token or key follows, and Cloudflare is near"
		case alone(text, at, end):
			m.Reason, m.ByPath = "it is all that is in a file about Cloudflare", true
		default:
			return Match{}, false
		}
	}
	return judged(m, text, b), true
}

// inCertificate reports whether the value at text[at:] is the token in a cert.pem of
// cloudflared, which is JSON in base64: no other vendor's has zones and accounts.
func inCertificate(text []byte, at int) bool {
	return isCalled(text, at, "apitoken") && near(text, at, nearBefore, nearAfter, `"zoneid"`) && near(text, at, nearBefore, nearAfter, `"accountid"`)
}

// inSecret reports whether the value at text[at:] stands in a Secret of Kubernetes
// that is named after Cloudflare: keys are in the order of the alphabet, so that
// data are long before metadata.
func inSecret(text []byte, at int) bool {
	return near(text, at, Reach, Reach, "kind: secret", `"kind":"secret"`, `"kind": "secret"`) && near(text, at, Reach, Reach, "cloudflare")
}

// issued reports whether the value at text[at:] is the value of a token as the API
// or a state of Terraform has it, among the policies of the token, or in the answer of
// the API to who made it.
//
// See https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/create/.
func issued(text []byte, at int) bool {
	return isCalled(text, at, "value") &&
		(near(text, at, Reach, nearAfter, "com.cloudflare.api.", `"cloudflare_api_token"`, `"cloudflare_account_token"`) ||
			near(text, at, nearBefore, 0, `"issued_on"`) && near(text, at, Reach, Reach, `"success"`) && near(text, at, Reach, Reach, `"messages"`))
}

// constructed reports whether the value at text[at:] is an argument of a call of what
// is named as a client of Cloudflare's.
func constructed(text []byte, at int) bool {
	i := at
	for ; i > max(0, at-nameDistance) && text[i-1] != '('; i-- {
		if bytes.IndexByte([]byte("\n;={}:"), text[i-1]) >= 0 {
			return false
		}
	}
	if i == 0 || text[i-1] != '(' {
		return false
	}
	end := i - 1
	for i = end; i > 0 && end-i < maxWord*2 && class[text[i-1]]&alnumChar != 0; i-- {
	}
	var room [2 * maxWord]byte
	callee := fold(room[:0], text[i:end])
	for _, does := range []string{"add", "new", "create", "use", "with"} {
		callee = bytes.TrimPrefix(callee, []byte(does))
	}
	if string(callee) == "apitokenauthentication" { // of CloudFlare.Client, in .NET
		return near(text, at, Reach, Reach, "cloudflare.client", "cloudflareclient")
	}
	callee, ok := bytes.CutPrefix(callee, []byte("cloudflare"))
	return ok && slices.Contains([]string{"", "client", "api", "apiclient", "service", "sdk", "dns", "dnsclient", "provider", "dnsprovider"}, string(callee))
}

// announced reports whether text[start:end] is a line of its own, in a block of code
// or not, and the text before ends in a colon and speaks of a token or key.
func announced(text []byte, start, end int) bool {
	const quotes = " \t\"'`>*"
	before := bytes.TrimRight(text[max(0, start-nearBefore):start], quotes)
	after := bytes.TrimLeft(text[end:min(len(text), end+lineAfter)], quotes)
	if !bytes.HasSuffix(before, []byte("\n")) || len(after) > 0 && after[0] != '\n' && after[0] != '\r' {
		return false
	}
	for {
		before = bytes.TrimRight(before, quotes+"\r\n~")
		i := bytes.LastIndexByte(before, '\n') + 1
		line := before[i:]
		if bytes.HasPrefix(line, []byte("```")) || bytes.HasPrefix(line, []byte("~~~")) {
			before = before[:i] // the language of a block of code
			continue
		}
		_, token, _ := speaks(line)
		return token && bytes.HasSuffix(line, []byte(":"))
	}
}

// introduced reports whether nothing but a space or quotes, or an id of 32
// digits, stands between Cloudflare's name and the value at text[at:], as in
// Caddy's "dns cloudflare <token>".
func introduced(text []byte, at int) bool {
	for range 3 {
		before := bytes.TrimRight(text[max(0, at-maxWord-accountIDLen):at], " \t\"',")
		n := len(before)
		i := n
		for i > 0 && class[before[i-1]]&alnumChar != 0 {
			i--
		}
		switch {
		case i < n && lookUp(before[i:]).sense == cloudflare && n-i > 2:
			return true
		case n-i == accountIDLen && all(before[i:], hexChar), string(before[i:]) == "run":
			at -= len(text[max(0, at-maxWord-accountIDLen):at]) - i
		default:
			return false
		}
	}
	return false
}

// verifyLegacyToken asks both verifiers: nothing tells whose a token without a
// prefix is.
func verifyLegacyToken(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	v := c.VerifyUserToken(ctx)
	if !v.Open() {
		return v
	}
	if of := ofAccount(ctx, c, s, maxAccounts-2); of.Status != secret.Unknown || !v.Settled() {
		return of
	}
	return v
}
