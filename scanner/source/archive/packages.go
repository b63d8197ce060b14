package archive

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
)

// maxArNames is the size of the largest table of names in an ar file that is
// read, in bytes.
const maxArNames = 1 << 20

// ar goes through an ar file: a static library, or a package of Debian's.
//
// See https://manpages.debian.org/unstable/freebsd-manpages/ar.5freebsd.en.html.
func (w *walker) ar(p *packed) error {
	p.Discard(len("!<arch>\n"))
	var names string // those that do not fit a header, of GNU ar
	for {
		var h [60]byte
		if _, err := io.ReadFull(p, h[:]); err != nil {
			return end(err)
		}
		stored, err := strconv.ParseInt(strings.TrimRight(string(h[48:58]), " "), 10, 64)
		if err != nil || stored < 0 || string(h[58:]) != "`\n" {
			return malformed()
		}
		pad := stored & 1
		name := strings.TrimRight(string(h[:16]), " ")
		switch {
		case name == "//" && stored <= maxArNames:
			text := make([]byte, stored)
			if _, err := io.ReadFull(p, text); err != nil {
				return err
			}
			if _, err := p.Discard64(pad); err != nil {
				return end(err)
			}
			names = string(text)
			continue
		case strings.HasPrefix(name, "#1/"): // of BSD's ar: it is before the content
			n, err := strconv.ParseInt(name[3:], 10, 64)
			if err == nil && n >= 0 && n <= min(stored, maxTarName) {
				text := make([]byte, n)
				if _, err := io.ReadFull(p, text); err != nil {
					return err
				}
				name, stored = cString(text), stored-n
			}
		case strings.HasPrefix(name, "/"):
			if at, err := strconv.Atoi(name[1:]); err == nil && at >= 0 && at < len(names) {
				name, _, _ = strings.Cut(names[at:], "\n")
				name = strings.TrimSuffix(name, "/")
			}
		default:
			name = strings.TrimSuffix(name, "/")
		}
		if err := w.stored(p, name, stored); err != nil {
			return err
		}
		if _, err := p.Discard64(pad); err != nil {
			return end(err)
		}
	}
}

// cpio goes through a cpio file, of the two formats in ASCII.
//
// See https://manpages.debian.org/unstable/libarchive-dev/cpio.5.en.html.
func (w *walker) cpio(p *packed) error {
	const (
		newHeader, oldHeader = 110, 76
		maxNameSize          = 1 << 16
	)
	for {
		magic, err := p.Peek(6)
		if err != nil {
			return err
		}
		var size, nameSize int64
		pad := func(int64) int64 { return 0 }
		switch string(magic) {
		case "070701", "070702":
			var h [newHeader]byte
			if _, err := io.ReadFull(p, h[:]); err != nil {
				return err
			}
			size, nameSize = parseCpio(h[54:62], 16), parseCpio(h[94:102], 16)
			pad = func(n int64) int64 { return -n & 3 }
		case "070707":
			var h [oldHeader]byte
			if _, err := io.ReadFull(p, h[:]); err != nil {
				return err
			}
			size, nameSize = parseCpio(h[65:76], 8), parseCpio(h[59:65], 8)
		default:
			return malformed()
		}
		if size < 0 || nameSize < 1 || nameSize > maxNameSize {
			return malformed()
		}
		text := make([]byte, nameSize)
		if _, err := io.ReadFull(p, text); err != nil {
			return err
		}
		if _, err := p.Discard64(pad(newHeader + nameSize)); err != nil {
			return err
		}
		name := cString(text)
		if name == "TRAILER!!!" && size == 0 {
			return nil
		}
		if err := w.stored(p, name, size); err != nil {
			return err
		}
		if _, err := p.Discard64(pad(size)); err != nil {
			return err
		}
	}
}

// parseCpio parses digits; -1 if they are none.
func parseCpio(digits []byte, base int) int64 {
	n, err := strconv.ParseInt(string(digits), base, 64)
	if err != nil {
		return -1
	}
	return n
}

// rpm goes through a package of RPM's: a lead, two headers, and cpio, packed.
//
// See https://rpm-software-management.github.io/rpm/manual/format_v4.html.
func (w *walker) rpm(p *packed) error {
	const lead = 96
	if _, err := p.Discard64(lead); err != nil {
		return err
	}
	for _, name := range []string{"signature", "header"} {
		head, err := p.Peek(16)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(head, []byte("\x8e\xad\xe8")) {
			return malformed()
		}
		size := 16 + 16*int64(binary.BigEndian.Uint32(head[8:])) + int64(binary.BigEndian.Uint32(head[12:]))
		if err := w.stored(p, name, size); err != nil {
			return err
		}
		if name == "signature" {
			if _, err := p.Discard64(-size & 7); err != nil {
				return err
			}
		}
	}
	if err := w.member(p, ""); err != nil {
		return err
	}
	return w.content(p, "payload", true, p.here(), -1, p.Reader)
}
