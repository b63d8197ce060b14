package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Verdict is what is known of a credential once the API was asked.
type Verdict struct {
	Status    secret.Status
	Detail    string // why, in words; empty if Status says it all
	TokenID   string // Cloudflare's id of a token, which is no secret
	AccountID string // of the account that owns it, or where it was tried with success
	Owner     string // address of the user that a Global API key is of

	last bool // to ask another verifier is of no use: nothing was answered, or it is malformed
}

// Open tells whether another verifier may know more.
func (v Verdict) Open() bool { return !v.last && (!v.Settled() || v.TokenID == "") }

// Settled tells whether Cloudflare knows the credential: it is active, disabled or
// expired.
func (v Verdict) Settled() bool { return v.Status != secret.Unknown && v.Status != secret.Invalid }

// Unsure returns the verdict that an error leads to: none.
func Unsure(err error) Verdict {
	v := Verdict{Status: secret.Unknown, Detail: strings.ReplaceAll(err.Error(), "\n", ": "), last: true}
	switch {
	case errors.Is(err, ErrStopped):
		v.Detail = ErrStopped.Error()
	case errors.Is(err, ErrLimited):
		v.Detail = ErrLimited.Error()
	case errors.Is(err, context.Canceled):
		v.Detail = "the run was stopped before Cloudflare was asked"
	}
	return v
}

// VerifyUserToken asks whether an API token works that a user owns. It is Invalid
// for what only this call does not know: a token that an account owns too.
func (c *Caller) VerifyUserToken(ctx context.Context) Verdict {
	return c.verify(ctx, "/user/tokens/verify")
}

// VerifyAccountToken asks whether an API token works that an account owns. It is
// Invalid for one of another account too.
func (c *Caller) VerifyAccountToken(ctx context.Context, account string) Verdict {
	v := c.verify(ctx, "/accounts/"+url.PathEscape(account)+"/tokens/verify")
	if v.TokenID != "" {
		v.AccountID = account
	}
	return v
}

func (c *Caller) verify(ctx context.Context, path string) Verdict {
	a, err := c.Call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return Unsure(err)
	}
	if !a.Success {
		return judge(a, true)
	}
	var r struct {
		ID        string     `json:"id"`
		Status    string     `json:"status"`
		NotBefore *time.Time `json:"not_before"`
		ExpiresOn *time.Time `json:"expires_on"`
	}
	if err := a.Decode(&r); err != nil {
		return Unsure(err)
	}
	v := Verdict{Status: secret.Status(r.Status), TokenID: r.ID}
	if !IsID(v.TokenID) {
		v.TokenID = ""
	}
	switch v.Status {
	case secret.Active:
		switch {
		case r.NotBefore != nil && r.NotBefore.After(time.Now()):
			v.Detail = "not valid before " + r.NotBefore.UTC().Format(time.RFC3339)
		case r.ExpiresOn != nil:
			v.Detail = "expires on " + r.ExpiresOn.UTC().Format(time.RFC3339)
		}
	case secret.Disabled, secret.Expired:
	default:
		v.Status, v.Detail = secret.Unknown, fmt.Sprintf("Cloudflare knows it, with a status that is not documented: %.40q", r.Status)
	}
	return v
}

// judge makes a verdict of an answer that is none of success, by a verifier of
// tokens or by another endpoint. What does not prove a credential alive or dead
// leaves it unknown.
func judge(a Answer, verifier bool) Verdict {
	is := func(code int, words ...string) bool { _, ok := a.Error(code, words...); return ok }
	v := Verdict{Status: secret.Unknown, Detail: "Cloudflare's answer does not tell (" + a.Summary() + ")"}
	switch {
	case is(codeAccess, "location"):
		v.Status, v.Detail = secret.Active, "alive: its IP filter refuses this address"
	case is(codeAccess, "unauthorized"), is(codeNotOwned), is(codeMethod, "method not allowed"):
		v.Status, v.Detail = secret.Active, "alive: it lacks the permission to be asked about"
	case verifier && is(codeInvalid, "invalid api token"), is(codeAccess, "invalid access token"):
		v.Status, v.Detail = secret.Invalid, ""
	case is(codeBadToken), is(codeBadKey):
		v.Status, v.Detail, v.last = secret.Invalid, "Cloudflare says that it is malformed", true
	}
	return v
}

// Accounts returns the accounts that the credential sees, some at least, and what
// the answer says of the credential.
func (c *Caller) Accounts(ctx context.Context) ([]Account, Verdict) {
	a, err := c.Call(ctx, http.MethodGet, "/accounts?per_page=5", nil) // no less is allowed
	if err != nil {
		return nil, Unsure(err)
	}
	if !a.Success {
		return nil, judge(a, false)
	}
	var accounts []Account
	if err := a.Decode(&accounts); err != nil {
		return nil, Unsure(err)
	}
	return accounts, Verdict{Status: secret.Active}
}

// An Account is one of Cloudflare's customers.
type Account struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// VerifyKey asks whether a Global API key works, with its user's address. Where
// the two do not go together, either may be wrong.
func (c *Caller) VerifyKey(ctx context.Context) Verdict {
	a, err := c.Call(ctx, http.MethodGet, "/user", nil)
	if err != nil {
		return Unsure(err)
	}
	if !a.Success {
		v := judge(a, false)
		if _, ok := a.Error(codeMismatch); ok {
			v.Detail = "the key and the address do not go together: either is wrong"
		}
		if _, ok := a.Error(codeBadEmail); ok {
			v.Detail = "Cloudflare says that the address is malformed"
		}
		return v
	}
	var u struct {
		Email     string `json:"email"`
		Suspended bool   `json:"suspended"`
	}
	if err := a.Decode(&u); err != nil {
		return Unsure(err)
	}
	v := Verdict{Status: secret.Active, Owner: u.Email}
	if u.Suspended {
		v.Detail = "its user is suspended"
	}
	return v
}

// IsID tells whether s has the form of an id of a token or account.
func IsID(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}
