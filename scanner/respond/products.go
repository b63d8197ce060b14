package respond

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// A product is a kind of credential that is no API token, and that can be acted
// on by what names it in an account.
type product struct {
	name  string // begins TokenID, with a dash
	what  string // for people
	rule  string
	page  string // of the dashboard
	takes string // which permission
	isID  func(string) bool
	not   map[Action]string

	describe func(ctx context.Context, c *cfapi.Caller, account, id string) (Details, error)
	status   func(ctx context.Context, c *cfapi.Caller, account, id string, v secret.Value) cfapi.Verdict
	roll     func(ctx context.Context, c *cfapi.Caller, account, id string) (secret.Value, error) // nil where propose is not
	propose  func(account, id string) secret.Value
	set      func(ctx context.Context, c *cfapi.Caller, account, id string, v secret.Value) error
	finish   func(ctx context.Context, c *cfapi.Caller, account, id string) error // may be nil
	disable  func(ctx context.Context, c *cfapi.Caller, account, id string) error // nil where not says why
	revoke   func(ctx context.Context, c *cfapi.Caller, account, id string) error // likewise
}

var products = [...]*product{&access, &tunnel, &turnstile}

// productOf returns which product a target is of, and its id there; nil for an API
// token.
func productOf(t Target) (*product, string) {
	for _, p := range products {
		if id, ok := strings.CutPrefix(t.TokenID, p.name+"-"); ok {
			return p, id
		}
	}
	return nil, t.TokenID
}

// String returns what a target is called.
func (t Target) String() string {
	if p, id := productOf(t); p != nil {
		return p.what + " " + id
	}
	return "token " + t.TokenID
}

// isWord tells whether s has so many characters, all of them of a set.
func isWord(s string, least, most int, set string) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, set) == ""
}

const hexDigits = "0123456789abcdef"

func isUUID(s string) bool {
	parts := strings.Split(s, "-")
	return len(s) == 36 && len(parts) == 5 && len(parts[0]) == 8 && len(parts[1]) == 4 && len(parts[2]) == 4 && len(parts[3]) == 4 &&
		isWord(strings.Join(parts, ""), 32, 32, hexDigits)
}

// access is about service tokens of Access, by their client ids.
var access = product{
	name: "access", what: "service token", rule: detectors.AccessSecret.ID,
	page:  "Zero Trust > Access controls > Service credentials > Service Tokens",
	takes: "Access: Service Tokens Write",
	isID: func(id string) bool {
		digits, ok := strings.CutSuffix(id, ".access")
		return ok && cfapi.IsID(digits)
	},
	describe: func(ctx context.Context, c *cfapi.Caller, account, id string) (Details, error) {
		t, err := serviceToken(ctx, c, account, id)
		if err != nil {
			return Details{}, err
		}
		d := Details{
			Name: t.Name, Status: t.Status(), Breaks: "whatever comes in with it",
			Reaches: []string{"every application of Access whose policies admit the service token"},
		}
		if t.LastSeen != nil {
			d.LastUsed = *t.LastSeen
		}
		return d, nil
	},
	roll: func(ctx context.Context, c *cfapi.Caller, account, id string) (secret.Value, error) {
		t, err := serviceToken(ctx, c, account, id)
		if err != nil {
			return secret.Value{}, err
		}
		return c.RotateServiceToken(ctx, account, t.ID)
	},
	// Whether a secret is its, Cloudflare tells nobody.
	status: func(ctx context.Context, c *cfapi.Caller, account, id string, _ secret.Value) cfapi.Verdict {
		t, err := serviceToken(ctx, c, account, id)
		if err != nil {
			return cfapi.Unsure(err)
		}
		return cfapi.Verdict{Status: t.Status()}
	},
	disable: func(ctx context.Context, c *cfapi.Caller, account, id string) error {
		t, err := serviceToken(ctx, c, account, id)
		if err != nil {
			return err
		}
		return c.DisableServiceToken(ctx, account, t.ID)
	},
	revoke: func(ctx context.Context, c *cfapi.Caller, account, id string) error {
		t, err := serviceToken(ctx, c, account, id)
		if err != nil {
			return err
		}
		return c.DeleteServiceToken(ctx, account, t.ID)
	},
}

// serviceToken finds a service token by its client id.
func serviceToken(ctx context.Context, c *cfapi.Caller, account, clientID string) (cfapi.ServiceToken, error) {
	all, err := c.ServiceTokens(ctx, account)
	if i := slices.IndexFunc(all, func(t cfapi.ServiceToken) bool { return t.Is(clientID) }); i >= 0 {
		return all[i], nil
	}
	if err == nil {
		err = fmt.Errorf("%w: the account has none with this client id", cfapi.ErrNone)
	}
	return cfapi.ServiceToken{}, err
}

// tunnel is about tunnels, by their ids. The new value is a whole token.
var tunnel = product{
	name: "tunnel", what: "tunnel", rule: detectors.TunnelToken.ID,
	page:  "Networking > Tunnels",
	takes: "Cloudflare Tunnel Write",
	isID:  isUUID,
	not:   map[Action]string{Disable: "A tunnel cannot be disabled: roll or revoke it."},
	describe: func(ctx context.Context, c *cfapi.Caller, account, id string) (Details, error) {
		t, err := c.Tunnel(ctx, account, id)
		switch {
		case err != nil:
			return Details{}, err
		case t.DeletedAt != nil:
			return Details{Name: t.Name, Status: secret.Invalid}, nil
		}
		d := Details{
			Name: t.Name, Status: secret.Active, Reaches: []string{"the traffic of the tunnel, for whoever runs a connector with it"},
			Breaks: "whatever the tunnel carries, until its connectors are started with a token that works",
			Notes:  []string{"A roll drops its connections once the new token is delivered."},
		}
		if t.IsWARP() {
			d.Notes = append(d.Notes[:0], "There is no API that drops the connections of a WARP connector: those that are there last until it is restarted.")
		}
		var from []string
		for _, conn := range t.Connections {
			// It is shown to people, and comes from whoever connected.
			if ip := net.ParseIP(conn.OriginIP); ip != nil && !slices.Contains(from, ip.String()) {
				from = append(from, ip.String())
			}
		}
		if len(from) > 0 {
			d.Notes = append(d.Notes, "It is connected from "+strings.Join(from[:min(len(from), 8)], ", ")+".")
		}
		return d, nil
	},
	propose: cfapi.NewTunnelToken,
	set: func(ctx context.Context, c *cfapi.Caller, account, id string, v secret.Value) error {
		t, err := c.Tunnel(ctx, account, id)
		if err != nil {
			return err
		}
		return c.SetTunnelToken(ctx, t, v)
	},
	finish: func(ctx context.Context, c *cfapi.Caller, account, id string) error {
		t, err := c.Tunnel(ctx, account, id)
		if err != nil || t.IsWARP() {
			return err
		}
		if err := c.DropConnections(ctx, t); err != nil {
			return fmt.Errorf("dropping the connections that the old token has made: %w", err)
		}
		return nil
	},
	status: func(ctx context.Context, c *cfapi.Caller, account, id string, v secret.Value) cfapi.Verdict {
		t, err := c.Tunnel(ctx, account, id)
		if err != nil {
			return cfapi.Unsure(err)
		}
		now, err := c.TunnelToken(ctx, t)
		switch {
		case err != nil:
			return cfapi.Unsure(err)
		case !now.Has(v):
			return cfapi.Verdict{Status: secret.Invalid, Detail: "its tunnel has another secret"}
		}
		return cfapi.Verdict{Status: secret.Active}
	},
	revoke: func(ctx context.Context, c *cfapi.Caller, account, id string) error {
		t, err := c.Tunnel(ctx, account, id)
		if err != nil {
			return err
		}
		if !t.IsWARP() { // with connections it cannot be deleted
			if err := c.DropConnections(ctx, t); err != nil {
				return fmt.Errorf("dropping its connections: %w", err)
			}
		}
		return c.DeleteTunnel(ctx, t)
	},
}

// turnstile is about Turnstile widgets, by their site keys, which are public.
var turnstile = product{
	name: "turnstile", what: "widget", rule: detectors.TurnstileSecret.ID,
	page:  "Turnstile > the widget > Settings",
	takes: "Turnstile Sites Write",
	isID: func(id string) bool {
		return isWord(id, 20, 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	},
	not: map[Action]string{
		Disable: "A widget cannot be disabled: roll its secret key.",
		Revoke:  "To delete a widget breaks the sites that show it, and its secret key can be rolled: delete it in the dashboard, under Turnstile.",
	},
	describe: func(ctx context.Context, c *cfapi.Caller, account, id string) (Details, error) {
		w, err := c.Widget(ctx, account, id)
		if err != nil {
			return Details{}, err
		}
		return Details{
			Name: w.Name, Status: secret.Active, Reaches: []string{"answers of the widget, on " + strings.Join(w.Domains, ", ")},
			Breaks: "whatever redeems answers of the widget; the old secret key is not kept for two hours",
		}, nil
	},
	roll: func(ctx context.Context, c *cfapi.Caller, account, id string) (secret.Value, error) {
		w, err := c.RotateWidget(ctx, account, id)
		return w.Secret, err
	},
	status: func(ctx context.Context, c *cfapi.Caller, _, _ string, v secret.Value) cfapi.Verdict {
		return c.VerifyTurnstile(ctx, v)
	},
}

// withProducts adds to what is asked about tokens what is asked about products.
func (a Agent) withProducts(tokens API, mask func(string) string) API {
	api := tokens
	api.Describe = func(ctx context.Context, t Target) (Details, error) {
		if p, id := productOf(t); p != nil {
			return a.describeProduct(ctx, p, t.AccountID, id, mask)
		}
		return tokens.Describe(ctx, t)
	}
	api.Roll = func(ctx context.Context, t Target) (secret.Value, error) {
		if p, id := productOf(t); p != nil {
			return p.roll(ctx, a.lister(), t.AccountID, id)
		}
		return tokens.Roll(ctx, t)
	}
	api.Propose = func(t Target) (secret.Value, bool) {
		if p, id := productOf(t); p != nil && p.propose != nil {
			return p.propose(t.AccountID, id), true
		}
		return secret.Value{}, false
	}
	api.Set = func(ctx context.Context, t Target, v secret.Value) error {
		p, id := productOf(t)
		return p.set(ctx, a.lister(), t.AccountID, id, v)
	}
	api.Finish = func(ctx context.Context, t Target) error {
		if p, id := productOf(t); p != nil && p.finish != nil {
			return p.finish(ctx, a.lister(), t.AccountID, id)
		}
		return nil
	}
	api.Disable = func(ctx context.Context, t Target) error {
		if p, id := productOf(t); p != nil {
			return p.disable(ctx, a.lister(), t.AccountID, id)
		}
		return tokens.Disable(ctx, t)
	}
	api.Revoke = func(ctx context.Context, t Target) error {
		if p, id := productOf(t); p != nil {
			return p.revoke(ctx, a.lister(), t.AccountID, id)
		}
		return tokens.Revoke(ctx, t)
	}
	api.Status = func(ctx context.Context, t Target, v secret.Value) (secret.Status, string) {
		if p, id := productOf(t); p != nil {
			verdict := p.status(ctx, a.lister(), t.AccountID, id, v)
			return verdict.Status, verdict.Detail
		}
		return tokens.Status(ctx, t, v)
	}
	return api
}

// describeProduct reads what is not a token as it is.
func (a Agent) describeProduct(ctx context.Context, p *product, account, id string, mask func(string) string) (Details, error) {
	if a.who == nil {
		return Details{}, fmt.Errorf("it cannot do it itself: it takes a credential with %s", p.takes)
	}
	d, err := p.describe(ctx, a.lister(), account, id)
	switch {
	case errors.Is(err, cfapi.ErrNone):
		return Details{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	case err != nil:
		return Details{}, fmt.Errorf("%w; it takes %s, or the dashboard: %s", err, p.takes, p.page)
	}
	d.Name, d.Owner, d.Credential, d.Not = mask(d.Name), "account "+account, a.name, p.not
	for i, line := range d.Reaches {
		d.Reaches[i] = mask(line)
	}
	return d, nil
}

// maxLookups is how many requests are made to find something in a list of an
// account: the widget that a secret key is of, a service token by its client id.
const maxLookups = 100

// lister returns a caller for what may have to be looked for. Only the operator
// can do that: with none, all of its calls fail.
func (a Agent) lister() *cfapi.Caller {
	var who cfapi.Credential
	if a.who != nil {
		who = *a.who
	}
	return a.client.Caller(who, maxLookups)
}

// Resolve finds out what of a selection is known by its secret alone: which
// Turnstile widget has it. Cloudflare shows each to whoever may, and they are
// compared by their fingerprints. accounts are the operator's; done is what it was
// done to before, see [Finished], whose secrets are others by now.
func (a Agent) Resolve(ctx context.Context, s *Selection, accounts []string, done []Target) {
	known := byLeaked(done)
	s.unresolved = slices.DeleteFunc(s.unresolved, func(f report.Finding) bool {
		t, ok := known[f.Fingerprint]
		if ok {
			t.Title, t.Masked = f.Title, f.Masked
			s.Targets = append(s.Targets, t)
		}
		return ok
	})
	if len(s.unresolved) == 0 || a.who == nil {
		return
	}
	for _, f := range s.unresolved {
		for _, id := range f.AccountIDs {
			if cfapi.IsID(id) && !slices.Contains(accounts, id) {
				accounts = append(accounts[:len(accounts):len(accounts)], id)
			}
		}
	}
	c := a.lister()
	if len(accounts) == 0 {
		accounts, _ = c.Accounts(ctx)
	}
	left := make(map[secret.Fingerprint]report.Finding)
	for _, f := range s.unresolved {
		left[f.Fingerprint] = f
	}
	why := "none of the widgets that your credential sees has this secret key now: it was rotated, or is of another account (CLOUDFLARE_ACCOUNT_ID names one)"
	for _, account := range accounts {
		if err := a.widgets(ctx, c, s, account, left); err != nil {
			why = fmt.Sprintf("which widget it is of could not be found out: %v; it takes %s, or the dashboard: %s", err, turnstile.takes, turnstile.page)
		}
	}
	for _, f := range s.unresolved {
		if _, ok := left[f.Fingerprint]; ok {
			s.leaveOut(f.Title, f.Masked, f.Status, why)
		}
	}
	s.unresolved = nil
}

// widgets looks for secret keys among the widgets of an account, and selects those
// that it finds.
func (a Agent) widgets(ctx context.Context, c *cfapi.Caller, s *Selection, account string, left map[secret.Fingerprint]report.Finding) error {
	all, err := c.Widgets(ctx, account)
	for _, w := range all {
		if len(left) == 0 {
			return nil
		}
		whole, err := c.Widget(ctx, account, w.SiteKey)
		if err != nil {
			return err
		}
		f, ok := left[whole.Secret.Fingerprint()]
		if !ok {
			continue
		}
		delete(left, f.Fingerprint)
		s.Targets = append(s.Targets, Target{
			TokenID: turnstile.name + "-" + whole.SiteKey, AccountID: account,
			Title: f.Title, Masked: f.Masked, Fingerprint: f.Fingerprint,
		})
	}
	return err
}
