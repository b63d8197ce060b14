package gitrepo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// A comparer finds what the tree of a commit has that those of its parents have
// not: each entry that no parent has at its path, and for which there it is
// another object.
type comparer struct {
	db     *database
	reader *reader

	// visit is told of an entry that is not a tree, or whose name is new: no
	// parent has anything at its path. It reports whether it wants to know of it
	// again, at another path or from another commit.
	visit func(at *place, e treeEntry, isNew bool) (again bool)

	// leave is told of a tree after all in it was visited. It may be nil.
	leave func(at *place)

	// broken is told of a tree that is missing or cannot be read.
	broken func(dir string, id plumbing.Hash, err error)

	stopped bool // nothing more is to be visited

	room  int64           // how many more bytes of trees may be held
	done  map[string]bool // comparisons that were made; true if something in them is wanted again
	often map[uint32]int  // with how many sets of others a tree was compared
}

// newComparer returns a comparer without visit, leave and broken.
func newComparer(db *database, r *reader) *comparer {
	return &comparer{db: db, reader: r, room: roomForTrees(db), done: make(map[string]bool), often: make(map[uint32]int)}
}

// A place is a tree that stands at a path.
type place struct {
	dir  string
	tree uint32 // number of the object
	data []byte // of that

	fresh []gitpack.Span // of data; for visit and leave
}

const (
	// maxCompared is with how many sets of others a tree is compared. After that
	// it is taken for new: trees may be made so that there are any number.
	maxCompared = 1000

	// maxDepth is how many trees within another are followed. git makes no file
	// at a path of more than 4096 bytes.
	maxDepth = 4096
)

var (
	errMissing = errors.New("it is missing")
	errDepth   = fmt.Errorf("it is within %d others: it and what is in it were not read", maxDepth)
	errRoom    = fmt.Errorf("it is within others that are too large: it and what is in it were not read: %w", gitpack.ErrMemory)
)

// roomForTrees returns how many bytes of trees are held at once, by one who goes
// down from trees to those in them. It is exceeded by no more than two.
func roomForTrees(db *database) int64 { return db.memory / 4 }

// compare visits what a tree has and none of some others have. A tree that is missing
// has nothing.
func (c *comparer) compare(tree plumbing.Hash, others []plumbing.Hash) {
	c.trees("", 0, tree, others)
}

// trees is compare, so many trees deep, and reports whether something was visited
// that is wanted again.
func (c *comparer) trees(dir string, depth int, id plumbing.Hash, others []plumbing.Hash) bool {
	if c.stopped || slices.Contains(others, id) || isEmptyObject(id) {
		return false
	}
	tree := c.db.find(id)
	if tree == none {
		c.broken(dir, id, errMissing)
		return false
	}
	if depth == maxDepth {
		c.broken(dir, id, errDepth)
		return false
	}
	var olds []uint32
	if c.often[tree] < maxCompared {
		olds = c.numbers(dir, others)
	}
	key := comparison(tree, olds)
	again, known := c.done[key]
	if known && !again {
		return false
	}
	if !known {
		c.often[tree]++
		c.done[key] = false // until it is known; ids that lie may make circles
	}
	data, err := c.reader.held(tree, kindTree)
	if err != nil {
		c.broken(dir, id, err)
		return false
	}
	if depth > 0 && c.room < int64(len(data)) {
		c.broken(dir, id, errRoom)
		return false
	}
	defer func(room int64) { c.room = room }(c.room)
	c.room -= int64(len(data))
	again = false
	at := &place{dir: dir, tree: tree, data: data}
	sides := c.open(dir, olds)
	var below []plumbing.Hash
	for e := range treeEntries(data) {
		isNew, same := true, false
		below = below[:0]
		for i := range sides {
			old, ok := sides[i].seek(e)
			if !ok {
				continue
			}
			isNew = false
			same = same || old.id == e.id
			if e.isTree() {
				below = append(below, old.id)
			}
		}
		if same {
			continue
		}
		if isNew || !e.isTree() {
			again = c.visit(at, e, isNew) || again
		}
		if e.isTree() {
			again = c.trees(joinPath(dir, string(e.name)), depth+1, e.id, slices.Clone(below)) || again
		}
	}
	if c.leave != nil {
		c.leave(at)
	}
	c.done[key] = again
	return again
}

// numbers returns the numbers of trees, each once, in order.
func (c *comparer) numbers(dir string, ids []plumbing.Hash) (numbers []uint32) {
	for _, id := range ids {
		n := c.db.find(id)
		if n == none && !isEmptyObject(id) {
			c.broken(dir, id, errMissing)
		}
		if n != none {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// comparison returns the key of a comparison.
func comparison(tree uint32, olds []uint32) string {
	key := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+4*len(olds)), tree)
	for _, n := range olds {
		key = binary.LittleEndian.AppendUint32(key, n)
	}
	return string(key)
}

// open returns the contents of trees: of one, and of as many more as take no more
// than half of the room, as what is in them needs some too. Without the others more
// is taken for new: a commit may have any number of parents.
func (c *comparer) open(dir string, trees []uint32) (sides []side) {
	for least := c.room / 2; len(trees) > 0 && (len(sides) == 0 || c.room > least); trees = trees[1:] {
		n := trees[0]
		data, err := c.reader.held(n, kindTree)
		if err != nil {
			c.broken(dir, c.db.entries[n].id, err)
			continue
		}
		c.room -= int64(len(data))
		s := side{data: data}
		s.entry, s.ok = entryAt(data, 0)
		sides = append(sides, s)
	}
	return sides
}

// A side is a tree that another is compared with, read as far as that one.
type side struct {
	data  []byte
	entry treeEntry
	ok    bool // there is an entry
}

// seek returns the entry of the same name, as a tree if e is one. Entries are to
// be sought in their order; of a tree that is not in order some are not found,
// which makes more of it new.
func (s *side) seek(e treeEntry) (treeEntry, bool) {
	for s.ok && compareNames(s.entry, e) < 0 {
		s.entry, s.ok = entryAt(s.data, s.entry.end())
	}
	return s.entry, s.ok && compareNames(s.entry, e) == 0
}

// compareNames orders entries as they are in a tree: as if the name of a tree
// ended in a slash.
func compareNames(a, b treeEntry) int {
	n := min(len(a.name), len(b.name))
	if c := bytes.Compare(a.name[:n], b.name[:n]); c != 0 {
		return c
	}
	return int(behind(a, n)) - int(behind(b, n))
}

// behind returns the byte behind the first n of a name.
func behind(e treeEntry, n int) byte {
	switch {
	case n < len(e.name):
		return e.name[n]
	case e.isTree():
		return '/'
	}
	return 0
}
