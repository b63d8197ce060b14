//go:build unix

package gitrepo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/leakflare/leakflare/testdata/repos"
)

// TestPipe has a named pipe where a file was, or ought to be: nobody waits for
// its other end.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o666); err != nil {
		t.Skip("no pipes here:", err)
	}
	if f, _, err := openAtOnce(pipe); err == nil {
		f.Close()
		t.Error("a pipe is opened")
	}
	repos.Init(t, filepath.Join(dir, "repo"))
	git := filepath.Join(dir, "repo/.git")
	for _, name := range []string{
		"hooks/pipe", "index", "objects/12/" + strings.Repeat("3", 38), "objects/pack/a.idx", "objects/pack/a.pack",
		"packed-refs", "refs/heads/pipe", "shallow",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(git, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(filepath.Join(git, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r := mustOpen(t, filepath.Dir(git))
	find(t, r, "needle")
	compare(t, faultsOf(r), []string{
		"/index: not a regular file$",
		"/objects/12/.*: not a regular file$",
		"/objects/pack/a\\.(idx|pack): .*not a regular file: its objects cannot be read$",
		"/packed-refs: not a regular file$",
		"/refs/heads/pipe: not a regular file$",
		"/shallow: not a regular file$",
	})
}
