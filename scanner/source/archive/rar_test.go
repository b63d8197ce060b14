package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nwaples/rardecode/v2"
)

// rarFile returns a RAR file of members that are stored: there is no encoder.
func rarFile(files ...file) string {
	vint := func(b []byte, n ...int) []byte {
		for _, n := range n {
			b = binary.AppendUvarint(b, uint64(n))
		}
		return b
	}
	block := func(body []byte) string {
		sized := append(vint(nil, len(body)), body...)
		return string(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized))) + string(sized)
	}
	const (
		archive, member, end = 1, 2, 5
		hasData, hasCRC      = 2, 4
	)
	data := "Rar!\x1a\x07\x01\x00" + block(vint(nil, archive, 0, 0))
	for _, f := range files {
		body := vint(nil, member, hasData, len(f.content), hasCRC, len(f.content), 0o644)
		body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE([]byte(f.content)))
		body = vint(body, 0, 1, len(f.name))
		data += block(append(body, f.name...)) + f.content
	}
	return data + block(vint(nil, end, 0, 0))
}

// TestRAR says that members of RAR files are handed out, and that
// what has other errors than malformed bytes is told.
func TestRAR(t *testing.T) {
	data := rarFile(file{"a", text}, file{"dir/b.zip", zipped(t, file{"c", text})})
	walked(t, data, "x.rar", DefaultLimits).want(t, []string{"x.rar!a: " + text, "x.rar!dir/b.zip!c: " + text})
	for err, want := range map[error]string{
		rardecode.ErrArchiveEncrypted:      "encrypted, not unpacked",
		rardecode.ErrMultiVolume:           "going on in another file",
		rardecode.ErrDictionaryTooLarge:    "it needs more memory than may be used: not unpacked",
		rardecode.ErrArchivedFileEncrypted: "encrypted, not unpacked",
	} {
		if got := rarError(err); got.Error() != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// rarContents are what the files in testdata hold, which rar 6.23 has made: old.rar
// by rar a -ma4 -m5 -s, new.rar by rar a -ma5 -m5 -s. There is text, what is a
// match from far, and a table for which rar runs a program.
func rarContents() []file {
	var table []byte
	for i := range 20000 {
		v := int16(8000 * math.Sin(float64(i)/300))
		table = binary.LittleEndian.AppendUint16(table, uint16(v))
		table = binary.LittleEndian.AppendUint16(table, uint16(i))
	}
	var words strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&words, "%d is %s, %d times %[2]s\n", i, strings.Fields(text)[i*i%5], i*i)
	}
	return []file{
		{"a.txt", text + strings.Repeat("0123456789", 1000) + words.String()},
		{"b.dat", text + string(table) + text},
		{"c.txt", text + words.String() + text},
	}
}

// TestRARFiles says that what rar packs is unpacked, in both formats.
func TestRARFiles(t *testing.T) {
	for _, name := range []string{"old.rar", "new.rar"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		check(t, err)
		checkRAR(t, string(data), name)
	}
}

// TestRARTool says so of what the command on this machine makes.
func TestRARTool(t *testing.T) {
	tool, err := exec.LookPath("rar")
	if err != nil {
		t.Skip("no rar command to pack files with")
	}
	dir := t.TempDir()
	var names []string
	for _, f := range rarContents() {
		names = append(names, f.name)
		check(t, os.WriteFile(filepath.Join(dir, f.name), []byte(f.content), 0o666))
	}
	for _, args := range []string{"-ma5 -m3", "-ma5 -m5 -s", "-ma5 -m0", "-ma4 -m0", "-ma4 -m1", "-ma4 -m3", "-ma4 -m5", "-ma4 -m5 -s", "-ma4 -psecret", "-ma4 -hpsecret", "-ma5 -psecret"} {
		t.Run(args, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "x.rar")
			cmd := exec.Command(tool, append(append(append([]string{"a"}, strings.Fields(args)...), out), names...)...)
			cmd.Dir = dir
			if text, err := cmd.CombinedOutput(); err != nil && strings.Contains(args, "-ma4") {
				t.Skipf("this rar does not make them: %s", text) // since version 7
			} else if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(out)
			check(t, err)
			switch {
			case strings.Contains(args, "-p"):
				walked(t, string(data), "x.rar", DefaultLimits).want(t, nil,
					"x.rar!a.txt: encrypted, not unpacked", "x.rar!b.dat: encrypted, not unpacked", "x.rar!c.txt: encrypted, not unpacked")
			case strings.Contains(args, "-hp"):
				walked(t, string(data), "x.rar", DefaultLimits).want(t, nil, "x.rar: encrypted, not unpacked")
			default:
				checkRAR(t, string(data), "x.rar")
			}
		})
	}
}

// checkRAR fails unless data, called name, holds the contents.
func checkRAR(t *testing.T, data, name string) {
	t.Helper()
	var want []string
	for _, f := range rarContents() {
		want = append(want, name+"!"+f.name+": "+f.content[:min(keep, len(f.content))])
	}
	r := walked(t, data, name, DefaultLimits)
	if len(r.notes) > 0 {
		t.Errorf("notes %q", r.notes)
	}
	got := content(r)
	slices.Sort(got) // a solid archive has them in another order
	if len(got) != len(want) {
		t.Fatalf("%s: %d members, want %d", name, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: member %d of %d bytes, want %d", name, i, len(got[i]), len(want[i]))
		}
	}
}

// oldRARBlock returns a block of an old RAR file, and oldRARPacked that of a member of
// 100 bytes, with what is packed.
func oldRARBlock(kind byte, flags uint16, rest string) string {
	b := binary.LittleEndian.AppendUint16([]byte{0, 0, kind}, flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(7+len(rest)))
	return string(b) + rest
}

func oldRARPacked(name string, flags uint16, version, method byte, packed string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(packed)))
	b = binary.LittleEndian.AppendUint32(b, 100)
	b = append(b, make([]byte, 9)...)
	b = append(b, version, method)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	return oldRARBlock(oldRARFile, flags, string(append(b, 0, 0, 0, 0))+name) + packed
}

// TestOldRARWindows says that a window is made once, however often members with one and
// without take turns.
func TestOldRARWindows(t *testing.T) {
	const n = 200
	data := oldRAR + strings.Repeat(oldRARPacked("small", 0, 29, 0x33, "ab")+oldRARPacked("large", 6<<5, 29, 0x33, "ab"), n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := walked(t, data, "x.rar", DefaultLimits)
	runtime.ReadMemStats(&after)
	if len(content(r)) != 2*n {
		t.Errorf("%d members, notes %.200q", len(content(r)), r.notes)
	}
	if made := after.TotalAlloc - before.TotalAlloc; made > 32<<20 {
		t.Errorf("%d MB of memory were made", made>>20)
	}
}

// TestOldRAR says that what of an old RAR file cannot be unpacked is named.
func TestOldRAR(t *testing.T) {
	block, member := oldRARBlock, oldRARPacked
	data := oldRAR + block(oldRARArchive, 0, "\x00\x00\x00\x00\x00\x00") +
		member("dir", 0xe0, 29, 0x30, "") +
		member("locked", oldRAREncrypted, 29, 0x33, "abc") +
		member("older", 0, 20, 0x33, "abc") +
		member("model", 0, 29, 0x33, "\xff\xff\xff") +
		member("other", oldRARBefore, 29, 0x33, "abc") +
		member("broken", 0, 29, 0x33, strings.Repeat("\x00", 20)) +
		block(0x75, oldRARBehind, "\x03\x00\x00\x00") + "abc" +
		member("a", 0, 29, 0x30, text) + block(oldRAREnd, 0, "")
	walked(t, data, "x.rar", DefaultLimits).want(t, []string{"x.rar!model: ", "x.rar!broken: ", "x.rar!a: " + text},
		"x.rar!locked: encrypted, not unpacked",
		"fault x.rar!older: packed as before RAR 2.9: not unpacked",
		"fault x.rar!model: packed by a model of text (PPMd): not unpacked",
		"x.rar!other: going on in another file",
		"x.rar!broken: malformed, unpacked as far as that goes")
	walked(t, oldRAR+block(oldRARArchive, oldRARLocked, "\x00\x00\x00\x00\x00\x00")+"abc", "x.rar", DefaultLimits).
		want(t, nil, "x.rar: encrypted, not unpacked")
}

func FuzzOldRAR(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "old.rar"))
	check(f, err)
	f.Add(data)
	fuzz(f, rarFormat)
}

// FuzzUnrar begins with the file that is the first in old.rar.
func FuzzUnrar(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "old.rar"))
	check(f, err)
	f.Add(data[7+13+42:])
	fuzzDecoder(f, func(data []byte) (io.Reader, error) {
		z := new(unrar)
		z.next(bytes.NewReader(data), 1<<16, 1<<16, false)
		return z, nil
	})
}

func FuzzRAR(f *testing.F) { fuzz(f, rarFormat, "x.rar") }
