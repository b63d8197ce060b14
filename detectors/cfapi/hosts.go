package cfapi

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Beside the API, two kinds of hosts of Cloudflare's are asked: the one that
// redeems answers of Turnstile, and those of R2's S3 API, of which each account
// has its own.
const (
	turnstileHost = "challenges.cloudflare.com"
	r2Domain      = ".r2.cloudflarestorage.com"
)

// isR2Host tells whether host is one of R2's S3 API: of an account, or of one of
// its jurisdictions.
func isR2Host(host string) bool {
	account, ok := strings.CutSuffix(host, r2Domain)
	account, jurisdiction, _ := strings.Cut(account, ".")
	return ok && IsID(account) && isJurisdiction(jurisdiction)
}

func isJurisdiction(s string) bool { return s == "" || s == "eu" || s == "fedramp" }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost"
}

// at returns the address of one of those hosts, without a path. Where the API is
// one on this machine, so is it: with the host first in the path.
func (c *Client) at(host string) string {
	if isLoopback(c.base.Hostname()) {
		return c.base.Scheme + "://" + c.base.Host + "/" + host
	}
	return "https://" + host
}

// fewHosts refuses requests to other hosts than that of the API and, unless that
// is on this machine, those beside it over TLS.
type fewHosts struct {
	base *url.URL
	next http.RoundTripper
}

func (f fewHosts) RoundTrip(r *http.Request) (*http.Response, error) {
	beside := !isLoopback(f.base.Hostname()) && r.URL.Scheme == "https" && (r.URL.Host == turnstileHost || isR2Host(r.URL.Host))
	if !beside && (r.URL.Scheme != f.base.Scheme || r.URL.Host != f.base.Host) {
		return nil, errors.New("a request to another host than the API's was refused")
	}
	return f.next.RoundTrip(r)
}
