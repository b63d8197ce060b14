package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// What entries of a zip file begin with.
const (
	zipLocal      = "PK\x03\x04"
	zipDescriptor = "PK\x07\x08"
	zipDirectory  = "PK\x01\x02"
	zipArchive    = "PK\x06\x08" // extra data, behind the members
	zipEnd        = "PK\x05\x06"
	zipEnd64      = "PK\x06\x06"
	zipLocator    = "PK\x06\x07" // of that
	zipSignature  = "PK\x05\x05"
)

// Bits of the flags of a member.
const (
	zipEncrypted = 1 << 0
	zipMarked    = 1 << 1 // LZMA says itself where it ends
	zipDescribed = 1 << 3 // sizes follow the content
	zipStrong    = 1 << 6 // encryption
	zipMasked    = 1 << 13
)

// Methods of members; zipDecoder has more.
const (
	zipStored   = 0
	zipNoMethod = 99 // encrypted by AES; the method is elsewhere
)

const zipHeaderSize = 30 // bytes of the header of a member, before its name

// A zipHeader is that of a member, before it.
type zipHeader struct {
	flags, method uint16
	packed        int64 // size in the archive, or -1
	whole         uint64
	name          string
}

// zip goes through a zip file by the headers that stand before the members, not
// by the directory at the end: it need not be held, may be cut off, and no two
// members are the same bytes.
//
// See https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
func (w *walker) zip(p *packed) error {
	if head, _ := p.Peek(8); len(head) == 8 && string(head[4:]) == zipLocal {
		p.Discard(4)
	}
	for {
		sign, err := p.Peek(4)
		if len(sign) < 4 {
			return short(err)
		}
		switch string(sign) {
		case zipLocal:
		case zipDirectory, zipArchive, zipEnd, zipEnd64:
			return w.zipTail(p)
		default:
			// What was aligned, or lies between the members and the directory.
			if err := p.skipTo(zipLocal, zipDirectory, zipEnd); err != nil {
				return err
			}
			continue
		}
		h, err := p.zipHeader()
		if err != nil {
			return err
		}
		if err := w.member(p, h.name); err != nil {
			return err
		}
		if err := w.zipMember(p, h); err != nil {
			return err
		}
	}
}

// zipTail passes what stands behind the members, with names and comments, and hands it
// out if that is not in the file itself.
func (w *walker) zipTail(p *packed) error {
	tail := &zipTail{p: p}
	if p.within && !p.doubtful {
		return w.emit(Member{Path: p.path, Offset: p.pos(), Origin: p.here()}, tail)
	}
	_, err := io.Copy(io.Discard, tail)
	return err
}

// A zipTail reads what stands behind the members of a zip file, up to its end or to
// what does not belong there.
type zipTail struct {
	p    *packed
	left int64 // of a part
	last bool
}

func (t *zipTail) Read(b []byte) (int, error) {
	if t.left == 0 {
		size, last, err := t.p.zipPart()
		if size == 0 || t.last {
			return 0, cmp.Or(err, io.EOF)
		}
		t.left, t.last = size, last
	}
	n, err := t.p.Read(b[:min(int64(len(b)), t.left)])
	t.left -= int64(n)
	return n, err
}

// zipPart returns the size of the next part behind the members, 0 if there is none, and
// whether that is the last.
func (p *packed) zipPart() (size int64, last bool, err error) {
	head, err := p.Peek(zipEntrySize)
	if len(head) < 4 {
		return 0, false, err
	}
	var h [zipEntrySize]byte // of what is cut off, the rest is not there anyhow
	copy(h[:], head)
	le := binary.LittleEndian
	switch string(h[:4]) {
	case zipDirectory:
		return zipEntrySize + int64(le.Uint16(h[28:])) + int64(le.Uint16(h[30:])) + int64(le.Uint16(h[32:])), false, nil
	case zipEnd:
		return zipEndSize + int64(le.Uint16(h[20:])), true, nil
	case zipEnd64:
		return 12 + int64(min(le.Uint64(h[4:]), 1<<62)), false, nil
	case zipLocator:
		return 20, false, nil
	case zipArchive:
		return 8 + int64(le.Uint32(h[4:])), false, nil
	case zipSignature:
		return 6 + int64(le.Uint16(h[4:])), false, nil
	}
	return 0, false, nil
}

// zipHeader reads the header of a member.
func (p *packed) zipHeader() (h zipHeader, err error) {
	var b [zipHeaderSize]byte
	if _, err := io.ReadFull(p, b[:]); err != nil {
		return h, err
	}
	le := binary.LittleEndian
	h.flags, h.method = le.Uint16(b[6:]), le.Uint16(b[8:])
	size, whole := le.Uint32(b[18:]), le.Uint32(b[22:])
	text := make([]byte, int(le.Uint16(b[26:]))+int(le.Uint16(b[28:])))
	if _, err := io.ReadFull(p, text); err != nil {
		return h, err
	}
	n := le.Uint16(b[26:])
	h.name, h.packed, h.whole = string(text[:n]), int64(size), uint64(whole)
	for extra := text[n:]; len(extra) >= 4; {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		const zip64 = 1
		if id == zip64 {
			field := extra[:n]
			if whole == 1<<32-1 && n >= 8 {
				h.whole = le.Uint64(field)
				if n >= 16 {
					field = field[8:]
				}
			}
			if size == 1<<32-1 && len(field) >= 8 {
				h.packed = int64(le.Uint64(field) & (1<<63 - 1))
			}
		}
		extra = extra[n:]
	}
	if h.flags&zipDescribed != 0 && h.packed == 0 {
		h.packed = -1
	}
	return h, nil
}

// zipMember hands out a member behind its header.
func (w *walker) zipMember(p *packed, h zipHeader) error {
	var body io.Reader = p.Reader
	limited := &io.LimitedReader{R: p.Reader, N: h.packed}
	if h.packed >= 0 {
		body = limited
	}
	err := w.zipContent(p, h, body)
	if err = w.broken(join(p.path, h.name), err); err != nil {
		return err
	}
	if h.packed >= 0 {
		if _, err := p.Discard64(limited.N); err != nil {
			return short(err)
		}
	}
	return nil // what follows, if it is no header, is passed by zip
}

func (w *walker) zipContent(p *packed, h zipHeader, body io.Reader) error {
	switch {
	case h.flags&(zipEncrypted|zipStrong|zipMasked) != 0, h.method == zipNoMethod:
		return &brokenError{err: errEncrypted}
	case h.method == zipStored && h.packed < 0:
		return w.content(p, h.name, false, p.here(), -1, &undescribed{p: p})
	case h.method == zipStored:
		return w.content(p, h.name, false, p.here(), h.packed, body)
	case h.packed == 0:
		return nil
	}
	in := p.Reader // decoders read exactly what they need of a ByteReader
	if h.packed >= 0 {
		in = w.buffered(body)
		defer func() { w.free = append(w.free, in) }()
	}
	used := w.used
	defer func() { w.used = used }()
	r, err := w.zipDecoder(h, in)
	if err != nil {
		return asBroken(err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return w.content(p, h.name, false, -1, -1, w.meter(r))
}

// zipDecoder returns the decoder of a member.
func (w *walker) zipDecoder(h zipHeader, body *bufio.Reader) (r io.Reader, err error) {
	defer recovered(&err)
	const (
		deflated   = 8
		deflated64 = 9
		byBzip2    = 12
		byLZMA     = 14
		byZstd     = 93
		byXZ       = 95
		deprecated = 20 // zstd, for a short time
	)
	switch h.method {
	case deflated:
		return w.inflater(body), nil
	case deflated64:
		return newInflater64(body), nil
	case byLZMA:
		return w.zipLZMA(h, body)
	case byBzip2:
		w.charge(bzip2Block)
		return bzip2.NewReader(body), nil
	case byZstd, deprecated:
		return w.zstd(body)
	case byXZ:
		return w.xz(body)
	}
	return nil, &brokenError{err: fmt.Errorf("packed by a method that is not known (%d): not unpacked", h.method), fault: true}
}

// zipLZMA returns the decoder of a member that is packed by LZMA.
func (w *walker) zipLZMA(h zipHeader, body *bufio.Reader) (io.Reader, error) {
	var b [9]byte // a version, a size, and the properties
	if _, err := io.ReadFull(body, b[:]); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	size := h.whole
	if le.Uint16(b[2:]) != 5 {
		return nil, malformed()
	}
	if h.flags&zipMarked != 0 {
		size = unknownSize
	} else if h.packed < 0 {
		return nil, malformed() // it ends nowhere
	}
	return w.lzma(b[4], uint64(le.Uint32(b[5:])), size, body)
}

// inflater returns a decoder that is used again once it is closed.
func (w *walker) inflater(r io.Reader) io.ReadCloser {
	z, ok := w.opener.inflaters.Get().(io.ReadCloser)
	if !ok {
		z = flate.NewReader(r)
	} else if err := z.(flate.Resetter).Reset(r, nil); err != nil {
		z = flate.NewReader(r)
	}
	return &inflater{z, &w.opener.inflaters}
}

type inflater struct {
	io.ReadCloser
	pool *sync.Pool
}

func (z *inflater) Close() error {
	err := z.ReadCloser.Close()
	z.pool.Put(z.ReadCloser)
	return err
}

// An undescribed reads a member that is stored and whose size stands behind it,
// up to a descriptor with that size.
type undescribed struct {
	p    *packed
	n    uint64
	done bool
}

func (u *undescribed) Read(b []byte) (int, error) {
	const least, size = 16, 24 // of a descriptor, with sizes of 32 and 64 bits
	if u.done {
		return 0, io.EOF
	}
	head, err := u.p.Peek(size)
	if len(head) == 0 {
		return 0, short(err)
	}
	if len(head) >= least && string(head[:4]) == zipDescriptor {
		short := uint64(binary.LittleEndian.Uint32(head[8:]))
		if short == u.n&(1<<32-1) || len(head) == size && binary.LittleEndian.Uint64(head[8:]) == u.n {
			u.done = true
			return 0, io.EOF
		}
	}
	// Up to what may be a descriptor.
	head, _ = u.p.Peek(min(u.p.Buffered(), len(b)))
	k := len(head)
	if i := bytes.Index(head[1:], []byte(zipDescriptor[:1])); i >= 0 {
		k = 1 + i
	}
	n, err := u.p.Read(b[:k])
	u.n += uint64(n)
	return n, err
}
