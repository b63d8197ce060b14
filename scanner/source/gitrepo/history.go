package gitrepo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// A history is the graph of all commits, reachable or not. After sort, commits
// are known by their position in commits, and parents come before children in
// order.
type history struct {
	mu      sync.Mutex
	commits []commit
	parents []uint32 // of all commits: numbers of objects, then positions of commits, or none
	order   []uint32 // positions

	positions []uint32 // by the number of an object, or none
}

// A commit takes little room, because there may be millions.
type commit struct {
	n     uint32 // number of the object
	tree  uint32 // number of the object, or none
	first uint32 // of its parents
	count uint32 // of its parents
	date  int64  // of the committer, in seconds
}

// objects emits every object of a database and collects the history.
func (w *walk) objects(ctx context.Context, db *database) error {
	w.db = db
	defer w.db.close()
	w.history, w.references = new(history), newReferences(w.db.memory)
	if w.opt.Archives != nil {
		w.textFound = w.noteText
	}
	var broken faults
	err := w.db.eachLoose(ctx, w.opt.Workers, w.object, func(n uint32, err error) {
		broken.add(w.db.entries[n].place, n, err)
	})
	for place := range w.db.packs {
		if err == nil {
			err = w.pack(ctx, int32(place), &broken)
		}
	}
	if err == nil {
		w.noted = w.unnamed.add
		err = w.archives(ctx, w.blobName)
	}
	w.noteBroken(&broken)
	w.history.sort(len(w.db.entries))
	return err
}

// pack emits the objects of a pack. Of those that are in files of their own too,
// or in packs before it, only what is in a family is emitted, and not counted.
func (w *walk) pack(ctx context.Context, place int32, broken *faults) error {
	p := w.db.packs[place]
	r := newReader(ctx, w.db, 0)
	defer r.close()
	number := w.db.numbers(p)
	walk := gitpack.Walk{
		Pack:    p,
		Reach:   w.margin,
		Sparse:  true,
		Head:    archive.HeadSize,
		Workers: w.opt.Workers,
		Memory:  w.opt.Memory,
		Skip:    func(i int) bool { return !w.db.isFirst(number(i), place, p.Offset(i)) },
		Base:    w.db.outside(r),
		Emit: func(o gitpack.Object) error {
			n := number(o.I)
			err := w.object(object{
				n: n, kind: o.Kind, size: o.Size, data: o.Data, rest: o.Stream,
				own: o.Own, changes: o.Changes, found: o.Found, again: o.Again || !w.db.isFirst(n, place, o.Offset),
			})
			if b := (*brokenError)(nil); errors.As(err, &b) {
				broken.add(place, n, b.err)
				return nil
			}
			return err
		},
		Broken: func(i int, err error) {
			if n := number(i); w.db.entries[n].place == place {
				broken.add(place, n, err)
			}
		},
	}
	return walk.Run(ctx)
}

// object emits one object and notes what it refers to.
func (w *walk) object(o object) error {
	if err := w.content(o); err != nil || o.again {
		return err
	}
	switch o.kind {
	case kindCommit:
		w.addCommit(o, w.shallow[w.db.entries[o.n].id])
	case kindTree:
		w.referAll(o)
	case kindTag:
		if id, ok := parseTag(o.data); ok && o.rest == nil {
			w.references.refer(w.db, id, mention{by: o.n})
		}
	}
	return nil
}

// content emits one object, and counts it unless it is counted elsewhere.
func (w *walk) content(o object) error {
	blob := source.Blob{Kind: o.kind}
	id := w.db.entries[o.n].id
	copy(blob.Object[:], id[:])
	if o.kind == kindBlob && !o.again && w.opt.Archives != nil {
		o = w.noteArchive(o)
	}
	var err error
	if o.rest != nil {
		_, err = w.stream(o.rest, blob)
		if err == nil && (o.kind == kindCommit || o.kind == kindTree) {
			err = &brokenError{fmt.Errorf("%d bytes are too many for what it is: nothing it refers to was looked up", o.size)}
		}
	} else {
		err = w.parts(o, blob)
	}
	if err != nil || o.again {
		return err
	}
	w.tally.Bytes.Add(o.size)
	w.tally.Objects.Add(1)
	if o.kind == kindCommit {
		w.tally.Commits.Add(1)
	}
	return nil
}

// parts emits the parts of an object that were not in the base of its delta.
func (w *walk) parts(o object, blob source.Blob) error {
	ids := 0
	if o.kind == kindCommit && !o.again {
		ids = idLines(o.data)
	}
	for _, part := range o.own {
		if part.Start = max(part.Start, ids); part.Start >= part.End {
			continue
		}
		lo, hi := max(0, part.Start-w.margin), min(len(o.data), part.End+w.margin)
		if err := w.emit(source.Chunk{
			Blob: blob, Data: o.data[lo:hi:hi], Offset: int64(lo),
			Own: source.Span{Start: part.Start - lo, End: part.End - lo}, Found: o.found,
		}); err != nil {
			return err
		}
	}
	return nil
}

// referAll notes what a tree refers to, but for the entries that its base had.
func (w *walk) referAll(o object) {
	var room [8]uint32
	subtrees := room[:0]
	at := 0 // where the entries begin that were not looked at
	for _, c := range o.changes {
		if c.End < at {
			continue
		}
		for e := range treeEntriesFrom(o.data, entryBefore(o.data, c.Start, at)) {
			if e.end() >= c.Start && !e.isGitlink() {
				if n := w.references.refer(w.db, e.id, mention{by: o.n}); n != none && e.isTree() {
					subtrees = append(subtrees, n)
				}
			}
			if at = e.end(); at > c.End {
				break
			}
		}
	}
	w.references.addUses(o.n, subtrees)
}

// addCommit adds a commit. It may be called concurrently.
func (w *walk) addCommit(o object, shallow bool) {
	head := parseCommit(o.data)
	by := mention{by: o.n}
	c := commit{n: o.n, tree: w.references.refer(w.db, head.tree, by), date: parseSeconds(head.committer)}
	var parents []uint32
	if !shallow {
		for _, id := range head.parents {
			if n := w.references.refer(w.db, id, by); n != none {
				parents = append(parents, n)
			}
		}
	}
	h := w.history
	h.mu.Lock()
	defer h.mu.Unlock()
	c.first, c.count = uint32(len(h.parents)), uint32(len(parents))
	h.parents = append(h.parents, parents...)
	h.commits = append(h.commits, c)
}

// sort makes parents positions of commits, and orders the commits of a database
// of so many objects.
func (h *history) sort(objects int) {
	h.positions = make([]uint32, objects)
	for i := range h.positions {
		h.positions[i] = none
	}
	for i, c := range h.commits {
		h.positions[c.n] = uint32(i)
	}
	sorted := make([]commit, 0, len(h.commits))
	for n, i := range h.positions {
		if i != none {
			h.positions[n] = uint32(len(sorted))
			sorted = append(sorted, h.commits[i])
		}
	}
	h.commits = sorted
	for i, n := range h.parents {
		h.parents[i] = h.position(n)
	}
	// Kahn's algorithm, over the edges from parents to children.
	n := len(h.commits)
	waits := make([]uint32, n) // how many parents are not in order yet
	children := group(n, func(yield func(parent, child uint32) bool) {
		for c := range uint32(n) {
			for _, p := range h.parentsOf(c) {
				if !yield(p, c) {
					return
				}
			}
		}
	})
	for c := range uint32(n) {
		waits[c] = uint32(len(h.parentsOf(c)))
	}
	h.order = make([]uint32, 0, n)
	for c := range uint32(n) {
		if waits[c] == 0 {
			h.order = append(h.order, c)
		}
	}
	for i := 0; i < len(h.order); i++ {
		p := h.order[i]
		for _, c := range children.of(p) {
			if waits[c]--; waits[c] == 0 {
				h.order = append(h.order, c)
			}
		}
	}
	// Ids that are hashes make no circles. Ids that lie are put somewhere.
	for c := range uint32(n) {
		if waits[c] > 0 {
			h.order = append(h.order, c)
		}
	}
}

// position returns the position of the commit that is object n, or none.
func (h *history) position(n uint32) uint32 {
	if n >= uint32(len(h.positions)) {
		return none
	}
	return h.positions[n]
}

// parentsOf returns the positions of the parents of a commit that are there.
func (h *history) parentsOf(c uint32) []uint32 {
	first, count := h.commits[c].first, h.commits[c].count
	parents := h.parents[first : first+count]
	if slices.Contains(parents, none) {
		parents = slices.DeleteFunc(slices.Clone(parents), func(p uint32) bool { return p == none })
	}
	return parents
}

// reachable returns the positions of the commits in the history of any tip.
func (h *history) reachable(tips []uint32) bitset {
	set := newBitset(len(h.commits))
	for _, c := range tips {
		if c != none {
			set.add(c)
		}
	}
	for _, c := range slices.Backward(h.order) {
		if set.has(c) {
			for _, p := range h.parentsOf(c) {
				set.add(p)
			}
		}
	}
	return set
}

// containing returns for each group of commits the tips whose history has one
// of them, the first so many in the order of tips. A tip is the position of a
// commit, or none.
func (h *history) containing(groups [][]uint32, tips []uint32, limit int) [][]int {
	result := make([][]int, len(groups))
	below := make([]uint64, len(h.commits)) // of which of up to 64 groups each commit's history has one
	for start := 0; start < len(groups); start += 64 {
		clear(below)
		batch := groups[start:min(start+64, len(groups))]
		for i, group := range batch {
			for _, c := range group {
				below[c] |= 1 << i
			}
		}
		for _, c := range h.order {
			for _, p := range h.parentsOf(c) {
				below[c] |= below[p]
			}
		}
		for t, c := range tips {
			if c == none {
				continue
			}
			for i := range batch {
				if below[c]>>i&1 != 0 && len(result[start+i]) < limit {
					result[start+i] = append(result[start+i], t)
				}
			}
		}
	}
	return result
}

// noteShallow notes that the history is cut off behind some commits.
func (w *walk) noteShallow() {
	if n := len(w.shallow); n > 0 {
		w.tally.Fault(w.nameOf(filepath.Join(w.common, "shallow")), fmt.Sprintf("shallow clone: history before %s is missing; fetch it with `git fetch --unshallow` or scan with --history off", count(n, "commit")))
	}
}

// readShallow returns the commits whose parents were not fetched.
func (r *Repository) readShallow() map[plumbing.Hash]bool {
	name := filepath.Join(r.common, "shallow")
	text, err := readSmall(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.tally.Fault(r.nameOf(name), reason(err))
	}
	shallow := make(map[plumbing.Hash]bool)
	for digits := range strings.FieldsSeq(text) {
		if id, ok := parseID([]byte(digits)); ok {
			shallow[id] = true
		}
	}
	return shallow
}

// faults collects the objects that could not be read, by the place they are in.
type faults struct {
	mu      sync.Mutex
	byPlace map[int32][]objectFault
	more    map[int32]int // further ones
}

type objectFault struct {
	n   uint32
	err error
}

func (f *faults) add(place int32, n uint32, err error) {
	const most = 10_000
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byPlace == nil {
		f.byPlace, f.more = make(map[int32][]objectFault), make(map[int32]int)
	}
	if len(f.byPlace[place]) == most {
		f.more[place]++
		return
	}
	f.byPlace[place] = append(f.byPlace[place], objectFault{n, err})
}

// noteBroken notes a fault for each pack that has objects which cannot be read,
// and for each object in a file of its own, up to some number.
func (w *walk) noteBroken(f *faults) {
	for place, all := range f.byPlace {
		slices.SortFunc(all, func(a, b objectFault) int { return cmp.Compare(a.n, b.n) })
		more := len(all) + f.more[place]
		hint := ""
		if slices.ContainsFunc(all, func(o objectFault) bool { return errors.Is(o.err, gitpack.ErrMemory) }) {
			hint = "; scan with a larger --memory"
		}
		if place < 0 {
			for _, o := range all[:min(len(all), maxMissing)] {
				e := w.db.entries[o.n]
				w.tally.Fault(w.nameOf(w.db.file(e)), fmt.Sprintf("object %s: %s%s", e.id, reason(o.err), hint))
				more--
			}
			if more > 0 {
				w.tally.Fault(w.nameOf(w.db.dirs[-1-place]), count(more, "further object")+" cannot be read")
			}
			continue
		}
		e := w.db.entries[all[0].n]
		why := fmt.Sprintf("object %s: %s", e.id, reason(all[0].err))
		if more > 1 {
			why = fmt.Sprintf("%d objects cannot be read; the first is %s", more, why)
		}
		w.tally.Fault(w.nameOf(w.db.file(e)), why+hint)
	}
}

// oldest returns the position of the commit that was committed first, and of
// several such that with the least id.
func (h *history) oldest(commits []uint32) uint32 {
	return slices.MinFunc(commits, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(h.commits[a].date, h.commits[b].date), cmp.Compare(a, b))
	})
}

// count returns "1 thing" or "2 things".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// are returns "1 thing is" or "2 things are".
func are(n int, thing string) string {
	if n == 1 {
		return count(n, thing) + " is"
	}
	return count(n, thing) + " are"
}
