package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/respond"
)

// respondFlags are the flags of roll, disable and revoke as typed.
type respondFlags struct {
	action   respond.Action
	to       string
	apply    bool
	yes      bool
	self     bool
	resume   bool
	accounts []string
	opt      respond.Options
}

func newRespond(std streams, action respond.Action) *cobra.Command {
	f := respondFlags{action: action}
	does := map[respond.Action][2]string{
		respond.Roll: {"Give leaked API tokens a new value", `A new value is on disk before anything else is done with it, and is delivered to
where --to says: dir:FOLDER (a file for each token), file:FILE (lines of id and
value), exec:COMMAND (the value on standard input, as for gh secret set or vault
kv put), or age:RECIPIENT:FOLDER. The same command with the same journal goes on
where one that was killed has stopped: done ones are left alone.`},
		respond.Disable: {"Disable leaked API tokens", `No value of a disabled token works until somebody enables it again. All else that
it has, policies and IP filters, stays as it is.`},
		respond.Revoke: {"Delete leaked API tokens", `A deleted token cannot be had back.`},
	}[action]
	cmd := &cobra.Command{
		Use:   string(action) + " REPORT...",
		Short: does[0],
		Long: strings.ToUpper(string(action[:1])) + string(action[1:]) + ` reads reports that were written by scan --verify --format json, shows a plan for
the tokens in them that Cloudflare still knows, and stops. With --apply it carries the plan
out, once that is confirmed.

` + does[1] + `

What it is done with is $CLOUDFLARE_API_TOKEN (a token with API Tokens Write, or
for an account's tokens Account API Tokens Write), or $CLOUDFLARE_API_KEY and
$CLOUDFLARE_EMAIL. With --self, tokens on standard input do it themselves, if
they may. A user's token can be seen and changed by that user alone, and a Global
API key in the dashboard alone.
`,
		Example: map[respond.Action]string{
			respond.Roll: `  leakflare roll --to dir:new-tokens report.json          # the plan
  leakflare roll --apply --to dir:new-tokens report.json
  leakflare roll --apply --yes --to 'exec:gh secret set CLOUDFLARE_API_TOKEN' report.json`,
			respond.Disable: `  leakflare disable --apply report.json`,
			respond.Revoke:  `  leakflare revoke --apply --self --yes < token.txt`,
		}[action],
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.self && len(args) > 0:
				return &usageError{"--self reads tokens from standard input, and takes no reports", "leakflare " + cmd.Name() + " --self < FILE"}
			case !f.self && len(args) == 0 && !f.resume:
				return &usageError{"no report", "write one with \"leakflare scan --verify --format json -o report.json PATH\""}
			case f.resume && (f.self || len(args) > 0):
				return &usageError{"--resume takes up what is in the journal, and nothing else", ""}
			case len(f.accounts) > 0 && !f.self:
				return &usageError{"--account-id needs --self", "reports say of which account a token is"}
			case f.yes && !f.apply:
				return &usageError{"--yes needs --apply", ""}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runRespond(cmd.Context(), f, args, std) },
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + `
EXIT STATUS
  0  the plan can be carried out, or was
  2  wrong use: a bad flag, something that is no report, no credential
  4  the plan cannot be carried out, or was not wholly
`)
	fl := cmd.Flags()
	fl.BoolVar(&f.apply, "apply", false, "carry the plan out")
	fl.BoolVar(&f.yes, "yes", false, "with --apply, do not ask")
	fl.BoolVar(&f.self, "self", false, "read tokens from standard input, and let them do it themselves")
	fl.BoolVar(&f.resume, "resume", false, "take up what earlier runs with the same journal began with, without a report")
	fl.StringSliceVar(&f.accounts, "account-id", nil, "with --self, `ID` of the account of account tokens (default $CLOUDFLARE_ACCOUNT_ID)")
	fl.StringVar(&f.opt.Journal, "journal", "", "`FILE` that records what was done, without secrets (default leakflare/respond.jsonl in the XDG state folder)")
	fl.BoolVar(&f.opt.AllowInUse, "allow-in-use", false, "act on the credential in use too, last")
	fl.BoolVar(&f.opt.LeaveOut, "leave-out", false, "go on without the tokens that it cannot be done for")
	if action == respond.Roll {
		fl.StringVar(&f.to, "to", "", "where new values go: dir:`PATH`, file:PATH, exec:COMMAND, age:RECIPIENT:PATH")
		fl.StringVar(&f.opt.Escrow, "escrow", "", "`FOLDER` that keeps new values until they are delivered (default beside the journal)")
		fl.StringVar(&f.opt.EscrowRecipient, "escrow-to", "", "age `RECIPIENT` that values in the escrow are encrypted to")
		fl.StringVar(&f.opt.EscrowIdentity, "escrow-identity", "", "`FILE` of the age identity that opens them, to go on after a crash")
		fl.BoolVar(&f.opt.KeepEscrow, "keep-escrow", false, "keep values in the escrow when they are delivered and checked")
	}
	return cmd
}

func runRespond(ctx context.Context, f respondFlags, reports []string, std streams) error {
	if f.to != "" {
		to, err := respond.ParseDelivery(f.to)
		if err != nil {
			return &usageError{"--to: " + err.Error(), "use dir:PATH, file:PATH, exec:COMMAND or age:RECIPIENT:PATH"}
		}
		f.opt.To = to
	}
	set := detectors.NewSet(detectors.All...)
	for _, arg := range []string{f.to, f.opt.Journal, f.opt.Escrow} {
		if set.Mask(arg) != arg {
			return &usageError{"a credential stands in a path or command, which the plan and the journal show", ""}
		}
	}
	switch {
	case f.action == respond.Roll && f.apply && f.to == "":
		return &usageError{"--apply needs --to", "a new value is shown to nobody: it must have somewhere to go"}
	case f.apply && !f.yes && (f.self || !terminal(std.in)):
		return &usageError{"there is no terminal to confirm it on", "look at the plan without --apply, then use --yes"}
	}
	client, err := newClient()
	if err != nil {
		return err
	}
	if isHere() {
		f.opt.CheckDelay = 50 * time.Millisecond // a new value works at once
	}
	r := remedy{client: client, mask: set.Mask, std: std, open: make(map[secret.Fingerprint]respond.Target)}
	unfinished, err := respond.Unfinished(f.opt.Journal, f.action)
	if err != nil {
		return &usageError{err.Error(), ""}
	}
	for _, t := range unfinished {
		r.open[t.Fingerprint] = t
	}
	var targets []respond.Target
	switch {
	case f.self:
		targets, err = r.given(ctx, f)
		f.opt.AllowInUse = true
		f.opt.Leaked = func(t respond.Target) (secret.Value, bool) { v, ok := r.leaked[t.TokenID]; return v, ok }
	case len(reports) == 0:
		targets = unfinished
	default:
		targets, err = r.reported(reports)
	}
	if err == nil && len(targets) == 0 && !r.unsettled {
		complain(std.err, "nothing to do: there is no token that Cloudflare knows, and none that was begun with")
		return nil
	}
	if err == nil && !f.self {
		err = r.identify(ctx, targets)
		f.opt.By = r.own
	}
	if err != nil {
		return err
	}
	plan, err := respond.NewPlan(ctx, r.api(), f.action, targets, f.opt)
	switch {
	case ctx.Err() != nil:
		complain(std.err, "interrupted: nothing was done")
		return statusError(exitUnsettled)
	case err != nil:
		return &usageError{err.Error(), ""}
	}
	if err := plan.WriteText(std.out); err != nil {
		complain(std.err, "writing the plan: %v: nothing was done", err)
		return statusError(exitUnsettled)
	}
	switch {
	case plan.Err() != nil:
		return statusError(exitUnsettled)
	case !f.apply:
		complain(std.err, "nothing was done: this is the plan; --apply carries it out")
		return r.status()
	case !f.yes && !confirm(std, fmt.Sprintf("%s %d", f.action, len(plan.Items))):
		complain(std.err, "nothing was done")
		return statusError(exitUnsettled)
	}
	result, err := respond.Apply(ctx, plan, func(e respond.Event) { tell(std.err, e) })
	complain(std.err, "%d done, %d done before, %d left out, %d failed, %d not begun or not finished",
		result.Done, result.Left, result.LeftOut+r.leftOut, len(result.Failed), result.Open)
	if err != nil {
		complain(std.err, "%v", err)
		return statusError(exitUnsettled)
	}
	return r.status()
}

// tell tells that the work on a token has come to a step.
func tell(w io.Writer, e respond.Event) {
	if e.Err == nil {
		complain(w, "token %s: %s", e.Item.TokenID, e.Step)
		return
	}
	complain(w, "token %s: %s: %v", e.Item.TokenID, e.Step, e.Err)
	var c *respond.CommandError
	if errors.As(e.Err, &c) && c.Output != "" {
		for line := range strings.Lines(c.Output) {
			complain(w, "  %s", strings.TrimRight(line, "\n"))
		}
	}
}

// confirm asks for some words on a terminal.
func confirm(std streams, words string) bool {
	fmt.Fprintf(std.err, "Type %q to go on: ", words)
	line, _ := bufio.NewReader(std.in).ReadString('\n')
	return strings.TrimSpace(line) == words
}

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
	v, err := newVerification(f.accounts)
	if err != nil {
		return nil, err
	}
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(r.std.in, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading standard input: %w", err)
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
	const hint = "reports are files that leakflare scan --verify --format json has written"
	var targets []respond.Target
	for _, name := range reports {
		file, err := os.Open(name)
		if err != nil {
			return nil, &usageError{err.Error(), hint}
		}
		_, findings, _, err := report.ReadJSON(file)
		file.Close()
		if err != nil {
			return nil, &usageError{fmt.Sprintf("%s: %v", name, err), hint}
		}
		for _, f := range findings {
			if t, begun := r.open[f.Fingerprint]; begun {
				t.Title, t.Masked = f.Title, f.Masked
				targets = append(targets, t)
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
	switch {
	case f.Rule == detectors.GlobalKey.ID || f.Rule == detectors.LegacyGlobalKey.ID:
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
		Status: func(ctx context.Context, t respond.Target, v secret.Value) (secret.Status, string, error) {
			c := r.client.Caller(cfapi.Token(v), detectors.MaxCalls)
			answer := c.VerifyUserToken
			if t.AccountID != "" {
				answer = func(ctx context.Context) cfapi.Verdict { return c.VerifyAccountToken(ctx, t.AccountID) }
			}
			a := answer(ctx)
			return a.Status, a.Detail, nil
		},
	}
}

// describe reads a token as it is.
func (r *remedy) describe(ctx context.Context, t respond.Target) (respond.Details, error) {
	info, err := r.caller(t).Token(ctx, cfapi.Ref{TokenID: t.TokenID, AccountID: t.AccountID})
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
		Breaks:     []string{"whatever uses the token"},
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
