package cfapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// An R2Key is an access key of R2's S3 API.
type R2Key struct {
	AccountID    string
	Jurisdiction string // whose host is asked: "eu", "fedramp", or "" for none
	KeyID        string // the id of the API token that it is made from
	Secret       secret.Value
}

// VerifyR2Key asks R2 for the list of buckets, signed with the key: that changes
// nothing, and R2 tells a key that may not list them from one that is none.
//
// See https://developers.cloudflare.com/r2/api/error-codes/. That a signature that
// does not match tells of a known key id with another secret is not documented:
// such a key is Unknown.
func (c *Caller) VerifyR2Key(ctx context.Context, k R2Key) Verdict {
	host := k.AccountID
	if k.Jurisdiction != "" {
		host += "." + k.Jurisdiction
	}
	host += r2Domain
	if !isR2Host(host) {
		return Verdict{Status: secret.Unknown, Detail: "the account that it is of is not known"}
	}
	a, err := c.make(ctx, request{
		method: http.MethodGet, url: c.client.at(host) + "/", harmless: true, read: readPlain,
		sign: func(r *http.Request) error { return signS3(r, k, "auto", time.Now()) },
	})
	if err != nil {
		return Unsure(err)
	}
	var said struct {
		XMLName xml.Name
		Code    string `xml:"Code"`
	}
	if xml.Unmarshal(a.raw, &said) != nil {
		return Verdict{Status: secret.Unknown, Detail: fmt.Sprintf("the answer is not R2's (HTTP %d)", a.status)}
	}
	v := Verdict{Status: secret.Unknown}
	switch {
	case a.status == http.StatusOK && said.XMLName.Local == "ListAllMyBucketsResult":
		v.Status, v.Detail = secret.Active, "R2 accepts it; it may list all buckets"
	case said.Code == "AccessDenied":
		v.Status, v.Detail = secret.Active, "R2 accepts it; it may not list all buckets"
	case said.Code == "Unauthorized":
		v.Status, v.Detail = secret.Invalid, "R2 does not accept the access key "+k.KeyID+" in the account "+k.AccountID
	case said.Code == "SignatureDoesNotMatch":
		v.Detail = "R2 knows the access key id beside it, with another secret: it was rolled since, or is another key's"
	case said.Code == "NotEntitled":
		v.Detail = "the account has no R2"
	case said.Code == "InvalidArgument":
		v.Detail = "what stands beside it is no access key id"
	default:
		v.Detail = fmt.Sprintf("R2's answer does not tell (HTTP %d, %.40q)", a.status, said.Code)
	}
	return v
}

// signS3 signs a request without a body, and sets the headers that say so.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
func signS3(r *http.Request, k R2Key, region string, now time.Time) error {
	if !isPrintable(k.KeyID) || !isPrintable(k.Secret.Reveal()) {
		return errors.New("it has characters that no credential has")
	}
	sum := func(s string) string {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:])
	}
	const headers = "host;x-amz-content-sha256;x-amz-date"
	stamp := now.UTC().Format("20060102T150405Z")
	day, empty := stamp[:8], sum("")
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", empty)
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(),
		"host:" + r.URL.Host, "x-amz-content-sha256:" + empty, "x-amz-date:" + stamp, "",
		headers, empty,
	}, "\n")
	scope := day + "/" + region + "/s3/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + sum(canonical)
	key := []byte("AWS4" + k.Secret.Reveal())
	for _, part := range []string{day, region, "s3", "aws4_request", text} {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+k.KeyID+"/"+scope+",SignedHeaders="+headers+",Signature="+hex.EncodeToString(key))
	return nil
}
