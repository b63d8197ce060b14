// Package githook keeps the git hooks that run leakflare: it installs them beside
// those that are there, removes them, and reads what git tells one that runs.
//
// What is told to people has paths in it that others may have chosen: whoever shows
// it escapes it.
package githook

import "slices"

// The hooks in which leakflare scans, as git calls them.
//
// See https://git-scm.com/docs/githooks.
const (
	PreCommit      = "pre-commit"
	PreMergeCommit = "pre-merge-commit" // of a merge without conflicts, for which there is no pre-commit
	PrePush        = "pre-push"
	PreReceive     = "pre-receive"
)

// A hook is one of git's.
type hook struct {
	name   string
	scans  bool   // leakflare can
	bypass string // the command that goes without it; "" if leakflare does not install it
}

// hooks are those that git runs from the folder that core.hooksPath names, and which
// repositories would lose if there were nothing by these names in it. Without
// push-to-checkout, as one that does nothing would change what git does.
var hooks = []hook{
	{PreCommit, true, "git commit --no-verify"},
	{PreMergeCommit, true, "git merge --no-verify"},
	{PrePush, true, "git push --no-verify"},
	{PreReceive, true, ""},
	{name: "applypatch-msg"}, {name: "pre-applypatch"}, {name: "post-applypatch"},
	{name: "prepare-commit-msg"}, {name: "commit-msg"}, {name: "post-commit"}, {name: "pre-rebase"},
	{name: "post-checkout"}, {name: "post-merge"}, {name: "update"}, {name: "proc-receive"}, {name: "post-receive"},
	{name: "post-update"}, {name: "reference-transaction"}, {name: "pre-auto-gc"}, {name: "post-rewrite"},
	{name: "sendemail-validate"}, {name: "post-index-change"}, {name: "p4-changelist"}, {name: "p4-prepare-changelist"},
	{name: "p4-post-changelist"}, {name: "p4-pre-submit"},
}

// Names returns the names of the hooks in which leakflare scans.
func Names() (names []string) {
	for _, h := range hooks {
		if h.scans {
			names = append(names, h.name)
		}
	}
	return names
}

// Bypass returns the command that goes once without the hook of that name, "" if
// there is none.
func Bypass(name string) string {
	if i := slices.IndexFunc(hooks, func(h hook) bool { return h.name == name }); i >= 0 {
		return hooks[i].bypass
	}
	return ""
}

// installed tells whether leakflare installs a hook that scans by that name.
func installed(name string) bool { return Bypass(name) != "" }

// An Obstacle says why a hook cannot be installed or removed, and what its owner can
// do about it.
type Obstacle struct{ Problem, Advice string }

func (e *Obstacle) Error() string { return e.Problem }
