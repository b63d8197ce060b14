package gitrepo

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// A tracer finds the paths of wanted objects, and of entries with wanted names,
// below trees. It reads each tree once, and remembers only those that lead to
// something wanted. Trees that lead to the same things have the same set.
type tracer struct {
	db     *database
	reader *reader

	// What is wanted, with the number that is its target in pairs. No number is
	// in both.
	wanted map[plumbing.Hash]int // objects, there or missing
	names  map[string]int        // names of entries

	seen   bitset           // trees that were read, or are being read
	found  map[uint32]int32 // from trees to sets; a tree without one leads nowhere
	sets   [][]int32        // positions in pairs, sorted
	setOf  map[string]int32 // from what a tree consists of to a set
	pairs  []pair
	pairAt map[pair]int32
	budget int // bytes that pairs and sets may still take
	hold   int // bytes of trees that may be held at once, beside the largest one
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

// holdBudget is how many bytes of trees are held on the way down.
const holdBudget = 256 << 20

func newTracer(db *database) *tracer {
	return &tracer{
		db:     db,
		reader: newReader(db, cacheSize),
		wanted: make(map[plumbing.Hash]int),
		names:  make(map[string]int),
		seen:   newBitset(len(db.entries)),
		found:  make(map[uint32]int32),
		setOf:  make(map[string]int32),
		pairAt: make(map[pair]int32),
		budget: traceBudget,
		hold:   holdBudget,
	}
}

func (t *tracer) close() { t.reader.close() }

// exhausted tells that there were more paths than could be held.
func (t *tracer) exhausted() bool { return t.budget < 0 }

// introductions returns for each pair the positions of the commits that
// introduced it: that have it while no parent of theirs does.
func (t *tracer) introductions(ctx context.Context, h *history) ([][]uint32, error) {
	sets := make([]int32, len(h.commits))
	for _, c := range t.readingOrder(h) {
		s, err := t.below(ctx, h.commits[c].tree)
		if err != nil {
			return nil, err
		}
		sets[c] = s
	}
	first := make([][]uint32, len(t.pairs))
	for c := range h.commits {
		if sets[c] < 0 {
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
			}
		}
	}
	return first, nil
}

// readingOrder returns the positions of all commits in the order in which their
// trees are stored. git stores the trees of a commit together, and those of
// commits that follow each other near to each other, so that this is an order
// of magnitude faster than another one.
func (t *tracer) readingOrder(h *history) []uint32 {
	order := slices.Clone(h.order)
	at := func(c uint32) entry {
		if n := h.commits[c].tree; n != none {
			return t.db.entries[n]
		}
		return entry{}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(compareStorage(at(a), at(b)), cmp.Compare(a, b))
	})
	return order
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
func (t *tracer) below(ctx context.Context, tree uint32) (int32, error) {
	// The stack is an explicit one, because trees may be nested without end.
	var stack treeStack
	if tree != none && !t.seen.has(tree) {
		t.seen.add(tree)
		stack.push(tree)
	}
	for len(stack.frames) > 0 {
		if err := ctx.Err(); err != nil {
			return -1, err
		}
		f := &stack.frames[len(stack.frames)-1]
		if f.data == nil {
			data, err := t.reader.held(f.tree, kindTree)
			if err != nil || len(data) == 0 {
				stack.pop()
				continue
			}
			stack.hold(data, t.hold)
		}
		if n := t.nextChild(f); n != none {
			t.seen.add(n)
			stack.push(n)
			continue
		}
		t.finish(f.tree, f.data)
		stack.pop()
	}
	if s, ok := t.found[tree]; ok {
		return s, nil
	}
	return -1, nil
}

// nextChild returns the next tree in that of a frame that was not seen yet, or
// none.
func (t *tracer) nextChild(f *treeFrame) uint32 {
	start := f.at
	for e := range treeEntries(f.data[start:]) {
		f.at = start + e.end()
		if !e.isTree() {
			continue
		}
		if n := t.db.find(e.id); n != none && !t.seen.has(n) {
			return n
		}
	}
	return none
}

// A treeStack is a way from a tree down to one below it. It holds the contents
// of the lowest ones only, since there is no end to how many there are.
type treeStack struct {
	frames []treeFrame
	held   int // bytes of content
	first  int // of the frames that may have content
}

type treeFrame struct {
	tree uint32
	at   int    // where the entries begin that were not looked at
	data []byte // nil if it is not held
}

func (s *treeStack) push(tree uint32) { s.frames = append(s.frames, treeFrame{tree: tree}) }

func (s *treeStack) pop() {
	last := len(s.frames) - 1
	s.held -= len(s.frames[last].data)
	s.frames[last] = treeFrame{}
	s.frames = s.frames[:last]
	s.first = min(s.first, last)
}

// hold gives the last frame its content. If there are more than limit bytes
// then, those from the other end are given up. What is given up has let more
// be read below it, so that to read it again at most doubles the work.
func (s *treeStack) hold(data []byte, limit int) {
	last := len(s.frames) - 1
	s.frames[last].data = data
	s.first = min(s.first, last)
	for s.held += len(data); s.held > limit && s.first < last; s.first++ {
		f := &s.frames[s.first]
		s.held -= len(f.data)
		f.data = nil
	}
}

// finish notes the set of a tree, whose subtrees are finished.
func (t *tracer) finish(tree uint32, data []byte) {
	// The key is what the set depends on, and is the same for most versions
	// of a tree.
	var key []byte
	add := func(kind byte, name []byte, n int) {
		key = append(key, kind)
		key = binary.AppendUvarint(key, uint64(len(name)))
		key = append(key, name...)
		key = binary.AppendUvarint(key, uint64(n))
	}
	if target, ok := t.wanted[t.db.entries[tree].id]; ok {
		add('.', nil, target)
	}
	for e := range treeEntries(data) {
		if target, ok := t.names[string(e.name)]; ok {
			add('f', e.name, target)
		}
		if e.isGitlink() {
			continue
		}
		n := none
		if e.isTree() {
			n = t.db.find(e.id)
		}
		if s, ok := t.found[n]; ok {
			add('/', e.name, int(s))
			continue
		}
		target, ok := t.wanted[e.id]
		switch {
		case !ok:
		case e.isLink():
			add('l', e.name, target)
		default:
			add('f', e.name, target)
		}
	}
	if key == nil {
		return
	}
	s, ok := t.setOf[string(key)]
	if !ok {
		s = t.newSet(key)
		t.setOf[string(key)] = s
	}
	t.found[tree] = s
}

// newSet makes the set that a key of finish describes.
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
		length, w := binary.Uvarint(key[1:])
		key = key[1+w:]
		name := string(key[:length])
		n, w := binary.Uvarint(key[length:])
		key = key[int(length)+w:]
		if kind != '/' {
			add(pair{name, int(n), kind == 'l'})
			continue
		}
		for _, i := range t.sets[n] {
			p := t.pairs[i]
			if p.path = joinPath(name, p.path); t.budget < 0 {
				break
			}
			add(p)
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
