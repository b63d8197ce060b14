// Package files walks directories, files and standard input.
//
// A [Tree] is read as it lies on the disk: hidden and ignored files are content
// like any other, and so are the names of files and the targets of symbolic
// links. Links are not followed, and what is neither a file, a directory nor a
// link is not opened. A [Stream] is read once, as it comes.
//
// Memory is bounded whatever the size of a file; a directory is listed whole.
// Nothing is allocated for a file but what the listing takes and its path, once
// to keep and once for the system.
package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// Options configure a [Tree]. The zero Options walk everything as plain files,
// a repository's internals included.
type Options struct {
	// Repository returns the source for the objects of the git repository at
	// dir, which has an entry .git or is a git directory itself, or nil if dir
	// only looks like one. Its error is noted as a fault of dir. A git directory
	// whose repository has a source is left to it; a work tree is walked all the
	// same, and so is a file .git, which says where the git directory is. Repository
	// is called at most once for a directory, from several goroutines.
	//
	// A nil Repository means that git directories are walked like any other.
	Repository func(dir string) (source.Source, error)

	// Bundle returns the source for what is in the file at path, by its first
	// bytes, archive.HeadSize or all, or nil if it is none that has one: a git
	// bundle. Its error is noted as a fault of path. The file is read all the
	// same. Bundle is called from several goroutines, and may be nil.
	Bundle func(path string, head []byte) (source.Source, error)

	// RepositoriesOnly says that no file is read, nor any name: the walk only
	// looks for repositories.
	RepositoriesOnly bool

	// Archives opens archives among the files. If it is nil, they are read as
	// they are.
	Archives *archive.Opener

	// Workers is how many files are read at the same time, default
	// runtime.GOMAXPROCS(0). Each holds a buffer of source.DefaultChunkSize
	// bytes, or more if the margin asks for it.
	Workers int
}

// Kinds of blob.
const (
	content    = iota // of the file at Path; Object is its [state]
	pathName          // the last element of Path
	linkTarget        // of the symbolic link at Path
	member            // of an archive; see packed
	memberName        // of a member, as it is written in the archive
)

// A Tree is a directory with all that is below it, or a single file. It
// implements [source.Source].
type Tree struct {
	root  string // as the user would type it, slash-separated
	real  string // absolute, without links, in the form of the operating system
	opt   Options
	sys   system
	tally source.Tally

	mu     sync.Mutex
	nested []nested
}

// A nested source and the directory of its repository.
type nested struct {
	dir string
	src source.Source
}

// New returns the source that reads path, a directory or a file. If path is
// itself a symbolic link, it is followed. The error wraps [fs.ErrNotExist] if
// there is nothing at path.
func New(path string, opt Options) (*Tree, error) {
	_, err := os.Stat(path)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err // without the path, which stands before it
	}
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", path, err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", path, err)
	}
	// A link to nothing that has a name, as /dev/fd/3 can be, has no other
	// path than its own.
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		real = abs
	}
	return &Tree{
		root: filepath.ToSlash(filepath.Clean(path)),
		real: real,
		opt:  opt,
		sys:  system{open: (*file).open, read: (*file).read, list: list},
	}, nil
}

// Name returns files: and the absolute path without symbolic links.
func (t *Tree) Name() string { return "files:" + t.real }

// Coverage returns what has been read so far.
func (t *Tree) Coverage() source.Coverage { return t.tally.Coverage() }

// Nested returns the repositories that Walk left alone, by directory.
func (t *Tree) Nested() []source.Source {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortFunc(t.nested, func(a, b nested) int { return cmp.Compare(a.dir, b.dir) })
	srcs := make([]source.Source, len(t.nested))
	for i, n := range t.nested {
		srcs[i] = n.src
	}
	return srcs
}

// leadsInside tells whether what path leads to, through all links, is in the
// tree.
func (t *Tree) leadsInside(path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return false // it has no path, as an open pipe under /proc
	}
	rest, ok := strings.CutPrefix(real, t.real)
	return ok && (rest == "" || os.IsPathSeparator(rest[0]) || os.IsPathSeparator(t.real[len(t.real)-1]))
}

// join returns the path of the entry name in dir.
func join(dir, name string) string {
	switch {
	case dir == ".":
		return name
	case dir[len(dir)-1] == '/':
		return dir + name
	}
	return dir + "/" + name
}
