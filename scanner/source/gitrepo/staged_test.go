package gitrepo

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// stagedIn returns what a walk of what is staged emits if something is found in
// everything: of each file "path id", of a new one also "path" alone.
func stagedIn(t *testing.T, r *Repository) (got []string) {
	t.Helper()
	var mu sync.Mutex
	err := r.Walk(context.Background(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		*c.Found = true
		if c.Blob.Kind == kindStagedName {
			got = append(got, c.Blob.Path)
		} else {
			got = append(got, c.Blob.Path+" "+hex.EncodeToString(c.Blob.Object[:20]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

// stagedByGit returns the same, as git has it.
func stagedByGit(g *repos.Git) (want []string) {
	fields := strings.Split(strings.TrimSuffix(g.Run("diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "-z"), "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		f, path := strings.Fields(strings.TrimPrefix(fields[i], ":")), fields[i+1]
		oldMode, newMode, old, id, status := f[0], f[1], f[2], f[3], f[4]
		if status == "A" || status == "U" {
			want = append(want, path)
		}
		const empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
		if status == "D" || status == "U" || newMode == "160000" || id == empty || old == id && oldMode[:3] == newMode[:3] {
			continue
		}
		want = append(want, path+" "+id)
	}
	slices.Sort(want)
	return want
}

// openStaged opens what is staged in a repository.
func openStaged(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(dir, Options{Staged: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestStagedIsWhatGitSays changes files at random, in indexes of each kind, and
// compares what is emitted with what git says differs from HEAD.
func TestStagedIsWhatGitSays(t *testing.T) {
	repos.NeedGit(t)
	for _, kind := range []struct {
		name string
		set  [][]string
	}{
		{"version 2", [][]string{{"config", "index.version", "2"}}},
		{"version 4", [][]string{{"config", "index.version", "4"}, {"update-index", "--index-version", "4"}}},
		{"split", [][]string{{"config", "splitIndex.maxPercentChange", "100"}, {"update-index", "--split-index"}}},
		{"sparse", [][]string{{"sparse-checkout", "init", "--cone", "--sparse-index"}, {"sparse-checkout", "set", "d0", "d1/e1"}}},
		{"other extensions", [][]string{{"config", "index.threads", "2"}, {"config", "core.untrackedCache", "true"}, {"update-index", "--untracked-cache"}}},
		{"without checksum", [][]string{{"config", "index.skipHash", "true"}}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, 7))
			g := repos.Init(t, t.TempDir())
			name := func() string {
				// Names that sort one way as files and another as directories.
				parts := []string{fmt.Sprintf("d%d", r.IntN(4)), fmt.Sprintf("e%d", r.IntN(3)), fmt.Sprintf("f%d", r.IntN(9))}
				if r.IntN(4) == 0 {
					parts[0] += "-"
				}
				if r.IntN(4) == 0 {
					parts[1] += ".x"
				}
				return strings.Join(parts[r.IntN(3):], "/")
			}
			write := func() {
				path := name()
				if full := filepath.Join(g.Dir, path); r.IntN(3) == 0 {
					os.RemoveAll(full)
					return
				} else if os.MkdirAll(filepath.Dir(full), 0o777) != nil || os.RemoveAll(full) != nil {
					return // a file is in the way
				} else if r.IntN(8) == 0 {
					os.Symlink(fmt.Sprint("to", r.IntN(5)), full)
				} else if err := os.WriteFile(full, fmt.Appendln(nil, r.IntN(5)), 0o666); err != nil {
					t.Fatal(err)
				} else if r.IntN(5) == 0 {
					os.Chmod(full, 0o777)
				}
			}
			for range 60 {
				write()
			}
			g.Commit("first")
			for _, args := range kind.set {
				g.Run(args...)
			}
			for round := range 25 {
				for range r.IntN(6) {
					write()
				}
				switch r.IntN(4) {
				case 0:
					g.Run("add", "--sparse", "-A", "d0", ".")
				case 1:
					g.Run("add", "--sparse", "-A")
					g.Run("write-tree") // caches all trees
				case 2:
					g.Run("add", "--sparse", "-A")
					g.Run("reset", "-q", "--soft", "HEAD")
				default:
					g.Run("add", "--sparse", "-u")
				}
				s := openStaged(t, g.Dir)
				got, want := stagedIn(t, s), stagedByGit(g)
				if !slices.Equal(got, want) {
					t.Fatalf("round %d: got %q\nwant %q", round, got, want)
				}
				compare(t, faultsOf(s), nil)
				if r.IntN(3) == 0 {
					g.Run("commit", "-q", "--allow-empty", "-m", "next")
				}
			}
			// What a commit in the middle differs in is in directories that a
			// sparse index has as trees.
			g.Run("add", "--sparse", "-A")
			g.Run("commit", "-q", "--allow-empty", "-m", "last")
			g.Run("reset", "-q", "--soft", "HEAD~2")
			got, want := stagedIn(t, openStaged(t, g.Dir)), stagedByGit(g)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("in the end: got %q\nwant %q", got, want)
			}
		})
	}
}

// TestStaged tells what of what is staged is read.
func TestStaged(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name  string
		build func(g *repos.Git, needle string)
		want  []string // kind, path:line:column, part
	}{
		{"nothing", func(g *repos.Git, needle string) {}, nil},
		{"a new file", func(g *repos.Git, needle string) {
			g.Write("dir/a", "x\ny "+needle)
			g.Run("add", "-A")
		}, []string{"index dir/a:2:3 "}},
		{"a name", func(g *repos.Git, needle string) {
			g.Write("dir/"+needle, "x")
			g.Run("add", "-A")
		}, []string{"index dir/NEEDLE:0:0 path name"}},
		{"a link", func(g *repos.Git, needle string) {
			os.Symlink(needle, filepath.Join(g.Dir, "l"))
			g.Run("add", "-A")
		}, []string{"index l:1:1 link target"}},
		{"only in the work tree", func(g *repos.Git, needle string) {
			g.Write("old", needle)
		}, nil},
		{"only in the index", func(g *repos.Git, needle string) {
			g.Write("old", needle)
			g.Run("add", "-A")
			g.Write("old", "clean")
		}, []string{"index old:1:1 "}},
		{"committed before", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Write("new", "x")
			g.Run("add", "-A")
		}, nil},
		{"removed", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("rm", "-q", "old")
		}, nil},
		{"moved", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("mv", "old", "new")
		}, []string{"index new:1:1 "}},
		{"mode", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("update-index", "--chmod=+x", "old")
		}, nil},
		{"to be added", func(g *repos.Git, needle string) {
			g.Write("new", needle)
			g.Run("add", "-N", "new")
		}, nil},
		{"a conflict", func(g *repos.Git, needle string) {
			id := g.Pipe(needle, "hash-object", "-w", "--stdin")
			g.Pipe("100644 "+id+" 3\tboth\n", "update-index", "--index-info")
		}, []string{"index both:1:1 "}},
		{"a large file", func(g *repos.Git, needle string) {
			g.Write("new", strings.Repeat("line\n", maxHeld/5+1)+needle)
			g.Run("add", "-A")
		}, []string{fmt.Sprintf("index new:%d:1 ", maxHeld/5+2)}},
		{"packed", func(g *repos.Git, needle string) {
			g.Write("dir/a", "x\ny "+needle)
			g.Run("add", "-A")
			g.Run("commit", "-qm", "second")
			g.Run("repack", "-adq")
			g.Run("reset", "-q", "--soft", "HEAD~1")
		}, []string{"index dir/a:2:3 "}},
		{"a submodule", func(g *repos.Git, needle string) {
			g.Run("init", "-q", "sub")
			g.In(filepath.Join(g.Dir, "sub")).WriteCommit("a", needle, "first")
			g.Run("add", "-A")
		}, nil},
		{"a detached head, refs packed", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("pack-refs", "--all")
			g.Run("checkout", "-q", "--detach")
		}, nil},
		{"refs packed", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("pack-refs", "--all")
		}, nil},
		{"no commit on the branch", func(g *repos.Git, needle string) {
			g.WriteCommit("old", needle, "second")
			g.Run("checkout", "-q", "--orphan", "other")
		}, []string{"index old:1:1 "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			needle := marker()
			g := repos.Init(t, t.TempDir())
			g.WriteCommit("old", "x\n", "first")
			tt.build(g, needle)
			r := openStaged(t, g.Dir)
			var got []string
			for _, l := range locate(t, r, needle) {
				got = append(got, strings.ReplaceAll(fmt.Sprintf("%s %s:%d:%d %s", l.Kind, l.Path, l.Line, l.Column, l.Part), needle, "NEEDLE"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			compare(t, faultsOf(r), nil)
		})
	}
}

// writeSparseIndex writes an index of entries, which are a mode, a path and an id
// each.
func writeSparseIndex(t *testing.T, g *repos.Git, entries ...[3]string) {
	t.Helper()
	b := binary.BigEndian.AppendUint32([]byte("DIRC"), 2)
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries)))
	for _, e := range entries {
		mode, err := strconv.ParseUint(e[0], 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		id, err := hex.DecodeString(e[2])
		if err != nil {
			t.Fatal(err)
		}
		start := len(b)
		b = binary.BigEndian.AppendUint32(append(b, make([]byte, 24)...), uint32(mode))
		b = append(append(b, make([]byte, 12)...), id...)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(e[1]))), e[1]...)
		b = append(b, make([]byte, 8-(len(b)-start)%8)...)
	}
	b = append(b, "sdir\x00\x00\x00\x00"...)
	sum := sha1.Sum(b)
	write(t, filepath.Join(g.Dir, ".git/index"), string(append(b, sum[:]...)))
}

// TestSparseDirectories reads directories that an index has as trees, and of which
// HEAD has less.
func TestSparseDirectories(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("new/sub/f", needle, "what is staged later")
	sub := g.Run("rev-parse", "HEAD:new/sub")
	g.Run("checkout", "-q", "--orphan", "other")
	g.Run("rm", "-rfq", ".")
	for _, head := range []string{"other", "new/other", "new"} {
		g.Run("update-ref", "-d", "HEAD")
		g.Run("read-tree", "--empty")
		g.WriteCommit(head, "x\n", "HEAD")
		g.Run("rm", "-q", head)
		writeSparseIndex(t, g, [3]string{"040000", "new/sub/", sub})
		r := openStaged(t, g.Dir)
		got := locate(t, r, needle)
		if len(got) != 1 || got[0].Path != "new/sub/f" {
			t.Errorf("HEAD has %s: got %s", head, describe(got))
		}
		compare(t, faultsOf(r), nil)
	}
}

// TestManySparseDirectories wants trees that hold others many times over to be
// read, and to come to an end.
func TestManySparseDirectories(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a", "x\n", "first")
	entry := [3]string{"100644", "", g.Pipe(needle, "hash-object", "-w", "--stdin")}
	for range 30 {
		var entries [][3]string
		for i := range 10 {
			entries = append(entries, [3]string{entry[0], fmt.Sprint(i), entry[2]})
		}
		entry = [3]string{"40000", "", mustMakeTree(t, g, entries...)}
	}
	writeSparseIndex(t, g, [3]string{"040000", "tower/", entry[2]})
	r := openStaged(t, g.Dir)
	if n := len(find(t, r, needle)); n == 0 || n > 2*maxAgain {
		t.Errorf("%d hits", n)
	}
	compare(t, faultsOf(r), nil)
	if skips := r.Coverage().Skipped; len(skips) != 1 || !strings.Contains(skips[0].Reason, "many times over") {
		t.Errorf("skips %+v", skips)
	}

	ctx, stop := context.WithCancel(t.Context())
	r = openStaged(t, g.Dir)
	err := r.Walk(ctx, margin, func(source.Chunk) error { stop(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

// TestStagedOnce says that content which is staged at many paths is emitted once,
// and for all of them if something is found in it.
func TestStagedOnce(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("README", "x\n", "first")
	for _, name := range []string{"a", "b", "c"} {
		g.Write(name+"/quiet", "quiet content")
		g.Write(name+"/loud", needle)
	}
	g.Run("add", "-A")
	r := openStaged(t, g.Dir)
	var mu sync.Mutex
	emitted := make(map[string]int)
	err := r.Walk(t.Context(), margin, func(c source.Chunk) error {
		mu.Lock()
		defer mu.Unlock()
		emitted[string(c.Data)]++
		if string(c.Data) == needle {
			*c.Found = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if emitted["quiet content"] != 1 || emitted[needle] != 3 || emitted["b/quiet"] != 1 || emitted["b/loud"] != 1 {
		t.Errorf("emitted %v", emitted)
	}
	if n := r.Coverage().Objects; n != 4 {
		t.Errorf("%d objects read", n)
	}
	if got := foundIn(t, openStaged(t, g.Dir), needle); !slices.Equal(got, []string{"a/loud:1:1", "b/loud:1:1", "c/loud:1:1"}) {
		t.Errorf("found %q", got)
	}

	// Without room to remember them, each is read.
	r, err = Open(g.Dir, Options{Staged: true, Memory: 2 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if got := foundIn(t, r, needle); len(got) != 3 || r.Coverage().Objects != 6 {
		t.Errorf("found %q in %+v", got, r.Coverage())
	}
}

// TestAllStaged reads the whole index, and nothing that is in HEAD alone.
func TestAllStaged(t *testing.T) {
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a", needle, "first")
	g.Run("write-tree")
	r, err := Open(g.Dir, Options{Staged: true, AllStaged: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := locate(t, r, needle); len(got) != 1 || got[0].Path != "a" {
		t.Errorf("got %+v", got)
	}
}

// TestStagedBroken tells what is said of a repository in which what is staged
// cannot be known.
func TestStagedBroken(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name   string
		damage func(t *testing.T, g *repos.Git)
		want   []string
	}{
		{"a damaged index", func(t *testing.T, g *repos.Git) {
			name := filepath.Join(g.Dir, ".git/index")
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			data[40] ^= 1
			write(t, name, string(data))
		}, []string{`^REPO/.git/index: the index cannot be read: the checksum is wrong: the index is damaged; .*$`}},
		{"a short index", func(t *testing.T, g *repos.Git) {
			if err := os.Truncate(filepath.Join(g.Dir, ".git/index"), 90); err != nil {
				t.Fatal(err)
			}
		}, []string{`^REPO/.git/index: the index cannot be read: the checksum is wrong: .*$`}},
		{"garbage for an index", func(t *testing.T, g *repos.Git) {
			write(t, filepath.Join(g.Dir, ".git/index"), "garbage")
		}, []string{`^REPO/.git/index: the index cannot be read: not an index$`}},
		{"a missing blob", func(t *testing.T, g *repos.Git) {
			g.Write("new", "content")
			g.Run("add", "-A")
			id := g.Run("rev-parse", ":new")
			os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:]))
		}, []string{`^new: it is staged, and cannot be read: object [0-9a-f]{40} is missing$`}},
		{"a missing commit", func(t *testing.T, g *repos.Git) {
			id := g.Run("rev-parse", "HEAD")
			os.Remove(filepath.Join(g.Dir, ".git/objects", id[:2], id[2:]))
		}, []string{`^REPO/.git/HEAD: object [0-9a-f]{40} is missing: all that is in the index was looked at$`}},
		{"HEAD is garbage", func(t *testing.T, g *repos.Git) {
			write(t, filepath.Join(g.Dir, ".git/HEAD"), "garbage")
		}, []string{`^REPO/.git/HEAD: holds neither the id of an object nor the name of a ref: all that is in the index was looked at$`}},
		{"no shared index", func(t *testing.T, g *repos.Git) {
			g.Run("update-index", "--split-index")
			shared, _ := filepath.Glob(filepath.Join(g.Dir, ".git/sharedindex.*"))
			os.Remove(shared[0])
		}, []string{`^REPO/.git/index: the index cannot be read: sharedindex.[0-9a-f]{40}: no such file or directory$`}},
		{"a bare repository", func(t *testing.T, g *repos.Git) {
			g.Run("config", "core.bare", "true")
			os.Remove(filepath.Join(g.Dir, ".git/index"))
		}, []string{`^REPO/.git: a bare repository has no index: nothing can be staged in it$`}},
		{"SHA-256", func(t *testing.T, g *repos.Git) {
			write(t, filepath.Join(g.Dir, ".git/config"), "[extensions]\n\tobjectFormat = sha256\n")
		}, []string{`^REPO/.git: SHA-256 objects are not supported$`}},
		{"reftable", func(t *testing.T, g *repos.Git) {
			write(t, filepath.Join(g.Dir, ".git/config"), "[extensions]\n\trefStorage = reftable\n")
		}, []string{`^REPO/.git: refs stored as reftable are not supported: .*$`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := repos.Init(t, t.TempDir())
			g.WriteCommit("old", "x\n", "first")
			tt.damage(t, g)
			r, err := Open(g.Dir, Options{Staged: true, Display: "REPO"})
			if err != nil {
				t.Fatal(err)
			}
			stagedIn(t, r)
			compare(t, faultsOf(r), tt.want)
		})
	}
}

// TestStagedElsewhere reads what is staged in a linked work tree, in a submodule,
// beside an alternate, and by an index that is elsewhere.
func TestStagedElsewhere(t *testing.T) {
	repos.NeedGit(t)
	needle := marker()
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("old", "x\n", "first")
	check := func(t *testing.T, r *Repository, want int) {
		t.Helper()
		if got := locate(t, r, needle); len(got) != want {
			t.Errorf("got %+v, want %d", got, want)
		}
		compare(t, faultsOf(r), nil)
	}
	t.Run("work tree", func(t *testing.T) {
		w := g.In(filepath.Join(t.TempDir(), "w"))
		g.Run("worktree", "add", "-q", w.Dir)
		w.Write("new", needle)
		w.Run("add", "-A")
		check(t, openStaged(t, w.Dir), 1)
		check(t, openStaged(t, g.Dir), 0)
		r, err := OpenGitDir(w.Run("rev-parse", "--git-dir"), Options{Staged: true})
		if err != nil {
			t.Fatal(err)
		}
		check(t, r, 1)
	})
	t.Run("submodule", func(t *testing.T) {
		super := repos.Init(t, t.TempDir())
		super.Run("submodule", "--quiet", "add", g.Dir, "sub")
		sub := super.In(filepath.Join(super.Dir, "sub"))
		sub.Write("new", needle)
		sub.Run("add", "-A")
		check(t, openStaged(t, sub.Dir), 1)
		check(t, openStaged(t, super.Dir), 0)
	})
	t.Run("alternate", func(t *testing.T) {
		clone := g.In(filepath.Join(t.TempDir(), "c"))
		g.Run("clone", "-q", "--shared", g.Dir, clone.Dir)
		check(t, openStaged(t, clone.Dir), 0)
		id := g.Pipe(needle, "hash-object", "-w", "--stdin")
		clone.Run("update-index", "--add", "--cacheinfo", "100644,"+id+",new")
		check(t, openStaged(t, clone.Dir), 1)
	})
	t.Run("index", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other")
		g.Write("new", needle)
		g.Run("add", "-A")
		os.Rename(filepath.Join(g.Dir, ".git/index"), other)
		g.Run("reset", "-q")
		check(t, openStaged(t, g.Dir), 0)
		r, err := Open(g.Dir, Options{Staged: true, Index: other})
		if err != nil {
			t.Fatal(err)
		}
		check(t, r, 1)
	})
}
