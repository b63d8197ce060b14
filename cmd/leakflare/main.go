// Command leakflare finds leaked Cloudflare credentials in files and in git
// history.
//
// The package turns a command line into a scan, a report or a remedy, and into an
// exit status. Findings go to standard output, talk to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/respond"
)

// Exit statuses, a contract with scripts.
const (
	exitClean      = 0 // nothing to report
	exitFound      = 1 // findings at or above the policy
	exitUsage      = 2 // wrong use or configuration
	exitIncomplete = 3 // something was not read, and nothing was found in the rest
	exitUnsettled  = 4 // a verification or remediation that was asked for could not be completed
)

const exitStatusHelp = `
EXIT STATUS
  0  nothing to report
  1  credentials were found (see --fail-on, --exit-zero)
  2  wrong use: a path that does not exist, a bad flag, a mistake in an ignore
     file, a baseline that cannot be read
  3  the scan is incomplete and nothing was found in what was read (or findings
     are not to count): something could not be read, the clone is shallow, or
     there was nothing to read; also when the scan was interrupted or the report
     could not be written
  4  with --verify: of some credentials it could not be told whether they work,
     and there is no finding that counts
`

func main() {
	// A lost connection is an interrupt, unless it is ignored: nohup sees to that.
	signals := slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, signal.Ignored)
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, func() {
		// That the connection is lost, the terminal tells, and then the shell.
		signal.Ignore(syscall.SIGHUP)
		// A second Ctrl-C ends the process at once.
		stop()
	})
	status := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

// streams are the standard ones, or a test's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// A usageError is a mistake on the command line, with advice on mending it.
type usageError struct{ msg, hint string }

func (e *usageError) Error() string { return e.msg }

// A statusError ends the command with a status other than success, and without
// a message: what there is to say has been said.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run is main without the globals, so that tests can call it.
func run(ctx context.Context, args []string, std streams) int {
	root := newRoot(std)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	var (
		status statusError
		usage  *usageError
	)
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &status):
		return int(status)
	}
	complain(std.err, "%v", err)
	if errors.As(err, &usage) {
		if usage.hint != "" {
			complain(std.err, "hint: %s", usage.hint)
		}
		return exitUsage
	}
	return exitIncomplete
}

// complain writes a line to w, made safe: arguments and paths may hold anything.
func complain(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "leakflare: %s\n", safe(fmt.Sprintf(format, args...)))
}

// safe returns text with credentials in it masked and control characters escaped.
func safe(text string) string {
	return report.Clean(detectors.NewSet(detectors.All...).Mask(text))
}

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "leakflare",
		Short: "Find leaked Cloudflare credentials in files and git history",
		Long: `Leakflare finds leaked Cloudflare credentials (API tokens, Global API keys and
all the others that "leakflare detectors" lists) in files and in every object of
a git repository, reachable or not. Unless told to ask Cloudflare about them, it
works offline. It shows no secret and runs nothing of what it scans.
`,
		Example: `  leakflare scan .
  git diff | leakflare scan -`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		Version:       version(),

		SuggestionsMinimumDistance: 2,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err.Error(), fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
	})
	var conf config
	root.AddCommand(newScan(std), newCI(std), newVerify(std), newInspect(std),
		newRespond(std, respond.Roll), newRespond(std, respond.Disable), newRespond(std, respond.Revoke),
		newBaseline(std), newHook(std, &conf), newReport(std), newDetectors(std), newConfig(&conf), newMan(), newVersion(std))
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = func(_ *cobra.Command, args []string) error {
			of, rest, err := root.Find(args)
			if err == nil && len(rest) > 0 {
				err = unknownCommand(of, rest[0])
			}
			return err
		}
	}
	refuseArgs(root)
	conf.use(root, std)
	return root
}

// unknownCommand says what is wrong with the first argument, and what was
// likely meant.
func unknownCommand(cmd *cobra.Command, arg string) error {
	e := &usageError{fmt.Sprintf("unknown command %q", arg), fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
	if near := cmd.SuggestionsFor(arg); len(near) > 0 {
		e.hint = fmt.Sprintf("did you mean %q?", strings.Join(near, `" or "`))
	} else if _, err := os.Lstat(arg); err == nil {
		e.hint = fmt.Sprintf("to scan it, run %q", "leakflare scan "+arg)
	}
	return e
}

// refuseArgs makes usage errors of what is wrong with the arguments of the
// commands below cmd. A command that is only a heading takes none.
func refuseArgs(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.HasSubCommands() && !sub.Runnable() {
			sub.Args = cobra.NoArgs
			sub.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		check := sub.Args
		if check != nil {
			sub.Args = func(cmd *cobra.Command, args []string) error {
				err := check(cmd, args)
				if usage := (*usageError)(nil); err == nil || errors.As(err, &usage) {
					return err
				}
				return &usageError{err.Error(), fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
			}
		}
		refuseArgs(sub)
	}
}
