package gitrepo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// archives are the blobs that are archives, or text with archives in it. They are
// opened after all objects were read: only then is one at hand that is stored as a
// delta, and who has no time for all of it has read what is plain.
type archives struct {
	mu      sync.Mutex
	numbers map[uint32]bool
	staged  map[source.Blob]bool // instead, of what is staged
}

func (a *archives) add(n uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.numbers == nil {
		a.numbers = make(map[uint32]bool)
	}
	a.numbers[n] = true
}

func (a *archives) addStaged(b source.Blob) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.staged == nil {
		a.staged = make(map[source.Blob]bool)
	}
	a.staged[b] = true
}

// noteText notes a blob that is text with an archive in base64. It is being emitted,
// and so was found before: a database for look-ups need not look again, which only
// one may do at a time.
func (w *walk) noteText(b source.Blob) {
	if n := w.db.find(idOf(b)); n != none {
		w.packed.add(n)
	}
}

// recognise returns the format of a blob that is an archive, by its first bytes,
// which cost no more than a look at them, and by its name if that is known; and by its
// last if they are held. It returns the blob too, unread.
func (o object) recognise(name string) (object, archive.Format) {
	head := o.data[:min(len(o.data), archive.HeadSize)]
	if o.rest != nil {
		in := bufio.NewReaderSize(o.rest, archive.HeadSize)
		head, _ = in.Peek(archive.HeadSize)
		o.rest = in
	}
	f := archive.Recognise(head, name)
	if f == archive.None && o.rest == nil && archive.HasZipBehind(head, bytes.NewReader(o.data), int64(len(o.data))) {
		f = archive.Text
	}
	return o, f
}

// noteArchive notes a blob that is an archive. It returns the blob, unread.
func (w *walk) noteArchive(o object) object {
	o, f := o.recognise("")
	if f != archive.None {
		w.packed.add(o.n)
	}
	return o
}

// archives emits what is in the blobs that are archives, and are called so in
// what is noted of them.
func (w *walk) archives(ctx context.Context, called func(id plumbing.Hash) string) error {
	numbers := slices.Collect(maps.Keys(w.packed.numbers))
	w.db.sortByStorage(numbers)
	return w.eachArchive(ctx, len(numbers), func(ctx context.Context, r *reader, i int) error {
		id := w.db.entries[numbers[i]].id
		blob := source.Blob{Kind: kindBlob}
		copy(blob.Object[:], id[:])
		// That a blob cannot be read was noted when its bytes were.
		o, err := r.open(numbers[i])
		if err != nil || o.kind != kindBlob {
			return ctx.Err()
		}
		return w.unpack(ctx, o, blob, called(id))
	})
}

// eachArchive calls visit for each of n archives, concurrently, and stops at its
// first error.
func (w *walk) eachArchive(ctx context.Context, n int, visit func(ctx context.Context, r *reader, i int) error) error {
	var taken atomic.Int64
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range min(w.opt.Workers, n) {
		p.Go(func(ctx context.Context) error {
			r := newReader(ctx, w.db, int(w.db.memory)/8/w.opt.Workers)
			defer r.close()
			for {
				i := int(taken.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := visit(ctx, r, i); err != nil {
					return err
				}
				r.release()
			}
		})
	}
	return p.Wait()
}

// unpack emits what is in the archive o, which is blob, and is called so in what is
// noted of it.
func (w *walk) unpack(ctx context.Context, o object, blob source.Blob, called string) error {
	return w.members(ctx, o, blob, archive.Walk{
		Emit: func(m archive.Member, in io.Reader) error {
			n, err := w.streamAt(in, memberOf(blob, m), m.Offset)
			if !m.Name {
				w.tally.Bytes.Add(n)
			}
			if broken := (*brokenError)(nil); errors.As(err, &broken) {
				return ctx.Err()
			}
			return err
		},
		Note: func(path string, why error, fault bool) {
			path = called + path[len(blob.Path):]
			switch {
			case errors.Is(why, archive.ErrSpent):
				w.tally.Unopened.Add(1)
				return
			case fault:
				w.tally.Fault(path, why.Error())
			case errors.Is(why, archive.ErrClosed):
				w.tally.Closed(path, why.Error())
			default:
				w.tally.Skip(path, why.Error())
			}
			if w.noted != nil {
				w.noted(idOf(blob))
			}
		},
	})
}

// members walks the members of the archive o, which is blob. Their paths begin with
// that of the blob, and then with an exclamation mark.
func (r *Repository) members(ctx context.Context, o object, blob source.Blob, walk archive.Walk) error {
	o, f := o.recognise(blob.Path)
	return r.opt.Archives.Walk(ctx, blob.Path, cmp.Or(f, archive.Text), o.content(), o.size, walk)
}

// memberOf is the blob of a member of the archive b: its Path is that of the
// member, and its Object has the length of the archive's own path and the member's
// number behind the id.
func memberOf(b source.Blob, m archive.Member) source.Blob {
	binary.LittleEndian.PutUint32(b.Object[20:], uint32(len(b.Path)))
	binary.LittleEndian.PutUint64(b.Object[24:], uint64(m.N))
	staged := b.Kind == kindStaged
	b.Path = m.Path
	switch {
	case staged && m.Name:
		b.Kind = kindStagedMemberName
	case staged:
		b.Kind = kindStagedMember
	case m.Name:
		b.Kind = kindMemberName
	default:
		b.Kind = kindMember
	}
	return b
}

// archiveOf is the archive that a member is of.
func archiveOf(member source.Blob) source.Blob {
	b := source.Blob{Kind: kindBlob, Path: member.Path[:binary.LittleEndian.Uint32(member.Object[20:])]}
	if member.Kind >= kindStagedMember {
		b.Kind = kindStaged
	}
	copy(b.Object[:20], member.Object[:20])
	return b
}

// errFound ends a walk that has nothing more to look for.
var errFound = errors.New("found")

// readMembers reads the archive that all of some hits are in, for the lines they
// are at, and tells the tracer to look for it.
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
	o, err := l.tracer.reader.open(n)
	if err != nil || o.kind != kindBlob {
		return ctx.Err()
	}
	return l.countMembers(ctx, o, hits)
}

// countMembers goes through the archive o, which all of some hits are in, for the
// lines they are at. What stands in a member as it does in the blob was found in
// both, and is left to the member.
func (l *locator) countMembers(ctx context.Context, o object, hits []source.Hit) error {
	wanted := make(map[uint64][]source.Hit)
	for _, h := range hits {
		k := binary.LittleEndian.Uint64(h.Blob.Object[24:])
		wanted[k] = append(wanted[k], h)
	}
	left := len(wanted)
	err := l.members(ctx, o, archiveOf(hits[0].Blob), archive.Walk{
		Emit: func(m archive.Member, in io.Reader) error {
			if found := wanted[uint64(m.N)]; found != nil {
				slices.SortFunc(found, func(a, b source.Hit) int { return cmp.Compare(a.Offset, b.Offset) })
				for _, h := range found {
					if m.Origin >= 0 {
						l.inMember[source.Hit{Blob: archiveOf(h.Blob), Offset: m.Origin + h.Offset - m.Offset}] = true
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
		Note:  func(string, error, bool) {},
		Again: true,
	})
	if err != errFound {
		return err
	}
	return nil
}
