package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/report"
)

// scanFlags say how is scanned, whatever it is, and what comes of it, as typed.
type scanFlags struct {
	reportFlags
	minConfidence string
	failOn        string
	exitZero      bool
	showRejected  bool
	quiet         bool
	memory        size
	verify        bool
	inspect       bool
	accounts      []string
	ignore        ignoreFlags

	only    func(report.Finding) bool // what the report is of; nil for everything
	earlier *report.Report            // what the report is added to; nil for none
}

// defaultScan returns the flags of a scan of which nothing was typed, also those
// that a command does not have.
func defaultScan() scanFlags {
	return scanFlags{
		reportFlags:   reportFlags{color: colors[0]},
		minConfidence: levels[0],
		failOn:        policies[0],
		memory:        512 * mebibyte,
	}
}

// addShared adds the flags that ci has too.
func (f *scanFlags) addShared(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.minConfidence, "min-confidence", f.minConfidence, "leave out findings less sure than `LEVEL`: medium, high, certain")
	fl.StringVar(&f.failOn, "fail-on", f.failOn, "`WHICH` findings make the exit status 1: any, active (with --verify, those that work), never")
	fl.BoolVar(&f.exitZero, "exit-zero", false, "the same as --fail-on never")
	fl.BoolVar(&f.showRejected, "show-rejected", false, "list candidates that were rejected: checksums that do not close, published examples, placeholders")
	fl.BoolVar(&f.verify, "verify", false, "ask Cloudflare which credentials still work; each is sent to Cloudflare alone, in four requests at most")
	fl.BoolVar(&f.inspect, "inspect", false, "with --verify, tell what those that work can do; where they may not see it themselves, with $CLOUDFLARE_API_TOKEN, or $CLOUDFLARE_API_KEY and $CLOUDFLARE_EMAIL")
	fl.StringSliceVar(&f.accounts, "account-id", nil, "with --verify, `ID` of an account of yours, to try with account tokens that stand beside none (default $CLOUDFLARE_ACCOUNT_ID)")
	fl.Var(&f.memory, "memory", "most memory to use, about; a version of a file that needs more, with the one it is stored as a difference from, is named, not read")
	f.ignore.define(fl)
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, and no receipt unless the scan is incomplete or --show-rejected asks for it")
	fl.Lookup("exit-zero").Annotations = map[string][]string{yieldsTo: {"fail-on"}}
	requireTrust(fl, "verify", "inspect", "account-id", "memory")
	complete(cmd, map[string][]string{"min-confidence": levels, "fail-on": policies})
}

// check refuses values that a flag does not take.
func (f *scanFlags) check() error {
	if err := refuse(
		choice{"min-confidence", &f.minConfidence, levels},
		choice{"fail-on", &f.failOn, policies},
	); err != nil {
		return err
	}
	if err := f.reportFlags.check(); err != nil {
		return err
	}
	switch {
	case f.failOn == "active" && !f.verify:
		return &usageError{"--fail-on active needs --verify", "without that it is not known what works"}
	case f.inspect && !f.verify:
		return &usageError{"--inspect needs --verify", "without that it is not known what works"}
	case len(f.accounts) > 0 && !f.verify:
		return &usageError{"--account-id needs --verify", "without that nobody is asked"}
	}
	return nil
}

// targetFlags say what of the paths is scanned, as typed.
type targetFlags struct {
	history  string
	commits  string // a range of them
	staged   bool
	archives archiveFlags
}

// define adds the flags that each of those who scan paths has.
func (f *targetFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.history, "history", histories[0], "`HOW` to scan git history: auto (with the files), only (no files but standard input), off")
	complete(cmd, map[string][]string{"history": histories})
	f.archives.define(cmd)
}

// check refuses values that a flag does not take, and flags that exclude each other.
func (f *targetFlags) check() error {
	if err := refuse(choice{"history", &f.history, histories}); err != nil {
		return err
	}
	switch {
	case f.staged && (f.commits != "" || f.history != histories[0]):
		return &usageError{"--staged goes without --range and --history", "what is staged is in no commit"}
	case f.commits != "" && f.history == "off":
		return &usageError{"--range needs history", "leave out --history off"}
	}
	return nil
}

// narrows tells whether a part of what is at the paths is left out.
func (f *targetFlags) narrows() bool {
	return f.history != histories[0] || f.isPart()
}

// isPart tells whether a part of one repository is scanned, and no files.
func (f *targetFlags) isPart() bool { return f.commits != "" || f.staged }

// complete makes flags of cmd complete to the values that they take.
func complete(cmd *cobra.Command, values map[string][]string) {
	for name, choices := range values {
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the flag is defined by the caller
		}
	}
}

// The values that flags take.
var (
	histories    = []string{"auto", "only", "off"}
	archiveModes = []string{"auto", "off"}
	levels       = []string{"medium", "high", "certain"}
	policies     = []string{"any", "active", "never"}
	colors       = []string{"auto", "always", "never"}
)

// A choice is the value of a flag that takes some values, in whatever case.
type choice struct {
	flag   string
	value  *string
	values []string
}

// refuse refuses values that a flag does not take.
func refuse(choices ...choice) error {
	for _, c := range choices {
		*c.value = strings.ToLower(*c.value)
		if !slices.Contains(c.values, *c.value) {
			return &usageError{
				fmt.Sprintf("invalid value %q for --%s", *c.value, c.flag),
				"use " + strings.Join(c.values, ", "),
			}
		}
	}
	return nil
}
