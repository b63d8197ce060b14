package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
)

func newScan(std streams) *cobra.Command {
	f := defaultScan()
	var target targetFlags
	cmd := &cobra.Command{
		Use:   "scan PATH|-...",
		Short: "Scan files, folders, git repositories or standard input",
		Long: `Scan looks for Cloudflare credentials in each PATH: a file, or a folder as it
is, hidden and ignored files included. Each git repository in it (work tree,
bare repository, linked work tree, submodule) is scanned with its whole history:
every object, reachable or not, the index, refs and configuration. "-" stands
for standard input.

With --staged, only what is staged is scanned: of the files whose staged content
differs from HEAD the whole of that, and not what is in the work tree.

What a .leakflareignore, a mark on its line such as leakflare:allow, or a --baseline
covers does not count, and is counted in the receipt.

Findings go to standard output. A receipt on standard error says what was read
and what was not. No secret is shown: a finding has its mask and its SHA-256.
`,
		Example: `  leakflare scan .
  leakflare scan --staged
  leakflare scan --history off ~/projects
  leakflare scan --history only --format json -o report.json /srv/git
  leakflare scan --range main..HEAD
  leakflare scan --min-confidence certain --format sarif -o leakflare.sarif .
  kubectl get secrets -A -o yaml | leakflare scan -`,
		Annotations: map[string]string{ofTarget: ""},
		Args: func(cmd *cobra.Command, args []string) error {
			if target.staged {
				return cobra.MaximumNArgs(1)(cmd, args)
			}
			if len(args) == 0 && target.commits == "" {
				return &usageError{"no path to scan", `to scan the current folder, run "leakflare scan ."`}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runScan(cmd.Context(), f, target, args, std)
		},
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + exitStatusHelp)
	fl := cmd.Flags()
	target.define(cmd)
	fl.StringVar(&target.commits, "range", "", "scan what the commits `A..B` of one repository brought in, those of B that A has not, and nothing else; A.. is up to HEAD")
	fl.BoolVar(&target.staged, "staged", false, "scan only what is staged for the next commit of the repository at PATH, or the current one")
	f.add(cmd)
	f.addShared(cmd)
	requireTrust(fl, "range", "staged")
	return cmd
}

// runScan does what the flags and paths say.
func runScan(ctx context.Context, f scanFlags, target targetFlags, paths []string, std streams) error {
	sources, ignored, err := f.prepare(target, paths, std.in)
	if err != nil {
		return err
	}
	if target.history != "off" && !target.isPart() && !f.quiet {
		for _, path := range paths {
			if root := enclosing(path); root != "" {
				complain(std.err, "note: %s is a part of the repository %s, whose history is not scanned", path, root)
			}
		}
	}
	return f.scan(ctx, sources, ignored, paths, std)
}

// prepare checks the flags, and returns the sources for paths and what does not
// count in them, nil if everything does.
func (f *scanFlags) prepare(target targetFlags, paths []string, stdin io.Reader) ([]source.Source, *ignore.List, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	if err := target.check(); err != nil {
		return nil, nil, err
	}
	ignored, err := f.ignore.list(paths)
	if err != nil {
		return nil, nil, err
	}
	if ignored != nil {
		ignored.Partial = ignored.Partial || target.narrows() || f.minConfidence != levels[0]
	}
	sources, err := open(paths, target, f.memory, stdin, ignored)
	return sources, ignored, err
}

// scan scans sources, which paths named, and tells what came of it. The sinks
// that are given get the report too.
func (f *scanFlags) scan(ctx context.Context, sources []source.Source, ignored *ignore.List, paths []string, std streams, sinks ...report.Sink) (err error) {
	s := scanner.Scan{
		Sources:      sources,
		Detectors:    detectors.All,
		Run:          report.Run{Targets: paths},
		ShowRejected: f.showRejected,
		Ignore:       ignored,
	}
	if len(paths) == 0 { // the current folder
		s.Run.Targets = []string{"."}
	}
	if f.verify {
		if s.Verify, err = newVerification(f.accounts, std); err != nil {
			return err
		}
		s.Verify.Inspect = f.inspect
	}
	sum, err := f.execute(ctx, s, std, sinks...)
	if err != nil {
		return err
	}
	return f.conclude(sum, std)
}

// limitMemory has what nobody uses any more collected before there is more
// memory in use than this.
func (f *scanFlags) limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(f.memory))
	}
}

// execute runs a scan and writes its report where it is to be.
func (f *scanFlags) execute(ctx context.Context, s scanner.Scan, std streams, sinks ...report.Sink) (report.Report, error) {
	if err := s.MinConfidence.UnmarshalText([]byte(f.minConfidence)); err != nil {
		return report.Report{}, err
	}
	f.limitMemory()
	sink, discard, err := f.open(std)
	if err != nil {
		return report.Report{}, err
	}
	defer discard()
	if f.earlier != nil {
		sink = &addition{Sink: sink, all: *f.earlier}
	}
	p := newProgress(std.err, f.quiet)
	s.Run.Version, s.Run.StartedAt = version(), time.Now()
	s.Sink, s.Progress = report.Tee(append(sinks, sink)...), p.watch
	if f.only != nil {
		s.Sink = filter{s.Sink, f.only}
	}
	sum, err := s.Execute(ctx)
	p.stop()
	return sum, err
}

// conclude tells what came of a scan, and makes the exit status of it.
func (f *scanFlags) conclude(sum report.Report, std streams) error {
	f.noteLimits(std.err, sum.Findings)
	if !f.quiet || !sum.Receipt.Complete || f.showRejected {
		if err := f.tell(std.err, sum); err != nil {
			return cmp.Or(exitStatus(*f, sum), err)
		}
	}
	return exitStatus(*f, sum)
}

// fails tells whether a finding makes the exit status that of findings.
func (f *scanFlags) fails(finding report.Finding) bool {
	switch {
	case f.exitZero || f.failOn == "never":
		return false
	case f.failOn == "active":
		return finding.Status == secret.Active
	}
	return true
}

// exitStatus makes the exit status of how a scan ended.
func exitStatus(f scanFlags, sum report.Report) error {
	is := func(status secret.Status) func(report.Finding) bool {
		return func(finding report.Finding) bool { return finding.Status == status }
	}
	findings := counting(sum.Findings)
	counts := slices.ContainsFunc(findings, f.fails)
	switch {
	case sum.Receipt.Interrupted:
		return statusError(exitIncomplete)
	case counts:
		return statusError(exitFound)
	case f.verify && slices.ContainsFunc(findings, is(secret.Unknown)):
		return statusError(exitUnsettled)
	case !sum.Receipt.Complete:
		return statusError(exitIncomplete)
	}
	return nil
}

// colored reports whether what is written to w should have colours.
//
// NO_COLOR is described at https://no-color.org/.
func colored(mode string, w io.Writer) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && terminal(w)
}

// terminal reports whether stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}
