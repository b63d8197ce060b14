package gitrepo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
)

// A detail is what the content around a hit says of it.
type detail struct {
	line, column int // 0 if the content could not be read again

	part    string // for a Location
	entry   string // in a tree, the name of the entry
	entryAt int64  // where that name begins

	about bool // for a Location
}

// readContent reads the content that hits are in, each but once, for what it
// says of them, and tells the tracer what to look for.
func (l *locator) readContent(ctx context.Context, hits []source.Hit) error {
	sorted := slices.Clone(hits)
	slices.SortFunc(sorted, compareHits)
	for len(sorted) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		blob := sorted[0].Blob
		n := slices.IndexFunc(sorted, func(h source.Hit) bool { return !together(h.Blob, blob) })
		if n < 0 {
			n = len(sorted)
		}
		switch blob.Kind {
		case kindCommit, kindTree, kindBlob, kindTag:
			l.readObject(sorted[:n])
		case kindFile:
			l.readFile(sorted[:n])
		case kindName:
			l.notePart(sorted[:n], "path name")
		case kindLink:
			l.notePart(sorted[:n], "link target")
		case kindMember, kindMemberName:
			if err := l.readMembers(ctx, sorted[:n]); err != nil {
				return err
			}
		}
		sorted = sorted[n:]
	}
	return nil
}

// together tells whether two blobs are read in one go: the same, or members of
// the same archive, be it at several paths.
func together(a, b source.Blob) bool {
	return a == b || a.Kind == b.Kind && a.Kind >= kindMember && idOf(a) == idOf(b)
}

func compareHits(a, b source.Hit) int {
	return cmp.Or(
		cmp.Compare(a.Blob.Kind, b.Blob.Kind),
		bytes.Compare(a.Blob.Object[:], b.Blob.Object[:]),
		cmp.Compare(a.Blob.Path, b.Blob.Path),
		cmp.Compare(a.Offset, b.Offset))
}

// readObject reads the object that all of some hits are in.
func (l *locator) readObject(hits []source.Hit) {
	kind := hits[0].Blob.Kind
	id := idOf(hits[0].Blob)
	if kind == kindBlob || kind == kindTree {
		if _, ok := l.tracer.wanted[id]; !ok {
			l.tracer.wanted[id] = l.newTarget()
		}
	}
	n := l.db.find(id)
	if n == none {
		return
	}
	o, err := l.tracer.reader.open(n)
	if err != nil {
		return
	}
	if o.rest != nil {
		l.countLines(o.rest, hits)
		return
	}
	l.countLines(bytes.NewReader(o.data), hits)
	if l.opt.About != nil && kind != kindTree && l.opt.About(o.data) {
		for _, h := range hits {
			d := l.content[h]
			d.about = true
			l.content[h] = d
		}
	}
	switch kind {
	case kindCommit, kindTag:
		offsets := make([]int64, len(hits))
		for i, h := range hits {
			offsets[i] = h.Offset
		}
		for i, part := range partsOf(kind, o.data, offsets) {
			l.notePart(hits[i:i+1], part)
		}
	case kindTree:
		l.notePart(hits, "path name")
		l.readTree(o.data, hits)
	}
}

// notePart notes what some hits are in.
func (l *locator) notePart(hits []source.Hit, part string) {
	for _, h := range hits {
		d := l.content[h]
		d.part = part
		l.content[h] = d
	}
}

// readTree notes the entries that hits, which are sorted, in one tree are in.
func (l *locator) readTree(tree []byte, hits []source.Hit) {
	var last treeEntry
	note := func(end int) { // hits before end are in last
		if len(hits) == 0 || hits[0].Offset >= int64(end) {
			return
		}
		name := string(last.name)
		if _, ok := l.tracer.names[name]; !ok {
			l.tracer.names[name] = l.newTarget()
		}
		for ; len(hits) > 0 && hits[0].Offset < int64(end); hits = hits[1:] {
			d := l.content[hits[0]]
			d.entry, d.entryAt = name, int64(last.at)
			l.content[hits[0]] = d
		}
	}
	for e := range treeEntries(tree) {
		note(e.at)
		last = e
	}
	note(math.MaxInt)
}

// newTarget returns a number for something that the tracer is to find.
func (l *locator) newTarget() int { return len(l.tracer.wanted) + len(l.tracer.names) }

// readFile reads the plain file that all of some hits are in.
func (l *locator) readFile(hits []source.Hit) {
	name := filepath.FromSlash(hits[0].Blob.Path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.common, name)
	}
	f, _, err := openRegular(name)
	if err != nil {
		return
	}
	defer f.Close()
	l.countLines(f, hits)
}

// countLines notes the lines and columns of hits, which are sorted, in one
// content.
func (l *locator) countLines(content io.Reader, hits []source.Hit) {
	in := bufio.NewReader(content)
	line, column := 1, 1
	var at int64
	for _, h := range hits {
		for ; at < h.Offset; at++ {
			b, err := in.ReadByte()
			if err != nil {
				return
			}
			column++
			if b == '\n' {
				line, column = line+1, 1
			}
		}
		l.content[h] = detail{line: line, column: column}
	}
}
