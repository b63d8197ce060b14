package gitrepo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// margin is longer than any marker.
const margin = 64

// marker returns 53 characters that are nowhere else.
func marker() string {
	b := make([]byte, 24)
	rand.Read(b)
	return "cfxx_" + hex.EncodeToString(b)
}

// mustOpen opens a repository that is there.
func mustOpen(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find walks a repository and returns the hits of needle that begin in what a
// chunk owns.
func find(t *testing.T, s source.Source, needle string) []source.Hit {
	t.Helper()
	var mu sync.Mutex
	var hits []source.Hit
	err := s.Walk(context.Background(), margin, func(c source.Chunk) error {
		if len(c.Data) > maxHeld {
			t.Errorf("a chunk has %d bytes", len(c.Data))
		}
		for at := 0; ; at++ {
			i := bytes.Index(c.Data[at:], []byte(needle))
			if i < 0 {
				return nil
			}
			if at += i; c.Own.Start <= at && at < c.Own.End {
				if c.Found != nil {
					*c.Found = true
				}
				mu.Lock()
				hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(at)})
				mu.Unlock()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// locate returns all locations of all hits of needle in a repository and its
// submodules.
func locate(t *testing.T, s source.Source, needle string) (all []source.Location) {
	t.Helper()
	hits := find(t, s, needle)
	locations, err := s.Locate(context.Background(), hits)
	if err != nil {
		t.Fatal(err)
	}
	if len(locations) != len(hits) {
		t.Fatalf("%d hits have %d lists of locations", len(hits), len(locations))
	}
	for i, l := range locations {
		if len(l) == 0 {
			t.Errorf("hit %+v has no location", hits[i])
		}
		all = append(all, l...)
	}
	for _, n := range s.Nested() {
		all = append(all, locate(t, n, needle)...)
	}
	return all
}

// faults returns the faults of a repository, sorted, a line each.
func faultsOf(s source.Source) (lines []string) {
	for _, skip := range s.Coverage().Skipped {
		if skip.Fault {
			lines = append(lines, skip.Path+": "+skip.Reason)
		}
	}
	slices.Sort(lines)
	return lines
}

func TestPlaces(t *testing.T) {
	repos.NeedGit(t)
	for _, p := range repos.Places() {
		if p.Encoded || p.Name == "untracked" || p.Name == "ignored" {
			continue // not for a naive matcher, or not in the repository
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			needle := marker()
			want := p.Build(t, t.TempDir(), needle)
			r := mustOpen(t, want.Dir)
			all := locate(t, r, needle)
			if !slices.ContainsFunc(all, func(l source.Location) bool { return matches(l, want) }) {
				t.Errorf("want %+v\nhave %s", want, describe(all))
			}
			for _, f := range faultsOf(r) {
				t.Errorf("fault: %s", f)
			}
		})
	}
}

// matches tells whether a location is the wanted one.
func matches(l source.Location, want repos.Want) bool {
	wantPath := want.Path
	if want.Kind == "file" {
		wantPath = path.Join(filepath.ToSlash(want.Dir), want.Path)
	}
	return l.Kind == want.Kind && l.Path == wantPath && l.Commit == want.Commit && l.Part == want.Part &&
		slices.Equal(l.Refs, want.Refs) && l.InHead == want.InHead && l.Reachable == want.Reachable
}

func describe(all []source.Location) string {
	var b strings.Builder
	for _, l := range all {
		fmt.Fprintf(&b, "\n  %+v", l)
	}
	return b.String()
}

// TestOneLocation checks every field, and that a blob which is at one path is
// located once.
func TestOneLocation(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	g := repos.Init(t, dir)
	g.WriteCommit("README", "a project\n", "first")
	c := g.WriteCommit("conf/app.env", "A=1\nTOKEN="+needle+"\n", "add settings\n\nand more")
	g.Run("rm", "-q", "conf/app.env")
	g.Commit("remove settings")
	g.WriteCommit("conf/app.env", "A=1\nTOKEN="+needle+"\n", "add settings again")
	r, err := Open(dir, Options{Display: "./my/project"})
	if err != nil {
		t.Fatal(err)
	}
	all := locate(t, r, needle)
	if len(all) != 1 {
		t.Fatalf("%d locations, want 1: %s", len(all), describe(all))
	}
	got := all[0]
	date := got.Date.Format("2006-01-02T15:04:05Z07:00")
	got.Date = got.Date.Truncate(1 << 62)
	want := source.Location{
		Kind: source.Git, Path: "conf/app.env", Line: 2, Column: 7, Offset: 10,
		Repository: "my/project", Blob: g.Run("rev-parse", c+":conf/app.env"), Commit: c,
		Author: repos.Author, Email: repos.Email, Date: got.Date, Summary: "add settings",
		Refs: []string{"refs/heads/main"}, InHead: true, Reachable: true,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if wantDate := strings.Replace(g.Run("show", "-s", "--format=%aI", c), "+00:00", "Z", 1); date != wantDate {
		t.Errorf("date %s, want %s", date, wantDate)
	}
}

// TestObjects compares what is emitted with what git lists.
func TestObjects(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name  string
		build func(t *testing.T, dir string) (scan string)
	}{
		{"loose", func(t *testing.T, dir string) string { return longHistory(t, dir).Dir }},
		{"packed", func(t *testing.T, dir string) string {
			g := longHistory(t, dir)
			g.Run("repack", "-q", "-adf", "--depth=50")
			return dir
		}},
		{"a pack of another name", func(t *testing.T, dir string) string {
			g := longHistory(t, dir)
			g.Run("repack", "-q", "-adf")
			for _, ext := range []string{".pack", ".idx"} {
				if err := os.Rename(packOf(t, g, ext), filepath.Join(dir, ".git/objects/pack/odd"+ext)); err != nil {
					t.Fatal(err)
				}
			}
			return dir
		}},
		{"reference deltas", func(t *testing.T, dir string) string {
			g := longHistory(t, dir)
			g.Run("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adf")
			return dir
		}},
		{"both, and twice", func(t *testing.T, dir string) string {
			g := longHistory(t, dir)
			g.Run("repack", "-q")
			g.Run("repack", "-q", "-a")
			g.WriteCommit("after", "1\n", "after")
			return dir
		}},
		{"alternates", func(t *testing.T, dir string) string {
			a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
			g := longHistory(t, a)
			g.In(dir).Run("clone", "-q", "--shared", "a", "b")
			g.In(b).WriteCommit("b", "b\n", "b")
			g.In(dir).Run("clone", "-q", "--shared", "b", "c")
			g.In(c).WriteCommit("c", "c\n", "c")
			// A circle: a borrows from c, by a relative path.
			write(t, filepath.Join(a, ".git/objects/info/alternates"), "# circle\n../../../c/.git/objects\n")
			return b
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := tt.build(t, t.TempDir())
			want := strings.Split(repos.Init(t, dir).Run("cat-file", "--batch-all-objects", "--batch-check"), "\n")
			var got []string
			var mu sync.Mutex
			r := mustOpen(t, dir)
			seen := make(map[source.Blob][]bool)
			if err := r.Walk(context.Background(), margin, func(c source.Chunk) error {
				mu.Lock()
				defer mu.Unlock()
				if c.Found != nil {
					*c.Found = true // so that all of all versions is emitted
				}
				if c.Blob.Kind <= kindTag {
					end := int(c.Offset) + c.Own.End
					if n := end - len(seen[c.Blob]); n > 0 {
						seen[c.Blob] = append(seen[c.Blob], make([]bool, n)...)
					}
					for i := int(c.Offset) + c.Own.Start; i < end; i++ {
						seen[c.Blob][i] = true
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for b, bytes := range seen {
				first := max(slices.Index(bytes, true), 0)
				// A commit is owned from behind the ids of its tree and parents on.
				const tree, parent = len("tree \n") + 40, len("parent \n") + 40
				if ids := b.Kind == kindCommit && first >= tree && (first-tree)%parent == 0; slices.Contains(bytes[first:], false) || first > 0 && !ids {
					t.Errorf("%s is not whole", idOf(b))
				}
				kind := []string{"", "commit", "tree", "blob", "tag"}[b.Kind]
				got = append(got, fmt.Sprintf("%s %s %d", idOf(b), kind, len(bytes)))
			}
			slices.Sort(got)
			if n := int(r.Coverage().Objects); n != len(want) {
				t.Errorf("%d objects counted, want %d", n, len(want))
			}
			// Empty content is in no chunk.
			want = slices.DeleteFunc(want, func(s string) bool { return strings.HasSuffix(s, " 0") })
			if !slices.Equal(got, want) {
				t.Errorf("got %d objects:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
			}
			for _, f := range faultsOf(r) {
				t.Errorf("fault: %s", f)
			}
		})
	}
}

// longHistory makes a repository with every type of object, deltas, an object that
// is streamed, and an empty one.
func longHistory(t *testing.T, dir string) *repos.Git {
	g := repos.Init(t, dir)
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, "line %d of many, %x\n", i, i*i*i)
		if i%10 == 0 {
			g.WriteCommit("src/main.txt", body.String(), fmt.Sprint("change ", i))
		}
	}
	g.Write("big.bin", strings.Repeat("0123456789abcdef", maxHeld/16+1))
	g.WriteCommit("empty", "", "more")
	g.Run("tag", "-a", "v1", "-m", "version 1")
	return g
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o666); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestStreamed plants a needle across the seam of two chunks of a large blob.
func TestStreamed(t *testing.T) {
	repos.NeedGit(t)
	for _, pack := range []bool{false, true} {
		t.Run(fmt.Sprint("packed ", pack), func(t *testing.T) {
			dir, needle := t.TempDir(), marker()
			b := bytes.Repeat([]byte("some line of text\n"), 3*maxHeld/2/18)
			var want []int64
			for at := source.DefaultChunkSize - 200; at < source.DefaultChunkSize+200; at += 60 {
				want = append(want, int64(at))
				copy(b[at:], needle)
			}
			g := repos.Init(t, dir)
			g.WriteCommit("big", string(b), "big")
			if pack {
				g.Run("repack", "-q", "-ad")
			}
			r := mustOpen(t, dir)
			var got []int64
			for _, l := range locate(t, r, needle) {
				got = append(got, l.Offset)
				if line := 1 + bytes.Count(b[:l.Offset], []byte("\n")); l.Line != line {
					t.Errorf("line %d, want %d", l.Line, line)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("offsets %v, want %v", got, want)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	work, bare, linked := filepath.Join(dir, "work"), filepath.Join(dir, "bare"), filepath.Join(dir, "linked")
	g := repos.Init(t, work)
	g.WriteCommit("a", "1\n", "first")
	g.Run("worktree", "add", "-q", linked)
	repos.Init(t, bare, "--bare")
	write(t, filepath.Join(dir, "astray", ".git"), "gitdir: ../nowhere\n")
	write(t, filepath.Join(dir, "empty", ".git", "description"), "x\n")
	write(t, filepath.Join(dir, "odd", "objects", "x"), "x\n")
	write(t, filepath.Join(dir, "odd", "HEAD"), "ref: refs/heads/main\n")
	tests := []struct {
		dir, name, gitName string
		err                error
	}{
		{"work", "git:" + resolve(filepath.Join(work, ".git")), "x/.git", nil},
		{"work/.git", "git:" + resolve(filepath.Join(work, ".git")), "x", nil},
		{"linked", "git:" + resolve(filepath.Join(work, ".git")), filepath.ToSlash(resolve(filepath.Join(work, ".git"))), nil},
		{"bare", "git:" + resolve(bare), "x", nil},
		{".", "", "", ErrNotRepository},
		{"absent", "", "", ErrNotRepository},
		{"empty", "", "", ErrNotRepository},
		{"odd", "", "", ErrNotRepository},
		{"astray", "", "", os.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			r, err := Open(filepath.Join(dir, tt.dir), Options{Display: "x/"})
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			if r.Name() != tt.name || r.gitName != tt.gitName {
				t.Errorf("name %q, for people %q; want %q, %q", r.Name(), r.gitName, tt.name, tt.gitName)
			}
		})
	}
}

// TestFollow checks that git's way to a git directory elsewhere is gone where it is
// asked for.
func TestFollow(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	separate, elsewhere := filepath.Join(dir, "separate"), filepath.Join(dir, "elsewhere")
	repos.Init(t, separate, "--separate-git-dir", elsewhere)
	r, err := Open(separate, Options{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if gitDir, workTree := r.GitDir(); gitDir != resolve(elsewhere) || workTree != resolve(separate) {
		t.Errorf("git directory %s of %s", gitDir, workTree)
	}
	gitFile("../nowhere")(t, separate)
	if _, err := Open(separate, Options{Follow: true}); err == nil {
		t.Error("a git directory that is not there was opened")
	}
}

// TestForeign has folders that lead to repositories elsewhere, which do not know
// of them.
func TestForeign(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	home, linked := filepath.Join(dir, "home"), filepath.Join(dir, "linked")
	g := repos.Init(t, home)
	g.WriteCommit("a", "1\n", "first")
	g.Run("worktree", "add", "-q", linked)
	repos.Init(t, filepath.Join(dir, "separate"), "--separate-git-dir", filepath.Join(dir, "elsewhere"))
	copied := filepath.Join(dir, "copied") // a git directory of a linked work tree, outside of the repository
	for _, name := range []string{"HEAD", "gitdir"} {
		write(t, filepath.Join(copied, name), read(t, filepath.Join(home, ".git/worktrees/linked", name)))
	}
	write(t, filepath.Join(copied, "commondir"), "../home/.git\n")
	seen := filepath.Join(dir, "seen") // hides behind a repository that was seen
	repos.Init(t, seen, "--bare")
	write(t, filepath.Join(seen, "commondir"), "../home/.git\n")
	tests := []struct {
		name  string
		build func(t *testing.T, dir string) // of a folder beside the others
		want  string                         // in the error; none if it is empty
	}{
		{"repository", gitFile("../home/.git"), "does not say that this is its work tree"},
		{"work tree", gitFile("../home"), "is not a git directory"},
		{"linked work tree", gitFile("../home/.git/worktrees/linked"), "is not followed"},
		{"process", gitFile("/proc/self"), "following"},
		{"separate", gitFile("../elsewhere"), "is not followed"},
		{"link", func(t *testing.T, dir string) {
			if err := os.Symlink("../home/.git", filepath.Join(dir, ".git")); err != nil {
				t.Skip("no links here:", err)
			}
		}, "is not followed"},
		{"copied git directory", gitFile("../copied"), "is not followed"},
		{"own work tree", func(t *testing.T, dir string) {
			gitFile("../copied")(t, dir)
			write(t, filepath.Join(copied, "gitdir"), filepath.Join(dir, ".git")+"\n")
		}, "which has no such work tree"},
		{"common directory", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
			write(t, filepath.Join(dir, "commondir"), "/proc/self\n")
		}, "following commondir"},
		{"submodule", func(t *testing.T, dir string) {
			gitFile("../sub.git")(t, dir)
			repos.Init(t, filepath.Join(filepath.Dir(dir), "sub.git"), "--bare").Run("config", "core.worktree", "../"+filepath.Base(dir))
		}, ""},
		{"submodule with work trees", func(t *testing.T, dir string) {
			gitFile("../sub2.git")(t, dir)
			sub := filepath.Join(filepath.Dir(dir), "sub2.git")
			repos.Init(t, sub, "--bare")
			write(t, filepath.Join(sub, "config.worktree"), "[core]\n\tworktree = ../"+filepath.Base(dir)+"\n")
		}, ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder := filepath.Join(dir, fmt.Sprint("folder", i))
			if err := os.Mkdir(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			tt.build(t, folder)
			_, err := Open(folder, Options{})
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one that says %q", err, tt.want)
			case errors.Is(err, ErrNotRepository):
				t.Error("it would not be noted")
			}
		})
	}
	for _, name := range []string{seen, filepath.Join(dir, "separate")} {
		if r, err := Open(name, Options{}); err == nil {
			t.Errorf("%s is opened as %s", name, r.Name())
		}
	}
	if _, err := Open(linked, Options{}); err != nil {
		t.Error(err)
	}
}

// gitFile makes a .git that leads to a git directory.
func gitFile(to string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) { write(t, filepath.Join(dir, ".git"), "gitdir: "+to+"\n") }
}

// TestOpenIsCheap opens a repository without room for its objects: there may
// be thousands that are not walked.
func TestOpenIsCheap(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	repos.Init(t, dir)
	const n = 64
	all := make([]*Repository, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range all {
		all[i] = mustOpen(t, dir)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / n; each > 1<<16 {
		t.Errorf("%d bytes for each", each)
	}
}

func TestWalkStops(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	longHistory(t, dir)
	refused := errors.New("refused")
	if err := mustOpen(t, dir).Walk(context.Background(), margin, func(c source.Chunk) error {
		if c.Blob.Kind == kindTree {
			return refused
		}
		return nil
	}); err != refused {
		t.Errorf("error %v, want that of emit", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := mustOpen(t, dir)
	if err := r.Walk(ctx, margin, func(source.Chunk) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if n := r.Coverage().Objects; n != 0 {
		t.Errorf("%d objects read after the end", n)
	}
}

// TestNothingWritten compares the files of a repository before and after.
func TestNothingWritten(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	longHistory(t, dir)
	before := files(t, dir)
	locate(t, mustOpen(t, dir), "line 1")
	if after := files(t, dir); after != before {
		t.Errorf("files before:\n%s\nafter:\n%s", before, after)
	}
}

func files(t *testing.T, dir string) string {
	var b strings.Builder
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err == nil {
			fmt.Fprintln(&b, name, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
