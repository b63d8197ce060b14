package main

import (
	"os"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/respond"
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

// accountIDs returns the accounts that the user names, as flags and in the
// environment.
func accountIDs(accounts []string) ([]string, error) {
	if id := os.Getenv("CLOUDFLARE_ACCOUNT_ID"); id != "" {
		accounts = append(accounts[:len(accounts):len(accounts)], id)
	}
	for i, id := range accounts {
		if accounts[i] = strings.ToLower(strings.TrimSpace(id)); !cfapi.IsID(accounts[i]) {
			return nil, &usageError{"an account id is 32 hexadecimal digits", "see the account's page in the dashboard"}
		}
	}
	return accounts, nil
}

// newVerification returns with what credentials are asked about: accounts are
// those that the user names.
func newVerification(accounts []string, std streams) (*scanner.Verification, error) {
	accounts, err := accountIDs(accounts)
	if err != nil {
		return nil, err
	}
	client, err := newClient(std)
	if err != nil {
		return nil, err
	}
	return &scanner.Verification{Client: client, AccountIDs: accounts, Operator: operator().Credential()}, nil
}

// operator returns whoever runs leakflare.
func operator() respond.Operator {
	get := func(name string) string { return strings.TrimSpace(os.Getenv(name)) }
	return respond.Operator{
		Token:     secret.New([]byte(get("CLOUDFLARE_API_TOKEN"))),
		Key:       secret.New([]byte(get("CLOUDFLARE_API_KEY"))),
		Email:     get("CLOUDFLARE_EMAIL"),
		AccountID: get("CLOUDFLARE_ACCOUNT_ID"),
	}
}
