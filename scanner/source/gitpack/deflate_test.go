package gitpack

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"testing"
)

// deflate compresses content at a level of compress/flate, with some flushes.
func deflate(r *rand.Rand, content []byte, level int) []byte {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	for len(content) > 0 {
		n := len(content)
		if r.IntN(3) == 0 {
			n = 1 + r.IntN(n)
		}
		z.Write(content[:n])
		if content = content[n:]; r.IntN(2) == 0 {
			z.Flush()
		}
	}
	z.Close()
	return b.Bytes()
}

// mixedContent is of parts that compress differently.
func mixedContent(r *rand.Rand) []byte {
	var content []byte
	for range r.IntN(6) {
		n := r.IntN(1 << r.IntN(17))
		switch r.IntN(5) {
		case 0: // not at all
			for range n {
				content = append(content, byte(r.Uint32()))
			}
		case 1: // by repeating what is near
			unit := randomText(r, 1+r.IntN(12))
			for range n / len(unit) {
				content = append(content, unit...)
			}
		case 2: // by repeating what is far
			if len(content) > 0 {
				at := r.IntN(len(content))
				content = append(content, content[at:at+min(n, len(content)-at)]...)
			}
		case 3: // by skewed frequencies, for long codes
			for range n {
				content = append(content, byte(r.ExpFloat64()*(1+float64(r.IntN(20)))))
			}
		default:
			content = append(content, randomText(r, n)...)
		}
	}
	return content
}

// inflateBoth inflates a stream that is of size bytes with a decoder and with
// compress/zlib, and returns an error if the two do not agree.
func inflateBoth(d *decoder, stream []byte, size int) error {
	out := make([]byte, size+slack)
	for i := range out {
		out[i] = 0xee
	}
	err := d.inflate(out, stream, size)
	want, wantErr := func() ([]byte, error) {
		z, err := zlib.NewReader(bytes.NewReader(stream))
		if err != nil {
			return nil, err
		}
		all, err := io.ReadAll(io.LimitReader(z, int64(size)+1))
		if err == nil && len(all) != size {
			err = errors.New("another size")
		}
		return all, err
	}()
	if (err == nil) != (wantErr == nil) {
		return fmt.Errorf("%d bytes: %v, want %v", size, err, wantErr)
	}
	if err == nil && !bytes.Equal(out[:size], want) {
		return errors.New("another content")
	}
	return nil
}

// A content comes out as it went in, whatever the level, and what is malformed
// is that for compress/zlib too.
func TestDecoder(t *testing.T) {
	var d decoder
	for seed := range seeds(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		content := mixedContent(r)
		stream := deflate(r, content, flate.HuffmanOnly+r.IntN(flate.BestCompression-flate.HuffmanOnly+1))
		size := len(content)
		// Other entries follow in a pack.
		behind := append(bytes.Clone(stream), randomText(r, r.IntN(20))...)
		out := make([]byte, size+slack)
		if err := d.inflate(out, behind, size); err != nil || !bytes.Equal(out[:size], content) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range 10 {
			broken := bytes.Clone(stream)
			switch r.IntN(4) {
			case 0:
				broken = broken[:r.IntN(len(broken))]
			case 1:
				size = max(0, len(content)+r.IntN(9)-4)
			default:
				for range 1 + r.IntN(3) {
					broken[r.IntN(len(broken))] ^= 1 << r.IntN(8)
				}
			}
			if err := inflateBoth(&d, broken, size); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

// A decoder is used again after it failed, and knows nothing of that.
func TestDecoderAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	content := randomText(r, 5000)
	good := deflate(r, content, flate.BestCompression)
	var d decoder
	for n := range good {
		out := make([]byte, len(content)+slack)
		if err := d.inflate(out, good[:n], len(content)); err == nil {
			t.Fatalf("%d of %d bytes are enough", n, len(good))
		}
		if err := d.inflate(out, good, len(content)); err != nil || !bytes.Equal(out[:len(content)], content) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

func TestDecoderChecksum(t *testing.T) {
	content := []byte("content")
	stream := deflate(rand.New(rand.NewPCG(0, 0)), content, flate.BestSpeed)
	binary.BigEndian.PutUint32(stream[len(stream)-4:], adler32.Checksum(content)+1)
	var d decoder
	if err := d.inflate(make([]byte, len(content)+slack), stream, len(content)); err != errSum {
		t.Errorf("%v, want %v", err, errSum)
	}
}

func FuzzDecoder(f *testing.F) {
	r := rand.New(rand.NewPCG(0, 0))
	for range 30 {
		content := mixedContent(r)
		content = content[:min(len(content), 2000)]
		f.Add(deflate(r, content, flate.HuffmanOnly+r.IntN(12)), len(content))
	}
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		// Few mutations keep the checksum: with the right one, more is compared.
		if z, err := zlib.NewReader(bytes.NewReader(stream)); err == nil {
			content, err := io.ReadAll(io.LimitReader(z, 1<<20))
			if errors.Is(err, zlib.ErrChecksum) {
				size = len(content)
			}
		}
		if err := inflateBoth(new(decoder), stream, size); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	r := rand.New(rand.NewPCG(0, 0))
	for _, size := range []int{100, 1000, 10_000, 100_000} {
		var content []byte
		for len(content) < size {
			content = fmt.Appendf(content, "%s = %d\n", randomText(r, r.IntN(12)), r.Uint32())
		}
		content = content[:size]
		stream := deflate(r, content, flate.DefaultCompression)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var d decoder
			out := make([]byte, size+slack)
			b.SetBytes(int64(size))
			for b.Loop() {
				if err := d.inflate(out, stream, size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
