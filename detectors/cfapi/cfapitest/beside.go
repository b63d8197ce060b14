package cfapitest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// What is beside the API has the name of its host first in the path.

var (
	siteverify  = route{method: "POST", template: "/turnstile/v0/siteverify", serve: (*Server).siteverify, beside: true}
	listBuckets = route{method: "GET", template: "/", serve: (*Server).listBuckets, beside: true}

	bucketsPath = regexp.MustCompile(`^/([0-9a-f]{32})(?:\.(eu|fedramp))?\.r2\.cloudflarestorage\.com/$`)
	s3Header    = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/auto/s3/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`)
)

// besideOf returns the route of a request that is not to the API, and what is in
// its path.
func besideOf(r *http.Request) (*route, map[string]string) {
	if r.Method == siteverify.method && r.URL.Path == "/challenges.cloudflare.com"+siteverify.template {
		return &siteverify, nil
	}
	if m := bucketsPath.FindStringSubmatch(r.URL.Path); m != nil && r.Method == listBuckets.method {
		return &listBuckets, map[string]string{"account_id": m[1], "jurisdiction": m[2]}
	}
	return nil, nil
}

// siteverify answers as
// https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
// describes it: no answer of a widget is valid here. That an unknown secret is
// told of before the answer is looked at is not documented.
func (s *Server) siteverify(q request) answer {
	var in struct{ Secret, Response string }
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(q.body))
	switch {
	case kind == "application/json":
		json.Unmarshal(q.body, &in)
	case kind == "application/x-www-form-urlencoded" && err == nil:
		in.Secret, in.Response = form.Get("secret"), form.Get("response")
	}
	code := "invalid-input-secret"
	for _, w := range s.widgets {
		if w.secret == in.Secret {
			code = "invalid-input-response"
		}
	}
	switch {
	case in.Secret == "":
		code = "missing-input-secret"
	case in.Response == "" && code == "invalid-input-response":
		code = "missing-input-response"
	}
	b, _ := json.Marshal(map[string]any{"success": false, "error-codes": []string{code}, "messages": []any{}})
	return answer{status: http.StatusOK, body: b}
}

// s3Error is an answer of R2's S3 API that is none of success:
// https://developers.cloudflare.com/r2/api/error-codes/.
func s3Error(status int, code string) answer {
	return s3(status, "<Error><Code>"+code+"</Code><Message>of the fake</Message></Error>")
}

func s3(status int, body string) answer {
	return answer{
		status: status, body: []byte(`<?xml version="1.0" encoding="UTF-8"?>` + body),
		header: http.Header{"Content-Type": {"application/xml"}},
	}
}

// S3Error returns the Response that R2 gives for a reason of its own.
func S3Error(status int, code string) Response { return canned(s3Error(status, code)) }

// listBuckets answers GET / of R2's S3 API to a request that is signed with the
// SHA-256 of an API token, by the token's id. What R2 answers to a signature that
// does not match is documented, and not that the id must be known for that.
func (s *Server) listBuckets(q request) answer {
	m := s3Header.FindStringSubmatch(q.Header.Get("Authorization"))
	if m == nil {
		return s3Error(http.StatusBadRequest, "InvalidArgument")
	}
	if len(m[1]) != 32 {
		return s3Error(http.StatusBadRequest, "InvalidArgument")
	}
	var t *Token
	for _, k := range s.tokens {
		if k.ID == m[1] && !k.deleted && !k.oauth && k.status() == "active" {
			t = k
		}
	}
	who := caller{token: t}
	var account *Account
	if t != nil {
		who.user = t.user
	}
	for _, a := range s.accounts {
		if a.ID == q.params["account_id"] && t != nil && who.reaches(a) {
			account = a
		}
	}
	switch {
	case account == nil:
		return s3Error(http.StatusUnauthorized, "Unauthorized")
	case !signed(q, m[2], strings.Split(m[3], ";"), m[4], t.value):
		return s3Error(http.StatusForbidden, "SignatureDoesNotMatch")
	case !who.mayAccount(account, named(r2Read, r2Write)):
		return s3Error(http.StatusForbidden, "AccessDenied")
	}
	return s3(http.StatusOK, "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>")
}

// signed reports whether a request is signed as
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// says, now, with the key that is made of a token.
func signed(q request, day string, headers []string, signature, token string) bool {
	stamp := q.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	empty := sha256.Sum256(nil)
	if err != nil || q.now.Sub(at).Abs() > 15*time.Minute || !strings.HasPrefix(stamp, day) ||
		q.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(empty[:]) || len(q.body) > 0 {
		return false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n", q.Method, q.URL.EscapedPath(), q.URL.RawQuery)
	names := map[string]bool{}
	for _, h := range headers {
		value := q.Header.Get(h)
		if h == "host" {
			value = q.Host
		}
		names[h] = true
		fmt.Fprintf(&b, "%s:%s\n", h, strings.TrimSpace(value))
	}
	if !names["host"] || !names["x-amz-date"] || !names["x-amz-content-sha256"] {
		return false
	}
	fmt.Fprintf(&b, "\n%s\n%x", strings.Join(headers, ";"), empty)
	canonical := sha256.Sum256([]byte(b.String()))
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	made := sha256.Sum256([]byte(token))
	key := mac(mac(mac(mac([]byte("AWS4"+hex.EncodeToString(made[:])), day), "auto"), "s3"), "aws4_request")
	want := mac(key, fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s/auto/s3/aws4_request\n%x", stamp, day, canonical))
	return hmac.Equal([]byte(hex.EncodeToString(want)), []byte(signature))
}
