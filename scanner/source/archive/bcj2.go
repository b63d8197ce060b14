package archive

import (
	"encoding/binary"
	"errors"
	"io"
)

// A bcj2 puts machine code of x86 together again, of which the targets of calls
// and of jumps were taken out. Those are absolute, big-endian, and one after the
// other; a fourth stream tells of each byte that may be a call or a jump whether
// it is one, by the coder of LZMA.
//
// See Bcj2.h in the LZMA SDK, https://7-zip.org/sdk.html.
type bcj2 struct {
	main, flags  io.ByteReader
	calls, jumps io.Reader

	extent, code uint32 // of the coder
	odds         [2 + 256]uint16
	previous     byte
	n            uint32 // bytes that were given
	target       [4]byte
	pending      int // of target, at its end
	err          error
}

func newBCJ2(main, flags io.ByteReader, calls, jumps io.Reader) (*bcj2, error) {
	z := &bcj2{main: main, flags: flags, calls: calls, jumps: jumps, extent: 1<<32 - 1}
	for i := range z.odds {
		z.odds[i] = 1 << 10
	}
	for i := range 5 {
		b, err := flags.ReadByte()
		if err != nil {
			return nil, err
		}
		if i == 0 && b != 0 {
			return nil, errors.New("malformed BCJ2")
		}
		z.code = z.code<<8 | uint32(b)
	}
	return z, nil
}

// Read implements [io.Reader].
func (z *bcj2) Read(p []byte) (n int, err error) {
	for n < len(p) && z.err == nil {
		if z.pending > 0 {
			k := copy(p[n:], z.target[4-z.pending:])
			z.pending -= k
			n += k
			continue
		}
		b, err := z.main.ReadByte()
		if err != nil {
			z.err = err
			break
		}
		p[n] = b
		n++
		z.n++
		z.err = short(z.follow(b))
	}
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// follow reads the target that is behind b, if there is one.
func (z *bcj2) follow(b byte) error {
	previous, from := z.previous, z.jumps
	z.previous = b
	odds := &z.odds[0]
	switch {
	case b == 0xe8:
		from, odds = z.calls, &z.odds[2+int(previous)]
	case b == 0xe9:
		odds = &z.odds[1]
	case previous == 0x0f && b&0xf0 == 0x80:
	default:
		return nil
	}
	if there, err := z.flag(odds); err != nil || !there {
		return err
	}
	if _, err := io.ReadFull(from, z.target[:]); err != nil {
		return err
	}
	z.n += 4
	binary.LittleEndian.PutUint32(z.target[:], binary.BigEndian.Uint32(z.target[:])-z.n)
	z.pending, z.previous = 4, z.target[3]
	return nil
}

// flag decodes a bit.
func (z *bcj2) flag(odds *uint16) (bool, error) {
	if z.extent < 1<<24 {
		b, err := z.flags.ReadByte()
		if err != nil {
			return false, err
		}
		z.extent, z.code = z.extent<<8, z.code<<8|uint32(b)
	}
	bound := z.extent >> 11 * uint32(*odds)
	if z.code < bound {
		z.extent = bound
		*odds += (1<<11 - *odds) >> 5
		return false, nil
	}
	z.extent -= bound
	z.code -= bound
	*odds -= *odds >> 5
	return true, nil
}
