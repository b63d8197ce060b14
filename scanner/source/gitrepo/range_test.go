package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// mustOpenRange opens a range of a repository that is there.
func mustOpenRange(t *testing.T, dir string, rng Range) *Repository {
	t.Helper()
	r, err := Open(dir, Options{Range: &rng})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// between is the range from..to, as git has it.
func between(from, to string) Range { return Range{Include: []string{to}, Exclude: []string{from}} }

// TestRange looks for a marker in ranges of built repositories.
func TestRange(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name string

		// build makes a repository and returns what is to be found of the
		// needle there: a line for each location, as told prints it.
		build  func(t *testing.T, g *repos.Git, needle string) (rng Range, want []string)
		faults []string // parts of them
	}{
		{"in the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("conf/app.env", "A=1\nTOKEN="+needle+"\n", "add settings")
			return between("HEAD^", "HEAD"), []string{"conf/app.env:2 " + c + " main, head"}
		}, nil},
		{"before the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("app.env", needle, "add settings")
			g.WriteCommit("app.env", "A=1\n", "remove them")
			return between("HEAD^", "HEAD"), nil
		}, nil},
		{"after the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("other", "1\n", "other")
			g.WriteCommit("app.env", needle, "add settings")
			return between("HEAD~2", "HEAD~"), nil
		}, nil},
		{"unchanged beside a change", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("a/b/app.env", needle, "add settings")
			g.WriteCommit("a/b/other", "1\n", "other")
			return between("HEAD~1", "HEAD"), nil
		}, nil},
		{"deleted again in the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", needle, "add settings")
			g.Run("rm", "-q", "app.env")
			g.Commit("remove settings")
			return between("HEAD~2", "HEAD"), []string{"app.env:1 " + c + " main"}
		}, nil},
		{"reverted to what was before the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("app.env", needle, "add settings")
			g.WriteCommit("app.env", "A=1\n", "remove them")
			c := g.WriteCommit("app.env", needle, "and back")
			return between("HEAD~", "HEAD"), []string{"app.env:1 " + c + " main, head"}
		}, nil},
		{"renamed in the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("app.env", needle, "add settings")
			g.Run("mv", "app.env", "new.env")
			c := g.Commit("move settings")
			return between("HEAD~", "HEAD"), []string{"new.env:1 " + c + " main, head"}
		}, nil},
		{"at two paths", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("a.env", needle, "add settings")
			d := g.WriteCommit("b.env", needle, "again")
			return between("HEAD~2", "HEAD"), []string{"a.env:1 " + c + " main, head", "b.env:1 " + d + " main, head"}
		}, nil},
		{"on a branch that was merged", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("checkout", "-q", "-b", "side")
			c := g.WriteCommit("app.env", needle, "add settings")
			g.Run("checkout", "-q", "main")
			g.WriteCommit("other", "1\n", "on main")
			g.Run("merge", "-q", "--no-ff", "-m", "merge", "side")
			return between("HEAD~", "HEAD"), []string{"app.env:1 " + c + " main side, head"}
		}, nil},
		{"on the other side of a merge", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("checkout", "-q", "-b", "side")
			g.WriteCommit("other", "1\n", "on a side")
			g.Run("checkout", "-q", "main")
			g.WriteCommit("app.env", needle, "on main")
			g.Run("checkout", "-q", "side")
			g.Run("merge", "-q", "--no-ff", "-m", "merge", "main")
			return between("main", "side"), nil
		}, nil},
		{"in a merge itself", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("checkout", "-q", "-b", "side")
			g.WriteCommit("side.txt", "side\n", "on the side")
			g.Run("checkout", "-q", "main")
			g.WriteCommit("main.txt", "main\n", "on main")
			g.Run("merge", "-q", "--no-commit", "--no-ff", "side")
			c := g.WriteCommit("app.env", needle, "merge")
			return between("HEAD^1", "HEAD"), []string{"app.env:1 " + c + " main, head"}
		}, nil},
		{"octopus", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			var leak string
			for _, branch := range []string{"one", "two", "three"} {
				g.Run("checkout", "-q", "-b", branch, "main")
				g.WriteCommit(branch, branch, "on "+branch)
				if branch == "two" {
					leak = g.WriteCommit("app.env", needle, "add settings")
				}
			}
			g.Run("checkout", "-q", "main")
			g.WriteCommit("other", "1\n", "on main")
			g.Run("merge", "-q", "-m", "merge all", "one", "two", "three")
			return between("HEAD^", "HEAD"), []string{"app.env:1 " + leak + " main two, head"}
		}, nil},
		{"another root", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("checkout", "-q", "--orphan", "other")
			c := g.WriteCommit("app.env", needle, "another root")
			g.Run("checkout", "-q", "main")
			g.Run("merge", "-q", "--allow-unrelated-histories", "-m", "merge", "other")
			return between("HEAD^", "HEAD"), []string{"app.env:1 " + c + " main other, head"}
		}, nil},
		{"the first commit", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("checkout", "-q", "--orphan", "other")
			c := g.WriteCommit("app.env", needle, "first")
			return Range{Include: []string{"other"}}, []string{"app.env:1 " + c + " other, head"}
		}, nil},
		{"message and author", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("commit", "-q", "--allow-empty", "-m", "x\n\n"+needle, "--author", "Ada "+needle+" <ada@example.com>")
			c := g.Run("rev-parse", "HEAD")
			return between("HEAD^", "HEAD"), []string{" (author) " + c + " main", " (commit message) " + c + " main"}
		}, nil},
		{"message before the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("commit", "-q", "--allow-empty", "-m", needle)
			g.WriteCommit("a", "1\n", "other")
			return between("HEAD^", "HEAD"), nil
		}, nil},
		{"a tag that is named", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("other", "1\n", "other")
			g.Run("tag", "-a", "v1", "-m", needle)
			c := g.Run("rev-parse", "HEAD")
			return between("HEAD^", "v1"), []string{" (tag message) " + c + " v1"}
		}, nil},
		{"a tag that is named, of a commit that is not in the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("tag", "-a", "v1", "-m", needle)
			return between("HEAD", "v1"), []string{" (tag message)  v1"}
		}, nil},
		{"a tag that is not named", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("other", "1\n", "other")
			g.Run("tag", "-a", "v1", "-m", needle)
			return between("HEAD^", "HEAD"), nil
		}, nil},
		{"a tag of a file", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("tag", "file", g.Pipe("A=1\n"+needle, "hash-object", "-w", "--stdin"))
			return between("HEAD", "file"), []string{":2  file"}
		}, nil},
		{"tags of tags of a tree", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Write("conf/"+needle, needle)
			g.Run("add", "-A")
			tree := g.Run("write-tree")
			g.Run("reset", "-q", "--hard")
			g.Run("tag", "-a", "inner", "-m", needle, tree)
			g.Run("tag", "-a", "outer", "-m", "outer", "inner")
			return between("HEAD", "outer"), []string{
				" (tag message)  inner outer",
				"conf/" + needle + " (path name)  inner outer",
				"conf/" + needle + ":1  inner outer",
			}
		}, nil},
		{"a tree beside commits", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", needle, "add settings")
			g.Run("tag", "tree", "HEAD^{tree}")
			return Range{Include: []string{"HEAD", "tree"}, Exclude: []string{"HEAD^"}}, []string{"app.env:1 " + c + " main, head"}
		}, nil},
		{"pushed, a blob first", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			blob := g.Pipe("harmless", "hash-object", "-w", "--stdin")
			c := g.WriteCommit("app.env", needle, "add settings")
			return Range{Exclude: []string{"HEAD^"}, Pushed: []Push{{blob, "refs/tags/blob"}, {"HEAD", ""}}}, []string{"app.env:1 " + c + " main, head"}
		}, nil},
		{"pushed, what is not there first", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			lost := strings.Repeat("1", 40)
			tag := g.Pipe("object "+lost+"\ntype commit\ntag lost\n\n"+needle, "hash-object", "-t", "tag", "-w", "--literally", "--stdin")
			c := g.WriteCommit("app.env", needle, "add settings")
			return Range{Exclude: []string{"HEAD^"}, Pushed: []Push{{lost, "refs/heads/lost"}, {tag, "refs/tags/lost"}, {"HEAD", ""}}}, []string{
				" (tag message)  lost", "app.env:1 " + c + " main, head",
			}
		}, []string{"refs/heads/lost: what is pushed cannot be read: ", "refs/tags/lost: what is pushed cannot be read: "}},
		{"pushed, to a name", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", "A=1\n", "add settings")
			return Range{Exclude: []string{"HEAD^"}, Pushed: []Push{{"HEAD", "refs/heads/other"}, {"HEAD", "refs/heads/" + needle}}}, []string{
				"refs/heads/" + needle + " (ref name) " + c + " " + needle,
			}
		}, nil},
		{"path name", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("conf/"+needle+"/a", "1\n", "add a file")
			g.WriteCommit("conf/"+needle+"/b", "1\n", "add another")
			return between("HEAD~2", "HEAD"), []string{"conf/" + needle + " (path name) " + c + " main, head"}
		}, nil},
		{"path name before the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("conf/"+needle, "1\n", "add a file")
			g.WriteCommit("conf/"+needle, "2\n", "change it")
			g.WriteCommit("conf/other", "2\n", "add another")
			return between("HEAD~2", "HEAD"), nil
		}, nil},
		{"link target", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			id := g.Pipe("/tmp/"+needle, "hash-object", "-w", "--stdin")
			g.Run("update-index", "--add", "--cacheinfo", "120000,"+id+",link")
			g.Run("commit", "-q", "-m", "add a link")
			return between("HEAD^", "HEAD"), []string{"link (link target) " + g.Run("rev-parse", "HEAD") + " main, head"}
		}, nil},
		{"the range is not at the tip of a branch", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", needle, "add settings")
			g.WriteCommit("other", "1\n", "other")
			return between("HEAD~2", "HEAD~"), []string{"app.env:1 " + c + ", head"}
		}, nil},
		{"a shallow clone that has the base", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("old.env", needle, "old")
			g.WriteCommit("other", "1\n", "other")
			c := g.WriteCommit("app.env", needle, "add settings")
			clone(t, g, "--depth=2")
			return between("HEAD^", "HEAD"), []string{"app.env:1 " + c + " main origin/HEAD origin/main, head"}
		}, nil},
		{"a shallow clone that is cut off in the range", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.WriteCommit("old.env", needle, "old")
			g.Run("checkout", "-q", "-b", "side", "HEAD^")
			g.WriteCommit("one", "1\n", "one")
			c := g.WriteCommit("app.env", needle, "two")
			g.WriteCommit("three", "3\n", "three")
			clone(t, g, "--depth=2", "--no-single-branch")
			return between("origin/main", "side"), []string{"app.env:1 " + c + " side origin/HEAD origin/side, head"}
		}, []string{"shallow clone: what came before 1 commit of the range, such as "}},
		{"a missing file", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", needle, "add settings")
			g.WriteCommit("conf/gone", "x\n", "gone")
			id := g.Run("rev-parse", "HEAD:conf/gone")
			if err := os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:])); err != nil {
				t.Fatal(err)
			}
			return between("HEAD~2", "HEAD"), []string{"app.env:1 " + c + " main, head"}
		}, []string{"(conf/gone)"}},
		{"a missing directory", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			c := g.WriteCommit("app.env", needle, "add settings")
			g.WriteCommit("conf/gone", "x\n", "gone")
			id := g.Run("rev-parse", "HEAD:conf")
			if err := os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:])); err != nil {
				t.Fatal(err)
			}
			return between("HEAD~2", "HEAD"), []string{"app.env:1 " + c + " main, head"}
		}, []string{"missing object"}},
		{"a missing commit", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			id := g.WriteCommit("gone", "1\n", "gone")
			c := g.WriteCommit("app.env", needle, "add settings")
			if err := os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:])); err != nil {
				t.Fatal(err)
			}
			return between("base", "HEAD"), []string{"app.env:1 " + c + " main, head"}
		}, []string{"(a parent of commit "}},
		{"a partial clone", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			g.Run("config", "uploadpack.allowFilter", "true")
			g.WriteCommit("app.env", needle, "add settings")
			clone(t, g, "--filter=blob:none", "--no-checkout")
			return between("HEAD~", "HEAD"), nil
		}, []string{"partial clone: 1 object is missing"}},
		{"packed, with deltas", func(t *testing.T, g *repos.Git, needle string) (Range, []string) {
			lines := strings.Repeat("some line\n", 500)
			g.WriteCommit("big", lines, "big")
			c := g.WriteCommit("big", lines+needle, "bigger")
			g.Run("repack", "-q", "-adf")
			return between("HEAD~", "HEAD"), []string{"big:501 " + c + " main, head"}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			needle := marker()
			g := repos.Init(t, filepath.Join(t.TempDir(), "project"))
			g.WriteCommit("README", "a project\n", "first")
			g.WriteCommit("LICENSE", "a license\n", "second")
			g.Run("tag", "base")
			rng, want := tt.build(t, g, needle)
			r := mustOpenRange(t, g.Dir, rng)
			var got []string
			for _, l := range locate(t, r, needle) {
				got = append(got, told(l))
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
			faults := faultsOf(r)
			if len(faults) != len(tt.faults) {
				t.Errorf("faults %q, want such with %q", faults, tt.faults)
			}
			for i, part := range tt.faults {
				if i < len(faults) && !strings.Contains(faults[i], part) {
					t.Errorf("fault %q, want one with %q", faults[i], part)
				}
			}
		})
	}
}

// clone replaces a repository by a clone of it.
func clone(t *testing.T, g *repos.Git, args ...string) {
	t.Helper()
	origin := g.Dir + ".origin"
	if err := os.Rename(g.Dir, origin); err != nil {
		t.Fatal(err)
	}
	*g = *g.In(filepath.Dir(origin))
	dir := strings.TrimSuffix(origin, ".origin")
	g.Run(append(append([]string{"clone", "-q"}, args...), "file://"+filepath.ToSlash(origin), dir)...)
	*g = *g.In(dir)
}

// told returns a location as a line.
func told(l source.Location) string {
	s := l.Path
	if l.Part != "" {
		s += " (" + l.Part + ")"
	} else {
		s += fmt.Sprintf(":%d", l.Line)
	}
	s += " " + l.Commit
	for _, ref := range l.Refs {
		for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/remotes/"} {
			ref = strings.TrimPrefix(ref, prefix)
		}
		s += " " + ref
	}
	if l.InHead {
		s += ", head"
	}
	if !l.Reachable {
		s += ", unreachable"
	}
	return s
}

// TestEmptyRange wants ranges without commits to be told apart from those that
// could not be read.
func TestEmptyRange(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a", "1\n", "first")
	g.WriteCommit("a", "2\n", "second")
	for _, rng := range []Range{between("HEAD", "HEAD"), between("main", "HEAD~"), {}} {
		r := mustOpenRange(t, g.Dir, rng)
		find(t, r, marker())
		if c := r.Coverage(); !c.Empty || c.Objects != 0 {
			t.Errorf("%v: coverage %+v", rng, c)
		}
		if faults := faultsOf(r); len(faults) > 0 {
			t.Errorf("%v: faults %q", rng, faults)
		}
	}
	r := mustOpenRange(t, g.Dir, between("HEAD~", "HEAD"))
	find(t, r, marker())
	if c := r.Coverage(); c.Empty || c.Commits != 1 || c.Objects != 3 {
		t.Errorf("coverage %+v; want a commit, a tree and a blob", c)
	}
}

// TestRevisions compares the commits that revisions name with what git says.
func TestRevisions(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, filepath.Join(t.TempDir(), "project"))
	for i := range 4 {
		g.WriteCommit("a", fmt.Sprint(i), "on main")
	}
	g.Run("checkout", "-q", "-b", "topic/side", "HEAD~2")
	g.WriteCommit("b", "1\n", "on a side")
	g.Run("checkout", "-q", "main")
	g.Run("merge", "-q", "-m", "merge", "topic/side")
	g.Run("tag", "light", "HEAD~")
	g.Run("tag", "-a", "v1", "-m", "one", "HEAD~2")
	g.Run("tag", "-a", "v1-again", "-m", "two", "v1")
	g.Run("tag", "a-file", "HEAD:a")
	clone(t, g)
	g.Run("update-ref", "refs/pull/7/head", "origin/topic/side")
	g.Run("fetch", "-q", "origin", "topic/side")
	g.Run("pack-refs", "--all")
	g.Run("branch", "new", "HEAD~")
	head := g.Run("rev-parse", "HEAD")
	for _, packed := range []bool{false, true} {
		if packed {
			g.Run("repack", "-qad")
		}
		for _, rev := range []string{
			"HEAD", "@", "main", "heads/main", "refs/heads/main", "origin", "origin/main", "origin/topic/side", "new",
			"light", "v1", "v1-again", "tags/v1", "refs/tags/v1", "refs/pull/7/head", "FETCH_HEAD", "v1^{}", "v1^{commit}", "v1^0",
			"HEAD^", "HEAD~", "HEAD~2", "HEAD^2", "HEAD^2~1", "HEAD^^", "HEAD~1^1", "HEAD~0", "@~3", "v1~",
			head, head[:8], head[:7], head[:39], strings.ToUpper(head[:12]), head[:9] + "~2",
			g.Run("rev-parse", "v1"), g.Run("rev-parse", "v1")[:10],
		} {
			want := g.Run("rev-parse", rev+"^{commit}")
			r, err := Open(g.Dir, Options{Range: &Range{Include: []string{rev}}})
			if err != nil {
				t.Errorf("%s: %v", rev, err)
			} else if got := r.changes.include[0].String(); got != want {
				t.Errorf("%s is %s, want %s", rev, got, want)
			}
		}
	}
	for _, rev := range []string{
		"", "-", "nothing", "nothing~2", "HEAD~9", "HEAD^3", "HEAD^{tree}", "HEAD^!", "HEAD~x", "HEAD@{1}", "@{u}", ":/on", "HEAD:a",
		"a-file", "HEAD~99999999999999999999", "..", "../config", "config", "HEAD.lock", "refs", "refs/heads",
		"0123456789012345678901234567890123456789", strings.Repeat("0", 40), strings.Repeat("0", 39), strings.Repeat("0", 64), "abcdef123", "ab", "abc", head + "0",
	} {
		if _, err := Open(g.Dir, Options{Range: &Range{Exclude: []string{rev}}}); !errors.Is(err, ErrUnknownRevision) {
			t.Errorf("%q: error %v, want ErrUnknownRevision", rev, err)
		}
	}
}

// TestMissingRevision wants what a clone lacks to be told from what was mistyped.
func TestMissingRevision(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, filepath.Join(t.TempDir(), "project"))
	base := g.WriteCommit("a", "1\n", "first")
	g.WriteCommit("a", "2\n", "second")
	g.WriteCommit("a", "3\n", "third")
	clone(t, g, "--depth=2")
	for rev, want := range map[string]error{
		base:        ErrMissingRevision,
		"HEAD~2":    ErrMissingRevision,
		"HEAD^^":    ErrMissingRevision,
		"nothing":   ErrUnknownRevision,
		"HEAD^3":    ErrUnknownRevision,
		"base~":     ErrUnknownRevision,
		"HEAD~1~^2": ErrMissingRevision,
	} {
		if _, err := Open(g.Dir, Options{Range: &Range{Exclude: []string{rev}, Include: []string{"HEAD"}}}); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", rev, err, want)
		}
	}
	g.Run("fetch", "-q", "--unshallow")
	id := g.Run("rev-parse", "HEAD")
	g.Write(".git/refs/heads/broken", strings.Repeat("1", 40)+"\n")
	if _, err := Open(g.Dir, Options{Range: &Range{Include: []string{"broken"}}}); !errors.Is(err, ErrMissingRevision) {
		t.Errorf("a ref to nothing: error %v", err)
	}
	if _, err := Open(g.Dir, Options{Range: &Range{Include: []string{id}}}); err != nil {
		t.Error(err)
	}
}

// A model is a random history of small files.
type model struct {
	random *rand.Rand
	trees  []map[string]string // of the commits, by path
}

// paths are such as sort in unlike ways as files and as directories.
var paths = []string{"a", "a.b", "a/x", "a/y", "a0", "a/b/c", "b", "b/x", "b-", "b/a/x", "c/d/e/f", "c/d/e/g", "c/h"}

// stream returns n commits for git fast-import, each on a branch of its own.
func (m *model) stream(n int) string {
	var b strings.Builder
	for i := range n {
		tree := make(map[string]string)
		var parents []int
		if i > 0 && m.random.IntN(20) > 0 {
			for range 1 + max(0, m.random.IntN(5)-2) {
				// Mostly near ones, so that there are long lines of commits.
				p := i - 1 - min(i-1, int(m.random.ExpFloat64()*2))
				if !slices.Contains(parents, p) {
					parents = append(parents, p)
				}
			}
		}
		for _, p := range parents {
			for path, content := range m.trees[p] {
				if len(tree) == 0 || m.random.IntN(2) == 0 {
					set(tree, path, content)
				}
			}
		}
		if len(parents) == 1 {
			tree = maps.Clone(m.trees[parents[0]])
		}
		for range m.random.IntN(3) {
			path := paths[m.random.IntN(len(paths))]
			if m.random.IntN(3) == 0 {
				delete(tree, path)
			} else {
				set(tree, path, fmt.Sprint("content ", m.random.IntN(40)))
			}
		}
		m.trees = append(m.trees, tree)
		message := fmt.Sprint("commit ", i)
		fmt.Fprintf(&b, "commit refs/heads/c%d\nmark :%d\ncommitter A <a@example.com> %d +0000\ndata %d\n%s\n", i, i+1, 1700000000+i*60, len(message), message)
		for k, p := range parents {
			fmt.Fprintf(&b, "%s :%d\n", [2]string{"from", "merge"}[min(k, 1)], p+1)
		}
		b.WriteString("deleteall\n")
		for _, path := range slices.Sorted(maps.Keys(tree)) {
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", path, len(tree[path]), tree[path])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// set puts a file into a tree, in place of what cannot be there beside it.
func set(tree map[string]string, path, content string) {
	for other := range tree {
		if strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
			delete(tree, other)
		}
	}
	tree[path] = content
}

// An introduction is a blob that a commit brought to a path.
type introduction struct{ blob, path, commit string }

// introduced returns what git says that the commits of a range introduced: what
// differs from all parents.
func introduced(g *repos.Git, rng Range) (all []introduction, commits []string) {
	args := append([]string{"rev-list"}, rng.Include...)
	for _, e := range rng.Exclude {
		args = append(args, "^"+e)
	}
	commits = strings.Fields(g.Run(args...))
	if len(commits) == 0 {
		return nil, nil
	}
	lines := g.Pipe(strings.Join(commits, "\n")+"\n", "diff-tree", "--stdin", "-r", "-c", "--root", "--no-renames", "--raw", "--no-abbrev")
	var commit string
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] != ':' {
			commit = line
			continue
		}
		head, path, _ := strings.Cut(line, "\t")
		fields := strings.Fields(head)
		parents := strings.Count(fields[0], ":")
		blob := fields[2*parents+1]
		if strings.Trim(blob, "0") != "" { // otherwise it was deleted
			all = append(all, introduction{blob, path, commit})
		}
	}
	return all, commits
}

// TestRangeIsWhatGitSays compares ranges of random histories with what git says
// that their commits introduced.
func TestRangeIsWhatGitSays(t *testing.T) {
	repos.NeedGit(t)
	const commits = 120
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			m := &model{random: rand.New(rand.NewPCG(seed, 7))}
			g := repos.Init(t, t.TempDir())
			g.Pipe(m.stream(commits), "fast-import", "--quiet")
			if seed%2 == 0 {
				g.Run("repack", "-qadf")
			}
			for range 12 {
				var rng Range
				for range 1 + m.random.IntN(2) {
					rng.Include = append(rng.Include, fmt.Sprint("c", m.random.IntN(commits)))
				}
				for range m.random.IntN(3) {
					rng.Exclude = append(rng.Exclude, fmt.Sprint("c", m.random.IntN(commits)))
				}
				compareRange(t, g, rng)
			}
		})
	}
}

func compareRange(t *testing.T, g *repos.Git, rng Range) {
	t.Helper()
	r := mustOpenRange(t, g.Dir, rng)
	truth, commits := introduced(g, rng)
	var mu sync.Mutex
	emitted := make(map[int][]string)
	var hits []source.Hit
	err := r.Walk(context.Background(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		emitted[c.Blob.Kind] = append(emitted[c.Blob.Kind], idOf(c.Blob).String())
		hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(c.Own.Start)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(r); len(faults) > 0 {
		t.Errorf("%v: faults %q", rng, faults)
	}
	var blobs []string
	for _, i := range truth {
		blobs = append(blobs, i.blob)
	}
	slices.Sort(blobs)
	for what, pair := range map[string][2][]string{
		"blobs":   {emitted[kindBlob], slices.Compact(blobs)},
		"commits": {emitted[kindCommit], commits},
	} {
		for _, list := range pair {
			slices.Sort(list)
		}
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%v: %d %s were emitted, want %d\ngot  %q\nwant %q", rng, len(pair[0]), what, len(pair[1]), pair[0], pair[1])
		}
	}
	located, err := r.Locate(context.Background(), hits)
	if err != nil {
		t.Fatal(err)
	}
	// Of the commits that introduced a blob at a path, one is named.
	type there struct{ blob, path string }
	want, got := make(map[there][]string), make(map[there]string)
	for _, i := range truth {
		want[there{i.blob, i.path}] = append(want[there{i.blob, i.path}], i.commit)
	}
	for i, locations := range located {
		for _, l := range locations {
			if hits[i].Blob.Kind == kindBlob {
				got[there{l.Blob, l.Path}] = l.Commit
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v: %d locations, want %d", rng, len(got), len(want))
	}
	for place, commit := range got {
		if !slices.Contains(want[place], commit) {
			t.Errorf("%v: %v is located in %s, want one of %q", rng, place, commit, want[place])
		}
	}
}

// TestRangeOfHostileTrees wants trees that hold others many times over to be read
// once.
func TestRangeOfHostileTrees(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	base := g.WriteCommit("README", "a project\n", "first")
	// Two towers of trees that differ in one file at the bottom.
	tower := func(content string) string {
		id := g.Pipe(content, "hash-object", "-w", "--stdin")
		entry := "100644 blob " + id
		for range 30 {
			var lines strings.Builder
			for i := range 10 {
				fmt.Fprintf(&lines, "%s\t%d\n", entry, i)
			}
			entry = "040000 tree " + g.Pipe(lines.String(), "mktree")
		}
		return strings.Fields(entry)[2]
	}
	old, now := tower("nothing"), tower(needle)
	first := g.Run("commit-tree", old, "-p", base, "-m", "a tower")
	second := g.Run("commit-tree", now, "-p", first, "-m", "another")
	for _, from := range []string{first, base} {
		r := mustOpenRange(t, g.Dir, between(from, second))
		hits := find(t, r, needle)
		if len(hits) != 1 {
			t.Fatalf("%d hits, want 1", len(hits))
		}
		locations, err := r.Locate(context.Background(), hits)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(locations[0]); n == 0 || n > maxPlaces {
			t.Errorf("%d locations", n)
		}
		if c := cmp.Compare(len(faultsOf(r)), 0); c == 0 {
			t.Error("no fault says that not all places are listed")
		}
	}
}

// TestRangeOfBrokenObjects overwrites each object in turn, and wants no more than
// faults.
func TestRangeOfBrokenObjects(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a/b", "1\n", "first")
	g.WriteCommit("a/b", "2\n", "second")
	g.WriteCommit("a/c", "3\n", "third")
	objects, err := filepath.Glob(filepath.Join(g.Dir, ".git/objects/??/*"))
	if err != nil || len(objects) == 0 {
		t.Fatal(err, len(objects))
	}
	for _, name := range objects {
		old, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]byte{nil, []byte("x"), old[:len(old)/2], bytes.Repeat([]byte{0xff}, 100)} {
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Open(g.Dir, Options{Range: &Range{Include: []string{"main"}}})
			if err != nil {
				if !errors.Is(err, ErrMissingRevision) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			find(t, r, "nothing")
			if len(faultsOf(r)) == 0 {
				t.Errorf("%s is broken, and there is no fault", name)
			}
		}
		if err := os.WriteFile(name, old, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNewNames says what of trees a range emits: names that are new, in a row as
// one, each once however many trees it is compared with, and no name that was there.
func TestNewNames(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	for _, name := range []string{"b-old", "c-old", "f-old"} {
		g.Write(name, "x\n")
	}
	first := g.Commit("first")
	for _, name := range []string{"a-new", "d-new", "e-new", "g-new", "sub/x-new", "sub/y-new"} {
		g.Write(name, "y\n")
	}
	g.Run("add", "-A")
	tree := g.Run("write-tree")
	g.Run("reset", "-q", "--hard")
	g.Run("rm", "-q", "f-old")
	less := g.Commit("less")
	other := g.Run("commit-tree", "-m", "the same tree, beside another", "-p", less, tree)
	second := g.Run("commit-tree", "-m", "second, which is looked at before", "-p", first, tree)

	r := mustOpenRange(t, g.Dir, Range{Include: []string{second, other}, Exclude: []string{first}})
	var mu sync.Mutex
	var got []string
	err := r.Walk(t.Context(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		if c.Blob.Kind == kindTree {
			own := string(c.Data[c.Own.Start:c.Own.End])
			for e := range treeEntries(append([]byte("100644 "), append(c.Data[c.Own.Start:c.Own.End:c.Own.End], make([]byte, 21)...)...)) {
				own = strings.Replace(own, string(e.id[:]), "ID", 1)
			}
			got = append(got, strings.ReplaceAll(own, "\x00", " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{"a-new", "d-new ID100644 e-new", "f-old", "g-new ID40000 sub", "x-new ID100644 y-new"}
	if !slices.Equal(got, want) {
		t.Errorf("emitted %q, want %q", got, want)
	}
}
