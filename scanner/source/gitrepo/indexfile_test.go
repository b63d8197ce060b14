package gitrepo

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/format/index"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestIndexLikeGoGit reads indexes that git wrote as go-git does.
func TestIndexLikeGoGit(t *testing.T) {
	repos.NeedGit(t)
	for _, version := range []string{"2", "3", "4"} {
		t.Run(version, func(t *testing.T) {
			g := repos.Init(t, t.TempDir())
			for i := range 300 {
				g.Write(fmt.Sprintf("dir%d/%s/f", i%7, strings.Repeat("x", i%30+1)), fmt.Sprint(i))
				g.Write(fmt.Sprintf("dir%d-%d", i%7, i), fmt.Sprint(i))
			}
			long := strings.Repeat(strings.Repeat("d", 200)+"/", 15) + "f" // more than a length has bits for, nearly
			g.Write(long, "x")
			g.Write(long[1:], "x")
			g.Commit("first")
			g.Write("new", "x")
			id := g.Pipe("x", "hash-object", "-w", "--stdin")
			g.Pipe(fmt.Sprintf("100644 %s 1\tboth\n100644 %s 2\tboth\n100755 %s 3\tboth\n", id, id, id), "update-index", "--index-info")
			if version != "2" {
				g.Run("add", "-N", "new")
			}
			if version == "4" {
				g.Run("update-index", "--index-version", "4")
			}
			name := filepath.Join(g.Dir, ".git/index")
			x, err := openIndex(name, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if err := x.verify(); err != nil {
				t.Error(err)
			}
			if fmt.Sprint(x.version) != version {
				t.Fatalf("version %d", x.version)
			}
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var want index.Index
			if err := index.NewDecoder(f).Decode(&want); err != nil {
				t.Fatal(err)
			}
			c := x.entries()
			for _, e := range want.Entries {
				if !c.ok || string(c.path) != e.Name || c.id != e.Hash || c.mode != uint32(e.Mode) || c.stage != int(e.Stage) || c.intent != e.IntentToAdd {
					t.Fatalf("got %+v (%s), want %+v", c.indexEntry, c.path, e)
				}
				c.next()
			}
			if c.ok || c.err != nil {
				t.Errorf("after the last: %t, %v", c.ok, c.err)
			}
			if err := x.readExtensions(c.at); err != nil {
				t.Error(err)
			}
			var trees []string
			for _, n := range x.trees {
				if n.count >= 0 {
					trees = append(trees, fmt.Sprint(string(n.name), n.count, n.id))
				}
			}
			var wantTrees []string
			for _, n := range want.Cache.Entries {
				if n.Entries >= 0 {
					wantTrees = append(wantTrees, fmt.Sprint(n.Path, n.Entries, n.Hash))
				}
			}
			if len(trees) == 0 || !slices.Equal(trees, wantTrees) {
				t.Errorf("got the trees %q, want %q", trees, wantTrees)
			}
		})
	}
}

// anIndex is an index of one file, with an extension.
func anIndex(version uint32, flags []byte, path, extension string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("DIRC"), version)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = append(b, make([]byte, 24)...)
	b = binary.BigEndian.AppendUint32(b, 0o100644)
	b = append(b, make([]byte, 12+20)...)
	b = append(append(b, flags...), path...)
	b = append(b, extension...)
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}

// TestMalformedIndex tells what is said of indexes that no git wrote.
func TestMalformedIndex(t *testing.T) {
	plain := func(extension string) []byte { return anIndex(2, []byte{0, 1}, "a\x00", extension) }
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"sound", plain(""), ""},
		{"an unknown extension", plain("XXXX\x00\x00\x00\x01z"), ""},
		{"a required extension", plain("xxxx\x00\x00\x00\x01z"), `extension "xxxx" is not supported`},
		{"a long extension", plain("XXXX\x00\x00\x00\x02z"), "malformed extension"},
		{"half an extension", plain("XXXX"), "malformed extension"},
		{"trees that do not end", plain("TREE\x00\x00\x00\x07\x00-1 0x\n"), "malformed extension TREE"},
		{"trees that are missing", plain("TREE\x00\x00\x00\x06\x00-1 1\n"), "malformed extension TREE"},
		{"two roots", plain("TREE\x00\x00\x00\x0c\x00-1 0\n\x00-1 0\n"), "malformed extension TREE"},
		{"a short link", plain("link\x00\x00\x00\x01z"), "malformed extension link"},
		{"version 5", anIndex(5, []byte{0, 1}, "a\x00", ""), "index version 5 is not supported"},
		{"flags that version 2 has not", anIndex(2, []byte{0x40, 1, 0, 0}, "a\x00", ""), "malformed: entry 1 of 1"},
		{"a path that does not end", anIndex(2, []byte{0x0f, 0xff}, "aaaa", ""), "malformed: entry 1 of 1"},
		{"a path of another length", anIndex(2, []byte{0, 2}, "a\x00", ""), "malformed: entry 1 of 1"},
		{"more taken from a path than there is", anIndex(4, []byte{0, 1}, "\x01a\x00", ""), "malformed: entry 1 of 1"},
		{"no number", anIndex(4, []byte{0, 1}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", ""), "malformed: entry 1 of 1"},
		{"no path", anIndex(2, []byte{0, 0}, "\x00\x00", ""), "malformed: an entry without a path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "index")
			write(t, name, string(tt.data))
			_, err := openStagingArea(name, t.TempDir(), 1<<20)
			if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLargeIndex wants memory to be taken for no index that is too large, and for
// none that is no index.
func TestLargeIndex(t *testing.T) {
	const size = 512 << 20
	for head, want := range map[string]string{
		"DIRC\x00\x00\x00\x02": "512 MB are more than the 64 MB of an index that may be held; scan with a larger --memory",
		"DIRC\x00\x00\x00\x05": "index version 5 is not supported",
		"":                     "not an index",
	} {
		name := filepath.Join(t.TempDir(), "index")
		write(t, name, head)
		if err := os.Truncate(name, size); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := openIndex(name, 64<<20)
		runtime.ReadMemStats(&after)
		if fmt.Sprint(err) != want {
			t.Errorf("%q: error %v, want %s", head, err, want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%q: %d MB were taken", head, n>>20)
		}
	}
}

// TestManyStagedNames wants the names that are kept of all indexes to be no more
// than there is memory for, and a fault to say so.
func TestManyStagedNames(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("a", "1\n", "first")
	for i := range 3 {
		b := binary.BigEndian.AppendUint32([]byte("DIRC"), 4)
		b = binary.BigEndian.AppendUint32(b, 1000)
		for j := range 1000 {
			b = append(b, make([]byte, 62)...)
			if b = append(b, 0); j == 0 {
				b = append(b, strings.Repeat("a", 2000)...)
			}
			b = append(b, 'a', 0)
		}
		sum := sha1.Sum(b)
		write(t, filepath.Join(g.Dir, ".git/worktrees", fmt.Sprint(i), "index"), string(append(b, sum[:]...)))
	}
	r, err := Open(g.Dir, Options{Memory: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	find(t, r, "nothing")
	size := 0
	for _, s := range r.staged {
		size += len(s.path)
	}
	if size == 0 || size > 4<<20 {
		t.Errorf("%d bytes of names are kept", size)
	}
	if faults := faultsOf(r); !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, "worktrees/1/index: more names than") }) {
		t.Errorf("faults %q", faults)
	}
}

// TestLongPaths bounds what paths that are compressed come to.
func TestLongPaths(t *testing.T) {
	const entries = 2000
	b := binary.BigEndian.AppendUint32([]byte("DIRC"), 4)
	b = binary.BigEndian.AppendUint32(b, entries)
	for i := range entries {
		b = append(b, make([]byte, 62)...)
		b = append(b, 0) // nothing is taken away
		if i == 0 {
			b = append(b, bytes.Repeat([]byte("a"), maxIndexPath-entries)...)
		}
		b = append(b, 'a', 0)
	}
	x, err := parseIndex(append(b, make([]byte, 20)...))
	if err != nil {
		t.Fatal(err)
	}
	c := x.entries()
	for n := 0; c.ok; c.next() {
		if n += len(c.path); n > maxExpansion*len(b) {
			t.Fatalf("paths of %d bytes from %d", n, len(b))
		}
	}
	if c.err == nil {
		t.Error("no error")
	}
}

// FuzzIndex walks what is staged by an index of any bytes: whatever they come to
// mean, the walk ends, and what stands in its way is noted.
func FuzzIndex(f *testing.F) {
	repos.NeedGit(f)
	g := repos.Init(f, f.TempDir())
	g.Write("a/b", "1")
	g.Write("c", "2")
	g.Commit("first")
	g.Write("a/d", "3")
	g.Run("add", "-A")
	name := filepath.Join(g.Dir, ".git/index")
	for _, args := range [][]string{
		{"update-index", "--index-version", "2"},
		{"update-index", "--index-version", "4"},
		{"update-index", "--split-index"},
		{"write-tree"},
	} {
		g.Run(args...)
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(anIndex(4, []byte{0, 1}, "\x00a\x00", "TREE\x00\x00\x00\x06\x00-1 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := Open(g.Dir, Options{Staged: true, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Walk(context.Background(), margin, func(source.Chunk) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
}
