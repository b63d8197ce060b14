package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"
	"github.com/stangelandcl/ppmd"
	"github.com/ulikunitz/xz/lzma"
)

// Properties in the headers of 7z files.
//
// See https://py7zr.readthedocs.io/en/latest/archive_format.html.
const (
	szEnd           = 0x00
	szHeader        = 0x01
	szArchive       = 0x02
	szAdditional    = 0x03
	szMainStreams   = 0x04
	szFiles         = 0x05
	szPackInfo      = 0x06
	szUnpackInfo    = 0x07
	szSubStreams    = 0x08
	szSize          = 0x09
	szCRC           = 0x0a
	szFolderInfo    = 0x0b
	szUnpackSize    = 0x0c
	szNumUnpack     = 0x0d
	szEmptyStream   = 0x0e
	szNames         = 0x11
	szEncodedHeader = 0x17
)

const (
	szSignatureSize = 32     // bytes of the first header, which begins with the signature
	maxSZHeader     = modest // bytes, packed or not
	maxSZCoders     = 4      // of a folder
	maxSZStreams    = 8      // that those read
)

// unknownSZCoder says of which method, in hexadecimal digits, there is no decoder.
const unknownSZCoder = "packed by a method that is not known (%x): not unpacked"

// A szReader reads a header. Whatever it says there are many of takes a byte of
// it for each at least.
type szReader struct {
	b    []byte
	room *int64 // bytes of memory for what is read
}

// A szPanic is how a szReader ends.
type szPanic struct{ err error }

// fit makes room for n things of so many bytes each.
func (r *szReader) fit(n, size int) {
	if *r.room -= int64(n) * int64(size); *r.room < 0 {
		panic(szPanic{&brokenError{err: errors.New("a header that needs more memory than it may: not unpacked"), fault: true}})
	}
}

// byte reads one.
func (r *szReader) byte() byte {
	return r.bytes(1)[0]
}

// bytes reads n of them, which are valid as long as the header.
func (r *szReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		panic(szPanic{})
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// number reads a number: the bits that the first byte begins with say how many
// bytes follow.
func (r *szReader) number() uint64 {
	first := r.byte()
	var n uint64
	for i := range 8 {
		mask := byte(0x80) >> i
		if first&mask == 0 {
			return n | uint64(first&(mask-1))<<(8*i)
		}
		n |= uint64(r.byte()) << (8 * i)
	}
	return n
}

// count reads how many of something there are.
func (r *szReader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		panic(szPanic{})
	}
	return int(n)
}

// digests passes checksums of n things, and returns which have one.
func (r *szReader) digests(n int) []bool {
	var defined []bool
	if r.byte() == 0 {
		defined = r.bits(n)
	} else {
		if n > len(r.b) {
			panic(szPanic{})
		}
		r.fit(n, 1)
		defined = slices.Repeat([]bool{true}, n)
	}
	for _, d := range defined {
		if d {
			r.bytes(4)
		}
	}
	return defined
}

// bits reads n of them, the highest of a byte first.
func (r *szReader) bits(n int) []bool {
	packed := r.bytes(uint64(n+7) / 8)
	r.fit(n, 1)
	bits := make([]bool, n)
	for i := range bits {
		bits[i] = packed[i/8]&(0x80>>(i%8)) != 0
	}
	return bits
}

// A szCoder is a step of packing: from one stream to one or, by one method, to
// several.
type szCoder struct {
	method []byte
	props  []byte
	ins    int    // streams that are read to unpack
	first  int    // number of the first of them in the folder
	size   uint64 // of what it gives
}

// A szFolder is what was packed together: some files.
type szFolder struct {
	coders []szCoder
	binds  map[int]int // streams that are read, and the coders that give them
	packed []int       // streams that are stored
	outs   int
	files  []uint64 // their sizes
	summed bool     // it has a checksum
}

// last returns the coder that gives the content: what no other reads.
func (f *szFolder) last() int {
	read := make(map[int]bool)
	for _, from := range f.binds {
		read[from] = true
	}
	for i := range f.coders {
		if !read[i] {
			return i
		}
	}
	panic(szPanic{})
}

// folder reads how a folder was packed.
func (r *szReader) folder() szFolder {
	var f szFolder
	n := r.count()
	if n == 0 || n > maxSZCoders {
		panic(szPanic{})
	}
	r.fit(n, 256) // or thereabouts
	ins := 0
	for range n {
		flags := r.byte()
		c := szCoder{method: r.bytes(uint64(flags & 0x0f)), ins: 1, first: ins}
		outs := 1
		if flags&0x10 != 0 {
			c.ins, outs = r.count(), r.count()
		}
		if flags&0x20 != 0 {
			c.props = r.bytes(uint64(r.count()))
		}
		if ins += c.ins; ins > maxSZStreams {
			panic(szPanic{})
		}
		f.outs += outs
		f.coders = append(f.coders, c)
	}
	if f.outs > 1 {
		f.binds = make(map[int]int)
	}
	for range f.outs - 1 {
		in, out := r.number(), r.number()
		if in < uint64(ins) && out < uint64(len(f.coders)) {
			f.binds[int(in)] = int(out)
		}
	}
	switch stored := ins - (f.outs - 1); {
	case stored > 1:
		for range stored {
			f.packed = append(f.packed, int(min(r.number(), maxSZStreams)))
		}
	default:
		for in := range ins {
			if _, bound := f.binds[in]; !bound {
				f.packed = []int{in}
			}
		}
	}
	return f
}

// A szStreams says where what is packed is, and how.
type szStreams struct {
	ats     []uint64 // behind the first header, and at last the end
	folders []szFolder
}

// streams reads where what is packed is, and how.
func (r *szReader) streams() (s szStreams) {
	for {
		switch id := r.byte(); id {
		case szEnd:
			return s
		case szPackInfo:
			at := r.number()
			n := r.count()
			for id := r.byte(); id != szEnd; id = r.byte() {
				switch id {
				case szSize:
					r.fit(n+1, 8)
					s.ats = append(make([]uint64, 0, n+1), at)
					for range n {
						at += min(r.number(), math.MaxUint64-at)
						s.ats = append(s.ats, at)
					}
				case szCRC:
					r.digests(n)
				default:
					panic(szPanic{})
				}
			}
		case szUnpackInfo:
			r.unpackInfo(&s)
		case szSubStreams:
			r.subStreams(&s)
		default:
			panic(szPanic{})
		}
	}
}

// unpackInfo reads how the folders were packed, and how large they are.
func (r *szReader) unpackInfo(s *szStreams) {
	for id := r.byte(); id != szEnd; id = r.byte() {
		switch id {
		case szFolderInfo:
			n := r.count()
			if r.byte() != 0 { // elsewhere
				panic(szPanic{})
			}
			for range n {
				s.folders = append(s.folders, r.folder())
			}
		case szUnpackSize:
			for i := range s.folders {
				f := &s.folders[i]
				for k := range f.outs {
					if size := r.number(); k < len(f.coders) {
						f.coders[k].size = size
					}
				}
				f.files = []uint64{f.coders[f.last()].size}
			}
		case szCRC:
			for i, defined := range r.digests(len(s.folders)) {
				s.folders[i].summed = defined
			}
		default:
			panic(szPanic{})
		}
	}
}

// subStreams reads which files the folders are made of.
func (r *szReader) subStreams(s *szStreams) {
	for id := r.byte(); id != szEnd; id = r.byte() {
		switch id {
		case szNumUnpack:
			sized := uint64(0)
			for i := range s.folders {
				f := &s.folders[i]
				n := r.number()
				// Each has a size in what follows, but for the last of a folder.
				if n > 1 {
					sized += n - 1
				}
				if n > uint64(len(r.b))+1 || sized > uint64(len(r.b)) {
					panic(szPanic{})
				}
				whole := f.files[:min(1, len(f.files))]
				r.fit(int(n), 8)
				if f.files = make([]uint64, n); n == 1 {
					copy(f.files, whole)
				}
			}
		case szSize:
			for i := range s.folders {
				f := &s.folders[i]
				left := f.coders[f.last()].size
				for k := range f.files {
					if k < len(f.files)-1 {
						f.files[k] = r.number()
						left -= min(left, f.files[k])
					} else {
						f.files[k] = left
					}
				}
			}
		case szCRC:
			n := 0
			for _, f := range s.folders {
				if !f.summed || len(f.files) != 1 { // else it is that of the file
					n += len(f.files)
				}
			}
			r.digests(n)
		default:
			panic(szPanic{})
		}
	}
}

// files returns the names of the files and which of them have content.
func (r *szReader) files() (names []string, empty []bool) {
	n := r.count()
	r.fit(n, 1)
	empty = make([]bool, n)
	for id := r.byte(); id != szEnd; id = r.byte() {
		p := szReader{r.bytes(r.number()), r.room}
		switch id {
		case szEmptyStream:
			empty = p.bits(n)
		case szNames:
			if p.byte() != 0 {
				panic(szPanic{})
			}
			names = p.texts(n)
		}
	}
	return names, empty
}

// texts reads names.
func (r *szReader) texts(most int) (names []string) {
	var name []uint16
	for ; len(r.b) >= 2 && len(names) < most; r.b = r.b[2:] {
		c := binary.LittleEndian.Uint16(r.b)
		if c != 0 {
			name = append(name, c)
			continue
		}
		r.fit(1, 32+2*len(name)) // the slice grows, too
		names = append(names, string(utf16.Decode(name)))
		name = name[:0]
	}
	return names
}

// sevenZip goes through a 7z file.
func (w *walker) sevenZip(p *packed) error {
	if p.at == nil {
		return w.holding(p, func(data []byte) error {
			p.at, p.size = bytes.NewReader(data), int64(len(data))
			return w.sevenZip(p)
		})
	}
	var first [szSignatureSize]byte
	if _, err := p.at.ReadAt(first[:], 0); err != nil {
		return err
	}
	le := binary.LittleEndian
	raw, err := p.section(le.Uint64(first[12:]), le.Uint64(first[20:]))
	if err != nil {
		return err
	}
	for range 4 { // a header may be packed, and that one's header too
		// What is known of a folder with a small file is several times what a
		// header says of both.
		room := min(1<<20+12*int64(len(raw)), w.room())
		if err := w.reserve(room); err != nil {
			return err
		}
		h, streams, err := parseSZ(raw, room)
		if err != nil {
			return err
		}
		if streams == nil {
			return w.szMembers(p, h)
		}
		if len(streams.folders) != 1 {
			return malformed()
		}
		f := &streams.folders[0]
		size := f.coders[f.last()].size
		if size > maxSZHeader {
			return &brokenError{err: fmt.Errorf("a header of %d MB: not unpacked", size>>20), fault: true}
		}
		r, err := w.szFolder(p, streams, 0, 0)
		if err != nil {
			return asBroken(err)
		}
		if raw, err = io.ReadAll(io.LimitReader(w.meter(r), int64(size))); err != nil {
			return err
		}
	}
	return malformed()
}

// section reads a part of the file, behind the first header.
func (p *packed) section(at, size uint64) ([]byte, error) {
	switch {
	case size > maxSZHeader:
		return nil, &brokenError{err: fmt.Errorf("a header of %d MB: not unpacked", size>>20), fault: true}
	case at > uint64(p.size) || size > uint64(p.size)-at:
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, size)
	_, err := p.at.ReadAt(b, int64(at)+szSignatureSize)
	return b, short(err)
}

// holding holds what comes once for visit. What turns out to be no archive is handed out
// as it is.
func (w *walker) holding(p *packed, visit func(data []byte) error) error {
	origin := p.here()
	data, err := w.hold(p)
	if err != nil {
		return err
	}
	err = visit(data)
	b := (*brokenError)(nil)
	if broken := errors.As(err, &b) || err == io.EOF || err == io.ErrUnexpectedEOF; broken && p.within && !p.doubtful {
		if stop := w.emit(Member{Path: p.path, Origin: origin}, bytes.NewReader(data)); stop != nil {
			return stop
		}
	}
	return err
}

// A szContents is what a header says.
type szContents struct {
	szStreams
	names []string
	empty []bool
}

// parseSZ parses a header, for which there is room for so many bytes in memory, or
// returns where it is if it is packed itself.
func parseSZ(b []byte, room int64) (h szContents, packed *szStreams, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case szPanic:
			err = cmp.Or(p.err, malformed())
		default:
			panic(p)
		}
	}()
	r := szReader{b, &room}
	switch r.byte() {
	case szEncodedHeader:
		s := r.streams()
		return h, &s, nil
	case szHeader:
	default:
		panic(szPanic{})
	}
	for {
		switch r.byte() {
		case szEnd:
			return h, nil, nil
		case szArchive:
			for id := r.byte(); id != szEnd; id = r.byte() {
				r.bytes(r.number())
			}
		case szAdditional:
			r.streams()
		case szMainStreams:
			h.szStreams = r.streams()
		case szFiles:
			h.names, h.empty = r.files()
		default:
			panic(szPanic{})
		}
	}
}

// szMembers hands out the members, which are packed in folders.
func (w *walker) szMembers(p *packed, h szContents) error {
	file := 0
	next := func() (string, error) { // of those that have content, the next name, or io.EOF
		for ; file < len(h.empty); file++ {
			name := ""
			if file < len(h.names) {
				name = h.names[file]
			}
			if err := w.member(p, name); err != nil {
				return "", err
			}
			if !h.empty[file] {
				file++
				return name, nil
			}
		}
		return "", io.EOF
	}
	stored := 0
	for i, f := range h.folders {
		used, left := w.used, w.left
		w.made = 0
		r, err := w.szFolder(p, &h.szStreams, i, stored)
		stored += len(f.packed)
		m := w.meter(r)
		for _, size := range f.files {
			name, stop := next()
			if stop == io.EOF {
				return malformed()
			}
			if stop != nil {
				return stop
			}
			if err != nil {
				why := asBroken(err)
				if b, ok := why.(*brokenError); ok {
					again := *b // each is named
					why = &again
				}
				if stop := w.broken(join(p.path, name), why); stop != nil {
					return stop
				}
				continue
			}
			in := &io.LimitedReader{R: m, N: int64(min(size, math.MaxInt64))}
			if stop := w.content(p, name, false, -1, -1, in); stop != nil {
				return stop
			}
			if _, stop := io.Copy(io.Discard, in); stop != nil {
				if stop = w.broken(join(p.path, name), stop); stop != nil {
					return stop
				}
			}
		}
		w.used = used
		// What was made for more than there was is no less work.
		w.left -= max(0, w.made-(left-w.left))
	}
	if _, err := next(); err != io.EOF { // names of what is empty, at the end
		return cmp.Or(err, malformed())
	}
	return nil
}

// szFolder returns the content of folder i, of which the first stored stream is
// the one of that number.
func (w *walker) szFolder(p *packed, s *szStreams, i, stored int) (r io.Reader, err error) {
	defer recovered(&err)
	f := &s.folders[i]
	if f.outs != len(f.coders) || stored+len(f.packed) >= len(s.ats) {
		return nil, malformed()
	}
	return w.szCoder(p, s, f, stored, f.last(), make(map[int]bool))
}

// szCoder returns what a coder of a folder gives. Each is in use but once.
func (w *walker) szCoder(p *packed, s *szStreams, f *szFolder, stored, coder int, used map[int]bool) (io.Reader, error) {
	if used[coder] {
		return nil, malformed()
	}
	used[coder] = true
	c := f.coders[coder]
	ins := make([]*bufio.Reader, c.ins)
	for k := range ins {
		var r io.Reader
		var err error
		if from, bound := f.binds[c.first+k]; bound {
			r, err = w.szCoder(p, s, f, stored, from, used)
		} else if n := slices.Index(f.packed, c.first+k); n >= 0 {
			r, err = s.stored(p, stored+n)
		} else {
			err = malformed()
		}
		if err != nil {
			return nil, err
		}
		ins[k] = bufio.NewReader(r)
	}
	if len(ins) == 1 {
		return w.szDecoder(c, ins[0])
	}
	if len(ins) == 4 && string(c.method) == "\x03\x03\x01\x1b" {
		return newBCJ2(ins[0], ins[3], ins[1], ins[2])
	}
	return nil, &brokenError{err: fmt.Errorf(unknownSZCoder, c.method), fault: true}
}

// stored returns the stream of that number, as it is stored.
func (s *szStreams) stored(p *packed, number int) (io.Reader, error) {
	at, end := s.ats[number], min(s.ats[number+1], uint64(p.size))
	if at > end {
		return nil, io.ErrUnexpectedEOF
	}
	return io.NewSectionReader(p.at, int64(at)+szSignatureSize, int64(end-at)), nil
}

// szDecoder returns what a coder that reads one stream gives.
//
// See https://github.com/ip7z/7zip/blob/main/DOC/Methods.txt.
func (w *walker) szDecoder(c szCoder, r *bufio.Reader) (io.Reader, error) {
	switch string(c.method) {
	case "\x00": // as it is
		return r, nil
	case "\x03\x03\x01\x03", "\x04", "\x03\x03\x05\x01", "\x07", "\x03\x03\x07\x01", "\x08", "\x0a":
		// Addresses in machine code, of x86 and ARM, are made absolute. That
		// touches no byte of a text.
		return r, nil
	case "\x03":
		if len(c.props) < 1 {
			return nil, malformed()
		}
		return &delta{r: r, distance: int(c.props[0]) + 1}, nil
	case "\x03\x01\x01": // LZMA
		if len(c.props) < 5 {
			return nil, malformed()
		}
		return w.lzma(c.props[0], uint64(binary.LittleEndian.Uint32(c.props[1:])), c.size, r)
	case "\x21": // LZMA2
		if len(c.props) < 1 || c.props[0] > 40 {
			return nil, malformed()
		}
		dict := min((2|uint64(c.props[0])&1)<<(c.props[0]/2+11), math.MaxUint32)
		dict = max(min(dict, c.size), leastDictionary)
		if err := w.lzmaReserve(dict); err != nil {
			return nil, err
		}
		return lzma.Reader2Config{DictCap: int(dict)}.NewReader2(r)
	case "\x03\x04\x01":
		return w.ppmd(c, r)
	case "\x04\x01\x08":
		return flate.NewReader(r), nil
	case "\x04\x01\x09":
		return newInflater64(r), nil
	case "\x04\x02\x02":
		w.charge(bzip2Block)
		return bzip2.NewReader(r), nil
	case "\x04\xf7\x11\x01":
		return w.zstd(r)
	case "\x06\xf1\x07\x01":
		return nil, &brokenError{err: errEncrypted}
	}
	return nil, &brokenError{err: fmt.Errorf(unknownSZCoder, c.method), fault: true}
}

// ppmd returns the decoder of PPMd, variant H.
func (w *walker) ppmd(c szCoder, r *bufio.Reader) (io.Reader, error) {
	if len(c.props) < 5 {
		return nil, malformed()
	}
	model := binary.LittleEndian.Uint32(c.props[1:])
	if err := w.reserve(int64(model)); err != nil {
		return nil, err
	}
	w.made += int64(model) / 16 // which is as large for a small file
	z, err := ppmd.NewH7zReader(r, int(c.props[0]), int(model), int(min(c.size, math.MaxInt)))
	return &ppmdReader{z}, err
}

// A ppmdReader keeps what was decoded before its decoder panics, which that does on
// what no encoder made.
type ppmdReader struct{ ppmd.Reader }

func (z *ppmdReader) Read(p []byte) (n int, err error) {
	defer recovered(&err)
	for n < len(p) && err == nil {
		var k int
		k, err = z.Reader.Read(p[n : n+1])
		n += k
	}
	return n, err
}
