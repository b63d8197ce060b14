package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// zipFrom returns a zip file whose offsets are from as many bytes before it.
func zipFrom(t testing.TB, before int64, comment string, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.SetOffset(before)
	check(t, z.SetComment(comment))
	for _, f := range files {
		w, err := z.CreateRaw(&zip.FileHeader{Name: f.name, CompressedSize64: uint64(len(f.content)), UncompressedSize64: uint64(len(f.content))})
		write(t, w, err, f.content)
	}
	check(t, z.Close())
	return b.String()
}

// TestZipBehind says that a zip file behind a script or an executable is opened, with
// offsets of its own or of the whole file, a comment and something behind it.
func TestZipBehind(t *testing.T) {
	files := []file{{"__main__.py", text}, {"b", strings.Repeat("x", 5000)}}
	want := []string{"app!__main__.py: " + text, "app!b: " + files[1].content}
	long := make([]byte, 300000)
	rand.NewChaCha8([32]byte{}).Read(long)
	for _, program := range []string{"#!/usr/bin/env python3\n", "#!/bin/sh\nexec java -jar $0\n", "MZ\x90\x00" + string(long), "\x7fELF\x02" + string(long) + "PK\x03\x04 is what it looks for"} {
		for _, offset := range []int{0, len(program)} {
			for _, comment := range []string{"", strings.Repeat("c", 1<<16-1), "PK\x05\x06 is not the end of it"} {
				for _, behind := range []string{"", "signature"} {
					if comment != "" && len(comment)+len(behind) > 1<<16-1 {
						continue // out of reach
					}
					r := walked(t, program+zipFrom(t, int64(offset), comment, files...)+behind, "app", DefaultLimits)
					r.want(t, want)
					if len(r.origins) != len(files) {
						t.Errorf("%d members stand there as they are, want %d", len(r.origins), len(files))
					}
				}
			}
		}
	}
	t.Run("in another order", func(t *testing.T) {
		z := zipFrom(t, 0, "", file{"a", text}, file{"b", text})
		i := strings.Index(z, zipDirectory)
		size := zipEntrySize + 1
		z = z[:i] + z[i+size:i+2*size] + z[i:i+size] + z[i+2*size:]
		walked(t, "#!\n"+z, "app", DefaultLimits).want(t, []string{"app!a: " + text, "app!b: " + text})
	})
	t.Run("with base64 before it", func(t *testing.T) {
		script := "#!/bin/sh\nx=" + inBase64(packers[".gz"](t, text)) + "\n"
		walked(t, script+zipFrom(t, 0, "", file{"a", text}), "app", DefaultLimits).
			want(t, []string{"app!base64 1!content: " + text, "app!a: " + text})
	})
	t.Run("base64 in it", func(t *testing.T) {
		inner := inBase64(packers[".gz"](t, text))
		walked(t, "#!\n"+zipFrom(t, 0, "", file{"a", inner}), "app", DefaultLimits).
			want(t, []string{"app!a: " + inner, "app!a!base64 1!content: " + text})
	})
	t.Run("only one level", func(t *testing.T) {
		limits := DefaultLimits
		limits.Depth = 1
		inner := zipped(t, file{"a", text})
		walked(t, "#!\n"+zipFrom(t, 0, "", file{"i", inner}), "app", limits).
			want(t, []string{"app!i: " + inner}, "fault app!i: archives in one another, more than 1: not unpacked")
	})
	t.Run("none", func(t *testing.T) {
		z := zipFrom(t, 0, "", files...)
		end := len(z) - zipEndSize
		for _, data := range []string{
			"#!/bin/sh\n",
			"#!/bin/sh\n" + strings.Repeat("echo\n", 1000),
			"text" + z, // begins as no program
			"#!\n" + z + strings.Repeat("x", 1<<16+1),
			"#!\n" + z[:len(z)-1],
			"#!\n" + z[end:] + strings.Repeat("x", 100),
			"#!\n" + strings.Repeat("x", 1000) + z[end:],
			"#!\n" + z[:end+12] + "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00",
			"#!\n" + strings.ReplaceAll(z, zipLocal, "PK\x03\x05"),
		} {
			walked(t, data, "app", DefaultLimits).want(t, nil)
		}
	})
}

// TestZipBehindMember says that a zip file is opened behind a script that is a member of
// an archive, packed or not, and that one which is too large to be kept is noted.
func TestZipBehindMember(t *testing.T) {
	script := "#!/bin/sh\nexec java -jar $0\n" + zipFrom(t, 0, "", file{"a", text})
	want := []string{"x!app: " + script, "x!app!a: " + text, "x!last: " + text}
	files := []file{{"app", script}, {"last", text}}
	for name, data := range map[string]string{"zip": zipped(t, files...), "stored": stored(t, files...), "tar": tarred(t, files...), "tar.gz": packers[".gz"](t, tarred(t, files...))} {
		r := walked(t, data, "x", DefaultLimits)
		r.want(t, want)
		if _, known := r.origins["x!app!a"]; known != (name == "stored" || name == "tar") {
			t.Errorf("%s: where it stands is known: %t", name, known)
		}
	}
	limits := DefaultLimits
	limits.Depth = 1
	walked(t, tarred(t, files...), "x", limits).want(t, []string{want[0], want[2]}, "fault x!app: archives in one another, more than 1: not unpacked")
	inner := "#!/bin/sh\nx=" + inBase64(packers[".gz"](t, text)) + "\n"
	walked(t, tarred(t, file{"s", inner}), "x", DefaultLimits).want(t, []string{"x!s: " + inner, "x!s!base64 1!content: " + text})
	large := strings.Repeat("\n", modest)
	for data, notes := range map[string][]string{
		"#!/bin/sh" + large: nil,
		script + large:      {"fault x!app: a script within an archive, of more than 24 MB: a zip file behind it was not unpacked"},
	} {
		r := walked(t, tarred(t, file{"app", data}), "x", DefaultLimits)
		if len(content(r)) != 1 || !slices.Equal(r.notes, notes) {
			t.Errorf("%.20q: %d members, notes %q", data, len(content(r)), r.notes)
		}
	}
}

// TestHasZipBehind says that a file that is no program is not read for it, and of one
// that is no more than the end.
func TestHasZipBehind(t *testing.T) {
	z := zipFrom(t, 0, "", file{"a", text})
	for _, head := range []string{"", "#", "M", "PK", "\x7fEL", "plain text"} {
		if HasZipBehind([]byte(head), nil, 1000) {
			t.Errorf("%q is a program", head)
		}
	}
	for data, want := range map[string]bool{"#!\n" + z: true, "#!\n": false, "MZ" + strings.Repeat("x", 1<<20): false, "MZ" + strings.Repeat("x", 1<<20) + z: true} {
		r := &readAtCounter{r: strings.NewReader(data)}
		if got := HasZipBehind([]byte(data[:2]), r, int64(len(data))); got != want {
			t.Errorf("%.10q: %t", data, got)
		}
		if r.n > zipEndReach || r.calls > 1 {
			t.Errorf("%.10q: %d bytes were read in %d calls", data, r.n, r.calls)
		}
	}
}

type readAtCounter struct {
	r     io.ReaderAt
	n     int64
	calls int
}

func (c *readAtCounter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += int64(n)
	c.calls++
	return n, err
}

func FuzzZipBehind(f *testing.F) {
	f.Add([]byte("#!\n" + zipFrom(f, 0, "", file{"a", text}, file{"b", text})))
	f.Add([]byte("MZ\x90\x00" + zipFrom(f, 4, "c", file{"a", text})))
	fuzz(f, Text)
}
