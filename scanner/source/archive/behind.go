package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A zip file may stand behind a program that unpacks or runs it: a zipapp of Python's,
// an installer, a jar with a script before it. It is known by its end, which is that of
// the file too.
//
// See https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.1.9 and 4.3.16.

const (
	zipEndSize   = 22
	zipEntrySize = 46

	// zipEndReach is how far from the end of a file the end of a zip file is looked
	// for, in bytes: a comment may be as long, and a signature.
	zipEndReach = 1<<16 + zipEndSize
)

// isProgram tells whether a file begins as a script or an executable does.
func isProgram(head []byte) bool {
	for _, magic := range []string{"#!", "MZ", "\x7fELF"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

func isScript(head []byte) bool { return bytes.HasPrefix(head, []byte("#!")) }

// HasZipBehind reports whether a file of so many bytes that begins with head is a
// program that a zip file seems to stand behind: it is to be walked as [Text]. If head is
// of no program, r is not read.
func HasZipBehind(head []byte, r io.ReaderAt, size int64) bool {
	_, _, ok := findZipEnd(head, r, size)
	return ok
}

// findZipEnd returns where the end of the zip file stands behind a program, and what
// stands there.
func findZipEnd(head []byte, r io.ReaderAt, size int64) (at int64, end [zipEndSize]byte, ok bool) {
	if !isProgram(head) || size < zipHeaderSize+zipEntrySize+zipEndSize {
		return 0, end, false
	}
	tail := make([]byte, min(size, zipEndReach))
	if n, _ := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		return 0, end, false
	}
	for rest := tail; ; {
		i := bytes.LastIndex(rest, []byte(zipEnd))
		if i < 0 {
			return 0, end, false
		}
		if copy(end[:], tail[i:]) == zipEndSize && i+zipEndSize+int(binary.LittleEndian.Uint16(end[20:])) <= len(tail) {
			return size - int64(len(tail)-i), end, true
		}
		rest = tail[:i]
	}
}

// zipBehind returns where the zip file begins that stands behind the program p, which
// nothing was read of.
func (p *packed) zipBehind() (start int64, ok bool) {
	if p.at == nil {
		return 0, false
	}
	head, _ := p.Peek(4)
	at, end, ok := findZipEnd(head, p.at, p.size)
	if !ok {
		return 0, false
	}
	le := binary.LittleEndian
	size, offset := int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	directory := at - size
	base := directory - offset // offsets are from where the zip file or the program begins
	if base < 0 {
		return 0, false
	}
	// Members may be in any order.
	start = -1
	in := bufio.NewReader(io.NewSectionReader(p.at, directory, size))
	for {
		var h [zipEntrySize]byte
		if _, err := io.ReadFull(in, h[:]); err != nil || string(h[:4]) != zipDirectory {
			break
		}
		if member := base + int64(le.Uint32(h[42:])); start < 0 || member < start {
			start = member
		}
		in.Discard(int(le.Uint16(h[28:])) + int(le.Uint16(h[30:])) + int(le.Uint16(h[32:])))
	}
	var sign [len(zipLocal)]byte
	if start < 0 || start >= directory {
		return 0, false
	}
	if _, err := p.at.ReadAt(sign[:], start); err != nil || string(sign[:]) != zipLocal {
		return 0, false
	}
	return start, true
}

// program goes through the archives in base64 in a text, and through the zip file that
// stands behind it if it is a program.
func (w *walker) program(p *packed) error {
	start, ok := p.zipBehind()
	if !ok {
		return w.text(p)
	}
	in := w.buffered(io.LimitReader(p.Reader, start))
	err := w.text(&packed{place: p.place, Reader: in, count: p.count})
	w.free = append(w.free, in)
	if err != nil {
		return err
	}
	if p.depth == 0 {
		w.tooDeep(p.path)
		return nil
	}
	size, origin := p.size-start, int64(-1)
	if p.origin >= 0 {
		origin = p.origin + start
	}
	c := &counter{r: io.NewSectionReader(p.at, start, size)}
	return w.unpack(zipFormat, &packed{
		place:  place{path: p.path, depth: p.depth - 1, origin: origin, size: size},
		Reader: bufio.NewReaderSize(c, 1<<16), count: c,
	})
}

// heldScript goes through what stands in and behind the script at a place, a member that
// a scout has read and kept.
func (w *walker) heldScript(at place, s *scout) error {
	content := s.script.Bytes()
	at.size = int64(len(content))
	if s.script.left <= 0 && bytes.Contains(content, []byte(zipLocal)) {
		w.Note(at.path, fmt.Errorf("a script within an archive, of more than %d MB: a zip file behind it was not unpacked", modest>>20), true)
	}
	if s.script.left <= 0 || !HasZipBehind(content[:min(len(content), 2)], bytes.NewReader(content), at.size) {
		at.origin = -1
		return w.heldText(at, s)
	}
	used := w.used
	defer func() { w.used = used }()
	err := w.reserve(at.size)
	if err == nil {
		c := &counter{r: bytes.NewReader(content)}
		b := w.buffered(c)
		defer func() { w.free = append(w.free, b) }()
		err = w.program(&packed{place: at, Reader: b, count: c, at: bytes.NewReader(content)})
	}
	return w.broken(at.path, err)
}
