package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
the tokens in them that still work, and stops. With --apply it carries the plan
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
			case !f.self && len(args) == 0:
				return &usageError{"no report", "write one with \"leakflare scan --verify --format json -o report.json PATH\""}
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
	r := remedy{client: client}
	var targets []respond.Target
	if f.self {
		targets, err = r.given(ctx, f, std)
		f.opt.AllowInUse = true
		f.opt.Leaked = func(t respond.Target) (secret.Value, bool) { v, ok := r.leaked[t.TokenID]; return v, ok }
	} else {
		if targets, err = r.reported(reports, std); err == nil {
			err = r.identify(ctx)
		}
	}
	if err != nil {
		return err
	}
	plan, err := respond.NewPlan(ctx, r.api(), f.action, targets, f.opt)
	if err != nil {
		return &usageError{err.Error(), ""}
	}
	if err := plan.WriteText(std.out); err != nil {
		return err
	}
	if err := plan.Err(); err != nil || !f.apply {
		if err != nil {
			return statusError(exitUnsettled)
		}
		complain(std.err, "nothing was done: this is the plan; --apply carries it out")
		return nil
	}
	if !f.yes && !confirm(std, fmt.Sprintf("%s %d", f.action, len(plan.Items))) {
		complain(std.err, "nothing was done")
		return statusError(exitUnsettled)
	}
	result, err := respond.Apply(ctx, plan, func(e respond.Event) { tell(std.err, e) })
	complain(std.err, "%d done, %d done before, %d left out, %d failed, %d not begun or not finished", result.Done, result.Left, result.LeftOut, len(result.Failed), result.Open)
	if err != nil {
		complain(std.err, "%v", err)
		return statusError(exitUnsettled)
	}
	return nil
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
	who    *cfapi.Credential       // nil if each token does it itself
	own    string                  // id of the token in use, if it is one
	words  string                  // who, for people
	leaked map[string]secret.Value // of tokens that do it themselves, by id
}

// given finds out which tokens there are on standard input.
func (r *remedy) given(ctx context.Context, f respondFlags, std streams) (targets []respond.Target, err error) {
	v, err := newVerification(f.accounts)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(std.in, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	r.leaked = make(map[string]secret.Value)
	set := detectors.NewSet(detectors.Given()...)
	set.Matches(text, detectors.Span{Start: 0, End: len(text)}, func(m detectors.Match) {
		if m.Rejected != "" {
			return
		}
		a := m.Detector.Check(ctx, r.client, detectors.Subject{Secret: m.Secret, AccountIDs: m.AccountIDs, Emails: m.Emails, Operator: v.AccountIDs})
		if a.TokenID == "" {
			complain(std.err, "%s: %s", m.Secret.Mask(), strings.TrimSpace("it cannot be acted on: "+string(a.Status)+" "+a.Detail))
			return
		}
		r.leaked[a.TokenID] = m.Secret
		targets = append(targets, respond.Target{
			TokenID: a.TokenID, AccountID: a.AccountID, Title: m.Detector.Title, Masked: m.Secret.Mask(), Fingerprint: m.Secret.Fingerprint(),
		})
	})
	if len(targets) == 0 {
		return nil, &usageError{"no token on standard input that Cloudflare knows", ""}
	}
	return targets, nil
}

// reported reads the tokens to act on from reports, and says of the others in
// them why they are not among these.
func (r *remedy) reported(reports []string, std streams) ([]respond.Target, error) {
	var targets []respond.Target
	for _, name := range reports {
		file, err := os.Open(name)
		if err != nil {
			return nil, &usageError{err.Error(), "reports are files that leakflare scan --verify --format json has written"}
		}
		_, findings, _, err := report.ReadJSON(file)
		file.Close()
		if err != nil {
			return nil, &usageError{fmt.Sprintf("%s: %v", name, err), "reports are files that leakflare scan --verify --format json has written"}
		}
		for _, f := range findings {
			skip := ""
			switch {
			case f.Rule == detectors.GlobalKey.ID || f.Rule == detectors.LegacyGlobalKey.ID:
				skip = "a Global API key can be changed in the dashboard alone: My Profile > API Tokens > Global API Key > Change"
			case f.Status == secret.Invalid:
				skip = "Cloudflare does not know it any more"
			case f.TokenID == "":
				skip = "its id is not known: scan with --verify, or give the token itself with --self"
			case f.TokenOf != report.OfUser && f.TokenOf != report.OfAccount:
				skip = "the report does not say whose it is: scan with --verify"
			}
			if skip != "" {
				complain(std.err, "left out: %s %s: %s", f.Title, f.Masked, skip)
				continue
			}
			t := respond.Target{TokenID: f.TokenID, Title: f.Title, Masked: f.Masked, Fingerprint: f.Fingerprint}
			if f.TokenOf == report.OfAccount {
				t.AccountID = f.AccountID
			}
			targets = append(targets, t)
		}
	}
	if len(targets) == 0 {
		return nil, &usageError{"there is no token in the report that can be acted on", ""}
	}
	return targets, nil
}

// identify finds out what credential there is to work with.
func (r *remedy) identify(ctx context.Context) error {
	r.who = operator()
	if r.who == nil {
		return &usageError{"there is no credential to do it with", "set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL, or use --self"}
	}
	r.words = "CLOUDFLARE_API_KEY"
	value := os.Getenv("CLOUDFLARE_API_TOKEN")
	if value == "" {
		return nil
	}
	r.words = "CLOUDFLARE_API_TOKEN"
	kind := detectors.LegacyToken
	for _, d := range detectors.All {
		if d.Prefix != "" && strings.HasPrefix(value, d.Prefix) {
			kind = d
		}
	}
	subject := detectors.Subject{Secret: secret.New([]byte(value))}
	if id := os.Getenv("CLOUDFLARE_ACCOUNT_ID"); id != "" {
		subject.Operator = []string{id}
	}
	v := kind.Check(ctx, r.client, subject)
	if v.Status != secret.Active {
		return &usageError{"CLOUDFLARE_API_TOKEN does not work: " + strings.TrimSpace(string(v.Status)+" "+v.Detail), ""}
	}
	r.own = v.TokenID
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
			err := r.caller(t).Delete(ctx, ref(t))
			if errors.Is(err, cfapi.ErrNoToken) {
				return nil // it is deleted
			}
			return err
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
		Name:       info.Name,
		Owner:      "a user",
		Status:     secret.Status(info.Status),
		Credential: r.words,
		Breaks:     []string{"whatever uses the token"},
		InUse:      r.who == nil || t.TokenID == r.own,
	}
	if t.AccountID != "" {
		d.Owner = "account " + t.AccountID
	}
	if r.who == nil {
		d.Credential = "the leaked token itself"
	}
	for _, p := range info.Policies {
		d.Reaches = append(d.Reaches, p.Reaches()...)
	}
	if info.LastUsedOn != nil {
		d.LastUsed = *info.LastUsedOn
	}
	return d, nil
}
