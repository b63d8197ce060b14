package detectors

import (
	"context"
	"slices"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// MaxCalls is how many requests are made about one credential at most: they are
// taken from what its owner may make.
const MaxCalls = 4

// maxAccounts is how many accounts a token is tried with. Each that is not its
// own is a failed attempt to Cloudflare.
const maxAccounts = 3

// A Subject is a credential to be asked about, with what may be needed for that.
type Subject struct {
	Secret        secret.Value
	PublicID      string   // as of a Match
	Jurisdiction  string   // likewise
	AccountIDs    []string // that stand near it, likeliest first
	Emails        []string // likewise
	OwnAccountIDs []string // of the accounts of whoever asks

	// Fingerprint is that of a credential that is known by it alone, as from a
	// report, with no Secret: it tells what can be told so. It is zero otherwise.
	Fingerprint secret.Fingerprint

	// As is the operator's credential, with which those kinds are looked up that
	// cannot be asked about with themselves. It is nil if there is none.
	As *cfapi.Credential
}

// accounts returns the accounts that something may be of, likeliest first.
func (s Subject) accounts() []string {
	var ids []string
	for _, id := range slices.Concat(s.AccountIDs, s.OwnAccountIDs) {
		if cfapi.IsID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// untold is the verdict on what Cloudflare does not tell of.
func untold(why string) cfapi.Verdict { return cfapi.Verdict{Status: secret.Unknown, Detail: why} }

// never returns a way to ask about a kind that cannot be asked about: it says why.
func never(why string) func(context.Context, *cfapi.Caller, Subject) cfapi.Verdict {
	return func(context.Context, *cfapi.Caller, Subject) cfapi.Verdict { return untold(why) }
}

const noOperator = "only its account can be asked about it: set CLOUDFLARE_API_TOKEN to a token of that which has "

// Ask asks Cloudflare whether a credential of this kind works. c may make
// [MaxCalls] requests; what it leaves of them can be used for more.
func (d *Detector) Ask(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	if d.Verify == nil {
		return untold("there is no way to ask about this kind")
	}
	c.Use(cfapi.Token(s.Secret))
	return d.Verify(ctx, c, s)
}

// ofAccount finds the account that a token is of, and asks there: first with so
// many that stand near it. An account's verifier does not tell a dead token from
// one of another account, so that a token is only dead if the API knows it
// nowhere.
func ofAccount(ctx context.Context, c *cfapi.Caller, s Subject, near int) cfapi.Verdict {
	tried := make(map[string]bool)
	alive := untold("the account that it is of is not known")
	// try tells whether it has found all that there is to find.
	try := func(ids []string, most int) (v cfapi.Verdict, done bool) {
		for _, id := range ids {
			if tried[id] || !cfapi.IsID(id) || len(tried) >= most {
				continue
			}
			tried[id] = true
			v = c.VerifyAccountToken(ctx, id)
			if !v.Open() {
				return v, true
			}
			if v.Settled() {
				alive = v // but which token it is, another may know
			}
		}
		return v, false
	}
	// Two requests are left for the token to say itself where it belongs.
	if v, done := try(s.AccountIDs, near); done {
		return v
	}
	accounts, self := c.Accounts(ctx)
	if self.Status == secret.Invalid {
		return self
	}
	if len(accounts) > 1 {
		accounts = nil // any of them may own it
	}
	if v, done := try(slices.Concat(accounts, s.AccountIDs, s.OwnAccountIDs), maxAccounts); done && v.Settled() {
		return v
	}
	if self.Status != secret.Active {
		return alive
	}
	if self.Detail == "" {
		self.Detail = "alive: Cloudflare accepts it; which token it is was not found out"
	}
	return self
}
