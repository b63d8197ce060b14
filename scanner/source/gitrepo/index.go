package gitrepo

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/leakflare/leakflare/scanner/source"
)

// stagingSize is about what a staging takes beside its path, in bytes.
const stagingSize = 80

// A staging is an entry of an index.
type staging struct {
	index string // the index, relative to the common directory
	path  string
	id    plumbing.Hash
	link  bool
}

// indexes emits the names of all staged files, of every work tree.
func (w *walk) indexes() error {
	w.namesLeft = w.opt.Memory / 2
	for _, dir := range w.gitDirs() {
		files, _ := os.ReadDir(dir) // an error is noted by who lists the plain files
		for _, f := range files {
			if !isIndex(f.Name()) {
				continue
			}
			if err := w.index(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// index emits the names in an index.
func (w *walk) index(name string) error {
	x, err := openIndex(name, w.opt.Memory/2)
	if err != nil {
		w.tally.Fault(w.nameOf(name), reason(err))
		return nil
	}
	blob := source.Blob{Kind: kindIndex, Path: w.pathOf(name)}
	var names bytes.Buffer
	c := x.entries()
	for ; c.ok; c.next() {
		if len(c.path) == 0 {
			continue // stands in the shared index
		}
		if w.namesLeft -= int64(len(c.path)) + stagingSize; w.namesLeft < 0 {
			w.tally.Fault(w.nameOf(name), "more names than may be held: not all were read; scan with a larger --memory")
			break
		}
		names.Write(c.path)
		names.WriteByte('\n')
		w.staged = append(w.staged, staging{blob.Path, string(c.path), c.id, c.mode&0o170000 == modeLink})
	}
	if err := x.verify(); err != nil {
		w.tally.Fault(w.nameOf(name), reason(err)) // what was read before is used
	} else if c.err != nil {
		w.tally.Fault(w.nameOf(name), reason(c.err))
	}
	return w.text(names.Bytes(), blob)
}
