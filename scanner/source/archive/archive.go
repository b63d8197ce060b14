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
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/nwaples/rardecode/v2"
)

// Limits bound what is made of one file, whatever it holds and says.
type Limits struct {
	// Depth is how many archives are opened within one another. A compressed
	// archive, such as a .tar.gz, counts twice.
	Depth int

	// Size is how much may be unpacked, in bytes: what decoders give, at all
	// depths together. Of what is small it is less; see allowance. Of all files
	// that an Opener opens, it bounds how much that may be together; see spent.
	Size int64

	// Members is how many members there may be, at all depths together.
	Members int

	// Memory is how much the decoders may hold at once, in bytes.
	Memory int64
}

// DefaultLimits are meant for anything that is no bomb: a backup, the image of a
// container, an installer.
var DefaultLimits = Limits{Depth: 8, Size: 4 << 30, Members: 1 << 20, Memory: 160 << 20}

const (
	// A file may always be unpacked to lenient bytes, and otherwise to its own
	// size maxRatio times. Logs are compressed to a fiftieth, bombs to a
	// thousandth.
	lenient  = 256 << 20
	maxRatio = 200

	// All files together may be unpacked to manySizes times the Size of one, and
	// otherwise to their own sizes usualRatio times: that is more than a disk
	// full of backups comes to, and a tree of bombs may be full of maxRatios.
	manySizes  = 16
	usualRatio = 20

	// modest is how much memory, in bytes, a walk may hold while others do too.
	modest = 24 << 20

	// maxName is the length, in bytes, of the longest name that a path has.
	maxName = 1 << 10
)

// allowance returns how much may be unpacked of a file of so many bytes, or of
// an unknown number (-1).
func (l Limits) allowance(size int64) int64 {
	if size < 0 || size > l.Size/maxRatio {
		return l.Size
	}
	return min(l.Size, max(lenient, size*maxRatio))
}

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

// spent tells whether as much was unpacked as may be of all files together.
func (o *Opener) spent() bool {
	most := max(min(o.Size, math.MaxInt64/manySizes)*manySizes, min(o.opened.Load(), math.MaxInt64/usualRatio)*usualRatio)
	return o.unpacked.Load() >= most
}

// What is noted in ways of its own. Others are words.
var (
	// ErrSpent is of a file that was not opened because of all files together as much
	// was unpacked as may be. There may be many: they are to be counted. It is a fault.
	ErrSpent = errors.New("of all archives, more would be unpacked than may be: not opened")

	// ErrClosed is, by errors.Is, of what has more in it than could be read, though
	// nobody is at fault: it is encrypted, malformed or cut short. Somebody may have the
	// password, or a whole one.
	ErrClosed = errors.New("not unpacked whole")
)

// A closedError is one that is ErrClosed, in words of its own.
type closedError string

func (e closedError) Error() string        { return string(e) }
func (e closedError) Is(target error) bool { return target == ErrClosed }

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

// A boundError ends a walk that has come to a bound.
type boundError struct{ reason string }

func (e *boundError) Error() string { return e.reason }

// A brokenError is what a decoder says of what it cannot decode.
type brokenError struct {
	err   error
	fault bool
	noted bool
}

func (e *brokenError) Error() string { return e.err.Error() }

// Reasons that are no faults are few and always worded alike: a receipt counts by them.
var (
	errBroken    = closedError("malformed, unpacked as far as that goes")
	errShort     = closedError("cut short, unpacked as far as that goes")
	errPanic     = closedError("malformed so that a decoder gave up, unpacked as far as that goes")
	errEncrypted = closedError("encrypted, not unpacked")
	errElsewhere = errors.New("going on in another file")
	errItself    = errors.New("the same as what holds it: not unpacked again")
)

// malformed returns a new error of what is no archive.
func malformed() error { return &brokenError{err: errBroken} }

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

// broken notes an error that is no reason to end the walk, and returns others.
func (w *walker) broken(path string, err error) error {
	switch b := (*brokenError)(nil); {
	case err == nil:
	case errors.As(err, &b):
		if !b.noted {
			b.noted = true
			w.nBroken++
			w.Note(path, b.err, b.fault)
		}
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		w.Note(path, errShort, false)
	default:
		return err
	}
	return nil
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
func join(path, name string) string { return path + "!" + shortened(name) }

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

// reserve makes room for size bytes until the archive is read.
func (w *walker) reserve(size int64) error {
	w.used += size
	return w.fits()
}

// grow is reserve for a decoder that was opened before others which are in use. When it
// is done with, it gives back what it took, by grown.
func (w *walker) grow(size int64) error {
	w.grown += size
	return w.fits()
}

// room returns how much memory may still be reserved.
func (w *walker) room() int64 { return w.opener.Memory - w.used - w.grown }

// fits tells whether there is as much memory as is reserved, and waits for others that
// hold much.
func (w *walker) fits() error {
	all := w.used + w.grown
	if all > w.opener.Memory {
		return &brokenError{err: fmt.Errorf("it needs %d MB of memory, and %d MB may be used: not unpacked", all>>20, w.opener.Memory>>20), fault: true}
	}
	if all > modest && !w.holds {
		w.opener.big.Lock()
		w.holds = true
	}
	return nil
}

// charge counts a part of a dictionary, a window or the like as unpacked: to make
// one takes about as long as to unpack that, and there may be nothing in it.
//
// The codes of a block of deflate are not counted, of which the decoder says nothing. To
// make them takes about a microsecond, and twelve bytes are a block with nothing in it:
// 4 GB of these, in another archive of 20 MB, take some seven minutes. To count what is
// read for nothing would be of no use, for a block may have a few bytes in it as well.
func (w *walker) charge(size int64) {
	const part = 32
	w.left -= size / part
	if !w.Again {
		w.opener.unpacked.Add(size / part)
	}
}

// release lets the next walk that needs much memory have it.
func (w *walker) release() {
	if w.holds {
		w.opener.big.Unlock()
	}
}

// A meter reads what a decoder gives, as far as it may, and keeps its errors and
// panics from ending more than the reading.
type meter struct {
	w     *walker
	r     io.Reader
	quiet bool // what is broken is no news
	err   error
}

func (w *walker) meter(r io.Reader) *meter { return &meter{w: w, r: r} }

func (m *meter) Read(p []byte) (n int, err error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.err = m.w.ctx.Err(); m.err != nil {
		return 0, m.err
	}
	if m.w.left <= 0 {
		m.err = &boundError{"unpacked, it is more than may be"}
		return 0, m.err
	}
	if !m.w.Again && m.w.opener.spent() {
		m.err = &boundError{"unpacked, all archives are more than may be"}
		return 0, m.err
	}
	n, err = read(m.r, p[:min(int64(len(p)), m.w.left)])
	m.w.left -= int64(n)
	if !m.w.Again {
		m.w.opener.unpacked.Add(int64(n))
	}
	m.err = asBroken(err)
	if b, ok := m.err.(*brokenError); ok && m.quiet {
		b.noted = true
	}
	return n, m.err
}

// read reads from a decoder, which may panic on what no encoder made.
func read(r io.Reader, p []byte) (n int, err error) {
	defer recovered(&err)
	n, err = r.Read(p)
	if n < 0 || n > len(p) {
		return 0, errors.New("a decoder has lost count")
	}
	return n, err
}

// recovered makes an error of a panic of a decoder. It is to be deferred.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &brokenError{err: errPanic}
	}
}

// asBroken returns an error of a decoder as one that ends no walk.
func asBroken(err error) error {
	var (
		bound  *boundError
		broken *brokenError
	)
	switch {
	case err == nil, err == io.EOF, errors.As(err, &bound),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &broken):
		return broken
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &brokenError{err: errShort}
	}
	if errors.Is(err, xz.ErrOptions) || errors.Is(err, xz.ErrUnsupportedCheck) {
		return &brokenError{err: errors.New("packed by a method of xz that is not known: not unpacked"), fault: true}
	}
	for _, memory := range tooLarge {
		if errors.Is(err, memory) {
			return &brokenError{err: errors.New("it needs more memory than may be used: not unpacked"), fault: true}
		}
	}
	return malformed()
}

// isEnd reports whether an error, by asBroken, says that there is no more to be decoded.
func isEnd(err error) bool {
	var b *brokenError
	return err == io.EOF || errors.As(err, &b) && !b.fault
}

// tooLarge are the errors of decoders that would need more memory than they may
// have.
var tooLarge = []error{xz.ErrMemlimit, zstd.ErrWindowSizeExceeded, zstd.ErrDecoderSizeExceeded, rardecode.ErrDictionaryTooLarge}
