package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakflare/leakflare/scanner/source"
)

const margin = 256

// marker stands for what a scan looks for.
const marker = "<<MARKER>>"

// A seen is what a source emitted: for each kind of blob, by path.
type seen struct {
	content, names, links map[string]string
	hits                  []source.Hit // of marker
}

// walk walks src and collects what it emits. It checks that chunks are small
// and that those of a blob follow each other.
func walk(t *testing.T, src source.Source) seen {
	t.Helper()
	s := seen{map[string]string{}, map[string]string{}, map[string]string{}, nil}
	var mu sync.Mutex
	err := src.Walk(context.Background(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		if len(c.Data) > source.DefaultChunkSize {
			t.Errorf("chunk of %d bytes", len(c.Data))
		}
		into := map[int]map[string]string{content: s.content, pathName: s.names, linkTarget: s.links}[c.Blob.Kind]
		before := into[c.Blob.Path]
		if int64(len(before)) != c.Offset+int64(c.Own.Start) {
			t.Errorf("%s: chunk owns from %d after %d bytes", c.Blob.Path, c.Offset+int64(c.Own.Start), len(before))
		}
		into[c.Blob.Path] = before + string(c.Data[c.Own.Start:c.Own.End])
		for i := c.Own.Start; ; i++ {
			n := bytes.Index(c.Data[i:], []byte(marker))
			if i += n; n < 0 || i >= c.Own.End {
				return nil
			}
			s.hits = append(s.hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(i)})
		}
	})
	if err != nil {
		t.Fatalf("walking: %v", err)
	}
	return s
}

// tree writes files, given by slash-separated path, and returns the directory
// they are in. A path that ends in a slash is an empty directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), data, strings.HasSuffix(name, "/"))
	}
	return dir
}

func write(t *testing.T, path, data string, isDir bool) {
	t.Helper()
	parent := path
	if !isDir {
		parent = filepath.Dir(path)
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	if !isDir {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func open(t *testing.T, path string, opt Options) *Tree {
	t.Helper()
	src, err := New(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// skips returns what src skipped as lines, sorted, without the directory root.
func skips(src source.Source, root string) []string {
	var lines []string
	for _, s := range src.Coverage().Skipped {
		line := strings.TrimPrefix(s.Path, filepath.ToSlash(root)+"/") + ": " + s.Reason
		if s.Fault {
			line = "FAULT " + line
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func wantSkips(t *testing.T, src source.Source, root string, want ...string) {
	t.Helper()
	if got := skips(src, root); !slices.Equal(got, want) {
		t.Errorf("skipped:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func wantContent(t *testing.T, s seen, root string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for path, data := range s.content {
		got[strings.TrimPrefix(path, filepath.ToSlash(root)+"/")] = data
	}
	if !maps.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestWalk(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.env":          "A=1",
		".hidden/.env":   "B=2",
		".gitignore":     "node_modules",
		"node_modules/x": "C=3",
		"deep/er/est/y":  "D=4",
		"empty":          "",
		"none/":          "",
	})
	src := open(t, dir, Options{})
	s := walk(t, src)
	wantContent(t, s, dir, map[string]string{
		"a.env":          "A=1",
		".hidden/.env":   "B=2",
		".gitignore":     "node_modules",
		"node_modules/x": "C=3",
		"deep/er/est/y":  "D=4",
	})
	wantSkips(t, src, dir)
	c := src.Coverage()
	if c.Files != 6 || c.Bytes != 24 {
		t.Errorf("read %d files of %d bytes, want 6 of 24", c.Files, c.Bytes)
	}
	var names []string
	for path, name := range s.names {
		if filepath.Base(path) != name {
			t.Errorf("%q has the name %q", path, name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{".env", ".gitignore", ".hidden", "a.env", "deep", "empty", "er", "est", "node_modules", "none", "x", "y"}
	if !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

func TestWalkNothing(t *testing.T) {
	src := open(t, tree(t, map[string]string{"none/none/": ""}), Options{})
	walk(t, src)
	if c := src.Coverage(); c.Files != 0 || c.Bytes != 0 {
		t.Errorf("read %d files of %d bytes in empty directories", c.Files, c.Bytes)
	}
}

func TestWalkOneFile(t *testing.T) {
	dir := tree(t, map[string]string{"a.env": "A=1", "b.env": "B=2"})
	src := open(t, filepath.Join(dir, "a.env"), Options{})
	s := walk(t, src)
	wantContent(t, s, dir, map[string]string{"a.env": "A=1"})
	if len(s.names) != 1 {
		t.Errorf("names %q, want that of the file", s.names)
	}
	if c := src.Coverage(); c.Files != 1 || c.Bytes != 3 {
		t.Errorf("read %d files of %d bytes, want 1 of 3", c.Files, c.Bytes)
	}
}

// Each entry of a large directory is read once, whoever reads it.
func TestWalkManyFiles(t *testing.T) {
	files, want := map[string]string{}, map[string]string{}
	for i := range 2*batch + 1 {
		name := fmt.Sprintf("big/%d", i)
		files[name], want[name] = name, name
		if i%4 == 0 {
			files[fmt.Sprintf("big/dir%d/", i)] = ""
		}
	}
	dir := tree(t, files)
	for _, workers := range []int{0, 1, 5} {
		src := open(t, dir, Options{Workers: workers})
		s := walk(t, src)
		wantContent(t, s, dir, want)
		if got := len(s.names); got != len(files)+1 {
			t.Errorf("%d workers: %d names, want %d", workers, got, len(files)+1)
		}
	}
}

// Two workers share one directory: each waits for the other to read a file of it.
func TestWorkersShare(t *testing.T) {
	files := map[string]string{}
	for i := range batch + 1 {
		files[fmt.Sprint(i)] = "x"
	}
	src := open(t, tree(t, files), Options{Workers: 2})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var met sync.WaitGroup
	met.Add(2)
	both := make(chan struct{})
	go func() {
		met.Wait()
		close(both)
	}()
	var mu sync.Mutex
	came := 0
	err := src.Walk(ctx, margin, func(c source.Chunk) error {
		mu.Lock()
		if came++; came <= 2 {
			met.Done()
		}
		mu.Unlock()
		select {
		case <-both:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		t.Errorf("one worker alone reads the directory: %v", err)
	}
}

// Paths are what the user would type.
func TestPaths(t *testing.T) {
	dir := tree(t, map[string]string{"a/b.env": marker})
	t.Chdir(dir)
	tests := []struct{ root, want string }{
		{".", "a/b.env"},
		{"./", "a/b.env"},
		{"a", "a/b.env"},
		{"./a/", "a/b.env"},
		{"a/b.env", "a/b.env"},
		{"a/../a//b.env", "a/b.env"},
		{"../" + filepath.Base(dir), "../" + filepath.Base(dir) + "/a/b.env"},
		{dir, filepath.ToSlash(dir) + "/a/b.env"},
	}
	for _, tt := range tests {
		src := open(t, tt.root, Options{})
		locs := locate(t, src, walk(t, src).hits)
		if len(locs) != 1 || locs[0].Path != tt.want || locs[0].Line != 1 {
			t.Errorf("root %q: locations %+v, want one in %q", tt.root, locs, tt.want)
		}
	}
}

func TestNewFails(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", filepath.Join(dir, "no such")} {
		_, err := New(path, Options{})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("New(%q): %v, want fs.ErrNotExist", path, err)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) {
			t.Errorf("New(%q): %v does not name the path", path, err)
		}
	}
}

// The place has one name, by whatever way it is reached.
func TestName(t *testing.T) {
	dir := tree(t, map[string]string{"real/a": ""})
	link(t, "real", filepath.Join(dir, "link"))
	t.Chdir(dir)
	want := open(t, filepath.Join(dir, "real"), Options{}).Name()
	if rest, ok := strings.CutPrefix(want, "files:"); !ok || !filepath.IsAbs(rest) {
		t.Errorf("name %q is not files: and an absolute path", want)
	}
	for _, root := range []string{"real", "./link/", "link"} {
		if got := open(t, root, Options{}).Name(); got != want {
			t.Errorf("%q is named %q, want %q", root, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "not ours"})
	dir := tree(t, map[string]string{"dir/file": "x", "other": "y"})
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	links := map[string]string{
		"dir/sibling": "file",
		"dir/up":      "../other",
		"dir/root":    "..",
		"absolute":    filepath.Join(dir, "dir"),
		"twice":       "absolute",
		"out":         filepath.Join(outside, "secret"),
		"outdir":      outside,
		"twice-out":   "outdir",
		// Begins like the tree, and is beside it.
		"beside":  dir + "2",
		"broken":  "no such thing",
		"through": "other/below",
		"loop":    "loop",
	}
	write(t, dir+"2", "z", false)
	t.Cleanup(func() { os.Remove(dir + "2") })
	for path, target := range links {
		link(t, target, filepath.Join(dir, filepath.FromSlash(path)))
	}
	src := open(t, dir, Options{})
	s := walk(t, src)
	wantContent(t, s, dir, map[string]string{"dir/file": "x", "other": "y"})
	got := map[string]string{}
	for path, target := range s.links {
		got[strings.TrimPrefix(path, filepath.ToSlash(dir)+"/")] = target
	}
	if !maps.Equal(got, links) {
		t.Errorf("link targets %q, want %q", got, links)
	}
	const out = ": link out of the tree: not followed"
	wantSkips(t, src, dir,
		"beside"+out,
		"broken: broken link: nothing is where it leads",
		"loop: link loop: it leads to no end",
		"out"+out, "outdir"+out,
		"through: broken link: nothing is where it leads",
		"twice-out"+out)
	if c := src.Coverage(); c.Files != 2 || c.Bytes != 2 {
		t.Errorf("read %d files of %d bytes, want 2 of 2", c.Files, c.Bytes)
	}
}

// A link that the user names is followed, those in what it leads to are not.
func TestLinkAsTarget(t *testing.T) {
	dir := tree(t, map[string]string{"real/file": "\n" + marker})
	link(t, "real", filepath.Join(dir, "dirlink"))
	link(t, "real/file", filepath.Join(dir, "filelink"))
	link(t, "file", filepath.Join(dir, "real", "inner"))
	for root, want := range map[string]map[string]string{
		"dirlink":  {"dirlink/file": "\n" + marker},
		"filelink": {"filelink": "\n" + marker},
	} {
		src := open(t, filepath.Join(dir, root), Options{})
		s := walk(t, src)
		wantContent(t, s, dir, want)
		wantSkips(t, src, dir)
		for path := range want {
			if l := locate(t, src, s.hits); len(l) != 1 || l[0].Line != 2 || !strings.HasSuffix(l[0].Path, path) {
				t.Errorf("locations %+v, want line 2 of %s", l, path)
			}
		}
	}
}

// The parts of a location that are not content have no line.
func TestParts(t *testing.T) {
	dir := tree(t, map[string]string{"sub/ab" + marker[2:len(marker)-2] + "c": ""})
	link(t, "ab"+marker+"c", filepath.Join(dir, "l"))
	src := open(t, dir, Options{})
	s := walk(t, src)
	name := filepath.ToSlash(dir) + "/sub/ab" + marker[2:len(marker)-2] + "c"
	if s.names[name] == "" {
		t.Fatalf("name of %q was not emitted", name)
	}
	hits := append(s.hits, source.Hit{Blob: source.Blob{Kind: pathName, Path: name}, Offset: 2})
	got := locate(t, src, hits)
	want := []source.Location{
		{Kind: source.File, Path: filepath.ToSlash(dir) + "/l", Part: "link target", Offset: 2},
		{Kind: source.File, Path: name, Part: "path name", Offset: 2},
	}
	if !slices.EqualFunc(got, want, sameLocation) {
		t.Errorf("locations %+v, want %+v", got, want)
	}
}

// Faults that the operating system reports are noted, and the walk goes on.
func TestFaults(t *testing.T) {
	denied := func(path string) error { return &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission} }
	dir := tree(t, map[string]string{
		"fine": "f", "short": "xyz", "file": "x", "dir/file": "x", "half": strings.Repeat("h", 3<<20), "gone": "x", "list/fine": "f",
	})
	src := open(t, dir, Options{})
	sys := src.sys
	src.sys.open = func(f *file, path string, follow bool) error {
		switch filepath.Base(path) {
		case "file":
			return denied(path)
		case "gone":
			os.Remove(path)
		}
		return sys.open(f, path, follow)
	}
	src.sys.list = func(path string, follow bool) ([]fs.DirEntry, error) {
		entries, err := sys.list(path, follow)
		switch filepath.Base(path) {
		case "dir":
			return nil, denied(path)
		case "list":
			return entries, &fs.PathError{Op: "readdirent", Path: path, Err: errors.New("input/output error")}
		}
		return entries, err
	}
	reads := map[int64]bool{} // of files, by size
	src.opt.Workers = 1       // for reads
	src.sys.read = func(f *file, p []byte) (int, error) {
		st, _ := f.state()
		again := reads[st.size]
		reads[st.size] = true
		switch {
		case again && st.size > 1<<20:
			return 0, errors.New("input/output error")
		case again && st.size == 3:
			return 0, nil
		case st.size == 3:
			return sys.read(f, p[:2])
		}
		return sys.read(f, p)
	}
	s := walk(t, src)
	wantContent(t, s, dir, map[string]string{"fine": "f", "short": "xy", "half": strings.Repeat("h", 1<<20), "list/fine": "f"})
	wantSkips(t, src, dir,
		"FAULT dir: permission denied",
		"FAULT file: permission denied",
		"FAULT gone: changed while it was read: it is gone",
		"FAULT half: input/output error",
		"FAULT list: input/output error",
		"FAULT short: changed while it was read")
	if c := src.Coverage(); c.Files != 2 || c.Bytes != 4+1<<20 {
		t.Errorf("read %d files of %d bytes, want 2 of %d", c.Files, c.Bytes, 4+1<<20)
	}
}

func TestTargetGone(t *testing.T) {
	dir := tree(t, map[string]string{"a/b": "x"})
	src := open(t, filepath.Join(dir, "a"), Options{})
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	walk(t, src)
	wantSkips(t, src, dir, "FAULT a: changed while it was read: it is gone")
}

// What stands in a file that changes is emitted as far as it was read.
func TestChanges(t *testing.T) {
	const size = 3 << 20
	tests := []struct {
		name   string
		change func(path string) error // after each chunk
		most   int                     // bytes read
		whole  bool
	}{
		{"nothing", func(string) error { return nil }, size, true},
		{"grows for ever", func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.Write(make([]byte, 2<<20))
			return err
		}, size + 1<<20, false},
		{"shrinks", func(path string) error { return os.Truncate(path, 1) }, size - 1, false},
		{"is written to", func(path string) error {
			return os.Chtimes(path, time.Time{}, time.Unix(1e9, 0))
		}, size, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, map[string]string{"f": strings.Repeat("x", size)})
			src := open(t, dir, Options{})
			n := 0
			err := src.Walk(context.Background(), margin, func(c source.Chunk) error {
				if c.Blob.Kind != content {
					return nil
				}
				n += c.Own.End - c.Own.Start
				return tt.change(c.Blob.Path)
			})
			if err != nil {
				t.Fatal(err)
			}
			if n < 1<<19 || n > tt.most {
				t.Errorf("read %d bytes, want some and at most %d", n, tt.most)
			}
			if tt.whole {
				wantSkips(t, src, dir)
			} else {
				wantSkips(t, src, dir, "FAULT f: changed while it was read")
			}
			if got := src.Coverage().Files == 1; got != tt.whole {
				t.Errorf("counts as read whole: %t", got)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	dir := tree(t, map[string]string{"a": "x", "sub/b": "y"})
	big := filepath.Join(dir, "big")
	write(t, big, "", false)
	if err := os.Truncate(big, 1<<28); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var mu sync.Mutex
	chunks := 0
	err := open(t, big, Options{}).Walk(ctx, margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		if c.Blob.Kind == content {
			chunks++
			cancel()
		}
		return nil
	})
	if err != context.Canceled || chunks > 2 {
		t.Errorf("walked %d chunks after the end, error %v", chunks, err)
	}

	// Those who wait for work stop too, while one is still busy.
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = open(t, filepath.Join(dir, "a"), Options{Workers: 4}).Walk(ctx, margin, func(source.Chunk) error {
		<-ctx.Done()
		return nil
	})
	if err != context.DeadlineExceeded {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestEmitFails(t *testing.T) {
	dir := tree(t, map[string]string{"a": "x", "b": "y", "c/d": strings.Repeat("z", 3<<20)})
	link(t, "a", filepath.Join(dir, "l"))
	full := errors.New("full")
	for kind := content; kind <= linkTarget; kind++ {
		err := open(t, dir, Options{Workers: 3}).Walk(context.Background(), margin, func(c source.Chunk) error {
			if c.Blob.Kind == kind {
				return full
			}
			return nil
		})
		if err != full {
			t.Errorf("kind %d: error %v, want that of emit", kind, err)
		}
	}
}

// When emit fails for one worker, the others stop too.
func TestEmitFailsForAll(t *testing.T) {
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("%d/x", i)] = "x"
	}
	full := errors.New("full")
	var calls atomic.Int64
	err := open(t, tree(t, files), Options{Workers: 2}).Walk(context.Background(), margin, func(source.Chunk) error {
		// There are 600 calls to come, the first 200 from the root.
		if calls.Add(1) == 250 {
			return full
		}
		time.Sleep(100 * time.Microsecond)
		return nil
	})
	if n := calls.Load(); err != full || n > 300 {
		t.Errorf("%d calls, error %v", n, err)
	}
}

// A panic of emit reaches the caller; nobody waits for the one who is gone.
func TestEmitPanics(t *testing.T) {
	dir := tree(t, map[string]string{"a": "x", "b/c": "y"})
	defer func() {
		if recover() == nil {
			t.Error("the panic was lost")
		}
	}()
	open(t, dir, Options{Workers: 4}).Walk(context.Background(), margin, func(source.Chunk) error { panic("bug") })
}

// Coverage may be polled while the walk goes on.
func TestCoverageWhileWalking(t *testing.T) {
	src := open(t, tree(t, map[string]string{"a": strings.Repeat("x", 5<<20), "b": "y"}), Options{})
	var last int64
	var mu sync.Mutex
	err := src.Walk(context.Background(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		n := src.Coverage().Bytes
		if n < last || n > 5<<20+1 {
			t.Errorf("%d bytes read, %d before", n, last)
		}
		last = n
		return nil
	})
	if err != nil || last < 5<<20 {
		t.Errorf("%d bytes at the last chunk, error %v", last, err)
	}
}

// Nothing is allocated for a file's content but the system's copy of its path.
func TestContentAllocates(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("os.File allocates")
	}
	src := open(t, tree(t, map[string]string{"a": "x"}), Options{})
	w := newWorker(src, newStack(), margin, func(source.Chunk) error { return nil })
	ctx, path := context.Background(), join(src.root, "a")
	n := testing.AllocsPerRun(10, func() {
		if err := w.content(ctx, path, false); err != nil {
			t.Fatal(err)
		}
	})
	if n > 1 {
		t.Errorf("%v allocations for a file, want 1", n)
	}
	wantSkips(t, src, src.root)
}
