package files

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/leakflare/leakflare/scanner/source"
)

// maxLines bounds the memory that a [Stream] spends on lines, in bytes.
const maxLines = 64 << 20

// A Stream is content that can be read once. It implements [source.Source].
type Stream struct {
	path  string
	r     io.Reader
	lines lineIndex
	tally source.Tally
}

// NewStream returns the source that reads r, which is what path leads to: a
// pipe, or "-" for standard input. A Read that waits when Walk is told to
// stop is left behind.
//
// Lines are known for as much of the input as has some sixty million of them;
// beyond that a location has an offset alone. If nothing comes before the end,
// nothing counts as read: a pipeline may have broken.
func NewStream(path string, r io.Reader) *Stream {
	return &Stream{path: path, r: r, lines: lineIndex{limit: maxLines}}
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
	_, err := new(source.Chunker).Split(s.reader(ctx), source.Blob{Path: s.path}, margin, func(c source.Chunk) error {
		stop = emit(c)
		return stop
	})
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
	order := make([]*source.Location, len(hits))
	for i, h := range hits {
		locs[i] = []source.Location{{Kind: source.Stdin, Path: s.display(), Offset: h.Offset}}
		order[i] = &locs[i][0]
	}
	slices.SortFunc(order, func(a, b *source.Location) int { return cmp.Compare(a.Offset, b.Offset) })
	s.lines.locate(order)
	return locs, ctx.Err()
}
