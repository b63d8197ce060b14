package gitpack

import (
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
// byte: the part of the base that it copies, and the instructions behind it.
func copied(op byte, delta []byte) (offset, length int64, rest []byte, err error) {
	if len(delta) < bits.OnesCount8(op&0x7f) {
		return 0, 0, nil, errDelta
	}
	for i := range 4 {
		if op>>i&1 != 0 {
			offset |= int64(delta[0]) << (8 * i)
			delta = delta[1:]
		}
	}
	for i := range 3 {
		if op>>(4+i)&1 != 0 {
			length |= int64(delta[0]) << (8 * i)
			delta = delta[1:]
		}
	}
	if length == 0 {
		length = 0x10000
	}
	return offset, length, delta, nil
}

// check reports whether the instructions of a delta make a target of the size
// that it says out of a base of size bytes. Nothing is allocated before.
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
		var offset, length int64
		if offset, length, delta, err = copied(op, delta); err != nil {
			return 0, err
		}
		if offset+length > int64(size) {
			return 0, errors.New("a delta that copies from beyond its base")
		}
		made += uint64(length)
	}
	if made != want || made > maxHeld {
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
		var offset, length int64
		offset, length, delta, _ = copied(op, delta)
		dst = append(dst, Copy{int(offset), at, int(length)})
		at += int(length)
	}
	return dst
}

// patch appends to dst the target that a checked delta makes out of base. To
// changes it appends where the target is not the base: the inserted bytes, and
// as empty spans the seams between parts that were not neighbours, and an end
// that was none. They are sorted, and those that touch are merged.
func patch(dst []byte, changes []Span, base, delta []byte) ([]byte, []Span) {
	_, _, delta, _ = deltaSizes(delta)
	start, first := len(dst), len(changes)
	last := int64(0) // where in the base the last copied part ended; -1 after an insertion
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		at := len(dst) - start
		if op < 0x80 {
			dst = append(dst, delta[:op]...)
			delta = delta[op:]
			if n := len(changes); n > first && changes[n-1].End == at {
				changes[n-1].End = at + int(op)
			} else {
				changes = append(changes, Span{at, at + int(op)})
			}
			last = -1
			continue
		}
		var offset, length int64
		offset, length, delta, _ = copied(op, delta)
		if last >= 0 && offset != last {
			changes = append(changes, Span{at, at})
		}
		last = offset + length
		dst = append(dst, base[offset:last]...)
	}
	if size := len(dst) - start; last >= 0 && last != int64(len(base)) {
		changes = append(changes, Span{size, size})
	}
	return dst, changes
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

// Patch returns what a delta makes of base.
func Patch(base, delta []byte) ([]byte, error) {
	size, err := check(delta, len(base))
	if err != nil {
		return nil, err
	}
	content, _ := patch(make([]byte, 0, size), nil, base, delta)
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
