package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/cmd/leakflare/githook"
	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// A hookRun is one run of a hook.
type hookRun struct {
	scan     scanFlags
	archives archiveFlags
	opener   *archive.Opener // of these
	onError  string
	timeout  time.Duration
	std      streams
	seen     sightings
	server   bool // it is run where others push to
}

func newHookRun(std streams, conf *config) *cobra.Command {
	h := hookRun{std: std, scan: defaultScan()}
	h.scan.quiet = true
	cmd := &cobra.Command{
		Use:   "run pre-commit|pre-merge-commit|pre-push|pre-receive [-- ARG...]",
		Short: "Scan as a git hook does",
		Long: `Run scans what the hook of that name is to let pass, and says nothing if that is
clean:

  pre-commit        what is staged and differs from HEAD. In the pre-commit
                    framework, with nothing staged ("pre-commit run --all-files"),
                    all that is in the index.
  pre-merge-commit  the same, when a merge without conflicts is to be committed.
  pre-push          the commits that are pushed and that the remote has not, the
                    tags, and the names of new refs. Git tells them on standard
                    input.
  pre-receive       on a server, the same of what is received, from the quarantine
                    it is in.

What follows "--" are the arguments that git gives the hook.
`,
		Example: `  leakflare hook run pre-commit
  leakflare hook run pre-receive --timeout 4s --on-error open`,
		Annotations: map[string]string{decides: ""},
		ValidArgs:   githook.Names(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"no hook to run", "name one of " + strings.Join(githook.Names(), ", ")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := refuse(choice{"on-error", &h.onError, policiesOnError}); err != nil {
				return err
			}
			if h.timeout < 0 {
				return &usageError{fmt.Sprintf("--timeout %s is over before it begins", h.timeout), "0 is without end"}
			}
			if conf.err != nil {
				return h.failed(conf.err)
			}
			err := h.scan.check()
			if err == nil {
				h.opener, err = h.archives.opener(h.scan.memory)
			}
			if err != nil {
				if of := conf.locate(cmd, err); of != err { // it is the configuration's
					return h.failed(of)
				}
				return err
			}
			ctx := cmd.Context()
			if h.timeout > 0 {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, h.timeout)
				defer stop()
			}
			hook, ok := map[string]struct {
				what string // is let pass or blocked
				run  func(context.Context, []string) (outcome, error)
			}{
				githook.PreCommit:      {"commit", h.preCommit},
				githook.PreMergeCommit: {"merge", h.preMergeCommit},
				githook.PrePush:        {"push", h.prePush},
				githook.PreReceive:     {"push", h.preReceive},
			}[args[0]]
			if !ok {
				return &usageError{fmt.Sprintf("unknown hook %q", args[0]), "use " + strings.Join(githook.Names(), ", ")}
			}
			return h.result(hook.what, func() (outcome, error) { return hook.run(ctx, args[1:]) })
		},
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + `
EXIT STATUS
  0  nothing to report, or with --on-error open, nothing was found in what could
     be read
  1  credentials were found
  2  wrong use, or no git repository
  3  something could not be read, or the time was up, and nothing was found until
     then
`)
	fl := cmd.Flags()
	onErrorFlag(cmd, &h.onError)
	fl.DurationVar(&h.timeout, "timeout", 0, "`TIME` that the scan may take, 4s for example; 0 is without end")
	fl.StringVar(&h.scan.minConfidence, "min-confidence", h.scan.minConfidence, "leave out findings less sure than `LEVEL`: medium, high, certain")
	complete(cmd, map[string][]string{"min-confidence": levels})
	h.archives.define(cmd)
	h.scan.ignore.define(fl)
	requireTrust(fl, "timeout")
	return cmd
}

// An outcome is what a hook found, and what it lets pass or not.
type outcome struct {
	report.Report
	report string // for people

	what   string // is blocked: a commit, a push
	where  string // what was found is
	remedy string // how to take it out, in lines; may be empty
	skip   string // command that goes without the hook; may be empty
}

// grace is how long after its time a scan may take to say what it has found.
const grace = 500 * time.Millisecond

// result runs a hook, which lets pass a commit or a push, and tells what came of it.
func (h *hookRun) result(what string, run func() (outcome, error)) error {
	o, err := h.inTime(what, run)
	if err != nil {
		return h.failed(err)
	}
	return h.conclude(o)
}

// inTime runs a hook, and no longer than it may take, whatever it is doing. What it
// had found when it failed, or when its time was up, counts: not to know the rest of
// it is no reason to let it pass.
func (h *hookRun) inTime(what string, run func() (outcome, error)) (outcome, error) {
	type result struct {
		outcome
		err error
	}
	done := make(chan result, 1) // so that run ends, though nobody waits for it any more
	go func() {
		o, err := run()
		done <- result{o, err}
	}()
	var late <-chan time.Time
	if h.timeout > 0 {
		late = time.After(h.timeout + grace)
	}
	var err error
	select {
	case r := <-done:
		if r.err == nil {
			return r.outcome, nil
		}
		err = r.err
	case <-late: // run ends with the process
	}
	o, seenErr := h.soFar(what, err == nil)
	if err == nil {
		return o, seenErr
	}
	if seenErr != nil || len(counting(o.Findings)) == 0 {
		return o, err
	}
	complain(h.std.err, "%v", err)
	return o, nil
}

// preCommit scans what is staged.
func (h *hookRun) preCommit(ctx context.Context, _ []string) (outcome, error) {
	if r, ok := githook.FrameworkRange(os.Getenv); ok {
		return h.commits(ctx, r, outcome{what: "commit", where: "in these commits"})
	}
	o := outcome{what: "commit", where: "in what is staged", skip: githook.Bypass(githook.PreCommit)}
	r, err := h.staged(ctx, &o, gitrepo.Options{Staged: true})
	// In the pre-commit framework there may be nothing to commit, when it was
	// told to check all files. To check nothing would be no answer.
	if err == nil && githook.InFramework(os.Getenv) && o.Receipt.Complete && o.Receipt.Objects == 0 {
		r, err = h.staged(ctx, &o, gitrepo.Options{Staged: true, AllStaged: true})
	}
	if err != nil {
		return o, err
	}
	if paths := pathsOf(o.Findings); len(paths) > 0 {
		unstage := "git restore --staged --"
		if r.Unborn() {
			unstage = "git rm --cached --"
		}
		o.remedy = fmt.Sprintf("Take it out of the file and stage that again, or unstage the file:\n  %s %s\n", unstage, strings.Join(paths, " "))
	}
	return o, nil
}

// preMergeCommit scans what a merge has staged.
func (h *hookRun) preMergeCommit(ctx context.Context, args []string) (outcome, error) {
	o, err := h.preCommit(ctx, args)
	o.what, o.skip = "merge", githook.Bypass(githook.PreMergeCommit)
	if o.remedy != "" {
		o.remedy = "Take it out of the file, stage that again and commit, or give up the merge by \"git merge --abort\".\n"
	}
	return o, err
}

// staged scans what is staged, by options.
func (h *hookRun) staged(ctx context.Context, o *outcome, opt gitrepo.Options) (*gitrepo.Repository, error) {
	r, ignored, err := h.open(opt)
	if err != nil {
		return nil, err
	}
	o.Report, o.report, err = h.execute(ctx, r, ignored)
	return r, err
}

// prePush scans what is pushed and the remote has not, as far as is known here.
//
// See https://git-scm.com/docs/githooks#_pre_push.
func (h *hookRun) prePush(ctx context.Context, args []string) (outcome, error) {
	o := outcome{what: "push", where: "in what is pushed", skip: githook.Bypass(githook.PrePush)}
	if githook.InFramework(os.Getenv) { // which has read standard input
		r, ok := githook.FrameworkRange(os.Getenv)
		if !ok {
			_, err := h.staged(ctx, &o, gitrepo.Options{Staged: true, AllStaged: true})
			return o, err
		}
		return h.pushed(ctx, r, o)
	}
	in, err := h.told()
	if err != nil {
		return o, err
	}
	r, err := githook.Pushed(in, append(args, "")[0])
	if err != nil {
		return o, misread(err)
	}
	return h.pushed(ctx, r, o)
}

// preReceive scans what is received. It may lie in a quarantine, which git tells of
// in the environment.
//
// See https://git-scm.com/docs/githooks#pre-receive and, for the quarantine,
// https://git-scm.com/docs/git-receive-pack#_quarantine_environment.
func (h *hookRun) preReceive(ctx context.Context, _ []string) (outcome, error) {
	h.server = true
	o := outcome{what: "push", where: "in what is pushed"}
	in, err := h.told()
	if err != nil {
		return o, err
	}
	r, err := githook.Received(in)
	if err != nil {
		return o, misread(err)
	}
	return h.pushed(ctx, r, o)
}

// pushed scans what is pushed, and says how what is found there is taken out.
func (h *hookRun) pushed(ctx context.Context, commits *gitrepo.Range, o outcome) (outcome, error) {
	o, err := h.commits(ctx, commits, o)
	o.remedy = outOfPush(counting(o.Findings))
	if o.remedy != "" && h.server {
		o.remedy += "Then push again.\n"
	}
	return o, err
}

// outOfPush says how findings are taken out of what is pushed, in lines, by where they
// stand: in commits, in tags, in names of refs.
func outOfPush(findings []report.Finding) string {
	var (
		b          strings.Builder
		commits    []report.Location // the first of each commit
		tags, refs bool
	)
	for _, f := range findings {
		for _, l := range f.Locations {
			switch {
			case l.Part == report.RefName:
				refs = true
			case strings.HasPrefix(l.Part, "tag"): // its message, its header, the tagger
				tags = true
			case !slices.ContainsFunc(commits, func(k report.Location) bool { return k.Commit == l.Commit }):
				commits = append(commits, l)
			}
		}
	}
	if len(commits) > 0 {
		first := slices.MinFunc(commits, func(a, b report.Location) int { return a.Date.Compare(b.Date) })
		what, from := "the commits that brought it", "-i"
		if len(commits) == 1 && first.Commit != "" {
			what = "the commit that brought it"
		}
		if first.Commit != "" {
			from += " " + first.Commit[:min(8, len(first.Commit))] + "^"
		}
		fmt.Fprintf(&b, "Take it out of %s: by \"git rebase %s\" and \"edit\"; of the last commit, by \"git commit --amend\".\n", what, from)
	}
	if tags {
		b.WriteString("Write the tag again without it, by \"git tag -f -a TAG\", or delete it, by \"git tag -d TAG\".\n")
	}
	if refs {
		b.WriteString("Give the branch or tag another name, by \"git branch -m OLD NEW\", or \"git tag NEW OLD\" and \"git tag -d OLD\".\n")
	}
	return b.String()
}

// commits scans a range of the current repository.
func (h *hookRun) commits(ctx context.Context, commits *gitrepo.Range, o outcome) (outcome, error) {
	if len(commits.Include)+len(commits.Pushed) == 0 {
		o.Receipt.Complete = true // refs are deleted, and nothing is sent
		return o, nil
	}
	r, ignored, err := h.open(gitrepo.Options{Range: commits})
	if err != nil {
		return o, err
	}
	o.Report, o.report, err = h.execute(ctx, r, ignored)
	return o, err
}

// told returns standard input, where git tells what is pushed.
func (h *hookRun) told() (io.Reader, error) {
	if terminal(h.std.in) {
		return nil, &usageError{"this hook is told by git, on standard input, what is pushed", "see \"leakflare hook install --help\""}
	}
	return h.std.in, nil
}

// misread makes a usage error of what is wrong with what git tells.
func misread(err error) error {
	if bad := (*githook.InputError)(nil); errors.As(err, &bad) {
		return &usageError{err.Error(), "git writes them when it runs a hook"}
	}
	return err
}

// pathsOf returns the paths of the files that findings are in, for a shell, but for those
// that cannot be shown as they are, nor copied.
func pathsOf(findings []report.Finding) (paths []string) {
	for _, f := range counting(findings) {
		for _, l := range f.Locations {
			file := l.File()
			if path := shellescape.Quote(pathspec(file)); report.Clean(file) == file && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// pathspec returns what names a path to git, from the top of the work tree wherever
// the committer is, and nothing but that path.
//
// See https://git-scm.com/docs/gitglossary, "pathspec".
func pathspec(path string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("-_./", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 && strings.TrimLeft(path, "-_") == path {
		return ":/" + path
	}
	return ":(top,literal)" + path // of ":/", what follows may be magic or a pattern
}

// open opens the current repository, and reads what does not count in it.
func (h *hookRun) open(opt gitrepo.Options) (*gitrepo.Repository, *ignore.List, error) {
	ignored, err := h.scan.ignore.list(nil)
	if err != nil {
		return nil, nil, err
	}
	if ignored != nil {
		ignored.Partial = true
	}
	opt.Archives, opt.About, opt.Memory = h.opener, detectors.ContentNames, h.scan.memory.forObjects()
	r, err := openCurrent(opt, ignored)
	return r, ignored, err
}

// execute scans a source, and returns the report of it for people.
func (h *hookRun) execute(ctx context.Context, src source.Source, ignored *ignore.List) (report.Report, string, error) {
	if h.scan.color = "never"; colored("auto", h.std.err) {
		h.scan.color = "always"
	}
	var text strings.Builder
	s := scanner.Scan{Sources: []source.Source{src}, Detectors: detectors.All, Ignore: ignored, Matched: h.seen.note(ignored)}
	sum, err := h.scan.execute(ctx, s, streams{nil, &text, io.Discard})
	return sum, text.String(), err
}

// failed is what comes of a hook that could not scan.
func (h *hookRun) failed(err error) error {
	if h.onError != "open" {
		return err
	}
	complain(h.std.err, "%v", err)
	complain(h.std.err, "nothing was scanned for credentials; it is let pass all the same, because of --on-error open")
	return nil
}

// maxShown is how many faults, and how many lines for an ignore file, are shown.
const maxShown = 10

// conclude tells what was found, and makes the exit status of it.
func (h *hookRun) conclude(o outcome) error {
	findings := counting(o.Findings)
	var b strings.Builder
	if n := len(findings); n > 0 {
		credentials := "1 Cloudflare credential is"
		if n > 1 {
			credentials = fmt.Sprintf("%d Cloudflare credentials are", n)
		}
		fmt.Fprintf(&b, "leakflare: %s blocked: %s %s.\n\n%s\n%s", o.what, credentials, o.where, o.report, o.remedy)
		b.WriteString(h.howToAllow())
		for _, f := range findings[:min(n, maxShown)] {
			fmt.Fprintf(&b, "  %s # %s\n", f.Fingerprint, f.Rule)
		}
	}
	pass := len(findings) == 0 && h.onError == "open"
	if !o.Receipt.Complete {
		tellFaults(&b, o, pass)
	}
	if o.skip != "" && !pass && (len(findings) > 0 || !o.Receipt.Complete) {
		fmt.Fprintf(&b, "To go without this check once: %s\n", o.skip)
	}
	if _, err := io.WriteString(h.std.err, b.String()); err != nil {
		return err
	}
	switch {
	case len(findings) > 0:
		return statusError(exitFound)
	case !o.Receipt.Complete && h.onError != "open":
		return statusError(exitIncomplete)
	}
	return nil
}

// howToAllow says how a credential is allowed by what stands in the lines after that.
func (h *hookRun) howToAllow() string {
	switch {
	case h.scan.ignore.none && h.server:
		return "No mark allows it here, and no ignore file: what was found is\n"
	case h.scan.ignore.none:
		return "With --no-ignore, no mark allows it, and no ignore file: what was found is\n"
	case h.server:
		return "To allow it, write leakflare:allow in its line, in the commit that brings it, or ask who runs this server, who can have these lines in an --ignore-file:\n"
	}
	return "To allow it, write leakflare:allow in its line, or in .leakflareignore, with your reason:\n"
}

// tellFaults writes what could not be read.
func tellFaults(b *strings.Builder, o outcome, pass bool) {
	why := "it could not be scanned as a whole"
	if o.Receipt.Interrupted {
		why = "there was no time to scan it as a whole"
	}
	faults := o.Receipt.Faults()
	end := "\n"
	if len(faults) > 0 {
		end = ":\n"
	}
	switch {
	case len(counting(o.Findings)) > 0:
		fmt.Fprintf(b, "leakflare: what is more, %s%s", why, end)
	case pass:
		fmt.Fprintf(b, "leakflare: warning: %s let pass, though %s%s", o.what, why, end)
	default:
		fmt.Fprintf(b, "leakflare: %s blocked: %s%s", o.what, why, end)
	}
	for _, s := range faults[:min(maxShown, len(faults))] {
		fmt.Fprintf(b, "  %s: %s\n", report.Clean(s.Path), report.Clean(s.Reason))
	}
	if more := len(faults) - maxShown; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}
