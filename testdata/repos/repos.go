// Package repos builds git repositories for tests, one for each place in which
// a secret can hide.
//
// The repositories are built by the git command, cut off from the
// configuration of whoever runs the tests. Tests call [NeedGit] first.
package repos

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// NeedGit skips a test where there is no git command.
func NeedGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git command to build repositories with")
	}
}

// A Git runs git commands in a directory. Each has a time of its own, a minute
// after the one before, so that what they make is the same in every run.
type Git struct {
	Dir string

	t    testing.TB
	home string
	at   *time.Time
}

// Who makes the commits, in all repositories.
const (
	Author = "Ada Example"
	Email  = "ada@example.com"
)

// Init makes a repository in dir, with the arguments to git init that are
// given, and dir itself if need be.
func Init(t testing.TB, dir string, args ...string) *Git {
	t.Helper()
	NeedGit(t)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	g := &Git{Dir: dir, t: t, home: t.TempDir(), at: &at}
	g.Run(append([]string{"init", "-q"}, args...)...)
	return g
}

// In returns a Git for another directory, with the same clock.
func (g *Git) In(dir string) *Git {
	other := *g
	other.Dir = dir
	return &other
}

// Run runs a git command and returns its output without surrounding space.
func (g *Git) Run(args ...string) string {
	g.t.Helper()
	return g.Pipe("", args...)
}

// Pipe is Run with input.
func (g *Git) Pipe(input string, args ...string) string {
	g.t.Helper()
	return strings.TrimSpace(g.Raw(input, args...))
}

// Raw is Pipe with the output as it is.
func (g *Git) Raw(input string, args ...string) string {
	g.t.Helper()
	*g.at = g.at.Add(time.Minute)
	date := g.at.Format(time.RFC3339)
	cmd := exec.Command("git", append([]string{
		"-c", "commit.gpgsign=false",
		"-c", "tag.gpgsign=false",
		"-c", "init.defaultBranch=main",
		"-c", "core.autocrlf=false",
		"-c", "protocol.file.allow=always",
		"-c", "gc.auto=0",
		"-c", "advice.detachedHead=false",
	}, args...)...)
	cmd.Dir = g.Dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env,
		"HOME="+g.home, "XDG_CONFIG_HOME="+g.home,
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=true",
		"GIT_AUTHOR_NAME="+Author, "GIT_AUTHOR_EMAIL="+Email, "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME="+Author, "GIT_COMMITTER_EMAIL="+Email, "GIT_COMMITTER_DATE="+date,
	)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out.String()
}

// Write writes a file of the work tree.
func (g *Git) Write(path, content string) {
	g.t.Helper()
	name := filepath.Join(g.Dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		g.t.Fatal(err)
	}
}

// Commit stages all files, commits them, and returns the id of the commit.
func (g *Git) Commit(message string) string {
	g.t.Helper()
	g.Run("add", "-A")
	g.Run("commit", "-q", "--allow-empty", "-m", message)
	return g.Run("rev-parse", "HEAD")
}

// WriteCommit writes one file and commits it.
func (g *Git) WriteCommit(path, content, message string) string {
	g.t.Helper()
	g.Write(path, content)
	return g.Commit(message)
}
