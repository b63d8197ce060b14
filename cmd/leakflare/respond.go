package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
where --to says: dir:PATH (a file for each token), file:PATH (lines of id and
value), exec:COMMAND (the value on standard input, as for gh secret set or vault
kv put), or age:RECIPIENT:PATH. The same command with the same journal goes on
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

An R2 key is the API token that it is made from. Service tokens of Access (with
Access: Service Tokens Write) can be rolled, disabled and deleted, tunnels (with
Cloudflare Tunnel Write) rolled and deleted, secret keys of Turnstile (with
Turnstile Sites Write) rolled.
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
		ValidArgsFunction: cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),

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
	pathFlags(fl, "journal")
	fl.BoolVar(&f.opt.AllowInUse, "allow-in-use", false, "act on the credential in use too, last")
	fl.BoolVar(&f.opt.LeaveOut, "leave-out", false, "go on without the tokens that it cannot be done for")
	if action == respond.Roll {
		fl.StringVar(&f.to, "to", "", "where new values go: dir:`PATH`, file:PATH, exec:COMMAND, age:RECIPIENT:PATH")
		fl.StringVar(&f.opt.Escrow, "escrow", "", "`FOLDER` that keeps new values until they are delivered (default beside the journal)")
		fl.StringVar(&f.opt.EscrowRecipient, "escrow-to", "", "age `RECIPIENT` that values in the escrow are encrypted to")
		fl.StringVar(&f.opt.EscrowIdentity, "escrow-identity", "", "`FILE` of the age identity that opens them, to go on after a crash")
		pathFlags(fl, "escrow", "escrow-identity")
		pathFlag(fl, "(?:dir|file):(.*)|age:[^:]*:(.*)", "to")
		fl.BoolVar(&f.opt.KeepEscrow, "keep-escrow", false, "keep values in the escrow when they are delivered and checked")
	}
	fl.VisitAll(func(flag *pflag.Flag) { requireTrust(fl, flag.Name) })
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
	shown := []string{f.to, f.opt.Journal, f.opt.Escrow}
	if f.opt.To != nil {
		shown = append(shown, f.opt.To.Whole()) // without quotes that part a credential
	}
	for _, arg := range shown {
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
	client, err := newClient(std)
	if err != nil {
		return err
	}
	if isHere() {
		f.opt.CheckDelay = 50 * time.Millisecond // a new value works at once
	}
	chosen, err := f.choose(ctx, client, reports, std)
	if err != nil {
		return err
	}
	agent := respond.Themselves(client, chosen)
	switch {
	case f.self:
		f.opt.AllowInUse, f.opt.Leaked = true, chosen.Leaked
	case len(chosen.Targets) > 0 || chosen.Unresolved():
		if agent, err = identify(ctx, client, chosen.Targets, std); err != nil {
			leftOut(chosen, std)
			return err
		}
		named, err := accountIDs(nil)
		if err != nil {
			return err
		}
		done, err := respond.Finished(f.opt.Journal, f.action)
		if err != nil {
			return &usageError{err.Error(), ""}
		}
		agent.Resolve(ctx, &chosen, named, done)
	}
	leftOut(chosen, std)
	switch {
	case len(chosen.Targets) > 0:
	case chosen.Unsettled():
		complain(std.err, "nothing can be done by API: what may still work is left out, for the reasons above")
		return settled(chosen)
	default:
		complain(std.err, "nothing to do: there is no token that Cloudflare knows, and none that was begun with")
		return nil
	}
	f.opt.By = agent.ID
	plan, err := respond.NewPlan(ctx, agent.API(), f.action, chosen.Targets, f.opt)
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
	case !f.apply && plan.IsDone():
		complain(std.err, "nothing is left to do")
		return settled(chosen)
	case !f.apply:
		complain(std.err, "nothing was done: this is the plan; --apply carries it out")
		return settled(chosen)
	case !f.yes && !plan.IsDone() && !confirm(std, fmt.Sprintf("%s %d", f.action, len(plan.Items))):
		complain(std.err, "nothing was done")
		return statusError(exitUnsettled)
	}
	result, err := respond.Apply(ctx, plan, func(e respond.Event) { tell(std.err, e) })
	complain(std.err, "%d done, %d done before, %d left out, %d failed, %d not begun or not finished",
		result.Done, result.Left, result.LeftOut+len(chosen.LeftOut), len(result.Failed), result.Open)
	if err != nil {
		complain(std.err, "%v", err)
		return statusError(exitUnsettled)
	}
	return settled(chosen)
}

// leftOut says what no plan can be made for.
func leftOut(chosen respond.Selection, std streams) {
	for _, l := range chosen.LeftOut {
		complain(std.err, "left out: %s: %s", l.What, l.Why)
	}
}

// choose reads which credentials are to be acted on: from standard input, from
// reports or from the journal.
func (f respondFlags) choose(ctx context.Context, client *cfapi.Client, reports []string, std streams) (respond.Selection, error) {
	var none respond.Selection
	begun, err := respond.Unfinished(f.opt.Journal, f.action)
	switch {
	case err != nil:
		return none, &usageError{err.Error(), ""}
	case f.resume:
		return respond.Selection{Targets: begun}, nil
	case f.self:
		accounts, err := accountIDs(f.accounts)
		if err != nil {
			return none, err
		}
		text, err := readGiven(std)
		if err != nil {
			return none, err
		}
		return respond.Given(ctx, client, text, accounts, begun), nil
	}
	var all []report.Finding
	for _, name := range reports {
		r, err := readReport(name)
		if err != nil {
			return none, err
		}
		all = append(all, r.Findings...)
	}
	return respond.Reported(all, begun), nil
}

// readGiven reads standard input.
func readGiven(std streams) ([]byte, error) {
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(std.in, most+1))
	switch {
	case err != nil:
		complain(std.err, "reading standard input: %v", err)
		return nil, statusError(exitUnsettled)
	case len(text) > most:
		return nil, &usageError{"standard input has more than 1 MB", ""}
	}
	return text, nil
}

// identify finds out with what credential of the operator targets are acted on.
func identify(ctx context.Context, client *cfapi.Client, targets []respond.Target, std streams) (respond.Agent, error) {
	who := operator()
	if who.Credential() == nil {
		return respond.Agent{}, &usageError{"there is no credential to do it with", "set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL, or use --self"}
	}
	agent, err := respond.Identify(ctx, client, who, targets)
	var bad *respond.OperatorError
	switch {
	case errors.As(err, &bad) && bad.Verdict.Status == secret.Unknown:
		complain(std.err, "%v", err)
		return agent, statusError(exitUnsettled)
	case err != nil:
		return agent, &usageError{err.Error(), ""}
	}
	for _, n := range agent.Notes {
		complain(std.err, "note: %s", n)
	}
	return agent, nil
}

// settled returns the exit status once all is done that is in the plan.
func settled(chosen respond.Selection) error {
	if chosen.Unsettled() {
		return statusError(exitUnsettled)
	}
	return nil
}

// tell tells that the work on a token has come to a step.
func tell(w io.Writer, e respond.Event) {
	if e.Err == nil {
		complain(w, "%s: %s", e.Item.Target, e.Step)
		return
	}
	complain(w, "%s: %s: %v", e.Item.Target, e.Step, e.Err)
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
