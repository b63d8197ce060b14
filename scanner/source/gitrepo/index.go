package gitrepo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/leakflare/leakflare/scanner/source"
)

// A staging is an entry of an index.
type staging struct {
	index string // the index, relative to the common directory
	path  string
	id    plumbing.Hash
	link  bool
}

// indexes emits the names of all staged files, of every work tree.
func (w *walk) indexes() error {
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
	entries, err := readIndex(name)
	if err != nil {
		w.tally.Fault(w.nameOf(name), reason(err)) // what was read before is used
	}
	blob := source.Blob{Kind: kindIndex, Path: w.pathOf(name)}
	var names strings.Builder
	for _, e := range entries {
		if e.Name == "" {
			continue // stands in the shared index
		}
		names.WriteString(e.Name + "\n")
		w.staged = append(w.staged, staging{blob.Path, e.Name, e.Hash, e.Mode == filemode.Symlink})
	}
	return w.text([]byte(names.String()), blob)
}

// readIndex returns the entries of an index, and with an error those that were
// read before it.
//
// See https://git-scm.com/docs/index-format.
func readIndex(name string) (entries []*index.Entry, err error) {
	f, info, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var idx index.Index
	defer func() {
		if p := recover(); p != nil {
			entries, err = idx.Entries, fmt.Errorf("malformed: %v", p)
		}
	}()
	err = index.NewDecoder(bufio.NewReader(f)).Decode(&idx)
	switch {
	case errors.Is(err, index.ErrUnknownExtension):
		err = nil // a split or sparse index; all entries come before extensions
	case errors.Is(err, index.ErrInvalidChecksum) && endsInZeros(f, info.Size()):
		err = nil // index.skipHash
	}
	return idx.Entries, err
}

// endsInZeros tells whether the last bytes of f, where a checksum would be,
// are zero.
func endsInZeros(f io.ReaderAt, size int64) bool {
	var sum plumbing.Hash
	n, _ := f.ReadAt(sum[:], max(0, size-int64(len(sum))))
	return n == len(sum) && sum.IsZero()
}
