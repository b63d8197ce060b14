package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"io"
	"sync"

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

	// bzip2Block is how much is held of a block of bzip2, in bytes.
	bzip2Block = 900_000 * 4

	lz4Magic = "\x04\x22\x4d\x18"

	// usualWindow is that of zstd up to level 19.
	usualWindow = 8 << 20
)

// hasNoProof tells whether other content may well begin like a stream of the format,
// or be called so.
func hasNoProof(f Format) bool { return f == zlibFormat || f == brotliFormat || f == lzmaFormat }

// stream goes through a compressed stream.
func (w *walker) stream(f Format, p *packed) error {
	name := unpackedName(p.path)
	if err := w.member(p, ""); err != nil {
		return err
	}
	doubtful := p.doubtful || hasNoProof(f)
	r, err := w.decoder(f, p)
	if err = asBroken(err); doubtful && isEnd(err) {
		return nil // two bytes are no proof
	}
	if err != nil {
		return err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	m := w.meter(r)
	m.quiet = p.doubtful && f == zlibFormat // which it only looked like, if it is broken
	if !doubtful {
		return w.content(p, name, true, -1, -1, m)
	}
	// What begins well may be one.
	var first [1]byte
	if n, err := m.Read(first[:]); n == 0 {
		if isEnd(err) {
			err = nil
		}
		return err
	}
	return w.content(p, name, true, -1, -1, io.MultiReader(bytes.NewReader(first[:]), m))
}

// decoder returns the decoder of a compressed stream. None reads beyond its end
// unless the format leaves it no choice.
func (w *walker) decoder(f Format, p *packed) (r io.Reader, err error) {
	defer recovered(&err)
	switch f {
	case gzipFormat:
		return w.gunzip(p)
	case zlibFormat:
		return zlib.NewReader(p)
	case bzip2Format:
		w.charge(bzip2Block)
		return bzip2.NewReader(p), nil
	case xzFormat:
		return w.xz(p.Reader)
	case zstdFormat:
		if err := p.skipFrames(); err != nil {
			return nil, err
		}
		if head, _ := p.Peek(len(lz4Magic)); string(head) == lz4Magic {
			return w.decoder(lz4Format, p)
		}
		return w.zstd(p.Reader)
	case lzmaFormat:
		return w.lzmaFile(p)
	case lzipFormat:
		return w.lzip(p)
	case compressFormat:
		w.charge(lzwTables)
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

// skipFrames passes the frames before a stream of zstd or lz4 that are to be skipped.
func (p *packed) skipFrames() error {
	for {
		head, _ := p.Peek(8)
		if !isSkippable(head) {
			return nil
		}
		if _, err := p.Discard64(8 + int64(binary.LittleEndian.Uint32(head[4:]))); err != nil {
			return err
		}
	}
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
	w.charge(int64(min(window, h.WindowSize)))
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
	if err != nil {
		return nil, err
	}
	return zstdReader{d}, nil
}

// xz returns a decoder that takes dictionaries of any usual size.
func (w *walker) xz(r *bufio.Reader) (io.Reader, error) {
	if err := w.reserve(maxDictionary); err != nil {
		return nil, err
	}
	head, _ := r.Peek(64)
	w.charge(xzDictionary(head))
	return xz.NewReader(r, maxDictionary)
}

// xzDictionary returns the size of the dictionary of the first block, as far as
// that can be known by what a file begins with.
//
// See https://tukaani.org/xz/xz-file-format.txt.
func xzDictionary(head []byte) int64 {
	const streamHeader, lzma2 = 12, 0x21
	b := head[min(streamHeader, len(head)):]
	if len(b) < 2 || b[0] == 0 { // no block
		return 0
	}
	flags := b[1]
	b = b[2:]
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		b = b[max(0, size):]
		return n
	}
	for _, size := range []byte{0x40, 0x80} { // of the block, packed and unpacked
		if flags&size != 0 {
			number()
		}
	}
	for range flags&3 + 1 {
		id, size := number(), number()
		if id == lzma2 && size == 1 && len(b) > 0 {
			bits := b[0] & 0x3f
			return min((2|int64(bits)&1)<<(bits/2+11), maxDictionary)
		}
		b = b[min(size, uint64(len(b))):]
	}
	return maxDictionary
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
	p    *packed
	z    *gzip.Reader
	pool *sync.Pool
}

// gunzip returns a decoder that is used again once it is closed: in text, there may be
// thousands.
func (w *walker) gunzip(p *packed) (io.Reader, error) {
	pool := &w.opener.gunzips
	z, ok := pool.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	if err := z.Reset(p); err != nil {
		pool.Put(z)
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{p, z, pool}, nil
}

func (g *gzipReader) Close() error {
	err := g.z.Close()
	g.pool.Put(g.z)
	return err
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
