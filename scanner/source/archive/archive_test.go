package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// A file to be packed.
type file struct{ name, content string }

const text = "one two three two one\n"

// brotliText is text packed by brotli, in hexadecimal.
const brotliText = "8b0a806f6e652074776f2074687265652074776f206f6e650a03"

func zipped(t testing.TB, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		write(t, w, err, f.content)
	}
	check(t, z.Close())
	return b.String()
}

// stored returns a zip file of members that are not compressed.
func stored(t testing.TB, files ...file) string {
	t.Helper()
	return raw(t, zip.FileHeader{}, files...)
}

// raw returns a zip file of members that are what they are said to be: they have
// the method and the flags of a header.
func raw(t testing.TB, h zip.FileHeader, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: f.name, Method: h.Method, Flags: h.Flags,
			CompressedSize64: uint64(len(f.content)), UncompressedSize64: uint64(len(f.content)),
		})
		write(t, w, err, f.content)
	}
	check(t, z.Close())
	return b.String()
}

func tarred(t testing.TB, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: 0o644, Typeflag: tar.TypeReg})
		write(t, w, err, f.content)
	}
	check(t, w.Close())
	return b.String()
}

// packers pack a stream.
var packers = map[string]func(t testing.TB, content string) string{
	".gz": func(t testing.TB, content string) string {
		var b bytes.Buffer
		return through(t, &b, gzip.NewWriter(&b), nil, content)
	},
	".zz": func(t testing.TB, content string) string {
		var b bytes.Buffer
		return through(t, &b, zlib.NewWriter(&b), nil, content)
	},
	".bz2": func(t testing.TB, content string) string {
		var b bytes.Buffer
		w, err := bzip2.NewWriter(&b, nil)
		return through(t, &b, w, err, content)
	},
	".xz": func(t testing.TB, content string) string {
		var b bytes.Buffer
		w, err := xz.NewWriter(&b)
		return through(t, &b, w, err, content)
	},
	".zst": func(t testing.TB, content string) string {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		return through(t, &b, w, err, content)
	},
	".lzma": func(t testing.TB, content string) string {
		var b bytes.Buffer
		w, err := lzma.NewWriter(&b)
		return through(t, &b, w, err, content)
	},
	".lz": func(t testing.TB, content string) string {
		var b bytes.Buffer
		w, err := lzma.WriterConfig{DictCap: 1 << 20, EOSMarker: true}.NewWriter(&b)
		packed := through(t, &b, w, err, content)[lzma.HeaderLen:]
		trailer := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(content)))
		trailer = binary.LittleEndian.AppendUint64(trailer, uint64(len(content)))
		trailer = binary.LittleEndian.AppendUint64(trailer, uint64(6+len(packed)+20))
		return "LZIP\x01\x14" + packed + string(trailer)
	},
	".Z": func(_ testing.TB, content string) string { return compressed(content, 16) },
	".lz4": func(t testing.TB, content string) string {
		var b bytes.Buffer
		return through(t, &b, lz4.NewWriter(&b), nil, content)
	},
}

func through(t testing.TB, b *bytes.Buffer, w io.WriteCloser, err error, content string) string {
	t.Helper()
	write(t, w, err, content)
	check(t, w.Close())
	return b.String()
}

// TestPanics says that a panic of Emit or of Note is not taken for one of a decoder, also
// where packs are read, and that one of what a member is read from is.
func TestPanics(t *testing.T) {
	walk := func(data string, in io.Reader, w Walk) (p any) {
		defer func() { p = recover() }()
		o := &Opener{Limits: DefaultLimits}
		if err := o.Walk(t.Context(), "x", Recognise([]byte(data), "x"), in, int64(len(data)), w); err != nil {
			t.Error(err)
		}
		return nil
	}
	for name, data := range map[string]string{
		"tar":             tarred(t, file{"a", text}),
		"zip in a zip":    zipped(t, file{"b.zip", zipped(t, file{"a", text})}),
		"pack in a zip":   zipped(t, file{"x.pack", packOf(t, text)}),
		"base64 in a tar": tarred(t, file{"a", "a: " + base64.StdEncoding.EncodeToString([]byte(packers[".gz"](t, text)))}),
	} {
		p := walk(data, strings.NewReader(data), Walk{
			Emit: func(m Member, r io.Reader) error {
				if content, _ := io.ReadAll(r); string(content) == text {
					panic("of Emit")
				}
				return nil
			},
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		if !strings.Contains(fmt.Sprint(p), "of Emit") {
			t.Errorf("%s: panic %v", name, p)
		}
	}
	data := tarred(t, file{"a", text})
	read := func(_ Member, r io.Reader) error {
		_, _ = io.Copy(io.Discard, r)
		return nil
	}
	half := strings.NewReader(data[:len(data)/4])
	if p := walk(data, half, Walk{Emit: read, Note: func(string, error, bool) { panic("of Note") }}); p != "of Note" {
		t.Errorf("panic %v", p)
	}
	var notes []error
	broken := io.MultiReader(strings.NewReader(data[:512+len(text)/2]), readerFunc(func([]byte) (int, error) { panic("of a decoder") }))
	p := walk(data, broken, Walk{Emit: read, Note: func(_ string, why error, _ bool) { notes = append(notes, why) }})
	if p != nil || !slices.Equal(notes, []error{errPanic}) {
		t.Errorf("panic %v, notes %q", p, notes)
	}
}

func write(t testing.TB, w io.Writer, err error, content string) {
	t.Helper()
	check(t, err)
	_, err = io.WriteString(w, content)
	check(t, err)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A record is what a walk hands out.
type record struct {
	members []string // "path: content", and "name NAME"
	notes   []string // "path: reason", faults with "fault " before
	bytes   int64
	origins map[string]int64 // by path
}

// keep is how much of a member's content is recorded.
const keep = 1 << 16

// walked walks data as what is called name.
func walked(t testing.TB, data, name string, limits Limits) record {
	t.Helper()
	r := record{origins: make(map[string]int64)}
	f := cmp.Or(Recognise([]byte(data[:min(len(data), HeadSize)]), name), Text)
	n := 0
	o := &Opener{Limits: limits}
	err := o.Walk(context.Background(), name, f, strings.NewReader(data), int64(len(data)), Walk{
		Emit: func(m Member, in io.Reader) error {
			if n++; m.N != n {
				t.Errorf("member %d has the number %d", n, m.N)
			}
			head, _ := io.ReadAll(io.LimitReader(in, keep))
			more, _ := io.Copy(io.Discard, in)
			r.bytes += int64(len(head)) + more
			switch {
			case m.Name:
				r.members = append(r.members, "name "+string(head))
				return nil
			case m.Offset > 0:
				r.members = append(r.members, fmt.Sprintf("%s from %d: %d bytes", m.Path, m.Offset, int64(len(head))+more))
				return nil
			}
			r.members = append(r.members, m.Path+": "+string(head))
			if m.Origin >= 0 {
				r.origins[m.Path] = m.Origin
				if got := data[m.Origin:]; !strings.HasPrefix(got, string(head)) {
					t.Errorf("%s does not stand at %d", m.Path, m.Origin)
				}
			}
			return nil
		},
		Note: func(path string, why error, fault bool) {
			s := path + ": " + why.Error()
			if errors.Is(why, ErrClosed) != slices.ContainsFunc([]string{"encrypted", "malformed", "cut short"}, func(word string) bool {
				return strings.HasPrefix(why.Error(), word)
			}) {
				t.Errorf("%q is closed: %t", s, errors.Is(why, ErrClosed))
			}
			if fault {
				s = "fault " + s
			}
			r.notes = append(r.notes, s)
		},
	})
	check(t, err)
	return r
}

// want fails unless r has the members, names left out, and the notes.
func (r record) want(t testing.TB, members []string, notes ...string) {
	t.Helper()
	if got := content(r); !slices.Equal(got, members) {
		t.Errorf("members %.2000q, want %.2000q", got, members)
	}
	if !slices.Equal(r.notes, notes) {
		t.Errorf("notes %q, want %q", r.notes, notes)
	}
}

// TestStreams says that compressed streams of each format are opened, also
// several behind one another, and a tar in them as if it were one.
func TestStreams(t *testing.T) {
	for suffix, pack := range packers {
		t.Run(suffix, func(t *testing.T) {
			walked(t, pack(t, text), "dir/x.log"+suffix, DefaultLimits).
				want(t, []string{"dir/x.log" + suffix + "!x.log: " + text})
			walked(t, pack(t, text), "data", DefaultLimits).want(t, []string{"data!content: " + text})
			walked(t, pack(t, tarred(t, file{"a/b", text})), "x.tar"+suffix, DefaultLimits).
				want(t, []string{"x.tar" + suffix + "!a/b: " + text})
			large := strings.Repeat(text, 1<<14)
			walked(t, pack(t, large), "x"+suffix, DefaultLimits).
				want(t, []string{"x" + suffix + "!x: " + large[:keep]})
			switch suffix {
			case ".zz", ".lzma", ".Z":
				return // are no more than one
			}
			walked(t, pack(t, text)+pack(t, text), "x"+suffix, DefaultLimits).
				want(t, []string{"x" + suffix + "!x: " + text + text})
		})
	}
}

// TestSkippable says that a stream of zstd or lz4 is opened behind frames that are to be
// skipped.
func TestSkippable(t *testing.T) {
	frames := "\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + "\x5f\x2a\x4d\x18\x00\x00\x00\x00" + "\x51\x2a\x4d\x18\x00\x00\x01\x00" + strings.Repeat("x", 1<<16)
	for _, suffix := range []string{".lz4", ".zst"} {
		packed := packers[suffix](t, text)
		walked(t, frames+packed, "x"+suffix, DefaultLimits).want(t, []string{"x" + suffix + "!x: " + text})
		walked(t, frames+packed+frames+packed, "x"+suffix, DefaultLimits).want(t, []string{"x" + suffix + "!x: " + text + text})
		walked(t, zipped(t, file{"x" + suffix, frames + packed}), "x.zip", DefaultLimits).want(t, []string{"x.zip!x" + suffix + "!x: " + text})
		r := walked(t, frames[:len(frames)-1], "x"+suffix, DefaultLimits)
		if r.want(t, nil, "x"+suffix+": "+errShort.Error()); len(r.members) > 0 {
			t.Errorf("members %q", r.members)
		}
	}
}

// TestUnknownXZ says that it is noted as what other tools can unpack if xz is packed by
// a filter that is not known, such as that for ARM64.
func TestUnknownXZ(t *testing.T) {
	const header, size = 12, 12 // of the stream and of the block
	packed := packers[".xz"](t, text)
	for id, name := range map[byte]string{0x0a: "ARM64", 0x0b: "RISC-V"} {
		block := append([]byte{2, 1, id, 0}, packed[header+2:header+5]...)
		block = append(block, 0)
		block = binary.LittleEndian.AppendUint32(block, crc32.ChecksumIEEE(block))
		data := packed[:header] + string(block) + packed[header+size:]
		r := walked(t, data, "x.xz", DefaultLimits)
		if want := []string{"fault x.xz: packed by a method of xz that is not known: not unpacked"}; !slices.Equal(r.notes, want) {
			t.Errorf("%s: notes %q, want %q", name, r.notes, want)
		}
	}
}

// TestBrotli says that brotli is opened by name, for want of a magic, and that
// another file of that name is left alone.
func TestBrotli(t *testing.T) {
	packed, err := hex.DecodeString(brotliText)
	check(t, err)
	walked(t, string(packed), "x.js.br", DefaultLimits).want(t, []string{"x.js.br!x.js: " + text})
	walked(t, string(packed), "x.js", DefaultLimits).want(t, nil)
	walked(t, "plain text, whatever its name is\n", "x.br", DefaultLimits).want(t, nil)
}

// TestNoStream says that of a member that only begins like a stream, or is called so,
// all is handed out as it is.
func TestNoStream(t *testing.T) {
	for name, content := range map[string]string{
		"strings.br":  text + strings.Repeat("ordem e progresso\n", 100),
		"x":           "\x78\x01" + text,
		"a\x78\x9c":   "\x78\x9c" + strings.Repeat(text, 100),
		"x.lzma":      "\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00" + text,
		"large":       "\x78\xda" + strings.Repeat(text, 1000),
		"in one more": "\x78\xda" + inBase64(packers[".gz"](t, text)) + "\n",
	} {
		r := walked(t, zipped(t, file{name, content}), "x.zip", DefaultLimits)
		if !slices.Contains(r.members, "x.zip!"+name+": "+content) {
			t.Errorf("%s: got %.300q", name, r.members)
		}
	}
}

// TestZip says what of zip files is read.
func TestZip(t *testing.T) {
	two := []file{{"a.txt", text}, {"b/c", strings.Repeat("x", 5000)}}
	want := []string{"x.zip!a.txt: " + text, "x.zip!b/c: " + two[1].content}
	t.Run("deflated", func(t *testing.T) {
		walked(t, zipped(t, two...), "x.zip", DefaultLimits).want(t, want)
	})
	t.Run("stored", func(t *testing.T) {
		r := walked(t, stored(t, two...), "x.zip", DefaultLimits)
		r.want(t, want)
		if len(r.origins) != 2 {
			t.Errorf("%d members stand there as they are, want 2", len(r.origins))
		}
		if !slices.Contains(r.members, "name b/c") {
			t.Errorf("the name is not handed out: %q", r.members)
		}
	})
	t.Run("sizes behind what is stored", func(t *testing.T) {
		tricky := []file{{"a", "PPK\x07\x08PPP" + text + "PK\x07\x08"}, {"empty", ""}, {"b", text}}
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		var members []string
		for _, f := range tricky {
			w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
			write(t, w, err, f.content)
			members = append(members, "x.zip!"+f.name+": "+f.content)
		}
		check(t, z.Close())
		walked(t, b.String(), "x.zip", DefaultLimits).want(t, members)
	})
	for name, method := range map[string]uint16{"bzip2": 12, "zstd": 93, "xz": 95, "lzma": 14} {
		t.Run(name, func(t *testing.T) {
			content := packers[map[string]string{"bzip2": ".bz2", "zstd": ".zst", "xz": ".xz", "lzma": ".lzma"}[name]](t, text)
			h := zip.FileHeader{Method: method}
			if name == "lzma" {
				content = "\x09\x14\x05\x00" + content[:5] + content[lzma.HeaderLen:]
				h.Flags = 2 // there is a mark at the end
			}
			data := raw(t, h, file{"a", content})
			walked(t, data, "x.zip", DefaultLimits).want(t, []string{"x.zip!a: " + text})
		})
	}
	t.Run("unknown method", func(t *testing.T) {
		walked(t, raw(t, zip.FileHeader{Method: 85}, two...), "x.zip", DefaultLimits).want(t, nil,
			"fault x.zip!a.txt: packed by a method that is not known (85): not unpacked",
			"fault x.zip!b/c: packed by a method that is not known (85): not unpacked")
	})
	t.Run("encrypted", func(t *testing.T) {
		for _, h := range []zip.FileHeader{{Flags: 1}, {Flags: 1, Method: 8}, {Method: 99}} {
			walked(t, raw(t, h, two...), "x.zip", DefaultLimits).want(t, nil,
				"x.zip!a.txt: encrypted, not unpacked", "x.zip!b/c: encrypted, not unpacked")
		}
	})
	t.Run("something between", func(t *testing.T) {
		data := stored(t, two...)
		second := strings.LastIndex(data, "PK\x03\x04")
		data = data[:second] + strings.Repeat("P\x00", 10000) + data[second:]
		walked(t, data, "x.zip", DefaultLimits).want(t, want)
	})
	t.Run("a name of many bytes", func(t *testing.T) {
		for folders, most := range map[string]string{"": "", "a/b/": "a/b/", strings.Repeat("m/", 1000): strings.Repeat("m/", maxName/2-2)} {
			name := folders + strings.Repeat("n", 60000)
			r := walked(t, stored(t, file{name, text}), "x.zip", DefaultLimits)
			r.want(t, []string{"x.zip!" + most + "…: " + text})
			if !slices.Contains(r.members, "name "+name) {
				t.Error("the name is not handed out whole")
			}
		}
	})
}

// TestTar says what of tar files is read.
func TestTar(t *testing.T) {
	long := strings.Repeat("d/", 100) + "f"
	headers := []tar.Header{
		{Name: "plain", Typeflag: tar.TypeReg, Size: int64(len(text))},
		{Name: long, Typeflag: tar.TypeReg, Size: int64(len(text)), Format: tar.FormatPAX},
		{Name: long + "g", Typeflag: tar.TypeReg, Size: int64(len(text)), Format: tar.FormatGNU},
		{Name: "../../etc/passwd", Typeflag: tar.TypeReg, Size: int64(len(text))},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "plain"},
		{Name: "dir/", Typeflag: tar.TypeDir},
		{Name: "pipe", Typeflag: tar.TypeFifo},
		{Name: "last", Typeflag: tar.TypeReg, Size: int64(len(text))},
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	var members []string
	for _, h := range headers {
		h.Mode = 0o644
		err := w.WriteHeader(&h)
		check(t, err)
		if h.Size > 0 {
			write(t, w, nil, text)
			members = append(members, "x.tar!"+h.Name+": "+text)
		}
	}
	check(t, w.Close())
	r := walked(t, b.String(), "x.tar", DefaultLimits)
	r.want(t, members)
	if len(r.origins) != len(members) {
		t.Errorf("%d members stand there as they are, want %d", len(r.origins), len(members))
	}
	for _, h := range headers {
		if !slices.Contains(r.members, "name "+h.Name) {
			t.Errorf("no name %q", h.Name)
		}
	}
	t.Run("put together", func(t *testing.T) {
		walked(t, b.String()+tarred(t, file{"more", text}), "x.tar", DefaultLimits).
			want(t, append(slices.Clone(members), "x.tar!more: "+text))
	})
	t.Run("without an end", func(t *testing.T) {
		data := tarred(t, file{"a", text})
		walked(t, data[:512+len(text)], "x.tar", DefaultLimits).want(t, []string{"x.tar!a: " + text})
	})
}

// TestNested says that archives are opened in one another up to a depth, and
// that what is deeper is handed out as it is, and noted.
func TestNested(t *testing.T) {
	data, path := text, ""
	for i := range 6 {
		name := fmt.Sprint(i)
		path = "!" + name + path
		if i%2 == 0 {
			data = zipped(t, file{name, data})
		} else {
			data = tarred(t, file{name, data})
		}
	}
	limits := DefaultLimits
	walked(t, data, "x", limits).want(t, []string{"x" + path + ": " + text})
	limits.Depth = 6
	walked(t, data, "x", limits).want(t, []string{"x" + path + ": " + text})
	limits.Depth = 5
	r := walked(t, data, "x", limits)
	if !slices.ContainsFunc(r.members, func(s string) bool { return strings.HasPrefix(s, "x!5!4!3!2!1: ") }) {
		t.Errorf("what is too deep is not handed out: %q", r.members)
	}
	if want := []string{"fault x!5!4!3!2!1: archives in one another, more than 5: not unpacked"}; !slices.Equal(r.notes, want) {
		t.Errorf("notes %q, want %q", r.notes, want)
	}
}

// TestBehindOneAnother says that archives which stand behind one another are opened, in
// a file and in a member, and that what is none is handed out from there on.
func TestBehindOneAnother(t *testing.T) {
	one, two := file{"one", text}, file{"two", strings.Repeat("x", 1000)}
	var commented bytes.Buffer
	z := zip.NewWriter(&commented)
	w, err := z.CreateHeader(&zip.FileHeader{Name: one.name, Comment: "a comment"})
	write(t, w, err, one.content)
	check(t, z.SetComment("of all"))
	check(t, z.Close())
	zeros := strings.Repeat("\x00", 1000)
	for name, data := range map[string]string{
		"zip and zip":         zipped(t, one) + stored(t, two),
		"a comment":           commented.String() + zipped(t, two),
		"zip and tar":         zipped(t, one) + tarred(t, two),
		"cpio and cpio":       newCpio(one) + newCpio(two),
		"cpio, zeros, cpio":   newCpio(one) + zeros + newCpio(two),
		"an initrd":           newCpio(one) + zeros + packers[".gz"](t, newCpio(two)),
		"gzip and zip":        packers[".gz"](t, tarred(t, one)) + zipped(t, two),
		"zip and 7z":          zipped(t, one) + szFile(t, two),
		"gzip and bzip2":      packers[".gz"](t, tarred(t, one)) + packers[".bz2"](t, tarred(t, two)),
		"cabinet in a zip":    zipped(t, one) + cabinet(t, cabDeflated, two),
		"tar and zip":         tarred(t, one) + zipped(t, two),
		"lz4 behind an empty": newCpio() + packers[".lz4"](t, tarred(t, one, two)),
	} {
		t.Run(name, func(t *testing.T) {
			want := func(path string) []string { return []string{path + "!one: " + text, path + "!two: " + two.content} }
			if r := walked(t, data, "x", DefaultLimits); !slices.Equal(content(r), want("x")) || len(r.notes) > 0 {
				t.Errorf("members %.500q, notes %q", content(r), r.notes)
			}
			r := walked(t, tarred(t, file{"x", data}), "x.tar", DefaultLimits)
			if !slices.Equal(content(r), want("x.tar!x")) || len(r.notes) > 0 {
				t.Errorf("in a tar: members %.500q, notes %q", content(r), r.notes)
			}
		})
	}
	// What is behind a zip file, and its directory with it, is read where it is packed.
	for _, rest := range []string{"", "not an archive", "x\x9c", "PK\x01\x02cut off"} {
		data := commented.String() + rest
		behind := len(data) - strings.Index(data, zipDirectory)
		r := walked(t, zipped(t, file{"x", data}), "x.zip", DefaultLimits)
		n := 0
		for _, m := range r.members {
			if _, size, ok := strings.Cut(m, " from "); ok && strings.HasPrefix(m, "x.zip!x from ") {
				var from, bytes int
				if _, err := fmt.Sscanf(size, "%d: %d bytes", &from, &bytes); err != nil || from != strings.Index(data, zipDirectory)+n {
					t.Errorf("%q: %v", m, err)
				}
				n += bytes
			}
		}
		if n != behind {
			t.Errorf("%q: %d bytes of %d are handed out behind the members: %q", rest, n, behind, r.members)
		}
	}
	t.Run("very many", func(t *testing.T) {
		data := strings.Repeat(zipped(t, file{"a", text})+packers[".gz"](t, text), 1000)
		r := walked(t, data, "x", DefaultLimits)
		if n := len(content(r)); n != 2000 || len(r.notes) > 0 {
			t.Errorf("%d members, notes %q", n, r.notes)
		}
		limits := DefaultLimits
		limits.Members = 1000
		r = walked(t, data, "x", limits)
		if n := len(content(r)); n != 1000 || len(r.notes) != 1 {
			t.Errorf("%d members, notes %q", n, r.notes)
		}
	})
}

// TestOrigin says that content which is packed nowhere on its way is known to
// stand in the file as it is.
func TestOrigin(t *testing.T) {
	inner := tarred(t, file{"a", text})
	r := walked(t, stored(t, file{"i.tar", inner}), "x.zip", DefaultLimits)
	if _, ok := r.origins["x.zip!i.tar!a"]; !ok {
		t.Errorf("stored, and not known to be: %v", r.origins)
	}
	if r := walked(t, zipped(t, file{"i.tar", inner}), "x.zip", DefaultLimits); len(r.origins) > 0 {
		t.Errorf("packed, and said to stand there: %v", r.origins)
	}
}

// everything is an archive of each kind.
func everything(t testing.TB) map[string]string {
	files := []file{{"a", text}, {"b", strings.Repeat("0123456789", 300)}}
	all := map[string]string{
		"x.zip":   zipped(t, files...),
		"s.zip":   stored(t, files...),
		"x.tar":   tarred(t, files...),
		"n.zip":   zipped(t, file{"n.zip", zipped(t, files...)}, file{"n.tar", tarred(t, files...)}),
		"x.7z":    szFile(t, files...),
		"x.rar":   rarFile(files...),
		"x.a":     arFile(files...),
		"x.cpio":  newCpio(files...),
		"x.rpm":   rpmFile(t, files...),
		"x.pdf":   "%PDF-1.7\nstream\n" + packers[".zz"](t, text) + "\nendstream",
		"x.cab":   cabinet(t, cabDeflated, files...),
		"x.db":    string(sqliteOf(strings.Repeat("0123456789", 290))),
		"x.js.br": string(must(hex.DecodeString(brotliText))),
	}
	for suffix, pack := range packers {
		all["x.tar"+suffix] = pack(t, tarred(t, files...))
	}
	return all
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestCutOff says that of an archive that is cut off anywhere, what was before
// is handed out, the same as of the whole, and that somebody is told.
func TestCutOff(t *testing.T) {
	for name, data := range everything(t) {
		t.Run(name, func(t *testing.T) {
			whole := content(walked(t, data, name, DefaultLimits))
			silent := 0
			for n := range data {
				r := walked(t, data[:n], name, DefaultLimits)
				got := content(r)
				for i, m := range got {
					if len(m)-len(path(m)+": ") < HeadSize && i == len(got)-1 && (i >= len(whole) || path(m) != path(whole[i])) {
						continue // too little to be recognised
					}
					if i >= len(whole) || i < len(got)-1 && m != whole[i] || !strings.HasPrefix(whole[i], m) {
						t.Fatalf("cut off at %d: %q", n, m)
					}
				}
				if len(r.notes) == 0 && len(got) > 0 && !slices.Equal(got, whole) {
					silent++
				}
			}
			// Between two members, a tar has no mark that it goes on.
			if silent > 2*tarBlock {
				t.Errorf("%d times nothing was said of it", silent)
			}
		})
	}
}

func path(member string) string {
	path, _, _ := strings.Cut(member, ": ")
	return path
}

// content returns the members of r without names and without what is left of
// archives.
func content(r record) []string {
	return slices.DeleteFunc(slices.Clone(r.members), func(s string) bool { return strings.HasPrefix(s, "name ") || strings.Contains(s, " from ") })
}

// TestEmitFails says that a walk ends with the error of who it hands out to, and
// with that of its context.
func TestEmitFails(t *testing.T) {
	full := errors.New("full")
	for name, data := range everything(t) {
		o := &Opener{Limits: DefaultLimits}
		f := Recognise([]byte(data[:min(len(data), HeadSize)]), name)
		calls := 0
		err := o.Walk(context.Background(), name, f, strings.NewReader(data), int64(len(data)), Walk{
			Emit: func(Member, io.Reader) error { calls++; return full },
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		if err != full || calls != 1 {
			t.Errorf("%s: %d calls, error %v", name, calls, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err = o.Walk(ctx, name, f, strings.NewReader(data), int64(len(data)), Walk{
			Emit: func(_ Member, r io.Reader) error { io.Copy(io.Discard, r); return nil },
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was cancelled", name, err)
		}
	}
}

// TestCancelWithin says that a walk ends with its context where nothing comes of what
// is read: of blocks of deflate that are empty, here.
func TestCancelWithin(t *testing.T) {
	empty := strings.Repeat("\x00\x00\x00\xff\xff", 1<<20)
	for _, method := range []uint16{8, 9} {
		ctx, cancel := context.WithCancel(context.Background())
		in := strings.NewReader(local("a", method, uint32(len(empty)), 1) + empty)
		first := io.LimitReader(in, 1<<20)
		r := io.MultiReader(first, readerFunc(func(p []byte) (int, error) {
			cancel()
			return in.Read(p)
		}))
		o := &Opener{Limits: DefaultLimits}
		err := o.Walk(ctx, "x.zip", zipFormat, r, -1, Walk{
			Emit: func(_ Member, r io.Reader) error {
				_, _ = io.Copy(io.Discard, r)
				return nil
			},
			Note: func(path string, why error, _ bool) { t.Errorf("%s: %s", path, why) },
		})
		if !errors.Is(err, context.Canceled) || in.Len() < 3<<20 {
			t.Errorf("method %d: %v, and %d bytes are left", method, err, in.Len())
		}
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
