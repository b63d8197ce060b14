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
// configuration but what says how the objects are stored. What is broken is noted as
// a fault, and the walk goes on beside it.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// ErrNotRepository tells that a directory holds no repository.
var ErrNotRepository = errors.New("not a git repository")

// Options configure a [Repository].
type Options struct {
	// Display is how the user names the directory; it begins the paths in
	// locations and skips. Default: the directory as it was passed to Open.
	Display string

	// WithoutObjects says that no objects are read: the walk is one of plain
	// files of the git directory and of the names of refs and staged files.
	WithoutObjects bool

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

	tally source.Tally

	// What Walk leaves for Locate and Nested. Empty before.
	db      *database
	history *history
	refs    []ref
	heads   []head
	staged  []staging
	nested  []source.Source
	changes *changes // of a Range
}

// Open returns the repository at dir, which is a work tree (linked ones and
// submodules, whose .git is a file, included), a bare repository or a git
// directory. It returns ErrNotRepository if dir is none of these, and another
// error if dir leads to a git directory elsewhere that does not know of it. With
// a Range it wraps a RevisionError if that names something which cannot be found. Nothing is held open.
func Open(dir string, opt Options) (*Repository, error) {
	opt = opt.withDefaults(dir)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	gitDir, err := findGitDir(abs)
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

// Above returns the directory of the repository that dir is in: dir itself, or the
// nearest above it that has a .git. It returns ErrNotRepository if there is none.
func Above(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := resolve(abs); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil || isGitDir(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%q: %w", dir, ErrNotRepository)
		}
	}
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
// brought in.
func (r *Repository) Walk(ctx context.Context, margin int, emit func(source.Chunk) error) error {
	w := &walk{Repository: r, margin: margin, emit: func(c source.Chunk) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return emit(c)
	}}
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
	if err := w.objects(ctx); err != nil {
		return err
	}
	r.tally.Repositories.Store(1)
	w.noteMissing(ctx, set)
	return ctx.Err()
}

// findGitDir returns the git directory of the work tree or repository at dir.
//
// See gitrepository-layout(5).
func findGitDir(dir string) (string, error) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Lstat(dot)
	switch {
	case err == nil && info.IsDir():
		if isGitDir(dot) {
			return resolve(dot), nil
		}
		if entries, _ := os.ReadDir(filepath.Join(dot, "objects")); len(entries) > 0 {
			return "", fmt.Errorf("%q has objects, but no HEAD or no refs: it is damaged, and its objects are not read", dot)
		}
		if _, err := os.Lstat(filepath.Join(dot, "HEAD")); err == nil && isDir(filepath.Join(dot, "refs")) {
			return "", fmt.Errorf("%q has no objects: it is damaged, and what was in it is not known", dot)
		}
		return "", ErrNotRepository
	case err == nil && info.Mode()&os.ModeSymlink != 0:
		return follow(dot, dir, dot)
	case err == nil && info.Mode().IsRegular():
		text, err := readSmall(dot)
		if err != nil {
			return "", err
		}
		to, ok := strings.CutPrefix(text, "gitdir: ")
		if !ok {
			return "", fmt.Errorf("reading %q: it names no git directory", dot)
		}
		return follow(dot, dir, absolute(to, dir))
	}
	if isGitDir(dir) {
		return resolve(dir), nil
	}
	return "", ErrNotRepository
}

// follow returns the git directory to, which dot, the .git of the work tree
// dir, leads to. Whoever made the folder that is scanned may have written
// anything there, so that the git directory must know the work tree too.
func follow(dot, dir, to string) (string, error) {
	if info, err := os.Stat(to); err != nil {
		return "", fmt.Errorf("following %q: %w", dot, err)
	} else if !info.IsDir() {
		return "", fmt.Errorf("following %q: %q is not a directory", dot, to)
	}
	if !isGitDir(to) || !knows(to, dir) {
		return "", fmt.Errorf("following %q: it leads to %q, which does not belong to this work tree: scan that repository by its own path", dot, to)
	}
	return resolve(to), nil
}

// knows tells whether dir is the work tree of a git directory: one that is
// linked, which the file gitdir names, or that of a submodule, which
// core.worktree names.
func knows(gitDir, dir string) bool {
	if text, err := readSmall(filepath.Join(gitDir, "gitdir")); err == nil {
		dot := absolute(text, gitDir)
		if filepath.Base(dot) == ".git" && sameFile(filepath.Dir(dot), dir) {
			return true
		}
	}
	for _, name := range []string{"config.worktree", "config"} {
		text, err := readSmall(filepath.Join(gitDir, name))
		if err != nil {
			continue
		}
		cfg, _ := decodeConfig(text)
		if tree := cfg.Section("core").Option("worktree"); tree != "" {
			return sameFile(absolute(tree, gitDir), dir)
		}
	}
	return false
}

// sameFile tells whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// isGitDir tells whether dir itself is a git directory, of a repository or of
// a linked work tree.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if isDir(filepath.Join(dir, "objects")) && isDir(filepath.Join(dir, "refs")) {
		return true
	}
	info, err := os.Stat(filepath.Join(dir, "commondir"))
	return err == nil && info.Mode().IsRegular()
}

// findCommonDir returns the directory that gitDir, which is resolved, shares
// with other work trees: gitDir itself unless a file commondir says otherwise.
// It must be the one that gitDir lies in, where a walk of it comes by gitDir.
func findCommonDir(gitDir string) (string, error) {
	text, err := readSmall(filepath.Join(gitDir, "commondir"))
	if errors.Is(err, os.ErrNotExist) {
		return gitDir, nil
	}
	if err != nil {
		return "", err
	}
	dir := absolute(text, gitDir)
	if info, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("following commondir: %w", err)
	} else if !info.IsDir() {
		return "", fmt.Errorf("following commondir: %q is not a directory", dir)
	}
	common := resolve(dir)
	if !isGitDir(common) || filepath.Dir(gitDir) != filepath.Join(common, "worktrees") {
		return "", fmt.Errorf("following commondir: it leads to %q, which has no such work tree: scan that repository by its own path", dir)
	}
	return common, nil
}

// absolute returns the path written in a file of git, which is relative to dir.
func absolute(p, dir string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}

// resolve returns p without symbolic links, or as it is if that cannot be.
func resolve(p string) string {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		return real
	}
	return p
}
