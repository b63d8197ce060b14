package archive

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

const oldRAR = "Rar!\x1a\x07\x00"

// rar goes through a RAR file.
//
// See https://www.rarlab.com/technote.htm.
func (w *walker) rar(p *packed) error {
	if head, _ := p.Peek(len(oldRAR)); string(head) == oldRAR {
		return w.oldRAR(p)
	}
	if err := w.reserve(maxDictionary); err != nil {
		return err
	}
	r, err := openRAR(p)
	if err != nil {
		return rarError(err)
	}
	for {
		h, err := nextRAR(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return rarError(err)
		}
		if err := w.member(p, h.Name); err != nil {
			return err
		}
		if h.IsDir {
			continue
		}
		if h.Encrypted {
			w.Note(join(p.path, h.Name), errEncrypted, false)
			continue
		}
		if err := w.content(p, h.Name, false, -1, -1, w.meter(r)); err != nil {
			return err
		}
	}
}

func openRAR(p *packed) (r *rardecode.Reader, err error) {
	defer recovered(&err)
	return rardecode.NewReader(p, rardecode.MaxDictionarySize(maxDictionary))
}

func nextRAR(r *rardecode.Reader) (h *rardecode.FileHeader, err error) {
	defer recovered(&err)
	return r.Next()
}

// rarError returns an error of the decoder as one that ends no walk.
func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return &brokenError{err: errEncrypted}
	case errors.Is(err, rardecode.ErrMultiVolume):
		return &brokenError{err: errElsewhere}
	}
	return asBroken(err)
}

// Types and flags of blocks of RAR files before version 5.
const (
	oldRARArchive = 0x73
	oldRARFile    = 0x74
	oldRAREnd     = 0x7b

	oldRARBehind    = 1 << 15 // so many bytes follow the block
	oldRARLocked    = 1 << 7  // of an archive: all that follows is encrypted
	oldRARBefore    = 1 << 0  // of a file: it begins in another archive
	oldRARAfter     = 1 << 1  // it goes on in another archive
	oldRAREncrypted = 1 << 2
	oldRARSolid     = 1 << 4
	oldRARLarge     = 1 << 8 // sizes have 64 bits
	oldRARFolder    = 7      // in the place of a window

	oldRARStored = 0x30
	oldRARFixed  = 32 // bytes of the block of a file, before its name
)

// oldRAR goes through a RAR file before version 5.
//
// See https://www.rarlab.com/rar_add.htm, headers.hpp, and the technical note in
// https://github.com/libarchive/libarchive/wiki/FormatRAR.
func (w *walker) oldRAR(p *packed) error {
	p.Discard(len(oldRAR))
	z := new(unrar)
	const maxWindow = 4 << 20
	if err := w.reserve(3 * maxWindow); err != nil { // a block that bytes are added up in, too
		return err
	}
	le := binary.LittleEndian
	for {
		var head [7]byte
		if _, err := io.ReadFull(p, head[:]); err != nil {
			return end(err) // the last block need not be there
		}
		kind, flags, size := head[2], le.Uint16(head[3:]), int64(le.Uint16(head[5:]))
		if size < int64(len(head)) {
			return malformed()
		}
		block := make([]byte, size)
		copy(block, head[:])
		if _, err := io.ReadFull(p, block[len(head):]); err != nil {
			return err
		}
		switch {
		case kind == oldRAREnd:
			return nil
		case kind == oldRARArchive && flags&oldRARLocked != 0:
			return &brokenError{err: errEncrypted}
		case kind == oldRARFile && size < oldRARFixed:
			return malformed()
		}
		behind := int64(0)
		if len(block) >= 11 && (kind == oldRARFile || flags&oldRARBehind != 0) {
			behind = int64(le.Uint32(block[7:]))
		}
		if kind != oldRARFile {
			if _, err := p.Discard64(behind); err != nil {
				return err
			}
			continue
		}
		if err := w.oldRARMember(p, block, behind, z); err != nil {
			return err
		}
	}
}

// oldRARMember hands out the member that is behind its block.
func (w *walker) oldRARMember(p *packed, block []byte, stored int64, z *unrar) error {
	le := binary.LittleEndian
	flags, size := le.Uint16(block[3:]), int64(le.Uint32(block[11:]))
	version, method, n := block[24], block[25], int(le.Uint16(block[26:]))
	name := block[oldRARFixed:]
	if flags&oldRARLarge != 0 {
		if len(name) < 8 {
			return malformed()
		}
		stored |= int64(le.Uint32(name)) << 32 & (1<<62 - 1)
		size |= int64(le.Uint32(name[4:])) << 32 & (1<<62 - 1)
		name = name[8:]
	}
	text := cString(name[:min(n, len(name))]) // behind a zero it is again, in another way
	if err := w.member(p, text); err != nil {
		return err
	}
	in := &io.LimitedReader{R: p.Reader, N: stored}
	err := func() error {
		window := flags >> 5 & 7
		switch {
		case flags&oldRAREncrypted != 0:
			return &brokenError{err: errEncrypted}
		case flags&oldRARBefore != 0:
			return &brokenError{err: errElsewhere}
		case window == oldRARFolder || size == 0 && stored == 0:
			return nil
		case method == oldRARStored:
			return w.content(p, text, false, p.here(), stored, in)
		case version < 29:
			return &brokenError{err: errors.New("packed as before RAR 2.9: not unpacked"), fault: true}
		}
		b := w.buffered(in)
		defer func() { w.free = append(w.free, b) }()
		length := 1 << 16 << window
		if length > cap(z.window) {
			w.charge(int64(length))
		}
		z.next(b, size, length, flags&oldRARSolid != 0)
		m := w.meter(z)
		if err := w.content(p, text, false, -1, -1, m); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, m); err != nil && m.err == nil { // what follows may need it
			return err
		}
		if z.filtered {
			return &brokenError{err: errRARProgram, fault: true}
		}
		if flags&oldRARAfter != 0 {
			return &brokenError{err: errElsewhere}
		}
		return nil
	}()
	if err = w.broken(join(p.path, text), err); err != nil {
		return err
	}
	_, err = p.Discard64(in.N)
	return short(err)
}
