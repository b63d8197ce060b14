package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A piece of a delta copies length bytes of the base from an offset, or inserts
// its text.
type piece struct {
	offset, length int
	text           []byte
}

// encode returns the delta of pieces. Copies are of at most 64 KiB, insertions
// of at most 127 bytes, as the format has it; longer pieces are split.
func encode(base int, pieces []piece) []byte {
	target := 0
	var code []byte
	for _, p := range pieces {
		target += p.length + len(p.text)
		for text := p.text; len(text) > 0; {
			n := min(len(text), 127)
			code = append(append(code, byte(n)), text[:n]...)
			text = text[n:]
		}
		for at, left := p.offset, p.length; left > 0; {
			n := min(left, 1<<16)
			code = appendCopy(code, at, n)
			at, left = at+n, left-n
		}
	}
	head := binary.AppendUvarint(nil, uint64(base))
	return append(binary.AppendUvarint(head, uint64(target)), code...)
}

func appendCopy(code []byte, offset, length int) []byte {
	if length == 1<<16 {
		length = 0
	}
	op, at := byte(0x80), len(code)
	code = append(code, 0)
	for i := range 4 {
		if b := byte(offset >> (8 * i)); b != 0 {
			op |= 1 << i
			code = append(code, b)
		}
	}
	for i := range 3 {
		if b := byte(length >> (8 * i)); b != 0 {
			op |= 0x10 << i
			code = append(code, b)
		}
	}
	code[at] = op
	return code
}

// apply is what a delta means: the target, and for each of its bytes where in
// the base it stood, or -1.
func apply(base []byte, pieces []piece) (target []byte, from []int) {
	for _, p := range pieces {
		for _, c := range p.text {
			target, from = append(target, c), append(from, -1)
		}
		for i := range p.length {
			target, from = append(target, base[p.offset+i]), append(from, p.offset+i)
		}
	}
	return target, from
}

// randomText is of few different bytes, so that parts are alike by chance.
func randomText(r *rand.Rand, n int) []byte {
	text := make([]byte, n)
	for i := range text {
		text[i] = "abcd"[r.IntN(4)]
	}
	return text
}

// randomPieces edits a base: mostly copies it in order, with what goes wrong
// in between.
func randomPieces(r *rand.Rand, base int) []piece {
	var pieces []piece
	at := 0
	for range r.IntN(8) {
		switch r.IntN(6) {
		case 0:
			pieces = append(pieces, piece{text: randomText(r, 1+r.IntN(1+r.IntN(200)))})
		case 1: // out of order, overlapping
			at = r.IntN(base + 1)
		case 2: // leave something out
			at = min(base, at+r.IntN(5))
		}
		if n := min(base-at, r.IntN(1+r.IntN(base+1))); n > 0 {
			pieces = append(pieces, piece{offset: at, length: n})
			at += n
		}
	}
	if r.IntN(2) == 0 && at < base {
		pieces = append(pieces, piece{offset: at, length: base - at})
	}
	return pieces
}

func TestPatch(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		size := r.IntN(600)
		if seed%250 == 0 {
			size = 200_000 + r.IntN(100_000)
		}
		base := randomText(r, size)
		pieces := randomPieces(r, size)
		if seed%11 == 0 {
			pieces = nil
		}
		if err := checkPatch(base, pieces, 1+r.IntN(20)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func checkPatch(base []byte, pieces []piece, reach int) error {
	want, from := apply(base, pieces)
	delta := encode(len(base), pieces)
	size, err := check(delta, len(base))
	if err != nil || size != len(want) {
		return fmt.Errorf("check: %d, %v; want %d", size, err, len(want))
	}
	got := make([]byte, size)
	changes, ok := patch(got, nil, base, delta, len(got))
	spans := widen(nil, changes, reach, len(want))
	if !ok || !bytes.Equal(got, want) {
		return errors.New("another target")
	}
	sparse := bytes.Repeat([]byte{0xff}, size)
	again, _ := patch(sparse, nil, base, delta, 2*reach)
	if !slices.Equal(again, changes) {
		return errors.New("other changes where only these are written")
	}
	for _, s := range widen(nil, changes, 2*reach, size) {
		if !bytes.Equal(sparse[s.Start:s.End], want[s.Start:s.End]) {
			return fmt.Errorf("around %v not all is written", s)
		}
	}
	changed := make([]bool, len(want))
	end := -1
	for _, s := range spans {
		if s.Start <= end || s.Start >= s.End || s.End > len(want) {
			return fmt.Errorf("spans %v of %d bytes", spans, len(want))
		}
		end = s.End
		for p := s.Start; p < s.End; p++ {
			changed[p] = true
		}
	}
	for _, s := range others(spans, len(want)) {
		for p := s.Start; p < s.End; p++ {
			if changed[p] {
				return fmt.Errorf("others: %d is in both", p)
			}
			changed[p] = true
			q := from[p]
			if q < 0 || !bytes.Equal(around(want, p, reach), around(base, q, reach)) ||
				min(p, reach) != min(q, reach) || min(len(want)-p, reach+1) != min(len(base)-q, reach+1) {
				return fmt.Errorf("position %d, %d in the base, is not in %v", p, q, spans)
			}
		}
	}
	for p, ok := range changed {
		if !ok {
			return fmt.Errorf("position %d is in neither", p)
		}
	}
	return nil
}

// around returns the bytes within reach of a position.
func around(b []byte, p, reach int) []byte {
	return b[max(0, p-reach):min(len(b), p+reach+1)]
}

func TestPatchSpans(t *testing.T) {
	const base = 1000
	tests := []struct {
		name   string
		pieces []piece
		want   []Span
	}{
		{"the same", []piece{{0, 1000, nil}}, nil},
		{"the same, in two parts", []piece{{0, 400, nil}, {400, 600, nil}}, nil},
		{"nothing", nil, nil},
		{"the end left out", []piece{{0, 900, nil}}, []Span{{890, 900}}},
		{"the beginning left out", []piece{{100, 900, nil}}, []Span{{0, 10}}},
		{"the middle left out", []piece{{0, 400, nil}, {500, 500, nil}}, []Span{{390, 410}}},
		{"inserted", []piece{{0, 400, nil}, {text: []byte("xyz")}, {400, 600, nil}}, []Span{{390, 413}}},
		{"two near each other", []piece{{0, 400, nil}, {text: []byte("x")}, {400, 19, nil}, {text: []byte("y")}, {419, 581, nil}}, []Span{{390, 431}}},
		{"two that touch", []piece{{0, 400, nil}, {text: []byte("x")}, {400, 20, nil}, {text: []byte("y")}, {420, 580, nil}}, []Span{{390, 432}}},
		{"two apart", []piece{{0, 400, nil}, {text: []byte("x")}, {400, 21, nil}, {text: []byte("y")}, {421, 579, nil}}, []Span{{390, 411}, {412, 433}}},
	}
	for _, test := range tests {
		target, _ := apply(make([]byte, base), test.pieces)
		changes, _ := patch(target, nil, make([]byte, base), encode(base, test.pieces), len(target))
		spans := widen(nil, changes, 10, len(target))
		if fmt.Sprint(spans) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", test.name, spans, test.want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	tests := map[string][]byte{
		"empty":                  {},
		"no target size":         {10},
		"size without end":       bytes.Repeat([]byte{0x80}, 20),
		"size beyond 64 bits":    append(bytes.Repeat([]byte{0xff}, 9), 1, 0),
		"another base":           {11, 1, 1, 'x'},
		"less than it says":      {10, 2, 1, 'x'},
		"more than it says":      {10, 1, 2, 'x', 'y'},
		"reserved":               {10, 1, 0},
		"insertion cut":          {10, 5, 5, 'x'},
		"copy cut":               {10, 5, 0x91},
		"copy beyond the base":   {10, 5, 0x91, 6, 5},
		"copy from beyond":       {10, 1, 0x98, 0x80, 1},
		"copy of 64 KiB of less": {10, 0x80, 0x80, 4, 0x80},
	}
	for name, delta := range tests {
		if size, err := check(delta, 10); err == nil {
			t.Errorf("%s: %d", name, size)
		}
		if _, target, _, err := deltaSizes(delta); err == nil && target < 1<<20 {
			if _, ok := patch(make([]byte, target), nil, make([]byte, 10), delta, int(target)); ok {
				t.Errorf("patch: %s", name)
			}
		}
		if _, err := Patch(make([]byte, 10), delta, 1<<20); err == nil {
			t.Errorf("Patch: %s", name)
		}
	}
	// 10,000 copies of 64 KiB are more than is asked for.
	base := make([]byte, 1<<16)
	pieces := make([]piece, 10_000)
	for i := range pieces {
		pieces[i] = piece{length: 1 << 16}
	}
	if content, err := Patch(base, encode(len(base), pieces), 1<<20); err == nil {
		t.Errorf("a target of %d bytes", len(content))
	}
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("0123456789"), encode(10, []piece{{2, 5, nil}, {text: []byte("x")}, {0, 10, nil}}))
	f.Add([]byte("0123456789"), []byte{10, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x90, 5})
	f.Add(make([]byte, 1<<16), []byte{0x80, 0x80, 4, 0x80, 0x80, 4, 0x80})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		size, err := check(delta, len(base))
		if _, target, _, err2 := deltaSizes(delta); err2 == nil && target < 1<<20 {
			if _, ok := patch(make([]byte, target), nil, base, delta, int(target)); ok != (err == nil) {
				t.Fatalf("patch: %v, check: %v", ok, err)
			}
		}
		if err != nil {
			return
		}
		if size > len(delta)*(1<<16) {
			t.Fatalf("%d bytes out of a delta of %d", size, len(delta))
		}
		if size > 1<<26 {
			return
		}
		got, err := Patch(base, delta, 1<<26)
		if err != nil || len(got) != size {
			t.Fatalf("%d bytes, %v; want %d", len(got), err, size)
		}
	})
}
