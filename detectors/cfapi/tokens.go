package cfapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// A Ref names a token by ids, which are no secrets: one of a user, or with an
// account that account's.
type Ref struct{ TokenID, AccountID string }

func (r Ref) path() string {
	if r.AccountID != "" {
		return "/accounts/" + url.PathEscape(r.AccountID) + "/tokens/" + url.PathEscape(r.TokenID)
	}
	return "/user/tokens/" + url.PathEscape(r.TokenID)
}

// ErrDenied tells that the credential of a caller may not do what was asked for.
var ErrDenied = errors.New("the credential may not do that")

// ErrNoToken tells that there is no such token, as far as the credential of a
// caller can see: of users' tokens each user sees none but their own.
var ErrNoToken = errors.New("there is no such token for this credential")

// A TokenInfo is what Cloudflare knows of a token. Its value is known to nobody.
type TokenInfo struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Status     string     `json:"status"`
	IssuedOn   *time.Time `json:"issued_on"`
	ModifiedOn *time.Time `json:"modified_on"`
	LastUsedOn *time.Time `json:"last_used_on"`
	ExpiresOn  *time.Time `json:"expires_on"`
	NotBefore  *time.Time `json:"not_before"`
	Condition  struct {
		RequestIP    Addresses `json:"request_ip"`
		RequestDotIP Addresses `json:"request.ip"` // as the OpenAPI document has it
	} `json:"condition"`
	Policies []Policy `json:"policies"`
}

// Addresses are ranges from which alone, or from which not, a token may be used.
type Addresses struct {
	In    []string `json:"in"`
	NotIn []string `json:"not_in"`
}

// A Policy allows or denies what its groups do on its resources.
type Policy struct {
	Effect string `json:"effect"`
	Groups []struct {
		Name string `json:"name"`
	} `json:"permission_groups"`
	Resources map[string]any `json:"resources"` // "*", or resources within one
}

// CanMint tells whether the holder of a token can make others, with any right of
// whoever owns it.
func (t TokenInfo) CanMint() bool {
	return slices.ContainsFunc(t.Policies, func(p Policy) bool {
		return p.Effect != "deny" && slices.ContainsFunc(p.Groups, func(g struct {
			Name string `json:"name"`
		}) bool {
			return strings.HasSuffix(g.Name, "API Tokens Write")
		})
	})
}

// Token returns what is known of a token.
func (c *Caller) Token(ctx context.Context, r Ref) (TokenInfo, error) {
	var t TokenInfo
	if err := c.read(ctx, r, &t); err != nil {
		return TokenInfo{}, err
	}
	if t.ID != r.TokenID {
		return TokenInfo{}, errors.New("the answer is about another token, or none")
	}
	return t, nil
}

// read reads a token as it is.
func (c *Caller) read(ctx context.Context, r Ref, to any) error {
	a, err := c.call(ctx, http.MethodGet, r.path(), nil)
	if err != nil {
		return err
	}
	if !a.success {
		return refused(a)
	}
	return a.decode(to)
}

// refused returns the error that an answer of no success is.
func refused(a answer) error {
	says := a.meaning()
	if a.status == http.StatusNotFound {
		says = nothingThere
	}
	switch says {
	case nothingThere:
		return fmt.Errorf("%w (%s)", ErrNoToken, a.summary())
	case filtered:
		return fmt.Errorf("%w from this address: its IP filter refuses it", ErrDenied)
	case lacking:
		return fmt.Errorf("%w (%s)", ErrDenied, a.summary())
	case dead, deadIfAsked, malformed, mismatched, badAddress, badHeaders:
		return fmt.Errorf("the credential it was asked with is not known to Cloudflare (%s)", a.summary())
	}
	return fmt.Errorf("refused by Cloudflare: %s", a.summary())
}

// Roll gives a token a new value and returns it. The old one is dead at once. If
// there is an error that is no refusal, it may have been rolled all the same, to
// a value that nobody knows.
func (c *Caller) Roll(ctx context.Context, r Ref) (secret.Value, error) {
	a, err := c.call(ctx, http.MethodPut, r.path()+"/value", struct{}{})
	if err != nil {
		return secret.Value{}, err
	}
	if !a.success {
		return secret.Value{}, refused(a)
	}
	var value string
	if err := a.decode(&value); err != nil || value == "" {
		return secret.Value{}, errors.New("the answer to the roll holds no value")
	}
	return secret.New([]byte(value)), nil
}

// Disable disables a token. Cloudflare replaces all of a token with what it is
// sent, so that it is sent what it has just said, whatever is in it: without
// that, a policy or the IP filter would be dropped, and not be missed.
func (c *Caller) Disable(ctx context.Context, r Ref) error {
	var token map[string]json.RawMessage
	if err := c.read(ctx, r, &token); err != nil {
		return err
	}
	// What is not a whole token would make it less than it is.
	var now TokenInfo
	whole, _ := json.Marshal(token)
	if err := json.Unmarshal(whole, &now); err != nil || now.ID != r.TokenID || now.Name == "" || len(now.Policies) == 0 {
		return errors.New("the answer is not a whole token: nothing was sent back")
	}
	for _, readOnly := range []string{"id", "issued_on", "modified_on", "last_used_on"} {
		delete(token, readOnly)
	}
	token["status"] = json.RawMessage(`"disabled"`)
	a, err := c.call(ctx, http.MethodPut, r.path(), token)
	if err != nil {
		return err
	}
	if !a.success {
		return refused(a)
	}
	before := len(now.Policies)
	now = TokenInfo{}
	if err := a.decode(&now); err != nil {
		return err
	}
	if len(now.Policies) != before {
		return fmt.Errorf("it is disabled, and has %d policies rather than %d: compare it before you enable it", len(now.Policies), before)
	}
	if now.Status != string(secret.Disabled) {
		return fmt.Errorf("it was accepted, and says that the token is %.20q", now.Status)
	}
	return nil
}

// Delete deletes a token, whose value is dead then.
func (c *Caller) Delete(ctx context.Context, r Ref) error {
	a, err := c.call(ctx, http.MethodDelete, r.path(), struct{}{}) // an older schema requires a body
	switch {
	case err != nil:
		return err
	case !a.success:
		return refused(a)
	}
	return nil
}

// Reaches says in plain words what a policy allows, a line for each resource.
func (p Policy) Reaches() []string {
	var groups []string
	for _, g := range p.Groups {
		groups = append(groups, g.Name)
	}
	slices.Sort(groups)
	what := strings.Join(groups, ", ")
	if p.Effect == "deny" {
		what = "not " + what
	}
	var lines []string
	for name, value := range p.Resources {
		lines = append(lines, what+": "+resource(name, value))
	}
	slices.Sort(lines)
	return lines
}

// resource says in words what a resource in a policy is.
//
// See https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/.
func resource(name string, value any) string {
	const (
		user    = "com.cloudflare.api.user."
		zone    = "com.cloudflare.api.account.zone."
		account = "com.cloudflare.api.account."
		bucket  = "com.cloudflare.edge.r2.bucket."
	)
	of := func(kind, id string) string {
		if id == "*" {
			return "all " + kind + "s"
		}
		return kind + " " + id
	}
	var text string
	switch {
	case strings.HasPrefix(name, zone):
		text = of("zone", name[len(zone):])
	case strings.HasPrefix(name, account):
		text = of("account", name[len(account):])
	case strings.HasPrefix(name, user):
		text = of("user", name[len(user):])
	case strings.HasPrefix(name, bucket):
		text = of("R2 bucket", name[len(bucket):])
	default:
		text = name
	}
	within, ok := value.(map[string]any)
	if !ok {
		return text
	}
	var parts []string
	for n, v := range within {
		parts = append(parts, resource(n, v))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ") + " of " + text
}
