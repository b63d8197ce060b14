package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestClassify holds the instructions for many bytes against the table.
func TestClassify(t *testing.T) {
	if !canClassify {
		t.Skip("this processor cannot")
	}
	r := rand.New(rand.NewPCG(0, 0))
	var text [4 * 64]byte
	for range 2000 {
		for i := range text {
			text[i] = byte(r.Uint32())
			if r.IntN(3) == 0 {
				text[i] = 0
			}
		}
		k := 1 + r.IntN(4)
		var words, zeros [4]uint64
		any := classify(&text[0], k, &words[0], &zeros[0])
		var want uint64
		for i, c := range text[:64*k] {
			if got := words[i/64]>>(i%64)&1 != 0; got != (class[c]&base64Char != 0) {
				t.Fatalf("%#x: %v", c, got)
			}
			if got := zeros[i/64]>>(i%64)&1 != 0; got != (c == 0) {
				t.Fatalf("%#x: %v for zero", c, got)
			}
			if c == 0 {
				want |= 1 << (i % 64)
			}
		}
		if any != want || words[k%4] != 0 && k < 4 {
			t.Fatalf("zeros %x, want %x", any, want)
		}
	}
}

// Both ways to find long runs find the same.
func TestWays(t *testing.T) {
	if !canClassify {
		t.Skip("this processor has but one")
	}
	blocks, bytes := NewSet(All...), NewSet(All...)
	bytes.bytewise = true
	total := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		data := dense(r, r.IntN(6000))
		own := Span{r.IntN(len(data) + 1), r.IntN(len(data) + 1)}
		if seed%4 == 0 {
			own = Span{0, len(data)}
		}
		got, want := spansOf(blocks, data, own), spansOf(bytes, data, own)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: in %v of %d\n%s\nwant\n%s", seed, own, len(data), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		total += len(got)
	}
	if total < 1000 {
		t.Errorf("%d matches are few", total)
	}
}

func spansOf(s *Set, data []byte, own Span) (all []string) {
	s.Matches(data, own, func(m Match) {
		all = append(all, fmt.Sprint(m.Detector.ID, m.Span, m.Encoding, m.Secret.Fingerprint(), m.Confidence, m.Rejected))
	})
	slices.Sort(all)
	return all
}
