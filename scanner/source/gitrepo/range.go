package gitrepo

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// A Range says which commits of a repository are walked: those in the history of
// what Include names and not in that of what Exclude names, both as revisions:
//
//   - the id of a commit or tag, or its first digits, four at least;
//   - a branch, tag or other ref, by its full or short name, HEAD, or "@" for that;
//   - any of them with ^, ^n, ~ or ~n behind it, for parents.
//
// What these commits brought in is emitted: what each has in its tree and none of
// its parents has at the same path, be it the content of a file, where a link
// leads, or a name; and the commits themselves, with message and author. So is
// the message of a tag that Include names. Nothing else of the repository is
// read, so that the time it takes does not depend on its size.
//
// Include may name any object. A file is emitted as it is, and of a tree all that
// is in it.
//
// Where history is cut off, as in a shallow clone, everything that the last
// commit has is taken for new, and a fault says so. A commit whose date lies by
// far may be taken for one of the range.
//
// Known names commits that are excluded too where they are there, and KnownRefs
// begins the full names of refs of which that is so: refs/remotes/origin/ or, for
// all of them, refs/. They are for who is told of what others have.
//
// Pushed are refs that somebody is to get, whose objects are included too. One that
// cannot be found is a fault, and does not keep the others from being walked.
type Range struct {
	Include, Exclude, Known, KnownRefs []string

	Pushed []Push
}

// A Push is a ref that somebody is to get.
type Push struct {
	Object string // what the ref is of, as a revision
	Name   string // its full name, which is emitted too; empty if who is to get it has such a ref
}

// A changes is what a Range comes to.
type changes struct {
	include, exclude []plumbing.Hash // commits
	trees, blobs     []plumbing.Hash // that are included themselves
	tags             []plumbing.Hash // that any of those were named by
	pushed           []ref           // that are not refs of the repository
	shallow          map[plumbing.Hash]bool
	set              settings

	commits []change // of the range, parents behind children
}

// A change is a commit of a range.
type change struct {
	n       uint32 // number of the object
	tree    plumbing.Hash
	parents []plumbing.Hash // that are there, in the range or not
	olds    []plumbing.Hash // the trees of these
	date    int64           // of the committer, in seconds
}

// openRange looks up the revisions of a range.
func (r *Repository) openRange(ctx context.Context) error {
	c := &changes{set: r.readSettings()}
	r.changes = c
	if unsupportedObjects(c.set) != "" {
		return nil // which Walk notes
	}
	noRefs := unsupportedRefs(c.set)
	if noRefs == "" {
		(&walk{Repository: r}).readRefs()
	}
	r.db = openForLookups(ctx, r.objectDirs(), r.opt, func(file, reason string) {
		r.tally.Fault(r.nameOf(file), reason)
	})
	c.shallow = r.readShallow()
	reader := newReader(ctx, r.db, int(r.db.memory)/8)
	defer reader.close()
	revisions := &revisionReader{r, reader, c.shallow, noRefs}
	for _, name := range r.opt.Range.Include {
		rev, err := revisions.find(name)
		if err != nil {
			return &RevisionError{name, err}
		}
		c.add(rev)
	}
	for _, name := range r.opt.Range.Exclude {
		id, err := revisions.findCommit(name)
		if err != nil {
			return &RevisionError{name, err}
		}
		c.exclude = append(c.exclude, id)
	}
	for _, push := range r.opt.Range.Pushed {
		rev, err := revisions.find(push.Object)
		if err != nil {
			r.tally.Fault(cmp.Or(push.Name, r.gitName), "what is pushed cannot be read: "+err.Error())
		}
		c.add(rev)
		if push.Name == "" {
			continue
		}
		r.names = append(r.names, push.Name)
		if _, ok := r.refNamed(push.Name); !ok {
			c.pushed = append(c.pushed, ref{push.Name, rev.named})
		}
	}
	known := slices.Clone(r.opt.Range.Known)
	for _, ref := range r.refs {
		if slices.ContainsFunc(r.opt.Range.KnownRefs, func(prefix string) bool { return strings.HasPrefix(ref.name, prefix) }) {
			known = append(known, ref.name)
		}
	}
	for _, name := range known {
		if id, err := revisions.findCommit(name); err == nil {
			c.exclude = append(c.exclude, id)
		}
	}
	return nil
}

// add includes what a revision names, or as much of it as could be read.
func (c *changes) add(rev revision) {
	c.tags = append(c.tags, rev.tags...)
	switch rev.kind {
	case kindCommit:
		c.include = append(c.include, rev.object)
	case kindTree:
		c.trees = append(c.trees, rev.object)
	case kindBlob:
		c.blobs = append(c.blobs, rev.object)
	}
}

// walkRange emits what the commits of a range brought in.
func (w *walk) walkRange(ctx context.Context) error {
	c := w.changes
	if err := w.emitNames(); err != nil {
		return err
	}
	if why := unsupportedRefs(c.set); why != "" {
		w.tally.Fault(w.gitName, why)
	}
	if why := unsupportedObjects(c.set); why != "" {
		w.tally.Fault(w.gitName, why)
		return ctx.Err()
	}
	r := newReader(ctx, w.db, int(w.db.memory)/8)
	defer r.close()
	g := &gatherer{walk: w, reader: r, paths: make(map[plumbing.Hash]string), absent: make(map[plumbing.Hash]string)}
	if w.opt.Archives != nil {
		g.room, w.textFound = w.opt.Memory/16, w.noteText
	}
	if err := g.limit(ctx); err != nil {
		return err
	}
	w.history = c.history(w.db)
	if err := g.gather(ctx); err != nil {
		return err
	}
	if err := w.archives(ctx, g.called); err != nil {
		return err
	}
	w.tally.Repositories.Store(1)
	if len(c.commits)+len(c.tags)+len(c.trees)+len(c.blobs) == 0 {
		w.tally.Empty.Store(true)
		w.tally.Skip(w.display, w.whyEmpty())
	}
	g.noteFaults()
	return ctx.Err()
}

// whyEmpty says why a range has no commits. One that was meant the other way round
// has none either.
func (w *walk) whyEmpty() string {
	c, rg := w.changes, w.opt.Range
	if len(c.include) == 1 && len(rg.Include) == 1 && len(rg.Exclude) == 1 && c.include[0] != c.exclude[0] {
		return fmt.Sprintf("range without commits: all of %s is in the history of %s", rg.Include[0], rg.Exclude[0])
	}
	return "range without commits"
}

// A gatherer is a walk of a range.
type gatherer struct {
	*walk
	reader *reader

	paths  map[plumbing.Hash]string // of blobs, one of each; empty if it is not known
	room   int64                    // for so many more bytes of paths
	absent map[plumbing.Hash]string // objects that are missing, and where they would be
	broken faults
	cut    []plumbing.Hash // commits of the range whose parents were not fetched
}

// A candidate is a commit that is looked at to find those of a range.
type candidate struct {
	change
	excluded bool
	waits    bool // in the queue
	shallow  bool
}

// A queue holds candidates, the latest first.
type queue []*candidate

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].date > q[j].date }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(c any)        { *q = append(*q, c.(*candidate)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// slop is how many commits that are excluded are looked at after the oldest that
// is not, because dates are not always in order.
const slop = 64

// A limiter finds the commits of a range. It goes through history from the latest
// commit on, and knows that a commit is not of the range once it came to it from
// an excluded one. It ends when all that is left to look at is excluded and older
// than what is not.
type limiter struct {
	*gatherer
	known map[plumbing.Hash]*candidate
	queue queue
	open  int   // in the queue, not excluded
	least int64 // date of the oldest that is not excluded
	order []*candidate
}

// limit finds the commits of the range.
func (g *gatherer) limit(ctx context.Context) error {
	l := &limiter{gatherer: g, known: make(map[plumbing.Hash]*candidate), least: math.MaxInt64}
	for _, id := range g.changes.exclude {
		l.push(id, true)
	}
	for _, id := range g.changes.include {
		l.push(id, false)
	}
	for left := slop; len(l.queue) > 0 && left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.open == 0 && l.queue[0].date < l.least {
			left--
		}
		if l.open == 0 && len(l.order) == 0 {
			break
		}
		l.next()
	}
	for _, c := range l.order {
		if c.excluded {
			continue
		}
		if c.shallow {
			g.cut = append(g.cut, g.db.entries[c.n].id)
		}
		for _, p := range c.parents {
			c.olds = append(c.olds, l.known[p].tree)
		}
		g.changes.commits = append(g.changes.commits, c.change)
	}
	return nil
}

// next looks at the latest candidate, and takes its parents for candidates.
func (l *limiter) next() {
	c := heap.Pop(&l.queue).(*candidate)
	c.waits = false
	if !c.excluded {
		l.open--
		l.least = min(l.least, c.date)
		l.order = append(l.order, c)
	}
	c.parents = slices.DeleteFunc(c.parents, func(id plumbing.Hash) bool {
		if l.push(id, c.excluded) {
			return false
		}
		if !c.excluded {
			l.miss(id, fmt.Sprintf("a parent of commit %s", l.db.entries[c.n].id))
		}
		return true
	})
}

// push makes a commit a candidate and reports whether it is there.
func (l *limiter) push(id plumbing.Hash, excluded bool) bool {
	if c, ok := l.known[id]; ok {
		if c != nil && excluded {
			l.exclude(c)
		}
		return c != nil
	}
	l.known[id] = nil
	n := l.db.find(id)
	if n == none {
		return false
	}
	data, err := l.reader.held(n, kindCommit)
	if err != nil {
		l.broken.add(l.db.entries[n].place, n, err)
		return false
	}
	head := parseCommit(data)
	c := &candidate{
		change:   change{n: n, tree: head.tree, parents: head.parents, date: parseSeconds(head.committer)},
		excluded: excluded,
		waits:    true,
		shallow:  l.changes.shallow[id],
	}
	if c.shallow {
		c.parents = nil
	}
	l.known[id] = c
	heap.Push(&l.queue, c)
	if !excluded {
		l.open++
	}
	return true
}

// exclude notes that a candidate and all that is known of its history are not of
// the range.
func (l *limiter) exclude(c *candidate) {
	for stack := []*candidate{c}; len(stack) > 0; {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if c.excluded {
			continue
		}
		c.excluded = true
		if c.waits {
			l.open--
			continue // its parents follow when it is looked at
		}
		for _, id := range c.parents {
			if p := l.known[id]; p != nil {
				stack = append(stack, p)
			}
		}
	}
}

// history returns the graph of the commits of the range, of a database of so many
// objects.
func (c *changes) history(db *database) *history {
	h := new(history)
	for _, change := range c.commits {
		h.commits = append(h.commits, commit{
			n: change.n, tree: none, date: change.date,
			first: uint32(len(h.parents)), count: uint32(len(change.parents)),
		})
		for _, id := range change.parents {
			h.parents = append(h.parents, db.find(id))
		}
	}
	h.sort(len(db.entries))
	return h
}

// gather emits what the commits brought in.
func (g *gatherer) gather(ctx context.Context) error {
	var (
		refused error
		blobs   []uint32
		trees   = make(map[uint32]bool)
		names   = make(map[uint32]bitset)
	)
	c := newComparer(g.db, g.reader)
	c.broken = func(dir string, id plumbing.Hash, err error) {
		if errors.Is(err, errMissing) {
			g.miss(id, joinPath(dir, "."))
		} else {
			g.fault(g.db.find(id), err)
		}
	}
	c.visit = func(at *place, e treeEntry, isNew bool) bool {
		if !trees[at.tree] {
			trees[at.tree] = true
			g.tally.Objects.Add(1)
			g.tally.Bytes.Add(int64(len(at.data)))
		}
		if isNew {
			if names[at.tree] == nil {
				names[at.tree] = newBitset(len(at.data)/minEntry + 1)
			}
			if k := uint32(e.at / minEntry); !names[at.tree].has(k) {
				names[at.tree].add(k)
				at.fresh = addName(at.fresh, e)
			}
		}
		if e.isTree() || e.isGitlink() || isEmptyObject(e.id) {
			return false
		}
		if _, seen := g.paths[e.id]; seen {
			return false
		}
		g.paths[e.id] = ""
		if g.room -= int64(len(at.dir) + len(e.name)); g.room >= 0 {
			g.paths[e.id] = joinPath(at.dir, string(e.name))
		}
		if n := g.db.find(e.id); n != none {
			blobs = append(blobs, n)
		} else {
			g.miss(e.id, joinPath(at.dir, string(e.name)))
		}
		return false
	}
	c.leave = func(at *place) {
		if len(at.fresh) > 0 && refused == nil {
			refused = g.content(object{n: at.tree, kind: kindTree, data: at.data, own: at.fresh, again: true})
		}
	}
	for _, change := range g.changes.commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := g.reader.visit(change.n, g.content, g.fault); err != nil {
			return err
		}
		c.compare(change.tree, change.olds)
		if refused != nil {
			return refused
		}
	}
	for _, id := range g.changes.trees {
		if c.compare(id, nil); refused != nil {
			return refused
		}
	}
	for _, id := range g.changes.blobs {
		if _, seen := g.paths[id]; !seen && !isEmptyObject(id) {
			g.paths[id] = ""
			blobs = append(blobs, g.db.find(id))
		}
	}
	for _, id := range g.changes.tags {
		if err := g.reader.visit(g.db.find(id), g.content, g.fault); err != nil {
			return err
		}
	}
	g.db.sortByStorage(blobs)
	g.reader.release()
	return g.db.each(ctx, blobs, g.opt.Workers, g.content, g.fault)
}

// minEntry is what the shortest entry of a tree takes, without mode and name, in
// bytes: a space, a zero and an id.
const minEntry = 2 + len(plumbing.ZeroHash)

// addName adds the name of an entry to spans of the same tree. Those of entries that
// follow one another are one span: they are many.
func addName(spans []gitpack.Span, e treeEntry) []gitpack.Span {
	end := e.at + len(e.name)
	if last := len(spans) - 1; last >= 0 && e.at-spans[last].End < 2*minEntry { // there is no room for another
		spans[last].End = end
		return spans
	}
	return append(spans, gitpack.Span{Start: e.at, End: end})
}

// miss notes that an object is missing, and where it would be.
func (g *gatherer) miss(id plumbing.Hash, where string) {
	if _, ok := g.absent[id]; !ok {
		g.absent[id] = where
	}
}

// called returns what a blob is called in what is noted of it.
func (g *gatherer) called(id plumbing.Hash) string {
	return cmp.Or(g.paths[id], g.blobName(id))
}

// fault notes that an object cannot be read. It may be called concurrently.
func (g *gatherer) fault(n uint32, err error) { g.broken.add(g.db.entries[n].place, n, err) }

// noteFaults notes what could not be read.
func (g *gatherer) noteFaults() {
	g.noteBroken(&g.broken)
	g.tellMissing(slices.Collect(maps.Keys(g.absent)), g.changes.set, func(id plumbing.Hash) string { return g.absent[id] })
	if n := len(g.cut); n > 0 {
		g.tally.Fault(g.nameOf(filepath.Join(g.common, "shallow")), fmt.Sprintf(
			"shallow clone: what came before %s of the range, such as %s, is missing, so that all that is in it was taken for new; fetch it with `git fetch --unshallow`",
			count(n, "commit"), g.cut[0]))
	}
}
