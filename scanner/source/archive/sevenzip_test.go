package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/ulikunitz/xz/lzma"
)

// szFile returns a 7z file of members that are packed together by LZMA2, and of
// one that is empty.
func szFile(t testing.TB, files ...file) string {
	t.Helper()
	var packed bytes.Buffer
	w, err := lzma.Writer2Config{DictCap: 1 << 20}.NewWriter2(&packed)
	check(t, err)
	var whole int
	names := []byte{0}
	for _, f := range append(files, file{name: "empty"}) {
		write(t, w, nil, f.content)
		whole += len(f.content)
		for _, c := range utf16.Encode([]rune(f.name + "\x00")) {
			names = binary.LittleEndian.AppendUint16(names, c)
		}
	}
	check(t, w.Close())
	h := []byte{szHeader, szMainStreams, szPackInfo, 0, 1, szSize}
	h = append(append(h, szNumber(packed.Len())...), szEnd)
	h = append(h, szUnpackInfo, szFolderInfo, 1, 0, 1, 0x21, 0x21, 1, 16, szUnpackSize)
	h = append(append(h, szNumber(whole)...), szEnd)
	h = append(h, szSubStreams, szNumUnpack, byte(len(files)), szSize)
	for _, f := range files[:len(files)-1] {
		h = append(h, szNumber(len(f.content))...)
	}
	h = append(h, szEnd, szEnd, szFiles, byte(len(files)+1), szEmptyStream, 1, 0x80>>len(files), szNames)
	h = append(append(append(h, szNumber(len(names))...), names...), szEnd, szEnd)
	return szRaw(packed.String(), h)
}

// TestSevenZip says that members of 7z files are handed out, also of one in
// another archive, and that what they claim is not believed.
func TestSevenZip(t *testing.T) {
	files := []file{{"a", text}, {"ü/b.zip", zipped(t, file{"c", text})}}
	data := szFile(t, files...)
	r := walked(t, data, "x.7z", DefaultLimits)
	r.want(t, []string{"x.7z!a: " + text, "x.7z!ü/b.zip!c: " + text})
	if !strings.Contains(fmt.Sprint(r.members), "name empty") {
		t.Errorf("no name of what is empty: %q", r.members)
	}
	walked(t, zipped(t, file{"x.7z", data}), "x.zip", DefaultLimits).
		want(t, []string{"x.zip!x.7z!a: " + text, "x.zip!x.7z!ü/b.zip!c: " + text})
	none := data[:szSignatureSize] + text // and is handed out as it is
	walked(t, zipped(t, file{"x.7z", none}), "x.zip", DefaultLimits).
		want(t, []string{"x.zip!x.7z: " + none}, "x.zip!x.7z: cut short, unpacked as far as that goes")
	encrypted := strings.Replace(data, "\x01\x00\x01\x21\x21\x01\x10", "\x01\x00\x01\x24\x06\xf1\x07\x01\x01\x10", 1)
	head := []byte(encrypted)
	binary.LittleEndian.PutUint64(head[20:], binary.LittleEndian.Uint64(head[20:])+3)
	walked(t, string(head), "x.7z", DefaultLimits).want(t, nil, "x.7z!a: encrypted, not unpacked", "x.7z!ü/b.zip: encrypted, not unpacked")
	lie := []byte(data)
	binary.LittleEndian.PutUint64(lie[20:], 1<<40)
	walked(t, string(lie), "x.7z", DefaultLimits).want(t, nil, "fault x.7z: a header of 1048576 MB: not unpacked")
}

// TestSevenZipTool says that what 7z itself packs is unpacked, by the methods that
// are known, and that others are named.
func TestSevenZipTool(t *testing.T) {
	tool, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("no 7z command to pack files with")
	}
	dir := t.TempDir()
	large := strings.Repeat("0123456789", 1000)
	check(t, os.WriteFile(filepath.Join(dir, "a"), []byte(text), 0o666))
	check(t, os.WriteFile(filepath.Join(dir, "b"), []byte(large), 0o666))
	check(t, os.WriteFile(filepath.Join(dir, "none"), nil, 0o666))
	check(t, os.WriteFile(filepath.Join(dir, "c"), []byte(code(20000)), 0o666))
	all := []string{"x.7z!a: " + text, "x.7z!b: " + large, "x.7z!c: " + code(20000)}
	for args, notes := range map[string]string{
		"-m0=lzma": "", "-m0=lzma2": "", "-m0=bzip2": "", "-m0=deflate": "", "-m0=copy": "", "-ms=off": "", "-mhc=off": "",
		"-m0=bcj -m1=lzma2": "", "-m0=bcj -m1=lzma": "", "-m0=delta:3 -m1=lzma2": "", "-m0=deflate64": "",
		"-m0=ppmd": "", "-m0=ppmd:mem=1m:o=32": "", "-m0=bcj2": "",
		"-m0=bcj2 -m1=lzma -m2=lzma -m3=ppmd:mem=1m -mb0s0:1 -mb0s1:2 -mb0s2:3": "",
		"-m0=ppc -m1=lzma2": "fault x.7z!a: packed by a method that is not known (03030205): not unpacked",
		"-psecret":          "x.7z!a: encrypted, not unpacked",
		"-psecret -mhe":     "x.7z: encrypted, not unpacked",
	} {
		t.Run(args, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "x.7z")
			cmd := exec.Command(tool, append(append([]string{"a"}, strings.Fields(args)...), out, "a", "b", "c", "none")...)
			cmd.Dir = dir
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(out)
			check(t, err)
			r := walked(t, string(data), "x.7z", DefaultLimits)
			if strings.HasPrefix(args, "-m0=bcj ") { // addresses are as they were packed
				r.members = slices.DeleteFunc(r.members, func(s string) bool { return strings.HasPrefix(s, "x.7z!c: ") })
				r.want(t, all[:2])
			} else if notes == "" {
				r.want(t, all)
			} else if len(content(r)) > 0 || len(r.notes) == 0 || r.notes[0] != notes {
				t.Errorf("members %.200q, notes %q; want %q", content(r), r.notes, notes)
			}
		})
	}
}

// szNumber returns n as a header has it, in eight bytes whatever it is.
func szNumber[N int | int64](n N) []byte {
	return binary.LittleEndian.AppendUint64([]byte{0xff}, uint64(n))
}

// szRaw returns a 7z file of what is packed and of a header.
func szRaw(packed string, header []byte) string {
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(header)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(header))
	sign := binary.LittleEndian.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return string(sign) + string(start) + packed + string(header)
}

// szPacked returns the header of a header that is packed by LZMA2 to size bytes
// and comes to whole.
func szPacked(size, whole int) []byte {
	h := append([]byte{szEncodedHeader, szPackInfo, 0, 1, szSize}, szNumber(size)...)
	h = append(h, szEnd, szUnpackInfo, szFolderInfo, 1, 0, 1, 0x21, 0x21, 1, 24, szUnpackSize)
	return append(append(h, szNumber(whole)...), szEnd, szEnd)
}

// TestSevenZipHeaders says that a header that says much takes no more time and
// memory than it is long.
func TestSevenZipHeaders(t *testing.T) {
	many := bytes.Repeat([]byte{0xff}, 1<<20)
	zero := make([]byte, maxSZHeader-100)
	lzma2 := func(content []byte) string {
		var b bytes.Buffer
		w, err := lzma.Writer2Config{DictCap: 1 << 20}.NewWriter2(&b)
		return through(t, &b, w, err, string(content))
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	// A folder of one coder takes three bytes of the header, and a file one.
	folders := join([]byte{szHeader, szMainStreams, szUnpackInfo, szFolderInfo}, szNumber(8<<20), []byte{0}, bytes.Repeat([]byte{1, 1, 0}, 8<<20))
	files := join([]byte{szHeader, szFiles}, szNumber(len(zero)), zero)
	names := join([]byte{szHeader, szFiles}, szNumber(8<<20), []byte{szNames}, szNumber(16<<20+1), []byte{0}, make([]byte, 16<<20), []byte{szEnd, szEnd})
	substreams := join([]byte{szHeader, szMainStreams, szUnpackInfo, szFolderInfo, 1, 0, 1, 1, 0, szUnpackSize, 0, szEnd, szSubStreams, szNumUnpack}, szNumber(int64(1)<<40), zero)
	nested := szPacked(0, 0)
	for range 20 {
		nested = szPacked(len(nested), len(nested))
	}
	// Of each folder a dictionary of 64 MB is made, for nothing.
	const n = 20000
	var dictionaries bytes.Buffer
	dictionaries.Write(join([]byte{szHeader, szMainStreams, szPackInfo, 0}, szNumber(n), []byte{szSize}, make([]byte, n), []byte{szEnd}))
	dictionaries.Write(join([]byte{szUnpackInfo, szFolderInfo}, szNumber(n), []byte{0}, bytes.Repeat([]byte{1, 0x21, 0x21, 1, 28}, n)))
	dictionaries.Write(join([]byte{szUnpackSize}, bytes.Repeat([]byte{0xf0, 0, 0, 0, 4}, n), []byte{szEnd, szEnd, szFiles}, szNumber(n)))
	dictionaries.Write(join([]byte{szNames}, szNumber(18*n+1), []byte{0}, bytes.Repeat([]byte("n\x00a\x00m\x00e\x00.\x00t\x00x\x00t\x00\x00\x00"), n), []byte{szEnd, szEnd}))
	for name, test := range map[string]struct{ data, note string }{
		"files without end":    {szRaw("", join([]byte{szHeader, szFiles}, szNumber(int64(1)<<40), many)), errBroken.Error()},
		"folders without end":  {szRaw("", join([]byte{szHeader, szMainStreams, szUnpackInfo, szFolderInfo}, szNumber(int64(1)<<40), many)), errBroken.Error()},
		"streams without end":  {szRaw("", join([]byte{szHeader, szMainStreams, szPackInfo, 0}, szNumber(int64(1)<<62), []byte{szSize}, many)), errBroken.Error()},
		"contents without end": {szRaw("", substreams), errBroken.Error()},
		"many files":           {szRaw("", files), errBroken.Error()},
		"many folders":         {szRaw("", folders[:maxSZHeader]), "a header that needs more memory than it may: not unpacked"},
		"many names":           {szRaw("", names), "a header that needs more memory than it may: not unpacked"},
		"a gigabyte, packed":   {szRaw(lzma2(make([]byte, 64<<20)), szPacked(64<<20, 1<<30)), "a header of 1024 MB: not unpacked"},
		"many folders, packed": {szRaw(lzma2(folders[:maxSZHeader]), szPacked(len(folders), maxSZHeader)), "a header that needs more memory than it may: not unpacked"},
		"large dictionaries":   {szRaw("", dictionaries.Bytes()), "unpacked, it is more than may be"},
		"packed in itself":     {szRaw("", nested), ""},
		"a coder that reads itself": {szRaw("", []byte{szHeader, szMainStreams, szPackInfo, 0, 2, szSize, 0, 0, szEnd,
			szUnpackInfo, szFolderInfo, 1, 0, 3, 0x11, 0, 2, 1, 1, 0, 1, 0, 0, 1, 2, 1, 1, 3, szUnpackSize, 0, 0, 0, szEnd, szEnd, szFiles, 1, szEnd, szEnd}), errBroken.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			r := walked(t, test.data, "x.7z", DefaultLimits)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %d members, %v, %d MB, %q", len(test.data), len(r.members), took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, r.notes)
			if took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if got := fmt.Sprint(r.notes); test.note != "" && !strings.Contains(got, test.note) {
				t.Errorf("notes %s, want %q", got, test.note)
			}
			if len(r.notes) == 0 {
				t.Error("nothing was said")
			}
			if most := uint64(4 * DefaultLimits.Memory); // with what slices were before they grew
			after.TotalAlloc-before.TotalAlloc > most {
				t.Errorf("%d MB of memory were made", (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		})
	}
}

// TestPPMd says that a model as large as a file says is not made if there is no
// room for it.
func TestPPMd(t *testing.T) {
	w := &walker{opener: &Opener{Limits: DefaultLimits}}
	c := szCoder{method: []byte("\x03\x04\x01"), props: []byte{6, 0, 0, 0, 0x20}, size: 1}
	_, err := w.szDecoder(c, bufio.NewReader(strings.NewReader("")))
	if err == nil || err.Error() != "it needs 512 MB of memory, and 160 MB may be used: not unpacked" {
		t.Errorf("got %v", err)
	}
}

// code is something like machine code of x86, with calls and jumps to few places,
// and text.
func code(n int) string {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for len(b) < n {
		switch rnd.IntN(4) {
		case 0:
			b = append(b, []byte{0xe8, 0xe9}[rnd.IntN(2)])
			b = binary.LittleEndian.AppendUint32(b, uint32(rnd.IntN(8)*512-len(b)))
		case 1:
			b = append(b, 0x0f, 0x80|byte(rnd.IntN(16)))
			b = binary.LittleEndian.AppendUint32(b, uint32(rnd.IntN(8)*512-len(b)))
		case 2:
			b = append(b, byte(rnd.IntN(256)))
		case 3:
			b = append(b, text[:rnd.IntN(len(text))]...)
		}
	}
	return string(b)
}

func FuzzSevenZip(f *testing.F) { fuzz(f, sevenZipFormat, "x.7z") }
