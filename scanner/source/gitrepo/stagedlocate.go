package gitrepo

import (
	"context"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
)

// locateStaged returns the locations of hits in what is staged, one for each, but
// none for what is located in a member of an archive.
func (r *Repository) locateStaged(ctx context.Context, hits []source.Hit) ([][]source.Location, error) {
	l := &locator{Repository: r, content: make(map[source.Hit]detail), inMember: make(map[source.Hit]bool)}
	r.db = openFew(r.objectDirs(), r.opt, func(string, string) {}) // noted before
	defer r.db.close()
	reader := newReader(ctx, r.db, int(r.db.memory)/8)
	defer reader.close()
	sorted := slices.Clone(hits)
	slices.SortFunc(sorted, compareHits)
	for len(sorted) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		blob := sorted[0].Blob
		n := slices.IndexFunc(sorted, func(h source.Hit) bool { return !together(h.Blob, blob) })
		if n < 0 {
			n = len(sorted)
		}
		if err := l.readStaged(ctx, reader, sorted[:n]); err != nil {
			return nil, err
		}
		sorted = sorted[n:]
	}
	locations := make([][]source.Location, len(hits))
	for i, h := range hits {
		if l.inMember[h] {
			continue
		}
		loc := source.Location{Kind: source.Index, Path: h.Blob.Path, Offset: h.Offset, Repository: r.display}
		switch h.Blob.Kind {
		case kindStagedName, kindStagedMemberName:
			loc.Part = "path name"
		case kindStagedLink:
			loc.Part = "link target"
		}
		if h.Blob.Kind != kindStagedName {
			loc.Blob = idOf(h.Blob).String()
			loc.Line, loc.Column = l.content[h].line, l.content[h].column
		}
		if h.Blob.Kind >= kindMember {
			loc.Container = archiveOf(h.Blob).Path
		}
		locations[i] = []source.Location{loc}
	}
	return locations, nil
}

// readStaged reads the content that all of some hits are in, for the lines they are
// at.
func (l *locator) readStaged(ctx context.Context, r *reader, hits []source.Hit) error {
	blob := hits[0].Blob
	if blob.Kind == kindStagedName || blob.Kind == kindStagedMemberName {
		return nil
	}
	o, err := r.openID(idOf(blob))
	switch {
	case err != nil: // it was read before, and has gone since
	case blob.Kind == kindStagedMember:
		return l.countMembers(ctx, o, hits)
	default:
		l.countLines(o.content(), hits)
	}
	return ctx.Err()
}
