package gitrepo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestMissing leaves objects out of a pack whose trees are deltas on each other.
// For each that is named, git finds it at that path of that commit.
func TestMissing(t *testing.T) {
	g := repos.Init(t, t.TempDir())
	gone := make(map[string]bool)
	for i := range 60 {
		for j := range 30 {
			g.Write(fmt.Sprintf("a/b%d/file %d", j%3, j), fmt.Sprint(j))
		}
		g.Write("a/b1/c/d/other", fmt.Sprint("version ", i))
		g.Commit("version")
		if i%5 == 0 {
			gone[g.Run("rev-parse", "HEAD:a/b1/c/d/other")] = true
		}
	}
	gone[g.Run("rev-parse", "HEAD:a/b2/file 2")] = true
	gone[g.Run("rev-parse", "HEAD~20:a/b1/c")] = true
	g.Write("a/new", "in no commit")
	g.Run("add", "-A")
	tree := g.Run("write-tree")
	gone[g.Run("rev-parse", tree+":a/new")] = true

	objects := slices.DeleteFunc(strings.Split(g.Run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)"), "\n"),
		func(id string) bool { return gone[id] })
	name := g.Pipe(strings.Join(objects, "\n"), "pack-objects", "-q", ".git/objects/pack/pack")
	if deltas := strings.Count(g.Run("verify-pack", "-v", ".git/objects/pack/pack-"+name+".idx"), " 1 "); deltas == 0 {
		t.Fatal("no deltas")
	}
	loose, _ := filepath.Glob(filepath.Join(g.Dir, ".git/objects/??"))
	for _, dir := range loose {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}

	r, err := Open(g.Dir, Options{Display: "REPO"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Walk(context.Background(), margin, func(source.Chunk) error { return nil }); err != nil {
		t.Fatal(err)
	}
	paths := 0
	for _, fault := range faultsOf(r) {
		m := regexp.MustCompile(`^REPO/.git: missing object (\w+) \((?:(.+) at commit (\w+)|which object (\w+) refers to)\)$`).FindStringSubmatch(fault)
		if m == nil {
			t.Fatal(fault)
		}
		id, path, commit, by := m[1], m[2], m[3], m[4]
		switch {
		case !gone[id]:
			t.Error("not missing:", fault)
		case by != "":
			if !strings.Contains(g.Run("ls-tree", by), id+"\tnew") {
				t.Error("not there:", fault)
			}
		default:
			paths++
			if got := g.Run("rev-parse", commit+":"+path); got != id {
				t.Errorf("%s: there is %s", fault, got)
			}
		}
		delete(gone, id)
	}
	if len(gone) > 0 || paths < 14 {
		t.Errorf("%d with a path, not named: %v", paths, gone)
	}

	// Without room for uses, they are named all the same.
	w := &walk{Repository: r, references: newReferences(0)}
	w.references.addUses(0, []uint32{1})
	if len(w.references.uses) > 0 {
		t.Error("no room was enough")
	}
}

// TestMissingDeep leaves out what stands at the bottom of trees that are nested
// deeper than a path can be long: it is named all the same, and soon.
func TestMissingDeep(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/main\n")
	below := "100644 file -> " + strings.Repeat("f", 40)
	name := strings.Repeat("n", 100)
	for depth := range 2000 {
		id := fmt.Sprintf("%040d", depth+1)
		putObject(t, dir, id, "tree", treeOf(below))
		below = "40000 " + name + " -> " + id
	}
	commit := strings.Repeat("c", 40)
	write(t, filepath.Join(dir, "refs/heads/main"), commit+"\n")
	putObject(t, dir, commit, "commit", "tree "+fmt.Sprintf("%040d", 2000)+"\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nx\n")
	r := mustOpen(t, dir)
	locate(t, r, "needle")
	faults := faultsOf(r)
	if want := "which object " + fmt.Sprintf("%040d", 1) + " refers to"; len(faults) != 1 || !strings.Contains(faults[0], want) {
		t.Errorf("%.300q, want %s", faults, want)
	}
}
