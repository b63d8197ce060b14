package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// far is text, and again from farther than deflate can say, behind more of the
// same than deflate can say.
var far = text + strings.Repeat("x", 40000) + text

// deflated64 returns far packed by Deflate64, for which there is no encoder.
func deflated64(testing.TB) string {
	var out []byte
	var acc uint64
	var n uint
	put := func(v, k uint) {
		acc |= uint64(v) << n
		for n += k; n >= 8; n -= 8 {
			out = append(out, byte(acc))
			acc >>= 8
		}
	}
	code := func(s uint) { // of the fixed ones
		switch {
		case s < 144:
			put(uint(bits.Reverse8(byte(0x30+s))), 8)
		case s < 256:
			put(uint(bits.Reverse16(uint16(0x190+s-144))>>7), 9)
		case s < 280:
			put(uint(bits.Reverse8(byte(s-256)))>>1, 7)
		default:
			put(uint(bits.Reverse8(byte(0xc0+s-280))), 8)
		}
	}
	offset := func(s, extra, k uint) {
		put(uint(bits.Reverse8(byte(s)))>>3, 5)
		put(extra, k)
	}
	put(1|1<<1, 3) // the last block, of fixed codes
	for _, c := range text + "x" {
		code(uint(c))
	}
	code(285)
	put(40000-1-3, 16)
	offset(0, 0, 0)
	code(266) // 13 or 14 bytes
	put(0, 1)
	offset(30, uint(40000+len(text)-32769), 14)
	for _, c := range text[13:] {
		code(uint(c))
	}
	code(256)
	put(0, 7)
	return string(out)
}

// TestInflate64 says that Deflate64 is decoded, also what deflate has not, that
// what both have is the same, and that no byte behind it is taken.
func TestInflate64(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32() >> rnd.UintN(32))
	}
	short := strings.Repeat("0123456789 ", 20)
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		for name, content := range map[string]string{"": "", "text": text, "short": short, "noise": string(noise)} {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			packed := through(t, &b, w, err, content)
			in := strings.NewReader(packed + "behind")
			got, err := io.ReadAll(newInflater64(in))
			if err != nil || string(got) != content || in.Len() != len("behind") {
				t.Errorf("%s at level %d: %d bytes, want %d; %d left; %v", name, level, len(got), len(content), in.Len(), err)
			}
		}
	}
}

// TestInflate64Broken says that what is cut short or makes no sense is no end.
func TestInflate64Broken(t *testing.T) {
	data := deflated64(t)
	for n := range data {
		if _, err := io.ReadAll(newInflater64(strings.NewReader(data[:n]))); err != io.ErrUnexpectedEOF {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
	for _, data := range []string{"\x07", "\x01\x01\x00\x00\x00", "\x03\x02\x00", "\x05\xff\xff\xff\xff\xff"} {
		if _, err := io.ReadAll(newInflater64(strings.NewReader(data))); err == nil {
			t.Errorf("%q is taken", data)
		}
	}
}

// TestZipTool says that members of zip files are unpacked that 7z packs by other
// methods than deflate.
func TestZipTool(t *testing.T) {
	walked(t, raw(t, zip.FileHeader{Method: 9}, file{"a", deflated64(t)}), "x.zip", DefaultLimits).want(t, []string{"x.zip!a: " + far})
	tool, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("no 7z command to pack files with")
	}
	dir := t.TempDir()
	content := far + code(20000) + far
	check(t, os.WriteFile(filepath.Join(dir, "a"), []byte(content), 0o666))
	for args, notes := range map[string][]string{
		"-mm=deflate": nil, "-mm=deflate64": nil, "-mm=lzma": nil, "-mm=lzma -meos": nil, "-mm=bzip2": nil, "-mm=copy": nil,
		"-mm=ppmd":           {"fault x.zip!a: packed by a method that is not known (98): not unpacked"},
		"-mm=lzma -psecret":  {"x.zip!a: encrypted, not unpacked"},
		"-mem=AES256 -pword": {"x.zip!a: encrypted, not unpacked"},
	} {
		t.Run(args, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "x.zip")
			cmd := exec.Command(tool, append(append([]string{"a"}, strings.Fields(args)...), out, "a")...)
			cmd.Dir = dir
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(out)
			check(t, err)
			var want []string
			if notes == nil {
				want = []string{"x.zip!a: " + content[:min(keep, len(content))]}
			}
			walked(t, string(data), "x.zip", DefaultLimits).want(t, want, notes...)
		})
	}
}
