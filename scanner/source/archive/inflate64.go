package archive

import "io"

// An inflater64 decodes Deflate64: deflate with a window of 64 KB and with a
// length of up to 64 KB, which Windows packs what is larger than 2 GB by. It
// takes no byte beyond the end.
//
// See https://www.rfc-editor.org/rfc/rfc1951 and, for what differs,
// https://github.com/madler/zlib/tree/develop/contrib/infback9.
type inflater64 struct {
	bitReader
	last  bool // block
	block func(*inflater64) (done bool, err error)

	left             int // bytes of a block that is stored
	lengths, offsets prefixCode
	copies, distance int // what is left to copy from there

	window [1 << 16]byte
	pos    int   // in window, of the next byte
	read   int   // in window, of what is to be handed out
	total  int64 // how many bytes there were
	err    error
}

func newInflater64(r io.ByteReader) *inflater64 { return &inflater64{bitReader: bitReader{r: r}} }

// Read implements [io.Reader].
func (z *inflater64) Read(p []byte) (int, error) {
	for z.read == z.pos && z.err == nil {
		z.read, z.pos = z.read%len(z.window), z.pos%len(z.window)
		z.err = z.fill()
	}
	n := copy(p, z.window[z.read:z.pos])
	z.read += n
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// fill decodes up to the end of the window, or of the block.
func (z *inflater64) fill() error {
	if z.block == nil {
		if z.last {
			return io.EOF
		}
		if err := z.header(); err != nil {
			return err
		}
	}
	done, err := z.block(z)
	if done {
		z.block = nil
	}
	return err
}

// header reads that of a block.
func (z *inflater64) header() error {
	v, err := z.take(3)
	if err != nil {
		return err
	}
	z.last = v&1 != 0
	switch v >> 1 {
	case 0:
		z.align()
		v, err := z.take(32)
		if err != nil {
			return err
		}
		if v&0xffff != ^v>>16&0xffff {
			return errBits
		}
		z.left, z.block = int(v&0xffff), (*inflater64).stored
		return nil
	case 1:
		var lengths [288 + 32]byte
		for i := range lengths {
			switch {
			case i >= 288:
				lengths[i] = 5
			case i < 144, i >= 280:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			default:
				lengths[i] = 7
			}
		}
		return z.codes(lengths[:288], lengths[288:])
	case 2:
		return z.dynamic()
	}
	return errBits
}

// dynamic reads the codes of a block.
func (z *inflater64) dynamic() error {
	v, err := z.take(14)
	if err != nil {
		return err
	}
	nLength, nOffset, nCode := int(v&31)+257, int(v>>5&31)+1, int(v>>10)+4
	if nLength > 286 {
		return errBits
	}
	var first [19]byte
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:nCode] {
		v, err := z.take(3)
		if err != nil {
			return err
		}
		first[i] = byte(v)
	}
	var code prefixCode
	if !code.set(first[:]) {
		return errBits
	}
	var lengths [286 + 32]byte
	for i := 0; i < nLength+nOffset; {
		s, err := z.symbol(&code)
		if err != nil {
			return err
		}
		if s < 16 {
			lengths[i] = byte(s)
			i++
			continue
		}
		if s == 16 && i == 0 {
			return errBits
		}
		repeated, least, width := byte(0), []int{3, 3, 11}[s-16], []uint{2, 3, 7}[s-16]
		if s == 16 {
			repeated = lengths[i-1]
		}
		v, err := z.take(width)
		if err != nil {
			return err
		}
		for range least + int(v) {
			if i == nLength+nOffset {
				return errBits
			}
			lengths[i] = repeated
			i++
		}
	}
	return z.codes(lengths[:nLength], lengths[nLength:nLength+nOffset])
}

func (z *inflater64) codes(lengths, offsets []byte) error {
	if !z.lengths.set(lengths) || !z.offsets.set(offsets) {
		return errBits
	}
	z.block = (*inflater64).packed
	return nil
}

// stored decodes a block that is no more than its bytes.
func (z *inflater64) stored() (bool, error) {
	for z.left > 0 && z.pos < len(z.window) {
		v, err := z.take(8)
		if err != nil {
			return false, err
		}
		z.window[z.pos] = byte(v)
		z.pos++
		z.left--
		z.total++
	}
	return z.left == 0, nil
}

// packed decodes a block that is packed.
func (z *inflater64) packed() (bool, error) {
	for {
		for ; z.copies > 0; z.copies-- {
			if z.pos == len(z.window) {
				return false, nil
			}
			z.window[z.pos] = z.window[(z.pos-z.distance)&(len(z.window)-1)]
			z.pos++
			z.total++
		}
		if z.pos == len(z.window) {
			return false, nil
		}
		s, err := z.symbol(&z.lengths)
		switch {
		case err != nil:
			return false, err
		case s < 256:
			z.window[z.pos] = byte(s)
			z.pos++
			z.total++
			continue
		case s == 256:
			return true, nil
		case s > 285:
			return false, errBits
		}
		base, extra := 3+s-257, uint(0)
		switch {
		case s == 285:
			base, extra = 3, 16
		case s >= 265:
			extra = uint(s-261) / 4
			base = 3 + (4+(s-261)%4)<<extra
		}
		v, err := z.take(extra)
		if err != nil {
			return false, err
		}
		z.copies = base + int(v)
		if s, err = z.symbol(&z.offsets); err != nil {
			return false, err
		}
		base, extra = 1+s, 0
		if s >= 4 {
			extra = uint(s-2) / 2
			base = 1 + (2+s%2)<<extra
		}
		if v, err = z.take(extra); err != nil {
			return false, err
		}
		if z.distance = base + int(v); int64(z.distance) > z.total {
			return false, errBits
		}
	}
}
