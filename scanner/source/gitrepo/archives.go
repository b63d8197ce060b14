package gitrepo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// archives are the blobs that are archives, or text with archives in it. They are
// opened after all objects were read: only then is one at hand that is stored as a
// delta.
type archives struct {
	mu      sync.Mutex
	numbers map[uint32]bool
}

func (a *archives) add(n uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.numbers == nil {
		a.numbers = make(map[uint32]bool)
	}
	a.numbers[n] = true
}

// noteText notes a blob that is text with an archive in base64.
func (w *walk) noteText(b source.Blob) {
	if n := w.db.find(idOf(b)); n != none {
		w.packed.add(n)
	}
}

// noteArchive notes a blob that is an archive by its first bytes, which cost no
// more than a look at them. It returns the blob, unread.
func (w *walk) noteArchive(o object) object {
	head := o.data[:min(len(o.data), archive.HeadSize)]
	if o.rest != nil {
		in := bufio.NewReaderSize(o.rest, archive.HeadSize)
		head, _ = in.Peek(archive.HeadSize)
		o.rest = in
	}
	if archive.Recognise(head, "") != archive.None {
		w.packed.add(o.n)
	}
	return o
}

// archives emits what is in the blobs that are archives.
func (w *walk) archives(ctx context.Context) error {
	numbers := slices.Collect(maps.Keys(w.packed.numbers))
	w.db.sortByStorage(numbers)
	var taken atomic.Int64
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range min(w.opt.Workers, len(numbers)) {
		p.Go(func(ctx context.Context) error {
			r := newReader(ctx, w.db, int(w.db.memory)/8/w.opt.Workers)
			defer r.close()
			for {
				i := int(taken.Add(1)) - 1
				if i >= len(numbers) {
					return nil
				}
				if err := w.archive(ctx, r, numbers[i]); err != nil {
					return err
				}
			}
		})
	}
	return p.Wait()
}

// archive emits what is in the blob n.
func (w *walk) archive(ctx context.Context, r *reader, n uint32) error {
	defer r.release()
	blob := source.Blob{Kind: kindBlob}
	copy(blob.Object[:], w.db.entries[n].id[:])
	return w.open(ctx, r, n, archive.Walk{
		Emit: func(m archive.Member, in io.Reader) error {
			b := memberOf(blob, m)
			n, err := w.streamAt(in, b, m.Offset)
			if !m.Name {
				w.tally.Bytes.Add(n)
			}
			if broken := (*brokenError)(nil); errors.As(err, &broken) {
				return ctx.Err()
			}
			return err
		},
		Note: func(path, reason string, fault bool) {
			path = fmt.Sprintf("%s: blob %s%s", w.gitName, w.db.entries[n].id, path)
			switch {
			case reason == archive.Spent:
				w.tally.Unopened.Add(1)
			case fault:
				w.tally.Fault(path, reason)
			default:
				w.tally.Skip(path, reason)
			}
		},
	})
}

// open walks the members of the blob n. Their paths begin with the exclamation
// mark. That a blob cannot be read was noted when its bytes were.
func (r *Repository) open(ctx context.Context, reader *reader, n uint32, walk archive.Walk) error {
	o, err := reader.open(n)
	if err != nil || o.kind != kindBlob {
		return nil
	}
	if o.rest == nil {
		f := cmp.Or(archive.Recognise(o.data[:min(len(o.data), archive.HeadSize)], ""), archive.Text)
		return r.opt.Archives.Walk(ctx, "", f, bytes.NewReader(o.data), o.size, walk)
	}
	in := bufio.NewReaderSize(o.rest, archive.HeadSize)
	head, _ := in.Peek(archive.HeadSize)
	return r.opt.Archives.Walk(ctx, "", cmp.Or(archive.Recognise(head, ""), archive.Text), in, o.size, walk)
}

// memberOf is the blob of a member of the archive b: its Path is that of the
// member, and its Object has the member's number behind the id.
func memberOf(b source.Blob, m archive.Member) source.Blob {
	binary.LittleEndian.PutUint64(b.Object[24:], uint64(m.N))
	b.Kind, b.Path = kindMember, m.Path
	if m.Name {
		b.Kind = kindMemberName
	}
	return b
}

// errFound ends a walk that has nothing more to look for.
var errFound = errors.New("found")

// readMembers goes through the archive that all of some hits are in, for the
// lines they are at. What stands in a member as it does in the blob was found in
// both, and is left to the member.
func (l *locator) readMembers(ctx context.Context, hits []source.Hit) error {
	id := idOf(hits[0].Blob)
	if _, ok := l.tracer.wanted[id]; !ok {
		l.tracer.wanted[id] = l.newTarget()
	}
	if hits[0].Blob.Kind == kindMemberName {
		l.notePart(hits, "path name")
		return nil
	}
	n := l.db.find(id)
	if n == none {
		return nil
	}
	wanted := make(map[uint64][]source.Hit)
	for _, h := range hits {
		k := binary.LittleEndian.Uint64(h.Blob.Object[24:])
		wanted[k] = append(wanted[k], h)
	}
	left := len(wanted)
	blob := source.Blob{Kind: kindBlob}
	copy(blob.Object[:], id[:])
	err := l.open(ctx, l.tracer.reader, n, archive.Walk{
		Emit: func(m archive.Member, in io.Reader) error {
			if found := wanted[uint64(m.N)]; found != nil {
				for _, h := range found {
					if m.Origin >= 0 {
						l.inMember[source.Hit{Blob: blob, Offset: m.Origin + h.Offset - m.Offset}] = true
					}
				}
				if m.Offset == 0 {
					l.countLines(in, found)
				}
				if left--; left == 0 {
					return errFound
				}
			}
			if _, err := io.Copy(io.Discard, in); err != nil {
				return ctx.Err()
			}
			return nil
		},
		Note:  func(string, string, bool) {},
		Again: true,
	})
	if err != errFound {
		return err
	}
	return nil
}
