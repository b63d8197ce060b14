package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// sqliteSeam is how much is handed out before and behind where a record goes on in
// another page, in bytes. It is what there is on both sides of a credential: more
// would be matched twice, and found in two places.
const sqliteSeam = 256

// sqliteUses is how often a page may be one that a record goes on in, on average over
// all. It is once in a file that is whole; records that were deleted go on in pages that
// others have since. In one that is made for it, all records go on in all pages.
const sqliteUses = 4

// sqlite goes through the records of an SQLite file that go on in other pages, in
// which a text may be cut in two, and hands out where they do. All else stands in
// the file as it is.
//
// The trees of pages are not followed: whatever looks like a page with records
// is one, so that deleted tables are read as well.
//
// See https://www.sqlite.org/fileformat2.html.
func (w *walker) sqlite(p *packed) error {
	if p.at == nil {
		held, err := w.hold(p)
		if b, ok := err.(*brokenError); ok {
			b.fault = false // hardly anything is left out
		}
		if err != nil {
			return err
		}
		p.at, p.size = bytes.NewReader(held), int64(len(held))
	}
	var head [100]byte
	if _, err := p.at.ReadAt(head[:], 0); err != nil {
		return err
	}
	f := sqliteFile{at: p.at, pageSize: int64(binary.BigEndian.Uint16(head[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 1 << 16
	}
	f.usable = int(f.pageSize) - int(head[20])
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480 {
		return malformed()
	}
	f.pages = p.size / f.pageSize
	f.next, f.left = make([]byte, f.pageSize), sqliteUses*f.pages
	page := make([]byte, f.pageSize)
	for n := int64(1); n <= f.pages; n++ {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if err := f.page(n, page); err != nil {
			return err
		}
		cells := page
		if n == 1 {
			cells = page[len(head):]
		}
		for i := range int(binary.BigEndian.Uint16(cells[3:])) {
			r := f.record(page, cells, i)
			if r == nil {
				continue
			}
			if err := w.member(p, ""); err != nil {
				return err
			}
			if err := w.seams(fmt.Sprintf("%s!page %d record %d", p.path, n, i+1), r); err != nil {
				return err
			}
		}
	}
	return nil
}

// seams hands out where a record goes on. It ends after as many bytes as it says,
// or where a page is none: then it may as well be no record. What is handed out counts as
// unpacked.
func (w *walker) seams(path string, r *sqliteRecord) error {
	before := r.local[max(0, len(r.local)-sqliteSeam):]
	offset := int64(len(r.local)) // of the next page
	page := r.file.next
	for left := r.size - offset; left > 0; {
		if r.file.left == 0 {
			return malformed()
		}
		if err := r.file.page(r.next, page); err != nil {
			return w.ctx.Err()
		}
		r.file.left--
		r.next = int64(binary.BigEndian.Uint32(page))
		behind := page[4:r.file.usable]
		behind = behind[:min(int64(len(behind)), left)]
		after := behind[:min(sqliteSeam, len(behind))]
		if len(after) < len(behind) {
			after = after[:len(after)-cutWordBefore(after)]
		}
		if int64(len(before)) < offset {
			before = before[cutWord(before):]
		}
		seam := slices.Concat(before, after)
		at := Member{Path: path, Offset: offset - int64(len(before)), Origin: -1}
		m := w.meter(bytes.NewReader(seam))
		if err := w.emit(at, m); err != nil {
			return err
		}
		if m.err != nil && m.err != io.EOF {
			return m.err
		}
		before = slices.Clone(behind[max(0, len(behind)-sqliteSeam):])
		offset += int64(len(behind))
		left -= int64(len(behind))
	}
	return nil
}

type sqliteFile struct {
	at       io.ReaderAt
	pageSize int64
	pages    int64
	usable   int    // bytes of a page
	next     []byte // a page that a record goes on in
	left     int64  // how many of these may be read
}

// page reads page n, the first of which is 1.
func (f *sqliteFile) page(n int64, page []byte) error {
	if n < 1 || n > f.pages {
		return errors.New("no such page")
	}
	_, err := f.at.ReadAt(page, (n-1)*f.pageSize)
	return short(err)
}

// record returns record i of a page if it goes on in others. The offsets that a
// page has count from its beginning, also in the first, where the header of the
// file is before what is in cells.
func (f *sqliteFile) record(page, cells []byte, i int) *sqliteRecord {
	const (
		tableLeaf, indexLeaf, indexInterior = 0x0d, 0x0a, 0x02
	)
	most, pointers, child := (f.usable-12)*64/255-23, 8, 0
	switch cells[0] {
	case tableLeaf:
		most = f.usable - 35
	case indexLeaf:
	case indexInterior:
		pointers, child = 12, 4
	default:
		return nil
	}
	if pointers+2*i+2 > len(cells) {
		return nil
	}
	at := int(binary.BigEndian.Uint16(cells[pointers+2*i:])) + child
	if at < 0 || at >= f.usable {
		return nil
	}
	cell := page[at:f.usable]
	size, n := sqliteNumber(cell)
	cell = cell[n:]
	if cells[0] == tableLeaf {
		_, n = sqliteNumber(cell) // the number of the row
		cell = cell[n:]
	}
	if size <= uint64(most) || size > uint64(f.pages*f.pageSize) {
		return nil
	}
	least := (f.usable-12)*32/255 - 23
	local := least + (int(size)-least)%(f.usable-4)
	if local > most {
		local = least
	}
	if len(cell) < local+4 {
		return nil
	}
	next := int64(binary.BigEndian.Uint32(cell[local:]))
	if next < 1 || next > f.pages {
		return nil
	}
	return &sqliteRecord{file: f, size: int64(size), local: cell[:local], next: next}
}

// A sqliteRecord begins in a page.
type sqliteRecord struct {
	file  *sqliteFile
	size  int64  // in bytes
	local []byte // what is in the page
	next  int64  // page that it goes on in
}

// sqliteNumber reads a number of up to nine bytes, and returns how many.
func sqliteNumber(b []byte) (v uint64, n int) {
	for n < len(b) {
		c := b[n]
		if n++; n == 9 {
			return v<<8 | uint64(c), n
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			break
		}
	}
	return v, n
}
