package archive

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
)

// fuzz says of any bytes, taken for a format, that a walk through them ends, that
// no decoder is lost in them, that it hands out no more than it may, and that it
// is the same every time. Seeds are the archives that are named.
func fuzz(f *testing.F, format Format, names ...string) {
	all := everything(f)
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
				Note: func(path, reason string, _ bool) {
					if reason == errPanic.Error() {
						t.Errorf("%s: %s", path, reason)
					}
					r.notes = append(r.notes, reason)
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
func FuzzAr(f *testing.F)   { fuzz(f, arFormat, "x.a") }
func FuzzCpio(f *testing.F) { fuzz(f, cpioFormat, "x.cpio") }
func FuzzRPM(f *testing.F)  { fuzz(f, rpmFormat, "x.rpm") }
func FuzzPDF(f *testing.F)  { fuzz(f, pdfFormat, "x.pdf") }
