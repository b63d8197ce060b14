package archive

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"testing"
	"testing/iotest"
)

// fuzz says of any bytes, taken for a format, that a walk through them ends, that
// no decoder is lost in them, that it hands out no more than it may, and that it
// is the same every time. Seeds are the archives that are named.
func fuzz(f *testing.F, format Format, names ...string) {
	all := everything(f)
	maps.Copy(all, texts(f))
	for _, name := range names {
		f.Add([]byte(all[name]))
		f.Add([]byte(all[name][:len(all[name])/2]))
	}
	limits := Limits{Depth: 3, Size: 1 << 20, Members: 1000, Memory: 80 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		var runs [2]record
		for i := range runs {
			r := &runs[i]
			o := &Opener{Limits: limits}
			err := o.Walk(context.Background(), "x", format, bytes.NewReader(data), int64(len(data)), Walk{
				Emit: func(m Member, in io.Reader) error {
					n, _ := io.Copy(io.Discard, in)
					r.bytes += n
					r.members = append(r.members, m.Path)
					if m.Origin >= int64(len(data)) && n > 0 {
						t.Errorf("%s stands at %d of %d bytes", m.Path, m.Origin, len(data))
					}
					return nil
				},
				Note: func(path string, why error, _ bool) {
					if why == errPanic {
						t.Errorf("%s: %s", path, why)
					}
					r.notes = append(r.notes, why.Error())
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			// What is stored is handed out at each depth at most, and its names.
			if most := limits.Size + int64(limits.Depth+1)*int64(len(data)) + limits.Size; r.bytes > most {
				t.Errorf("%d bytes were handed out", r.bytes)
			}
			if len(r.members) > 3*limits.Members {
				t.Errorf("%d members", len(r.members))
			}
		}
		if !slices.Equal(runs[0].members, runs[1].members) || !slices.Equal(runs[0].notes, runs[1].notes) {
			t.Error("the second walk was another")
		}
	})
}

func FuzzZip(f *testing.F)   { fuzz(f, zipFormat, "x.zip", "s.zip", "n.zip") }
func FuzzTar(f *testing.F)   { fuzz(f, tarFormat, "x.tar") }
func FuzzGzip(f *testing.F)  { fuzz(f, gzipFormat, "x.tar.gz") }
func FuzzZlib(f *testing.F)  { fuzz(f, zlibFormat, "x.tar.zz") }
func FuzzBzip2(f *testing.F) { fuzz(f, bzip2Format, "x.tar.bz2") }
func FuzzXZ(f *testing.F)    { fuzz(f, xzFormat, "x.tar.xz") }
func FuzzZstd(f *testing.F)  { fuzz(f, zstdFormat, "x.tar.zst") }
func FuzzLZ4(f *testing.F)   { fuzz(f, lz4Format, "x.tar.lz4") }
func FuzzBrotli(f *testing.F) {
	fuzz(f, brotliFormat, "x.js.br")
}
func FuzzLZMA(f *testing.F)     { fuzz(f, lzmaFormat, "x.tar.lzma") }
func FuzzLzip(f *testing.F)     { fuzz(f, lzipFormat, "x.tar.lz") }
func FuzzCompress(f *testing.F) { fuzz(f, compressFormat, "x.tar.Z") }
func FuzzAr(f *testing.F)       { fuzz(f, arFormat, "x.a") }
func FuzzCpio(f *testing.F)     { fuzz(f, cpioFormat, "x.cpio") }
func FuzzRPM(f *testing.F)      { fuzz(f, rpmFormat, "x.rpm") }
func FuzzCab(f *testing.F)      { fuzz(f, cabFormat, "x.cab") }
func FuzzSQLite(f *testing.F)   { fuzz(f, sqliteFormat, "x.db") }
func FuzzPDF(f *testing.F) {
	f.Add([]byte("%PDF-1.4\nstream\nGar8O0/Ieu#l~>endstream\nstream\n6f6e65>\nendstream\n/Encrypt 5 0 R"))
	fuzz(f, pdfFormat, "x.pdf")
}

// fuzzDecoder says of any bytes that a decoder comes to an end of them, that it
// is not lost in them, and that it gives the same however it is read.
func fuzzDecoder(f *testing.F, open func(data []byte) (io.Reader, error)) {
	const most = 1 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		var runs [2][]byte
		for i := range runs {
			r, err := open(data)
			if err != nil {
				return
			}
			if i == 1 {
				r = iotest.OneByteReader(r)
			}
			r = recovering{r}
			runs[i], _ = io.ReadAll(io.LimitReader(r, most))
		}
		if !bytes.Equal(runs[0], runs[1]) {
			t.Errorf("%d bytes, and byte by byte %d others", len(runs[0]), len(runs[1]))
		}
	})
}

// A recovering reads as a meter does: a decoder may give up by a panic.
type recovering struct{ io.Reader }

func (r recovering) Read(p []byte) (int, error) { return read(r.Reader, p) }

func FuzzInflate64(f *testing.F) {
	f.Add([]byte(deflated64(f)))
	fuzzDecoder(f, func(data []byte) (io.Reader, error) { return newInflater64(bytes.NewReader(data)), nil })
}

func FuzzASCII85(f *testing.F) {
	f.Add([]byte("87cUR\nD]j7BEbo80z~>"))
	fuzzDecoder(f, func(data []byte) (io.Reader, error) {
		return asciiFilter([]byte("z~>"))(bufio.NewReader(bytes.NewReader(data))), nil
	})
}

func FuzzBCJ2(f *testing.F) {
	f.Add([]byte("\x10\x08\x08\x00code \xe8 code \xe9 !\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x02\x03\x04\x05\x06\x07"))
	fuzzDecoder(f, func(data []byte) (io.Reader, error) {
		if len(data) < 3 {
			return nil, io.EOF
		}
		var ins [4]*bufio.Reader
		sizes, data := data[:3], data[3:]
		for i := range ins {
			n := len(data)
			if i < 3 {
				n = min(n, int(sizes[i]))
			}
			ins[i] = bufio.NewReader(bytes.NewReader(data[:n]))
			data = data[n:]
		}
		return newBCJ2(ins[0], ins[3], ins[1], ins[2])
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("\x00one two three"))
	f.Add([]byte("\xffone two three"))
	fuzzDecoder(f, func(data []byte) (io.Reader, error) {
		if len(data) < 1 {
			return nil, io.EOF
		}
		return &delta{r: bytes.NewReader(data[1:]), distance: int(data[0]) + 1}, nil
	})
}

func FuzzPPMd(f *testing.F) {
	f.Add([]byte("\x06one two three"))
	fuzzDecoder(f, func(data []byte) (io.Reader, error) {
		if len(data) < 1 {
			return nil, io.EOF
		}
		w := &walker{opener: &Opener{Limits: DefaultLimits}}
		c := szCoder{props: []byte{data[0], 0, 0, 1, 0}, size: 1 << 16}
		return w.ppmd(c, bufio.NewReader(bytes.NewReader(data[1:])))
	})
}
