package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/files"
)

func newVerify(std streams) *cobra.Command {
	return askAbout(std, false, &cobra.Command{
		Use:   "verify [REPORT]",
		Short: "Ask Cloudflare whether credentials work",
		Long: `Verify reads API tokens and Global API keys from standard input, one or many,
and asks Cloudflare which of them work.
` + givenHelp + `
With a REPORT, which scan --verify --format json has written, it asks again about
the tokens in that, by their ids, for a report holds no secrets. It does so with
$CLOUDFLARE_API_TOKEN (with API Tokens Read, or for an account's tokens Account API
Tokens Read), or $CLOUDFLARE_API_KEY and $CLOUDFLARE_EMAIL, and writes the report
anew. That tells which are disabled, expired or deleted. Of a token that works it
does not tell whether the value that leaked is still its.
`,
		Example: `  leakflare verify < token.txt
  leakflare verify -f json -o now.json report.json
  pbpaste | leakflare verify --account-id 0123456789abcdef0123456789abcdef`,
	})
}

func newInspect(std streams) *cobra.Command {
	return askAbout(std, true, &cobra.Command{
		Use:   "inspect [REPORT]",
		Short: "Ask Cloudflare what credentials can do",
		Long: `Inspect reads API tokens and Global API keys from standard input, one or many,
asks Cloudflare which of them work, and of those what they are called, what they
may do and where, since when and until when, and from which addresses. Riskier
ones come first.

Most tokens may not see that themselves. Then it is asked with the credential of
their owner in $CLOUDFLARE_API_TOKEN, or $CLOUDFLARE_API_KEY and
$CLOUDFLARE_EMAIL. Cloudflare shows the token of a user to that user alone.
` + givenHelp + `
With a REPORT, which scan --verify --format json has written, it asks about the
tokens in that, by their ids and with that credential, and writes the report anew.
`,
		Example: `  leakflare inspect < token.txt
  leakflare inspect report.json`,
	})
}

const givenHelp = `
They are taken from standard input alone: arguments can be seen by others on the
same machine. A token without a prefix is whatever has its form: 40 characters,
or 37 to 45 hexadecimal digits for a Global API key, about which can be asked
only with the address of its user beside it or in --email.
`

// askAbout makes a command of cmd that asks about what is on standard input.
func askAbout(std streams, inspect bool, cmd *cobra.Command) *cobra.Command {
	f := defaultScan()
	f.verify, f.inspect, f.failOn = true, inspect, "active"
	var emails []string
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 1:
			return &usageError{cmd.Name() + " takes one report", ""}
		case len(args) == 1 && len(f.accounts)+len(emails) > 0:
			return &usageError{"--account-id and --email are for credentials on standard input", "a report says of which account a token is"}
		case len(args) == 1 && isCredential(args[0]):
			return &usageError{"a credential is no argument: others on this machine can see those", "leakflare " + cmd.Name() + " < FILE"}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return runRecheck(cmd.Context(), f, args[0], std)
		}
		return runVerify(cmd.Context(), f, emails, std)
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + `
EXIT STATUS
  0  none of the credentials works
  1  some do
  2  wrong use
  3  there was nothing to verify, or not all could be read
  4  of some it could not be told
`)
	fl := cmd.Flags()
	f.add(cmd)
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, and no receipt unless something could not be read")
	fl.StringSliceVar(&f.accounts, "account-id", nil, "`ID` of an account of yours, to try with account tokens (default $CLOUDFLARE_ACCOUNT_ID)")
	fl.StringSliceVar(&emails, "email", nil, "`ADDRESS` to try with Global API keys (default $CLOUDFLARE_EMAIL)")
	requireTrust(fl, "account-id", "email")
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt)
	return cmd
}

func runVerify(ctx context.Context, f scanFlags, emails []string, std streams) error {
	if err := f.check(); err != nil {
		return err
	}
	v, err := newVerification(f.accounts, std)
	if err != nil {
		return err
	}
	v.Inspect = f.inspect
	if v.Emails = emails; len(emails) == 0 && os.Getenv("CLOUDFLARE_EMAIL") != "" {
		v.Emails = []string{os.Getenv("CLOUDFLARE_EMAIL")}
	}
	sum, err := f.execute(ctx, scanner.Scan{
		Sources:   []source.Source{files.NewStream("-", std.in, nil)},
		Detectors: detectors.Given(),
		Run:       report.Run{Targets: []string{"-"}},
		Verify:    v,

		ShowRejected: true, // they were given as credentials
	}, std)
	if err != nil {
		return err
	}
	if len(sum.Findings) == 0 && sum.Receipt.Complete {
		return errors.New("nothing on standard input has the form of a Cloudflare API token or key")
	}
	return f.conclude(sum, std)
}

// isCredential tells whether an argument has the form of one.
func isCredential(arg string) bool {
	found := false
	detectors.NewSet(detectors.Given()...).Matches([]byte(arg), detectors.Span{End: len(arg)}, func(detectors.Match) { found = true })
	return found
}

// runRecheck asks again about what is in a report.
func runRecheck(ctx context.Context, f scanFlags, name string, std streams) error {
	if err := f.check(); err != nil {
		return err
	}
	v, err := newVerification(nil, std)
	if err != nil {
		return err
	}
	if v.Inspect = f.inspect; v.Operator == nil {
		return &usageError{"there is no credential to ask with, and a report holds none", "set CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL"}
	}
	r, err := readReport(name)
	if err != nil {
		return err
	}
	sink, discard, err := f.open(std)
	if err != nil {
		return err
	}
	defer discard()
	v.Recheck(ctx, detectors.All, r.Findings)
	if err := r.Write(sink); err != nil {
		return err
	}
	f.noteLimits(std.err, r.Findings)
	if !f.quiet {
		counts := make(map[secret.Status]int)
		for _, finding := range counting(r.Findings) {
			counts[finding.Status]++
		}
		var words []string
		for _, s := range []secret.Status{secret.Disabled, secret.Expired, secret.Invalid, secret.Unknown} {
			if counts[s] > 0 {
				words = append(words, fmt.Sprintf("%d %s", counts[s], s))
			}
		}
		complain(std.err, "%s", cmp.Or(strings.Join(words, ", "), "the report has no findings that count"))
	}
	return exitStatus(f, report.Report{Findings: r.Findings, Receipt: report.Receipt{Complete: true}})
}
