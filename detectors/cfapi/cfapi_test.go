package cfapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
)

// client returns a client of the fake that is in no hurry and does not wait.
func client(t *testing.T, url string, change ...func(*cfapi.Options)) *cfapi.Client {
	t.Helper()
	opt := cfapi.Options{BaseURL: url, Rate: 1e6, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	for _, f := range change {
		f(&opt)
	}
	c, err := cfapi.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func token(value string) cfapi.Credential { return cfapi.Token(secret.New([]byte(value))) }

func TestBaseURL(t *testing.T) {
	for url, ok := range map[string]bool{
		"":                                     true,
		"https://api.cloudflare.com/client/v4": true,
		"https://api.cloudflare.com:443/x/":    true,
		"https://API.fed.cloudflare.com":       true,
		"http://127.0.0.1:8080/client/v4":      true,
		"http://127.9.9.9":                     true,
		"http://[::1]:80":                      true,
		"https://localhost:1":                  true,
		"http://api.cloudflare.com":            false,
		"https://api.cloudflare.com:444":       false,
		"https://api.cloudflare.com.evil.test": false,
		"https://evilcloudflare.com":           false,
		"https://cloudflare.com@evil.test":     false,
		"https://evil.test/api.cloudflare.com": false,
		"https://evil.test#.cloudflare.com":    false,
		"http://127.0.0.1.evil.test":           false,
		"http://10.0.0.1":                      false,
		"http://localhost.evil.test":           false,
		"ftp://127.0.0.1":                      false,
		"https://user@api.cloudflare.com":      false,
		"https://api.cloudflare.com/?x=1":      false,
		"api.cloudflare.com":                   false,
		"https://":                             false,
		"%":                                    false,
	} {
		if _, err := cfapi.CheckBaseURL(url); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestVerdicts asks about tokens in every state, and holds the API to every
// answer that is documented or was recorded.
func TestVerdicts(t *testing.T) {
	const (
		user    = "/user/tokens/verify"
		account = "account"
	)
	future := time.Now().Add(24 * time.Hour)
	tests := []struct {
		name   string
		spec   cfapitest.TokenSpec
		answer *cfapitest.Response
		after  func(*cfapitest.Token)
		status secret.Status
		detail string // part of it
		calls  int
	}{
		{name: "active", status: secret.Active, calls: 1},
		{name: "expires", spec: cfapitest.TokenSpec{ExpiresOn: future}, status: secret.Active, detail: "expires on 20", calls: 1},
		{name: "not yet valid", spec: cfapitest.TokenSpec{NotBefore: future}, status: secret.Active, detail: "not valid before", calls: 1},
		{name: "disabled", spec: cfapitest.TokenSpec{Status: "disabled"}, status: secret.Disabled, calls: 1},
		{name: "expired", spec: cfapitest.TokenSpec{Status: "expired"}, status: secret.Expired, calls: 1},
		{name: "rolled", after: func(k *cfapitest.Token) { k.Roll() }, status: secret.Invalid, calls: 1},
		{name: "deleted", after: func(k *cfapitest.Token) { k.Delete() }, status: secret.Invalid, calls: 1},
		{name: "IP filter", spec: cfapitest.TokenSpec{IPExcluded: true}, status: secret.Active, calls: 1},
		{name: "IP filter here", answer: failure(403, 9109, "Cannot use the access token from location: 203.0.113.7"), status: secret.Active, detail: "IP filter", calls: 1},
		{name: "no permission", answer: failure(403, 9109, "Unauthorized to access requested resource"), status: secret.Active, detail: "permission", calls: 1},
		{name: "not for account tokens", answer: failure(400, 1011, "This endpoint does not support account owned tokens"), status: secret.Active, detail: "permission", calls: 1},
		{name: "method", answer: failure(403, 10001, "Method not allowed for token"), status: secret.Active, detail: "permission", calls: 1},
		{name: "internal, by the same code", answer: failure(403, 10001, "internal error"), status: secret.Unknown, calls: 1},
		{name: "invalid access token", answer: failure(403, 9109, "Invalid access token"), status: secret.Invalid, calls: 1},
		{name: "a time-out by the code of invalid", answer: failure(400, 1000, "request timeout"), status: secret.Unknown, calls: 1},
		{name: "authentication error", answer: failure(401, 10000, "Authentication error"), status: secret.Unknown, detail: "10000", calls: 1},
		{name: "authentication failed", answer: failure(400, 9106, "Authentication failed (status: 400)"), status: secret.Unknown, calls: 1},
		{name: "no header", answer: failure(400, 1001, `Missing "Authorization" header`), status: secret.Unknown, calls: 1},
		{name: "no route", answer: failure(404, 7003, "Could not route"), status: secret.Unknown, calls: 1},
		{name: "success false with 200", answer: failure(200, 1000, "Invalid API Token"), status: secret.Invalid, calls: 1},
		{name: "locked out", answer: ptr(cfapitest.MaxAuthFailures()), status: secret.Unknown, detail: "max auth failures", calls: 1},
		{name: "rate limited", answer: ptr(cfapitest.RateLimited(time.Second)), status: secret.Unknown, detail: "rate limited", calls: 3},
		{name: "throttled with 200", answer: ptr(cfapitest.Throttled(200)), status: secret.Unknown, detail: "rate limited", calls: 3},
		{name: "500", answer: ptr(cfapitest.InternalError()), status: secret.Unknown, detail: "HTTP 500", calls: 3},
		{name: "503", answer: ptr(cfapitest.Unavailable()), status: secret.Unknown, detail: "HTTP 503", calls: 3},
		{name: "HTML", answer: ptr(cfapitest.HTML(403)), status: secret.Unknown, detail: "not the API's", calls: 3},
		{name: "HTML with 200", answer: ptr(cfapitest.HTML(200)), status: secret.Unknown, detail: "not the API's", calls: 3},
		{name: "half a body", answer: ptr(cfapitest.Truncated()), status: secret.Unknown, detail: "broke off", calls: 3},
		{name: "disconnect", answer: ptr(cfapitest.Disconnect()), status: secret.Unknown, detail: "cannot be reached", calls: 3},
		{name: "huge", answer: ptr(cfapitest.Huge(8 << 20)), status: secret.Unknown, detail: "more than 4 MB", calls: 1},
		{name: "malformed", answer: custom(400, `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}],"messages":[],"result":null}`), status: secret.Invalid, detail: "malformed", calls: 1},
		{name: "another word", answer: custom(200, `{"success":true,"errors":[],"messages":[],"result":{"id":"0123456789abcdef0123456789abcdef","status":"exposed"}}`), status: secret.Unknown, detail: `"exposed"`, calls: 1},
		{name: "no status", answer: custom(200, `{"success":true,"errors":[],"messages":[],"result":null}`), status: secret.Unknown, calls: 1},
		{name: "another form", answer: custom(200, `{"success":true,"errors":[],"messages":[],"result":[7]}`), status: secret.Unknown, detail: "form", calls: 1},
	}
	for _, owner := range []string{user, account} {
		for _, tt := range tests {
			t.Run(owner+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := cfapitest.New(t)
				a := s.AddAccount("acme")
				add := s.AddUser("ada@example.com").AddToken
				if owner == account {
					add = a.AddToken
				}
				k := add(tt.spec)
				value := k.Value()
				if tt.after != nil {
					tt.after(k)
				}
				if tt.answer != nil {
					s.MisbehaveNext(-1, *tt.answer)
				}
				c := client(t, s.URL).Caller(token(value), 10)
				var v cfapi.Verdict
				if owner == account {
					v = c.VerifyAccountToken(t.Context(), a.ID)
				} else {
					v = c.VerifyUserToken(t.Context())
				}
				if v.Status != tt.status || !strings.Contains(v.Detail, tt.detail) || tt.status == secret.Active && tt.detail == "" && v.Detail != "" {
					t.Errorf("%s (%s), want %s (%s)", v.Status, v.Detail, tt.status, tt.detail)
				}
				if known := tt.answer == nil && tt.after == nil; known != (v.TokenID == k.ID) && tt.name != "another word" {
					t.Errorf("token id %q", v.TokenID)
				}
				if strings.Contains(v.Detail, "203.0.113") {
					t.Errorf("the caller's address is told: %s", v.Detail)
				}
				if n := len(s.Calls()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
			})
		}
	}
}

func ptr(r cfapitest.Response) *cfapitest.Response { return &r }

func failure(status, code int, message string) *cfapitest.Response {
	return ptr(cfapitest.Failure(status, code, message))
}

func custom(status int, body string) *cfapitest.Response {
	return ptr(cfapitest.Custom(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
}

func TestVerifyKey(t *testing.T) {
	s := cfapitest.New(t)
	u := s.AddUser("ada@example.com")
	c := client(t, s.URL)
	ask := func(email, key string) cfapi.Verdict {
		return c.Caller(cfapi.Key(email, secret.New([]byte(key))), 4).VerifyKey(t.Context())
	}
	if v := ask(u.Email, u.GlobalKey()); v.Status != secret.Active || v.Owner != u.Email {
		t.Errorf("%+v", v)
	}
	if v := ask("bob@example.com", u.GlobalKey()); v.Status != secret.Unknown || !strings.Contains(v.Detail, "do not go together") {
		t.Errorf("%+v", v)
	}
	old := u.GlobalKey()
	u.ChangeGlobalKey()
	if v := ask(u.Email, old); v.Status != secret.Unknown {
		t.Errorf("%+v", v)
	}
	for chain, want := range map[string]secret.Status{
		`{"code":6102,"message":"Invalid format for X-Auth-Email header"}`:                                                                secret.Unknown,
		`{"code":6103,"message":"Invalid format for X-Auth-Key header"}`:                                                                  secret.Invalid,
		`{"code":6102,"message":"Invalid format for X-Auth-Email header"},{"code":6103,"message":"Invalid format for X-Auth-Key header"}`: secret.Invalid,
	} {
		s.MisbehaveNext(1, *custom(400, `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[`+chain+`]}],"messages":[],"result":null}`))
		if v := ask(u.Email, u.GlobalKey()); v.Status != want || !strings.Contains(v.Detail, "malformed") || strings.Contains(v.Detail, "address") == (want == secret.Invalid) {
			t.Errorf("%s: %+v", chain, v)
		}
	}
	u.Suspend()
	if v := ask(u.Email, u.GlobalKey()); v.Detail != "its user is suspended" {
		t.Errorf("%+v", v)
	}
}

// TestRefused says what it means that a token cannot be read.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		status, code int
		text         string
		is           error
		says         string
	}{
		{404, 7003, "Could not route", cfapi.ErrNoToken, ""},
		{400, 7000, "No route for that URI", cfapi.ErrNoToken, ""},
		{404, 1000, "Invalid API Token", cfapi.ErrNoToken, ""},
		{403, 9109, "Cannot use the access token from location: 203.0.113.7", cfapi.ErrDenied, "its IP filter refuses it"},
		{403, 9109, "Unauthorized to access requested resource", cfapi.ErrDenied, "code 9109"},
		{403, 10001, "Method not allowed for token", cfapi.ErrDenied, ""},
		{400, 1011, "This endpoint does not support account owned tokens", cfapi.ErrDenied, ""},
		{403, 9109, "Invalid access token", nil, "not known to Cloudflare"},
		{401, 1000, "Invalid API Token", nil, "not known to Cloudflare"},
		{403, 9103, "Unknown X-Auth-Key or X-Auth-Email", nil, "not known to Cloudflare"},
		{400, 6003, "Invalid request headers", nil, "not known to Cloudflare"},
		{400, 1000, "request timeout", nil, "refused by Cloudflare: HTTP 400, code 1000"},
		{403, 10000, "Authentication error", nil, "refused by Cloudflare"},
	} {
		s := cfapitest.New(t)
		s.MisbehaveNext(-1, cfapitest.Failure(tt.status, tt.code, tt.text))
		_, err := client(t, s.URL).Caller(token("operator"), 4).Token(t.Context(), cfapi.Ref{TokenID: strings.Repeat("a", 32)})
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%d %s: %v", tt.code, tt.text, err)
		}
		if tt.is == nil && (errors.Is(err, cfapi.ErrDenied) || errors.Is(err, cfapi.ErrNoToken)) {
			t.Errorf("%d %s: %v", tt.code, tt.text, err)
		}
	}
}

// TestRedirect says that a redirect is not followed, to whatever host.
func TestRedirect(t *testing.T) {
	s := cfapitest.New(t)
	k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	for _, to := range []string{s.Elsewhere(), s.URL + "/user"} {
		s.Behave()
		s.MisbehaveNext(-1, cfapitest.Redirect(to))
		before := len(s.Calls())
		v := client(t, s.URL).Caller(token(k.Value()), 4).VerifyUserToken(t.Context())
		if v.Status != secret.Unknown || !strings.Contains(v.Detail, "redirect") || len(s.Calls())-before != 1 {
			t.Errorf("%+v, %d calls", v, len(s.Calls())-before)
		}
	}
}

// A recorder notes to which hosts requests go, and lets none through.
type recorder struct {
	mu    sync.Mutex
	hosts map[string]bool
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts[q.URL.Host] = true
	return nil, errors.New("no network")
}

// TestHosts says that requests go to the API's host, whatever is asked for.
func TestHosts(t *testing.T) {
	r := &recorder{hosts: make(map[string]bool)}
	c := client(t, "", func(o *cfapi.Options) { o.Transport = r })
	ctx := t.Context()
	k := token("cfut_" + strings.Repeat("a", 48))
	c.Caller(k, 4).VerifyUserToken(ctx)
	for _, id := range []string{"", "@evil.test/", "//evil.test/", "/../..//evil.test", ".evil.test/x", ":443@evil.test", "../../../evil.test/?"} {
		c.Caller(k, 4).VerifyAccountToken(ctx, id)
		c.Caller(k, 4).Token(ctx, cfapi.Ref{TokenID: id})
		c.Caller(k, 4).Roll(ctx, cfapi.Ref{TokenID: id, AccountID: id})
	}
	c.Caller(k, 4).Accounts(ctx)
	if len(r.hosts) != 1 || !r.hosts["api.cloudflare.com"] {
		t.Errorf("requests to %v", r.hosts)
	}
}

// TestRate asks about a thousand tokens at once with the limit of the fake on:
// it is never exceeded, all are told right, and each is asked about once.
func TestRate(t *testing.T) {
	s := cfapitest.New(t)
	u := s.AddUser("ada@example.com")
	const n, perSecond = 1000, 400
	s.SetRateLimit(perSecond + 20) // burst and jitter of the machine
	c := client(t, s.URL, func(o *cfapi.Options) { o.Rate, o.Sleep = perSecond, nil })
	values := make([]string, n)
	for i := range values {
		k := u.AddToken(cfapitest.TokenSpec{})
		values[i] = k.Value()
		if i%3 == 0 {
			k.Delete()
		}
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < n; i += 4 {
				want := secret.Active
				if i%3 == 0 {
					want = secret.Invalid
				}
				if v := c.Caller(token(values[i]), 4).VerifyUserToken(t.Context()); v.Status != want {
					t.Errorf("token %d: %+v, want %s", i, v, want)
				}
			}
		})
	}
	wg.Wait()
	if s.Violations() != 0 || len(s.Calls()) != n {
		t.Errorf("%d requests, %d beyond the limit; %d in a second", len(s.Calls()), s.Violations(), s.MaxRate(time.Second))
	}
}

// TestPause says that all wait when one is told to, for as long as that is.
func TestPause(t *testing.T) {
	s := cfapitest.New(t)
	k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	s.MisbehaveNext(1, cfapitest.RateLimited(2*time.Second))
	c := client(t, s.URL, func(o *cfapi.Options) { o.Sleep = nil })
	start := time.Now()
	v := c.Caller(token(k.Value()), 4).VerifyUserToken(t.Context())
	if v.Status != secret.Active || time.Since(start) < 1900*time.Millisecond {
		t.Errorf("%+v after %v", v, time.Since(start))
	}
}

// TestWaiting says that a long pause is told of, once, however many wait.
func TestWaiting(t *testing.T) {
	s := cfapitest.New(t)
	k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	s.MisbehaveNext(1, cfapitest.RateLimited(time.Minute))
	var (
		mu   sync.Mutex
		told []time.Duration
	)
	c := client(t, s.URL, func(o *cfapi.Options) {
		o.Waiting = func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, d)
		}
	})
	c.Caller(token(k.Value()), 4).VerifyUserToken(t.Context())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { c.Caller(token(k.Value()), 4).VerifyUserToken(t.Context()) })
	}
	wg.Wait()
	if len(told) != 1 || told[0] < 55*time.Second || told[0] > time.Minute {
		t.Errorf("told of %v", told)
	}
}

// TestBreaker says that nothing more is asked once the caller is locked out.
func TestBreaker(t *testing.T) {
	for _, status := range []int{403, 429, 200} {
		s := cfapitest.New(t)
		k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
		s.MisbehaveNext(1, cfapitest.Failure(status, 9109, "Max auth failures reached, please wait and try again"))
		c := client(t, s.URL)
		for range 3 {
			if v := c.Caller(token(k.Value()), 4).VerifyUserToken(t.Context()); v.Status != secret.Unknown {
				t.Errorf("%+v", v)
			}
		}
		if n := len(s.Calls()); n != 1 {
			t.Errorf("%d: %d calls, want 1", status, n)
		}
	}
}

// The new value is not lost because something else in the answer is odd.
func TestRollOddAnswer(t *testing.T) {
	for _, body := range []string{
		`{"success":true,"errors":[],"messages":["rolled"],"result":"new value"}`,
		`{"success":true,"errors":null,"messages":7,"result":"new value","more":{}}`,
		`{"success":true,"errors":["x",{"code":"y"}],"result":"new value"}`,
	} {
		s := cfapitest.New(t)
		s.MisbehaveNext(-1, *custom(200, body))
		v, err := client(t, s.URL).Caller(token("operator"), 4).Roll(t.Context(), cfapi.Ref{TokenID: strings.Repeat("a", 32)})
		if err != nil || v.Reveal() != "new value" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestDisableWhole says that a token is sent back whole or not at all.
func TestDisableWhole(t *testing.T) {
	for _, body := range []string{
		`{"success":true,"errors":[],"messages":[],"result":null}`,
		`{"success":true,"errors":[],"messages":[],"result":{"name":"deploy","status":"active","policies":[]}}`,
		`{"success":true,"errors":[],"messages":[],"result":{"id":"0123456789abcdef0123456789abcdef","name":"deploy","policies":[{}]}}`,
	} {
		s := cfapitest.New(t)
		u := s.AddUser("ada@example.com")
		k := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("User Details Read")}})
		op := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Write")}})
		s.MisbehaveOn(http.MethodGet, "", -1, *custom(200, body))
		c := client(t, s.URL).Caller(token(op.Value()), 4)
		if err := c.Disable(t.Context(), cfapi.Ref{TokenID: k.ID}); err == nil || k.Status() != "active" {
			t.Errorf("%s: %v, %s", body, err, k.Status())
		}
		if _, err := c.Token(t.Context(), cfapi.Ref{TokenID: k.ID}); err == nil {
			t.Errorf("%s: it was taken for the token", body)
		}
	}
}

// TestBudget says that a caller makes no more requests than it may.
func TestBudget(t *testing.T) {
	s := cfapitest.New(t)
	k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	s.MisbehaveNext(-1, cfapitest.Unavailable())
	c := client(t, s.URL).Caller(token(k.Value()), 4)
	for range 3 {
		c.VerifyUserToken(t.Context())
	}
	if n := len(s.Calls()); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
}

// A change of which it is not known whether it took place is not made again.
func TestNoRepeatedChange(t *testing.T) {
	s := cfapitest.New(t)
	u := s.AddUser("ada@example.com")
	op := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Write")}})
	for name, r := range map[string]cfapitest.Response{
		"half": cfapitest.Truncated().AfterServing(), "gone": cfapitest.Disconnect().AfterServing(), "503": cfapitest.Unavailable(), "HTML": cfapitest.HTML(502),
	} {
		k := u.AddToken(cfapitest.TokenSpec{})
		s.Behave()
		s.MisbehaveNext(-1, r)
		before := len(s.Calls())
		_, err := client(t, s.URL).Caller(token(op.Value()), 9).Roll(t.Context(), cfapi.Ref{TokenID: k.ID})
		if n := len(s.Calls()) - before; err == nil || n != 1 {
			t.Errorf("%s: %d calls, %v", name, n, err)
		}
	}
	k := u.AddToken(cfapitest.TokenSpec{})
	s.Behave()
	s.MisbehaveNext(1, cfapitest.RateLimited(time.Second)) // it was not carried out
	if _, err := client(t, s.URL, func(o *cfapi.Options) { o.Sleep = nil }).Caller(token(op.Value()), 9).Roll(t.Context(), cfapi.Ref{TokenID: k.ID}); err != nil || k.Rolls() != 1 {
		t.Errorf("%v, %d rolls", err, k.Rolls())
	}
}

// TestCancel says that a call ends with its context, while it waits too.
func TestCancel(t *testing.T) {
	s := cfapitest.New(t)
	k := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	for _, r := range []cfapitest.Response{cfapitest.Hang(), cfapitest.RateLimited(time.Hour), cfapitest.Unavailable()} {
		s.Behave()
		s.MisbehaveNext(-1, r)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		v := client(t, s.URL, func(o *cfapi.Options) { o.Sleep = nil }).Caller(token(k.Value()), 4).VerifyUserToken(ctx)
		cancel()
		if d := time.Since(start); d > 3*time.Second || v.Status != secret.Unknown {
			t.Errorf("%+v after %v", v, d)
		}
	}
}

// TestNoSecretInErrors looks for a credential in whatever comes of its calls.
func TestNoSecretInErrors(t *testing.T) {
	value := "cfut_" + strings.Repeat("SeCrEt42", 6)
	urls := []string{"http://127.0.0.1:1", "http://localhost:1/client/v4", "https://127.0.0.1:1"}
	echo := cfapitest.New(t)
	echo.MisbehaveNext(-1, cfapitest.Custom(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"success":false,"errors":[{"code":6,"message":%q}],"messages":[],"result":%q}`, r.Header, r.Header)
	}))
	urls = append(urls, echo.URL)
	for _, url := range urls {
		c := client(t, url)
		var out bytes.Buffer
		for _, who := range []cfapi.Credential{token(value), cfapi.Key("a@b.test", secret.New([]byte(value))), token(value + "\r\nX: y")} {
			id := cfapi.Ref{TokenID: strings.Repeat("a", 32)}
			_, err := c.Caller(who, 4).Token(t.Context(), id)
			v, rerr := c.Caller(who, 4).Roll(t.Context(), id)
			fmt.Fprintf(&out, "%v %v %v %+v %#v", err, v, rerr, who, who)
			fmt.Fprintf(&out, "%v %v", c.Caller(who, 4).Disable(t.Context(), id), c.Caller(who, 4).Delete(t.Context(), id))
			fmt.Fprintf(&out, "%+v %+v", c.Caller(who, 4).VerifyUserToken(t.Context()), c.Caller(who, 4).VerifyKey(t.Context()))
		}
		if strings.Contains(out.String(), value[8:40]) {
			t.Errorf("%s: a secret is in\n%s", url, out.String())
		}
	}
}
