package archive

import (
	"bytes"
	"io"
	"strconv"
)

const (
	tarBlock = 512

	// maxTarName is the size of the largest header of a header, in bytes, that
	// is read for the name of a member. It is that of archive/tar.
	maxTarName = 1 << 20
)

// A tarHeader is the header of a member.
//
// See https://www.gnu.org/software/tar/manual/html_node/Standard.html and
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html.
type tarHeader [tarBlock]byte

// isTar tells whether head begins with the header of a member: the only magic
// that all tar files have is its checksum.
func isTar(head []byte) bool {
	if len(head) < tarBlock || head[0] == 0 {
		return false
	}
	h := (*tarHeader)(head[:tarBlock])
	// Most of what is not one is out by this.
	for _, c := range h[148:154] {
		if c != ' ' && (c < '0' || c > '7') {
			return false
		}
	}
	return h.sound()
}

// sound tells whether the checksum is right: the sum of all bytes, with spaces
// in its own place. Some have added up signed bytes.
func (h *tarHeader) sound() bool {
	want, ok := parseTarNumber(h[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, c := range h {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

// parseTarNumber parses octal digits or, if the first bit is set, the rest as a
// number.
func parseTarNumber(b []byte) (int64, bool) {
	if b[0]&0x80 != 0 {
		var n int64
		for i, c := range b {
			if i == 0 {
				c &= 0x7f
			}
			if n >= 1<<54 {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, true
	}
	text := bytes.Trim(b, " \x00")
	if len(text) == 0 {
		return 0, true
	}
	n, err := strconv.ParseInt(string(text), 8, 64)
	return n, err == nil && n >= 0
}

func (h *tarHeader) name() string {
	name := cString(h[:100])
	if string(h[257:263]) == "ustar\x00" {
		if prefix := cString(h[345:500]); prefix != "" {
			return prefix + "/" + name
		}
	}
	return name
}

// tar goes through a tar file.
//
// It is not archive/tar that reads it, because that gives the holes of a sparse
// file as zeros, of which a header can promise 8 EB. Here a member is what is
// stored of it.
func (w *walker) tar(p *packed) error {
	var (
		h    tarHeader
		name string // of the next member, if it does not stand in its header
		size int64  = -1
	)
	for {
		if _, err := io.ReadFull(p, h[:1]); err == io.EOF {
			return nil // some have no end
		} else if err != nil {
			return err
		}
		if _, err := io.ReadFull(p, h[1:]); err != nil {
			return err
		}
		if h.zero() {
			// The end, unless tars were put together: then this goes on behind it.
			if more, err := p.skipZeros(); err != nil || !more {
				return err
			}
			continue
		}
		stored, ok := parseTarNumber(h[124:136])
		if !ok || !h.sound() {
			return malformed()
		}
		switch typ := h[156]; {
		case typ == 'L' && stored <= maxTarName:
			text, err := p.tarExtra(stored)
			if err != nil {
				return err
			}
			name = cString(text)
			continue
		case (typ == 'x' || typ == 'X') && stored <= maxTarName:
			text, err := p.tarExtra(stored)
			if err != nil {
				return err
			}
			name, size = parsePax(text, name, size)
			continue
		case (typ == 'K' || typ == 'g') && stored <= maxTarName:
			if _, err := p.tarExtra(stored); err != nil {
				return err
			}
			continue
		case typ >= '1' && typ <= '6':
			if typ != '1' { // a hard link may have content, by POSIX
				stored = 0
			}
		case typ == 'S': // sparse, as GNU's first format has it
			for more := h[482] != 0; more; {
				var next tarHeader
				if _, err := io.ReadFull(p, next[:]); err != nil {
					return err
				}
				more = next[504] != 0
			}
		}
		if name == "" {
			name = h.name()
		}
		if size >= 0 {
			stored = size
		}
		if err := w.tarMember(p, name, h[156], stored); err != nil {
			return err
		}
		name, size = "", -1
	}
}

// tarMember hands out a member of which so many bytes are stored.
func (w *walker) tarMember(p *packed, name string, typ byte, stored int64) error {
	if err := w.member(p, name); err != nil {
		return err
	}
	if typ == '1' {
		// A hard link has a size in some tars though there is no content: then
		// the next header follows at once.
		if head, _ := p.Peek(tarBlock); isTar(head) {
			return nil
		}
	}
	if stored > 0 {
		in := &io.LimitedReader{R: p.Reader, N: stored}
		if err := w.content(p, name, false, p.here(), stored, in); err != nil {
			return err
		}
		if in.N > 0 {
			if _, err := p.Discard64(in.N); err != nil {
				return err
			}
		}
	}
	_, err := p.Discard64(-stored & (tarBlock - 1))
	if err == io.EOF { // some have no end
		return nil
	}
	return err
}

// tarExtra reads what stands in the place of content and is about the next
// member.
func (p *packed) tarExtra(size int64) ([]byte, error) {
	text := make([]byte, size)
	if _, err := io.ReadFull(p, text); err != nil {
		return nil, err
	}
	_, err := p.Discard64(-size & (tarBlock - 1))
	return text, err
}

// skipZeros passes blocks of zeros and tells whether the header of a member is
// next.
func (p *packed) skipZeros() (more bool, err error) {
	for {
		head, err := p.Peek(tarBlock)
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if (*tarHeader)(head).zero() {
			p.Discard(tarBlock)
			continue
		}
		return isTar(head), nil
	}
}

func (h *tarHeader) zero() bool { return *h == tarHeader{} }

// parsePax returns the path and the size that a header has, or those that there
// are.
func parsePax(text []byte, name string, size int64) (string, int64) {
	for len(text) > 0 {
		digits, _, ok := bytes.Cut(text, []byte{' '})
		n, err := strconv.Atoi(string(digits))
		if !ok || err != nil || n <= len(digits)+1 || n > len(text) {
			break
		}
		record := text[len(digits)+1 : n]
		text = text[n:]
		key, value, _ := bytes.Cut(bytes.TrimSuffix(record, []byte{'\n'}), []byte{'='})
		switch string(key) {
		case "path", "GNU.sparse.name":
			name = string(value)
		case "size":
			if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
				size = n
			}
		}
	}
	return name, size
}
