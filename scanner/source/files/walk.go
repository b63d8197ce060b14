package files

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// batch is how many entries of a directory make a task of their own, so that
// all workers have a share in a directory of a million files.
const batch = 256

// Walk implements [source.Source]. It is to be called once.
func (t *Tree) Walk(ctx context.Context, margin int, emit func(source.Chunk) error) error {
	fi, err := os.Stat(t.root)
	if err != nil {
		t.tally.Fault(t.root, reason(err))
		return ctx.Err()
	}
	first := task{dir: t.root, follow: true}
	if !fi.IsDir() {
		first.dir = filepath.ToSlash(filepath.Dir(t.root))
		first.entries = []fs.DirEntry{fs.FileInfoToDirEntry(fi)}
	}
	todo := newStack()
	todo.push(first)

	workers := t.opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range workers {
		p.Go(func(ctx context.Context) error {
			return newWorker(t, todo, margin, emit).run(ctx)
		})
	}
	return p.Wait()
}

// A worker reads one thing at a time, into buffers that it keeps.
type worker struct {
	tree    *Tree
	todo    *stack
	margin  int
	emit    func(source.Chunk) error
	stop    error // of emit
	chunker source.Chunker
	reader  reader
	text    []byte
	format  archive.Format // of the file that is read
}

func newWorker(t *Tree, todo *stack, margin int, emit func(source.Chunk) error) *worker {
	w := &worker{tree: t, todo: todo, margin: margin, reader: reader{sys: &t.sys}}
	packed := func(source.Blob) { w.format = archive.Text }
	w.emit = func(c source.Chunk) error {
		switch c.Blob.Kind {
		case content, member:
			t.tally.Bytes.Add(int64(c.Own.End - c.Own.Start))
		}
		if c.Blob.Kind == content && c.Offset == 0 && t.opt.Archives != nil {
			head := c.Data[:min(len(c.Data), archive.HeadSize)]
			w.format = archive.Recognise(head, c.Blob.Path)
			if w.format == archive.None && archive.HasZipBehind(head, &w.reader, w.reader.size) {
				w.format = archive.Text
			}
		}
		if c.Blob.Kind == content && w.format == archive.None && t.opt.Archives != nil {
			c.Packed = packed
		}
		if c.Blob.Kind == content && c.Offset == 0 && t.opt.Bundle != nil {
			w.bundle(c)
		}
		w.stop = emit(c)
		return w.stop
	}
	return w
}

// run does tasks until none is left, emit fails or ctx ends.
func (w *worker) run(ctx context.Context) error {
	for {
		t, ok := w.todo.pop()
		if !ok {
			return nil
		}
		if err := w.do(ctx, t); err != nil {
			return err
		}
	}
}

// do does one task.
func (w *worker) do(ctx context.Context, t task) error {
	defer w.todo.finish()
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.entries == nil {
		t.entries, t.follow = w.list(t), false
	}
	for _, e := range t.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := join(t.dir, e.Name())
		if w.tree.opt.RepositoriesOnly {
			if e.IsDir() {
				w.todo.push(task{dir: path})
			}
			continue
		}
		if err := w.string(source.Blob{Kind: pathName, Path: path}, e.Name()); err != nil {
			return err
		}
		if err := w.entry(ctx, path, e.Type(), t.follow); err != nil {
			return err
		}
	}
	return nil
}

// list lists a directory and returns the entries that are to be read now. The
// others are pushed, or are a repository's.
func (w *worker) list(t task) []fs.DirEntry {
	entries, err := w.tree.sys.list(t.dir, t.follow)
	if err != nil {
		w.tree.tally.Fault(t.dir, reason(err))
	}
	entries = w.leaveRepository(t.dir, entries)
	for len(entries) > batch {
		w.todo.push(task{dir: t.dir, entries: entries[:batch:batch]})
		entries = entries[batch:]
	}
	return entries
}

// leaveRepository asks for the source of the repository that dir looks like, if
// any, and returns the entries that are not that source's business.
func (w *worker) leaveRepository(dir string, entries []fs.DirEntry) []fs.DirEntry {
	if w.tree.opt.Repository == nil {
		return entries
	}
	dotGit, parts := -1, 0
	for i, e := range entries {
		switch e.Name() {
		case ".git":
			if e.IsDir() || e.Type()&fs.ModeSymlink != 0 || e.Type().IsRegular() && w.isGitFile(join(dir, ".git")) {
				dotGit = i
			}
		case "HEAD", "objects", "refs":
			parts++
		}
	}
	if dotGit < 0 && parts < 3 {
		return entries
	}
	src, err := w.tree.opt.Repository(dir)
	if err != nil {
		w.tree.tally.Fault(dir, err.Error())
	}
	if src == nil {
		return entries
	}
	w.tree.mu.Lock()
	w.tree.nested = append(w.tree.nested, nested{dir, src})
	w.tree.mu.Unlock()
	switch {
	case dotGit < 0: // dir is itself a git directory
		return nil
	case entries[dotGit].IsDir():
		return slices.Delete(entries, dotGit, dotGit+1)
	}
	return entries
}

// isGitFile tells whether the file at path names a git directory elsewhere, as
// .git does in a submodule or a linked work tree. See gitrepository-layout(5).
func (w *worker) isGitFile(path string) bool {
	const magic = "gitdir: "
	f := &w.reader.file
	if err := w.tree.sys.open(f, path, false); err != nil {
		return false // and reading it will tell why
	}
	defer f.close()
	var head [len(magic)]byte
	n, err := w.tree.sys.read(f, head[:])
	return err == nil && string(head[:n]) == magic
}

// entry emits what stands at path, which is of a type that the listing told.
func (w *worker) entry(ctx context.Context, path string, mode fs.FileMode, follow bool) error {
	switch mode.Type() {
	case 0:
		return w.content(ctx, path, follow)
	case fs.ModeDir:
		w.todo.push(task{dir: path})
		return nil
	case fs.ModeSymlink:
		return w.link(path)
	case fs.ModeSocket:
		w.tree.tally.Skip(path, "socket: not opened")
	case fs.ModeNamedPipe:
		w.tree.tally.Skip(path, "named pipe: not opened")
	case fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice:
		w.tree.tally.Skip(path, "device: not opened")
	default:
		w.tree.tally.Skip(path, "special file: not opened")
	}
	return nil
}

// content reads a file. What was read before a fault is emitted all the same.
func (w *worker) content(ctx context.Context, path string, follow bool) error {
	r := &w.reader
	if err := w.tree.sys.open(&r.file, path, follow); err != nil {
		w.tree.tally.Fault(path, reason(err))
		return nil
	}
	defer r.file.close()
	before, err := r.file.state()
	if err != nil {
		w.tree.tally.Fault(path, reason(err))
		return nil
	}
	if !before.regular {
		w.tree.tally.Fault(path, changed)
		return nil
	}
	r.ctx, r.size, r.n, w.format = ctx, before.size, 0, archive.None
	b := source.Blob{Kind: content, Path: path, Object: before.object()}
	_, err = w.chunker.Split(r, b, w.margin, w.emit)
	if err := cmp.Or(w.stop, ctx.Err()); err != nil {
		return err
	}
	if err != nil {
		w.tree.tally.Fault(path, reason(err))
		return nil
	}
	if w.format != archive.None && before.size > 0 {
		if err := w.members(ctx, b, w.format); err != nil {
			return err
		}
	}
	if after, err := r.file.state(); err != nil || after != before || r.n < before.size {
		w.tree.tally.Fault(path, changed)
		return nil
	}
	w.tree.tally.Files.Add(1)
	return nil
}

// bundle asks for the source of the file that begins with c.
func (w *worker) bundle(c source.Chunk) {
	src, err := w.tree.opt.Bundle(c.Blob.Path, c.Data[:min(len(c.Data), archive.HeadSize)])
	if err != nil {
		w.tree.tally.Fault(c.Blob.Path, err.Error())
	}
	if src == nil {
		return
	}
	w.tree.mu.Lock()
	defer w.tree.mu.Unlock()
	w.tree.nested = append(w.tree.nested, nested{c.Blob.Path, src})
}

// link emits where a link leads and notes it if that is not in the tree.
func (w *worker) link(path string) error {
	target, err := os.Readlink(path)
	if err != nil {
		w.tree.tally.Fault(path, reason(err))
		return nil
	}
	if err := w.string(source.Blob{Kind: linkTarget, Path: path}, target); err != nil {
		return err
	}
	_, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		w.tree.tally.Skip(path, "broken link: nothing is where it leads")
	case errors.Is(err, syscall.ELOOP):
		w.tree.tally.Skip(path, "link loop: it leads to no end")
	case err != nil:
		w.tree.tally.Fault(path, "link that cannot be followed to its end: "+reason(err))
	case !w.tree.leadsInside(path):
		w.tree.tally.Skip(path, "link out of the tree: not followed")
	}
	return nil
}

// string emits s, whole, as the content of b.
func (w *worker) string(b source.Blob, s string) error {
	w.text = append(w.text[:0], s...)
	return w.emit(source.Chunk{Blob: b, Data: w.text, Own: source.Span{End: len(w.text)}})
}

// A reader reads the open file of a worker.
type reader struct {
	sys  *system
	ctx  context.Context // ends the reading
	file file
	size int64 // of the file when it was opened
	n    int64 // read so far
}

// Read implements [io.Reader]. Where the size of the file is known, the system
// is not asked for the end, and a file that grows all the time is not followed.
// It is not known (0) under /proc.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.size > 0 && r.n >= r.size {
		return 0, io.EOF
	}
	n, err := r.sys.read(&r.file, p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	r.n += int64(n)
	return n, err
}

// ReadAt implements [io.ReaderAt].
func (r *reader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && err == nil {
		if err := r.ctx.Err(); err != nil {
			return n, err
		}
		var m int
		m, err = r.file.readAt(p[n:], off+int64(n))
		n += m
	}
	return n, err
}
