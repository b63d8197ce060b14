package files

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/leakflare/leakflare/scanner/source"
)

func TestStdin(t *testing.T) {
	src := NewStream("-", iotest.OneByteReader(strings.NewReader("a\nb "+marker+"\n")))
	if src.Name() != "stream:-" || len(src.Nested()) != 0 {
		t.Errorf("named %q, with %d nested", src.Name(), len(src.Nested()))
	}
	s := walk(t, src)
	if got := s.content["-"]; got != "a\nb "+marker+"\n" || len(s.content) != 1 {
		t.Errorf("read %q", s.content)
	}
	want := source.Location{Kind: source.Stdin, Path: "stdin", Line: 2, Column: 3, Offset: 4}
	if got := locate(t, src, s.hits); len(got) != 1 || !sameLocation(got[0], want) {
		t.Errorf("locations %+v, want %+v", got, want)
	}
	if c := src.Coverage(); c.Files != 1 || c.Bytes != int64(5+len(marker)) {
		t.Errorf("read %d files of %d bytes", c.Files, c.Bytes)
	}
}

func TestStdinEmpty(t *testing.T) {
	src := NewStream("-", strings.NewReader(""))
	if s := walk(t, src); len(s.content) != 0 {
		t.Errorf("read %q", s.content)
	}
	if c := src.Coverage(); c.Files != 0 || len(c.Skipped) != 0 {
		t.Errorf("%+v, want nothing read and nothing skipped", c)
	}
}

func TestStdinFault(t *testing.T) {
	src := NewStream("-", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errors.New("input/output error"))))
	if s := walk(t, src); s.content["-"] != "abc" {
		t.Errorf("read %q, want what came before the fault", s.content)
	}
	wantSkips(t, src, "", "FAULT stdin: input/output error")
	if n := src.Coverage().Files; n != 0 {
		t.Errorf("%d files read whole", n)
	}
}

// Beyond what the index may hold, lines are unknown rather than wrong.
func TestStdinManyLines(t *testing.T) {
	src := NewStream("-", strings.NewReader(marker+"\n"+marker+"\n\n\n"+marker+"\n"+marker))
	src.lines.limit = 3
	var lines []int
	for _, l := range locate(t, src, walk(t, src).hits) {
		lines = append(lines, l.Line)
	}
	if len(lines) != 4 || lines[0] != 1 || lines[1] != 2 || lines[2] != 0 || lines[3] != 0 {
		t.Errorf("lines %v, want 1, 2 and then none", lines)
	}
}

func TestStdinStops(t *testing.T) {
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	full := errors.New("full")
	if err := NewStream("-", endless).Walk(context.Background(), margin, func(source.Chunk) error { return full }); err != full {
		t.Errorf("error %v, want that of emit", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := NewStream("-", endless).Walk(ctx, margin, func(source.Chunk) error {
		cancel()
		return nil
	})
	if err != context.Canceled {
		t.Errorf("error %v, want that of the context", err)
	}
}
