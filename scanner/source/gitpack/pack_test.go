package gitpack

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A thing is an object to be packed: whole, or as a delta on another.
type thing struct {
	kind     int
	content  []byte
	base     *thing
	delta    []byte
	byID     bool  // the delta is on an id rather than an offset
	external bool  // the object is in no pack
	size     int64 // to lie about in the header, if not 0
	offset   int64 // once written
}

var kindNames = []string{Commit: "commit", Tree: "tree", Blob: "blob", Tag: "tag"}

func (o *thing) id() ID {
	return ID(sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kindNames[o.kind], len(o.content), o.content)))
}

// writePack returns a pack of things in that order.
func writePack(things []*thing) []byte {
	z := zlib.NewWriter(nil)
	pack := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(things)))
	for _, o := range things {
		o.offset = int64(len(pack))
		body := o.content
		kind := o.kind
		if o.base != nil {
			body = o.delta
			if kind = OffsetDelta; o.byID {
				kind = IDDelta
			}
		}
		pack = appendHeader(pack, kind, cmp.Or(o.size, int64(len(body))))
		switch kind {
		case OffsetDelta:
			pack = appendDistance(pack, o.offset-o.base.offset)
		case IDDelta:
			id := o.base.id()
			pack = append(pack, id[:]...)
		}
		var out bytes.Buffer
		z.Reset(&out)
		z.Write(body)
		z.Close()
		pack = append(pack, out.Bytes()...)
	}
	sum := sha1.Sum(pack)
	return append(pack, sum[:]...)
}

func appendHeader(pack []byte, kind int, size int64) []byte {
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		pack = append(pack, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(pack, c)
}

func appendDistance(pack []byte, distance int64) []byte {
	digits := []byte{byte(distance & 0x7f)}
	for distance >>= 7; distance > 0; distance >>= 7 {
		distance--
		digits = append(digits, 0x80|byte(distance&0x7f))
	}
	slices.Reverse(digits)
	return append(pack, digits...)
}

// The forms of an index.
const (
	version1 = iota
	version2
	version2Large // with all offsets in the table of large ones
)

// writeIndex returns the index of a pack of things.
func writeIndex(pack []byte, things []*thing, form int) []byte {
	type row struct {
		id     ID
		offset int64
	}
	var rows []row
	for _, o := range things {
		rows = append(rows, row{o.id(), o.offset})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.offset, b.offset)) })
	var idx []byte
	if form != version1 {
		idx = []byte("\xfftOc\x00\x00\x00\x02")
	}
	for c := range 256 {
		n := slices.IndexFunc(rows, func(r row) bool { return int(r.id[0]) > c })
		if n < 0 {
			n = len(rows)
		}
		idx = binary.BigEndian.AppendUint32(idx, uint32(n))
	}
	for _, r := range rows {
		if form == version1 {
			idx = binary.BigEndian.AppendUint32(idx, uint32(r.offset))
		}
		idx = append(idx, r.id[:]...)
	}
	if form != version1 {
		idx = append(idx, make([]byte, 4*len(rows))...) // CRCs
		for i, r := range rows {
			v := uint32(r.offset)
			if form == version2Large {
				v = 1<<31 | uint32(i)
			}
			idx = binary.BigEndian.AppendUint32(idx, v)
		}
		for _, r := range rows {
			if form == version2Large {
				idx = binary.BigEndian.AppendUint64(idx, uint64(r.offset))
			}
		}
	}
	idx = append(idx, pack[len(pack)-20:]...)
	sum := sha1.Sum(idx)
	return append(idx, sum[:]...)
}

// store writes the files of a pack and returns their names.
func store(t testing.TB, pack, idx []byte) (packName, idxName string) {
	t.Helper()
	dir := t.TempDir()
	packName, idxName = filepath.Join(dir, "pack-x.pack"), filepath.Join(dir, "pack-x.idx")
	for name, b := range map[string][]byte{packName: pack, idxName: idx} {
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return packName, idxName
}

// open opens a pack until the test ends.
func open(t testing.TB, pack, idx []byte) *Pack {
	t.Helper()
	p, err := Open(store(t, pack, idx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// pile returns a pack of things.
func pile(t testing.TB, things []*thing) *Pack {
	t.Helper()
	pack := writePack(things)
	return open(t, pack, writeIndex(pack, things, version2))
}

// on returns a thing that is stored as a delta of pieces on another.
func (o *thing) on(pieces []piece) *thing {
	content, _ := apply(o.content, pieces)
	return &thing{kind: o.kind, content: content, base: o, delta: encode(len(o.content), pieces)}
}

// randomThings returns objects of all kinds in an order in which a pack may
// have them, and those outside that deltas are on.
func randomThings(r *rand.Rand) (things, outside []*thing) {
	for range r.IntN(3) {
		outside = append(outside, &thing{kind: Blob, content: randomText(r, r.IntN(2000)), external: true})
	}
	all := slices.Clone(outside)
	seen := make(map[ID]bool)
	for _, o := range outside {
		seen[o.id()] = true
	}
	shape := r.IntN(4)
	for range 1 + r.IntN(80) {
		var o *thing
		if len(all) == 0 || r.IntN(12) == 0 {
			o = &thing{kind: 1 + r.IntN(4), content: randomText(r, r.IntN(1+r.IntN(2000)))}
		} else {
			base := all[r.IntN(len(all))]
			switch shape {
			case 0: // long chains
				base = all[len(all)-1]
			case 1: // many deltas on one
				base = all[r.IntN(1+len(all)/20)]
			}
			o = base.on(randomPieces(r, len(base.content)))
			o.byID = base.external || r.IntN(3) == 0
		}
		// A second copy is no delta, lest an id lead in a circle.
		if id := o.id(); seen[id] {
			o = &thing{kind: o.kind, content: o.content}
		} else {
			seen[id] = true
		}
		all, things = append(all, o), append(things, o)
	}
	if r.IntN(2) == 0 { // bases after deltas, where ids allow that
		for range 100 {
			i, j := r.IntN(len(things)), r.IntN(len(things))
			things[i], things[j] = things[j], things[i]
		}
		things = inOrder(things)
	}
	return things, outside
}

// inOrder moves the bases of deltas by offset before those.
func inOrder(things []*thing) (ordered []*thing) {
	done := make(map[*thing]bool)
	for _, o := range things {
		var chain []*thing
		for ; !done[o] && !o.external; o = o.base {
			done[o] = true
			chain = append(chain, o)
			if o.base == nil || o.byID {
				break
			}
		}
		slices.Reverse(chain)
		ordered = append(ordered, chain...)
	}
	return ordered
}

// hits returns the positions among owned ones at which a function of the bytes
// within reach, and of nothing else, is so.
func hits(data []byte, own []Span, reach int, rare uint32) (at []int) {
	for _, s := range own {
		for p := s.Start; p < s.End; p++ {
			if crc32.ChecksumIEEE(around(data, p, reach))%rare == 0 {
				at = append(at, p)
			}
		}
	}
	return at
}
