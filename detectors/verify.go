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
	Secret     secret.Value
	AccountIDs []string // that stand near it, likeliest first
	Emails     []string // likewise
	Operator   []string // ids of the operator's accounts
}

// Check asks Cloudflare whether a credential of this kind works. It makes no more
// than [MaxCalls] requests.
func (d *Detector) Check(ctx context.Context, client *cfapi.Client, s Subject) cfapi.Verdict {
	if d.Verify == nil {
		return cfapi.Verdict{Status: secret.Unknown, Detail: "there is no way to ask about this kind"}
	}
	return d.Verify(ctx, client, s)
}

// verifyUserToken asks the verifier of users' tokens, which needs nothing else.
func verifyUserToken(ctx context.Context, client *cfapi.Client, s Subject) cfapi.Verdict {
	return client.Caller(cfapi.Token(s.Secret), MaxCalls).VerifyUserToken(ctx)
}

// verifyAccountToken asks the verifier of the account that owns a token.
func verifyAccountToken(ctx context.Context, client *cfapi.Client, s Subject) cfapi.Verdict {
	return ofAccount(ctx, client.Caller(cfapi.Token(s.Secret), MaxCalls), s)
}

// verifyLegacyToken asks both verifiers: nothing tells whose a token without a
// prefix is.
func verifyLegacyToken(ctx context.Context, client *cfapi.Client, s Subject) cfapi.Verdict {
	c := client.Caller(cfapi.Token(s.Secret), MaxCalls)
	v := c.VerifyUserToken(ctx)
	if v.Status != secret.Invalid || v.Detail != "" {
		return v
	}
	return ofAccount(ctx, c, s)
}

// ofAccount finds the account that a token is of, and asks there. An account's
// verifier does not tell a dead token from one of another account, so that a
// token is only dead if the API knows it nowhere.
func ofAccount(ctx context.Context, c *cfapi.Caller, s Subject) cfapi.Verdict {
	tried := make(map[string]bool)
	try := func(ids []string, most int) (v cfapi.Verdict, ok bool) {
		for _, id := range ids {
			if tried[id] || !cfapi.IsID(id) || len(tried) >= most {
				continue
			}
			tried[id] = true
			if v = c.VerifyAccountToken(ctx, id); v.Status != secret.Invalid {
				return v, true
			}
			if v.Detail != "" {
				return v, true // malformed, wherever it is tried
			}
		}
		return v, false
	}
	// One request is left for the token to say itself where it belongs.
	if v, ok := try(s.AccountIDs, maxAccounts-1); ok {
		return v
	}
	accounts, self := c.Accounts(ctx)
	switch {
	case self.Status == secret.Invalid:
		return self
	case self.Status == secret.Active && len(accounts) == 1:
		if v, ok := try([]string{accounts[0].ID}, maxAccounts); ok && v.Settled() {
			return v
		}
		self.AccountID = accounts[0].ID
		fallthrough
	case self.Status == secret.Active:
		if self.Detail == "" {
			self.Detail = "alive: Cloudflare accepts it, and its verifier does not know it"
		}
		return self
	}
	if v, ok := try(slices.Concat(s.AccountIDs, s.Operator), maxAccounts); ok {
		return v
	}
	return cfapi.Verdict{Status: secret.Unknown, Detail: "the account that it is of is not known"}
}

// verifyGlobalKey asks with each address that stands near a key.
func verifyGlobalKey(ctx context.Context, client *cfapi.Client, s Subject) cfapi.Verdict {
	v := cfapi.Verdict{Status: secret.Unknown, Detail: "the address of its user is not known, and without that a key cannot be asked about"}
	c := client.Caller(cfapi.Credential{}, MaxCalls)
	for i, email := range s.Emails {
		if i == maxCompanions {
			break
		}
		c = c.As(cfapi.Key(email, s.Secret))
		if v = c.VerifyKey(ctx); v.Settled() || v.Status == secret.Invalid {
			return v
		}
	}
	return v
}
