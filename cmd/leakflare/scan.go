package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/files"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// targetFlags say what of the paths is scanned, as typed.
type targetFlags struct {
	history string
	commits string // a range of them
	staged  bool
}

// define adds the flag that each of those who scan paths has.
func (f *targetFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.history, "history", histories[0], "git history: auto (with the files), only (no files but standard input), off")
	complete(cmd, map[string][]string{"history": histories})
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

	only func(report.Finding) bool // what the report is of; nil for everything
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
covers does not count, and is told by number.

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
	trust(fl, "range", "staged")
	return cmd
}

// addShared adds the flags that ci has too.
func (f *scanFlags) addShared(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.minConfidence, "min-confidence", f.minConfidence, "leave out findings less sure than `LEVEL`: medium, high, certain")
	fl.StringVar(&f.failOn, "fail-on", f.failOn, "which findings make the exit status 1: any, active (with --verify, those that work), never")
	fl.BoolVar(&f.exitZero, "exit-zero", false, "the same as --fail-on never")
	fl.BoolVar(&f.showRejected, "show-rejected", false, "list candidates that were rejected: checksums that do not close, published examples")
	fl.BoolVar(&f.verify, "verify", false, "ask Cloudflare which credentials still work; each is sent to Cloudflare alone, in four requests at most")
	fl.BoolVar(&f.inspect, "inspect", false, "with --verify, tell what those that work can do; where they may not see it themselves, with $CLOUDFLARE_API_TOKEN, or $CLOUDFLARE_API_KEY and $CLOUDFLARE_EMAIL")
	fl.StringSliceVar(&f.accounts, "account-id", nil, "with --verify, `ID` of an account of yours, to try with account tokens that stand beside none (default $CLOUDFLARE_ACCOUNT_ID)")
	fl.Var(&f.memory, "memory", "most memory to use, about; a version of a file that needs more, with the one it is stored as a difference from, is named, not read")
	f.ignore.define(fl)
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, and no receipt unless the scan is incomplete")
	trust(fl, "verify", "inspect", "account-id", "memory")
	complete(cmd, map[string][]string{"min-confidence": levels, "fail-on": policies})
}

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
	histories = []string{"auto", "only", "off"}
	levels    = []string{"medium", "high", "certain"}
	policies  = []string{"any", "active", "never"}
	colors    = []string{"auto", "always", "never"}
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
		if s.Verify.Inspect = f.inspect; f.inspect {
			s.Verify.Operator = operator().Credential()
		}
	}
	sum, err := f.execute(ctx, s, std, sinks...)
	if err != nil {
		return err
	}
	if n := len(sum.Findings); f.has("sarif") && n > report.MaxResults {
		complain(std.err, "note: SARIF holds %d results at most; %d findings are left out of it", report.MaxResults, n-report.MaxResults)
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
func (f *scanFlags) execute(ctx context.Context, s scanner.Scan, std streams, sinks ...report.Sink) (scanner.Summary, error) {
	if err := s.MinConfidence.UnmarshalText([]byte(f.minConfidence)); err != nil {
		return scanner.Summary{}, err
	}
	f.limitMemory()
	sink, discard, err := f.open(std)
	if err != nil {
		return scanner.Summary{}, err
	}
	defer discard()
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
func (f *scanFlags) conclude(sum scanner.Summary, std streams) error {
	if !f.quiet || !sum.Receipt.Complete {
		if err := f.tell(std.err, sum.Receipt, sum.Findings); err != nil {
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
func exitStatus(f scanFlags, sum scanner.Summary) error {
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

// open returns the sources for what target says of paths. Of each repository that is
// found in them, ignored gets to know, unless it is nil.
func open(paths []string, target targetFlags, memory size, stdin io.Reader, ignored *ignore.List) ([]source.Source, error) {
	switch {
	case target.staged:
		return openStaged(paths, memory, ignored)
	case target.commits != "":
		return openCommits(paths, target.commits, memory, ignored)
	}
	opt := files.Options{
		Repository: func(dir string) (source.Source, error) {
			r, err := gitrepo.Open(dir, gitrepo.Options{
				Display:        filepath.ToSlash(filepath.Clean(dir)),
				WithoutObjects: target.history == "off",
				Memory:         memory.forObjects(),
			})
			if err == nil && ignored != nil {
				// What is wrong with the ignore file of a repository below a
				// target is no reason not to scan the others.
				return r, ignored.AddRoot(dir)
			}
			if err == nil {
				return r, nil
			}
			if errors.Is(err, gitrepo.ErrNotRepository) {
				err = nil
			}
			return nil, err
		},
		RepositoriesOnly: target.history == "only",
	}
	var sources []source.Source
	for _, path := range paths {
		if path == "-" {
			sources = append(sources, files.NewStream("-", stdin))
			continue
		}
		if isPipe(path) {
			sources = append(sources, files.NewStream(path, &pipe{path: path}))
			continue
		}
		src, err := files.New(path, opt)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &usageError{fmt.Sprintf("%q does not exist", path), "paths are files, folders or \"-\" for standard input"}
		}
		if err != nil {
			return nil, err
		}
		sources = append(sources, src)
	}
	return sources, nil
}

// A pipe is a file that is opened when it is read, because opening one waits
// for somebody to write.
type pipe struct {
	path string
	file *os.File
}

// Read implements [io.Reader].
func (p *pipe) Read(b []byte) (int, error) {
	if p.file == nil {
		f, err := os.Open(p.path)
		if err != nil {
			return 0, err
		}
		p.file = f // closed with the process
	}
	return p.file.Read(b)
}

// isPipe reports whether path is a pipe, as in "leakflare scan <(command)", or a
// device. In a folder neither would be read, but this one was asked for.
func isPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) != 0
}

// enclosing returns the repository that the folder path is a part of without
// being its root, or "".
func enclosing(path string) string {
	abs, err := filepath.Abs(path)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return ""
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return ""
	}
	if root, err := gitrepo.Above(abs); err == nil && root != abs {
		return fromHere(root)
	}
	return ""
}

// A filter is a sink that passes on some findings.
type filter struct {
	report.Sink
	pass func(report.Finding) bool
}

// Finding implements [report.Sink].
func (f filter) Finding(x report.Finding) error {
	if !f.pass(x) {
		return nil
	}
	return f.Sink.Finding(x)
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
