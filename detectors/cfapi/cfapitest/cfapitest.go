// Package cfapitest is a fake of the part of Cloudflare's API v4 that is about
// credentials, for tests: API tokens, service tokens of Access, tunnels and
// Turnstile widgets, and beside the API Turnstile's siteverify and the list of
// buckets of R2. Nothing but tests imports it.
//
// A [Server] holds users, accounts, zones and tokens, and answers as Cloudflare
// does as far as that is known: envelopes, HTTP statuses, error codes. It has
// state: a rolled token has another value, a deleted one is gone, and a PUT
// replaces all of a token, so that what is not sent back is lost. Two things do
// not happen by themselves: no use of a token changes its last_used_on, and no
// passing of time its status.
//
// Each request to the API, and each answer that is not made to misbehave, is held
// against Cloudflare's OpenAPI document; what does not fit is an error of the test. So
// is a request that carries two credentials, because the second is then shown
// to whoever owns the first.
//
// Where it is not known how Cloudflare answers, the fake chooses, and says so
// there. A test of the other possibilities has [Server.Misbehave] and [Failure].
//
// Credentials are minted when a test runs, in the same order the same ones. No
// message or record of the package shows one.
package cfapitest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// basePath is where the API begins.
const basePath = "/client/v4"

// A Server is a fake Cloudflare on the loopback interface. Its methods, and
// those of what belongs to it, may be called from any goroutine.
type Server struct {
	URL string // base of the API: ends in /client/v4

	t    testing.TB
	done chan struct{} // closed when the test is over

	mu        sync.Mutex // guards what follows, and the fields of users, accounts, zones and tokens
	serial    int        // of what was minted last
	secrets   []string   // all credentials that there are or were
	users     []*User
	accounts  []*Account
	zones     []*Zone
	tokens    []*Token
	services  []*ServiceToken
	tunnels   []*Tunnel
	widgets   []*Widget
	groups    []group
	rollDelay time.Duration
	filterAll bool
	hooks     []func(*http.Request) Response
	elsewhere *httptest.Server

	perSecond  int
	admitted   []time.Time // requests of the last second that were not limited
	violations int
	calls      []Call
}

// New starts a server without users and accounts. It is closed when the test
// ends.
func New(t testing.TB) *Server {
	t.Helper()
	if _, err := document(); err != nil {
		t.Fatalf("reading the OpenAPI document: %v", err)
	}
	s := &Server{t: t, done: make(chan struct{}), groups: slices.Clone(knownGroups)}
	srv := httptest.NewServer(s)
	s.URL = srv.URL + basePath
	t.Cleanup(func() {
		close(s.done)
		srv.Close()
	})
	return s
}

// Elsewhere returns the URL of another host, to which nothing may be sent: a
// request to it is an error of the test.
func (s *Server) Elsewhere() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.elsewhere == nil {
		s.elsewhere = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.t.Errorf("cfapitest: a request went to another host, with %d credentials", len(presented(r.Header).all()))
		}))
		s.t.Cleanup(s.elsewhere.Close)
	}
	return s.elsewhere.URL
}

// SetRollDelay sets for how long the new value of a rolled token is refused
// with 400/10000 "Authentication error" after the roll. It is 0 unless set;
// Cloudflare takes some seconds.
func (s *Server) SetRollDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rollDelay = d
}

// SetFilterAccountVerify sets whether the verify endpoint of accounts applies
// the IP filter of a token. Cloudflare documents that the one of users does not,
// and says nothing of accounts; unless set, the fake does not there either.
func (s *Server) SetFilterAccountVerify(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filterAll = on
}

// A User is somebody who logs in to Cloudflare.
type User struct {
	ID    string
	Email string

	s         *Server
	key       string
	suspended bool
	accounts  []*Account
}

// AddUser adds a user with a Global API key in the current format.
func (s *Server) AddUser(email string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: s.mintID(), Email: email, s: s, key: s.mintPrefixed("cfk_")}
	s.users = append(s.users, u)
	return u
}

// GlobalKey returns the user's Global API key, which has all rights of the user.
func (u *User) GlobalKey() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.key
}

// ChangeGlobalKey replaces the Global API key, as the dashboard does and the API
// cannot, and returns the new one.
func (u *User) ChangeGlobalKey() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.key = u.s.mintPrefixed("cfk_")
	return u.key
}

// UseLegacyGlobalKey replaces the Global API key by one in the format before
// 2026, 37 hexadecimal digits, and returns it.
func (u *User) UseLegacyGlobalKey() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.key = u.s.mintLegacyKey()
	return u.key
}

// Join makes the user a member of accounts: they are among the user's
// organizations, and the Global API key has all rights in them. Tokens have
// those that their policies give.
func (u *User) Join(accounts ...*Account) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.accounts = append(u.accounts, accounts...)
}

// Suspend marks the user as suspended. What becomes of the user's tokens then
// is not known, and they go on working.
func (u *User) Suspend() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.suspended = true
}

// Allow returns a policy with permission groups, by name, on the user.
func (u *User) Allow(groups ...string) Policy {
	return Policy{Effect: "allow", Groups: groups, Resources: map[string]any{userPrefix + u.ID: "*"}}
}

// An Account owns zones and tokens.
type Account struct {
	ID   string
	Name string

	s *Server
}

// AddAccount adds an account without members.
func (s *Server) AddAccount(name string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Account{ID: s.mintID(), Name: name, s: s}
	s.accounts = append(s.accounts, a)
	return a
}

// Allow returns a policy with permission groups, by name, on the account.
func (a *Account) Allow(groups ...string) Policy {
	return Policy{Effect: "allow", Groups: groups, Resources: map[string]any{accountPrefix + a.ID: "*"}}
}

// AllowZones returns a policy with permission groups, by name, on all zones of
// the account and not on the account itself.
func (a *Account) AllowZones(groups ...string) Policy {
	return Policy{Effect: "allow", Groups: groups, Resources: map[string]any{
		accountPrefix + a.ID: map[string]any{zonePrefix + "*": "*"},
	}}
}

// A Zone is a domain of an account.
type Zone struct {
	ID   string
	Name string

	account *Account
}

// AddZone adds a zone to the account.
func (a *Account) AddZone(name string) *Zone {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	z := &Zone{ID: a.s.mintID(), Name: name, account: a}
	a.s.zones = append(a.s.zones, z)
	return z
}
