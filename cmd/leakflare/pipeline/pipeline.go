// Package pipeline reads from the environment of a CI system which commits a run
// is about.
//
// It asks no network and no repository, so that what it says are names: whoever
// has the repository finds out which of them are there. Where a system does not
// say what was pushed, more is named rather than less.
//
// The package imports nothing of leakflare.
package pipeline

import (
	"cmp"
	"fmt"
	"strings"
)

// A Scope says what is to be scanned.
type Scope int

const (
	Everything Scope = iota // all objects of the repository
	Commits                 // those of Include that no base has
	Nothing                 // the run is about no commit
)

// A Plan says which commits a run is about.
type Plan struct {
	System string // the CI system's name
	Event  string // what the run is about, in words: "push to main"
	Scope  Scope

	// Include are revisions whose history is scanned: those of them that the
	// clone has. It must have one.
	Include []string

	// Bases are what was there before, best first. The first of which the clone
	// has a revision counts. Where it has none, all of the history is scanned.
	Bases []Base

	Mend     string   // how to configure the system to fetch all history, a sentence
	Warnings []string // sentences on what was not understood

	Annotate bool   // the system shows annotations in GitHub's form, on standard error
	Summary  string // the file that takes a summary of the step, in Markdown; "" if there is none
}

// A Base is a set of revisions whose history is not scanned again.
type Base struct {
	Revisions []string
	What      string // what is scanned then, in words: "what came after 0123456789ab"
}

// An Environment is that of a process.
type Environment struct {
	Get  func(name string) string                 // a variable, or ""
	Read func(file string) (data []byte, _ error) // a file that a variable names
}

// A system is a CI system.
type system struct {
	name string
	here func(Environment) bool // whether this is it
	plan func(Environment, *Plan)
	mend string
}

// systems returns those that are known, in the order in which they are looked
// for: Woodpecker sets variables of Drone's too, and an agent of Jenkins may set
// its variables wherever it runs.
func systems() []system {
	set := func(name string) func(Environment) bool {
		return func(env Environment) bool { return env.Get(name) != "" }
	}
	is := func(name, value string) func(Environment) bool {
		return func(env Environment) bool { return strings.EqualFold(env.Get(name), value) }
	}
	return []system{
		{"GitHub Actions", is("GITHUB_ACTIONS", "true"), github, "give actions/checkout `fetch-depth: 0`"},
		{"GitLab CI", is("GITLAB_CI", "true"), gitlab, "give the job the variable `GIT_DEPTH: 0`"},
		{"Bitbucket Pipelines", set("BITBUCKET_BUILD_NUMBER"), bitbucket, "set `clone: depth: full` in bitbucket-pipelines.yml"},
		{"Azure Pipelines", is("TF_BUILD", "true"), azure, "give the step `checkout: self` a `fetchDepth: 0`"},
		{"CircleCI", is("CIRCLECI", "true"), circle, "give the step `checkout` the `method: full`"},
		{"Buildkite", is("BUILDKITE", "true"), buildkite, "leave `--depth` out of BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS"},
		{"Woodpecker", is("CI", "woodpecker"), woodpecker, "give the git plugin in `clone:` the settings `depth: 0` and `partial: false`"},
		{"Drone", is("DRONE", "true"), drone, "leave `depth` out of `clone:`"},
		{"Jenkins", set("JENKINS_URL"), jenkins, "in the job's Git behaviours, clear \"Shallow clone\" and fetch the target branch, without \"Honor refspec on initial clone\""},
	}
}

// Read returns the plan for the run that env is of. Of a system that is not known
// it is to scan everything.
func Read(env Environment) Plan {
	for _, s := range systems() {
		if s.here(env) {
			p := Plan{System: s.name, Mend: s.mend}
			s.plan(env, &p)
			p.Event = cmp.Or(p.Event, "run")
			// The variables do not come along into every container.
			if p.Scope == Commits && len(p.Include) == 0 {
				p.Bases = nil
				p.everything(p.Event)
				p.Warnings = append(p.Warnings, "the environment does not say which commit this run is of")
			}
			return p
		}
	}
	return Plan{
		System: "unknown CI system",
		Event:  "run",
		Mend:   "have it fetch all history, or run `git fetch --unshallow`",
	}
}

// everything makes the plan one to scan everything.
func (p *Plan) everything(event string) { p.Event, p.Scope = event, Everything }

// nothing makes the plan one to scan nothing.
func (p *Plan) nothing(event string) { p.Event, p.Scope = event, Nothing }

// commits makes the plan one to scan what is in the history of the revisions.
// Those that are empty do not count.
func (p *Plan) commits(event string, include ...string) {
	p.Event, p.Scope = event, Commits
	for _, rev := range include {
		if rev != "" {
			p.Include = append(p.Include, rev)
		}
	}
}

// without adds a base. Revisions that are empty, or the zeros that stand for a
// branch that was not there, do not count.
func (p *Plan) without(what string, revisions ...string) {
	b := Base{What: what}
	for _, rev := range revisions {
		if rev != "" && !IsZero(rev) {
			b.Revisions = append(b.Revisions, rev)
		}
	}
	if len(b.Revisions) > 0 {
		p.Bases = append(p.Bases, b)
	}
}

// withoutCommit adds the base that a commit is.
func (p *Plan) withoutCommit(id string) { p.without("what came after "+short(id), id) }

// withoutBranch adds the base that a branch of the remote is, unless it is the
// one that the run is about, which has all that was pushed.
func (p *Plan) withoutBranch(branch, own string) {
	branch, own = bare(branch), bare(own)
	if branch != "" && branch != own {
		p.without("what "+branch+" does not have", "refs/remotes/origin/"+branch)
	}
}

// bare returns the name of a branch without what may stand before it.
func bare(branch string) string { return strings.TrimPrefix(branch, "refs/heads/") }

// IsZero tells whether id is the zeros that stand for no commit.
func IsZero(id string) bool { return strings.Trim(id, "0") == "" }

// short returns the beginning of the id of a commit.
func short(id string) string { return id[:min(len(id), 12)] }

// push says that a branch was pushed.
func push(branch string) string {
	if branch = bare(branch); branch == "" {
		return "push"
	}
	return "push to " + branch
}

// request says what the request to merge with a number is called.
func request(what, number string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", what, number))
}
