package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/cmd/leakflare/pipeline"
	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// newCI returns the command ci.
func newCI(std streams) *cobra.Command {
	f := defaultScan()
	var base string
	var archives archiveFlags
	cmd := &cobra.Command{
		Use:   "ci [PATH]",
		Short: "Scan, in a CI system, the commits that the run is about",
		Long: `Ci scans what the commits that a run is about brought in: those of a push, of a
pull or merge request, of a tag. On a schedule, and where the system does not say
what it is about, it scans all of history. It knows GitHub Actions, GitLab CI,
Bitbucket Pipelines, Azure Pipelines, CircleCI, Jenkins, Buildkite, Drone and
Woodpecker by their variables. PATH is in the repository; without it, that is the
current folder.

What is missing, as in a shallow clone, is not fetched: ci says how to configure
the system, and ends with status 3. On GitHub Actions, it annotates findings and
writes a summary of the step.
`,
		Example: `  leakflare ci
  leakflare ci --report sarif=leakflare.sarif
  leakflare ci --verify --fail-on active
  leakflare ci --base origin/main`,
		Annotations: map[string]string{ofTarget: ""},
		Args:        cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCI(cmd.Context(), f, archives, base, append(args, ".")[0], std)
		},
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + exitStatusHelp)
	cmd.Flags().StringVar(&base, "base", "", "scan what the history of the revision `REV` does not have, rather than what the system says was there before; the empty REV counts as none")
	archives.define(cmd)
	f.add(cmd)
	f.addShared(cmd)
	requireTrust(cmd.Flags(), "base")
	return cmd
}

// runCI scans what the run of a CI system is about, in the repository at path.
func runCI(ctx context.Context, f scanFlags, archives archiveFlags, base, path string, std streams) error {
	if err := f.check(); err != nil {
		return err
	}
	opener, err := archives.opener(f.memory)
	if err != nil {
		return err
	}
	plan := pipeline.Read(pipeline.Environment{Get: os.Getenv, Read: os.ReadFile})
	if base != "" {
		if plan.Scope != pipeline.Commits {
			plan.Include = []string{"HEAD"}
		}
		plan.Scope = pipeline.Commits
		plan.Bases = []pipeline.Base{{Revisions: []string{base}, What: "what " + base + " does not have"}}
	}
	for _, w := range plan.Warnings {
		complain(std.err, "warning: %s", w)
	}
	root, path, err := rootAbove(path)
	if err != nil {
		return err
	}
	ignored, err := f.ignore.list([]string{path})
	if err != nil {
		return err
	}
	if ignored != nil {
		ignored.Partial = true // what is not in these commits may be ignored all the same
	}
	src, err := openPlan(plan, func(r *gitrepo.Range) (*gitrepo.Repository, error) {
		return openRoot(root, gitrepo.Options{Display: path, Range: r, Archives: opener, About: detectors.ContentNames, Memory: f.memory.forObjects()})
	}, f.quiet, std)
	if err != nil {
		return err
	}
	err = f.scan(ctx, []source.Source{src}, ignored, []string{path}, std, planSinks(&f, src, plan, std.err)...)
	isFault := func(s source.Skip) bool { return s.Fault }
	if slices.ContainsFunc(src.Coverage().Skipped, isFault) && src.IsShallow() {
		complain(std.err, "hint: to fetch all history, %s", plan.Mend)
	}
	return err
}

// A rangeOpener opens the repository for a range, or for all of it if there is none.
type rangeOpener func(*gitrepo.Range) (*gitrepo.Repository, error)

// openPlan returns the source that a plan is about, and says what it is.
func openPlan(plan pipeline.Plan, open rangeOpener, quiet bool, std streams) (*gitrepo.Repository, error) {
	say := func(what string) {
		if !quiet {
			complain(std.err, "%s, %s: scanning %s", plan.System, plan.Event, what)
		}
	}
	switch plan.Scope {
	case pipeline.Everything:
		say("everything in the repository")
		return open(nil)
	case pipeline.Nothing:
		say("nothing, because there is nothing new")
		return open(new(gitrepo.Range))
	}
	// An attempt without a base is the last: it has all that there is.
	for _, base := range append(slices.Clone(plan.Bases), pipeline.Base{What: "all of its history"}) {
		src, err := openThere(open, plan.Include, base.Revisions)
		switch {
		case errors.Is(err, errNoBase):
			complain(std.err, "note: %s is not in this clone", strings.Join(base.Revisions, " or "))
			continue
		case errors.Is(err, errNoHead):
			return nil, fmt.Errorf("%s, %s: %s is not in this clone; to mend that, %s", plan.System, plan.Event, strings.Join(plan.Include, " or "), plan.Mend)
		case err != nil:
			return nil, err
		}
		say(base.What)
		return src, nil
	}
	return nil, errNoBase // which the last attempt does not need
}

var (
	errNoBase = errors.New("nothing of what is excluded is there")
	errNoHead = errors.New("nothing of what is included is there")
)

// openThere opens a range of the revisions that are there. Of each side that is
// not empty there must be one.
func openThere(open rangeOpener, include, exclude []string) (*gitrepo.Repository, error) {
	r := gitrepo.Range{Include: slices.Clone(include), Exclude: slices.Clone(exclude)}
	for {
		src, err := open(&r)
		var lost *gitrepo.RevisionError
		if !errors.As(err, &lost) {
			return src, err
		}
		is := func(rev string) bool { return rev == lost.Revision }
		r.Include, r.Exclude = slices.DeleteFunc(r.Include, is), slices.DeleteFunc(r.Exclude, is)
		switch {
		case len(r.Include) == 0:
			return nil, errNoHead
		case len(r.Exclude) == 0 && len(exclude) > 0:
			return nil, errNoBase
		}
	}
}

// planSinks returns what tells the CI system of findings: annotations on w, and a
// summary of the step, where it has a place for them.
func planSinks(f *scanFlags, src *gitrepo.Repository, plan pipeline.Plan, w io.Writer) (sinks []report.Sink) {
	if plan.Annotate {
		opt := report.AnnotationOptions{Fails: f.fails}
		if src.IsShallow() {
			opt.Mend = plan.Mend
		}
		sinks = append(sinks, report.NewAnnotations(w, opt))
	}
	if plan.Summary != "" {
		s := &summary{file: plan.Summary}
		s.Sink = report.NewMarkdown(&s.page)
		sinks = append(sinks, s)
	}
	return sinks
}
