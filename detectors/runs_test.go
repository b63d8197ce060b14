package detectors

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// bothKernels are those that a Set uses on this processor, and those for any.
func bothKernels() map[string]kernels {
	return map[string]kernels{"native": native(), "portable": portable()}
}

// blocksOf returns blocks of what kernels tell apart, and a byte more: bytes at
// random, some of them 'c' and 'f', in some blocks few pairs of these.
func blocksOf(r *rand.Rand, n int) []byte {
	text := make([]byte, 64*n+1)
	for i := range text {
		text[i] = byte(r.Uint32())
		if r.IntN(3) == 0 {
			text[i] = "cf"[r.IntN(2)]
		}
	}
	if few := 1 + r.IntN(100); r.IntN(3) > 0 {
		for i := range text[1:] {
			if text[i] == 'c' && text[i+1] == 'f' && r.IntN(few) < few-1 {
				text[i+1] ^= byte(1 + r.IntN(255))
			}
		}
	}
	return text
}

// TestClassify holds what kernels say about bytes against the table, and against a
// look at each.
func TestClassify(t *testing.T) {
	for name, k := range bothKernels() {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(0, 0))
			with := 0
			for range 3000 {
				n := 1 + r.IntN(atOnce)
				text := blocksOf(r, n)
				words, pairs := noWords(r), noWords(r)
				wantWords, wantPairs := words, pairs
				for i := range 64 * n {
					setBit(&wantWords, i, class[text[i]]&base64Char != 0)
					setBit(&wantPairs, i, text[i] == 'c' && text[i+1] == 'f')
				}
				// Neither may a byte more be written than there are words, nor does
				// what stands before or behind the text change anything.
				at := r.IntN(40)
				text = slices.Concat(noise(at, r.Uint64()), text, noise(40, r.Uint64()))[at:]
				pair := k.classify(text, words[:n])
				k.findPairs(text, pairs[:n])
				if words != wantWords {
					t.Fatalf("of\n%q classes are\n%x, want\n%x", text, words[:n], wantWords[:n])
				}
				if pairs != wantPairs {
					t.Fatalf("in\n%q pairs are\n%x, want\n%x", text, pairs[:n], wantPairs[:n])
				}
				if want := bytes.Contains(text[:64*n+1], []byte("cf")); pair != want {
					t.Fatalf("%q: a pair %v", text, pair)
				} else if want {
					with++
				}
			}
			if with < 500 || with > 2500 {
				t.Errorf("%d with a pair are few, or those without", with)
			}
		})
	}
}

// TestClassifyEach holds what kernels say about each byte in each place against the
// table.
func TestClassifyEach(t *testing.T) {
	for name, k := range bothKernels() {
		t.Run(name, func(t *testing.T) {
			for c := range 256 {
				for i := range 64 {
					for _, other := range []byte{0, 'a', 0xff} {
						text := bytes.Repeat([]byte{other}, 64+1)
						text[i] = byte(c)
						var got, want [atOnce]uint64
						k.classify(text, got[:1])
						for i := range 64 {
							setBit(&want, i, class[text[i]]&base64Char != 0)
						}
						if got != want {
							t.Fatalf("%#x at %d among %#x: %x, want %x", c, i, other, got[0], want[0])
						}
					}
				}
			}
		})
	}
}

// setBit sets bit i of words to b.
func setBit(words *[atOnce]uint64, i int, b bool) {
	words[i/64] &^= 1 << (i % 64)
	if b {
		words[i/64] |= 1 << (i % 64)
	}
}

// noWords are what was in memory before.
func noWords(r *rand.Rand) (words [atOnce]uint64) {
	for i := range words {
		words[i] = r.Uint64()
	}
	return words
}

// isRegular is whether a lane is, as kernels.survey has it, bit by bit.
func isRegular(lane string) bool {
	if !strings.Contains(lane, "0") || !strings.Contains(lane, "1") {
		return false
	}
	const inner = 32 - 8
	for period := 5; period <= 8; period++ {
		if lane[:inner] == lane[period:period+inner] {
			return true
		}
	}
	three := func(i int) bool { return lane[i:i+3] == "000" }
	first := false
	for i := range inner {
		if three(i) && !three(i+5) && !three(i+6) {
			return false
		}
		first = first || i < 6 && three(i)
	}
	return first
}

// isNumbers is whether a lane looks like those; of three others, the last may be no bit
// but the last one.
func isNumbers(lane string) bool {
	return !strings.Contains(lane[:31], "000") && !strings.Contains(lane, "1111")
}

// TestSurvey holds what kernels say about words against a look at each bit.
func TestSurvey(t *testing.T) {
	for name, k := range bothKernels() {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(0, 0))
			long, regular, numbers := 0, 0, 0
			for range 4000 {
				words := surveyed(r)
				gotLong, gotRegular, gotNumbers := k.survey(&words)
				for i, w := range words {
					bits := bitsOf(w)
					want := strings.Contains(bits, strings.Repeat("1", shortPart))
					if got := gotLong>>i&1 != 0; got != want {
						t.Fatalf("%s: long %v", bits, got)
					} else if want {
						long++
					}
					for half := range 2 {
						lane := bits[lane*half:][:lane]
						want := isRegular(lane)
						if got := gotRegular>>(2*i+half)&1 != 0; got != want {
							t.Fatalf("%s, half %d: regular %v", bits, half, got)
						} else if want {
							regular++
						}
						want = isNumbers(lane)
						if got := gotNumbers>>(2*i+half)&1 != 0; got != want {
							t.Fatalf("%s, half %d: numbers %v", bits, half, got)
						} else if want {
							numbers++
						}
					}
				}
			}
			if long < 1000 || regular < 1000 || numbers < 1000 {
				t.Errorf("%d long, %d regular ones and %d numbers are few", long, regular, numbers)
			}
		})
	}
}

// bitsOf returns the bits of w, the lowest first.
func bitsOf(w uint64) string { return fmt.Sprintf("%064b", bits.Reverse64(w)) }

// surveyed returns words some of which are long, and some regular or nearly so.
func surveyed(r *rand.Rand) (words [atOnce]uint64) {
	for i := range words {
		switch r.IntN(7) {
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
			if r.IntN(3) == 0 {
				words[i] ^= 1 << r.IntN(64)
			}
		case 4:
			for n := 0; n < 64; n += 1 + r.IntN(2) {
				ones := 1 + r.IntN(3)
				words[i] |= (1<<ones - 1) << n
				n += ones
			}
			if r.IntN(2) == 0 {
				words[i] ^= 1 << r.IntN(64)
			}
		case 5:
			words[i] = ^uint64(0) << r.IntN(64) >> r.IntN(64)
		}
	}
	return words
}

// TestScan holds what is found by blocks, with each kernels, against what is found
// when it is the bytes that are looked at.
func TestScan(t *testing.T) {
	for name, k := range bothKernels() {
		t.Run(name, func(t *testing.T) {
			set := NewSet(All...)
			set.kernels = k
			total := 0
			for seed := range uint64(400) {
				r := rand.New(rand.NewPCG(seed, 2))
				data := dense(r, r.IntN(6000))
				if seed%2 != 0 {
					data = dense(r, r.IntN(3000), inPieces...)
				}
				own := Span{r.IntN(len(data) + 1), r.IntN(len(data) + 1)}
				if seed%4 == 0 {
					own = Span{0, len(data)}
				}
				got := spansOf(func(yield func(Match)) { set.Matches(data, own, yield) })
				want := spansOf(func(yield func(Match)) { scanBytes(set, data, own, yield) })
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: in %v of %d\n%s\nwant\n%s", seed, own, len(data), strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				total += len(got)
			}
			if total < 1000 {
				t.Errorf("%d matches are few", total)
			}
		})
	}
}

// scanBytes is s.Matches, but finds runs, lanes and pairs in the content byte by
// byte.
func scanBytes(s *Set, data []byte, own Span, yield func(Match)) {
	v := s.view()
	defer s.release(v)
	v.text, v.reach = data, Reach
	if own.Start >= own.End {
		return
	}
	of := func(i int) bool { return class[data[i]]&base64Char != 0 }
	start := own.Start
	for start > max(0, own.Start-Reach) && of(start-1) {
		start--
	}

	done, dumped, listed := 0, 0, 0
	for at := own.Start; at+lane <= len(data) && at < v.limit(own); at += lane {
		bits := ""
		for i := range lane {
			bits += string("01"[class[data[at+i]]&base64Char/base64Char])
		}
		if at >= done && isRegular(bits) {
			done = max(done, s.lane(v, own, at, yield))
		}
		if at >= dumped && isRegular(bits) && mayDump(data[at:]) {
			dumped = max(dumped, s.dump(v, own, at, yield))
		}
		if at >= listed && isNumbers(bits) {
			listed = max(listed, s.listed(v, own, at, yield))
		}
	}
	for at := own.Start; at < own.End; at++ {
		if bytes.HasPrefix(data[at:], []byte("cf")) {
			s.pair(v, own, at, yield)
		}
	}
	for start < own.End {
		end := start
		for end < len(data) && of(end) {
			end++
		}
		if end-start >= minRun {
			s.run(v, own, start, end, true, yield)
		}
		start = end + 1
	}
}

func spansOf(matches func(yield func(Match))) (all []string) {
	matches(func(m Match) {
		all = append(all, fmt.Sprint(m.Detector.ID, m.Span, m.Encoding, m.Secret.Fingerprint(), m.Confidence, m.Rejected))
	})
	slices.Sort(all)
	return all
}

// TestIsWords counts digits and capitals as isWords does, one by one.
func TestIsWords(t *testing.T) {
	var alphabet []byte
	for c := range 256 {
		if class[c]&base64Char != 0 {
			alphabet = append(alphabet, byte(c))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	words := 0
	for range 200_000 {
		run := bytes.Repeat([]byte("a"), minRun+rng.IntN(400))
		for range rng.IntN(12) {
			run[rng.IntN(len(run))] = alphabet[rng.IntN(len(alphabet))]
		}
		mixed := 0
		for _, c := range run {
			if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' {
				mixed++
			}
		}
		if got, want := isWords(run), mixed < leastMixed; got != want {
			t.Fatalf("isWords(%q) = %v, with %d digits and capitals", run, got, mixed)
		} else if got {
			words++
		}
	}
	if words < 1000 {
		t.Errorf("%d runs were words", words)
	}
	for _, c := range alphabet {
		run := bytes.Repeat([]byte{c}, minRun)
		if got, want := isWords(run), class[c]&alnumChar == 0 || c >= 'a'; got != want {
			t.Errorf("isWords(%q) = %v", run, got)
		}
	}
}
