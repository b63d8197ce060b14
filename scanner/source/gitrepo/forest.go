package gitrepo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// A forest is what all trees of a database hold of subtrees and of what is
// wanted. Most trees are stored as deltas on others, and of such a tree it knows
// only in which entries it is not its base.
type forest struct {
	db     *database
	wanted map[plumbing.Hash]int // objects, there or missing, with their targets
	names  map[string]int        // names of entries, with their targets

	first bitset // the first two bytes of wanted ids

	mu      sync.Mutex        // of what follows
	words   map[string]uint32 // names of entries
	edits   []edit
	editsOf []span32 // of a tree, by number
	base    []uint32 // of a tree, by number, or none
	known   bitset   // trees that were read
	room    int      // how many more edits there may be
	short   bool     // there are trees that were not read
}

// maxTree is the size of the largest tree that is read, in bytes.
const maxTree = 16 << 20

// cut notes that a tree is not read.
func (f *forest) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.short = true
}

// A span32 is the half-open interval [start, end).
type span32 struct{ start, end uint32 }

// editSize is what an edit takes, with what is looked up by it, in bytes.
const editSize = 24

// An edit is an entry that a tree has and its base has not, or the reverse.
type edit struct {
	name uint32 // a position in words
	what node
	gone bool
}

// A node is what an entry leads to: a tree, by its number, or behind the numbers
// of all objects a target, twice that, and one more as the target of a link.
type node = uint32

// An item is an entry of a tree that is being read.
type item struct {
	start, end int // of the entry in the tree's content
	edit           // with none for what, an entry that only marks where one begins
}

// markEvery is how far apart in a tree the entries are that are remembered, at
// least, in bytes.
const markEvery = 512

func newForest(db *database, wanted map[plumbing.Hash]int, names map[string]int) *forest {
	f := &forest{
		db: db, wanted: wanted, names: names,
		words:   make(map[string]uint32),
		editsOf: make([]span32, len(db.entries)),
		base:    make([]uint32, len(db.entries)),
		known:   newBitset(len(db.entries)),
		first:   newBitset(1 << 16),
		room:    int(db.memory / 2 / editSize),
	}
	for i := range f.base {
		f.base[i] = none
	}
	for id := range wanted {
		f.first.add(firstBytes(id))
	}
	return f
}

// read reads all trees. What cannot be read is left out.
//
// Of objects outside of a pack, r reads the bases of deltas.
func (f *forest) read(ctx context.Context, r *reader, workers int) error {
	err := f.db.eachLoose(ctx, workers, func(o object) error {
		if o.kind != kindTree {
			return nil
		}
		data, err := contentOf(o)
		if err == nil {
			f.add(o.n, none, f.parse(data, nil, nil), nil)
		}
		return nil
	}, func(uint32, error) {})
	if err != nil {
		return err
	}
	var (
		mu   sync.Mutex
		lost []uint32 // trees of which there may be another copy
	)
	for place := range f.db.packs {
		// Its own, because r closes packs when it has many.
		p, _ := f.db.packs[place].Reopen()
		if p == nil {
			f.short = true
			continue
		}
		number := f.db.numbers(p)
		walk := gitpack.Walk{
			Pack: p, Workers: workers, Memory: f.db.memory, Kind: gitpack.Tree,
			Base: f.db.outside(r),
			Emit: func(o gitpack.Object) error {
				n := number(o.I)
				data, err := contentOf(object{size: o.Size, data: o.Data, rest: o.Stream})
				if err != nil || len(data) > maxTree {
					f.cut()
					return nil
				}
				before, _ := o.BaseState.([]item)
				items := f.parse(data, before, o.Copies)
				if o.State != nil {
					*o.State = items
				}
				if !f.db.isFirst(n, int32(place), o.Offset) {
					return nil
				}
				if o.Base < 0 {
					f.add(n, none, items, nil)
				} else {
					f.add(n, number(o.Base), items, before)
				}
				return nil
			},
			Broken: func(i int, _ error) {
				mu.Lock()
				defer mu.Unlock()
				lost = append(lost, number(i))
			},
		}
		err := walk.Run(ctx)
		p.Close()
		if err != nil {
			return err
		}
	}
	again := func(n uint32) {
		if data, err := r.held(n, kindTree); err == nil && len(data) <= maxTree {
			f.add(n, none, f.parse(data, nil, nil), nil)
		}
	}
	for _, n := range lost {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.known.has(n) {
			again(n)
		}
	}
	// Of objects that are there several times, one may be a delta on another
	// that by its first copy is a delta on it.
	for _, n := range f.rootless() {
		if err := ctx.Err(); err != nil {
			return err
		}
		again(n)
	}
	return nil
}

// rootless returns the trees that go by bases back to themselves.
func (f *forest) rootless() (trees []uint32) {
	const onWay, done = 1, 2
	state := make([]uint8, len(f.base))
	var way []uint32
	for n := range f.base {
		way = way[:0]
		m := uint32(n)
		for ; m != none && state[m] == 0; m = f.base[m] {
			state[m] = onWay
			way = append(way, m)
		}
		if m != none && state[m] == onWay {
			trees = append(trees, m)
		}
		for _, k := range way {
			state[k] = done
		}
	}
	return trees
}

// contentOf returns the content of an object that is a tree.
func contentOf(o object) ([]byte, error) {
	if o.rest == nil {
		return o.data, nil
	}
	if o.size > maxParsed {
		return nil, fmt.Errorf("%d bytes are too many", o.size)
	}
	return io.ReadAll(o.rest)
}

// parse returns the items of a tree. Of the items of its base those are taken
// over that stand in what was copied, and only what is between is read: where an
// entry began at one of them, it does so still.
func (f *forest) parse(tree []byte, before []item, copies []gitpack.Copy) []item {
	items := make([]item, 0, len(before)+4)
	at, marked := 0, 0
	c := 0
	// The next item of the base that is in the tree at or behind an offset, and
	// up to where all entries behind it are those of the base too.
	next := func(offset int) (i, shift, end int) {
		for ; c < len(copies); c++ {
			k := copies[c]
			if k.To+k.Length <= offset {
				continue
			}
			shift := k.To - k.From
			from := max(k.From, offset-shift)
			i, _ := slices.BinarySearchFunc(before, from, func(it item, at int) int { return it.start - at })
			if i < len(before) && before[i].end <= k.From+k.Length {
				return i, shift, k.From + k.Length
			}
		}
		return -1, 0, 0
	}
	i, shift, end := next(0)
	for at < len(tree) {
		for i >= 0 && before[i].start+shift < at {
			i, shift, end = next(at) // it begins within another entry
		}
		if i >= 0 && before[i].start+shift == at {
			// From here on all is as in the base, as far as was copied.
			for ; i < len(before) && before[i].end <= end; i++ {
				it := before[i]
				it.start, it.end = it.start+shift, it.end+shift
				items = append(items, it)
				at, marked = it.end, it.start
			}
			i, shift, end = next(at)
			continue
		}
		e, ok := entryAt(tree, at)
		if !ok {
			break
		}
		start := at
		at = e.end()
		n := len(items)
		if items = f.appendEntry(items, e); len(items) == n && (n == 0 || start >= marked+markEvery) {
			items = append(items, item{edit: edit{what: none}})
		}
		for j := n; j < len(items); j++ {
			items[j].start, items[j].end = start, at
			marked = start
		}
	}
	f.nameItems(tree, items)
	return items
}

// nameItems gives those items of a tree their names that have none yet. It asks for
// the lock once, since workers would mostly wait for one another.
func (f *forest) nameItems(tree []byte, items []item) {
	locked := false
	for i := range items {
		if items[i].name != none {
			continue
		}
		if !locked {
			f.mu.Lock()
			defer f.mu.Unlock()
			locked = true
		}
		e, _ := entryAt(tree, items[i].start)
		w, ok := f.words[string(e.name)]
		if !ok {
			w = uint32(len(f.words))
			f.words[string(e.name)] = w
		}
		items[i].name = w
	}
}

// appendEntry appends what is to be remembered of an entry, without its name.
func (f *forest) appendEntry(items []item, e treeEntry) []item {
	add := func(what node) {
		items = append(items, item{edit: edit{name: none, what: what}})
	}
	if len(f.names) > 0 {
		if target, ok := f.names[string(e.name)]; ok {
			add(f.target(target, false))
		}
	}
	if e.isGitlink() {
		return items
	}
	if e.isTree() {
		if n := f.db.find(e.id); n != none {
			add(n)
			return items
		}
	}
	if f.first.has(firstBytes(e.id)) {
		if target, ok := f.wanted[e.id]; ok {
			add(f.target(target, e.isLink()))
		}
	}
	return items
}

// target returns the node of a target.
func (f *forest) target(target int, link bool) node {
	n := node(len(f.db.entries) + 2*target)
	if link {
		n++
	}
	return n
}

// add notes a tree, of which the base has the items before.
func (f *forest) add(n, base uint32, items, before []item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.room <= 0 {
		f.short = true
		return
	}
	start := uint32(len(f.edits))
	f.base[n] = base
	f.known.add(n)
	// Both are in the order of their trees, and mostly the same.
	for len(items) > 0 || len(before) > 0 {
		switch {
		case len(items) > 0 && items[0].what == none:
			items = items[1:]
		case len(before) > 0 && before[0].what == none:
			before = before[1:]
		case len(items) > 0 && len(before) > 0 && items[0].edit == before[0].edit:
			items, before = items[1:], before[1:]
		case len(before) > 0 && (len(items) == 0 || soon(before[1:], items[0].edit)):
			e := before[0].edit
			e.gone = true
			f.edits = append(f.edits, e)
			before = before[1:]
		default:
			f.edits = append(f.edits, items[0].edit)
			items = items[1:]
		}
	}
	f.editsOf[n] = span32{start, uint32(len(f.edits))}
	f.room -= len(f.edits) - int(start)
}

// soon tells whether one of the next few items is an edit. Of a tree that has
// little to do with its base, more is told to be gone and to be there again.
func soon(items []item, e edit) bool {
	const few = 3
	return slices.ContainsFunc(items[:min(len(items), few)], func(i item) bool { return i.edit == e })
}

// sortWords returns the names of entries, sorted, and puts their positions
// there in the place of those before.
func (f *forest) sortWords() []string {
	sorted := make([]string, 0, len(f.words))
	for w := range f.words {
		sorted = append(sorted, w)
	}
	slices.Sort(sorted)
	to := make([]uint32, len(sorted))
	for i, w := range sorted {
		to[f.words[w]] = uint32(i)
	}
	for i := range f.edits {
		f.edits[i].name = to[f.edits[i].name]
	}
	f.words = nil
	return sorted
}

// gone tells whether a tree has not an entry of its base.
func (f *forest) gone(tree, name uint32, what node) bool {
	span := f.editsOf[tree]
	return slices.Contains(f.edits[span.start:span.end], edit{name, what, true})
}

// countEdits returns how many edits a tree has.
func (f *forest) countEdits(tree uint32) int { return int(f.editsOf[tree].end - f.editsOf[tree].start) }

// deltas returns the trees that are deltas on a tree.
func (f *forest) deltas() groups[uint32] {
	return group(len(f.base), func(yield func(base, tree uint32) bool) {
		for n, b := range f.base {
			if b != none && !yield(b, uint32(n)) {
				return
			}
		}
	})
}
