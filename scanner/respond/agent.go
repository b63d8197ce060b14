package respond

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
)

// An Operator is whoever runs leakflare, by what stands in the variables that
// Cloudflare's own tools take credentials from.
//
// See https://developers.cloudflare.com/workers/wrangler/system-environment-variables/.
type Operator struct {
	Token     secret.Value // CLOUDFLARE_API_TOKEN
	Key       secret.Value // CLOUDFLARE_API_KEY
	Email     string       // CLOUDFLARE_EMAIL
	AccountID string       // CLOUDFLARE_ACCOUNT_ID
}

// Credential returns what the operator calls Cloudflare with, nil if that is
// nothing: the token, or the key with its address. A Global API key that stands
// in the place of the token is never sent as one.
func (o Operator) Credential() *cfapi.Credential {
	var c cfapi.Credential
	switch token, key := kindOf(o.Token), kindOf(o.Key); {
	case token != nil && !token.GlobalKey:
		c = cfapi.Token(o.Token)
	case token != nil && o.Email != "":
		c = cfapi.Key(o.Email, o.Token)
	case token == nil && key != nil && o.Email != "":
		c = cfapi.Key(o.Email, o.Key)
	default:
		return nil
	}
	return &c
}

// An Agent is what acts on tokens: a credential of the operator, or each token
// itself.
type Agent struct {
	// ID is what is no secret of the operator's credential, the id of a token or
	// an address: see Options.By. It is empty if it is not known.
	ID    string
	Notes []string // for people

	client *cfapi.Client
	name   string                  // what it is, for people
	who    *cfapi.Credential       // nil if each token does it itself
	leaked map[string]secret.Value // with which it does, by its id
	value  secret.Fingerprint      // of the operator's token
	cannot string                  // why it cannot change tokens, if that is known
}

// Themselves returns the agent by which each token that was given acts on itself.
func Themselves(client *cfapi.Client, s Selection) Agent {
	return Agent{client: client, name: "the leaked token itself", leaked: s.leaked}
}

// An OperatorError says that the operator's credential does not work, or that it
// could not be told whether it does.
type OperatorError struct {
	name    string
	Verdict cfapi.Verdict
}

// Error returns that in words.
func (e *OperatorError) Error() string {
	if e.Verdict.Status == secret.Unknown {
		return fmt.Sprintf("whether %s works is %s", e.name, inWords(e.Verdict))
	}
	return fmt.Sprintf("%s does not work, it is %s", e.name, inWords(e.Verdict))
}

// Identify finds out what the credential of an operator is who has one, and
// whether it can act on targets. Its error is an *OperatorError. There is none
// where an earlier run began with a target: what is left to do to that may not
// need the credential.
func Identify(ctx context.Context, client *cfapi.Client, o Operator, targets []Target) (Agent, error) {
	a := Agent{client: client, who: o.Credential(), name: "CLOUDFLARE_API_TOKEN"}
	kind := kindOf(o.Token)
	if kind == nil {
		a.name = "CLOUDFLARE_API_KEY"
	}
	if kind == nil || kind.GlobalKey {
		a.ID = o.Email
		return a, nil
	}
	a.value = o.Token.Fingerprint()
	c := client.Caller(cfapi.Credential{}, detectors.MaxCalls)
	v := kind.Ask(ctx, c, detectors.Subject{Secret: o.Token, OwnAccountIDs: accountsOf(o, targets)})
	if v.Status != secret.Active {
		err := &OperatorError{a.name, v}
		if !slices.ContainsFunc(targets, func(t Target) bool { return t.Begun }) {
			return Agent{}, err
		}
		a.Notes = append(a.Notes, a.name+" is "+inWords(v))
	}
	if a.ID = v.TokenID; a.ID == "" {
		a.Notes = append(a.Notes, "which token "+a.name+" is, is not known: set CLOUDFLARE_ACCOUNT_ID")
		return a, nil
	}
	if info, err := c.Token(ctx, cfapi.Ref{TokenID: v.TokenID, AccountID: v.AccountID}); err == nil && !info.CanMint() {
		a.cannot = a.name + " lacks API Tokens Write, or for an account's tokens Account API Tokens Write."
	}
	return a, nil
}

// accountsOf returns the accounts that the operator's token may be of: the one
// that is named, and those whose tokens are to be acted on.
func accountsOf(o Operator, targets []Target) []string {
	var ids []string
	if o.AccountID != "" {
		ids = append(ids, o.AccountID)
	}
	for _, t := range targets {
		if t.AccountID != "" && !slices.Contains(ids, t.AccountID) {
			ids = append(ids, t.AccountID)
		}
	}
	return ids
}

// API returns what the agent asks of Cloudflare. Names in its answers may hold
// anything; credentials in them are masked.
func (a Agent) API() API {
	names := detectors.NewSet(detectors.All...)
	tokens := API{
		Describe: func(ctx context.Context, t Target) (Details, error) { return a.describe(ctx, t, names.Mask) },
		Roll: func(ctx context.Context, t Target) (secret.Value, error) {
			return a.caller(t).Roll(ctx, ref(t))
		},
		Disable: func(ctx context.Context, t Target) error { return a.caller(t).Disable(ctx, ref(t)) },
		Revoke:  func(ctx context.Context, t Target) error { return a.caller(t).Delete(ctx, ref(t)) },
		Status:  a.status,
	}
	return a.withProducts(tokens, names.Mask)
}

func ref(t Target) cfapi.Ref { return cfapi.Ref{TokenID: t.TokenID, AccountID: t.AccountID} }

// caller returns a caller for what is done to a token.
func (a Agent) caller(t Target) *cfapi.Caller {
	const calls = 8 // for reading it and changing it, with some that fail
	if a.who != nil {
		return a.client.Caller(*a.who, calls)
	}
	return a.client.Caller(cfapi.Token(a.leaked[t.TokenID]), calls)
}

// status asks whether a value of a token works.
func (a Agent) status(ctx context.Context, t Target, value secret.Value) (secret.Status, string) {
	c := a.client.Caller(cfapi.Token(value), detectors.MaxCalls)
	var v cfapi.Verdict
	if t.AccountID != "" {
		v = c.VerifyAccountToken(ctx, t.AccountID)
	} else {
		v = c.VerifyUserToken(ctx)
	}
	return v.Status, v.Detail
}

// describe reads a token as it is.
func (a Agent) describe(ctx context.Context, t Target, mask func(string) string) (Details, error) {
	info, err := a.caller(t).Token(ctx, ref(t))
	if err != nil && a.who == nil {
		if d, ok := a.spent(ctx, t); ok {
			return d, nil
		}
	}
	switch {
	case errors.Is(err, cfapi.ErrNoToken):
		return Details{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	case err != nil && t.AccountID == "":
		return Details{}, fmt.Errorf("%w; its owner can do it in the dashboard: %s", err, page(t))
	case err != nil:
		return Details{}, fmt.Errorf("%w; an administrator can do it in the dashboard: %s", err, page(t))
	}
	d := Details{
		Name:       mask(info.Name),
		Owner:      "a user",
		Status:     secret.Status(info.Status),
		Credential: a.name,
		Cannot:     a.cannot,
		InUse:      a.who == nil || t.TokenID == a.ID || t.Fingerprint == a.value,
	}
	if t.AccountID != "" {
		d.Owner = "account " + t.AccountID
	}
	for _, p := range info.Policies {
		for _, line := range p.Reaches() {
			d.Reaches = append(d.Reaches, mask(line))
		}
	}
	if slices.ContainsFunc(d.Reaches, func(line string) bool { return strings.Contains(line, "R2") }) {
		d.Notes = append(d.Notes, "R2 keys are made from it: the access key id is "+t.TokenID+", the secret access key the SHA-256 of its value in hexadecimal digits, and of a new value another.")
	}
	if info.LastUsedOn != nil {
		d.LastUsed = *info.LastUsedOn
	}
	return d, nil
}

// page returns which page of the dashboard a token is on.
func page(t Target) string {
	if t.AccountID != "" {
		return "Manage Account > Account API Tokens"
	}
	return "My Profile > API Tokens"
}

// spent describes a token that was to do it itself and is disabled or expired.
// Such a one can do nothing any more, and not be read; but it verifies, so that
// what there is to disable can be told to be disabled.
func (a Agent) spent(ctx context.Context, t Target) (Details, bool) {
	status, _ := a.status(ctx, t, a.leaked[t.TokenID])
	if status != secret.Disabled && status != secret.Expired {
		return Details{}, false
	}
	return Details{
		Status: status,
		Cannot: fmt.Sprintf("It is %s, and cannot do it itself any more: another credential can, without --self, or the dashboard: %s.", status, page(t)),
		InUse:  true,
	}, true
}
