package detectors

import (
	"bytes"
	"context"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// R2Key is the secret of an access key for R2's S3 API. It is the SHA-256 of an API
// token, of which the access key id is the id:
// https://developers.cloudflare.com/r2/api/tokens/.
var R2Key = &Detector{
	ID:          "cloudflare-r2-key",
	Title:       "Cloudflare R2 secret access key",
	Description: "The secret access key of R2's S3 API, 64 hexadecimal digits named as one where R2 is near. With its access key id it reads, and mostly writes, buckets. It is made from an API token and dies with it.",
	Advice:      "Roll or delete the API token that it is made from, in the dashboard under R2 > Manage API tokens or where API tokens are; the access key id is the token's id. Then give the new key to what used it, and look at what is in the buckets.",
	HelpURL:     "https://developers.cloudflare.com/r2/api/tokens/",
	Severity:    8.6,
	Confidence:  secret.High,
	Rollable:    true,
	Shapes:      []Shape{{MinRun: hexSecretLen, MaxRun: hexSecretLen, Hex: true, Recognize: recognizeR2Key}},
	Verify:      verifyR2Key,
}

// verifyR2Key asks R2 with the key, and the operator's credential whose the token
// is that it is made from: by that it can be rolled.
func verifyR2Key(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	accounts := s.accounts()
	switch {
	case !cfapi.IsID(s.PublicID):
		return untold("its access key id does not stand beside it, and without that R2 cannot be asked")
	case len(accounts) == 0:
		return untold("the account that it is of is not known, and without that R2 cannot be asked")
	}
	k := cfapi.R2Key{AccountID: accounts[0], Jurisdiction: s.Jurisdiction, KeyID: s.PublicID, Secret: s.Secret}
	v := c.VerifyR2Key(ctx, k)
	if s.As == nil {
		return v
	}
	c.Use(*s.As)
	for _, owner := range []string{accounts[0], ""} {
		if _, err := c.Token(ctx, cfapi.Ref{TokenID: s.PublicID, AccountID: owner}); err == nil {
			v.TokenID, v.AccountID = s.PublicID, owner
			break
		}
	}
	return v
}

// R2SecretOf returns the secret access key that is made from an API token: the
// hexadecimal digits of its SHA-256.
//
// See https://developers.cloudflare.com/r2/api/tokens/.
func R2SecretOf(token secret.Value) secret.Value {
	return secret.New([]byte(token.Fingerprint().String()))
}

func recognizeR2Key(text []byte, at int) (Match, bool) {
	if !standsAlone(text, at, at+hexSecretLen) {
		return Match{}, false
	}
	if !isCalled(text, at, "secret", "secretaccess") {
		return Match{}, false
	}
	m := Match{Span: Span{at, at + hexSecretLen}, Confidence: secret.High, PublicID: accessKeyID(text, at), Jurisdiction: jurisdiction(text, at)}
	name := identifier(text, at)
	switch secretName := isCalled(text, at, "secretaccesskey", "accesskeysecret", "secretkey", "s3secret") || name == "secret" || name == "clientsecret"; {
	case isCalled(text, at, "r2secretaccesskey", "r2accesskeysecret", "r2secretkey", "r2secret", "r2clientsecret"):
		m.Reason = "its name says that it is R2's"
	case !secretName:
		return Match{}, false
	case near(text, at, Reach, Reach, "r2.cloudflarestorage.com"):
		m.Reason = "it is called a secret key, and R2's address is near"
	case saysR2(text, at) || mentions(text, at, nearBefore, nearBefore, "providercloudflare"):
		m.Confidence, m.Reason = secret.Medium, "it is called a secret key, and R2 is near"
		if m.PublicID != "" {
			m.Confidence = secret.High
		}
	default:
		return Match{}, false
	}
	return judged(m, text, text[m.Span.Start:m.Span.End]), true
}

// jurisdiction returns the one in an address of R2's beside text[at:], "" if there
// is none.
func jurisdiction(text []byte, at int) string {
	for _, j := range []string{"eu", "fedramp"} {
		if near(text, at, Reach, Reach, "."+j+".r2.cloudflarestorage.com") {
			return j
		}
	}
	return ""
}

// saysR2 reports whether the word R2 stands near text[at:].
func saysR2(text []byte, at int) bool {
	part := text[max(0, at-nearBefore):min(len(text), at+nearAfter)]
	isWord := func(i int) bool { return i < 0 || i >= len(part) || class[part[i]]&alnumChar == 0 }
	for i := 0; i+2 <= len(part); i++ {
		if part[i]|0x20 == 'r' && part[i+1] == '2' && isWord(i-1) && isWord(i+2) {
			return true
		}
	}
	return false
}

// accessKeyID returns the access key id that stands beside text[at:]: 32
// hexadecimal digits that are called so, or are no account's; "" if there is none.
func accessKeyID(text []byte, at int) (id string) {
	hexRuns(text, at, nearBefore, nearBefore, accountIDLen, func(start int) bool {
		end := start + accountIDLen
		before := text[max(0, start-48):start]
		switch {
		case bytes.HasPrefix(text[end:], []byte(".r2.")), bytes.HasPrefix(text[end:], []byte(".eu.r2.")), bytes.HasPrefix(text[end:], []byte(".fedramp.r2.")),
			bytes.HasPrefix(text[end:], []byte(".access")), namesAccount(before), bytes.HasSuffix(before, []byte("/accounts/")):
			return true
		}
		id = string(text[start:end])
		return false
	})
	return id
}
