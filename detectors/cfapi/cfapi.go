// Package cfapi calls the Cloudflare API, and what of Cloudflare's tells about
// credentials beside it, under one transport policy: to
// Cloudflare's hosts alone and over TLS, without following redirects, within a
// rate that spends little of what the owner of a credential may use, and with
// bounded answers, times and retries.
//
// A call about a leaked credential bears that credential and no other: nothing
// is taken from the environment but the proxies. A credential stands in the
// headers of a request, or in the body where that is asked for, and nowhere else,
// in no error either.
//
// The requests and answers are those of https://developers.cloudflare.com/api/.
package cfapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/leakflare/leakflare/detectors/secret"
)

// defaultBaseURL is where Cloudflare's API is.
const defaultBaseURL = "https://api.cloudflare.com/client/v4"

const (
	// defaultRate is how many requests a second are made at most. Cloudflare
	// counts 1,200 in five minutes for each user, whatever they are made with:
	// this is half of that, should all credentials be one user's.
	defaultRate = 2

	burst       = 4
	tries       = 3                // of a request that may be repeated
	maxAnswer   = 4 << 20          // bytes
	timeout     = 30 * time.Second // of one request, with its answer
	maxPause    = 5 * time.Minute  // that an answer may ask for
	longPause   = 3 * time.Second  // at least, to be told of
	firstDelay  = time.Second      // before a second try; twice that before a third
	connectTime = 10 * time.Second
)

var (
	// errStopped tells that Cloudflare has locked the caller out: nothing more is
	// asked in this run.
	errStopped = errors.New("no further attempts from here are accepted for some time (max auth failures reached)")

	// errLimited tells that Cloudflare asked for fewer requests, more than once.
	errLimited = errors.New("rate limited by Cloudflare")

	// ErrSpent tells that as many requests were made as a [Caller] may make.
	ErrSpent = errors.New("no more requests may be made about it")
)

// Options configure a [Client]. The zero Options are those of the real API.
type Options struct {
	BaseURL   string            // "" for defaultBaseURL; see CheckBaseURL
	Rate      float64           // requests a second; defaultRate if it is zero
	UserAgent string            // of leakflare
	Transport http.RoundTripper // nil for one that dials

	// Sleep waits, or returns why it did not. Nil for one that really waits.
	Sleep func(context.Context, time.Duration) error

	// Waiting is told of each pause of some seconds that Cloudflare asks for, when
	// it begins. Nil for nobody.
	Waiting func(time.Duration)
}

// A Client makes requests. It may be used concurrently; all requests share the
// rate, the pauses that answers ask for, and the breaker.
type Client struct {
	base    *url.URL
	agent   string
	http    http.Client
	limiter *rate.Limiter
	sleep   func(context.Context, time.Duration) error
	waiting func(time.Duration)

	mu      sync.Mutex
	paused  time.Time // until then
	told    time.Time // the pause until then was told of
	stopped bool
}

// New returns a client.
func New(opt Options) (*Client, error) {
	base, err := CheckBaseURL(opt.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, agent: opt.UserAgent, sleep: opt.Sleep, waiting: opt.Waiting}
	perSecond := opt.Rate
	if perSecond == 0 {
		perSecond = defaultRate
	}
	c.limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.waiting == nil {
		c.waiting = func(time.Duration) {}
	}
	transport := opt.Transport
	if transport == nil {
		transport = newTransport()
	}
	c.http = http.Client{
		Transport: fewHosts{base, transport},
		Timeout:   timeout,
		// A redirect is an answer: it may lead anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// newTransport returns a transport that speaks HTTP/1.1: with HTTP/2, Go writes
// headers to the log when GODEBUG says so.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTime,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    burst,
		IdleConnTimeout:        time.Minute,
	}
}

// CheckBaseURL returns where the API is. It refuses all but Cloudflare's own
// hosts over TLS, and this machine: credentials are sent there.
func CheckBaseURL(s string) (*url.URL, error) {
	if s == "" {
		s = defaultBaseURL
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return nil, errors.New("the base of the API is not a URL")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	switch host := strings.ToLower(u.Hostname()); {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base of the API has a user, a query or a fragment")
	case u.Scheme == "http" || u.Scheme == "https":
		if isLoopback(host) {
			return u, nil
		}
		if u.Scheme == "https" && (host == "cloudflare.com" || strings.HasSuffix(host, ".cloudflare.com")) && (u.Port() == "" || u.Port() == "443") {
			return u, nil
		}
	}
	return nil, fmt.Errorf("the base of the API must be a host of Cloudflare's over TLS, or this machine, and not %s://%s", u.Scheme, u.Host)
}

// A Credential is what a request is made with. The zero Credential is none.
type Credential struct {
	token secret.Value
	key   secret.Value
	email string
}

// Token returns the credential that an API token is.
func Token(v secret.Value) Credential { return Credential{token: v} }

// Key returns the credential that a Global API key is, with its user's address.
// A key is never sent as a token.
func Key(email string, v secret.Value) Credential { return Credential{key: v, email: email} }

// sign sets the headers of a request.
func (c Credential) sign(h http.Header) error {
	token, key := c.token.Reveal(), c.key.Reveal()
	if !isPrintable(token + key + c.email) {
		return errors.New("it has characters that no credential has")
	}
	switch {
	case token != "":
		h.Set("Authorization", "Bearer "+token)
	case key != "" && c.email != "":
		h.Set("X-Auth-Email", c.email)
		h.Set("X-Auth-Key", key)
	default:
		return errors.New("there is nothing to call with")
	}
	return nil
}

// isPrintable tells whether s can be a credential, or part of one.
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// A Caller makes requests with one credential, so many at most.
type Caller struct {
	client *Client
	who    Credential
	left   int
}

// Caller returns a caller that makes most requests, repeated ones counted. It is
// for one goroutine.
func (c *Client) Caller(who Credential, most int) *Caller {
	return &Caller{client: c, who: who, left: most}
}

// Use makes the caller go on with another credential.
func (c *Caller) Use(who Credential) { c.who = who }

// call makes a request to the API: method and path, with slash, below its base,
// and body as JSON if it is not nil. An error is that there was no answer of the
// API; an answer that is none of success is no error. What is not sure to have
// had no effect is repeated for GET alone.
func (c *Caller) call(ctx context.Context, method, path string, body any) (answer, error) {
	r := request{
		method: method, url: c.client.base.String() + path, harmless: method == http.MethodGet,
		sign: func(r *http.Request) error { return c.who.sign(r.Header) },
		read: readAnswer,
	}
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("encoding a request: %w", err)
		}
		r.body, r.kind = b, "application/json"
	}
	return c.make(ctx, r)
}

// A request is what a client sends, perhaps more than once.
type request struct {
	method, url string
	body        []byte
	kind        string // of the body; "" for none
	harmless    bool   // may be repeated, whatever became of it
	sign        func(*http.Request) error
	read        func(*http.Response) (answer, error)
}

// make makes a request, and repeats it as call says.
func (c *Caller) make(ctx context.Context, r request) (answer, error) {
	var last error
	for try := range tries {
		if try > 0 {
			delay := firstDelay << (try - 1)
			if err := c.client.sleep(ctx, delay/2+rand.N(delay)); err != nil {
				return answer{}, err
			}
		}
		if c.left <= 0 {
			return answer{}, errors.Join(ErrSpent, last)
		}
		if err := c.client.wait(ctx); err != nil {
			return answer{}, err
		}
		c.left--
		a, err := c.client.do(ctx, r)
		switch {
		case c.client.lockedOut(a):
			return a, errStopped
		case err == nil && !a.limited():
			c.client.pause(a.pause)
			return a, nil
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case err == nil: // it was not carried out
			c.client.pause(a.pause)
			last = errLimited
		case !r.harmless, !isPassing(err):
			return answer{}, err
		default:
			last = err
		}
	}
	return answer{}, last
}

// wait waits until a request may be made.
func (c *Client) wait(ctx context.Context) error {
	if err := c.limiter.Wait(ctx); err != nil {
		return err
	}
	var waited time.Time // until then
	for {
		c.mu.Lock()
		stopped, until := c.stopped, c.paused
		pause := time.Until(until)
		tell := pause >= longPause && until.After(c.told)
		if tell {
			c.told = until
		}
		c.mu.Unlock()
		switch {
		case stopped:
			return errStopped
		case pause <= 0, !until.After(waited):
			return nil
		}
		if tell {
			c.waiting(pause)
		}
		if err := c.sleep(ctx, pause); err != nil {
			return err
		}
		waited = until
	}
}

// pause makes all requests wait.
func (c *Client) pause(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := time.Now().Add(min(d, maxPause)); until.After(c.paused) {
		c.paused = until
	}
}

// lockedOut tells whether an answer, with whatever status, says that the caller is
// locked out. That ends the run.
func (c *Client) lockedOut(a answer) bool {
	if !a.says(codeAccess, "max auth failures") {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	return true
}

// A passingError is one that may be gone the next time.
type passingError struct{ error }

func isPassing(err error) bool {
	var p passingError
	return errors.As(err, &p)
}

// do makes one request.
func (c *Client) do(ctx context.Context, q request) (answer, error) {
	var in io.Reader
	if q.kind != "" {
		in = bytes.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, in)
	if err != nil {
		return answer{}, fmt.Errorf("making a request: %w", bare(err))
	}
	r.Header.Set("Accept", "application/json")
	if c.agent != "" {
		r.Header.Set("User-Agent", c.agent)
	}
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	if err := q.sign(r); err != nil {
		return answer{}, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, passingError{fmt.Errorf("the API cannot be reached: %w", bare(err))}
	}
	defer resp.Body.Close()
	return q.read(resp)
}

// bare returns an error without the URL, which says nothing, and without the
// address of a name server, which is nobody's business.
func bare(err error) error {
	var d *net.DNSError
	if errors.As(err, &d) {
		return errors.New("its address cannot be looked up")
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
