package gitpack

import (
	"errors"
	"fmt"
	"slices"
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

// An instruction copies length bytes of the base from offset, or inserts as many
// of its own.
type instruction struct {
	insert         []byte
	offset, length int64
}

// next reads the first instruction of those left of a delta, and returns the
// others.
func next(delta []byte) (in instruction, rest []byte, err error) {
	op := delta[0]
	delta = delta[1:]
	if op == 0 {
		return in, nil, errDelta // reserved
	}
	if op < 0x80 {
		if len(delta) < int(op) {
			return in, nil, errDelta
		}
		return instruction{insert: delta[:op], length: int64(op)}, delta[op:], nil
	}
	for i := range 4 {
		if op>>i&1 != 0 {
			if len(delta) == 0 {
				return in, nil, errDelta
			}
			in.offset |= int64(delta[0]) << (8 * i)
			delta = delta[1:]
		}
	}
	for i := range 3 {
		if op>>(4+i)&1 != 0 {
			if len(delta) == 0 {
				return in, nil, errDelta
			}
			in.length |= int64(delta[0]) << (8 * i)
			delta = delta[1:]
		}
	}
	if in.length == 0 {
		in.length = 0x10000
	}
	return in, delta, nil
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
		var in instruction
		if in, delta, err = next(delta); err != nil {
			return 0, err
		}
		if in.insert == nil && in.offset+in.length > int64(size) {
			return 0, errors.New("a delta that copies from beyond its base")
		}
		made += uint64(in.length)
	}
	if made != want || made > maxHeld {
		return 0, fmt.Errorf("a delta that makes %d bytes and says %d", made, want)
	}
	return int(want), nil
}

// patch appends to dst the target that a checked delta makes out of base. To
// spans it appends the parts of the target in which what stands within reach of
// a byte is not what stood there in the base: around inserted bytes, around the
// seams between parts that were not neighbours, and at an end that was none.
// Parts that touch are merged.
func patch(dst []byte, spans []Span, base, delta []byte, reach int) ([]byte, []Span) {
	_, _, delta, _ = deltaSizes(delta)
	start := len(dst)
	first := len(spans)
	changed := func(from, to int) {
		lo, hi := max(0, from-reach), to+reach
		if n := len(spans); n > first && spans[n-1].End >= lo {
			spans[n-1].End = hi
			return
		}
		spans = append(spans, Span{lo, hi})
	}
	copied := 0 // where in the base the last copied part ended; -1 after an insertion
	for len(delta) > 0 {
		var in instruction
		in, delta, _ = next(delta)
		at := len(dst) - start
		if in.insert != nil {
			changed(at, at+len(in.insert))
			dst = append(dst, in.insert...)
			copied = -1
			continue
		}
		if copied >= 0 && int(in.offset) != copied {
			changed(at, at)
		}
		copied = int(in.offset + in.length)
		dst = append(dst, base[in.offset:copied]...)
	}
	size := len(dst) - start
	if copied >= 0 && copied != len(base) {
		changed(size, size)
	}
	for i := first; i < len(spans); i++ {
		spans[i].End = min(spans[i].End, size)
	}
	return dst, slices.DeleteFunc(spans, func(s Span) bool { return s.Start == s.End })
}

// Patch returns what a delta makes of base.
func Patch(base, delta []byte) ([]byte, error) {
	size, err := check(delta, len(base))
	if err != nil {
		return nil, err
	}
	content, _ := patch(make([]byte, 0, size), nil, base, delta, 0)
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
