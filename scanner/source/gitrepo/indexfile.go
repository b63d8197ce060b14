package gitrepo

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"path/filepath"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
)

// An indexFile is an index: the files that the next commit will have. It is read
// whole, and its entries are read one after the other from its bytes, without
// anything being made for each, as there may be hundreds of thousands.
//
// See https://git-scm.com/docs/index-format, and read-cache.c and
// split-index.c in git for what it does not say.
type indexFile struct {
	data    []byte // without the checksum at its end
	sum     plumbing.Hash
	version uint32
	count   uint32 // of entries
	start   int    // of the entries

	// What follows the entries; empty before readExtensions.
	trees []cachedTree
	link  *indexLink
}

// An indexEntry is an entry of an index.
type indexEntry struct {
	path   []byte // with slashes, from the top of the work tree; valid until the next is read
	id     plumbing.Hash
	mode   uint32 // as in a tree
	stage  int    // 0, or in a conflict 1 to 3
	intent bool   // a file that is to be added, of which nothing is yet
}

// isDir tells whether an entry is a directory, which stands in a sparse index for
// all in it; its path ends in a slash.
func (e *indexEntry) isDir() bool { return e.mode&0o170000 == modeTree }

// A cachedTree is a tree that the index knows to be that of a directory, so that
// git makes it a part of the next commit without looking at the entries again. The
// trees in it follow it.
type cachedTree struct {
	name  []byte // of the directory, in that above
	count int    // of the entries that it stands for; negative if it is not known
	id    plumbing.Hash
	end   int // position behind it and the trees in it
}

// An indexLink is what an index says that stores only how it differs from a
// shared one.
type indexLink struct {
	shared   plumbing.Hash // checksum of the shared index, zero if there is none
	deleted  bitmap        // entries of that to leave out
	replaced bitmap        // entries of that whose path alone is used
}

// What is beyond these bounds is malformed: nobody has as much, and it would take
// too much memory.
const (
	maxIndexPath   = 1 << 16 // bytes of a path
	maxExpansion   = 64      // of all paths, when they are compressed, over the size of the index
	maxCachedTrees = 1 << 22
	maxBitmap      = 1 << 20 // words of 64 positions, a run of which takes but one
)

const (
	indexHead  = 12 // "DIRC", version, number of entries
	indexFixed = 62 // of an entry: times, device, inode, mode, owner, size, id, flags
)

// openIndex reads an index of no more than so many bytes, but for what follows the
// entries.
func openIndex(name string, most int64) (*indexFile, error) {
	f, info, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Only what begins as an index does is worth its memory.
	var head [indexHead]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || info.Size() < indexHead+sha1.Size {
		return nil, errNotIndex
	}
	if err := checkIndexHead(head[:]); err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%d MB are more than the %d MB of an index that may be held; scan with a larger --memory", info.Size()>>20, most>>20)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data[copy(data, head[:]):]); err != nil {
		return nil, err
	}
	return parseIndex(data)
}

var errNotIndex = errors.New("not an index")

// checkIndexHead tells whether an index that begins with head can be read.
func checkIndexHead(head []byte) error {
	if string(head[:4]) != "DIRC" {
		return errNotIndex
	}
	if version := binary.BigEndian.Uint32(head[4:]); version < 2 || version > 4 {
		return fmt.Errorf("index version %d is not supported", version)
	}
	return nil
}

func parseIndex(data []byte) (*indexFile, error) {
	if len(data) < indexHead+sha1.Size {
		return nil, errNotIndex
	}
	if err := checkIndexHead(data); err != nil {
		return nil, err
	}
	x := &indexFile{
		version: binary.BigEndian.Uint32(data[4:]),
		count:   binary.BigEndian.Uint32(data[8:]),
		start:   indexHead,
	}
	x.data = data[:len(data)-sha1.Size]
	copy(x.sum[:], data[len(x.data):])
	return x, nil
}

var errChecksum = errors.New("the checksum is wrong: the index is damaged; remove it, and `git reset` makes it anew")

// verify compares the content with the checksum. There is none if git was told so
// by index.skipHash.
func (x *indexFile) verify() error {
	if !x.sum.IsZero() && sha1.Sum(x.data) != x.sum {
		return errChecksum
	}
	return nil
}

// A cursor goes through the entries of an index.
type cursor struct {
	indexEntry      // the current one
	ok         bool // there is a current one
	err        error

	x    *indexFile
	at   int    // where the next begins
	left uint32 // so many more
	name []byte // room for paths that are compressed
	long int    // all of those together
}

// entries returns a cursor at the first entry.
func (x *indexFile) entries() *cursor {
	c := &cursor{x: x, at: x.start, left: x.count}
	c.next()
	return c
}

// next goes to the next entry. At the end, and at what is malformed, there is no
// current one any more.
func (c *cursor) next() {
	if c.ok = false; c.left == 0 || c.err != nil {
		return
	}
	c.left--
	if !c.read() {
		c.err = fmt.Errorf("malformed: entry %d of %d", c.x.count-c.left, c.x.count)
		return
	}
	c.ok = true
}

func (c *cursor) read() bool {
	b := c.x.data[c.at:]
	if len(b) < indexFixed {
		return false
	}
	c.mode = binary.BigEndian.Uint32(b[24:])
	copy(c.id[:], b[40:])
	flags := binary.BigEndian.Uint16(b[60:])
	c.stage = int(flags >> 12 & 3)
	c.intent = false
	head := indexFixed
	if flags&0x4000 != 0 {
		if c.x.version < 3 || len(b) < head+2 {
			return false
		}
		c.intent = b[head]&0x20 != 0
		head += 2
	}
	if c.x.version == 4 {
		return c.compressedPath(b, head)
	}
	n := int(flags & 0xfff)
	if n == 0xfff || len(b) <= head+n || b[head+n] != 0 { // longer than can be said
		if n = bytes.IndexByte(b[head:], 0); n < 0xfff {
			return false
		}
	}
	c.path = b[head : head+n]
	size := (head + n + 8) &^ 7 // with one to eight zeros
	if size > len(b) {
		return false
	}
	c.at += size
	return true
}

// compressedPath reads a path that begins as the one before it does: how many
// bytes to take away from the end of that, and what to put there.
func (c *cursor) compressedPath(b []byte, at int) bool {
	drop, n := varint(b[at:])
	at += n
	end := bytes.IndexByte(b[at:], 0)
	if n == 0 || end < 0 || drop > uint64(len(c.name)) {
		return false
	}
	c.name = append(c.name[:len(c.name)-int(drop)], b[at:at+end]...)
	c.path = c.name
	c.at += at + end + 1
	c.long += len(c.name)
	return len(c.name) <= maxIndexPath && c.long <= maxExpansion*len(c.x.data)
}

// varint reads a number as git writes distances in packs. The length is 0 if it is
// malformed.
func varint(b []byte) (v uint64, n int) {
	for n < len(b) && n < 9 {
		c := b[n]
		n++
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return v, n
		}
		v++
	}
	return 0, 0
}

// readExtensions reads what follows the entries, which end at an offset. An
// extension that is not known and may not be passed over is an error.
func (x *indexFile) readExtensions(at int) (err error) {
	for at < len(x.data) {
		b := x.data[at:]
		if len(b) < 8 {
			return errors.New("malformed extension")
		}
		name, size := string(b[:4]), binary.BigEndian.Uint32(b[4:])
		if int64(size) > int64(len(b)-8) {
			return errors.New("malformed extension")
		}
		b = b[8 : 8+size]
		at += 8 + int(size)
		switch {
		case name == "TREE":
			x.trees, err = parseCachedTrees(b)
		case name == "link":
			x.link, err = parseLink(b)
		case name == "sdir", name[0] >= 'A' && name[0] <= 'Z':
		default:
			err = fmt.Errorf("extension %q is not supported", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseCachedTrees reads the extension TREE: of each directory, those in it
// after it, the name and a zero, how many entries it has and how many
// directories, and if the first is not negative the id of its tree.
func parseCachedTrees(b []byte) (trees []cachedTree, err error) {
	malformed := errors.New("malformed extension TREE")
	type open struct{ i, left int } // a tree, and how many in it are to come
	var above []open
	for len(b) > 0 {
		name, rest, ok := bytes.Cut(b, []byte{0})
		line, rest, ok2 := bytes.Cut(rest, []byte("\n"))
		first, second, ok3 := bytes.Cut(line, []byte(" "))
		count, err := strconv.Atoi(string(first))
		below, err2 := strconv.Atoi(string(second))
		if !ok || !ok2 || !ok3 || err != nil || err2 != nil || below < 0 || len(trees) > 0 && len(above) == 0 || len(trees) == maxCachedTrees {
			return nil, malformed
		}
		t := cachedTree{name: name, count: count}
		if b = rest; count >= 0 {
			if len(b) < len(t.id) {
				return nil, malformed
			}
			b = b[copy(t.id[:], b):]
		}
		if n := len(above); n > 0 {
			above[n-1].left--
		}
		above = append(above, open{len(trees), below})
		trees = append(trees, t)
		for n := len(above); n > 0 && above[n-1].left == 0; n = len(above) {
			trees[above[n-1].i].end = len(trees)
			above = above[:n-1]
		}
	}
	if len(above) > 0 {
		return nil, malformed
	}
	return trees, nil
}

// A bitmap is a set of positions in an index.
type bitmap []uint64

func (b bitmap) has(i uint32) bool { return i/64 < uint32(len(b)) && b[i/64]>>(i%64)&1 != 0 }

func (b bitmap) count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// parseLink reads the extension link: the checksum of the shared index, and two
// bitmaps.
func parseLink(b []byte) (*indexLink, error) {
	l := new(indexLink)
	if len(b) < len(l.shared) {
		return nil, errors.New("malformed extension link")
	}
	b = b[copy(l.shared[:], b):]
	var err error
	if len(b) > 0 {
		if l.deleted, b, err = parseBitmap(b); err == nil {
			l.replaced, b, err = parseBitmap(b)
		}
	}
	if err == nil && len(b) > 0 {
		err = errors.New("malformed extension link")
	}
	return l, err
}

// parseBitmap reads a bitmap that is compressed by EWAH, and returns what follows
// it.
//
// See https://git-scm.com/docs/bitmap-format, appendix A.
func parseBitmap(b []byte) (m bitmap, rest []byte, err error) {
	malformed := errors.New("malformed bitmap")
	if len(b) < 8 {
		return nil, nil, malformed
	}
	words := int64(binary.BigEndian.Uint32(b[4:]))
	b = b[8:]
	if int64(len(b)) < words*8+4 {
		return nil, nil, malformed
	}
	b, rest = b[:words*8], b[words*8+4:] // four bytes are for who appends to it
	for len(b) > 0 {
		head := binary.BigEndian.Uint64(b)
		b = b[8:]
		run, literal := head>>1&(1<<32-1), int64(head>>33)
		if int64(len(b)) < literal*8 || uint64(len(m))+run+uint64(literal) > maxBitmap {
			return nil, nil, malformed
		}
		for range run {
			m = append(m, -(head & 1))
		}
		for range literal {
			m = append(m, binary.BigEndian.Uint64(b))
			b = b[8:]
		}
	}
	return m, rest, nil
}

// A stagingArea is an index with what it shares, as one list of entries.
type stagingArea struct {
	main, shared *indexFile // shared is nil unless the index is split

	indexEntry
	ok  bool
	err error

	// Of a split index.
	added    *cursor // entries that are not in the shared index
	base     *cursor // those that are
	replaced *cursor // those that stand for some of them, without a path
	position uint32  // of base
	fromBase bool    // the current entry
}

// openStagingArea reads the index in a file, which is of the git directory dir,
// and stands at its first entry. The checksum of what it shares is verified, its
// own is not, as that takes as long as all else and can be done meanwhile.
// Neither index may have more than so many bytes.
func openStagingArea(name, dir string, most int64) (*stagingArea, error) {
	x, err := openIndex(name, most)
	if err != nil {
		return nil, err
	}
	// Where the entries end, nothing says but they.
	c := x.entries()
	nameless := 0
	for ; c.ok; c.next() {
		if len(c.path) == 0 {
			nameless++
		}
	}
	if err = c.err; err == nil {
		err = x.readExtensions(c.at)
	}
	if err != nil {
		return nil, cmp.Or(x.verify(), err) // if it is damaged, that is why
	}
	s := &stagingArea{main: x, added: x.entries()}
	if x.link != nil && !x.link.shared.IsZero() {
		if err := s.share(dir, most, nameless); err != nil {
			return nil, err
		}
	} else if nameless > 0 {
		return nil, errors.New("malformed: an entry without a path")
	}
	s.step()
	return s, nil
}

// share opens the shared index in dir.
func (s *stagingArea) share(dir string, most int64, nameless int) error {
	link := s.main.link
	file := "sharedindex." + hex.EncodeToString(link.shared[:])
	x, err := openIndex(filepath.Join(dir, file), most)
	if err == nil {
		err = x.verify()
	}
	if err == nil && x.sum != link.shared {
		err = errChecksum
	}
	if err == nil && link.replaced.count() != nameless {
		err = errors.New("malformed extension link")
	}
	if err != nil {
		return fmt.Errorf("%s: %s", file, reason(err))
	}
	s.shared, s.base, s.replaced = x, x.entries(), s.main.entries()
	for range nameless {
		if len(s.added.path) > 0 {
			return errors.New("malformed: an entry without a path behind others")
		}
		s.added.next()
	}
	s.seek()
	return nil
}

// seek goes to the next entry of the shared index that counts.
func (s *stagingArea) seek() {
	link := s.main.link
	for ; s.base.ok && link.deleted.has(s.position); s.position++ {
		if link.replaced.has(s.position) {
			s.replaced.next()
		}
		s.base.next()
	}
}

// next goes to the next entry.
func (s *stagingArea) next() {
	if s.fromBase {
		if s.main.link.replaced.has(s.position) {
			s.replaced.next()
		}
		s.base.next()
		s.position++
		s.seek()
	} else {
		s.added.next()
	}
	s.step()
}

// step makes the first of the entries that come next the current one.
func (s *stagingArea) step() {
	s.fromBase = s.base != nil && s.base.ok && (!s.added.ok || before(&s.base.indexEntry, &s.added.indexEntry))
	switch {
	case s.base != nil && s.base.err != nil:
		s.err, s.ok = s.base.err, false
	case s.added.err != nil:
		s.err, s.ok = s.added.err, false
	case s.fromBase:
		s.indexEntry, s.ok = s.base.indexEntry, true
		if s.main.link.replaced.has(s.position) {
			s.indexEntry = s.replaced.indexEntry
			s.path = s.base.path
			if !s.replaced.ok || len(s.replaced.path) > 0 {
				s.err, s.ok = errors.New("malformed extension link"), false
			}
		}
	default:
		s.indexEntry, s.ok = s.added.indexEntry, s.added.ok
	}
}

// before tells whether a stands before b in an index.
func before(a, b *indexEntry) bool {
	if c := bytes.Compare(a.path, b.path); c != 0 {
		return c < 0
	}
	return a.stage < b.stage
}
