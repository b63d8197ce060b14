package detectors

import (
	"bytes"
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
	var text [4*64 + 1]byte
	for range 2000 {
		for i := range text {
			text[i] = byte(r.Uint32())
			if r.IntN(3) == 0 {
				text[i] = "cf"[r.IntN(2)]
			}
		}
		if r.IntN(2) == 0 {
			for i := range text {
				if text[i] == 'f' && i > 0 && text[i-1] == 'c' && r.IntN(30) > 0 {
					text[i] = 0
				}
			}
		}
		k := 1 + r.IntN(4)
		var words [4]uint64
		pair := classify(&text[0], k, &words[0])
		for i, c := range text[:64*k] {
			if got := words[i/64]>>(i%64)&1 != 0; got != (class[c]&base64Char != 0) {
				t.Fatalf("%#x: %v", c, got)
			}
		}
		if want := bytes.Contains(text[:64*k+1], []byte("cf")); (pair != 0) != want || words[k%4] != 0 && k < 4 {
			t.Fatalf("pair %x, want %v", pair, want)
		}
	}
}

// TestSurvey holds the instructions for many words against the functions for one.
func TestSurvey(t *testing.T) {
	if !canClassify {
		t.Skip("this processor cannot")
	}
	r := rand.New(rand.NewPCG(0, 0))
	seen := 0
	for range 20000 {
		var words [atOnce]uint64
		for i := range words {
			switch r.IntN(6) {
			case 0:
				words[i] = r.Uint64()
			case 1:
				words[i] = r.Uint64() | r.Uint64() | r.Uint64()<<1 | r.Uint64()>>3
			case 2:
				period := 1 + r.IntN(10)
				w := r.Uint64() & (1<<period - 1)
				for range 6 {
					w |= w << period
					period *= 2
				}
				words[i] = w
				if r.IntN(3) == 0 {
					words[i] ^= 1 << r.IntN(64)
				}
			case 3:
				for n := r.IntN(5); n < 64; n += 5 + r.IntN(2) {
					words[i] |= 3 << n
				}
				if r.IntN(2) == 0 {
					words[i] = ^words[i]
				}
			case 4:
				words[i] = ^uint64(0) << r.IntN(64) >> r.IntN(64)
			}
		}
		long, lanes := survey(&words)
		for i, w := range words {
			_, to := longPart(&words, i, 64*i)
			if got := long>>i&1 != 0; got != (to != 0) {
				t.Fatalf("%#x: long %v", w, got)
			}
			for half := range 2 {
				want := regular(uint32(w >> (lane * half)))
				if got := lanes>>(2*i+half)&1 != 0; got != want {
					t.Fatalf("%#x, half %d: regular %v", w, half, got)
				}
				if want {
					seen++
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("%d regular ones are few", seen)
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
		if seed%2 != 0 {
			data = dense(r, r.IntN(3000), disguises...)
		}
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
