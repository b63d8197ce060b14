package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/respond"
)

// A remedy is what remediation asks of Cloudflare, and with what.
type remedy struct {
	client *cfapi.Client
	std    streams
	mask   func(string) string                   // for names, which may hold anything
	open   map[secret.Fingerprint]respond.Target // that an earlier run began with, by their leaked values

	who    *cfapi.Credential       // nil if each token does it itself
	own    string                  // what is no secret of it: the id of a token, or an address
	value  secret.Fingerprint      // of it
	words  string                  // what it is, for people
	cannot string                  // why it cannot change tokens, if that is known
	leaked map[string]secret.Value // of tokens that do it themselves, by id

	leftOut   int  // credentials that are not in the plan
	unsettled bool // one of these may work
}

// skip says why a credential is not in the plan.
func (r *remedy) skip(what string, status secret.Status, why string) {
	complain(r.std.err, "left out: %s: %s", what, why)
	r.leftOut++
	r.unsettled = r.unsettled || status == secret.Active || status == secret.Unknown || status == secret.Unchecked
}

// status returns the exit status once all is done that is in the plan.
func (r *remedy) status() error {
	if r.unsettled {
		return statusError(exitUnsettled)
	}
	return nil
}

// given finds out which tokens there are on standard input.
func (r *remedy) given(ctx context.Context, f respondFlags) (targets []respond.Target, err error) {
	v, err := newVerification(f.accounts, r.std)
	if err != nil {
		return nil, err
	}
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(r.std.in, most+1))
	switch {
	case err != nil:
		complain(r.std.err, "reading standard input: %v", err)
		return nil, statusError(exitUnsettled)
	case len(text) > most:
		return nil, &usageError{"standard input has more than 1 MB", ""}
	}
	r.leaked = make(map[string]secret.Value)
	seen := make(map[secret.Fingerprint]bool)
	detectors.NewSet(detectors.Given()...).Matches(text, detectors.Span{Start: 0, End: len(text)}, func(m detectors.Match) {
		print := m.Secret.Fingerprint()
		if m.Rejected != "" || seen[print] {
			return
		}
		seen[print] = true
		t, begun := r.open[print]
		if !begun {
			c := r.client.Caller(cfapi.Credential{}, detectors.MaxCalls)
			a := m.Detector.Ask(ctx, c, detectors.Subject{Secret: m.Secret, AccountIDs: m.AccountIDs, Emails: m.Emails, Operator: v.AccountIDs})
			if a.TokenID == "" {
				r.skip(m.Detector.Title+" "+m.Secret.Mask(), a.Status, inWords(a))
				return
			}
			t = respond.Target{TokenID: a.TokenID, AccountID: a.AccountID}
		}
		t.Title, t.Masked, t.Fingerprint = m.Detector.Title, m.Secret.Mask(), print
		r.leaked[t.TokenID] = m.Secret
		targets = append(targets, t)
	})
	return targets, nil
}

// inWords says what Cloudflare has said of a credential.
func inWords(v cfapi.Verdict) string {
	if v.Detail == "" {
		return string(v.Status)
	}
	return string(v.Status) + ": " + v.Detail
}

// reported reads the tokens to act on from reports, and says of the others in
// them why they are not among these.
func (r *remedy) reported(reports []string) ([]respond.Target, error) {
	var targets []respond.Target
	for _, name := range reports {
		_, findings, _, err := readReport(name)
		if err != nil {
			return nil, err
		}
		for _, f := range findings {
			if t, begun := r.open[f.Fingerprint]; begun {
				t.Title, t.Masked = f.Title, f.Masked
				targets = append(targets, t)
				continue
			}
			if f.Suppressed != nil {
				// Whoever decided that it does not count, has settled it.
				complain(r.std.err, "left out: %s %s: it is suppressed, by %s %s: scan with --no-ignore to have it in the report",
					f.Title, f.Masked, f.Suppressed.By, f.Suppressed.Where)
				r.leftOut++
				continue
			}
			if why := leave(f); why != "" {
				r.skip(f.Title+" "+f.Masked, f.Status, why)
				continue
			}
			t := respond.Target{TokenID: f.TokenID, Title: f.Title, Masked: f.Masked, Fingerprint: f.Fingerprint}
			if f.TokenOf == report.OfAccount {
				t.AccountID = f.AccountID
			}
			targets = append(targets, t)
		}
	}
	return targets, nil
}

// leave says why a finding cannot be acted on, "" if it can.
func leave(f report.Finding) string {
	kind := detectors.ByID(f.Rule)
	switch {
	case kind != nil && kind.GlobalKey:
		return "a Global API key can be changed in the dashboard alone: My Profile > API Tokens > Global API Key > Change"
	case f.Status == secret.Invalid:
		return "Cloudflare does not know it any more"
	case f.TokenID == "":
		return "its id is not known: scan with --verify, or give the token itself with --self"
	case f.TokenOf != report.OfUser && (f.TokenOf != report.OfAccount || !cfapi.IsID(f.AccountID)):
		return "the report does not say whose it is: scan with --verify"
	}
	return ""
}

// identify finds out what credential there is to work with, and what it may do.
// Without one that works, what an earlier run began with may still be finished.
func (r *remedy) identify(ctx context.Context, targets []respond.Target) error {
	r.who = operator()
	begun := slices.ContainsFunc(targets, func(t respond.Target) bool { _, ok := r.open[t.Fingerprint]; return ok })
	if r.who == nil {
		return &usageError{"there is no credential to do it with", "set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL, or use --self"}
	}
	value := strings.TrimSpace(os.Getenv("CLOUDFLARE_API_TOKEN"))
	if value == "" {
		r.words, r.own = "CLOUDFLARE_API_KEY", os.Getenv("CLOUDFLARE_EMAIL")
		return nil
	}
	r.words = "CLOUDFLARE_API_TOKEN"
	if strings.HasPrefix(value, detectors.GlobalKey.Prefix) {
		r.own = os.Getenv("CLOUDFLARE_EMAIL") // operator takes it for the key that it is
		return nil
	}
	kind := detectors.LegacyToken
	for _, d := range detectors.All {
		if d.Prefix != "" && strings.HasPrefix(value, d.Prefix) {
			kind = d
		}
	}
	s := detectors.Subject{Secret: secret.New([]byte(value))}
	r.value = s.Secret.Fingerprint()
	if id := os.Getenv("CLOUDFLARE_ACCOUNT_ID"); id != "" {
		s.Operator = append(s.Operator, id)
	}
	for _, t := range targets {
		if t.AccountID != "" && !slices.Contains(s.Operator, t.AccountID) {
			s.Operator = append(s.Operator, t.AccountID)
		}
	}
	c := r.client.Caller(cfapi.Credential{}, detectors.MaxCalls)
	v := kind.Ask(ctx, c, s)
	switch {
	case v.Status == secret.Active:
	case begun:
		complain(r.std.err, "note: CLOUDFLARE_API_TOKEN is %s", inWords(v))
	case v.Status == secret.Unknown:
		complain(r.std.err, "whether CLOUDFLARE_API_TOKEN works is %s", inWords(v))
		return statusError(exitUnsettled)
	default:
		return &usageError{"CLOUDFLARE_API_TOKEN does not work, it is " + inWords(v), ""}
	}
	if r.own = v.TokenID; r.own == "" {
		complain(r.std.err, "note: which token CLOUDFLARE_API_TOKEN is, is not known: set CLOUDFLARE_ACCOUNT_ID")
		return nil
	}
	if info, err := c.Token(ctx, cfapi.Ref{TokenID: v.TokenID, AccountID: v.AccountID}); err == nil && !info.CanMint() {
		r.cannot = "CLOUDFLARE_API_TOKEN lacks API Tokens Write, or for an account's tokens Account API Tokens Write."
	}
	return nil
}

// caller returns a caller for what is done to a token.
func (r *remedy) caller(t respond.Target) *cfapi.Caller {
	const calls = 8 // for reading it and changing it, with some that fail
	if r.who != nil {
		return r.client.Caller(*r.who, calls)
	}
	return r.client.Caller(cfapi.Token(r.leaked[t.TokenID]), calls)
}

// api returns what remediation asks for.
func (r *remedy) api() respond.API {
	ref := func(t respond.Target) cfapi.Ref { return cfapi.Ref{TokenID: t.TokenID, AccountID: t.AccountID} }
	return respond.API{
		Describe: r.describe,
		Roll: func(ctx context.Context, t respond.Target) (secret.Value, error) {
			return r.caller(t).Roll(ctx, ref(t))
		},
		Disable: func(ctx context.Context, t respond.Target) error { return r.caller(t).Disable(ctx, ref(t)) },
		Revoke: func(ctx context.Context, t respond.Target) error {
			return r.caller(t).Delete(ctx, ref(t))
		},
		Status: func(ctx context.Context, t respond.Target, v secret.Value) (secret.Status, string) {
			a := r.ask(ctx, t, v)
			return a.Status, a.Detail
		},
	}
}

// ask asks whether a value of a token works.
func (r *remedy) ask(ctx context.Context, t respond.Target, v secret.Value) cfapi.Verdict {
	c := r.client.Caller(cfapi.Token(v), detectors.MaxCalls)
	if t.AccountID != "" {
		return c.VerifyAccountToken(ctx, t.AccountID)
	}
	return c.VerifyUserToken(ctx)
}

// describe reads a token as it is.
func (r *remedy) describe(ctx context.Context, t respond.Target) (respond.Details, error) {
	info, err := r.caller(t).Token(ctx, cfapi.Ref{TokenID: t.TokenID, AccountID: t.AccountID})
	if err != nil && r.who == nil {
		if d, ok := r.spent(ctx, t); ok {
			return d, nil
		}
	}
	switch {
	case errors.Is(err, cfapi.ErrNoToken):
		return respond.Details{}, fmt.Errorf("%w: %w", respond.ErrUnknown, err)
	case err != nil && t.AccountID == "":
		return respond.Details{}, fmt.Errorf("%w; its owner can do it in the dashboard: My Profile > API Tokens", err)
	case err != nil:
		return respond.Details{}, fmt.Errorf("%w; an administrator can do it in the dashboard: Manage Account > Account API Tokens", err)
	}
	d := respond.Details{
		Name:       r.mask(info.Name),
		Owner:      "a user",
		Status:     secret.Status(info.Status),
		Credential: r.words,
		Cannot:     r.cannot,
		InUse:      r.who == nil || t.TokenID == r.own || t.Fingerprint == r.value,
	}
	if t.AccountID != "" {
		d.Owner = "account " + t.AccountID
	}
	if r.who == nil {
		d.Credential = "the leaked token itself"
	}
	for _, p := range info.Policies {
		for _, line := range p.Reaches() {
			d.Reaches = append(d.Reaches, r.mask(line))
		}
	}
	if info.LastUsedOn != nil {
		d.LastUsed = *info.LastUsedOn
	}
	return d, nil
}

// spent describes a token that was to do it itself and is disabled or expired.
// Such a one can do nothing any more, and not be read; but it verifies, so that
// what there is to disable can be told to be disabled.
func (r *remedy) spent(ctx context.Context, t respond.Target) (respond.Details, bool) {
	a := r.ask(ctx, t, r.leaked[t.TokenID])
	if a.Status != secret.Disabled && a.Status != secret.Expired {
		return respond.Details{}, false
	}
	page := "My Profile > API Tokens"
	if t.AccountID != "" {
		page = "Manage Account > Account API Tokens"
	}
	return respond.Details{
		Status: a.Status,
		Cannot: fmt.Sprintf("It is %s, and cannot do it itself any more: another credential can, without --self, or the dashboard: %s.", a.Status, page),
		InUse:  true,
	}, true
}
