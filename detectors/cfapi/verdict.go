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
	case errors.Is(err, errStopped):
		v.Detail = errStopped.Error()
	case errors.Is(err, errLimited):
		v.Detail = errLimited.Error()
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
	a, err := c.call(ctx, http.MethodGet, path, nil)
	if err != nil {
		return Unsure(err)
	}
	if !a.success {
		return judge(a, true)
	}
	var r struct {
		ID        string     `json:"id"`
		Status    string     `json:"status"`
		NotBefore *time.Time `json:"not_before"`
		ExpiresOn *time.Time `json:"expires_on"`
	}
	if err := a.decode(&r); err != nil {
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
func judge(a answer, verifier bool) Verdict {
	v := Verdict{Status: secret.Unknown, Detail: "Cloudflare's answer does not tell (" + a.summary() + ")"}
	switch a.meaning() {
	case filtered:
		v.Status, v.Detail = secret.Active, "alive: its IP filter refuses this address"
	case lacking:
		v.Status, v.Detail = secret.Active, "alive: it lacks the permission to be asked about"
	case dead:
		v.Status, v.Detail = secret.Invalid, ""
	case deadIfAsked:
		if verifier {
			v.Status, v.Detail = secret.Invalid, ""
		}
	case malformed:
		v.Status, v.Detail, v.last = secret.Invalid, "Cloudflare says that it is malformed", true
	case mismatched:
		v.Detail = "the key and the address do not go together: either is wrong"
	case badAddress:
		v.Detail = "Cloudflare says that the address is malformed"
	}
	return v
}

// Accounts returns the ids of the accounts that the credential sees, some at
// least, and what the answer says of the credential.
func (c *Caller) Accounts(ctx context.Context) ([]string, Verdict) {
	a, err := c.call(ctx, http.MethodGet, "/accounts?per_page=5", nil) // no less is allowed
	if err != nil {
		return nil, Unsure(err)
	}
	if !a.success {
		return nil, judge(a, false)
	}
	var accounts []struct {
		ID string `json:"id"`
	}
	if err := a.decode(&accounts); err != nil {
		return nil, Unsure(err)
	}
	var ids []string
	for _, account := range accounts {
		ids = append(ids, account.ID)
	}
	return ids, Verdict{Status: secret.Active}
}

// VerifyKey asks whether a Global API key works, with its user's address. Where
// the two do not go together, either may be wrong.
func (c *Caller) VerifyKey(ctx context.Context) Verdict {
	a, err := c.call(ctx, http.MethodGet, "/user", nil)
	if err != nil {
		return Unsure(err)
	}
	if !a.success {
		return judge(a, false)
	}
	var u struct {
		Email     string `json:"email"`
		Suspended bool   `json:"suspended"`
	}
	if err := a.decode(&u); err != nil {
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
