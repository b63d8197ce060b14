// Package gitrepo walks the objects of a git repository and finds which commit,
// path and ref a blob came from.
//
// A [Repository] is a [source.Source]. It reads every object of the object
// database, reachable or not, and of the alternates; the names of refs and of
// staged files; and the plain files of the git directory, their names, and where
// links lead: configuration, hooks, reflogs. It leaves files of the work tree to
// others. By its options it reads less: what some commits brought in, or what is
// staged.
//
// Nothing in a repository is executed or written, and a walk obeys no
// configuration but what says how the objects are stored. What is broken is noted
// as a fault, and the walk goes on beside it.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// ErrNotRepository tells that a directory holds no repository.
var ErrNotRepository = errors.New("not a git repository")

// Options configure a [Repository]. Of what is to be read, Range comes before
// Staged, and both before WithoutObjects.
type Options struct {
	// Display is how the user names the directory; it begins the paths in
	// locations and skips. Default: the directory as it was passed to Open.
	Display string

	// WithoutObjects says that no objects are read: the walk is one of plain
	// files of the git directory and of the names of refs and staged files.
	WithoutObjects bool

	// Follow says that a .git which is a file or a link is followed wherever it
	// leads, as git does: for the repository that whoever runs the program is in.
	// Otherwise the git directory must know of the work tree, since the folder may
	// be anybody's.
	Follow bool

	// Range says that only what some commits brought in is walked. Nil means
	// everything.
	Range *Range

	// Staged says that nothing is read but what is staged: what is in the index
	// and not in the commit that is checked out. Files whose content was changed
	// are read whole.
	Staged bool

	// AllStaged, with Staged, says that the whole index is read, what was
	// committed before included.
	AllStaged bool

	// Index is the file that the index is in, with Staged. Default: index, in the
	// git directory.
	Index string

	// Objects is the directory that objects are in, and Alternates are further
	// ones, beside those that it names itself. Default: objects, in the git
	// directory.
	Objects    string
	Alternates []string

	// Archives opens the blobs that are archives. If it is nil, they are read as
	// they are.
	Archives *archive.Opener

	// About, if not nil, is asked of the content of each blob, commit and tag in which
	// something was found for [source.Location.About]: of what is stored as a delta, Walk
	// emits only what that changed, and of a commit not the ids that it begins with.
	About func(content []byte) bool

	// Workers is how many goroutines read objects. Default: one for each
	// processor that Go may use.
	Workers int

	// Memory is how much memory contents of objects may take at once, in bytes.
	// Default: gitpack.DefaultMemory.
	Memory int64
}

// withDefaults fills in what is not set for the repository at dir.
func (opt Options) withDefaults(dir string) Options {
	if opt.Display == "" {
		opt.Display = dir
	}
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if opt.Memory <= 0 {
		opt.Memory = gitpack.DefaultMemory
	}
	return opt
}

// A Repository is a git repository as a source of content. Walk is called once,
// then Nested and Locate; Coverage at any time and by any goroutine.
type Repository struct {
	gitDir  string // of the work tree that was opened; absolute
	common  string // what its work trees share: objects, refs, configuration; often gitDir itself
	top     string // the work tree, or the git directory if that was opened itself; absolute
	display string // the repository, for people
	gitName string // the common directory, for people; slash-separated
	opt     Options
	bundle  bool // it is a bundle or a pack, a file: gitDir and common

	tally source.Tally

	// What Walk leaves for Locate and Nested. Empty before.
	db      *database
	history *history
	refs    []ref
	names   []string // of refs that are emitted
	heads   []head
	staged  []staging
	nested  []source.Source
	changes *changes // of a Range
	unnamed unnamed
}

// Open returns the repository at dir, which is a work tree (linked ones and
// submodules, whose .git is a file, included), a bare repository or a git
// directory. It returns ErrNotRepository if dir is none of these. Unless Follow is
// set it wraps a ForeignError if dir leads to a git directory elsewhere that does not
// know of it. With a Range it wraps a RevisionError if that names something which
// cannot be found. Nothing is held open.
func Open(dir string, opt Options) (*Repository, error) {
	opt = opt.withDefaults(dir)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	gitDir, err := findGitDir(abs, opt.Follow)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	return openGitDir(abs, gitDir, opt)
}

// OpenGitDir is Open for a git directory that whoever runs the program names, as
// in the environment of a hook: what work tree it is of does not matter.
func OpenGitDir(gitDir string, opt Options) (*Repository, error) {
	opt = opt.withDefaults(gitDir)
	abs, err := filepath.Abs(gitDir)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", gitDir, err)
	}
	if !isGitDir(abs) {
		return nil, fmt.Errorf("opening repository %q: %w", gitDir, ErrNotRepository)
	}
	r, err := openGitDir(abs, resolve(abs), opt)
	if err == nil && r.common == r.gitDir {
		r.gitName = filepath.ToSlash(gitDir)
	}
	return r, err
}

// openGitDir returns the repository at dir whose git directory is gitDir.
func openGitDir(dir, gitDir string, opt Options) (*Repository, error) {
	common, err := findCommonDir(gitDir)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	r := &Repository{
		gitDir:  gitDir,
		common:  common,
		top:     resolve(dir),
		display: path.Clean(filepath.ToSlash(opt.Display)),
		opt:     opt,
		db:      new(database),
		history: new(history),
	}
	switch common {
	case resolve(dir):
		r.gitName = r.display
	case resolve(filepath.Join(dir, ".git")):
		r.gitName = path.Join(r.display, ".git")
	default:
		r.gitName = filepath.ToSlash(common)
	}
	if opt.Range != nil {
		if err := r.openRange(context.Background()); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// IsShallow tells whether history is cut off in the repository, as in a shallow
// clone.
func (r *Repository) IsShallow() bool { return len(r.readShallow()) > 0 }

// GitDir returns the git directory of the repository's work tree, and the work
// tree itself, empty if it is not known or there is none.
func (r *Repository) GitDir() (gitDir, workTree string) {
	if r.top == r.gitDir {
		return r.gitDir, ""
	}
	return r.gitDir, r.top
}

// IsBare tells whether the configuration says that there is no work tree.
func (r *Repository) IsBare() bool { return r.readSettings().bare }

// Unborn tells whether nothing was committed yet on the branch that is checked
// out.
func (r *Repository) Unborn() bool {
	id, err := r.headCommit()
	return err == nil && id.IsZero()
}

// Name returns "git:" and the directory that all work trees of the repository
// share.
func (r *Repository) Name() string { return "git:" + r.common }

// Coverage returns what has been read so far.
func (r *Repository) Coverage() source.Coverage { return r.tally.Coverage() }

// Nested returns the submodules whose git directories lie in this one. They
// are known after Walk.
func (r *Repository) Nested() []source.Source { return r.nested }

// nameOf returns a path below the common directory, or anywhere, for people.
func (r *Repository) nameOf(file string) string {
	if within(r.common, file) {
		rel, _ := filepath.Rel(r.common, file)
		return path.Join(r.gitName, filepath.ToSlash(rel))
	}
	return filepath.ToSlash(file)
}

// Walk emits every object, name and plain file of the repository, or what a Range
// brought in, or what is staged.
func (r *Repository) Walk(ctx context.Context, margin int, emit func(source.Chunk) error) error {
	w := &walk{Repository: r, margin: margin}
	w.emit = func(c source.Chunk) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.Blob.Kind == kindBlob || c.Blob.Kind == kindStaged {
			c.Packed = w.textFound
		}
		return emit(c)
	}
	if r.bundle {
		return w.bundled(ctx)
	}
	if r.changes != nil {
		return w.walkRange(ctx)
	}
	if r.opt.Staged {
		return w.stagedChanges(ctx)
	}
	if err := w.files(ctx); err != nil {
		return err
	}
	set := r.readSettings()
	if why := unsupportedRefs(set); why != "" {
		r.tally.Fault(r.gitName, why)
	} else if err := w.refNames(); err != nil {
		return err
	}
	if why := unsupportedObjects(set); why != "" {
		r.tally.Fault(r.gitName, why)
		return ctx.Err()
	}
	if err := w.indexes(); err != nil {
		return err
	}
	if r.opt.WithoutObjects {
		return ctx.Err()
	}
	w.shallow = w.readShallow()
	w.noteShallow()
	db := openDatabase(ctx, w.objectDirs(), w.opt, func(file, reason string) {
		w.tally.Fault(w.nameOf(file), reason)
	})
	if err := w.objects(ctx, db); err != nil {
		return err
	}
	r.tally.Repositories.Store(1)
	w.noteMissing(ctx, set)
	return ctx.Err()
}
