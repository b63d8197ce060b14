package main

import (
	"context"
	"io"
	"math"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/repos"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]string{
		"512MB": "512MB", "1g": "1GB", "1024 mb": "1GB", "64M": "64MB", "64MiB": "64MB", "3GB": "3GB",
		"": "", "512": "", "MB": "", "-1GB": "", "1.5GB": "", "63MB": "", "0GB": "", "99999999GB": "", "1TB": "", "1kB": "",
	} {
		var s size
		err := s.Set(text)
		if (err == nil) != (want != "") || err == nil && s.String() != want {
			t.Errorf("%q: %s, %v; want %q", text, &s, err, want)
		}
	}
}

// TestMemoryLimit wants each command that scans to limit the memory of the process,
// those without --memory too: a hook runs on a server.
func TestMemoryLimit(t *testing.T) {
	repos.NeedGit(t)
	for _, name := range []string{"GOMEMLIMIT", "GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "PRE_COMMIT"} {
		t.Setenv(name, "")
	}
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("file", "x\n", "first")
	t.Chdir(g.Dir)
	for _, args := range [][]string{
		{"scan", "."},
		{"ci"},
		{"baseline", "create", "-o", filepath.Join(t.TempDir(), "b.json"), "."},
		{"hook", "run", "pre-commit"},
		{"hook", "run", "pre-receive"},
		{"verify"},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		in := "none\n"
		if args[len(args)-1] == "pre-receive" {
			in = strings.Repeat("0", 40) + " " + g.Run("rev-parse", "HEAD") + " refs/heads/main\n"
		}
		run(context.Background(), args, streams{strings.NewReader(in), io.Discard, io.Discard})
		if limit, want := debug.SetMemoryLimit(-1), int64(512*mebibyte); limit != want {
			t.Errorf("%q: the limit is %d, want %d", args, limit, want)
		}
	}
}
