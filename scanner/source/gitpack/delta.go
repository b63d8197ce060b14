package gitpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// A Span is the half-open interval of bytes [Start, End).
type Span struct{ Start, End int }

var errDelta = errors.New("malformed delta")

// A delta is a sequence of instructions to make a target out of a base: copy a
// part of the base, or insert bytes of the delta's own.
//
// See https://git-scm.com/docs/pack-format, "Deltified representation".

// deltaSizes reads the sizes of base and target that a delta begins with, and
// returns the instructions.
func deltaSizes(delta []byte) (base, target uint64, rest []byte, err error) {
	sizes := [2]uint64{}
	for i := range sizes {
		for shift := 0; ; shift += 7 {
			if len(delta) == 0 || shift > 56 {
				return 0, 0, nil, errDelta
			}
			c := delta[0]
			delta = delta[1:]
			sizes[i] |= uint64(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
	}
	return sizes[0], sizes[1], delta, nil
}

// copied reads the operands of a copy instruction, of which op is the first
// byte: the part of the base that it copies, and how long they are. It may be
// more than is left of delta.
func copied(op byte, delta []byte) (offset, length int64, n int) {
	var operands uint64
	if len(delta) >= 8 {
		operands = binary.LittleEndian.Uint64(delta)
	} else {
		var rest [8]byte
		copy(rest[:], delta)
		operands = binary.LittleEndian.Uint64(rest[:])
	}
	// Each bit of op says whether there is a byte for it. Without branches,
	// since there is no telling which way they go.
	w := operands
	var both, there uint64
	there = -(uint64(op) & 1)
	both, w = w&there&0xff, w>>(there&8)
	there = -(uint64(op) >> 1 & 1)
	both, w = both|w&there&0xff<<8, w>>(there&8)
	there = -(uint64(op) >> 2 & 1)
	both, w = both|w&there&0xff<<16, w>>(there&8)
	there = -(uint64(op) >> 3 & 1)
	both, w = both|w&there&0xff<<24, w>>(there&8)
	there = -(uint64(op) >> 4 & 1)
	both, w = both|w&there&0xff<<32, w>>(there&8)
	there = -(uint64(op) >> 5 & 1)
	both, w = both|w&there&0xff<<40, w>>(there&8)
	there = -(uint64(op) >> 6 & 1)
	both |= w & there & 0xff << 48
	offset, length = int64(both&(1<<32-1)), int64(both>>32)
	if length == 0 {
		length = 0x10000
	}
	return offset, length, bits.OnesCount8(op & 0x7f)
}

// check returns the size of the target that a delta makes out of a base of size
// bytes, and fails if its instructions make another than it says. It allocates
// nothing, so that a size can be checked before there is room for it.
func check(delta []byte, size int) (target int, err error) {
	base, want, delta, err := deltaSizes(delta)
	if err != nil {
		return 0, err
	}
	if base != uint64(size) {
		return 0, fmt.Errorf("a delta on %d bytes, and its base has %d", base, size)
	}
	var made uint64
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op < 0x80 {
			if op == 0 || len(delta) < int(op) { // zero is reserved
				return 0, errDelta
			}
			delta = delta[op:]
			made += uint64(op)
			continue
		}
		offset, length, n := copied(op, delta)
		if n > len(delta) {
			return 0, errDelta
		}
		delta = delta[n:]
		if offset+length > int64(size) {
			return 0, errors.New("a delta that copies from beyond its base")
		}
		made += uint64(length)
	}
	if made != want {
		return 0, fmt.Errorf("a delta that makes %d bytes and says %d", made, want)
	}
	return int(want), nil
}

// A Copy is a part of a base that a delta copies.
type Copy struct{ From, To, Length int } // To is where it stands in the target

// copies appends to dst what a checked delta copies, in the order of the target.
func copies(dst []Copy, delta []byte) []Copy {
	_, _, delta, _ = deltaSizes(delta)
	for at := 0; len(delta) > 0; {
		op := delta[0]
		delta = delta[1:]
		if op < 0x80 {
			delta = delta[op:]
			at += int(op)
			continue
		}
		offset, length, n := copied(op, delta)
		delta = delta[n:]
		dst = append(dst, Copy{int(offset), at, int(length)})
		at += int(length)
	}
	return dst
}

// patch writes the target that a delta makes out of base to dst, which must be
// of the size that it says. To changes it appends where the target is not the
// base: the inserted bytes, and as empty spans the seams between parts that were
// not neighbours, and an end that was none. They are sorted, and those that
// touch are merged. It returns false if check would not accept the delta.
//
// Of what is further than near from any change not all is written.
func patch(dst []byte, changes []Span, base, delta []byte, near int) ([]Span, bool) {
	size, _, delta, err := deltaSizes(delta)
	if err != nil || size != uint64(len(base)) {
		return changes, false
	}
	first := len(changes)
	at := 0
	last := int64(0) // where in the base the last copied part ended; -1 after an insertion
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op < 0x80 {
			n := int(op)
			if n == 0 || n > len(delta) || n > len(dst)-at {
				return changes, false
			}
			copy(dst[at:], delta[:n])
			delta = delta[n:]
			if last < 0 {
				changes[len(changes)-1].End = at + n
			} else if k := len(changes); k > first && changes[k-1].End == at {
				changes[k-1].End = at + n
			} else {
				changes = append(changes, Span{at, at + n})
			}
			at += n
			last = -1
			continue
		}
		offset, length, n := copied(op, delta)
		if n > len(delta) || offset+length > int64(len(base)) || length > int64(len(dst)-at) {
			return changes, false
		}
		delta = delta[n:]
		if last >= 0 && offset != last {
			changes = append(changes, Span{at, at})
		}
		last = offset + length
		if from := base[offset:last]; len(from)/2 <= near {
			copy(dst[at:], from)
		} else { // what changes is at its ends
			copy(dst[at:], from[:near])
			copy(dst[at+len(from)-near:], from[len(from)-near:])
		}
		at += int(length)
	}
	if last >= 0 && last != int64(len(base)) {
		changes = append(changes, Span{at, at})
	}
	return changes, at == len(dst)
}

// widen appends to dst the parts of size bytes that are within reach of a
// change. Those that touch are merged.
func widen(dst, changes []Span, reach, size int) []Span {
	first := len(dst)
	for _, c := range changes {
		lo, hi := max(0, c.Start-reach), min(c.End+reach, size)
		if n := len(dst); n > first && dst[n-1].End >= lo {
			dst[n-1].End = hi
		} else if lo < hi {
			dst = append(dst, Span{lo, hi})
		}
	}
	return dst
}

// Patch returns what a delta makes of base, if that is no more than most bytes.
func Patch(base, delta []byte, most int64) ([]byte, error) {
	size, err := check(delta, len(base))
	if err != nil {
		return nil, err
	}
	if int64(size) > most {
		return nil, fmt.Errorf("%s are more than the %s that may be held: %w", megabytes(int64(size)), megabytes(most), ErrMemory)
	}
	content := make([]byte, size)
	patch(content, nil, base, delta, size)
	return content, nil
}

// others returns the parts of [0, size) that are not in spans, which are sorted
// and apart.
func others(spans []Span, size int) []Span {
	var rest []Span
	at := 0
	for _, s := range spans {
		if s.Start > at {
			rest = append(rest, Span{at, s.Start})
		}
		at = s.End
	}
	if at < size {
		rest = append(rest, Span{at, size})
	}
	return rest
}
