package source

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// pieces splits r and checks each chunk against data, the content that r has,
// as far as it can be read. It returns what the chunks own, joined.
func pieces(t *testing.T, c *Chunker, r io.Reader, data []byte, margin int) ([]byte, error) {
	t.Helper()
	blob := Blob{Path: "x"}
	most := max(c.Size, 3*margin+1, len(c.buf))
	if c.Size == 0 {
		most = max(most, DefaultChunkSize)
	}
	var own []byte
	n, err := c.Split(r, blob, margin, func(p Chunk) error {
		start, end := int(p.Offset), int(p.Offset)+len(p.Data)
		ownStart, ownEnd := start+p.Own.Start, start+p.Own.End
		if p.Blob != blob {
			t.Errorf("chunk is of blob %v", p.Blob)
		}
		if p.Own.Start < 0 || p.Own.End > len(p.Data) || p.Own.Start >= p.Own.End {
			t.Fatalf("chunk of %d bytes owns %v", len(p.Data), p.Own)
		}
		if len(p.Data) > most {
			t.Errorf("chunk of %d bytes, want at most %d", len(p.Data), most)
		}
		if end > len(data) || !bytes.Equal(p.Data, data[start:end]) {
			t.Fatalf("data at %d is not that of the content", start)
		}
		if ownStart != len(own) {
			t.Fatalf("chunk owns from %d, the one before to %d", ownStart, len(own))
		}
		if start > max(0, ownStart-margin) || end < min(len(data), ownEnd+margin) {
			t.Errorf("data [%d,%d) has no margin of %d around [%d,%d)", start, end, margin, ownStart, ownEnd)
		}
		own = append(own, p.Data[p.Own.Start:p.Own.End]...)
		return nil
	})
	if n != int64(len(data)) {
		t.Errorf("read %d bytes, want %d", n, len(data))
	}
	return own, err
}

// readers are the ways in which a reader may hand out the same content.
func readers(data []byte) map[string]io.Reader {
	r := func() io.Reader { return bytes.NewReader(data) }
	return map[string]io.Reader{
		"whole":             r(),
		"a byte at a time":  iotest.OneByteReader(r()),
		"half of what fits": iotest.HalfReader(r()),
		"end with data":     iotest.DataErrReader(r()),
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte(""), uint8(1), uint8(0))
	f.Add([]byte("0123456789"), uint8(1), uint8(0))  // a byte at a time
	f.Add([]byte("0123456789"), uint8(5), uint8(0))  // ends with a chunk
	f.Add([]byte("0123456789"), uint8(4), uint8(1))  // the least that fits the margins
	f.Add([]byte("0123456789"), uint8(2), uint8(3))  // less than that
	f.Add([]byte("0123456789"), uint8(10), uint8(3)) // fits exactly
	f.Add([]byte("0123456789"), uint8(99), uint8(20))
	f.Fuzz(func(t *testing.T, data []byte, size, margin uint8) {
		for name, r := range readers(data) {
			own, err := pieces(t, &Chunker{Size: int(size)}, r, data, int(margin))
			if err != nil || !bytes.Equal(own, data) {
				t.Errorf("%s, size %d, margin %d: owned %q, %v; want %q", name, size, margin, own, err, data)
			}
		}
	})
}

// A chunker is used for one stream after the other, with any margins.
func TestSplitReused(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 100} {
		c := &Chunker{Size: size}
		for range 200 {
			data := make([]byte, rnd.IntN(2000))
			for i := range data {
				data[i] = byte(rnd.Uint32())
			}
			margin := rnd.IntN(100)
			own, err := pieces(t, c, bytes.NewReader(data), data, margin)
			if err != nil || !bytes.Equal(own, data) {
				t.Fatalf("size %d, margin %d: owned %d bytes, %v; want %d", size, margin, len(own), err, len(data))
			}
		}
	}
}

func TestSplitDefaultSize(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcde\n"), 3*DefaultChunkSize/16)
	own, err := pieces(t, new(Chunker), bytes.NewReader(data), data, 256)
	if err != nil || !bytes.Equal(own, data) {
		t.Errorf("owned %d bytes, %v; want %d", len(own), err, len(data))
	}
}

// What was read before a fault is owned by a chunk, and the fault is told.
func TestSplitFault(t *testing.T) {
	data := []byte(strings.Repeat("0123456789", 10))
	faults := map[string]error{
		"fault": errors.New("bad sector"),
		// As a decompressor says; it is not the end of the stream.
		"cut short": io.ErrUnexpectedEOF,
	}
	for name, fault := range faults {
		for n := range data {
			for after, r := range readers(data[:n]) {
				r = io.MultiReader(r, iotest.ErrReader(fault))
				own, err := pieces(t, &Chunker{Size: 20}, r, data[:n], 3)
				if err != fault || !bytes.Equal(own, data[:n]) {
					t.Errorf("%s after %d bytes, %s: owned %q, %v", name, n, after, own, err)
				}
			}
		}
	}
}

func TestSplitEmitFails(t *testing.T) {
	data := []byte(strings.Repeat("0123456789", 10))
	full := errors.New("full")
	for last := 1; last <= 5; last++ {
		calls := 0
		_, err := (&Chunker{Size: 20}).Split(bytes.NewReader(data), Blob{}, 0, func(Chunk) error {
			if calls++; calls == last {
				return full
			}
			return nil
		})
		if err != full || calls != last {
			t.Errorf("emit failed at call %d: %d calls, error %v", last, calls, err)
		}
	}
}

func TestSplitAllocates(t *testing.T) {
	c := new(Chunker)
	r := strings.NewReader("")
	emit := func(Chunk) error { return nil }
	n := testing.AllocsPerRun(10, func() {
		r.Reset("quiet")
		c.Split(r, Blob{Path: "x"}, 256, emit)
	})
	if n != 0 {
		t.Errorf("%v allocations for a stream, want none", n)
	}
}
