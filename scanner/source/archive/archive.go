// Package archive opens archives and compressed streams as nested content,
// within bounds.
//
// A [Walk] goes through a file and hands out what is packed in it, and what is
// packed in that, as it comes: nothing is written to a disk, names are names and
// no paths, links lead nowhere, and no more is held in memory than [Limits] allow.
// Formats are known by their first bytes, whatever a file is called, but for
// brotli, which has none of its own. A [Text] is gone through for the archives
// that it has in base64.
//
// What cannot be unpacked is handed out as it is, and noted. The bytes of the
// outermost file itself are not handed out: who has it reads them anyway.
//
// Of leakflare's packages it imports only the one that reads packs of git's.
package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// An Opener opens archives, any number at once. One is meant for a whole scan,
// which it bounds. It must not be copied.
type Opener struct {
	Limits

	opened    atomic.Int64 // bytes of the files that were opened
	unpacked  atomic.Int64 // bytes that decoders gave
	big       sync.Mutex   // held by the walk that holds more than modest
	inflaters sync.Pool
	gunzips   sync.Pool // of *gzip.Reader
}

// A Member is content of an archive.
type Member struct {
	// Path is that of the archive, and behind an exclamation mark each the names
	// of what is in it and in one another: outer.zip!inner.jar!META-INF/notes.
	// Bytes of it may be anything but its length is bounded.
	Path string

	// N counts what a walk hands out, from 1. It is the same whenever the same
	// file is walked with the same limits.
	N int

	// Name tells that the content is not the member's but its name.
	Name bool

	// Offset is where in the content at Path this begins: not 0 for what is left
	// of an archive behind what could be unpacked.
	Offset int64

	// Origin is where this stands, byte for byte, in the outermost file, or -1
	// if it is packed there.
	Origin int64
}

// A Walk is one way through the members of a file.
type Walk struct {
	// Emit is called for each member, one after the other. It reads r, which is
	// valid until it returns, to its end or to an error, which is not its
	// business. Its own error ends the walk.
	Emit func(m Member, r io.Reader) error

	// Note is called for what was not unpacked, and why. A fault is content that could
	// be had by somebody with more time or other tools. It is none if it is broken
	// or encrypted, so that there is nothing more to be read of it.
	Note func(path string, why error, fault bool)

	// Again tells that the file was walked before and it is only looked up what
	// was found in it. That does not count for what all files are unpacked to.
	Again bool
}

// Walk walks the content r of the file at path, which [Recognise] has recognised
// as a format, and of which the size in bytes is known or -1. If r is an
// [io.ReaderAt] too, formats that have their table of contents at the end can be
// read. The error is that of ctx or of Emit. Panics of decoders are noted; those of
// Emit and Note are their own.
func (o *Opener) Walk(ctx context.Context, path string, f Format, r io.Reader, size int64, walk Walk) (err error) {
	if !walk.Again {
		if o.spent() {
			walk.Note(path, ErrSpent, true)
			return ctx.Err()
		}
		o.opened.Add(max(0, size))
	}
	w := &walker{Walk: walk, opener: o, ctx: ctx, left: o.allowance(size), members: o.Members}
	w.Note = w.calling(walk.Note)
	defer w.release()
	defer func() {
		if w.calls {
			return
		}
		if p := recover(); p != nil {
			w.Note(path, errPanic, false)
		}
	}()
	depth := o.Depth - 1
	if f == Text {
		depth++ // it is no archive itself
	}
	err = w.open(f, place{path: path, depth: depth, size: size}, r)
	if b := (*boundError)(nil); errors.As(err, &b) {
		w.Note(path, fmt.Errorf("%w: what is behind that was not unpacked", b), true)
		return nil
	}
	return err
}

// A walker is one call of Opener.Walk.
type walker struct {
	Walk
	opener  *Opener
	ctx     context.Context
	n       int
	nBroken int   // errors that were noted
	left    int64 // bytes that may be unpacked
	members int   // that there may be
	used    int64 // of memory, by what is open
	grown   int64 // of memory, by what has grown since it was opened
	made    int64 // of it, for a folder of a 7z file
	holds   bool  // opener.big
	calls   bool  // it is in Emit or Note, and not in a reader that it gave them
	free    []*bufio.Reader
}

// calling returns note, with calls kept.
func (w *walker) calling(note func(path string, why error, fault bool)) func(path string, why error, fault bool) {
	return func(path string, why error, fault bool) {
		w.calls = true
		note(path, why, fault)
		w.calls = false
	}
}

// A handed is a reader that Emit is given.
type handed struct {
	w *walker
	r io.Reader
}

func (h *handed) Read(p []byte) (int, error) {
	h.w.calls = false
	n, err := h.r.Read(p)
	h.w.calls = true
	return n, err
}

// A cancelable is read until ctx ends. What is read may go on for long before
// anything comes of it.
type cancelable struct {
	ctx context.Context
	io.Reader
}

func (c *cancelable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// buffered returns a buffered reader of r, to be put back into free.
func (w *walker) buffered(r io.Reader) *bufio.Reader {
	if last := len(w.free) - 1; last >= 0 {
		b := w.free[last]
		w.free = w.free[:last]
		b.Reset(r)
		return b
	}
	return bufio.NewReaderSize(r, 8*HeadSize)
}

// open goes through the members of an archive. Its error ends the walk.
func (w *walker) open(f Format, at place, r io.Reader) error {
	c := &counter{r: &cancelable{w.ctx, r}}
	b := bufio.NewReaderSize(c, 1<<16)
	p := &packed{place: at, Reader: b, count: c}
	p.at, _ = r.(io.ReaderAt)
	return w.chain(f, p)
}

// chain goes through an archive, and through those that stand behind it: two zip files
// in one, or the parts of an initrd.
func (w *walker) chain(f Format, p *packed) error {
	for {
		before, used := p.pos(), w.used
		err := w.unpack(f, p)
		w.used = used
		if err != nil || f == Text || p.doubtful || p.pos() == before {
			return w.broken(p.path, err)
		}
		if f = p.behind(); f == None {
			return nil
		}
		p.at, p.size = nil, -1
	}
}

// behind returns the format of the archive that stands next, but for zeros. Of formats
// that are hardly known by their first bytes, or of which most is read as it is, there
// is none.
func (p *packed) behind() Format {
	for {
		if _, err := p.Peek(1); err != nil {
			return None
		}
		b, _ := p.Peek(p.Buffered())
		zeros := len(b) - len(bytes.TrimLeft(b, "\x00"))
		p.Discard(zeros)
		if zeros < len(b) {
			break
		}
	}
	head, _ := p.Peek(HeadSize)
	switch f := Recognise(head, ""); f {
	case zlibFormat, lzmaFormat, pdfFormat, sqliteFormat:
		return None
	default:
		return f
	}
}

// unpack goes through an archive.
func (w *walker) unpack(f Format, p *packed) error {
	switch f {
	case zipFormat:
		return w.zip(p)
	case tarFormat:
		return w.tar(p)
	case rarFormat:
		return w.rar(p)
	case sevenZipFormat:
		return w.sevenZip(p)
	case arFormat:
		return w.ar(p)
	case cpioFormat:
		return w.cpio(p)
	case rpmFormat:
		return w.rpm(p)
	case pdfFormat:
		return w.pdf(p)
	case sqliteFormat:
		return w.sqlite(p)
	case cabFormat:
		return w.cab(p)
	case packFormat:
		return w.pack(p)
	case Text:
		return w.program(p)
	}
	return w.stream(f, p)
}

// rest hands out what is left of an archive within another.
func (w *walker) rest(p *packed) error {
	if _, err := p.Peek(1); err != nil {
		return nil
	}
	return w.emit(Member{Path: p.path, Offset: p.pos(), Origin: p.here()}, p.Reader)
}

// content hands out the content of the member name of p, and what is packed in
// it. That of a stream, if it is an archive, has no name of its own: the files in
// a.tar.gz are a.tar.gz!file, as if it were one.
func (w *walker) content(p *packed, name string, stream bool, origin, size int64, r io.Reader) error {
	watched := &watch{r: r}
	c := &counter{r: watched}
	b := w.buffered(c)
	defer func() { w.free = append(w.free, b) }()
	path := join(p.path, name)
	head, _ := b.Peek(HeadSize)
	f := recogniseMember(head, name)
	if n := looseHeader(head); f == None && n > 0 {
		head, _ = b.Peek(n + HeadSize)
		if f = recogniseMember(head[n:], ""); f != None {
			b.Discard(n)
			c.n -= int64(n)
			if size = -1; origin >= 0 {
				origin += int64(n)
			}
		}
	}
	var whole string // if it is short
	if f != None && len(head) < HeadSize {
		whole = string(head)
	}
	if f != None && p.depth == 0 {
		if whole != "" && whole == p.whole {
			w.Note(path, errItself, false)
		} else {
			w.tooDeep(path)
		}
		f = None
	}
	if f == None {
		return w.plain(place{path: path, depth: p.depth, origin: origin}, b, watched, isScript(head))
	}
	if f == pdfFormat || f == sqliteFormat {
		return w.held(f, place{path: path, depth: p.depth - 1, origin: origin}, b, watched)
	}
	if stream {
		path = p.path
	}
	inner := &packed{place: place{path: path, depth: p.depth - 1, origin: origin, size: size}, Reader: b, count: c, within: true, doubtful: p.text, whole: whole}
	kept := &limitedBuffer{new(bytes.Buffer), 1 << 16}
	if hasNoProof(f) {
		inner.count = &counter{r: io.TeeReader(b, kept)}
		inner.Reader = w.buffered(inner.count)
		defer func() { w.free = append(w.free, inner.Reader) }()
	}
	n, broken := w.n, w.nBroken
	err := w.chain(f, inner)
	switch {
	case err != nil || inner.doubtful:
	case hasNoProof(f) && (w.n == n || w.nBroken > broken) && kept.left > 0:
		err = w.plain(place{path: path, depth: p.depth, origin: origin}, io.MultiReader(kept, b), watched, isScript(head))
	default:
		err = w.rest(inner)
	}
	if err != nil {
		return err
	}
	return w.broken(path, watched.err)
}

// plain hands out what is no archive, at a place, and what it has in base64, or behind
// it if it is a script.
func (w *walker) plain(at place, r io.Reader, watched *watch, script bool) error {
	s := &scout{r: r}
	if script {
		s.script = &limitedBuffer{new(bytes.Buffer), modest}
	}
	if err := w.emit(Member{Path: at.path, Origin: at.origin}, s); err != nil {
		return err
	}
	if err := w.broken(at.path, watched.err); err != nil {
		return err
	}
	if script {
		return w.heldScript(at, s)
	}
	at.origin = -1
	return w.heldText(at, s)
}

// tooDeep notes an archive that is in too many others.
func (w *walker) tooDeep(path string) {
	w.Note(path, fmt.Errorf("archives in one another, more than %d: not unpacked", w.opener.Depth), true)
}

// member counts a member, and hands out its name.
func (w *walker) member(p *packed, name string) error {
	if w.members--; w.members < 0 {
		return &boundError{fmt.Sprintf("more than %d members", w.opener.Members)}
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if name == "" {
		return nil
	}
	return w.emit(Member{Path: join(p.path, name), Name: true, Origin: -1}, strings.NewReader(name))
}

// emit numbers m and hands it out.
func (w *walker) emit(m Member, r io.Reader) error {
	w.n++
	m.N = w.n
	w.calls = true
	err := w.Emit(m, &handed{w, r})
	w.calls = false
	return err
}

// join returns the path of what is called name in the archive at path.
func join(path, name string) string {
	return path + "!" + shortened(strings.TrimPrefix(name, "./"))
}

// shortened returns a name of maxName bytes at most: the folders of a longer one. It is
// cut nowhere else, since half a credential is not known as one, and not masked.
func shortened(name string) string {
	if len(name) <= maxName {
		return name
	}
	const more = "…"
	name = name[:maxName-len(more)]
	return name[:strings.LastIndexByte(name, '/')+1] + more
}

// A watch keeps the error that ends what is read, if it is not the end.
type watch struct {
	r   io.Reader
	err error
}

func (t *watch) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}
