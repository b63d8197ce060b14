package detectors

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// R2Key is the secret of an access key for R2's S3 API. It is the SHA-256 of an API
// token, of which the access key id is the id:
// https://developers.cloudflare.com/r2/api/tokens/.
var R2Key = &Detector{
	ID:          "cloudflare-r2-key",
	Title:       "Cloudflare R2 secret access key",
	Description: "The secret access key of R2's S3 API, 64 hexadecimal digits named as one, or behind its access key id, where R2 is near. With its access key id it reads, and mostly writes, buckets. It is made from an API token and dies with it.",
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
	if id := idJoined(text, at); id >= 0 {
		return recognizeR2Pair(text, id, at)
	}
	if !standsAlone(text, at, at+hexSecretLen) {
		return Match{}, false
	}
	m := Match{Span: Span{at, at + hexSecretLen}, Confidence: secret.High}
	switch {
	case isMade(text, at):
		m.Reason = "it is the SHA-256 of an API token beside it"
	case !isCalled(text, at, "secret", "secretaccesskey", "secretkey", "password"):
		return Match{}, false
	case isCalled(text, at, "r2secret", "r2accesskeysecret", "r2accesssecret", "r2keysecret", "r2apisecret", "r2clientsecret"):
		m.Reason = "its name says that it is R2's"
	case isCloudflares(text, at):
		m.Reason = "its name says that it is a secret access key of Cloudflare's"
	case !isCalled(text, at, "secretaccesskey", "accesskeysecret", "s3secret") && !hasAccessKeyID(text, at):
		return Match{}, false
	case near(text, at, Reach, Reach, r2Host):
		m.Reason = "it is called a secret key, and R2's address is near"
	case saysR2(text, at) || mentions(text, at, nearBefore, nearBefore, "providercloudflare"):
		m.Confidence, m.Reason = secret.Medium, "it is called a secret key, and R2 is near"
	default:
		return Match{}, false
	}
	m.PublicID, m.Jurisdiction = accessKeyID(text, at), jurisdiction(text, at)
	if m.PublicID != "" {
		m.Confidence = secret.High
	}
	return judged(m, text, text[m.Span.Start:m.Span.End]), true
}

const r2Host = "r2.cloudflarestorage.com"

// isCloudflares reports whether the value at text[at:] has the name of a secret access key
// and of Cloudflare, of whose products R2 alone has such: CLOUDFLARE_SECRET_ACCESS_KEY,
// and CF_AWS_SECRET_ACCESS_KEY beside an id named like it, since CF is others' too.
func isCloudflares(text []byte, at int) bool {
	name := identifier(text, at)
	if !strings.HasSuffix(name, "secretaccesskey") && !strings.HasSuffix(name, "accesskeysecret") {
		return false
	}
	if strings.Contains(name, "cloudflare") {
		return true
	}
	first := identifierBefore(text, at)[:len("cf_")]
	return bytes.EqualFold(first[:2], []byte("cf")) && !isLetter(first[2]) &&
		!near(text, at, nearBefore, nearAfter, othersCF...) && hasAccessKeyID(text, at)
}

// isMade reports whether the secret at text[at:] is the one that is made from an API
// token near it.
func isMade(text []byte, at int) bool {
	const prefix, length = len("cfat_"), len("cfat_") + bodyLen + checksumLen
	for rest := text[max(0, at-nearAfter):min(len(text), at+hexSecretLen+nearAfter)]; ; {
		i := bytes.IndexByte(rest, '_')
		if i < 0 {
			return false
		}
		if start := i + 1 - prefix; start >= 0 && start+length <= len(rest) &&
			(bytes.HasPrefix(rest[start:], []byte("cfat_")) || bytes.HasPrefix(rest[start:], []byte("cfut_"))) &&
			secret.New(rest[start:start+length]).Fingerprint().String() == string(text[at:at+hexSecretLen]) {
			return true
		}
		rest = rest[i+1:]
	}
}

// hasAccessKeyID reports whether the secret at text[at:], whose name may be
// anything's, makes a pair with an access key id: beside it, or further away in the
// same file of settings if both are called so.
func hasAccessKeyID(text []byte, at int) (has bool) {
	name := identifier(text, at)
	suits := func(start int) bool {
		return !isAccountID(text, start, start+accountIDLen) && suit(identifier(text, start), name)
	}
	if idBeside(text, at, at+hexSecretLen, "", suits) >= 0 {
		return true
	}
	if !strings.HasSuffix(name, "secretkey") {
		return false
	}
	hexRuns(text, at, nearBefore, nearBefore, accountIDLen, func(start int) bool {
		has = strings.Contains(identifier(text, start), "accesskey") && suits(start)
		return !has
	})
	return has
}

// wrappers are what a program may wrap an argument in.
var wrappers = []string{"Some", "String", "string", "from", "new", "text", "value"}

// idJoined returns where the access key id begins that stands before the secret at
// text[at:] with nothing between them that names one: "id:secret", or two arguments
// in a row; -1 if there is none.
func idJoined(text []byte, at int) int {
	const most = 40
	for end := at; ; {
		for end > max(0, at-most) && class[text[end-1]]&tokenChar == 0 {
			if text[end-1] == '=' {
				return -1
			}
			end--
		}
		start := end
		for start > 0 && end-start <= accountIDLen+len("u0022") && class[text[start-1]]&tokenChar != 0 {
			start--
		}
		start += escaped(text, start, end)
		switch word := text[start:end]; {
		case len(word) == accountIDLen && all(word, hexChar) && !isAccountID(text, start, end):
			return start
		case !slices.Contains(wrappers, string(word)):
			return -1
		}
		end = start
	}
}

// recognizeR2Pair recognizes a secret at text[at:] without a name behind an access
// key id. What is listed beside R2 in pairs may be digests of objects.
func recognizeR2Pair(text []byte, id, at int) (Match, bool) {
	end := at + hexSecretLen
	m := Match{
		Span: Span{at, end}, Confidence: secret.High, Reason: "it stands behind an access key id, and R2's address is near",
		PublicID: string(text[id : id+accountIDLen]),
	}
	switch {
	case end < len(text) && text[end] == '@' && near(text, end, 0, len("@.fedramp.")+accountIDLen+len(r2Host), r2Host):
		m.Reason = "it is the password in an address of R2's"
	case end < len(text) && class[text[end]]&base64Char != 0,
		mentions(text, at, Reach, Reach, "etag", "md5", "sha1", "sha256", "checksum", "digest"),
		isListed(text, at) && !mentions(text, at, Reach, 0, "accesskey", "credential"):
		return Match{}, false
	case near(text, at, Reach, Reach, r2Host):
	case saysR2(text, at) && mentions(text, at, nearBefore, nearBefore, "credential", "accesskey", "secretkey"):
		m.Confidence, m.Reason = secret.Medium, "it stands behind what may be an access key id, and R2 is near"
	default:
		return Match{}, false
	}
	m.Jurisdiction = jurisdiction(text, at)
	return judged(m, text, text[at:end]), true
}

// isListed reports whether there are others like the secret at text[at:] near it.
func isListed(text []byte, at int) (listed bool) {
	hexRuns(text, at, nearBefore, nearBefore, hexSecretLen, func(start int) bool {
		listed = listed || start != at
		return !listed
	})
	return listed
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
// hexadecimal digits that are no account's; "" if there is none.
func accessKeyID(text []byte, at int) (id string) {
	hexRuns(text, at, nearBefore, nearBefore, accountIDLen, func(start int) bool {
		end := start + accountIDLen
		if isAccountID(text, start, end) {
			return true
		}
		id = string(text[start:end])
		return false
	})
	return id
}

// isAccountID reports whether the id text[start:end] is called an account's, or is
// one of something else by what follows.
func isAccountID(text []byte, start, end int) bool {
	before := text[max(0, start-48):start]
	for _, host := range []string{".r2.", ".eu.r2.", ".fedramp.r2.", ".access"} {
		if bytes.HasPrefix(text[end:], []byte(host)) {
			return true
		}
	}
	return namesAccount(before) || bytes.HasSuffix(before, []byte("/accounts/"))
}
