package archive

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/packer"
)

// TestLZMATool says that what xz and lzip make is unpacked, also in several members
// and with other dictionaries.
func TestLZMATool(t *testing.T) {
	content := code(300000)
	for args, name := range map[string]string{
		"xz -c --format=lzma":                   "x.lzma",
		"xz -c --format=lzma -9":                "x.lzma",
		"xz -c --format=lzma --lzma1=lp=2,lc=2": "", // looks like nothing
		"lzip -c":                               "x.lz",
		"lzip -c -9":                            "x.lz",
		"lzip -c -s 5KiB -b 100kB":              "x.lz",
	} {
		t.Run(args, func(t *testing.T) {
			words := strings.Fields(args)
			tool, err := exec.LookPath(words[0])
			if err != nil {
				t.Skipf("no %s command to pack files with", words[0])
			}
			cmd := exec.Command(tool, words[1:]...)
			cmd.Stdin = strings.NewReader(content)
			packed, err := cmd.Output()
			check(t, err)
			var want []string
			if name != "" {
				want = []string{name + "!x: " + content[:keep]}
			}
			r := walked(t, string(packed), name, DefaultLimits)
			r.want(t, want)
			if n := int64(len(content)); name != "" && r.bytes != n {
				t.Errorf("%d bytes, want %d", r.bytes, n)
			}
		})
	}
}

// TestIsLZMA says what is taken for an LZMA file.
func TestIsLZMA(t *testing.T) {
	const sizes = "\xff\xff\xff\xff\xff\xff\xff\xff\x00"
	for head, want := range map[string]bool{
		"\x5d\x00\x00\x80\x00" + sizes:                                true,
		"\x5d\x00\x00\xc0\x00" + sizes:                                true,
		"\x5d\x00\x00\x80\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00":    true,
		"\x5d\x00\x00\xa0\x00" + sizes:                                false, // no such dictionary
		"\x5d\x00\x00\x00\x00" + sizes:                                false,
		"\x5e\x00\x00\x80\x00" + sizes:                                false,
		"\x5d\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00":    false, // of exabytes
		"\x5d\x00\x00\x80\x00" + strings.TrimSuffix(sizes, "\x00"):    false,
		"\x5d\x00\x00\x80\x00" + sizes[:len(sizes)-1] + "\x01":        false,
		"](a link) and then whatever there is behind it in some text": false,
	} {
		if isLZMA([]byte(head)) != want {
			t.Errorf("%q: %v", head, !want)
		}
	}
}

// TestLzipMemory says that room is made for all dictionaries that are in use: that of a
// second member is, with those of what stands in the first and goes on in it.
func TestLzipMemory(t *testing.T) {
	lz := func(content string, dictionary byte) string {
		b := []byte(packers[".lz"](t, content))
		b[len(lzipMagic)] = dictionary
		return string(b)
	}
	const small, large = 20, 26             // 1 MB and 64 MB
	inner := lz(packer.Noise(1<<18), large) // more than is read ahead
	half := len(inner) / 2
	outer := lz(inner[:half], small) + lz(inner[half:], large)
	for memory, want := range map[int64][]string{
		160 << 20: nil,
		100 << 20: {"fault x.lz!x: it needs 128 MB of memory, and 100 MB may be used: not unpacked"},
	} {
		limits := DefaultLimits
		limits.Memory = memory
		if r := walked(t, outer, "x.lz", limits); !slices.Equal(r.notes, want) {
			t.Errorf("of %d MB: notes %q", memory>>20, r.notes)
		}
	}
	// What is done with is given back.
	limits := DefaultLimits
	limits.Memory = 70 << 20
	walked(t, tarred(t, file{"a.lz", lz(text, large)}, file{"b.lz", lz(text, large)}), "x", limits).
		want(t, []string{"x!a.lz!a: " + text, "x!b.lz!b: " + text})
}
