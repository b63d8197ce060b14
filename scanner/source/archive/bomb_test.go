package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// zeros are n bytes that are packed very well.
type zeros int64

func (z *zeros) Read(p []byte) (int, error) {
	n := min(int64(len(p)), int64(*z))
	clear(p[:n])
	if *z -= zeros(n); n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

// much is more than may be unpacked of little, in bytes.
const much = lenient + 64<<20

// muchDeflated are so many zeros packed by deflate.
var muchDeflated = sync.OnceValue(func() string {
	t := new(testing.T)
	return deflated(t, much)
})

// deflated returns n zeros packed by deflate.
func deflated(t testing.TB, n int64) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	check(t, err)
	_, err = io.Copy(w, new(zeros(n)))
	check(t, err)
	check(t, w.Close())
	return b.String()
}

// A local is the header of a member of a zip file, with any size.
func local(name string, method uint16, packed, whole uint32) string {
	h := []byte(zipLocal + "\x14\x00\x00\x00")
	h = binary.LittleEndian.AppendUint16(h, method)
	h = append(h, make([]byte, 8)...)
	h = binary.LittleEndian.AppendUint32(h, packed)
	h = binary.LittleEndian.AppendUint32(h, whole)
	h = binary.LittleEndian.AppendUint16(h, uint16(len(name)))
	return string(append(h, 0, 0)) + name
}

// bombs are files that hold far more than they seem to, or say so.
var bombs = map[string]func(t testing.TB) string{
	// Zips in a zip, many times over, each the same: as 42.zip.
	"zips of zips": func(t testing.TB) string {
		zeros := muchDeflated()
		data := local("0", 8, uint32(len(zeros)), much) + zeros + zipEnd
		for level := range 5 {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			for i := range 16 {
				w, err := z.Create(fmt.Sprintf("%d/%d.zip", level, i))
				write(t, w, err, data)
			}
			check(t, z.Close())
			data = b.String()
		}
		return data
	},
	"much in deflate": func(testing.TB) string {
		zeros := muchDeflated()
		return local("0", 8, uint32(len(zeros)), much) + zeros + zipEnd
	},
	"much in gzip, packed again": func(t testing.TB) string {
		zeros := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + muchDeflated() + "\x00\x00\x00\x00\x00\x00\x00\x14"
		return packers[".gz"](t, zeros)
	},
	"much in zstd": func(t testing.TB) string {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		check(t, err)
		_, err = io.Copy(w, new(zeros(much)))
		check(t, err)
		check(t, w.Close())
		return b.String()
	},
	"a window of two gigabytes in zstd": func(t testing.TB) string {
		return "\x28\xb5\x2f\xfd\x00\xa8" + "\x03\x80\x00\x00" // a block of 2 GB that repeats a byte
	},
	// Each member's content is all members behind it: zip of death. The
	// directory at the end is what says so, and the headers within.
	"overlapping members": func(t testing.TB) string {
		zeros := deflated(t, 8<<20)
		var b, directory bytes.Buffer
		b.WriteString(local("0", 8, uint32(len(zeros)), 8<<20) + zeros)
		for i := range 20000 {
			d := make([]byte, 46)
			copy(d, zipDirectory)
			binary.LittleEndian.PutUint16(d[10:], 8)
			binary.LittleEndian.PutUint32(d[20:], uint32(len(zeros)))
			binary.LittleEndian.PutUint32(d[24:], 8<<20)
			name := fmt.Sprint(i)
			binary.LittleEndian.PutUint16(d[28:], uint16(len(name)))
			directory.Write(d)
			directory.WriteString(name)
		}
		end := make([]byte, 22)
		copy(end, zipEnd)
		binary.LittleEndian.PutUint16(end[8:], 20000)
		binary.LittleEndian.PutUint16(end[10:], 20000)
		binary.LittleEndian.PutUint32(end[12:], uint32(directory.Len()))
		binary.LittleEndian.PutUint32(end[16:], uint32(b.Len()))
		return b.String() + directory.String() + string(end)
	},
	"quoted headers": func(t testing.TB) string {
		// Deflate blocks that are stored and hold the header of the next
		// member, whose content goes on to the same end.
		zeros := deflated(t, 8<<20)
		data := zeros
		for i := range 2000 {
			h := local(fmt.Sprint(i), 8, uint32(len(data)), 1<<32-1)
			quote := []byte{0}
			quote = binary.LittleEndian.AppendUint16(quote, uint16(len(h)))
			quote = binary.LittleEndian.AppendUint16(quote, ^uint16(len(h)))
			data = string(quote) + h + data
			if len(data) > 1<<20 {
				break
			}
		}
		return local("first", 8, uint32(len(data)), 1<<32-1) + data + zipEnd
	},
	"a thousand gzips in one another": func(t testing.TB) string {
		data := text
		for range 1000 {
			data = packers[".gz"](t, data)
		}
		return data
	},
	// By Russ Cox, https://research.swtch.com/zip.
	"a zip that holds itself": func(t testing.TB) string {
		data, err := base64.StdEncoding.DecodeString(quine)
		check(t, err)
		return string(data)
	},
	"a sparse file of exabytes": func(t testing.TB) string {
		var b bytes.Buffer
		for range 1000 {
			b.WriteString(sparse("hole"))
		}
		return b.String() + tarred(t, file{"behind", text})
	},
	"a size of 8 EB": func(t testing.TB) string {
		h := []byte(tarred(t, file{"a", text})[:tarBlock])
		copy(h[124:136], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
		return string(resum(h)) + text
	},
	"a long name of 8 EB": func(t testing.TB) string {
		h := []byte(tarred(t, file{"a", text})[:tarBlock])
		copy(h[124:136], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
		h[156] = 'L'
		return string(resum(h)) + text
	},
	"much in gzip in base64": func(t testing.TB) string {
		return "a: " + inBase64(inBase64("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"+muchDeflated())) + "\n"
	},
	"a gzip in base64 in each line": func(t testing.TB) string {
		return strings.Repeat(inBase64(packers[".gz"](t, text))+"\n", 50_000)
	},
	"an xz in base64 in each line": func(t testing.TB) string {
		return strings.Repeat(inBase64(packers[".xz"](t, text))+"\n", 50_000)
	},
	"a bzip2 without blocks in base64 in each line": func(t testing.TB) string {
		return strings.Repeat(inBase64("BZh91AY&SY"+strings.Repeat("x", 20))+"\n", 50_000)
	},
	"what is no gzip in base64 in each line": func(t testing.TB) string {
		return strings.Repeat("H4sI"+strings.Repeat("A", 31)+"\n", 200_000)
	},
	"thirty texts in one another": func(t testing.TB) string {
		data := text
		for range 30 {
			data = "a: " + inBase64(packers[".gz"](t, data)) + "\n"
		}
		return data
	},
	"texts in one another, with much behind": func(t testing.TB) string {
		data := ""
		for range 9 {
			data = inBase64(packers[".gz"](t, data+"\n"+strings.Repeat(" ", 28<<20)))
		}
		return data
	},
	"four gigabytes, stored": func(t testing.TB) string {
		return local("a", 0, 1<<32-1, 1<<32-1) + text
	},
	"ten million members": func(t testing.TB) string {
		// Packed, for they take 310 MB.
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		check(t, err)
		some := strings.Repeat(local("", 0, 0, 0), 1000)
		for range 10000 {
			_, err := io.WriteString(w, some)
			check(t, err)
		}
		check(t, w.Close())
		return b.String()
	},
}

// sparse returns the header of a file that is one hole of 8 EB, as GNU tar has it.
func sparse(name string) string {
	h := make([]byte, tarBlock)
	copy(h, name)
	copy(h[124:], "00000000000\x00")
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	copy(h[386:], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff00000000000\x00")
	copy(h[483:], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
	return string(resum(h))
}

// resum puts the checksum of a header in its place.
func resum(h []byte) []byte {
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// TestBombs says that what is made of a bomb is bounded, in bytes, memory and
// time, and that nothing is left out without a word.
func TestBombs(t *testing.T) {
	for name, build := range bombs {
		t.Run(name, func(t *testing.T) {
			data := build(t)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			r := walked(t, data, "bomb", DefaultLimits)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %d members, %d MB in %v, %d MB taken from the system; %q", len(data), len(r.members), r.bytes>>20, took.Round(time.Millisecond),
				(int64(after.Sys)-int64(before.Sys))>>20, r.notes)
			if most := DefaultLimits.allowance(int64(len(data))) + int64(len(data)); r.bytes > most+int64(maxName*len(r.members)) {
				t.Errorf("%d bytes were handed out, of %d", r.bytes, most)
			}
			if took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
			switch name {
			case "overlapping members", "quoted headers", "a sparse file of exabytes",
				"a gzip in base64 in each line", "what is no gzip in base64 in each line":
				return // nothing is left out of these
			}
			if len(r.notes) == 0 {
				t.Error("nothing was said")
			}
			if len(r.notes) > 100 {
				t.Errorf("%d notes", len(r.notes))
			}
		})
	}
}

// TestTarBehindHoles says that what is behind a sparse file is read.
func TestTarBehindHoles(t *testing.T) {
	data := bombs["a sparse file of exabytes"](t)
	if r := walked(t, data, "x.tar", DefaultLimits); len(r.members) == 0 || r.members[len(r.members)-1] != "x.tar!behind: "+text {
		t.Errorf("the file behind them is missing: %q", r.notes)
	}
}

// TestMembers says that a walk ends at the number of members that there may be.
func TestMembers(t *testing.T) {
	limits := DefaultLimits
	limits.Members = 3
	walked(t, stored(t, file{"a", text}, file{"b", text}, file{"c", text}, file{"d", text}), "x.zip", limits).
		want(t, []string{"x.zip!a: " + text, "x.zip!b: " + text, "x.zip!c: " + text},
			"fault x.zip: more than 3 members: what is behind that was not unpacked")
}

// TestSize says that what is too much is handed out up to that, and noted.
func TestSize(t *testing.T) {
	limits := DefaultLimits
	limits.Size = 1000
	large := strings.Repeat("0123456789", 1000)
	for name, data := range map[string]string{
		"x.zip": zipped(t, file{"a", large}, file{"b", text}),
		"x.gz":  packers[".gz"](t, large),
	} {
		r := walked(t, data, name, limits)
		if n := len(r.members); n == 0 || !strings.HasSuffix(r.members[n-1], ": "+large[:1000]) {
			t.Errorf("%s: %.100q", name, r.members)
		}
		if want := "[fault " + name + ": unpacked, it is more than may be: what is behind that was not unpacked]"; fmt.Sprint(r.notes) != want {
			t.Errorf("notes %v, want %s", r.notes, want)
		}
	}
}

// TestSpent says that of all files of an opener no more is unpacked than of one
// so many times, whatever number of them there is; that what was unpacked is
// looked up again all the same, and not counted; and that large files have more.
func TestSpent(t *testing.T) {
	const size = 1 << 20
	bomb := packers[".gz"](t, strings.Repeat("\x00", size))
	o := &Opener{Limits: Limits{Depth: 1, Size: size, Members: 1, Memory: 1 << 20}}
	walk := func(data string, length int64, again bool) (unpacked int64, notes []error) {
		err := o.Walk(context.Background(), "x", gzipFormat, strings.NewReader(data), length, Walk{
			Emit: func(_ Member, r io.Reader) error {
				n, _ := io.Copy(io.Discard, r)
				unpacked += n
				return nil
			},
			Note:  func(_ string, why error, _ bool) { notes = append(notes, why) },
			Again: again,
		})
		check(t, err)
		return unpacked, notes
	}
	half := packers[".gz"](t, strings.Repeat("\x00", size/2))
	if n, notes := walk(half, int64(len(half)), false); n != size/2 || notes != nil {
		t.Fatalf("unpacked %d bytes, %q", n, notes)
	}
	for i := range manySizes - 1 {
		if n, _ := walk(bomb, int64(len(bomb)), false); n != size {
			t.Fatalf("file %d: unpacked %d bytes", i, n)
		}
		walk(bomb, int64(len(bomb)), true)
	}
	// What is left of it is half of one, and what comes then is not opened.
	n, notes := walk(bomb, int64(len(bomb)), false)
	if n < size/2 || n > size/2+1<<16 || len(notes) != 1 || !strings.HasPrefix(notes[0].Error(), "unpacked, all archives are more than may be") {
		t.Errorf("unpacked %d bytes, %q", n, notes)
	}
	if n, notes := walk(bomb, int64(len(bomb)), false); n != 0 || len(notes) != 1 || notes[0] != ErrSpent {
		t.Errorf("unpacked %d bytes, %q", n, notes)
	}
	if n, _ := walk(bomb, int64(len(bomb)), true); n != size {
		t.Errorf("looked up, %d bytes", n)
	}
	o.opened.Add(2 * manySizes * size / usualRatio)
	if n, _ := walk(bomb, int64(len(bomb)), false); n != size {
		t.Errorf("behind a large file, unpacked %d bytes", n)
	}
}

// TestManyDictionaries says that members which are nothing but large dictionaries
// are too much before they take long, and that those with usual ones are not.
func TestManyDictionaries(t *testing.T) {
	var large bytes.Buffer
	w, err := xz.WriterConfig{DictCap: maxDictionary}.NewWriter(&large)
	packed := map[string]string{
		"xz":    through(t, &large, w, err, text),
		"lzma":  "\x09\x14\x05\x00\x5d\x00\x00\x00\x04" + packers[".lzma"](t, text)[13:],
		"zstd":  "\x28\xb5\x2f\xfd\x00\x68\x09\x00\x00x", // a window of 8 MB
		"bzip2": packers[".bz2"](t, text),
	}
	methods := map[string]uint16{"xz": 95, "lzma": 14, "zstd": 93, "bzip2": 12}
	for name, member := range packed {
		t.Run(name, func(t *testing.T) {
			var files []file
			for range 2600 {
				files = append(files, file{"a", member})
			}
			r := walked(t, raw(t, zip.FileHeader{Method: methods[name], Flags: 2}, files...), "x.zip", DefaultLimits)
			if n := len(content(r)); n == 0 || n == len(files) || len(r.notes) != 1 || !strings.Contains(r.notes[0], "more than may be") {
				t.Errorf("%d members, notes %.200q", n, r.notes)
			}
			files = files[:50]
			if r := walked(t, raw(t, zip.FileHeader{Method: methods[name], Flags: 2}, files...), "x.zip", DefaultLimits); len(content(r)) != len(files) || len(r.notes) > 0 {
				t.Errorf("%d members of %d, notes %.200q", len(content(r)), len(files), r.notes)
			}
		})
	}
	if got := xzDictionary([]byte(packed["xz"])); got != maxDictionary {
		t.Errorf("a dictionary of %d bytes", got)
	}
	if got := xzDictionary([]byte(packers[".xz"](t, text))); got != 8<<20 {
		t.Errorf("a usual dictionary of %d bytes", got)
	}
}

// TestSelf says that a zip which holds itself is told apart from what is too deep.
func TestSelf(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(quine)
	check(t, err)
	r := walked(t, string(data), "r.zip", Limits{Depth: 2, Size: 1 << 20, Members: 100, Memory: 1 << 20})
	if want := []string{"r.zip!r/r.zip!r/r.zip: the same as what holds it: not unpacked again"}; !slices.Equal(r.notes, want) {
		t.Errorf("notes %q, want %q", r.notes, want)
	}
}

// TestManyBlocks says the same of the folders of a 7z file that are packed by bzip2.
func TestManyBlocks(t *testing.T) {
	member := packers[".bz2"](t, text)
	read := func(n int) record {
		h := slices.Concat([]byte{szHeader, szMainStreams, szPackInfo, 0}, szNumber(n), []byte{szSize}, bytes.Repeat(szNumber(len(member)), n), []byte{szEnd},
			[]byte{szUnpackInfo, szFolderInfo}, szNumber(n), []byte{0}, bytes.Repeat([]byte("\x01\x03\x04\x02\x02"), n),
			[]byte{szUnpackSize}, bytes.Repeat(szNumber(len(text)), n), []byte{szEnd, szEnd},
			[]byte{szFiles}, szNumber(n), []byte{szNames}, szNumber(4*n+1), []byte{0}, bytes.Repeat([]byte("n\x00\x00\x00"), n), []byte{szEnd, szEnd})
		return walked(t, szRaw(strings.Repeat(member, n), h), "x.7z", DefaultLimits)
	}
	if r := read(50); len(content(r)) != 50 || len(r.notes) > 0 {
		t.Errorf("%d members of 50, notes %.200q", len(content(r)), r.notes)
	}
	if r := read(2600); len(r.notes) != 1 || !strings.Contains(r.notes[0], "more than may be") {
		t.Errorf("%d members, notes %.200q", len(content(r)), r.notes)
	}
}

// quine is the zip r/r.zip in base64. As a file it would be a bomb in the repository.
const quine = "" +
	"UEsDBBQAAAAIAAgDZDz59IlkSAEAALgBAAAHAAAAci9yLnppcAAlANr/UEsDBBQAAAAIAAgDZDz5" +
	"9IlkSAEAALgBAAAHAAAAci9yLnppcAAvAND/ACUA2v9QSwMEFAAAAAgACANkPPn0iWRIAQAAuAEA" +
	"AAcAAAByL3IuemlwAC8A0P/CVI5XOQAFAPr/wlSOVzkABQD6/wAFAPr/ABQA6//CVI5XOQAFAPr/" +
	"AAUA+v8AFADr/0KIIcQAABQA6/9CiCHEAAAUAOv/QoghxAAAFADr/0KIIcQAABQA6/9CiCHEAAAA" +
	"AP//AAAA//8ANADL/0KIIcQAAAAA//8AAAD//wA0AMv/QughXg8AAAD//wrwZmQSYcAV3OigSL9I" +
	"ryqzIMCblQ3EZwRCUwYGBkAABgD5/20BAAAAAELoIV4PAAAA//8K8GZkEmHAFdzooEi/SK8qsyDA" +
	"m5UNxGcEQlMGBgZAAAYA+f9tAQAAAABQSwECFAAUAAAACAAIA2Q8+fSJZEgBAAC4AQAABwAAAAAA" +
	"AAAAAAAAAAAAAAAAci9yLnppcFBLBQYAAAAAAQABADUAAABtAQAAAAA="
