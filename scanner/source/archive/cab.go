package archive

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
)

const (
	cabMagic      = "MSCF\x00\x00\x00\x00"
	cabBlock      = 32 << 10 // unpacked, the window of its method too
	maxCabName    = 256
	cabFrom       = 0xfffd // a file's folder, that goes on from another cabinet
	cabTo         = 0xfffe // in another: it is the last one
	cabFromTo     = 0xffff
	cabPrevious   = 1 // flags of a cabinet: it goes on from another
	cabNext       = 2 // and in another
	cabReserve    = 4 // there is room for what others put there
	cabStored     = 0
	cabDeflated   = 1
	cabHeaderSize = 36
)

// A cabFile is a file that is packed in a folder, at an offset in its content.
type cabFile struct {
	name   string
	folder int // -1 if it begins in another cabinet
	at     int64
	size   int64
}

// A cabFolder is what was packed together.
type cabFolder struct {
	at     int64 // in the cabinet
	blocks int
	method int
}

// cab goes through a cabinet of Microsoft's.
//
// See https://learn.microsoft.com/en-us/previous-versions/bb417343(v=msdn.10).
func (w *walker) cab(p *packed) error {
	begin := p.pos()
	if err := w.reserve(modest); err != nil { // the names of 65,535 files
		return err
	}
	folders, files, dataReserve, err := p.cabHeader(begin)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.folder < 0 {
			if err := w.member(p, f.name); err != nil {
				return err
			}
			w.Note(join(p.path, f.name), errElsewhere, false)
		}
	}
	files = slices.DeleteFunc(files, func(f cabFile) bool { return f.folder < 0 })
	slices.SortStableFunc(files, func(a, b cabFile) int {
		return cmp.Or(cmp.Compare(folders[a.folder].at, folders[b.folder].at), cmp.Compare(a.folder, b.folder), cmp.Compare(a.at, b.at))
	})
	for len(files) > 0 {
		n := files[0].folder
		many := slices.IndexFunc(files, func(f cabFile) bool { return f.folder != n })
		if many < 0 {
			many = len(files)
		}
		if err := p.skipTill(begin + folders[n].at); err != nil {
			return err
		}
		if err := w.cabMembers(p, folders[n], files[:many], dataReserve); err != nil {
			return err
		}
		files = files[many:]
	}
	return nil
}

// cabHeader reads what stands before the content.
func (p *packed) cabHeader(begin int64) (folders []cabFolder, files []cabFile, dataReserve int, err error) {
	le := binary.LittleEndian
	var b [cabHeaderSize]byte
	read := func(n int) []byte {
		if err == nil {
			_, err = io.ReadFull(p, b[:n])
		}
		return b[:n]
	}
	text := func() string {
		var name []byte
		for err == nil {
			c := read(1)[0]
			if c == 0 || err != nil {
				break
			}
			if name = append(name, c); len(name) > maxCabName {
				err = malformed()
			}
		}
		return string(name)
	}
	h := read(cabHeaderSize)
	filesAt := int64(le.Uint32(h[16:]))
	nFolders, nFiles, flags := int(le.Uint16(h[26:])), int(le.Uint16(h[28:])), le.Uint16(h[30:])
	folderReserve := 0
	if flags&cabReserve != 0 {
		r := read(4)
		var room int64
		room, folderReserve, dataReserve = int64(le.Uint16(r)), int(r[2]), int(r[3])
		if err == nil {
			_, err = p.Discard64(room)
		}
	}
	for _, other := range []uint16{cabPrevious, cabNext} {
		if flags&other != 0 {
			text() // the name of the other, and of the disk that has it
			text()
		}
	}
	for range nFolders {
		f := read(8)
		folders = append(folders, cabFolder{int64(le.Uint32(f)), int(le.Uint16(f[4:])), int(le.Uint16(f[6:]) & 0x0f)})
		if err == nil {
			_, err = p.Discard64(int64(folderReserve))
		}
	}
	if err == nil {
		err = p.skipTill(begin + filesAt)
	}
	for range nFiles {
		f := read(16)
		file := cabFile{size: int64(le.Uint32(f)), at: int64(le.Uint32(f[4:])), folder: int(le.Uint16(f[8:]))}
		file.name = text()
		if err != nil {
			return nil, nil, 0, err
		}
		switch {
		case file.folder == cabFrom || file.folder == cabFromTo:
			file.folder = -1
		case file.folder == cabTo && nFolders > 0:
			file.folder = nFolders - 1
		case file.folder >= nFolders:
			return nil, nil, 0, malformed()
		}
		files = append(files, file)
	}
	return folders, files, dataReserve, err
}

// cabMembers hands out the files of a folder, which is next.
func (w *walker) cabMembers(p *packed, folder cabFolder, files []cabFile, dataReserve int) error {
	if folder.method != cabStored && folder.method != cabDeflated {
		for _, f := range files {
			if err := w.member(p, f.name); err != nil {
				return err
			}
			w.Note(join(p.path, f.name), fmt.Errorf("packed by a method that is not known (%d): not unpacked", folder.method), true)
		}
		return nil
	}
	m := w.meter(&cabReader{p: p, blocks: folder.blocks, reserve: dataReserve, deflated: folder.method == cabDeflated})
	at := int64(0)
	for _, f := range files {
		if err := w.member(p, f.name); err != nil {
			return err
		}
		if f.at < at { // within the one before
			w.Note(join(p.path, f.name), errBroken, false)
			continue
		}
		n, err := io.CopyN(io.Discard, m, f.at-at)
		if at += n; err != nil {
			if err = w.broken(join(p.path, f.name), err); err != nil {
				return err
			}
			continue
		}
		in := &io.LimitedReader{R: m, N: f.size}
		if err := w.content(p, f.name, false, -1, f.size, in); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			if err = w.broken(join(p.path, f.name), err); err != nil {
				return err
			}
		}
		if at += f.size - in.N; in.N > 0 && m.err == io.EOF {
			w.Note(join(p.path, f.name), errShort, false)
		}
	}
	return nil
}

// A cabReader reads the blocks of a folder.
type cabReader struct {
	p        *packed
	blocks   int // to come
	reserve  int
	deflated bool
	data     []byte // of a block
	z        io.ReadCloser
	out      [cabBlock]byte // the last block, and what its next one may refer to
	ready    []byte         // of that
	err      error
}

var errCab = errors.New("malformed cabinet")

func (c *cabReader) Read(b []byte) (int, error) {
	for len(c.ready) == 0 && c.err == nil {
		c.err = c.block()
	}
	n := copy(b, c.ready)
	c.ready = c.ready[n:]
	if n > 0 {
		return n, nil
	}
	return 0, c.err
}

// block reads the next block.
func (c *cabReader) block() error {
	if c.blocks == 0 {
		return io.EOF
	}
	c.blocks--
	var head [8 + 255]byte
	if _, err := io.ReadFull(c.p, head[:8+c.reserve]); err != nil {
		return io.ErrUnexpectedEOF
	}
	size, whole := int(binary.LittleEndian.Uint16(head[4:])), int(binary.LittleEndian.Uint16(head[6:]))
	c.data = append(c.data[:0], make([]byte, size)...)
	if _, err := io.ReadFull(c.p, c.data); err != nil {
		return io.ErrUnexpectedEOF
	}
	switch {
	case whole == 0: // what is left of it begins the next cabinet
		return &brokenError{err: errElsewhere}
	case !c.deflated:
		c.ready = c.data
		return nil
	case whole > cabBlock || !bytes.HasPrefix(c.data, []byte("CK")):
		return errCab
	}
	in := bytes.NewReader(c.data[2:])
	if c.z == nil {
		c.z = flate.NewReader(in)
	} else if err := c.z.(flate.Resetter).Reset(in, bytes.Clone(c.out[:])); err != nil {
		return err
	}
	n, err := io.ReadFull(c.z, c.out[:whole])
	c.ready = c.out[:n]
	return err
}
