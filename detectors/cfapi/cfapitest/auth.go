package cfapitest

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// location is the address that the fake says a caller has whom an IP filter
// excludes.
const location = "203.0.113.7"

// What credentials look like. A Global API key is no bearer token.
var (
	bearerShape = regexp.MustCompile(`^[A-Za-z0-9._-]{40,200}$`)
	keyShape    = regexp.MustCompile(`^([0-9a-f]{37,45}|cfk_[A-Za-z0-9]{40}[0-9a-f]{8})$`)
)

// credentials are what a request presents.
type credentials struct {
	authorization string // the header
	bearer        string // what follows "Bearer " in it
	email, key    string
	service       string // an Origin CA key, with which nothing can be done here
}

// presented returns the credentials in the header of a request.
func presented(h http.Header) credentials {
	c := credentials{
		authorization: h.Get("Authorization"),
		email:         h.Get("X-Auth-Email"),
		key:           h.Get("X-Auth-Key"),
		service:       h.Get("X-Auth-User-Service-Key"),
	}
	if token, ok := strings.CutPrefix(c.authorization, "Bearer "); ok {
		c.bearer = token
	}
	return c
}

// all returns the secrets among the credentials.
func (c credentials) all() []string {
	var all []string
	first := c.bearer
	if first == "" {
		first = c.authorization
	}
	for _, s := range []string{first, c.key, c.service} {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

// one returns the secret that the request is recorded under, or "".
func (c credentials) one() string {
	if all := c.all(); len(all) > 0 {
		return all[0]
	}
	return ""
}

var (
	invalidToken    = failure(http.StatusUnauthorized, 1000, "Invalid API Token")
	noAuthorization = failure(http.StatusBadRequest, 1001, `Missing "Authorization" header`)
	deadToken       = failure(http.StatusForbidden, 9109, "Invalid access token")
	unauthorized    = failure(http.StatusForbidden, 9109, "Unauthorized to access requested resource")
	filtered        = failure(http.StatusForbidden, 9109, "Cannot use the access token from location: "+location)
	notYet          = failure(http.StatusBadRequest, 10000, "Authentication error")
	otherAccount    = failure(http.StatusUnauthorized, 10000, "Authentication error")
	accountOwned    = failure(http.StatusBadRequest, 1011, "This endpoint does not support account owned tokens.")
	unknownKey      = failure(http.StatusForbidden, 9103, "Unknown X-Auth-Key or X-Auth-Email")
	noKey           = failure(http.StatusBadRequest, 9107, "Missing X-Auth-Key header")
	noEmail         = failure(http.StatusBadRequest, 9106, "Missing X-Auth-Email header")
	noCredentials   = failure(http.StatusBadRequest, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")

	badAuthorization = malformed(6111, "Authorization")
	badKey           = malformed(6103, "X-Auth-Key")
	badEmail         = malformed(6102, "X-Auth-Email")
)

// malformed returns the answer to a header that cannot be what it should.
func malformed(code int, header string) answer {
	return failure(http.StatusBadRequest, 6003, "Invalid request headers",
		notice{Code: code, Message: fmt.Sprintf("Invalid format for %s header", header)})
}

// caller returns who presents the credentials to an endpoint, or what to answer
// instead.
func (s *Server) caller(c credentials, verify bool, now time.Time) (caller, answer, bool) {
	switch {
	case c.authorization != "":
		return s.bearer(c.bearer, verify, now)
	case verify:
		return caller{}, noAuthorization, false
	case c.key == "" && c.email == "":
		return caller{}, noCredentials, false
	case c.key == "":
		return caller{}, noKey, false
	case c.email == "":
		return caller{}, noEmail, false
	case !keyShape.MatchString(c.key):
		return caller{}, badKey, false
	}
	if _, err := mail.ParseAddress(c.email); err != nil {
		return caller{}, badEmail, false
	}
	for _, u := range s.users {
		if u.Email == c.email && u.key == c.key {
			return caller{user: u}, answer{}, true
		}
	}
	return caller{}, unknownKey, false
}

// bearer is caller for a bearer token. What Cloudflare answers to one that is
// disabled, expired or not yet valid is not known but for the status that the
// verify endpoints report; it is answered like a dead one.
func (s *Server) bearer(value string, verify bool, now time.Time) (caller, answer, bool) {
	if !bearerShape.MatchString(value) || strings.HasPrefix(value, "cfk_") {
		return caller{}, badAuthorization, false
	}
	t := s.tokenValued(value)
	switch {
	case t == nil && verify:
		return caller{}, invalidToken, false
	case t == nil:
		return caller{}, deadToken, false
	case now.Before(t.settles):
		return caller{}, notYet, false
	case verify:
		return caller{token: t, user: t.user}, answer{}, true
	case t.status() != "active" || now.Before(t.notBefore()):
		return caller{}, deadToken, false
	case t.excluded:
		return caller{}, filtered, false
	}
	return caller{token: t, user: t.user}, answer{}, true
}

// tokenValued returns the token that has a value now, or nil.
func (s *Server) tokenValued(value string) *Token {
	for _, t := range s.tokens {
		if t.value == value && !t.deleted {
			return t
		}
	}
	return nil
}

// notBefore returns when the token begins to be valid.
func (t *Token) notBefore() time.Time {
	word, _ := t.doc["not_before"].(string)
	at, _ := time.Parse(time.RFC3339, word)
	return at
}
