//go:build unix

package files

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func mkfifo(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
}

func TestSpecialFiles(t *testing.T) {
	dir := tree(t, map[string]string{"file": "x"})
	mkfifo(t, filepath.Join(dir, "pipe"))
	t.Chdir(dir) // the path of a socket must be short
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Skipf("no sockets here: %v", err)
	}
	defer l.Close()
	src := open(t, dir, Options{})
	wantContent(t, walk(t, src), dir, map[string]string{"file": "x"})
	wantSkips(t, src, dir, "pipe: named pipe: not opened", "socket: socket: not opened")

	src = open(t, "pipe", Options{})
	walk(t, src)
	wantSkips(t, src, "", "pipe: named pipe: not opened")

	src = open(t, os.DevNull, Options{})
	walk(t, src)
	wantSkips(t, src, "/dev", "null: device: not opened")
}

// What takes the place of a file or a directory after the listing is neither
// waited for nor followed.
func TestReplaced(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "not ours"})
	dir := tree(t, map[string]string{"file": "x", "dir/file": "x", "pipe": "x", "nowdir": "x", "fine": "y"})
	src := open(t, dir, Options{Workers: 1})
	list := src.sys.list
	src.sys.list = func(path string, follow bool) ([]fs.DirEntry, error) {
		entries, err := list(path, follow)
		if path != src.root {
			return entries, err
		}
		for _, name := range []string{"file", "dir", "pipe", "nowdir"} {
			os.RemoveAll(filepath.Join(dir, name))
		}
		link(t, filepath.Join(outside, "secret"), filepath.Join(dir, "file"))
		link(t, outside, filepath.Join(dir, "dir"))
		mkfifo(t, filepath.Join(dir, "pipe"))
		write(t, filepath.Join(dir, "nowdir"), "", true)
		return entries, err
	}
	wantContent(t, walk(t, src), dir, map[string]string{"fine": "y"})
	got := skips(src, dir)
	if len(got) != 4 {
		t.Errorf("skipped %q, want four faults", got)
	}
	for _, s := range got {
		if !strings.HasPrefix(s, "FAULT ") {
			t.Errorf("%q is not a fault", s)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := tree(t, map[string]string{"file": "x", "dir/file": "x", "fine": "y"})
	for _, name := range []string{"file", "dir"} {
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	src := open(t, dir, Options{})
	wantContent(t, walk(t, src), dir, map[string]string{"fine": "y"})
	wantSkips(t, src, dir, "FAULT dir: permission denied", "FAULT file: permission denied")
}

// Names are bytes, and stay as they are.
func TestOddNames(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	for _, name := range []string{"new\nline", "back\\slash", "a b", "-", "\xff\xfe"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(marker+name), 0o644); err != nil {
			t.Logf("no name %q here: %v", name, err) // a file system may want UTF-8
			continue
		}
		want[name] = marker + name
	}
	src := open(t, dir, Options{})
	s := walk(t, src)
	wantContent(t, s, dir, want)
	for _, l := range locate(t, src, s.hits) {
		name, _ := strings.CutPrefix(l.Path, dir+"/")
		if want[name] == "" || l.Line != 1 || l.Column != 1 {
			t.Errorf("location %+v", l)
		}
		if s.names[l.Path] != name {
			t.Errorf("%q has the name %q", l.Path, s.names[l.Path])
		}
	}
	if len(s.hits) != len(want) {
		t.Errorf("%d hits, want %d", len(s.hits), len(want))
	}
}

// A file whose size the system does not know is read to its end.
func TestUnknownSize(t *testing.T) {
	const path = "/proc/self/status"
	if fi, err := os.Stat(path); err != nil || fi.Size() != 0 {
		t.Skipf("no %s of unknown size here: %v", path, err)
	}
	src := open(t, path, Options{})
	if s := walk(t, src); !strings.Contains(s.content[path], "Pid:") {
		t.Errorf("read %q", s.content[path])
	}
	wantSkips(t, src, "")
}
