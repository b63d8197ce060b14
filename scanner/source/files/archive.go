package files

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// packed is the blob of a member of the archive that is the content b: its Path
// is that of the member, and its Object has besides the state of the file the
// number of the member and the length of the file's own path.
func packed(b source.Blob, m archive.Member) source.Blob {
	o := b.Object
	binary.LittleEndian.PutUint64(o[16:], uint64(m.N))
	binary.LittleEndian.PutUint64(o[24:], uint64(len(b.Path)))
	kind := member
	if m.Name {
		kind = memberName
	}
	return source.Blob{Kind: kind, Path: m.Path, Object: o}
}

// unpacked is the reverse of packed.
func unpacked(b source.Blob) (file source.Blob, n int) {
	n = int(binary.LittleEndian.Uint64(b.Object[16:]))
	file = source.Blob{Kind: content, Path: b.Path[:binary.LittleEndian.Uint64(b.Object[24:])]}
	copy(file.Object[:16], b.Object[:16])
	return file, n
}

// members emits what is packed in the open file that is the content b: an archive, or
// a text with archives in base64.
func (w *worker) members(ctx context.Context, b source.Blob, f archive.Format) error {
	size := w.reader.size
	return w.tree.opt.Archives.Walk(ctx, b.Path, f, io.NewSectionReader(&w.reader, 0, size), size, archive.Walk{
		Emit: func(m archive.Member, r io.Reader) error {
			w.stop = nil
			_, err := w.chunker.Split(r, packed(b, m), w.margin, func(c source.Chunk) error {
				c.Offset += m.Offset
				return w.emit(c)
			})
			if w.stop != nil || err == nil {
				return w.stop
			}
			return ctx.Err()
		},
		Note: func(path string, why error, fault bool) { note(&w.tree.tally, path, why, fault) },
	})
}

// note notes what of an archive was not unpacked.
func note(t *source.Tally, path string, why error, fault bool) {
	switch {
	case errors.Is(why, archive.ErrSpent):
		t.Unopened.Add(1)
	case fault:
		t.Fault(path, why.Error())
	case errors.Is(why, archive.ErrClosed):
		t.Closed(path, why.Error())
	default:
		t.Skip(path, why.Error())
	}
}

// errFound ends a walk that has nothing more to look for.
var errFound = errors.New("found")

// locateMembers counts the lines of hits in members, by going through archives
// again, by way of buf. What stands in a member as it does in the file was found twice: there
// the file's own hits lose their location.
func (t *Tree) locateMembers(ctx context.Context, hits []source.Hit, locs [][]source.Location, buf []byte) error {
	in := make(map[source.Blob]map[int][]int) // files, numbers of members, positions of hits
	for i, h := range hits {
		if h.Blob.Kind != member {
			continue
		}
		file, n := unpacked(h.Blob)
		if in[file] == nil {
			in[file] = make(map[int][]int)
		}
		in[file][n] = append(in[file][n], i)
	}
	if len(in) == 0 {
		return nil
	}
	own := make(map[source.Blob]map[int64][]int) // files with members, offsets, positions of hits
	for i, h := range hits {
		if h.Blob.Kind != content || in[h.Blob] == nil {
			continue
		}
		if own[h.Blob] == nil {
			own[h.Blob] = make(map[int64][]int)
		}
		own[h.Blob][h.Offset] = append(own[h.Blob][h.Offset], i)
	}
	for file, wanted := range in {
		t.walkAgain(ctx, file, wanted, func(m archive.Member, r io.Reader) {
			order := wanted[m.N]
			slices.SortFunc(order, func(i, j int) int { return cmp.Compare(hits[i].Offset, hits[j].Offset) })
			same := make([]*source.Location, len(order))
			for k, i := range order {
				same[k] = &locs[i][0]
				if m.Origin >= 0 {
					for _, j := range own[file][m.Origin+hits[i].Offset-m.Offset] {
						locs[j] = nil
					}
				}
			}
			if m.Offset == 0 {
				countIn(r, same, buf)
			}
		})
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// walkAgain visits the wanted members of a file, unless that has changed.
func (t *Tree) walkAgain(ctx context.Context, b source.Blob, wanted map[int][]int, visit func(archive.Member, io.Reader)) {
	r := reader{sys: &t.sys, ctx: ctx}
	if err := t.sys.open(&r.file, b.Path, b.Path == t.root); err != nil {
		return
	}
	defer r.file.close()
	st, err := r.file.state()
	if err != nil || !st.regular || st.object() != b.Object {
		return
	}
	head := make([]byte, archive.HeadSize)
	n, _ := io.ReadFull(io.NewSectionReader(&r, 0, st.size), head)
	left := len(wanted)
	f := cmp.Or(archive.Recognise(head[:n], b.Path), archive.Text)
	// Only how it ends is of interest to nobody: what was found, was found.
	_ = t.opt.Archives.Walk(ctx, b.Path, f, io.NewSectionReader(&r, 0, st.size), st.size, archive.Walk{
		Emit: func(m archive.Member, r io.Reader) error {
			if wanted[m.N] != nil {
				visit(m, r)
				if left--; left == 0 {
					return errFound
				}
			}
			_, err := io.Copy(io.Discard, r)
			if err != nil {
				return ctx.Err()
			}
			return nil
		},
		Note:  func(string, error, bool) {},
		Again: true,
	})
}
