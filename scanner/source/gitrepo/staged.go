package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// stagedChanges emits what is in the index and not in the commit that is checked
// out: the contents of files, where links lead, and the names of new files.
//
// Where the index knows the tree of a directory, and the commit has the same,
// nothing in it is looked at: it is what git would commit.
func (w *walk) stagedChanges(ctx context.Context) error {
	set := w.readSettings()
	if fault := cmp.Or(unsupportedObjects(set), unsupportedRefs(set)); fault != "" {
		w.tally.Fault(w.gitName, fault)
		return ctx.Err()
	}
	name := cmp.Or(w.opt.Index, filepath.Join(w.gitDir, "index"))
	s, err := openStagingArea(name, w.gitDir, w.opt.Memory/2)
	if errors.Is(err, fs.ErrNotExist) && w.opt.Index == "" {
		if set.bare {
			w.tally.Fault(w.gitName, "a bare repository has no index: nothing can be staged in it")
		} else {
			w.tally.Empty.Store(true)
		}
		return ctx.Err()
	}
	if err != nil {
		w.tally.Fault(w.nameOf(name), "the index cannot be read: "+reason(err))
		return ctx.Err()
	}
	w.db = openFew(w.objectDirs(), w.opt, func(file, reason string) { w.tally.Fault(w.nameOf(file), reason) })
	defer w.db.close()
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	p.Go(func(ctx context.Context) error { return w.changedIn(ctx, s) })
	p.Go(func(context.Context) error {
		if err := s.main.verify(); err != nil {
			w.tally.Fault(w.nameOf(name), "the index cannot be read: "+reason(err))
		}
		return nil
	})
	if err := p.Wait(); err != nil {
		return err
	}
	w.tally.Empty.Store(w.tally.Objects.Load() == 0)
	return ctx.Err()
}

// changedIn emits what is in a staging area and not in the commit that is checked
// out. A blob that is staged at many paths is read once, and for the other paths only
// if something is found in it.
func (w *walk) changedIn(ctx context.Context, s *stagingArea) error {
	if w.opt.Archives != nil {
		w.textFound = w.packed.addStaged
	}
	seen := &sightings{found: make(map[plumbing.Hash]bool), room: w.opt.Memory / 16}
	w.emit = seen.watch(w.emit)
	err := w.eachStaged(ctx, func(ctx context.Context, send func(stagedFile) error) error {
		r := newReader(ctx, w.db, int(w.db.memory)/8)
		defer r.close()
		c := &indexComparer{walk: w, area: s, reader: r, room: roomForTrees(w.db), done: make(map[treePair]bool), again: maxAgain, changed: func(e stagedFile) error {
			r.release()
			return send(seen.first(e))
		}}
		return c.run(ctx)
	})
	if err != nil {
		return err
	}
	again := slices.DeleteFunc(seen.later, func(e stagedFile) bool { return !seen.found[e.id] })
	return w.eachStaged(ctx, func(_ context.Context, send func(stagedFile) error) error {
		for _, e := range again {
			if err := send(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sightings tell which blobs were read, at the first of the paths at which they are
// staged, and whether something was found in them.
type sightings struct {
	mu    sync.Mutex
	found map[plumbing.Hash]bool // of those that were read
	later []stagedFile           // other paths of theirs
	room  int64                  // for so many more bytes of these
}

// first returns a file as it is to be emitted at first: without its content if that
// was read for another. One that its name makes an archive is read for itself.
func (s *sightings) first(e stagedFile) stagedFile {
	byName := archive.Recognise([]byte{0}, e.path) != archive.None
	if e.gitlink || e.isLink || byName {
		return e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.found[e.id]
	switch {
	case s.room < 0: // all are read
	case known:
		s.room -= int64(len(e.path)) + stagingSize
		later := e
		later.isNew = false // its name is emitted now
		s.later = append(s.later, later)
		e.onlyName = true
	default:
		s.room -= stagingSize
		s.found[e.id] = false
	}
	return e
}

// watch returns emit, with a note of the blobs in which it finds something.
func (s *sightings) watch(emit func(source.Chunk) error) func(source.Chunk) error {
	return func(c source.Chunk) error {
		found := false
		c.Found = &found
		err := emit(c)
		if found {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.found[idOf(c.Blob)] = true
		}
		return err
	}
}

// eachStaged emits the files that tell sends, and then what is in those of them that
// are archives.
func (w *walk) eachStaged(ctx context.Context, tell func(ctx context.Context, send func(stagedFile) error) error) error {
	files := make(chan stagedFile, 64)
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	p.Go(func(ctx context.Context) error {
		defer close(files)
		return tell(ctx, func(e stagedFile) error {
			select {
			case files <- e:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	for range w.opt.Workers {
		p.Go(func(ctx context.Context) error { return w.readStaged(ctx, files) })
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return w.stagedArchives(ctx)
}

// A stagedFile is an entry of the index that is not in the commit that is checked
// out, or not as it is there.
type stagedFile struct {
	path    string
	id      plumbing.Hash
	isNew   bool // there is nothing of the name in the commit
	isLink  bool
	gitlink bool // a commit of a submodule, which is read there

	onlyName bool // what it holds is not to be emitted
}

// readStaged emits what comes from changes.
func (w *walk) readStaged(ctx context.Context, changes <-chan stagedFile) error {
	r := newReader(ctx, w.db, int(w.db.memory)/8/w.opt.Workers)
	defer r.close()
	for e := range changes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.emitStaged(r, e); err != nil {
			return err
		}
	}
	return nil
}

// emitStaged emits a staged file.
func (w *walk) emitStaged(r *reader, e stagedFile) error {
	if e.isNew {
		if err := w.text([]byte(e.path), source.Blob{Kind: kindStagedName, Path: e.path}); err != nil {
			return err
		}
	}
	if e.gitlink || e.onlyName || isEmptyObject(e.id) {
		return nil
	}
	blob := source.Blob{Kind: kindStaged, Path: e.path}
	if e.isLink {
		blob.Kind = kindStagedLink
	}
	copy(blob.Object[:], e.id[:])
	o, err := r.openID(e.id)
	switch {
	case err != nil:
		err = &brokenError{err}
	case o.kind != kindBlob:
		err = &brokenError{fmt.Errorf("object %s is of another type", e.id)}
	default:
		if w.opt.Archives != nil && !e.isLink {
			o = w.noteStaged(o, blob)
		}
		if o.rest == nil {
			err = w.text(o.data, blob)
			break
		}
		var n int64
		n, err = w.stream(o.rest, blob)
		w.tally.Bytes.Add(n)
	}
	if broken := (*brokenError)(nil); errors.As(err, &broken) {
		w.tally.Fault(e.path, "it is staged, and cannot be read: "+reason(broken.err))
		return nil
	}
	w.tally.Objects.Add(1)
	return err
}

// An indexComparer compares an index with the commit that is checked out.
type indexComparer struct {
	*walk
	area    *stagingArea
	reader  *reader
	changed func(stagedFile) error

	room  int64             // how many more bytes of trees may be held
	done  map[treePair]bool // that trees has compared
	again int               // how many more entries of those are told of again, at other paths
}

// A treePair is a tree and that which it is compared with.
type treePair struct{ id, old plumbing.Hash }

// maxAgain is how many entries of trees that a sparse index has at several paths
// are told of at each. Trees may be made so that there are any number.
const maxAgain = 1 << 14

// run calls changed for each entry of the index that is new or changed.
func (c *indexComparer) run(ctx context.Context) error {
	var head plumbing.Hash // no tree
	if !c.opt.AllStaged {
		var err error
		if head, err = c.headTree(); err != nil {
			c.tally.Fault(c.nameOf(filepath.Join(c.gitDir, "HEAD")), reason(err)+": all that is in the index was looked at")
		}
	}
	node := -1
	if len(c.area.main.trees) > 0 {
		node = 0
	}
	if err := c.dir(ctx, nil, node, head, 0); err != nil {
		return err
	}
	if c.area.err != nil {
		c.tally.Fault(c.gitName, "the index cannot be read: "+reason(c.area.err))
	}
	return nil
}

// headTree returns the tree of the commit that is checked out, zero if there is
// none yet.
func (c *indexComparer) headTree() (tree plumbing.Hash, err error) {
	id, err := c.headCommit()
	if err != nil || id.IsZero() {
		return tree, err
	}
	commit, err := c.reader.heldID(id, kindCommit)
	if err != nil {
		return tree, err
	}
	return parseCommit(commit).tree, nil
}

// dir compares the entries of the index below a directory, whose path is prefix
// and ends in a slash, with a tree; zero is an empty one. The index may know it as
// the cached tree at node, unless that is negative.
func (c *indexComparer) dir(ctx context.Context, prefix []byte, node int, tree plumbing.Hash, depth int) error {
	if node >= 0 && !tree.IsZero() {
		if t := c.area.main.trees[node]; t.count >= 0 && t.id == tree {
			return c.skip(prefix, t.count)
		}
	}
	if depth > maxDepth {
		return c.unread(prefix, errDepth)
	}
	var data []byte
	if !tree.IsZero() && !isEmptyObject(tree) {
		var err error
		if data, err = c.reader.heldID(tree, kindTree); err != nil {
			c.tally.Fault(c.nameOf(c.gitDir), fmt.Sprintf("the commit that is checked out: %s: all that is staged in %q was looked at", reason(err), string(prefix)))
		}
	}
	if depth > 0 && c.room < int64(len(data)) {
		return c.unread(prefix, errRoom)
	}
	defer func(room int64) { c.room = room }(c.room)
	c.room -= int64(len(data))
	children, area := c.children(node), c.area
	head := side{data: data}
	head.entry, head.ok = entryAt(data, 0)
	for area.ok && bytes.HasPrefix(area.path, prefix) {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, below, isDir := bytes.Cut(area.path[len(prefix):], []byte("/"))
		if len(name) == 0 {
			return c.unread(area.path, errors.New("malformed path"))
		}
		here := treeEntry{mode: area.mode, name: name}
		if isDir {
			here.mode = modeTree
		}
		e, same := head.seek(here)
		var err error
		switch {
		case isDir && len(below) == 0 && !area.isDir():
			return c.unread(area.path, errors.New("malformed path"))
		case area.isDir() && (len(below) == 0 || !same): // in a sparse index
			old := plumbing.ZeroHash
			if same {
				old = e.id
			}
			err = c.trees(ctx, strings.TrimSuffix(string(area.path), "/")+"/", area.id, old, depth+1)
			area.next()
		case isDir && same:
			child, ok := children[string(name)]
			if !ok {
				child = -1
			}
			err = c.dir(ctx, slices.Concat(prefix, name, []byte("/")), child, e.id, depth+1)
		default:
			err = c.entry(same && e.id == area.id && e.mode&0o170000 == area.mode&0o170000, !same)
			area.next()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unread notes what stands in the way of reading the rest of the index.
func (c *indexComparer) unread(path []byte, err error) error {
	c.tally.Fault(string(path), "the index cannot be read: "+reason(err))
	c.area.ok = false
	return nil
}

// children returns the positions of the trees in a cached one, by name.
func (c *indexComparer) children(node int) map[string]int {
	if node < 0 {
		return nil
	}
	m := make(map[string]int)
	trees := c.area.main.trees
	for i := node + 1; i < trees[node].end; i = trees[i].end {
		m[string(trees[i].name)] = i
	}
	return m
}

// skip passes over the n entries below a directory.
func (c *indexComparer) skip(prefix []byte, n int) error {
	for ; n > 0; n-- {
		if !c.area.ok || !bytes.HasPrefix(c.area.path, prefix) {
			return c.unread(prefix, errors.New("malformed: its cached trees are not those of its entries"))
		}
		c.area.next()
	}
	if c.area.ok && bytes.HasPrefix(c.area.path, prefix) {
		return c.unread(prefix, errors.New("malformed: its cached trees are not those of its entries"))
	}
	return nil
}

// entry tells of the current entry, which may be as it was committed.
func (c *indexComparer) entry(unchanged, isNew bool) error {
	e := &c.area.indexEntry
	if unchanged || e.intent {
		return nil
	}
	kind := e.mode & 0o170000
	return c.changed(stagedFile{path: string(e.path), id: e.id, isNew: isNew, isLink: kind == modeLink, gitlink: kind == modeGitlink})
}

// trees tells of what is in one tree and not, under the same name, in another,
// which are those of a directory that a sparse index has instead of its files.
func (c *indexComparer) trees(ctx context.Context, prefix string, id, old plumbing.Hash, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if id == old || isEmptyObject(id) {
		return nil
	}
	if depth > maxDepth {
		c.tally.Fault(prefix, reason(errDepth))
		return nil
	}
	known := c.done[treePair{id, old}]
	if known && c.again == 0 {
		c.tally.Skip(c.nameOf(c.gitDir), "directories that stand in the index many times over: they were read, but not all of their paths are known")
		return nil
	}
	c.done[treePair{id, old}] = true
	data, err := c.reader.heldID(id, kindTree)
	if err != nil {
		c.tally.Fault(prefix, "it is staged, and cannot be read: "+reason(err))
		return nil
	}
	if c.room < int64(len(data)) {
		c.tally.Fault(prefix, reason(errRoom))
		return nil
	}
	defer func(room int64) { c.room = room }(c.room)
	c.room -= int64(len(data))
	var before side
	if !old.IsZero() && !isEmptyObject(old) {
		// With an error, all is new.
		oldData, _ := c.reader.heldID(old, kindTree)
		c.room -= int64(len(oldData))
		before.data = oldData
		before.entry, before.ok = entryAt(oldData, 0)
	}
	for e := range treeEntries(data) {
		if known {
			c.again = max(c.again-1, 0)
		}
		was, ok := before.seek(e)
		path := prefix + string(e.name)
		switch {
		case e.isTree():
			oldID := plumbing.ZeroHash
			if ok {
				oldID = was.id
			}
			err = c.trees(ctx, path+"/", e.id, oldID, depth+1)
		case ok && was.id == e.id && was.mode&0o170000 == e.mode&0o170000:
		default:
			err = c.changed(stagedFile{path: path, id: e.id, isNew: !ok, isLink: e.isLink(), gitlink: e.isGitlink()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteStaged notes the blob of a staged file that is an archive. It returns the
// file's content, unread.
func (w *walk) noteStaged(o object, b source.Blob) object {
	o, f := o.recognise(b.Path)
	if f != archive.None {
		w.packed.addStaged(b)
	}
	return o
}

// stagedArchives emits what is in the staged files that are archives.
func (w *walk) stagedArchives(ctx context.Context) error {
	blobs := slices.SortedFunc(maps.Keys(w.packed.staged), func(a, b source.Blob) int { return cmp.Compare(a.Path, b.Path) })
	w.packed.staged = nil
	return w.eachArchive(ctx, len(blobs), func(ctx context.Context, r *reader, i int) error {
		// That it cannot be read was noted when its bytes were.
		o, err := r.openID(idOf(blobs[i]))
		if err != nil || o.kind != kindBlob {
			return ctx.Err()
		}
		return w.unpack(ctx, o, blobs[i], blobs[i].Path)
	})
}
