package archive

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// packOf returns a pack of blobs, the second of which is the first with something
// put between its halves, and so on.
func packOf(t testing.TB, first string, inserts ...string) string {
	t.Helper()
	entry := func(b []byte, kind byte, size int, distance int, content string) []byte {
		c := kind<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			b, c = append(b, c|0x80), byte(size&0x7f)
		}
		b = append(b, c)
		if distance > 0 {
			low := byte(distance & 0x7f)
			if distance >>= 7; distance > 0 {
				b = append(b, byte(distance-1)|0x80) // of two bytes
			}
			b = append(b, low)
		}
		return append(b, packers[".zz"](t, content)...)
	}
	number := func(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }
	b := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(1+len(inserts)))
	last := len(b)
	b = entry(b, 3, len(first), 0, first)
	size := len(first)
	for _, s := range inserts {
		d := number(number(nil, size), size+len(s))
		half := size / 2
		d = append(d, 0xb0, byte(half), byte(half>>8))
		d = append(append(d, byte(len(s))), s...)
		d = append(d, 0xb3, byte(half), byte(half>>8), byte(size-half), byte((size-half)>>8))
		at := len(b)
		b = entry(b, 6, len(d), at-last, string(d))
		last, size = at, size+len(s)
	}
	sum := sha1.Sum(b)
	return string(append(b, sum[:]...))
}

func blobID(content string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)))
}

// TestPack says that objects of a pack in an archive are handed out: whole, or what
// is new in them; that a bundle is one too; and that outside of an archive a pack
// is none.
func TestPack(t *testing.T) {
	first := strings.Repeat("0123456789", 500)
	second := first[:2500] + "inserted" + first[2500:]
	pack := packOf(t, first, "inserted")
	header := "# v2 git bundle\n" + blobID(first) + " refs/heads/main\n\n"
	for name, data := range map[string]string{"x.pack": pack, "x.bundle": header + pack} {
		r := walked(t, stored(t, file{name, data}), "x.zip", DefaultLimits)
		want := []string{"name " + name}
		if name == "x.bundle" {
			want = append(want, "x.zip!x.bundle: "+header)
		}
		want = append(want,
			"x.zip!"+name+"!blob "+blobID(first)+": "+first,
			fmt.Sprintf("x.zip!%s!blob %s from %d: %d bytes", name, blobID(second), 2500-2*packReach, len("inserted")+4*packReach))
		if fmt.Sprint(r.members) != fmt.Sprint(want) || len(r.notes) > 0 {
			t.Errorf("%s: got %.600q, notes %q\nwant %.600q", name, r.members, r.notes, want)
		}
		if r := walked(t, data, name, DefaultLimits); len(r.members) > 0 {
			t.Errorf("%s, not in an archive: got %q", name, r.members)
		}
	}
	// What is in an archive that is an object is handed out, too.
	r := walked(t, stored(t, file{"x.pack", packOf(t, zipped(t, file{"a", text}))}), "x.zip", DefaultLimits)
	if got := content(r); len(got) != 1 || !strings.HasSuffix(got[0], "!a: "+text) {
		t.Errorf("got %q", got)
	}
	t.Run("cut off", func(t *testing.T) {
		r := walked(t, stored(t, file{"x.pack", pack[:len(pack)-30]}), "x.zip", DefaultLimits)
		if got := content(r); len(got) != 1 || len(r.notes) == 0 || strings.Contains(r.notes[0], "fault") {
			t.Errorf("got %.200q, notes %q", got, r.notes)
		}
	})
	t.Run("no pack", func(t *testing.T) {
		for _, data := range []string{"PACK\x00\x00\x00\x02abc", "# v2 git bundle\n" + text} {
			walked(t, stored(t, file{"x.pack", data}), "x.zip", DefaultLimits).
				want(t, []string{"x.zip!x.pack: " + data}, "x.zip!x.pack: malformed, unpacked as far as that goes")
		}
	})
	t.Run("many objects", func(t *testing.T) {
		data := []byte(pack)
		binary.BigEndian.PutUint32(data[8:], 1<<31)
		walked(t, stored(t, file{"x.pack", string(data)}), "x.zip", DefaultLimits).
			want(t, []string{"x.zip!x.pack: " + string(data)}, "fault x.zip!x.pack: a pack of so many objects that there is no memory for them: not unpacked")
	})
	t.Run("a bomb", func(t *testing.T) {
		// All are as large as the first, and packed to nothing.
		inserts := make([]string, 0, 400)
		for i := range cap(inserts) {
			inserts = append(inserts, fmt.Sprint(i))
		}
		limits := DefaultLimits
		limits.Size = 1 << 20
		r := walked(t, stored(t, file{"x.pack", packOf(t, first, inserts...)}), "x.zip", limits)
		if r.bytes > limits.Size || fmt.Sprint(r.notes) != "[fault x.zip: unpacked, it is more than may be: what is behind that was not unpacked]" {
			t.Errorf("%d bytes, notes %q", r.bytes, r.notes)
		}
	})
}

// TestPackWords says that no word is cut where what is handed out of a delta begins and
// ends: the first of a long one might be a credential.
func TestPackWords(t *testing.T) {
	for pad := range 9 {
		first := strings.Repeat("-", pad) + strings.Repeat("12345678 ", 700)
		o := &Opener{Limits: DefaultLimits}
		data := zipped(t, file{"x.pack", packOf(t, first, " inserted")})
		parts := 0
		err := o.Walk(context.Background(), "x.zip", zipFormat, strings.NewReader(data), int64(len(data)), Walk{
			Emit: func(m Member, r io.Reader) error {
				b, err := io.ReadAll(r)
				if m.Offset == 0 {
					return err
				}
				parts++
				if words := strings.Fields(string(b)); words[0] != "12345678" || words[len(words)-1] != "12345678" {
					t.Errorf("padded by %d: %.20q … %q", pad, b, b[len(b)-20:])
				}
				return err
			},
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		check(t, err)
		if parts != 1 {
			t.Errorf("%d parts", parts)
		}
	}
}

// TestPackTool says that the objects of packs that git makes are handed out.
func TestPackTool(t *testing.T) {
	tool, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git command to make a pack with")
	}
	dir := t.TempDir()
	git := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command(tool, append([]string{"-C", dir}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		cmd.Env = []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, errs.String())
		}
		return string(out)
	}
	git("", "init", "-q")
	ids, lines := "", code(3000)
	for i := range 20 {
		lines += fmt.Sprintf("marker %d\n", i)
		ids += git(lines, "hash-object", "-w", "--stdin")
	}
	r := walked(t, tarred(t, file{"p/x.pack", git(ids, "pack-objects", "--stdout", "-q")}), "x.tar", DefaultLimits)
	if got := content(r); len(got) == 0 || len(got)+strings.Count(fmt.Sprint(r.members), " from ") < 20 || len(r.notes) > 0 {
		t.Errorf("%d objects whole, %d members, notes %q", len(got), len(r.members), r.notes)
	}
	if !strings.Contains(fmt.Sprint(r.members), "marker 19\n") {
		t.Error("the last is missing")
	}
}

func FuzzPack(f *testing.F) {
	f.Add([]byte(packOf(f, strings.Repeat("0123456789", 500), "inserted", "again")))
	fuzz(f, packFormat)
}

// TestLooseObject says that an archive is opened that is a blob in an object by itself,
// where a header stands before it, and that other blobs are handed out with theirs.
func TestLooseObject(t *testing.T) {
	loose := func(content string) string {
		return packers[".zz"](t, fmt.Sprintf("blob %d\x00%s", len(content), content))
	}
	const name = ".git/objects/ab/cdef"
	for path, pack := range map[string]func(testing.TB, ...file) string{"r.zip": zipped, "r.zip with what is stored": stored, "r.tar": tarred} {
		for inner, content := range map[string]string{
			"!a: " + text:                         zipped(t, file{"a", text}),
			"!b: " + text:                         tarred(t, file{"b", text}),
			"!c: " + text:                         packers[".gz"](t, tarred(t, file{"c", text})),
			"!content: " + text:                   packers[".zst"](t, text),
			"!blob " + blobID(text) + ": " + text: packOf(t, text),
		} {
			walked(t, pack(t, file{name, loose(content)}), path, DefaultLimits).want(t, []string{path + "!" + name + inner})
		}
		for _, content := range []string{text, "PK", ""} {
			walked(t, pack(t, file{name, loose(content)}), path, DefaultLimits).
				want(t, []string{path + "!" + name + "!content: " + fmt.Sprintf("blob %d\x00%s", len(content), content)})
		}
	}
	walked(t, loose(zipped(t, file{"a", text})), "cdef", DefaultLimits).want(t, []string{"cdef!a: " + text})
	for _, head := range []string{"blob", "blob ", "blob \x00", "blob 1", "blob 12x\x00", "blob 123456789012345678901\x00", "tree 12\x00"} {
		if n := looseHeader([]byte(head)); n != 0 {
			t.Errorf("%q has a header of %d bytes", head, n)
		}
	}
	// What is stored behind a header stands in the file as it is.
	header := fmt.Sprintf("blob %d\x00", len(stored(t, file{"a", text})))
	r := walked(t, tarred(t, file{"x", header + stored(t, file{"a", text})}), "r.tar", DefaultLimits)
	if r.want(t, []string{"r.tar!x!a: " + text}); len(r.origins) == 0 {
		t.Error("it is not known where that stands")
	}
}
