package gitrepo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
	"github.com/leakflare/leakflare/testdata/repos"
)

// What is read of a tree out of what its base has is what is read of it alone,
// whatever is copied: also when parts of entries are, or nothing of a tree is
// left.
func TestForestParse(t *testing.T) {
	taken := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 0))
		db := &database{}
		for i := range 40 {
			e := entry{}
			e.id[0], e.id[1] = byte(i), byte(r.Uint32())
			db.entries = append(db.entries, e)
		}
		db.sort()
		names := map[string]int{"x7": 0}
		wanted := map[plumbing.Hash]int{db.entries[5].id: 1, {9, 9, 9}: 2}
		base := randomTree(r, db)
		f := newForest(db, wanted, names)
		before := f.parse(base, nil, nil)
		tree, copies := randomCopies(r, base, before)
		got := edits(f.parse(tree, before, copies))
		if want := edits(f.parse(tree, nil, nil)); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
		taken += len(got)
	}
	if taken < 6000 {
		t.Errorf("%d entries are few", taken)
	}
}

// edits returns what items are but for marks.
func edits(items []item) (all []item) {
	return slices.DeleteFunc(slices.Clone(items), func(i item) bool { return i.what == none })
}

// randomTree returns a tree of subtrees, of files, and of what looks like
// entries within entries.
func randomTree(r *rand.Rand, db *database) []byte {
	var tree []byte
	for range r.IntN(80) {
		mode := []string{"100644", "40000", "40000", "120000", "160000"}[r.IntN(5)]
		name := fmt.Sprintf("x%d", r.IntN(20))
		switch r.IntN(20) {
		case 0:
			name = "a 40000 b"
		case 1:
			name = strings.Repeat("long", r.IntN(200))
		}
		id := db.entries[r.IntN(len(db.entries))].id
		if r.IntN(10) == 0 {
			id = plumbing.Hash{9, 9, 9}
		}
		tree = fmt.Appendf(tree, "%s %s\x00%s", mode, name, id[:])
	}
	if r.IntN(10) == 0 {
		tree = tree[:r.IntN(len(tree)+1)]
	}
	return tree
}

// randomCopies makes a tree out of parts of another, often at its entries.
func randomCopies(r *rand.Rand, base []byte, items []item) (tree []byte, copies []gitpack.Copy) {
	at := 0
	somewhere := func() int {
		if len(items) > 0 && r.IntN(3) > 0 {
			return items[r.IntN(len(items))].start
		}
		return r.IntN(len(base) + 1)
	}
	for range r.IntN(6) {
		switch r.IntN(4) {
		case 0:
			tree = append(tree, base[:r.IntN(len(base)+1)]...) // inserted
		case 1:
			tree = fmt.Appendf(tree, "40000 new\x00%020d", r.IntN(9))
		case 2:
			at = somewhere()
		}
		end := max(at, somewhere())
		copies = append(copies, gitpack.Copy{From: at, To: len(tree), Length: end - at})
		tree = append(tree, base[at:end]...)
		at = end
	}
	return tree, copies
}

// A history of which most trees are deltas gives what it gives when each tree is
// whole.
func TestForestDeltas(t *testing.T) {
	repos.NeedGit(t)
	dir, whole := t.TempDir(), t.TempDir()
	g := repos.Init(t, dir)
	g.Pipe(randomStream(rand.New(rand.NewPCG(1, 2))), "fast-import", "--quiet")
	g.Run("repack", "-adfq", "--window=30")
	u := repos.Init(t, whole)
	pack := packOf(t, g, ".pack")
	u.Pipe(read(t, pack), "unpack-objects", "-q")

	r := rand.New(rand.NewPCG(3, 4))
	ids := strings.Fields(g.Run("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"))
	wanted := make(map[plumbing.Hash]int)
	for len(wanted) < 60 {
		i := 2 * r.IntN(len(ids)/2)
		if kind := ids[i+1]; kind == "blob" || kind == "tree" && r.IntN(9) == 0 {
			if _, ok := wanted[plumbing.NewHash(ids[i])]; !ok {
				wanted[plumbing.NewHash(ids[i])] = len(wanted)
			}
		}
	}
	packed, deltas := traced(t, filepath.Join(dir, ".git", "objects"), wanted)
	loose, _ := traced(t, filepath.Join(whole, ".git", "objects"), wanted)
	if deltas < 100 || len(loose) < 100 {
		t.Errorf("%d deltas and %d pairs are few", deltas, len(loose))
	}
	if !maps.Equal(packed, loose) {
		for k := range maps.Keys(packed) {
			if packed[k] != loose[k] {
				t.Errorf("%s: %s, want %s", k, packed[k], loose[k])
			}
		}
		t.Fatalf("%d pairs, want %d", len(packed), len(loose))
	}
}

// randomStream is a history for git fast-import of directories that are large
// enough for deltas.
func randomStream(r *rand.Rand) string {
	var b strings.Builder
	path := func() string {
		name := fmt.Sprintf("file-with-a-name-%d", r.IntN(60))
		for range r.IntN(4) {
			name = fmt.Sprintf("directory-%d/%s", r.IntN(9), name)
		}
		return name
	}
	for c := range 250 {
		fmt.Fprintf(&b, "commit refs/heads/b%d\nmark :%d\ncommitter a <b> %d +0000\ndata 1\nx\n", c%3, c+1, 1_700_000_000+c)
		if c >= 3 && r.IntN(10) == 0 {
			fmt.Fprintf(&b, "merge :%d\n", 1+r.IntN(c))
		}
		for range 1 + r.IntN(12) {
			if r.IntN(6) == 0 {
				fmt.Fprintf(&b, "D %s\n", path())
				continue
			}
			content := fmt.Sprint("content ", r.IntN(400))
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", path(), len(content), content)
		}
	}
	return b.String()
}

// traced returns the commits that introduced each pair, and how many trees are
// deltas.
func traced(t *testing.T, objects string, wanted map[plumbing.Hash]int) (pairs map[string]string, deltas int) {
	t.Helper()
	repo := mustOpen(t, filepath.Dir(objects))
	find(t, repo, "nothing like this")
	tr := newTracer(context.Background(), repo.db, 2)
	defer tr.close()
	maps.Copy(tr.wanted, wanted)
	if err := tr.trace(context.Background()); err != nil {
		t.Fatal(err)
	}
	first, err := tr.introductions(context.Background(), repo.history)
	if err != nil {
		t.Fatal(err)
	}
	pairs = make(map[string]string)
	for p, commits := range first {
		var ids []string
		for _, c := range commits {
			ids = append(ids, repo.db.entries[repo.history.commits[c].n].id.String())
		}
		slices.Sort(ids)
		if len(ids) > 0 {
			pairs[fmt.Sprint(tr.pairs[p])] = strings.Join(ids, " ")
		}
	}
	f := newForest(tr.db, tr.wanted, tr.names)
	if err := f.read(context.Background(), tr.reader, 2); err != nil {
		t.Fatal(err)
	}
	for _, b := range f.base {
		if b != none {
			deltas++
		}
	}
	return pairs, deltas
}

// A tree that is stored twice, once whole and once as a delta on a delta on
// itself, has its paths all the same.
func TestForestCircle(t *testing.T) {
	db := &database{memory: 1 << 28, entries: make([]entry, 3)}
	for i := range db.entries {
		db.entries[i].id[0] = byte(i + 1)
	}
	db.sort()
	f := newForest(db, map[plumbing.Hash]int{}, nil)
	f.base[0], f.base[1], f.base[2] = 1, 0, 0
	if got := f.rootless(); len(got) != 1 || got[0] > 1 {
		t.Errorf("in the circle of 0 and 1: %v", got)
	}
}

// What a hostile tree costs grows with its size.
func TestHostileTrees(t *testing.T) {
	const n = 60_000
	db := &database{memory: 1 << 28, entries: make([]entry, 2)}
	db.entries[1].id[0] = 2
	db.sort()
	takesAtMost(t, 20*time.Second, func() {
		var tree []byte
		var changes []gitpack.Span
		for i := range n { // modes that nobody has
			start := len(tree)
			tree = fmt.Appendf(tree, "100600 a%06d\x00%s", i, make([]byte, 20))
			changes = append(changes, gitpack.Span{Start: start + 8, End: start + 9})
		}
		w := &walk{Repository: &Repository{db: db, history: &history{}}}
		w.referAll(object{data: tree, changes: changes})
	})
	takesAtMost(t, 20*time.Second, func() {
		wanted := plumbing.Hash{9}
		tree := func(prefix string) (tree []byte) {
			for i := range n {
				tree = fmt.Appendf(tree, "100644 %s%06d\x00%s", prefix, i, wanted[:])
			}
			return tree
		}
		tr := newTracer(context.Background(), db, 1)
		tr.wanted[wanted] = 0
		f := newForest(db, tr.wanted, nil)
		before := f.parse(tree("a"), nil, nil)
		f.add(0, none, before, nil)
		f.add(1, 0, f.parse(tree("b"), nil, nil), before)
		tr.words = f.sortWords()
		deltas := f.deltas()
		tr.makeLists(context.Background(), f, deltas, tr.relevant(context.Background(), f, deltas))
		if len(tr.lists) != 3 || len(tr.lists[2]) != n && !tr.exhausted() {
			t.Errorf("%d lists", len(tr.lists))
		}
	})
}
