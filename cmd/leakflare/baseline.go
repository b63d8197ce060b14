package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
)

// baselineName is what a baseline is called if nobody says otherwise.
const baselineName = ".leakflare-baseline.json"

func newBaseline(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Record what has been found and is accepted",
		Long: `A baseline is a JSON report of credentials that are accepted. What is in it does
not count in a scan with --baseline, wherever it has moved, been copied or been
rebased to, since a credential is known by its SHA-256.
`,
		Example: `  leakflare baseline create .
  leakflare baseline import .gitleaksignore .`,
	}
	cmd.AddCommand(newBaselineCreate(std), newBaselineImport(std))
	return cmd
}

const baselineStatusHelp = `
EXIT STATUS
  0  the baseline is written
  2  wrong use: a path that does not exist, a file that cannot be read
  3  the scan was incomplete, and so is the baseline
`

func newBaselineCreate(std streams) *cobra.Command {
	f := newBaselineFlags()
	cmd := &cobra.Command{
		Use:   "create PATH...",
		Short: "Scan each PATH and record what is found",
		Long: `Create scans each PATH as scan does, and writes a report of all that is found.
What an ignore file or a mark speaks for already is left out; what is in a
--baseline is kept.
`,
		Example: `  leakflare baseline create .
  leakflare scan --baseline ` + baselineName + ` .`,
		Annotations: map[string]string{ofTarget: ""},
		Args:        needPath(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			return f.write(cmd.Context(), paths, std, func(f report.Finding) bool {
				return f.Suppressed == nil || f.Suppressed.By == report.ByBaseline
			})
		},
	}
	f.define(cmd)
	f.ignore.define(cmd.Flags())
	return cmd
}

func newBaselineImport(std streams) *cobra.Command {
	f := newBaselineFlags()
	cmd := &cobra.Command{
		Use:   "import FILE PATH...",
		Short: "Turn the baseline or ignore file of another tool into a baseline",
		Long: `Import reads what another tool was told to accept, scans each PATH, and writes a
report of what it finds of that. Where the other tool knows a secret by its
commit and line, the report knows it by itself, so that it stays accepted when
lines move and history is rewritten. What is in the baseline already, as create
writes it, is kept.

FILE is a .gitleaksignore or .betterleaksignore, a JSON report of gitleaks or
betterleaks, redacted or not, or a .secrets.baseline of detect-secrets.
`,
		Example: `  leakflare baseline import .gitleaksignore .`,
		Args:    needPath(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.ignore.baselines = args[:1]
			f.ignore.hint = fmt.Sprintf("see %q", cmd.CommandPath()+" --help")
			if err := f.keep(); err != nil {
				return err
			}
			return f.write(cmd.Context(), args[1:], std, func(f report.Finding) bool {
				return f.Suppressed != nil && f.Suppressed.By == report.ByBaseline
			})
		},
	}
	f.define(cmd)
	return cmd
}

// needPath asks for a number of arguments at least, the last being a path.
func needPath(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return &usageError{"no path to scan", "use " + cmd.CommandPath() + " " + cmd.Use[len(cmd.Name())+1:]}
		}
		return nil
	}
}

// baselineFlags are the flags of baseline create and import: those of a scan
// that writes JSON.
type baselineFlags struct {
	scanFlags
	target targetFlags
}

func newBaselineFlags() *baselineFlags {
	f := &baselineFlags{scanFlags: defaultScan()}
	f.format, f.failOn = "json", "never"
	f.showSuppressed = true // as JSON does
	return f
}

func (f *baselineFlags) define(cmd *cobra.Command) {
	cmd.SetHelpTemplate(cmd.HelpTemplate() + baselineStatusHelp)
	fl := cmd.Flags()
	fl.StringVarP(&f.output, "output", "o", baselineName, "write the baseline to `FILE`, whole or not at all; - is standard output")
	f.target.define(cmd)
	fl.Var(&f.memory, "memory", "most memory to use, about")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, and no receipt unless the scan is incomplete")
	requireTrust(fl, "output", "memory")
	pathFlags(fl, "output")
}

// keep has what the baseline holds already stay in it. A file that is none is not
// replaced.
func (f *baselineFlags) keep() error {
	if standard(f.output) == "" {
		return nil
	}
	if info, err := os.Stat(f.output); err != nil || !info.Mode().IsRegular() {
		return nil // what is wrong with that, is told when it is written
	}
	r, err := readReport(f.output)
	if usage := (*usageError)(nil); errors.As(err, &usage) {
		usage.hint = "it would be replaced: remove it, or name another file by -o"
	}
	f.earlier = &r
	return err
}

// write scans paths and writes the baseline of those findings that are accepted.
func (f *baselineFlags) write(ctx context.Context, paths []string, std streams, accepted func(report.Finding) bool) error {
	sources, ignored, err := f.prepare(f.target, paths, std.in)
	if err != nil {
		return err
	}
	s := scanner.Scan{
		Sources:   sources,
		Detectors: detectors.All,
		Run:       report.Run{Targets: paths},
		Ignore:    ignored,
	}
	f.only = accepted
	sum, err := f.execute(ctx, s, std)
	if err != nil {
		return err
	}
	var n int
	for _, finding := range sum.Findings {
		if accepted(finding) {
			n++
		}
	}
	var before string
	if f.earlier != nil {
		before = fmt.Sprintf(", beside the %d that it had", len(f.earlier.Findings))
	}
	complain(std.err, "%d of %d credentials that were found are in the baseline %s%s", n, len(sum.Findings), f.output, before)
	return f.conclude(sum, std)
}
