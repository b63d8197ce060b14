package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestNoSecretInHookOutput puts a secret wherever a hook may come by it, and looks
// for it in what the hook says.
func TestNoSecretInHookOutput(t *testing.T) {
	repos.NeedGit(t)
	for _, name := range []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "PRE_COMMIT"} {
		t.Setenv(name, "")
	}
	token := mint.Token("cfut_", "hook output")
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("old", "x\n", "first")
	g.Write("content", token)
	g.Write(token, "x")
	g.Write("missing-"+token, "y")
	if err := os.Symlink(token, filepath.Join(g.Dir, "link")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	g.Run("add", "-A")
	id := g.Run("rev-parse", ":missing-"+token)
	if err := os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	t.Chdir(g.Dir)
	branch := g.Run("commit-tree", "-m", "message "+token, g.Run("write-tree", "--missing-ok"))
	none := strings.Repeat("0", 40)
	for _, tt := range []struct {
		in   string
		args []string
		env  [2]string
	}{
		{args: []string{"hook", "run", "pre-commit"}},
		{args: []string{"hook", "run", "pre-commit", "--on-error", "open"}},
		{args: []string{"hook", "run", "pre-merge-commit"}},
		{args: []string{"hook", "run", "pre-commit", "--on-error", token}},
		{args: []string{"hook", "run", token}},
		{args: []string{"hook", "run", "pre-commit"}, env: [2]string{"GIT_DIR", token}},
		{args: []string{"hook", "run", "pre-commit"}, env: [2]string{"GIT_INDEX_FILE", token}},
		{args: []string{"hook", "run", "pre-push", "--", "https://user:" + token + "@example.com", token}, in: "refs/heads/" + token + " " + branch + " refs/heads/" + token + " " + none + "\n"},
		{args: []string{"hook", "run", "pre-push", token}, in: token + "\n"},
		{args: []string{"hook", "run", "pre-push"}, in: "r " + token + " r " + none + "\n"},
		{args: []string{"hook", "run", "pre-receive"}, in: none + " " + branch + " refs/heads/" + token + "\n"},
		{args: []string{"scan", "--staged", "--show-rejected"}},
		{args: []string{"scan", "--staged", token}},
	} {
		if tt.env[0] != "" {
			t.Setenv(tt.env[0], tt.env[1])
		}
		var out bytes.Buffer
		status := run(context.Background(), tt.args, streams{strings.NewReader(tt.in), &out, &out})
		if status == exitClean && tt.args[len(tt.args)-1] != "open" {
			t.Errorf("%q: status 0\n%s", tt.args, out.String())
		}
		if strings.Contains(out.String(), token[12:40]) {
			t.Errorf("%q: the secret is in\n%s", tt.args, out.String())
		}
		if tt.env[0] != "" {
			os.Unsetenv(tt.env[0])
		}
	}
}

// A stuck source hands out some content, and does not come to an end by itself.
type stuck struct {
	source.Source
	text string
	end  chan error // what the walk ends with
}

func (s *stuck) Name() string { return "stuck" }

func (s *stuck) Walk(_ context.Context, _ int, emit func(source.Chunk) error) error {
	return errors.Join(emit(source.Chunk{Data: []byte(s.text), Own: source.Span{End: len(s.text)}}), <-s.end)
}

// TestHookFoundCounts wants what was found to block, also when the scan does not end
// in its time, or ends with an error, and whatever is done then.
func TestHookFoundCounts(t *testing.T) {
	token, allowed := mint.Token("cfut_", "late"), mint.Token("cfut_", "allowed")
	for _, tt := range []struct {
		name, text string
		fails      bool
		want       error // with --on-error open
		says       string
	}{
		{"late", token, false, statusError(exitFound), "leakflare: what is more, there was no time"},
		{"fails", token, true, statusError(exitFound), "leakflare: torn"},
		{"nothing was found", "x", false, nil, "leakflare: warning: commit let pass, though there was no time"},
		{"fails, and nothing was found", "x", true, nil, "leakflare: torn"},
		{"allowed", allowed + " # leakflare:allow", false, nil, "leakflare: warning: commit let pass"},
		{"fails, and what was found is allowed", allowed + " # leakflare:allow", true, nil, "leakflare: torn"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var errs bytes.Buffer
			h := hookRun{scan: defaultScan(), onError: "open", timeout: time.Millisecond, std: streams{err: &errs}}
			h.scan.quiet = true
			src := &stuck{text: tt.text, end: make(chan error, 1)}
			if tt.fails {
				h.timeout = 0
				src.end <- errors.New("torn")
			}
			ended := make(chan struct{})
			defer func() {
				if !tt.fails {
					src.end <- errors.New("too late")
				}
				<-ended // what it still writes, nobody reads
			}()
			got := h.result("commit", func() (o outcome, err error) {
				defer close(ended)
				o.Report, o.report, err = h.execute(context.Background(), src, ignore.New(time.Now()))
				return o, err
			})
			if got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
			out := errs.String()
			found := strings.Contains(out, "leakflare: commit blocked: 1 Cloudflare credential is in what was read so far.")
			if !strings.Contains(out, tt.says) || found != (tt.want != nil) || strings.Contains(out, token[12:40]) {
				t.Errorf("it says\n%s", out)
			}
		})
	}
}

// TestPathspec unstages files by what names them to git, and no others.
func TestPathspec(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("old", "x\n", "first")
	paths := []string{"plain", "dir/b-1.env", "x1", "a b", "!x", "^x", "-x", "_x", ".x", "dir/[x]1", "[x]1", "x[1]", "\u00e9"}
	if runtime.GOOS != "windows" {
		paths = append(paths, "*", "?1", ":x", "(top)", `a\b`, `"`)
	}
	for _, path := range paths {
		g.Write(path, path)
	}
	sub := g.In(filepath.Join(g.Dir, "dir"))
	for _, path := range paths {
		g.Run("add", "-A")
		sub.Run("restore", "--staged", "--", pathspec(path))
		if got := strings.TrimSuffix(g.Run("-c", "core.quotePath=false", "ls-files", "--others", "-z"), "\x00"); got != path {
			t.Errorf("%q is %s, which unstages %q", path, pathspec(path), got)
		}
	}
}

// TestFrameworkHooks holds what is offered to the pre-commit framework against the
// commands that there are.
func TestFrameworkHooks(t *testing.T) {
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	entries := regexp.MustCompile(`(?m)^  entry: leakflare (.*)$`).FindAllSubmatch(text, -1)
	if hooks := bytes.Count(text, []byte("- id: ")); hooks == 0 || len(entries) != hooks || bytes.Count(text, []byte("pass_filenames: false")) != hooks {
		t.Errorf("%d hooks, %d entries", hooks, len(entries))
	}
	for _, e := range entries {
		cmd, args, err := newRoot(streams{}).Find(strings.Fields(string(e[1])))
		if err != nil || cmd.CommandPath() != "leakflare hook run" || len(args) != 1 || !slices.Contains(cmd.ValidArgs, args[0]) {
			t.Errorf("%s: %v, %q", e[1], err, args)
		}
	}
}

// BenchmarkStaged scans one changed file in large repositories, as a process, beside
// git.
func BenchmarkStaged(b *testing.B) {
	repos.NeedGit(b)
	exe := filepath.Join(b.TempDir(), "leakflare.exe")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, files := range []int{20_000, 100_000} {
		g := repos.Init(b, b.TempDir())
		var index strings.Builder
		blob := g.Pipe("content\n", "hash-object", "-w", "--stdin")
		for i := range files {
			fmt.Fprintf(&index, "100644 %s\tfolder%02d/module%04d/some_file_%03d.go\n", blob, i/100%40, i/100, i%100)
		}
		g.Pipe(index.String(), "update-index", "--add", "--index-info")
		g.Run("commit", "-qm", "first")
		g.Run("gc", "-q")
		g.Pipe("100644 "+g.Pipe("changed\n", "hash-object", "-w", "--stdin")+"\tfolder07/module0007/some_file_050.go\n", "update-index", "--add", "--index-info")
		for name, args := range map[string][]string{
			"leakflare": {exe, "scan", "--staged"},
			"git":       {"git", "diff", "--cached", "--raw"},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, files), func(b *testing.B) {
				for b.Loop() {
					cmd := exec.Command(args[0], args[1:]...)
					cmd.Dir = g.Dir
					if out, err := cmd.CombinedOutput(); err != nil {
						b.Fatalf("%v\n%s", err, out)
					}
				}
			})
		}
	}
}

// TestPathsOf says that a command names only files that it names rightly, once each.
func TestPathsOf(t *testing.T) {
	var findings []report.Finding
	for _, path := range []string{"a.env", "we\nird", "b c", "a.env", "\x1b[2J"} {
		findings = append(findings, report.Finding{Locations: []report.Location{{Path: path}}})
	}
	if got, want := pathsOf(findings), []string{":/a.env", "':(top,literal)b c'"}; !slices.Equal(got, want) {
		t.Errorf("paths are %q, want %q", got, want)
	}
}
