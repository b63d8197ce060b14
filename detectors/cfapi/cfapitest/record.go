package cfapitest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Call is a request that was received.
type Call struct {
	Time   time.Time
	Method string
	Path   string // below /client/v4, with the query

	// Credential is who sent it: the id of a token; "key of" and the id of a
	// user for a Global API key; "unknown" and the first digits of the SHA-256
	// for what was neither when it came, as the value of a token before its
	// roll; "" for none.
	Credential string

	Status     int  // of the answer, or of the one that was withheld; 0 if there was none
	Misbehaved bool // whether the answer was another than it should have been

	sum [sha256.Size]byte // of the credential
}

// record notes a request. The Call may be changed until s.mu is released.
func (s *Server) record(r *http.Request, c credentials, now time.Time) *Call {
	path := strings.TrimPrefix(r.URL.RequestURI(), basePath)
	s.calls = append(s.calls, Call{
		Time:       now,
		Method:     r.Method,
		Path:       s.redact(path, c),
		Credential: s.credentialName(c.one()),
		sum:        sha256.Sum256([]byte(c.one())),
	})
	return &s.calls[len(s.calls)-1]
}

// credentialName returns what a credential is called in a Call.
func (s *Server) credentialName(value string) string {
	if value == "" {
		return ""
	}
	if t := s.tokenValued(value); t != nil {
		return t.ID
	}
	for _, u := range s.users {
		if u.key == value {
			return "key of " + u.ID
		}
	}
	sum := sha256.Sum256([]byte(value))
	return "unknown " + hex.EncodeToString(sum[:4])
}

// redact returns text without the credentials that a request presents or that
// the server knows or knew.
func (s *Server) redact(text string, c credentials) string {
	for _, secret := range append(c.all(), s.secrets...) {
		if len(secret) >= 8 { // what is shorter is none, and may be part of any word
			text = strings.ReplaceAll(text, secret, "[credential]")
		}
	}
	return text
}

// Calls returns all requests received so far, in order.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// CallsBy returns how many requests presented the credential value: a token's
// value, present or past, or a Global API key. Those with two count for the
// token alone.
func (s *Server) CallsBy(value string) int {
	sum, n := sha256.Sum256([]byte(value)), 0
	for _, c := range s.Calls() {
		if c.sum == sum {
			n++
		}
	}
	return n
}

// MaxRate returns the largest number of requests that came within a window of
// time.
func (s *Server) MaxRate(window time.Duration) int {
	calls := s.Calls()
	most, first := 0, 0
	for i, c := range calls {
		for c.Time.Sub(calls[first].Time) >= window && first < i {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// SetRateLimit sets how many requests are answered in a second; those beyond get
// 429 with Retry-After, and are counted. With 0, which it is unless set, all are
// answered.
func (s *Server) SetRateLimit(perSecond int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perSecond, s.admitted = perSecond, nil
}

// Violations returns how many requests came beyond the rate limit.
func (s *Server) Violations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violations
}

// limited reports whether a request is beyond the rate limit, and counts it.
func (s *Server) limited(now time.Time) bool {
	if s.perSecond <= 0 {
		return false
	}
	s.admitted = slices.DeleteFunc(s.admitted, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(s.admitted) >= s.perSecond {
		s.violations++
		return true
	}
	s.admitted = append(s.admitted, now)
	return false
}
