package archive

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"slices"
)

// An unrar decodes what RAR 2.9 up to 4 packs: matches in a window, as deflate
// has them. Files of a solid archive go on with the window and the codes of the
// one before.
//
// It is not rardecode that reads it, because there the programs are run that
// such files have for their content, each for a tenth of a second and as often
// as a file likes, and models are made of 340 MB. Here no program is run: of those
// that RAR itself has, one is known that adds up bytes and two that touch no byte
// of a text, and a file that has another is told. So is one that is packed by a
// model, which few are.
//
// See decode29.go and filters.go in https://github.com/nwaples/rardecode, and
// unpack30.cpp in https://www.rarlab.com/rar_add.htm.
type unrar struct {
	bitReader
	window   []byte
	pos      int   // in window, of the next byte
	read     int   // in window, of what is to be handed out
	total    int64 // how many bytes there were since the window was empty
	left     int64 // bytes of the file
	ended    bool  // the file says so
	ready    bool  // there are codes
	filtered bool  // some of the file is as it was before a program was to run
	programs []rarProgram
	program  int        // that was last
	sizes    []int      // of what each was for
	deltas   []rarDelta // that are to come
	block    []byte     // what the first of them is for
	out      []byte     // what came of one
	err      error

	codes                                  [rarCodes]byte // their lengths
	literals, offsets, low, repeats, first prefixCode
	distances                              [4]int // that were, the last first
	length                                 int    // that was last
	lowLast, lowRepeats                    int
	copies                                 int // what is left to copy, from distances[0]
}

// A rarProgram is what is known of one.
type rarProgram uint8

const (
	rarUnknown rarProgram = iota
	rarHarmless
	rarAdds
)

// A rarDelta says that bytes are to be added up: every so many, one behind the other.
type rarDelta struct {
	at       int64 // of all that was decoded
	size     int
	channels int
}

const (
	rarLiterals, rarOffsets, rarLow, rarRepeats = 299, 60, 17, 28

	rarCodes = rarLiterals + rarOffsets + rarLow + rarRepeats
)

var (
	errRARModel   = errors.New("packed by a model of text (PPMd): not unpacked")
	errRARProgram = errors.New("packed with a program that would change it: unpacked without")
)

// next begins with a file of so many bytes. Unless it is solid, that knows
// nothing of the one before.
func (z *unrar) next(r io.ByteReader, size int64, window int, solid bool) {
	in := bitReader{r: r, reversed: true}
	if solid && len(z.window) == window {
		z.bitReader, z.left, z.ended, z.filtered, z.copies = in, size, false, false, 0
		z.deltas, z.block, z.out = nil, nil, nil
		if z.err == io.EOF { // otherwise what the one before was is not known
			z.err = nil
		}
		return
	}
	*z = unrar{bitReader: in, window: slices.Grow(z.window[:0], window)[:window], left: size}
}

// Read implements [io.Reader].
func (z *unrar) Read(p []byte) (int, error) {
	for {
		if len(z.out) > 0 {
			n := copy(p, z.out)
			z.out = z.out[n:]
			return n, nil
		}
		ready := z.window[z.read:z.pos]
		if len(ready) == 0 {
			if z.err != nil {
				z.out, z.block = z.block, nil // as it is
				if len(z.out) > 0 {
					z.filtered = true
					continue
				}
				return 0, z.err
			}
			z.fill()
			continue
		}
		if len(z.deltas) > 0 {
			d, at := z.deltas[0], z.total-int64(len(ready))
			if at >= d.at {
				n := min(len(ready), d.size-len(z.block))
				z.block = append(z.block, ready[:n]...)
				z.read += n
				if len(z.block) == d.size {
					z.out = d.undo(z.block)
					z.deltas, z.block = z.deltas[1:], nil
				}
				continue
			}
			ready = ready[:min(int64(len(ready)), d.at-at)]
		}
		n := copy(p, ready)
		z.read += n
		return n, nil
	}
}

// fill decodes more, or sets the error that ends the file.
func (z *unrar) fill() {
	if z.pos == len(z.window) {
		z.pos, z.read = 0, 0
	}
	switch {
	case z.left == 0:
		z.finish()
		z.err = io.EOF
	case z.ended:
		z.err = io.ErrUnexpectedEOF
	default:
		z.err = z.decode()
	}
}

// undo returns what a block was.
func (d rarDelta) undo(block []byte) []byte {
	out := make([]byte, len(block))
	for c := range d.channels {
		var sum byte
		for i := c; i < len(out); i += d.channels {
			sum -= block[0]
			out[i], block = sum, block[1:]
		}
	}
	return out
}

// finish reads what is said at the end of a file of the one behind it, which need
// not be there.
func (z *unrar) finish() {
	if z.ended || !z.ready {
		return
	}
	z.ended = true
	if s, err := z.symbol(&z.literals); err == nil && s == 256 {
		_, _ = z.end()
	}
}

// end reads the end of a block, and tells whether it is that of the file.
func (z *unrar) end() (bool, error) {
	more, err := z.take(1)
	if err != nil {
		return false, err
	}
	if more == 1 {
		z.ready = false
		return false, nil
	}
	again, err := z.take(1)
	z.ready = again == 0
	return true, err
}

// decode decodes up to the end of the window, or of the file.
func (z *unrar) decode() error {
	for z.left > 0 && z.pos < len(z.window) {
		if z.copies > 0 {
			from := z.pos - z.distances[0]
			if from < 0 {
				from += len(z.window)
			}
			z.put(z.window[from])
			z.copies--
			continue
		}
		if !z.ready {
			if err := z.header(); err != nil {
				return err
			}
		}
		s, err := z.symbol(&z.literals)
		switch {
		case err != nil:
			return err
		case s < 256:
			z.put(byte(s))
		case s == 256:
			if z.ended, err = z.end(); err != nil || z.ended {
				return err
			}
		case s == 257:
			err = z.filter()
		case s == 258:
			z.copies = z.length
		case s < 263:
			err = z.again(s - 259)
		case s < 271:
			err = z.short(s - 263)
		default:
			err = z.match(s - 271)
		}
		if err != nil {
			return err
		}
		if z.copies > 0 && (z.distances[0] > len(z.window) || int64(z.distances[0]) > z.total) {
			return errBits
		}
	}
	return nil
}

func (z *unrar) put(b byte) {
	z.window[z.pos] = b
	z.pos++
	z.total++
	z.left--
}

// rarLength returns the length that number s of its code stands for.
func (z *unrar) rarLength(s int) (int, error) {
	if s < 8 {
		return s, nil
	}
	extra := uint(s-4) / 4
	v, err := z.take(extra)
	return (4+s%4)<<extra + int(v), err
}

// again copies from a distance that was.
func (z *unrar) again(i int) error {
	d := z.distances[i]
	copy(z.distances[1:i+1], z.distances[:i])
	z.distances[0] = d
	s, err := z.symbol(&z.repeats)
	if err != nil {
		return err
	}
	n, err := z.rarLength(s)
	z.length = n + 2
	z.copies = z.length
	return err
}

// short copies two bytes from near.
func (z *unrar) short(i int) error {
	v, err := z.take([]uint{2, 2, 3, 4, 5, 6, 6, 6}[i])
	z.push([]int{0, 4, 8, 16, 32, 64, 128, 192}[i]+int(v)+1, 2)
	return err
}

func (z *unrar) push(distance, length int) {
	copy(z.distances[1:], z.distances[:3])
	z.distances[0], z.length, z.copies = distance, length, length
}

// match copies from a distance that is said.
func (z *unrar) match(s int) error {
	length, err := z.rarLength(s)
	if err != nil {
		return err
	}
	length += 3
	if s, err = z.symbol(&z.offsets); err != nil {
		return err
	}
	distance, extra := s, uint(0)
	switch {
	case s >= 48:
		distance, extra = (s-44)<<18, 18
	case s >= 34:
		distance, extra = (s-32)<<16, 16
	case s >= 4:
		extra = uint(s-2) / 2
		distance = (2 + s%2) << extra
	}
	if extra > 0 && s < 10 {
		v, err := z.take(extra)
		if err != nil {
			return err
		}
		distance += int(v)
	} else if extra > 0 {
		v, err := z.take(extra - 4)
		if err != nil {
			return err
		}
		distance += int(v) << 4
		switch {
		case z.lowRepeats > 0:
			z.lowRepeats--
		default:
			s, err := z.symbol(&z.low)
			if err != nil {
				return err
			}
			if s == 16 {
				z.lowRepeats = 15
			} else {
				z.lowLast = s
			}
		}
		distance += z.lowLast
	}
	distance++
	if distance >= 0x2000 {
		length++
	}
	if distance >= 0x40000 {
		length++
	}
	z.push(distance, length)
	return nil
}

// header reads the codes of a block.
func (z *unrar) header() error {
	z.align()
	v, err := z.take(1)
	if err != nil {
		return err
	}
	if v == 1 {
		return &brokenError{err: errRARModel, fault: true}
	}
	if v, err = z.take(1); err != nil {
		return err
	}
	if v == 0 {
		clear(z.codes[:])
	}
	z.lowLast, z.lowRepeats = 0, 0
	var lengths [20]byte
	for i := 0; i < len(lengths); i++ {
		v, err := z.take(4)
		if err != nil {
			return err
		}
		if v == 15 {
			if v, err = z.take(4); err != nil {
				return err
			}
			if v > 0 {
				i += int(v) + 1 // zeros
				continue
			}
			v = 15
		}
		lengths[i] = byte(v)
	}
	if !z.first.set(lengths[:]) {
		return errBits
	}
	for i := 0; i < rarCodes; {
		s, err := z.symbol(&z.first)
		if err != nil {
			return err
		}
		if s < 16 {
			z.codes[i] = (z.codes[i] + byte(s)) & 15
			i++
			continue
		}
		least, width := 3, uint(3)
		if s%2 == 1 {
			least, width = 11, 7
		}
		v, err := z.take(width)
		if err != nil {
			return err
		}
		repeated := byte(0)
		if s < 18 {
			if i == 0 {
				return errBits
			}
			repeated = z.codes[i-1]
		}
		for n := least + int(v); n > 0 && i < rarCodes; n-- {
			z.codes[i] = repeated
			i++
		}
	}
	rest := z.codes[:]
	for _, c := range []struct {
		code *prefixCode
		n    int
	}{{&z.literals, rarLiterals}, {&z.offsets, rarOffsets}, {&z.low, rarLow}, {&z.repeats, rarRepeats}} {
		if !c.code.set(rest[:c.n]) {
			return errBits
		}
		rest = rest[c.n:]
	}
	z.ready = true
	return nil
}

// filter reads that a program is to run, and which.
func (z *unrar) filter() error {
	flags, err := z.take(8)
	if err != nil {
		return err
	}
	n := flags&7 + 1
	switch n {
	case 7:
		n, err = z.take(8)
		n += 7
	case 8:
		n, err = z.take(16)
	}
	if err != nil {
		return err
	}
	data := make([]byte, n)
	for i := range data {
		v, err := z.take(8)
		if err != nil {
			return err
		}
		data[i] = byte(v)
	}
	return z.run(flags, &bitReader{r: bytes.NewReader(data), reversed: true})
}

// run reads what a program is to run for, and takes it down if it is to be.
func (z *unrar) run(flags uint, r *bitReader) (err error) {
	take := func(k uint) (v uint) {
		if err == nil {
			v, err = r.take(k)
		}
		return v
	}
	number := func() uint {
		switch take(2) {
		case 0:
			return take(4)
		case 1:
			if v := take(8); v >= 16 {
				return v
			}
			take(4)
			return 1 << 31 // below zero, which none is that counts
		case 2:
			return take(16)
		}
		return take(32)
	}
	if flags&0x80 != 0 {
		if z.program = int(number()) - 1; z.program < 0 {
			z.programs, z.sizes, z.program = nil, nil, 0
		}
	}
	at := z.total + int64(number())
	if flags&0x40 != 0 {
		at += 258
	}
	const most = 1024 // programs, and blocks to come
	if err != nil || z.program > len(z.programs) || len(z.programs) > most || len(z.deltas) > most {
		return errBits
	}
	if z.program == len(z.sizes) {
		z.sizes = append(z.sizes, 0)
	}
	if flags&0x20 != 0 {
		z.sizes[z.program] = int(number())
	}
	var registers [7]uint
	if flags&0x10 != 0 {
		set := take(7)
		for i := range registers {
			if set&(1<<i) != 0 {
				registers[i] = number()
			}
		}
	}
	if z.program == len(z.programs) {
		text := make([]byte, min(number(), 1<<16))
		for i := range text {
			text[i] = byte(take(8))
		}
		program := rarUnknown
		switch crc32.ChecksumIEEE(text) {
		case 0xad576887, 0x3cd7e57e: // for x86: addresses in calls and jumps
			program = rarHarmless
		case 0x0e06077d:
			program = rarAdds
		}
		z.programs = append(z.programs, program)
	}
	if err != nil {
		return errBits
	}
	d := rarDelta{at: at, size: z.sizes[z.program], channels: int(registers[0])}
	switch program := z.programs[z.program]; {
	case program == rarHarmless || d.size == 0:
	case program == rarUnknown || d.size > len(z.window) || d.channels < 1 || d.channels > 1<<10,
		len(z.deltas) > 0 && d.at < z.deltas[len(z.deltas)-1].at+int64(z.deltas[len(z.deltas)-1].size):
		z.filtered = true
	default:
		z.deltas = append(z.deltas, d)
	}
	return nil
}
