package main

import (
	"os"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/scanner"
)

// newClient returns a client of the API, or of what CLOUDFLARE_BASE_URL puts in
// its place.
func newClient(std streams) (*cfapi.Client, error) {
	opt := cfapi.Options{
		BaseURL: os.Getenv("CLOUDFLARE_BASE_URL"), UserAgent: "leakflare/" + version(),
		Waiting: func(d time.Duration) {
			complain(std.err, "note: Cloudflare asks for fewer requests: going on in %s", d.Round(time.Second))
		},
	}
	if isHere() {
		opt.Rate = 1000 // nobody counts requests
	}
	c, err := cfapi.New(opt)
	if err != nil {
		return nil, &usageError{err.Error(), "unset CLOUDFLARE_BASE_URL"}
	}
	return c, nil
}

// isHere tells whether the API is one on this machine, for tests.
func isHere() bool {
	base, err := cfapi.CheckBaseURL(os.Getenv("CLOUDFLARE_BASE_URL"))
	return err == nil && !strings.HasSuffix(strings.ToLower(base.Hostname()), "cloudflare.com")
}

// newVerification returns with what credentials are asked about: accounts are
// those that the user names.
func newVerification(accounts []string, std streams) (*scanner.Verification, error) {
	if id := os.Getenv("CLOUDFLARE_ACCOUNT_ID"); id != "" {
		accounts = append(accounts[:len(accounts):len(accounts)], id)
	}
	for i, id := range accounts {
		if accounts[i] = strings.ToLower(strings.TrimSpace(id)); !cfapi.IsID(accounts[i]) {
			return nil, &usageError{"an account id is 32 hexadecimal digits", "see the account's page in the dashboard"}
		}
	}
	client, err := newClient(std)
	if err != nil {
		return nil, err
	}
	return &scanner.Verification{Client: client, AccountIDs: accounts}, nil
}

// operator returns the credential of whoever runs leakflare, nil if there is none.
func operator() *cfapi.Credential {
	var c cfapi.Credential
	get := func(name string) string { return strings.TrimSpace(os.Getenv(name)) }
	switch token, key, email := get("CLOUDFLARE_API_TOKEN"), get("CLOUDFLARE_API_KEY"), get("CLOUDFLARE_EMAIL"); {
	case strings.HasPrefix(token, detectors.GlobalKey.Prefix): // never as a token
		if email == "" {
			return nil
		}
		c = cfapi.Key(email, secret.New([]byte(token)))
	case token != "":
		c = cfapi.Token(secret.New([]byte(token)))
	case key != "" && email != "":
		c = cfapi.Key(email, secret.New([]byte(key)))
	default:
		return nil
	}
	return &c
}
