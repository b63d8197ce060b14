package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxMissing is how many missing objects are named.
const maxMissing = 20

// references are what a walk notes of how objects refer to others, to be able to
// say which are missing, and where they would be.
type references struct {
	mu      sync.Mutex
	missing map[plumbing.Hash]mention
	uses    []use
	room    int // for so many more uses
}

// A mention is an object that refers to a missing one; of several, that with
// the least number. A ref that does so is named.
type mention struct {
	by  uint32
	ref string
}

// A use is a tree with a subtree in an entry that its base has not. Any tree that
// is in another has one: that other, or what it is a delta on. If what has it is
// in no commit, while a delta on that is, no path is found.
type use struct{ of, by uint32 }

func newReferences(memory int64) *references {
	const size = 4 * 8 // of a use, with those that it is moved from while they grow, and its place in a group
	return &references{missing: make(map[plumbing.Hash]mention), room: int(memory / 8 / size)}
}

// refer returns the number of an object that m refers to, and notes it if it is
// missing. Like addUses it may be called concurrently.
func (r *references) refer(db *database, id plumbing.Hash, m mention) uint32 {
	n := db.find(id)
	if n != none || isEmptyObject(id) {
		return n
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, ok := r.missing[id]; !ok || m.by < old.by {
		r.missing[id] = m
	}
	return none
}

// addUses notes that a tree has some subtrees.
func (r *references) addUses(tree uint32, subtrees []uint32) {
	if len(subtrees) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.room -= len(subtrees); r.room < 0 {
		return // what is missing will be named without a path
	}
	for _, n := range subtrees {
		r.uses = append(r.uses, use{n, tree})
	}
}

// isEmptyObject tells whether id is that of the empty tree or the empty blob,
// which git knows without having them.
func isEmptyObject(id plumbing.Hash) bool {
	switch id.String() {
	case "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391":
		return true
	}
	return false
}

// noteMissing notes the objects that others refer to and that are not there.
func (w *walk) noteMissing(ctx context.Context, set settings) {
	for _, t := range w.tips() {
		if !t.id.IsZero() {
			w.references.refer(w.db, t.id, mention{none, t.name})
		}
	}
	missing := w.references.missing
	if len(missing) == 0 {
		return
	}
	var c *climber
	w.tellMissing(slices.Collect(maps.Keys(missing)), set, func(id plumbing.Hash) string {
		if c == nil {
			c = w.newClimber(ctx)
		}
		return c.where(ctx, id, missing[id])
	})
	if c != nil {
		c.reader.close()
	}
}

// tellMissing notes that some objects are missing, and of the first of them where
// they would be.
func (w *walk) tellMissing(ids []plumbing.Hash, set settings, where func(plumbing.Hash) string) {
	switch {
	case len(ids) == 0:
		return
	case w.db.unread:
		w.tally.Fault(w.gitName, are(len(ids), "object")+" missing, which may be in packs that cannot be read")
		return
	case set.partial:
		w.tally.Fault(w.gitName, fmt.Sprintf("partial clone: %s missing; fetch all with `git fetch --refetch --no-filter`", are(len(ids), "object")))
		return
	}
	slices.SortFunc(ids, func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
	named := ids[:min(len(ids), maxMissing)]
	for _, id := range named {
		w.tally.Fault(w.gitName, fmt.Sprintf("missing object %s (%s)", id, where(id)))
	}
	if more := len(ids) - len(named); more > 0 {
		w.tally.Fault(w.gitName, fmt.Sprintf("%s missing too, of %d in all", are(more, "further object"), len(ids)))
	}
}

// What a climber may spend on all that it is asked for. Trees may be nested
// without end, and as wide. What is beyond that is named without a path.
const (
	climbSteps = 1 << 22
	climbBytes = 256 << 20 // of trees that are read
	climbPath  = 4096      // bytes of a path; git makes no file of a longer one
)

// A climber finds a path to a tree, from a commit that has it, by going up.
type climber struct {
	steps, bytes int // that are left

	db      *database
	history *history
	reader  *reader
	above   groups[uint32] // trees, by their subtrees
	commits groups[uint32] // positions, by trees
}

func (w *walk) newClimber(ctx context.Context) *climber {
	n := len(w.db.entries)
	return &climber{
		steps:   climbSteps,
		bytes:   climbBytes,
		db:      w.db,
		history: w.history,
		reader:  newReader(ctx, w.db, int(w.db.memory)/8),
		above: group(n, func(yield func(of, by uint32) bool) {
			for _, u := range w.references.uses {
				if !yield(u.of, u.by) {
					return
				}
			}
		}),
		commits: group(n, func(yield func(tree, commit uint32) bool) {
			for i, c := range w.history.commits {
				if c.tree != none && !yield(c.tree, uint32(i)) {
					return
				}
			}
		}),
	}
}

// where says in words where a missing object would be, which m refers to.
func (c *climber) where(ctx context.Context, id plumbing.Hash, m mention) string {
	if m.ref != "" {
		return m.ref
	}
	if commit, path := c.path(ctx, id, m.by); commit != none {
		return fmt.Sprintf("%s at commit %s", path, c.db.entries[c.history.commits[commit].n].id)
	}
	return fmt.Sprintf("which object %s refers to", c.db.entries[m.by].id)
}

// path returns a path to an object in a tree, from a commit, or none.
func (c *climber) path(ctx context.Context, id plumbing.Hash, tree uint32) (commit uint32, path string) {
	commit, trees := c.climb(ctx, tree)
	for i, tree := range trees {
		below := id
		if i+1 < len(trees) {
			below = c.db.entries[trees[i+1]].id
		}
		name, ok := c.nameIn(tree, below)
		path = joinPath(path, name)
		if !ok || len(path) > climbPath || ctx.Err() != nil {
			return none, ""
		}
	}
	return commit, path
}

// climb returns the position of a commit that has a tree, or none, and the trees
// that lead to that, from the commit's on. Of the commits that are reached by the
// fewest trees it is the first.
func (c *climber) climb(ctx context.Context, tree uint32) (commit uint32, trees []uint32) {
	below := map[uint32]uint32{tree: none}
	for level := []uint32{tree}; len(level) > 0 && ctx.Err() == nil; {
		var commits, next []uint32
		for _, t := range level {
			commits = append(commits, c.commits.of(t)...)
			for _, up := range c.above.of(t) {
				if c.steps--; c.steps < 0 {
					return none, nil
				}
				if _, ok := below[up]; !ok {
					below[up] = t
					next = append(next, up)
				}
			}
		}
		if len(commits) > 0 {
			commit = c.history.oldest(commits)
			for t := c.history.commits[commit].tree; t != none; t = below[t] {
				if trees = append(trees, t); len(trees) > climbPath {
					return none, nil
				}
			}
			return commit, trees
		}
		// Uses were noted in no particular order.
		slices.Sort(next)
		level = next
	}
	return none, nil
}

// nameIn returns the name of an object in a tree.
func (c *climber) nameIn(tree uint32, id plumbing.Hash) (string, bool) {
	if c.bytes < 0 {
		return "", false
	}
	data, err := c.reader.held(tree, kindTree)
	if err != nil {
		return "", false
	}
	c.bytes -= len(data)
	for e := range treeEntries(data) {
		if e.id == id {
			return string(e.name), true
		}
	}
	return "", false
}
