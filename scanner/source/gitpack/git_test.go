package gitpack_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
	"github.com/leakflare/leakflare/testdata/repos"
)

const marker = "marker-to-be-found"

// history commits versions of a few files, with the marker in some of them, and
// one file that is streamed.
func history(t *testing.T) *repos.Git {
	g := repos.Init(t, t.TempDir())
	r := rand.New(rand.NewPCG(1, 5))
	files := make([][]string, 4)
	for i := range files {
		for range 150 {
			files[i] = append(files[i], fmt.Sprintf("%016x", r.Uint64()))
		}
	}
	large := strings.Repeat("a line of a large file\n", 9<<20/23)
	g.Write("large", large+marker)
	for version := range 60 {
		for i := range files {
			at := r.IntN(len(files[i]))
			switch r.IntN(4) {
			case 0:
				files[i] = slices.Insert(files[i], at, fmt.Sprintf("%016x", r.Uint64()))
			case 1:
				files[i] = slices.Delete(files[i], at, at+1)
			case 2:
				files[i][at] = fmt.Sprintf("%016x", r.Uint64())
			}
			text := slices.Clone(files[i])
			if i == 1 && version >= 20 && version < 40 {
				text[75] = "KEY=" + marker
			}
			g.Write(fmt.Sprintf("dir%d/file", i), strings.Join(text, "\n"))
		}
		g.Commit(fmt.Sprintf("version %d", version))
	}
	g.Run("tag", "-a", "-m", "tagged with a "+marker, "v1")
	return g
}

// indexed returns the arguments to make the index of the one pack anew.
func indexed(form string) func(*testing.T, *repos.Git) string {
	return func(t *testing.T, g *repos.Git) string {
		g.Run("repack", "-adfq")
		packs, _ := filepath.Glob(filepath.Join(g.Dir, ".git/objects/pack/*.pack"))
		for _, pack := range packs {
			idx := strings.TrimSuffix(pack, ".pack") + ".idx"
			if err := os.Remove(idx); err != nil {
				t.Fatal(err)
			}
			g.Run("index-pack", "--index-version="+form, "-o", idx, pack)
		}
		return g.Dir
	}
}

func repacked(args ...string) func(*testing.T, *repos.Git) string {
	return func(t *testing.T, g *repos.Git) string {
		g.Run(args...)
		return g.Dir
	}
}

func TestLikeGit(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name string
		pack func(*testing.T, *repos.Git) (dir string)
	}{
		{"usual", repacked("repack", "-adfq")},
		{"no deltas", repacked("repack", "-adfq", "--depth=0")},
		{"short chains", repacked("repack", "-adfq", "--depth=2", "--window=100")},
		{"long chains", repacked("repack", "-adfq", "--depth=4095", "--window=50")},
		{"deltas by id", repacked("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")},
		{"several packs", severalPacks},
		{"thin pack, completed", thinPack},
		{"index version 1", indexed("1")},
		{"large offsets", indexed("2,0x40")},
	}
	g := history(t)
	g.Run("repack", "-adq")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "repo")
			if err := os.CopyFS(dir, os.DirFS(g.Dir)); err != nil {
				t.Fatal(err)
			}
			compare(t, test.pack(t, g.In(dir)))
		})
	}
}

func severalPacks(t *testing.T, g *repos.Git) string {
	for i := range 5 {
		g.WriteCommit("dir1/file", strings.Repeat("a line\n", 100*i)+marker, "more")
		g.Run("repack", "-dq")
	}
	g.Run("repack", "-q", "-a") // whose objects are in the others too
	return g.Dir
}

// thinPack fetches what is new on an older history, as deltas on that, to which
// git adds the bases.
func thinPack(t *testing.T, g *repos.Git) string {
	g.Run("branch", "old", "HEAD~10")
	other := g.In(filepath.Join(t.TempDir(), "other"))
	if err := os.Mkdir(other.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	other.Run("init", "-q")
	other.Run("-c", "fetch.unpackLimit=1", "fetch", "-q", "--no-tags", g.Dir, "old:old")
	other.Run("-c", "fetch.unpackLimit=1", "fetch", "-q", g.Dir, "main:new")
	return other.Dir
}

type content struct {
	kind  string
	bytes []byte
}

// compare compares what walks of all packs tell with what git does.
func compare(t *testing.T, dir string) {
	t.Helper()
	packs, _ := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	got := make(map[string]content)
	for _, name := range packs {
		for id, c := range walkPack(t, name) {
			got[id] = c
		}
	}
	want := catFile(t, dir)
	if len(got) != len(want) || len(want) < 300 {
		t.Errorf("%d objects, git has %d", len(got), len(want))
	}
	for id, c := range want {
		if g := got[id]; g.kind != c.kind || !bytes.Equal(g.bytes, c.bytes) {
			t.Errorf("%s %s: %s of %d bytes, want %d", c.kind, id, g.kind, len(g.bytes), len(c.bytes))
		}
	}
}

// walkPack returns the objects of a pack, after it has checked that the marker
// was found in each of them where it is, once.
func walkPack(t *testing.T, name string) map[string]content {
	t.Helper()
	p, err := gitpack.Open(name, strings.TrimSuffix(name, ".pack")+".idx")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var mu sync.Mutex
	found := make(map[string][]int)
	contents := make(map[string]content)
	kinds := []string{gitpack.Commit: "commit", gitpack.Tree: "tree", gitpack.Blob: "blob", gitpack.Tag: "tag"}
	w := gitpack.Walk{Pack: p, Reach: 40, Workers: 2}
	w.Emit = func(o gitpack.Object) error {
		data, owned := o.Data, o.Own
		if o.Stream != nil {
			var err error
			if data, err = io.ReadAll(o.Stream); err != nil {
				return err
			}
			owned = []gitpack.Span{{Start: 0, End: len(data)}}
		}
		id := p.ID(o.I)
		name := hex.EncodeToString(id[:])
		mu.Lock()
		defer mu.Unlock()
		for _, at := range find(data) {
			if slices.ContainsFunc(owned, func(s gitpack.Span) bool { return s.Start <= at && at < s.End }) {
				found[name] = append(found[name], at)
				*o.Found = true
			}
		}
		contents[name] = content{kinds[o.Kind], bytes.Clone(data)}
		return nil
	}
	w.Broken = func(i int, err error) { t.Errorf("object %x: %v", p.ID(i), err) }
	if err := w.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, c := range contents {
		slices.Sort(found[name])
		if want := find(c.bytes); !slices.Equal(found[name], want) {
			t.Errorf("%s %s: found at %v, want %v", c.kind, name, found[name], want)
		}
	}
	if len(contents) != p.Len() {
		t.Errorf("%d objects of %d", len(contents), p.Len())
	}
	return contents
}

// find returns where the marker stands.
func find(data []byte) (at []int) {
	for from := 0; ; {
		i := bytes.Index(data[from:], []byte(marker))
		if i < 0 {
			return at
		}
		at = append(at, from+i)
		from += i + 1
	}
}

// catFile returns all objects as git reads them.
func catFile(t *testing.T, dir string) map[string]content {
	t.Helper()
	cmd := exec.Command("git", "cat-file", "--batch-all-objects", "--batch")
	cmd.Env = append(os.Environ(), "GIT_DIR="+filepath.Join(dir, ".git"),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]content)
	for len(out) > 0 {
		head, rest, _ := bytes.Cut(out, []byte("\n"))
		var id, kind string
		var size int
		if _, err := fmt.Sscan(string(head), &id, &kind, &size); err != nil {
			t.Fatalf("%q: %v", head, err)
		}
		all[id] = content{kind, rest[:size]}
		out = rest[size+1:]
	}
	return all
}
