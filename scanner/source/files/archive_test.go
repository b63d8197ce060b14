package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/archive"
	"github.com/leakflare/leakflare/testdata/packer"
)

// find walks dir with archives opened, takes each place at which needle stands
// for a hit, and returns their locations. It tells of each chunk that has base64 of an
// archive in it.
func find(t *testing.T, dir, needle string, opt Options) (locs []source.Location, c source.Coverage) {
	t.Helper()
	tree, err := New(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	var hits []source.Hit
	tree.opt.Workers = 1 // hits is not guarded
	err = tree.Walk(context.Background(), 64, func(c source.Chunk) error {
		if c.Packed != nil && bytes.Contains(c.Data, []byte("H4sI")) {
			c.Packed(c.Blob)
		}
		for at := c.Own.Start; at < c.Own.End; {
			i := bytes.Index(c.Data[at:], []byte(needle))
			if i < 0 || at+i >= c.Own.End {
				break
			}
			hits = append(hits, source.Hit{Blob: c.Blob, Offset: c.Offset + int64(at+i)})
			at += i + 1
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := tree.Locate(context.Background(), hits)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.ToSlash(dir) + "/"
	for _, ls := range all {
		for _, l := range ls {
			l.Path = strings.TrimPrefix(l.Path, root)
			locs = append(locs, l)
		}
	}
	slices.SortFunc(locs, func(a, b source.Location) int {
		return strings.Compare(a.Path+a.Part, b.Path+b.Part)
	})
	return locs, tree.Coverage()
}

// TestMembers says that content of archives is found once, at its line in the
// innermost file, whether it is compressed or not.
func TestMembers(t *testing.T) {
	const lines = "one\ntwo\nthe needle\n"
	release := "release: " + base64.StdEncoding.EncodeToString([]byte(packer.Gzip(lines))) + "\n"
	long := strings.Repeat("0123456789abcde\n", 3*source.DefaultChunkSize/16)
	for name, test := range map[string]struct {
		data string
		want []string // path, line, column and part
	}{
		"d.zip": {packer.Zip("a", lines), []string{"d.zip!a 3:5 "}},
		"s.zip": {packer.StoredZip("a", lines, "b", lines), []string{"s.zip!a 3:5 ", "s.zip!b 3:5 "}},
		"x.tar": {packer.Tar("dir/a", lines), []string{"x.tar!dir/a 3:5 "}},
		"x.tgz": {packer.Gzip(packer.Tar("a", lines)), []string{"x.tgz!a 3:5 "}},
		"x.gz":  {packer.Gzip(long + lines), []string{"x.gz!x 196611:5 "}},
		"n.tar": {packer.Tar("n.zip", packer.StoredZip("a", lines)), []string{"n.tar!n.zip!a 3:5 "}},
		"same names": {packer.Zip("a", "x", "a", "\n"+lines, "a", "needle"),
			[]string{"same names!a 4:5 ", "same names!a 1:1 "}},
		"a!b.zip":    {packer.Zip("c!d", lines), []string{"a!b.zip!c!d 3:5 "}},
		"name.zip":   {packer.Zip("needle", "x"), []string{"name.zip 0:0 ", "name.zip!needle 0:0 path name"}},
		"broken.zip": {packer.StoredZip("a", lines)[:60], []string{"broken.zip!a 3:5 "}},
		"r.yaml":     {"needle: " + release, []string{"r.yaml 1:1 ", "r.yaml!base64 1!content 3:5 "}},
		"large.yaml": {long + release + "needle", []string{"large.yaml 196610:1 ", "large.yaml!base64 1!content 3:5 "}},
		"r.tar":      {packer.Tar("r.yaml", "a: 1\n"+release), []string{"r.tar!r.yaml!base64 1!content 3:5 "}},
		"app.pyz":    {"#!/usr/bin/env python3\n" + packer.Zip("a", lines), []string{"app.pyz!a 3:5 "}},
		"setup.exe":  {"MZ" + long + packer.StoredZip("a", lines), []string{"setup.exe!a 3:5 "}},
		"none.yaml":  {"H4sI" + strings.Repeat("noodle", 9) + "\nneedle", []string{"none.yaml 2:1 "}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, map[string]string{name: test.data})
			locs, c := find(t, dir, "needle", Options{Archives: &archive.Opener{Limits: archive.DefaultLimits}})
			var got []string
			for _, l := range locs {
				if l.Kind != source.File {
					t.Errorf("kind %q", l.Kind)
				}
				if l.Container != "" && l.Container != dir+"/"+name || (l.Container == "") != (l.Path == name) {
					t.Errorf("%s is in %q", l.Path, l.Container)
				}
				if l.Path == "name.zip" { // in its bytes
					l.Line, l.Column = 0, 0
				}
				got = append(got, fmt.Sprintf("%s %d:%d %s", l.Path, l.Line, l.Column, l.Part))
			}
			if name == "name.zip" {
				got = slices.Compact(got) // the name is in the directory too
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if c.Files != 1 || (len(c.Skipped) > 0) != (name == "broken.zip") {
				t.Errorf("coverage %+v", c)
			}
		})
	}
}

// TestMembersOff says that archives are read as they are if nothing opens them.
func TestMembersOff(t *testing.T) {
	dir := tree(t, map[string]string{
		"d.zip": packer.Zip("a", strings.Repeat("the needle\n", 9)),
		"s.zip": packer.StoredZip("a", "needle"),
		"a.txt": base64.StdEncoding.EncodeToString([]byte(packer.Gzip("the needle"))),
	})
	locs, _ := find(t, dir, "needle", Options{})
	if len(locs) != 1 || locs[0].Path != "s.zip" || locs[0].Line == 0 {
		t.Errorf("got %+v", locs)
	}
}

// TestMembersSpent says that archives beyond what all may be unpacked to are
// counted and read as they are, and that what was found before is located.
func TestMembersSpent(t *testing.T) {
	const n = 100
	files := make(map[string]string)
	for i := range n {
		// Their own size is in the budget 20 times.
		files[fmt.Sprintf("%02d.zip", i)] = packer.Zip("a", "needle"+strings.Repeat("\n", 1<<16))
	}
	limits := archive.DefaultLimits
	limits.Size = 1 << 16
	locs, c := find(t, tree(t, files), "needle", Options{Archives: &archive.Opener{Limits: limits}})
	if c.Unopened < n/2 || c.Unopened > n-10 || len(c.Skipped) > n-int(c.Unopened) {
		t.Errorf("%d were not opened, and %d skipped", c.Unopened, len(c.Skipped))
	}
	if len(locs) < n-int(c.Unopened)-1 || c.Files != n {
		t.Errorf("%d places in %d files, of which %d were not opened", len(locs), c.Files, c.Unopened)
	}
	for _, l := range locs {
		if l.Line != 1 {
			t.Errorf("got %+v", l)
		}
	}
}

// TestMembersChanged says that of an archive that is another by the time that
// lines are counted, none are made up.
func TestMembersChanged(t *testing.T) {
	dir := tree(t, map[string]string{"d.zip": packer.Zip("a", "\nneedle")})
	tree, err := New(dir, Options{Archives: &archive.Opener{Limits: archive.DefaultLimits}})
	if err != nil {
		t.Fatal(err)
	}
	var hit source.Hit
	err = tree.Walk(context.Background(), 64, func(c source.Chunk) error {
		if c.Blob.Kind == member {
			hit = source.Hit{Blob: c.Blob, Offset: 1}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "d.zip"), packer.Zip("b", "needle, and more than that"), false)
	locs, err := tree.Locate(context.Background(), []source.Hit{hit})
	if err != nil {
		t.Fatal(err)
	}
	if l := locs[0][0]; !strings.HasSuffix(l.Path, "d.zip!a") || l.Line != 0 {
		t.Errorf("got %+v", l)
	}
}
