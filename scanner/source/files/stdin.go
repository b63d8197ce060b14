package files

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
)

// maxLines bounds the memory that a [Stream] spends on lines, in bytes.
const maxLines = 64 << 20

// A Stream is content that can be read once. It implements [source.Source].
type Stream struct {
	path  string
	r     io.Reader
	lines lineIndex
	tally source.Tally

	archives *archive.Opener
	found    map[source.Blob]archive.Member // members in which something was found
}

// NewStream returns the source that reads r, which is what path leads to: a
// pipe, or "-" for standard input. An archive is opened as it passes, unless
// archives is nil; what stands in a member of one has an offset and no line. A Read
// that waits when Walk is told to stop is left behind. r is not closed.
//
// Lines are known for as much of the input as has some sixty million of them;
// beyond that a location has an offset alone. If nothing comes before the end,
// nothing counts as read: a pipeline may have broken.
func NewStream(path string, r io.Reader, archives *archive.Opener) *Stream {
	return &Stream{
		path: path, r: r, lines: lineIndex{limit: maxLines},
		archives: archives, found: make(map[source.Blob]archive.Member),
	}
}

// display returns the path for people.
func (s *Stream) display() string {
	if s.path == "-" {
		return "stdin"
	}
	return s.path
}

// Name returns "stream:" and the path.
func (s *Stream) Name() string { return "stream:" + s.path }

// Coverage returns what has been read so far.
func (s *Stream) Coverage() source.Coverage { return s.tally.Coverage() }

// Nested returns nothing.
func (s *Stream) Nested() []source.Source { return nil }

// Walk implements [source.Source]. It is to be called once.
func (s *Stream) Walk(ctx context.Context, margin int, emit func(source.Chunk) error) error {
	var stop error // of emit
	r, finish := s.open(ctx, s.reader(ctx), margin, emit)
	_, err := new(source.Chunker).Split(r, source.Blob{Path: s.path}, margin, func(c source.Chunk) error {
		stop = emit(c)
		return stop
	})
	stop = cmp.Or(finish(cmp.Or(stop, err)), stop)
	if err := cmp.Or(stop, ctx.Err()); err != nil {
		return err
	}
	if err != nil {
		s.tally.Fault(s.display(), reason(err))
	} else if s.tally.Bytes.Load() > 0 {
		s.tally.Files.Add(1)
	}
	return nil
}

// open emits, beside what is read from the reader that it returns, what is packed
// in it. What was read is over when finish is called, with an error if it was cut
// short; finish returns that of emit.
func (s *Stream) open(ctx context.Context, r io.Reader, margin int, emit func(source.Chunk) error) (io.Reader, func(error) error) {
	if s.archives == nil {
		return r, func(error) error { return nil }
	}
	in := bufio.NewReaderSize(r, archive.HeadSize)
	head, _ := in.Peek(archive.HeadSize)
	f := cmp.Or(archive.Recognise(head, s.path), archive.Text)
	out, tee := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := s.members(ctx, f, out, margin, emit)
		if err == nil {
			// It is still to be matched itself. How it ends is seen there.
			_, _ = io.Copy(io.Discard, out)
		}
		out.CloseWithError(err)
		done <- err
	}()
	return io.TeeReader(in, tee), func(err error) error {
		tee.CloseWithError(err)
		return <-done
	}
}

// members emits what is packed in r, an archive or a text with archives in base64.
func (s *Stream) members(ctx context.Context, f archive.Format, r io.Reader, margin int, emit func(source.Chunk) error) error {
	var chunker source.Chunker
	return s.archives.Walk(ctx, s.display(), f, r, -1, archive.Walk{
		Emit: func(m archive.Member, r io.Reader) error {
			b := packed(source.Blob{Path: s.path}, m)
			var stop error
			found := false
			n, _ := chunker.Split(r, b, margin, func(c source.Chunk) error {
				c.Offset += m.Offset
				c.Found = &found
				stop = emit(c)
				return stop
			})
			if !m.Name {
				s.tally.Bytes.Add(n)
			}
			if found {
				s.found[b] = m
			}
			return cmp.Or(stop, ctx.Err())
		},
		Note: func(path string, why error, fault bool) { note(&s.tally, path, why, fault) },
	})
}

// reader returns a reader that counts what passes and ends with ctx.
func (s *Stream) reader(ctx context.Context) io.Reader {
	type result struct {
		n   int
		err error
	}
	var buf []byte // not p: a Read that is left behind may still write to it
	done := make(chan result, 1)
	return readerFunc(func(p []byte) (int, error) {
		if len(buf) < len(p) {
			buf = make([]byte, len(p))
		}
		// Nothing interrupts a Read of a terminal or a pipe, so that this
		// goroutine cannot be waited for.
		go func(b []byte) {
			n, err := s.r.Read(b)
			done <- result{n, err}
		}(buf[:len(p)])
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case r := <-done:
			n := copy(p, buf[:r.n])
			s.tally.Bytes.Add(int64(n))
			s.lines.add(p[:n])
			return n, r.err
		}
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Locate implements [source.Source].
func (s *Stream) Locate(ctx context.Context, hits []source.Hit) ([][]source.Location, error) {
	locs := make([][]source.Location, len(hits))
	var order []*source.Location     // in what was read itself
	inMember := make(map[int64]bool) // by offset
	for i, h := range hits {
		l := source.Location{Kind: source.Stdin, Path: s.display(), Offset: h.Offset}
		switch h.Blob.Kind {
		case member:
			l.Path, l.Container = h.Blob.Path, s.display()
			if m := s.found[h.Blob]; m.Origin >= 0 {
				inMember[m.Origin+h.Offset-m.Offset] = true
			}
		case memberName:
			l.Path, l.Container, l.Part = h.Blob.Path, s.display(), "path name"
		}
		locs[i] = []source.Location{l}
		if h.Blob.Kind == content {
			order = append(order, &locs[i][0])
		}
	}
	for i, h := range hits {
		if h.Blob.Kind == content && inMember[h.Offset] {
			locs[i] = nil
		}
	}
	slices.SortFunc(order, func(a, b *source.Location) int { return cmp.Compare(a.Offset, b.Offset) })
	s.lines.locate(order)
	return locs, ctx.Err()
}
