package archive

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"

	"github.com/dsnet/compress/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
)

const (
	// maxDictionary is the size of the largest dictionary of xz, LZMA or rar and
	// of the largest window of zstd, in bytes: that of xz -9 and twice that.
	maxDictionary = 64 << 20
	maxWindow     = 128 << 20

	// usualWindow is that of zstd up to level 19.
	usualWindow = 8 << 20
)

// unpack goes through an archive.
func (w *walker) unpack(f Format, p *packed) error {
	switch f {
	case zipFormat:
		return w.zip(p)
	case tarFormat:
		return w.tar(p)
	case rarFormat:
		return w.rar(p)
	case sevenZipFormat:
		return w.sevenZip(p)
	case arFormat:
		return w.ar(p)
	case cpioFormat:
		return w.cpio(p)
	case rpmFormat:
		return w.rpm(p)
	case pdfFormat:
		return w.pdf(p)
	case sqliteFormat:
		return w.sqlite(p)
	case cabFormat:
		return w.cab(p)
	case packFormat:
		return w.pack(p)
	}
	return w.stream(f, p)
}

// stream goes through a compressed stream.
func (w *walker) stream(f Format, p *packed) error {
	name := unpackedName(p.path)
	if err := w.member(p, ""); err != nil {
		return err
	}
	r, err := w.decoder(f, p)
	if f == zlibFormat && err != nil {
		return nil // two bytes are no proof
	}
	if err != nil {
		return asBroken(err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	m := w.meter(r)
	if f != zlibFormat && f != brotliFormat && f != lzmaFormat {
		return w.content(p, name, true, -1, -1, m)
	}
	// What begins well may be one.
	var first [1]byte
	if n, _ := m.Read(first[:]); n == 0 {
		return nil
	}
	return w.content(p, name, true, -1, -1, io.MultiReader(&bytesReader{first[:]}, m))
}

// A bytesReader reads bytes once.
type bytesReader struct{ b []byte }

func (r *bytesReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// decoder returns the decoder of a compressed stream. None reads beyond its end
// unless the format leaves it no choice.
func (w *walker) decoder(f Format, p *packed) (r io.Reader, err error) {
	defer recovered(&err)
	switch f {
	case gzipFormat:
		return newGzip(p)
	case zlibFormat:
		return zlib.NewReader(p)
	case bzip2Format:
		return bzip2.NewReader(p), nil
	case xzFormat:
		if err := w.reserve(maxDictionary); err != nil {
			return nil, err
		}
		return xz.NewReader(p, maxDictionary)
	case zstdFormat:
		return w.zstd(p.Reader)
	case lzmaFormat:
		return w.lzmaFile(p)
	case lzipFormat:
		return w.lzip(p)
	case compressFormat:
		return newUnlzw(p)
	case lz4Format:
		return lz4.NewReader(p), w.reserve(2 * 8 << 20)
	case brotliFormat:
		if err := w.reserve(16 << 20); err != nil {
			return nil, err
		}
		return brotli.NewReader(p, nil)
	}
	return nil, errors.New("no decoder")
}

// zstd returns a decoder that takes windows as large as the first frame says.
func (w *walker) zstd(r *bufio.Reader) (io.Reader, error) {
	window := uint64(usualWindow)
	head, _ := r.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	if h.Decode(head) == nil && !h.Skippable {
		window = max(window, h.WindowSize)
	}
	window = min(window, maxWindow)
	if err := w.reserve(int64(window)); err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
	if err != nil {
		return nil, err
	}
	return zstdReader{d}, nil
}

// A zstdReader closes as an io.Closer does.
type zstdReader struct{ *zstd.Decoder }

func (z zstdReader) Close() error {
	z.Decoder.Close()
	return nil
}

// A gzipReader reads members of gzip one behind the other, and leaves alone what
// is behind them: gzip itself ignores that.
type gzipReader struct {
	p *packed
	z *gzip.Reader
}

func newGzip(p *packed) (io.Reader, error) {
	z, err := gzip.NewReader(p)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{p, z}, nil
}

func (g *gzipReader) Read(b []byte) (int, error) {
	for {
		n, err := g.z.Read(b)
		if err != io.EOF || n > 0 {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if head, _ := g.p.Peek(3); string(head) != "\x1f\x8b\x08" {
			return 0, io.EOF
		}
		if err := g.z.Reset(g.p); err != nil {
			return 0, err
		}
		g.z.Multistream(false)
	}
}
