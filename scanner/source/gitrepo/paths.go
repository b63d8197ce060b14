package gitrepo

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// A tracer finds the paths of wanted objects, and of entries with wanted names,
// below trees. It reads each tree once, of most only what makes them different
// from others, and remembers only what leads to something wanted. Trees that
// lead to the same things have the same set.
type tracer struct {
	db      *database
	reader  *reader
	workers int

	// What is wanted, with the number that is its target in pairs. No number is
	// in both.
	wanted map[plumbing.Hash]int // objects, there or missing
	names  map[string]int        // names of entries

	// What trace leaves.
	words  []string         // names of entries, sorted
	lists  [][]listed       // what trees have that leads to something wanted, sorted; the first has nothing
	listOf []int32          // positions in lists, by the numbers of trees
	roots  map[uint32]int32 // for trees that are themselves wanted, their sets; unset before they are known

	setOfList []int32          // positions in sets, or -1, or one of those below
	sets      [][]int32        // positions in pairs, sorted
	setOf     map[string]int32 // from what a list leads to, to a set
	pairs     []pair
	pairAt    map[pair]int32
	budget    int  // bytes that pairs, sets and lists may still take
	short     bool // there are trees that were not read
	steps     int  // from trees to their deltas that may still be taken
}

// Of lists whose set is not known.
const (
	notYet  = -2
	awaited = -3 // it is being looked for
)

// A listed is an entry of a tree that leads to something wanted.
type listed struct {
	name uint32 // a position in words
	what node
}

// A pair is something wanted at a path, which is relative to the tree it was
// found from. The path of the tree itself is empty.
type pair struct {
	path   string
	target int
	link   bool // as the target of a symbolic link
}

// traceBudget bounds what the paths of one tracer take, in bytes. A tree may
// hold itself twice at every level, and so have any number of paths.
const traceBudget = 256 << 20

// traceSteps bounds the time that a tracer takes. A step takes some
// nanoseconds.
const traceSteps = 1 << 29

func newTracer(ctx context.Context, db *database, workers int) *tracer {
	return &tracer{
		db:      db,
		reader:  newReader(ctx, db, int(db.memory)/8),
		workers: workers,
		wanted:  make(map[plumbing.Hash]int),
		names:   make(map[string]int),
		setOf:   make(map[string]int32),
		pairAt:  make(map[pair]int32),
		budget:  traceBudget,
		steps:   traceSteps,
	}
}

func (t *tracer) close() { t.reader.close() }

// exhausted tells that there were more paths than could be found.
func (t *tracer) exhausted() bool { return t.budget < 0 || t.steps < 0 || t.short }

// trace reads all trees, once it is known what is wanted.
func (t *tracer) trace(ctx context.Context) error {
	if len(t.wanted)+len(t.names) == 0 {
		return nil
	}
	t.reader.release()
	f := newForest(t.db, t.wanted, t.names)
	if err := f.read(ctx, t.reader, t.workers); err != nil {
		return err
	}
	t.words, t.short = f.sortWords(), f.short
	deltas := f.deltas()
	t.makeLists(ctx, f, deltas, t.relevant(ctx, f, deltas))
	t.roots = make(map[uint32]int32)
	for id := range t.wanted {
		if n := t.db.find(id); n != none {
			t.roots[n] = notYet
		}
	}
	return ctx.Err()
}

// relevant returns the nodes that lead to something wanted.
func (t *tracer) relevant(ctx context.Context, f *forest, deltas groups[uint32]) bitset {
	nodes := len(t.db.entries) + 2*(len(t.wanted)+len(t.names))
	type use struct{ tree, name uint32 } // of a node, by a tree whose base does not
	uses := group(nodes, func(yield func(what node, u use) bool) {
		for tree, span := range f.editsOf {
			for _, e := range f.edits[span.start:span.end] {
				if !e.gone && !yield(e.what, use{uint32(tree), e.name}) {
					return
				}
			}
		}
	})
	var (
		found = newBitset(nodes)
		queue []node
	)
	reach := func(n node) {
		if !found.has(n) {
			found.add(n)
			queue = append(queue, n)
		}
	}
	for n := len(t.db.entries); n < nodes; n++ {
		reach(node(n))
	}
	for id := range t.wanted {
		if n := t.db.find(id); n != none {
			reach(n)
		}
	}
	var below []uint32
	for len(queue) > 0 && ctx.Err() == nil {
		what := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, u := range uses.of(what) {
			// The deltas on a tree have the entry too, but for those that say not.
			below = append(below[:0], u.tree)
			for len(below) > 0 && t.steps >= 0 {
				tree := below[len(below)-1]
				below = below[:len(below)-1]
				reach(tree)
				for _, d := range deltas.of(tree) {
					t.steps -= 1 + f.countEdits(d)/8 // which are looked through
					if !f.gone(d, u.name, what) {
						below = append(below, d)
					}
				}
			}
		}
	}
	return found
}

// makeLists lists for each tree its entries that lead to something wanted.
func (t *tracer) makeLists(ctx context.Context, f *forest, deltas groups[uint32], relevant bitset) {
	t.lists = [][]listed{nil}
	t.listOf = make([]int32, len(t.db.entries))
	var order []uint32
	for n := range uint32(len(t.db.entries)) {
		if f.known.has(n) && (f.base[n] == none || !f.known.has(f.base[n])) {
			order = append(order[:0], n)
			for len(order) > 0 && ctx.Err() == nil {
				tree := order[len(order)-1]
				order = append(order[:len(order)-1], deltas.of(tree)...)
				t.listOf[tree] = t.makeList(f, tree, relevant)
			}
		}
	}
	t.setOfList = make([]int32, len(t.lists))
	for i := range t.setOfList {
		t.setOfList[i] = notYet
	}
	t.setOfList[0] = -1
}

// makeList returns the list of a tree, which that of its base becomes by edits.
func (t *tracer) makeList(f *forest, tree uint32, relevant bitset) int32 {
	base := int32(0)
	if b := f.base[tree]; b != none {
		base = t.listOf[b]
	}
	span := f.editsOf[tree]
	edits := f.edits[span.start:span.end]
	if !slices.ContainsFunc(edits, func(e edit) bool { return relevant.has(e.what) }) {
		return base
	}
	gone := make(map[listed]bool)
	for _, e := range edits {
		if e.gone && relevant.has(e.what) {
			gone[listed{e.name, e.what}] = true
		}
	}
	list := slices.Clone(t.lists[base])
	if len(gone) > 0 {
		list = slices.DeleteFunc(list, func(l listed) bool { return gone[l] })
	}
	for _, e := range edits {
		if !e.gone && relevant.has(e.what) {
			list = append(list, listed{e.name, e.what})
		}
	}
	if len(list) == 0 {
		return 0
	}
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.what, b.what))
	})
	list = slices.Compact(list)
	if t.budget -= 8 * len(list); t.budget < 0 {
		return base
	}
	t.lists = append(t.lists, list)
	return int32(len(t.lists) - 1)
}

// introductions returns for each pair the positions of the commits that
// introduced it: that have it while no parent of theirs does.
func (t *tracer) introductions(ctx context.Context, h *history) ([][]uint32, error) {
	sets := make([]int32, len(h.commits))
	for c := range h.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sets[c] = t.below(h.commits[c].tree)
	}
	first := make([][]uint32, len(t.pairs))
	for c := range h.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if sets[c] < 0 || t.budget < 0 {
			continue
		}
		parents := h.parentsOf(uint32(c))
		if slices.ContainsFunc(parents, func(p uint32) bool { return sets[p] == sets[c] }) {
			continue
		}
		for _, pair := range t.sets[sets[c]] {
			inherited := slices.ContainsFunc(parents, func(p uint32) bool { return t.has(sets[p], pair) })
			if !inherited {
				first[pair] = append(first[pair], uint32(c))
				t.budget -= 4
			}
		}
	}
	return first, nil
}

// has tells whether a set, or -1, has a pair.
func (t *tracer) has(set, pair int32) bool {
	if set < 0 {
		return false
	}
	_, ok := slices.BinarySearch(t.sets[set], pair)
	return ok
}

// below returns the set of a tree, or -1 if it leads to nothing that is wanted.
// A tree that cannot be read leads nowhere.
func (t *tracer) below(tree uint32) int32 {
	if tree == none || t.listOf == nil {
		return -1
	}
	// The stack is an explicit one, because trees may be nested without end.
	type frame struct {
		list int32
		next int // of its entries
	}
	var stack []frame
	enter := func(list int32) {
		if t.setOfList[list] == notYet {
			t.setOfList[list] = awaited
			stack = append(stack, frame{list: list})
		}
	}
	for enter(t.listOf[tree]); len(stack) > 0; {
		f := &stack[len(stack)-1]
		list := t.lists[f.list]
		if f.next == len(list) {
			t.setOfList[f.list] = t.finish(list)
			stack = stack[:len(stack)-1]
			continue
		}
		what := list[f.next].what
		if f.next++; what < uint32(len(t.listOf)) {
			enter(t.listOf[what])
		}
	}
	return t.setOfTree(tree)
}

// setOfTree returns the set of a tree, or -1, once that of its list is known.
func (t *tracer) setOfTree(tree uint32) int32 {
	set := max(t.setOfList[t.listOf[tree]], -1) // one that holds itself leads nowhere new
	own, wanted := t.roots[tree]
	if !wanted {
		return set
	}
	if own == notYet {
		key := appendKey(nil, '.', 0, t.wanted[t.db.entries[tree].id])
		if set >= 0 {
			key = appendKey(key, '+', 0, int(set))
		}
		own = t.set(key)
		t.roots[tree] = own
	}
	return own
}

// finish returns the set of a list, or -1, once those of what is in it are
// known.
func (t *tracer) finish(list []listed) int32 {
	// The key is what the set depends on, and is the same for most versions
	// of a tree.
	var key []byte
	for _, l := range list {
		objects := uint32(len(t.listOf))
		if l.what < objects {
			if s := t.setOfTree(l.what); s >= 0 {
				key = appendKey(key, '/', l.name, int(s))
			}
			continue
		}
		kind := byte('f')
		if (l.what-objects)%2 != 0 {
			kind = 'l'
		}
		key = appendKey(key, kind, l.name, int((l.what-objects)/2))
	}
	if key == nil {
		return -1
	}
	return t.set(key)
}

func appendKey(key []byte, kind byte, name uint32, n int) []byte {
	key = append(key, kind)
	key = binary.AppendUvarint(key, uint64(name))
	return binary.AppendUvarint(key, uint64(n))
}

// set returns the set that a key describes.
func (t *tracer) set(key []byte) int32 {
	s, ok := t.setOf[string(key)]
	if !ok {
		s = t.newSet(key)
		t.setOf[string(key)] = s
	}
	return s
}

// newSet makes the set that a key describes.
func (t *tracer) newSet(key []byte) int32 {
	var set []int32
	add := func(p pair) {
		i, ok := t.pairAt[p]
		if !ok {
			if t.budget -= len(p.path) + 128; t.budget < 0 {
				return
			}
			i = int32(len(t.pairs))
			t.pairs = append(t.pairs, p)
			t.pairAt[p] = i
		}
		set = append(set, i)
	}
	t.budget -= len(key)
	for len(key) > 0 && t.budget >= 0 {
		kind := key[0]
		word, w := binary.Uvarint(key[1:])
		key = key[1+w:]
		n, w := binary.Uvarint(key)
		key = key[w:]
		switch kind {
		case '.':
			add(pair{"", int(n), false})
		case '+':
			set = append(set, t.sets[n]...)
		case '/':
			for _, i := range t.sets[n] {
				p := t.pairs[i]
				if p.path = joinPath(t.words[word], p.path); t.budget < 0 {
					break
				}
				add(p)
			}
		default:
			add(pair{t.words[word], int(n), kind == 'l'})
		}
	}
	slices.Sort(set)
	set = slices.Compact(set)
	t.budget -= 4 * len(set)
	t.sets = append(t.sets, set)
	return int32(len(t.sets) - 1)
}

// joinPath joins two paths of which either may be empty. Unlike path.Join it
// keeps names that git would not allow.
func joinPath(dir, name string) string {
	if dir == "" || name == "" {
		return dir + name
	}
	return dir + "/" + name
}

// A bitset is a set of small numbers below a bound.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(n uint32) bool { return b[n/64]>>(n%64)&1 != 0 }
func (b bitset) add(n uint32)      { b[n/64] |= 1 << (n % 64) }
