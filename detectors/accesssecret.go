package detectors

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// AccessSecret is the client secret of an Access service token.
//
// Those made since 2026-08-26 have the prefix cfast_, older ones are 64
// hexadecimal digits: see
// https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/.
var AccessSecret = &Detector{
	ID:          "cloudflare-access-secret",
	Title:       "Cloudflare Access service token",
	Description: "The client secret of an Access service token: cfast_ and 48 characters, or 64 hexadecimal digits named as one or beside an id that ends in .access. With its client id it opens every application whose policies admit the service token.",
	Advice:      "Rotate the service token in the dashboard under Zero Trust > Access controls > Service credentials > Service Tokens, or by API; the old secret dies at once unless a grace period is asked for. Then give the new one to what used it, and look through the Access logs for who came in with it. To revoke the sessions of an application does not revoke the service token.",
	HelpURL:     "https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/",
	Severity:    8.2,
	Confidence:  secret.Certain,
	Rotatable:   true,
	Shapes: []Shape{
		{Prefix: "cfast_", MinRun: len("cfast_") + bodyLen + checksumLen, Recognize: recognizeAccessSecret},
		{MinRun: hexSecretLen, MaxRun: hexSecretLen, Hex: true, Recognize: recognizeOldAccessSecret},
	},
	Verify: verifyAccessSecret,
}

// verifyAccessSecret looks the service token up by its client id. To try the secret
// takes an application that it opens, and each try that fails is logged as an
// attack would be; Cloudflare shows the secret to nobody, so that of one that is in
// force it cannot be said whether this is its secret still.
func verifyAccessSecret(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	accounts := s.accounts()
	switch {
	case s.PublicID == "":
		return untold("its client id does not stand beside it, and without that it cannot be looked up")
	case s.As == nil:
		return untold(noOperator + "Access: Service Tokens Read")
	case len(accounts) == 0:
		return untold("the account that it is of is not known")
	}
	c.Use(*s.As)
	for _, account := range accounts[:min(len(accounts), maxAccounts)] {
		tokens, err := c.ServiceTokens(ctx, account)
		i := slices.IndexFunc(tokens, func(t cfapi.ServiceToken) bool { return t.Is(s.PublicID) })
		switch {
		case i < 0 && err != nil && len(accounts) == 1:
			return cfapi.Unsure(err)
		case i < 0:
			continue
		}
		t := tokens[i]
		v := cfapi.Verdict{Status: t.Status(), AccountID: account}
		if v.Status == secret.Active {
			v.Status = secret.Unknown
			v.Detail = "the service token is in force; whether this is its secret, or one that it had before a rotation, Cloudflare tells nobody"
			if t.UpdatedAt != nil {
				v.Detail += " (last changed on " + t.UpdatedAt.UTC().Format("2006-01-02") + ")"
			}
		}
		return v
	}
	return untold("no account that could be asked has a service token with its client id: it is deleted, or another account's")
}

// hexSecretLen is the length of secrets that are 32 bytes in hexadecimal.
const hexSecretLen = 64

// recognizeAccessSecret takes one whose checksum does not close for a credential
// too, with less confidence: that it is the CRC-32 of the others is not documented
// for this prefix.
func recognizeAccessSecret(text []byte, at int) (Match, bool) {
	m, ok := scannable("cfast_").Recognize(text, at)
	if !ok {
		return m, false
	}
	if m.Rejected == badChecksum && !isPlaceholder(text[at+len("cfast_"):m.Span.End], 18) {
		m.Rejected, m.Confidence, m.Reason = "", secret.Medium, "it has the prefix and the length of one; its checksum is not the usual one"
	}
	m.PublicID = clientID(text, at)
	return m, true
}

func recognizeOldAccessSecret(text []byte, at int) (Match, bool) {
	if !standsAlone(text, at, at+hexSecretLen) {
		return Match{}, false
	}
	m := Match{Span: Span{at, at + hexSecretLen}, Confidence: secret.High}
	if id := clientIDBefore(text, at); id != "" {
		m.PublicID, m.Reason = id, "it stands behind the id of an Access service token"
		return judged(m, text, text[m.Span.Start:m.Span.End]), true
	}
	if !isCalled(text, at, "secret", "headervalue") {
		return Match{}, false
	}
	m.PublicID = clientID(text, at)
	name := identifier(text, at)
	switch {
	case isCalled(text, at, "accessclientsecret", "cfaccesssecret", "cloudflareaccesssecret", "tunnelservicetokensecret", "accessservicetokenclientsecret"),
		isCalled(text, at, "accesssecret", "servicetokensecret") && (m.PublicID != "" || vendorNear(text, at)):
		m.Reason = "its name says that it is the secret of an Access service token"
	case m.PublicID == "":
		return Match{}, false
	case name == "clientsecret", isCalled(text, at, "secret") && besideClientID(text, at, name):
		m.Reason = "it is called a secret and stands beside the id of an Access service token"
	case isHeader(text, at, name, "cfaccessclientsecret"):
		m.Reason = "its name goes with that of the header for the secret of an Access service token"
	default:
		return Match{}, false
	}
	return judged(m, text, text[m.Span.Start:m.Span.End]), true
}

// besideClientID reports whether the secret at text[at:], which is assigned to name,
// makes a pair with the id of an Access service token.
func besideClientID(text []byte, at int, name string) bool {
	return idBeside(text, at, at+hexSecretLen, ".access", func(start int) bool { return suit(identifier(text, start), name) }) >= 0
}

// isHeader reports whether name is that of the value of a header that is called so
// before text[at:], as in Grafana: httpHeaderName2 and httpHeaderValue2.
func isHeader(text []byte, at int, name, header string) bool {
	i := strings.LastIndex(name, "value")
	return i >= 0 && mentions(text, at, Reach, 0, name[:i]+"name"+name[i+len("value"):]+header)
}

// clientIDBefore returns the id of an Access service token that stands before
// text[at:] with nothing between them that names one, as in a list or in
// "id:secret"; "" if there is none.
func clientIDBefore(text []byte, at int) string {
	before := bytes.TrimRight(text[max(0, at-longestPair):at], " \t\r\n\"'`,;:|()[]{}/-*=>")
	before, ok := bytes.CutSuffix(before, []byte(".access"))
	start := len(before) - accountIDLen
	if !ok || start < 0 || !all(before[start:], hexChar) || start > 0 && class[before[start-1]]&alnumChar != 0 {
		return ""
	}
	return string(before[start:]) + ".access"
}

// clientID returns the id of an Access service token that stands beside text[at:],
// 32 hexadecimal digits and ".access"; "" if there is none.
func clientID(text []byte, at int) (id string) {
	hexRuns(text, at, nearBefore, nearBefore, accountIDLen, func(start int) bool {
		end := start + accountIDLen
		if bytes.HasPrefix(text[end:], []byte(".access")) {
			id = string(text[start:end]) + ".access"
			return false
		}
		return true
	})
	return id
}
