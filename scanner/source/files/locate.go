package files

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
)

// Locate implements [source.Source]. It reads the files that have hits again,
// each once, to count lines. Of a file that is not any more what Walk read, the
// lines stay 0. The error is that of ctx.
func (t *Tree) Locate(ctx context.Context, hits []source.Hit) ([][]source.Location, error) {
	locs := make([][]source.Location, len(hits))
	order := make([]int, len(hits))
	for i, h := range hits {
		order[i] = i
		l := source.Location{Kind: source.File, Path: h.Blob.Path, Offset: h.Offset}
		if h.Blob.Kind == member || h.Blob.Kind == memberName {
			file, _ := unpacked(h.Blob)
			l.Container = file.Path
		}
		switch h.Blob.Kind {
		case pathName, memberName:
			l.Part = "path name"
		case linkTarget:
			l.Part = "link target"
		}
		locs[i] = []source.Location{l}
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := hits[i], hits[j]
		return cmp.Or(
			cmp.Compare(a.Blob.Path, b.Blob.Path),
			cmp.Compare(a.Blob.Kind, b.Blob.Kind),
			bytes.Compare(a.Blob.Object[:], b.Blob.Object[:]),
			cmp.Compare(a.Offset, b.Offset),
		)
	})
	buf := make([]byte, 1<<18)
	for len(order) > 0 {
		blob := hits[order[0]].Blob
		n := slices.IndexFunc(order, func(i int) bool { return hits[i].Blob != blob })
		if n < 0 {
			n = len(order)
		}
		if blob.Kind == content {
			same := make([]*source.Location, n)
			for k, i := range order[:n] {
				same[k] = &locs[i][0]
			}
			t.countLines(ctx, blob, same, buf)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		order = order[n:]
	}
	return locs, t.locateMembers(ctx, hits, locs, buf)
}

// countLines sets the line and the column of locs, which are in b and in
// ascending order of offset, unless the file has changed.
func (t *Tree) countLines(ctx context.Context, b source.Blob, locs []*source.Location, buf []byte) {
	r := reader{sys: &t.sys, ctx: ctx}
	if err := t.sys.open(&r.file, b.Path, b.Path == t.root); err != nil {
		return
	}
	defer r.file.close()
	st, err := r.file.state()
	if err != nil || !st.regular || st.object() != b.Object {
		return
	}
	r.size = st.size
	countIn(&r, locs, buf)
	if after, err := r.file.state(); err != nil || after != st {
		for _, l := range locs {
			l.Line, l.Column = 0, 0
		}
	}
}
