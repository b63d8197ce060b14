package gitrepo

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitpack"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestBroken breaks repositories. Nothing panics, each fault is noted with its
// path, and what else there is is found: every repository has a needle that
// must be, in a place that is whole.
func TestBroken(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name   string
		damage func(t *testing.T, g *repos.Git, needle string)
		faults []string // patterns, one for each
	}{
		{"truncated pack", func(t *testing.T, g *repos.Git, needle string) {
			name := packOf(t, g, ".pack")
			b := read(t, name)
			write(t, name, b[:len(b)*2/3])
			g.Pipe(needle, "hash-object", "-w", "--stdin")
		}, []string{
			`^REPO/.git/objects/pack/pack-[0-9a-f]+.pack: \d+ objects cannot be read; the first is object [0-9a-f]{40}: (it ends too early|an entry beyond the end of the pack)$`,
			`^REPO/.git/objects/pack/pack-[0-9a-f]+.pack: the pack is not the one`,
		}},
		{"corrupted pack", func(t *testing.T, g *repos.Git, needle string) {
			name := packOf(t, g, ".pack")
			b := []byte(read(t, name))
			for i := len(b) / 2; i < len(b)/2+40; i++ {
				b[i] ^= 0x55
			}
			write(t, name, string(b))
			g.Pipe(needle, "hash-object", "-w", "--stdin")
		}, []string{`^REPO/.git/objects/pack/pack-[0-9a-f]+.pack: (\d+ objects cannot be read; the first is )?object [0-9a-f]{40}: `}},
		{"not a pack", func(t *testing.T, g *repos.Git, needle string) {
			write(t, packOf(t, g, ".pack"), "garbage")
			g.Pipe(needle, "hash-object", "-w", "--stdin")
		}, []string{
			`^REPO/.git/objects/pack/pack-[0-9a-f]+.pack: not a pack: 128 objects cannot be read$`,
			`^REPO/.git: 2 objects are missing, which may be in packs that cannot be read$`,
		}},
		{"truncated pack index", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("conf/app.env", needle, "settings")
			g.Run("repack", "-adq")
			name := packOf(t, g, ".idx")
			b := read(t, name)
			write(t, name, b[:len(b)-30])
		}, []string{
			`^REPO/.git/objects/pack/pack-[0-9a-f]+.idx: reading pack index: .+: it was made anew, in memory$`,
		}},
		{"pack without an index", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("conf/app.env", needle, "settings")
			g.Run("repack", "-adq")
			if err := os.Remove(packOf(t, g, ".idx")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"truncated pack without an index", func(t *testing.T, g *repos.Git, needle string) {
			name := packOf(t, g, ".pack")
			b := read(t, name)
			write(t, name, b[:len(b)*2/3])
			if err := os.Remove(packOf(t, g, ".idx")); err != nil {
				t.Fatal(err)
			}
			g.Pipe(needle, "hash-object", "-w", "--stdin")
		}, []string{
			`^REPO/.git/objects/pack/pack-[0-9a-f]+.pack: the pack has no index, and `,
			`^REPO/.git: \d+ objects are missing, which may be in packs that cannot be read$`,
		}},
		{"missing blob", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("conf/app.env", "A=1\n", "settings")
			g.WriteCommit("other", needle, "other")
			removeObject(t, g, g.Run("rev-parse", "HEAD:conf/app.env"))
		}, []string{`^REPO/.git: missing object [0-9a-f]{40} \(conf/app.env at commit [0-9a-f]{40}\)$`}},
		{"missing parent", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("a", "1\n", "a")
			g.WriteCommit("other", needle, "other")
			removeObject(t, g, g.Run("rev-parse", "HEAD^"))
		}, []string{`^REPO/.git: missing object [0-9a-f]{40} \(which object [0-9a-f]{40} refers to\)$`}},
		{"many missing", func(t *testing.T, g *repos.Git, needle string) {
			for i := range maxMissing + 3 {
				g.Write(fmt.Sprint("dir/", i), fmt.Sprint(i))
			}
			g.WriteCommit("other", needle, "other")
			for i := range maxMissing + 3 {
				removeObject(t, g, g.Run("rev-parse", fmt.Sprint("HEAD:dir/", i)))
			}
		}, append([]string{`^REPO/.git: 3 further objects are missing too, of 23 in all$`},
			slices.Repeat([]string{`^REPO/.git: missing object [0-9a-f]{40} \(dir/\d+ at commit [0-9a-f]{40}\)$`}, maxMissing)...)},
		{"garbage for an object", func(t *testing.T, g *repos.Git, needle string) {
			id := g.WriteCommit("other", needle, "other")
			write(t, objectFile(g, id), "garbage")
		}, []string{`^REPO/.git/objects/[0-9a-f]{2}/[0-9a-f]{38}: object [0-9a-f]{40}: zlib: invalid header$`}},
		{"partial clone", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("a", "1\n", "a")
			g.WriteCommit("other", needle, "other")
			g.Run("config", "remote.origin.promisor", "true")
			removeObject(t, g, g.Run("rev-parse", "HEAD:a"))
		}, []string{"^REPO/.git: partial clone: 1 object is missing; fetch all with `git fetch --refetch --no-filter`$"}},
		{"shallow clone", func(t *testing.T, g *repos.Git, needle string) {
			id := g.WriteCommit("other", needle, "other")
			removeObject(t, g, g.Run("rev-parse", "HEAD^"))
			write(t, filepath.Join(g.Dir, ".git/shallow"), id+"\n")
		}, []string{
			"^REPO/.git/shallow: shallow clone: history before 1 commit is missing; fetch it with `git fetch --unshallow` or scan with --history off$",
		}},
		{"garbage for a configuration", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/config"), "[core\n\x00]]\n= secret")
		}, []string{`^REPO/.git/config: malformed configuration$`}},
		{"garbage for HEAD", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/HEAD"), "garbage\n")
		}, []string{`^REPO/.git/HEAD: holds neither the id of an object nor the name of a ref$`}},
		{"HEAD without a ref", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/HEAD"), "ref:\n")
		}, []string{`^REPO/.git/HEAD: holds neither the id of an object nor the name of a ref$`}},
		{"HEAD outside of refs", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/HEAD"), "ref: ../main\n")
		}, []string{`^REPO/.git/HEAD: holds neither the id of an object nor the name of a ref$`}},
		{"HEAD without a commit", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/HEAD"), "ref: refs/heads/unborn\n")
			write(t, filepath.Join(g.Dir, ".git/refs/remotes/o/HEAD"), "ref: refs/remotes/o/gone\n")
		}, nil},
		{"refs in a circle", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/refs/odd"), "ref: refs/odd\n")
		}, []string{`^REPO/.git/refs/odd: symbolic refs in a circle, or more in a row than git follows$`}},
		{"HEAD in a circle", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/refs/heads/main"), "ref: HEAD\n")
		}, []string{
			`^REPO/.git/HEAD: symbolic refs in a circle`,
			`^REPO/.git/refs/heads/main: symbolic refs in a circle`,
		}},
		{"refs that lead away", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			refs, away := filepath.Join(g.Dir, ".git/refs"), t.TempDir()
			write(t, filepath.Join(away, "refs/a/b"), "not a ref")
			if err := os.RemoveAll(refs); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(away, "refs"), refs); err != nil {
				t.Skip("no links here:", err)
			}
		}, []string{`^REPO/.git/refs: it leads to something else than refs$`}},
		{"garbage for refs", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/refs/heads/bad"), "")
			write(t, filepath.Join(g.Dir, ".git/packed-refs"), "# pack-refs\nxyz refs/heads/worse\n")
		}, []string{
			`^REPO/.git/packed-refs: malformed lines$`,
			`^REPO/.git/refs/heads/bad: holds neither the id of an object nor the name of a ref$`,
		}},
		{"garbage for an index", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			name := filepath.Join(g.Dir, ".git/index")
			b := read(t, name)
			write(t, name, b[:len(b)/2])
		}, []string{`^REPO/.git/index: the checksum is wrong: the index is damaged; .*$`}},
		{"alternates to nowhere", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			write(t, filepath.Join(g.Dir, ".git/objects/info/alternates"), "/nowhere/at/all\n")
		}, []string{`^/nowhere/at/all: no such file or directory$`}},
		// git knows the empty tree without having it.
		{"no empty tree", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			g.Run("update-ref", "refs/heads/empty", g.Run("commit-tree", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"))
		}, nil},
		{"refs as a table", func(t *testing.T, g *repos.Git, needle string) {
			g.WriteCommit("other", needle, "other")
			g.Run("config", "core.repositoryFormatVersion", "1")
			g.Run("config", "extensions.refStorage", "reftable")
		}, []string{`^REPO/.git: refs stored as reftable are not supported`}},
		{"SHA-256", func(t *testing.T, g *repos.Git, needle string) {
			if err := os.RemoveAll(g.Dir); err != nil {
				t.Fatal(err)
			}
			repos.Init(t, g.Dir, "--object-format=sha256").WriteCommit("a", "1\n", "a")
			write(t, filepath.Join(g.Dir, ".git/hooks/pre-push"), needle)
		}, []string{`^REPO/.git: SHA-256 objects are not supported$`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, needle := t.TempDir(), marker()
			g := repos.Init(t, dir)
			g.WriteCommit("README", "a project\n", "first")
			if strings.Contains(tt.name, "pack") {
				g = longHistory(t, dir)
				g.Run("repack", "-q", "-adf")
			}
			tt.damage(t, g, needle)
			r, err := Open(dir, Options{Display: "REPO"})
			if err != nil {
				t.Fatal(err)
			}
			if len(locate(t, r, needle)) == 0 {
				t.Error("what is whole was not found")
			}
			compare(t, faultsOf(r), tt.faults)
		})
	}
}

// TestShrinkingPack cuts a pack off while it is read: that is a fault, and not
// the end of the process.
func TestShrinkingPack(t *testing.T) {
	repos.NeedGit(t)
	dir := t.TempDir()
	g := repos.Init(t, dir)
	noise := make([]byte, 2*maxHeld)
	rand.Read(noise)
	g.WriteCommit("noise", string(noise), "noise")
	g.Run("repack", "-q", "-adf")
	r, err := Open(dir, Options{Display: "REPO"})
	if err != nil {
		t.Fatal(err)
	}
	name := packOf(t, g, ".pack")
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	err = r.Walk(context.Background(), margin, func(c source.Chunk) error {
		if c.Blob.Kind == kindBlob {
			return os.Truncate(name, 4096)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "linux" {
		return // where a file that is mapped cannot shrink
	}
	if f := faultsOf(r); len(f) == 0 || !strings.Contains(f[0], ".pack: ") {
		t.Errorf("faults %q, want one for the pack", f)
	}
}

// compare matches each line with the pattern in the same place.
func compare(t *testing.T, lines, patterns []string) {
	t.Helper()
	for i := range max(len(lines), len(patterns)) {
		switch {
		case i >= len(patterns):
			t.Errorf("unexpected fault: %s", lines[i])
		case i >= len(lines):
			t.Errorf("no fault like %s", patterns[i])
		case !regexp.MustCompile(patterns[i]).MatchString(lines[i]):
			t.Errorf("fault: %s\nwant   %s", lines[i], patterns[i])
		}
	}
}

func packOf(t *testing.T, g *repos.Git, ext string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(g.Dir, ".git/objects/pack/pack-*"+ext))
	if err != nil || len(names) != 1 {
		t.Fatalf("%d files %s, want 1 (%v)", len(names), ext, err)
	}
	return names[0]
}

func objectFile(g *repos.Git, id string) string {
	return filepath.Join(g.Dir, ".git/objects", id[:2], id[2:])
}

func removeObject(t *testing.T, g *repos.Git, id string) {
	t.Helper()
	if err := os.Remove(objectFile(g, id)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FuzzPack changes bytes of a pack and its index: whatever they come to mean,
// reading them ends, without a panic.
func FuzzPack(f *testing.F) {
	repos.NeedGit(f)
	dir := f.TempDir()
	g := repos.Init(f, dir)
	for i := range 20 {
		g.WriteCommit("a", strings.Repeat(fmt.Sprintln("line", i), 50)+strings.Repeat("same\n", 100), "a")
	}
	g.Run("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adf")
	packs, _ := filepath.Glob(filepath.Join(dir, ".git/objects/pack/pack-*.pack"))
	pack, err := os.ReadFile(packs[0])
	if err != nil {
		f.Fatal(err)
	}
	index, err := os.ReadFile(strings.TrimSuffix(packs[0], ".pack") + ".idx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pack, index)
	f.Add(pack[:len(pack)/2], index)
	f.Add(bytes.ReplaceAll(pack, []byte{0x78}, []byte{0x79}), index)
	f.Fuzz(func(t *testing.T, pack, index []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
		write(t, filepath.Join(dir, "refs/heads/main"), id1+"\n")
		write(t, filepath.Join(dir, "config"), "")
		write(t, filepath.Join(dir, "objects/pack/pack-1.pack"), string(pack))
		write(t, filepath.Join(dir, "objects/pack/pack-1.idx"), string(index))
		r, err := Open(dir, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		hits := find(t, r, "line")
		if _, err := r.Locate(context.Background(), hits); err != nil {
			t.Fatal(err)
		}
	})
}

// Ids that lie: nobody checks that an object is what its id says.
const (
	id1 = "1111111111111111111111111111111111111111"
	id2 = "2222222222222222222222222222222222222222"
	id3 = "3333333333333333333333333333333333333333"
)

// putObject writes a loose object under an id of the caller's choice.
func putObject(t *testing.T, gitDir, id, kind, content string) {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "%s %d\x00%s", kind, len(content), content)
	z.Close()
	write(t, filepath.Join(gitDir, "objects", id[:2], id[2:]), b.String())
}

// treeOf returns a tree of lines "mode name id".
func treeOf(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		entry, id, _ := strings.Cut(l, " -> ")
		raw, _ := hex.DecodeString(id)
		fmt.Fprintf(&b, "%s\x00%s", entry, raw)
	}
	return b.String()
}

// TestTreesInCircles reads trees that hold each other, and a commit that is
// its own parent.
func TestTreesInCircles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(dir, "refs/heads/main"), id3+"\n")
	putObject(t, dir, id1, "tree", treeOf("40000 a -> "+id2, "100644 file -> "+strings.Repeat("4", 40)))
	putObject(t, dir, id2, "tree", treeOf("40000 b -> "+id1, "40000 b -> "+id2))
	putObject(t, dir, id3, "commit", "tree "+id1+"\nparent "+id3+"\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nx\n")
	putObject(t, dir, strings.Repeat("4", 40), "blob", "needle")
	r := mustOpen(t, dir)
	all := locate(t, r, "needle")
	if len(all) != 1 {
		t.Errorf("%d locations, want 1: %s", len(all), describe(all))
	}
	compare(t, faultsOf(r), nil)
}

// TestBomb traces a blob that stands at 2 to the power of 100 paths.
func TestBomb(t *testing.T) {
	dir := t.TempDir()
	blob := strings.Repeat("f", 40)
	putObject(t, dir, blob, "blob", "needle")
	below := "100644 file -> " + blob
	for depth := range 100 {
		id := fmt.Sprintf("%040d", depth+1)
		putObject(t, dir, id, "tree", treeOf(strings.Replace(below, " ", " a", 1), strings.Replace(below, " ", " b", 1)))
		below = "40000 x -> " + id
	}
	db := openDatabase(context.Background(), []string{filepath.Join(dir, "objects")}, Options{Workers: 1, Memory: 1 << 30}, func(file, reason string) { t.Error(file, reason) })
	tr := newTracer(context.Background(), db, 1)
	defer tr.close()
	tr.budget = 1 << 20
	tr.wanted[plumbing.NewHash(blob)] = 0
	if err := tr.trace(context.Background()); err != nil {
		t.Fatal(err)
	}
	tr.below(db.find(plumbing.NewHash(fmt.Sprintf("%040d", 100))))
	if !tr.exhausted() {
		t.Error("the budget was enough")
	}
	if len(tr.pairs) > 1<<20/128 {
		t.Errorf("%d pairs for a budget of %d bytes", len(tr.pairs), 1<<20)
	}
}

// TestDeltasInCircles reads a pack in which two objects are deltas on each
// other, and one on itself.
func TestDeltasInCircles(t *testing.T) {
	pack := []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x03")
	db := &database{memory: 1 << 30}
	name := filepath.Join(t.TempDir(), "p.pack")
	for _, e := range [][2]string{{id1, id2}, {id2, id1}, {id3, id3}} {
		db.entries = append(db.entries, entry{id: plumbing.NewHash(e[0]), offset: int64(len(pack))})
		base := plumbing.NewHash(e[1])
		pack = append(append(pack, byte(plumbing.REFDeltaObject)<<4|4), base[:]...)
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte{1, 1, 1, 'x'})
		z.Close()
		pack = append(pack, b.Bytes()...)
	}
	write(t, name, string(append(pack, make([]byte, sha1.Size)...)))
	write(t, strings.TrimSuffix(name, ".pack")+".idx", indexOf(db.entries))
	db.sort()
	p, err := gitpack.Open(name, strings.TrimSuffix(name, ".pack")+".idx")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	db.packs = append(db.packs, p)
	r := newReader(context.Background(), db, 0)
	defer r.close()
	for n := range uint32(3) {
		if o, err := r.open(n); err == nil || !strings.Contains(err.Error(), "no end") {
			t.Errorf("object %d: %+v, %v", n, o, err)
		}
	}
}

// indexOf returns the index of a pack whose checksum is zero, for entries that
// are sorted.
//
// See https://git-scm.com/docs/gitformat-pack, version 2.
func indexOf(entries []entry) string {
	b := []byte("\xfftOc\x00\x00\x00\x02")
	for first := range 256 {
		n := 0
		for n < len(entries) && int(entries[n].id[0]) <= first {
			n++
		}
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	for _, e := range entries {
		b = append(b, e.id[:]...)
	}
	b = append(b, make([]byte, 4*len(entries))...) // checksums, which nobody compares
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, uint32(e.offset))
	}
	return string(append(b, make([]byte, 2*sha1.Size)...))
}

func TestParseLooseHeader(t *testing.T) {
	tests := []struct {
		in   string
		kind int
		size int64
	}{
		{"blob 12\x00content", kindBlob, 12},
		{"commit 0\x00", kindCommit, 0},
		{"tree 9223372036854775807\x00", kindTree, 1<<63 - 1},
		{"blob 12", 0, 0},
		{"blob \x00", 0, 0},
		{"blob\x00", 0, 0},
		{"blob -1\x00", 0, 0},
		{"blob 1x\x00", 0, 0},
		{"blob 9999999999999999999\x00", 0, 0},
		{"thing 1\x00", 0, 0},
		{" 1\x00", 0, 0},
		{"", 0, 0},
	}
	for _, tt := range tests {
		kind, size, length, err := parseLooseHeader([]byte(tt.in))
		if kind != tt.kind || size != tt.size || (err == nil) != (tt.kind != 0) {
			t.Errorf("%q is of kind %d, size %d, error %v; want %d, %d", tt.in, kind, size, err, tt.kind, tt.size)
		}
		if err == nil && tt.in[length-1] != 0 {
			t.Errorf("%q has a header of %d bytes", tt.in, length)
		}
	}
}

// TestLyingSize reads objects whose header is wrong about their size.
func TestLyingSize(t *testing.T) {
	for _, size := range []int{0, 5, 7, 1 << 20, math.MaxInt} {
		dir := t.TempDir()
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		fmt.Fprintf(z, "blob %d\x00needle", size)
		z.Close()
		write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
		write(t, filepath.Join(dir, "refs/heads/main"), id1+"\n")
		write(t, filepath.Join(dir, "objects", id1[:2], id1[2:]), b.String())
		r := mustOpen(t, dir)
		find(t, r, "needle")
		if f := faultsOf(r); len(f) != 1 || !strings.Contains(f[0], "objects/11/") {
			t.Errorf("size %d: faults %q, want one for the object", size, f)
		}
	}
}

// TestDamagedDirectory says that a .git with objects that is no repository any
// more is not passed over in silence, and that an empty one is none.
func TestDamagedDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".git", "objects", "pack", "x"), "x")
	if _, err := Open(dir, Options{}); err == nil || errors.Is(err, ErrNotRepository) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("with objects: %v", err)
	}
	bare := t.TempDir()
	write(t, filepath.Join(bare, ".git", "HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(bare, ".git", "refs", "heads", "main"), id1+"\n")
	if _, err := Open(bare, Options{}); err == nil || errors.Is(err, ErrNotRepository) || !strings.Contains(err.Error(), "no objects") {
		t.Errorf("without objects: %v", err)
	}
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, ".git"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(empty, Options{}); !errors.Is(err, ErrNotRepository) {
		t.Errorf("empty: %v", err)
	}
}
