package gitrepo

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
	"github.com/leakflare/leakflare/testdata/repos"
)

// compareAll compares a tree with others, holding so much memory, and returns what
// was visited, how much was held then, and the first error.
func compareAll(t *testing.T, g *repos.Git, memory int64, tree string, others ...string) (visited []string, held int64, broken error) {
	t.Helper()
	r := mustOpen(t, g.Dir)
	opt := r.opt
	opt.Memory = memory
	db := openForLookups(t.Context(), r.objectDirs(), opt, func(file, reason string) { t.Error(file, reason) })
	reader := newReader(t.Context(), db, int(memory)/8)
	defer reader.close()
	c := newComparer(db, reader)
	before := live()
	c.visit = func(at *place, e treeEntry, _ bool) bool {
		visited = append(visited, joinPath(at.dir, string(e.name[:min(len(e.name), 8)])))
		held = max(held, live()-before)
		return false
	}
	c.broken = func(_ string, _ plumbing.Hash, err error) { broken = errors.Join(broken, err) }
	ids := make([]plumbing.Hash, len(others))
	for i := range others {
		ids[i] = plumbing.NewHash(others[i])
	}
	c.compare(plumbing.NewHash(tree), ids)
	return visited, held, broken
}

// live returns how many bytes are in use.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestCompareHoldsLittle compares trees with a great many, and such as are within
// others, all of them large: what is held does not depend on how many they are.
func TestCompareHoldsLittle(t *testing.T) {
	const memory, size = 16 << 20, 1 << 20
	g := repos.Init(t, t.TempDir())
	old := g.Pipe("old", "hash-object", "-w", "--stdin")
	now := g.Pipe("new", "hash-object", "-w", "--stdin")
	// A name that is not the same in any two, and takes room.
	long := func(i int) string { return fmt.Sprintf("x%s%d", strings.Repeat("x", size), i) }
	small := mustMakeTree(t, g, [3]string{"100644", "g", old})
	smallNow := mustMakeTree(t, g, [3]string{"100644", "g", now})
	var others []string
	for i := range 40 {
		others = append(others, mustMakeTree(t, g, [3]string{"40000", "d", small}, [3]string{"100644", "f", old}, [3]string{"100644", long(i), old}))
	}
	tree := mustMakeTree(t, g, [3]string{"40000", "d", smallNow}, [3]string{"100644", "f", now})
	visited, held, broken := compareAll(t, g, memory, tree, others...)
	if fmt.Sprint(visited) != "[d/g f]" || broken != nil {
		t.Errorf("visited %q, broken %v", visited, broken)
	}
	if held > memory {
		t.Errorf("%d MB were held", held>>20)
	}

	for i := range 40 {
		if i == 0 {
			tree = smallNow
		}
		tree = mustMakeTree(t, g, [3]string{"40000", "d", tree}, [3]string{"100644", long(i), now})
	}
	visited, held, broken = compareAll(t, g, memory, tree)
	if !errors.Is(broken, gitpack.ErrMemory) || len(visited) == 0 {
		t.Errorf("%d visited, broken %v; want an error of memory", len(visited), broken)
	}
	if held > memory {
		t.Errorf("%d MB were held", held>>20)
	}
}
