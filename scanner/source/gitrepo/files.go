package gitrepo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source"
)

// maxSmall is the size, in bytes, of the largest file that is read into
// memory: a ref, a pointer to a directory, the configuration.
const maxSmall = 1 << 20

// openRegular opens a file after making sure that it is one, because to open
// something else may have effects.
func openRegular(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(name)
	}
	if err != nil {
		return nil, nil, err
	}
	return openAtOnce(name)
}

func notRegular(name string) error {
	return &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
}

// openAtOnce opens a regular file. If something else has taken its place it
// fails, and does not wait for the other end of a named pipe.
func openAtOnce(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(name)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// readSmall returns the text of a small file without surrounding space.
func readSmall(name string) (string, error) {
	f, info, err := openRegular(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info.Size() > maxSmall {
		return "", fmt.Errorf("reading %q: %d bytes are too many", name, info.Size())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSmall))
	return strings.TrimSpace(string(b)), err
}

// files emits the plain files of the git directory, the names of all files and
// directories in it, and where links lead, and finds the submodules in it. What
// is read as objects, an index or a submodule is left out.
func (w *walk) files(ctx context.Context) error {
	p := pool.New().WithMaxGoroutines(w.opt.Workers).WithContext(ctx).WithCancelOnError().WithFirstError()
	l := &lister{walk: w, gitDirs: w.gitDirs(), visit: func(name string, typ fs.FileMode) {
		p.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return w.entry(name, typ)
		})
	}}
	l.list(ctx, w.common)
	if err := p.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// A lister finds what files emits.
type lister struct {
	*walk
	gitDirs []string
	visit   func(name string, typ fs.FileMode)
}

// list visits what is below dir.
func (l *lister) list(ctx context.Context, dir string) {
	home := slices.Contains(l.gitDirs, dir)
	objects := filepath.Join(l.common, "objects") + string(filepath.Separator)
	for _, e := range l.read(ctx, dir) {
		name := filepath.Join(dir, e.Name())
		typ := e.Type()
		object, inObjects := strings.CutPrefix(name, objects)
		switch {
		case typ.IsDir() && e.Name() == "modules" && home:
			l.submodules(ctx, name)
			continue
		case typ.IsRegular() && home && isIndex(e.Name()):
			continue // its names are emitted by indexes
		case typ.IsRegular() && inObjects && isLoose(object):
			continue
		case typ.IsRegular() && inObjects && isPacked(object):
			typ = onlyName
		}
		l.visit(name, typ)
		if typ.IsDir() {
			l.list(ctx, name)
		}
	}
}

// onlyName is the type of a file whose content is read by others.
const onlyName = fs.ModeIrregular

// read returns the entries of a directory, none if ctx has ended.
func (l *lister) read(ctx context.Context, dir string) []fs.DirEntry {
	if ctx.Err() != nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.tally.Fault(l.nameOf(dir), reason(err))
	}
	return entries
}

// isLoose tells whether a file below the object directory is an object.
//
// See gitrepository-layout(5).
func isLoose(name string) bool {
	dir, base := filepath.Split(name)
	digits := strings.TrimSuffix(dir, string(filepath.Separator)) + base
	_, err := hex.DecodeString(digits)
	return err == nil && len(dir) == 3 && (len(digits) == 2*sha1.Size || len(digits) == 2*sha256.Size)
}

// isPacked tells whether a file below the object directory holds objects, or
// what is derived from them.
//
// See gitformat-pack(5) and gitformat-commit-graph(5).
func isPacked(name string) bool {
	dir, base := path.Split(filepath.ToSlash(name))
	switch dir {
	case "pack/":
		switch path.Ext(base) {
		case ".pack", ".idx", ".rev", ".bitmap", ".mtimes":
			return true
		}
		return base == "multi-pack-index"
	case "pack/multi-pack-index.d/":
		return true
	case "info/":
		return base == "commit-graph"
	case "info/commit-graphs/":
		return path.Ext(base) == ".graph"
	}
	return false
}

// gitDirs returns the common directory and those of the linked work trees, in
// order.
func (r *Repository) gitDirs() []string {
	dirs := []string{r.common}
	worktrees := filepath.Join(r.common, "worktrees")
	if info, err := os.Lstat(worktrees); err != nil || !info.IsDir() {
		return dirs // a link is not followed
	}
	linked, _ := os.ReadDir(worktrees) // an error is noted by who lists the plain files
	for _, e := range linked {
		if e.IsDir() {
			dirs = append(dirs, filepath.Join(worktrees, e.Name()))
		}
	}
	return dirs
}

// within tells whether name is below dir or dir itself.
func within(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

func isIndex(name string) bool {
	return name == "index" || strings.HasPrefix(name, "sharedindex.")
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// entry emits the name of a file or directory, and what there is in it.
func (w *walk) entry(name string, typ fs.FileMode) error {
	if err := w.text([]byte(filepath.Base(name)), source.Blob{Kind: kindName, Path: w.pathOf(name)}); err != nil {
		return err
	}
	switch typ {
	case 0:
		return w.file(name)
	case fs.ModeDir, onlyName:
		return nil
	case fs.ModeSymlink:
		return w.link(name)
	}
	w.tally.Skip(w.nameOf(name), "neither a file nor a directory")
	return nil
}

// pathOf returns a file as the path of a blob.
func (r *Repository) pathOf(name string) string {
	rel, err := filepath.Rel(r.common, name)
	if err != nil {
		rel = name
	}
	return filepath.ToSlash(rel)
}

// file emits one plain file.
func (w *walk) file(name string) error {
	f, _, err := openRegular(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // git removed a lock or a log meanwhile
			w.tally.Fault(w.nameOf(name), reason(err))
		}
		return nil
	}
	defer f.Close()
	n, err := w.stream(f, source.Blob{Kind: kindFile, Path: w.pathOf(name)})
	w.tally.Bytes.Add(n)
	if broken := (*brokenError)(nil); errors.As(err, &broken) {
		w.tally.Fault(w.nameOf(name), reason(broken.err))
		return nil
	}
	w.tally.Files.Add(1)
	return err
}

// link emits where a link leads. It is not followed: what it leads to is read
// where it is, or is not in the repository.
func (w *walk) link(name string) error {
	target, err := os.Readlink(name)
	if err != nil {
		w.tally.Fault(w.nameOf(name), reason(err))
		return nil
	}
	w.tally.Skip(w.nameOf(name), "a symbolic link, which is not followed")
	return w.text([]byte(target), source.Blob{Kind: kindLink, Path: w.pathOf(name)})
}

// submodules notes the git directories below dir, and visits what else there
// is. A submodule's name may have slashes in it, and submodules of its own lie
// in its own git directory.
func (l *lister) submodules(ctx context.Context, dir string) {
	for _, e := range l.read(ctx, dir) {
		name := filepath.Join(dir, e.Name())
		l.visit(name, e.Type())
		switch {
		case !e.IsDir():
		case isGitDir(name):
			opt := l.opt
			opt.Display = l.nameOf(name)
			sub, err := openGitDir(name, resolve(name), opt)
			if err != nil {
				l.tally.Fault(l.nameOf(name), reason(err))
				continue
			}
			l.nested = append(l.nested, sub)
		default:
			l.submodules(ctx, name)
		}
	}
}

// reason returns err for a skip, which names the path itself.
func reason(err error) string {
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe):
		return pe.Err.Error()
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return "it ends too early"
	}
	return err.Error()
}
