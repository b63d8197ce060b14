package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/testdata/packer"
)

func TestStdin(t *testing.T) {
	src := NewStream("-", iotest.OneByteReader(strings.NewReader("a\nb "+marker+"\n")), nil)
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
	src := NewStream("-", strings.NewReader(""), nil)
	if s := walk(t, src); len(s.content) != 0 {
		t.Errorf("read %q", s.content)
	}
	if c := src.Coverage(); c.Files != 0 || len(c.Skipped) != 0 {
		t.Errorf("%+v, want nothing read and nothing skipped", c)
	}
}

func TestStdinFault(t *testing.T) {
	src := NewStream("-", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errors.New("input/output error"))), nil)
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
	src := NewStream("-", strings.NewReader(marker+"\n"+marker+"\n\n\n"+marker+"\n"+marker), nil)
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
	if err := NewStream("-", endless, nil).Walk(context.Background(), margin, func(source.Chunk) error { return full }); err != full {
		t.Errorf("error %v, want that of emit", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := NewStream("-", endless, nil).Walk(ctx, margin, func(source.Chunk) error {
		cancel()
		return nil
	})
	if err != context.Canceled {
		t.Errorf("error %v, want that of the context", err)
	}
}

// TestStreamArchive says that an archive is opened as it passes, that what is
// stored in it is found once, and that its bytes are read to their end.
func TestStreamArchive(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"zip":    {packer.Zip("a", "the needle"), "[stdin!a 4]"},
		"stored": {packer.StoredZip("a", "the needle"), "[stdin!a 4]"},
		"tar.gz": {packer.Gzip(packer.Tar("a", "needle")), "[stdin!a 0]"},
		"behind": {packer.Gzip("needle") + strings.Repeat(" ", 3<<20) + "needle", "[stdin 3145758 stdin!content 0]"},
		"none":   {"needle", "[stdin 0]"},
		"text":   {"a needle: " + base64.StdEncoding.EncodeToString([]byte(packer.Gzip("the needle"))), "[stdin 2 stdin!base64 1!content 4]"},
	} {
		t.Run(name, func(t *testing.T) {
			src := NewStream("-", iotest.HalfReader(strings.NewReader(test.data)), &archive.Opener{Limits: archive.DefaultLimits})
			var (
				mu   sync.Mutex
				hits []source.Hit
			)
			err := src.Walk(context.Background(), 64, func(c source.Chunk) error {
				mu.Lock()
				defer mu.Unlock()
				if i := bytes.Index(c.Data, []byte("needle")); i >= c.Own.Start && i < c.Own.End {
					hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(i)})
					if c.Found != nil {
						*c.Found = true
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			locs, err := src.Locate(context.Background(), hits)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ls := range locs {
				for _, l := range ls {
					got = append(got, fmt.Sprintf("%s %d", l.Path, l.Offset))
					if inside := strings.Contains(l.Path, "!"); (l.Container == "stdin") != inside {
						t.Errorf("%s is in %q", l.Path, l.Container)
					}
				}
			}
			slices.Sort(got)
			if fmt.Sprint(got) != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
	full := errors.New("full")
	src := NewStream("-", strings.NewReader(packer.Zip("a", "the needle")), &archive.Opener{Limits: archive.DefaultLimits})
	if err := src.Walk(context.Background(), 64, func(source.Chunk) error { return full }); err != full {
		t.Errorf("got %v, want that of emit", err)
	}
}
