package archive

import (
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// compressed returns content as compress(1) packs it, with words of at most so
// many bits: there is no encoder for it.
func compressed(content string, most uint) string {
	out := []byte{0x1f, 0x9d, 0x80 | byte(most)}
	var bits, n, group uint
	width := uint(lzwLeast)
	put := func(word int) {
		bits |= uint(word) << n
		for n += width; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
		group = (group + 1) % 8
	}
	fill := func() {
		for group != 0 {
			put(0)
		}
	}
	words, next, last := map[string]int{}, 257, ""
	word := func(s string) int {
		if len(s) == 1 {
			return int(s[0])
		}
		return words[s]
	}
	widen := func() {
		if next >= 1<<width && width < most {
			fill()
			width++
		}
	}
	// The decoder knows of a string a word later than the encoder.
	pending := ""
	for i := range len(content) {
		s := last + content[i:i+1]
		if _, ok := words[s]; ok || len(s) == 1 {
			last = s
			continue
		}
		widen()
		put(word(last))
		if pending != "" && next < 1<<most {
			next++
		}
		pending = s
		if len(words)+257 < 1<<most {
			words[s] = 257 + len(words)
		} else if len(words) > 0 && i%5000 == 0 { // begin again
			widen()
			put(256)
			fill()
			words, next, pending, width = map[string]int{}, 257, "", lzwLeast
		}
		last = content[i : i+1]
	}
	if last != "" {
		widen()
		put(word(last))
	}
	if n > 0 {
		out = append(out, byte(bits))
	}
	return string(out)
}

// TestCompress says that .Z files are unpacked, of words of any length, whether
// their table is full, begins again or has a string in it that it is just about
// to have, and that what compress(1) makes is, too.
func TestCompress(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200000)
	for i := range noise {
		noise[i] = "abcdefgh"[rnd.IntN(8)]
	}
	contents := map[string]string{
		"text": text, "one byte": "x", "runs": strings.Repeat("x", 30000), "noise": string(noise), "both": string(noise) + strings.Repeat(text, 5000),
	}
	tool, err := exec.LookPath("compress")
	if err != nil {
		t.Log("no compress command to pack files with")
	}
	for name, content := range contents {
		want := []string{"x.Z!x: " + content[:min(keep, len(content))]}
		for _, most := range []uint{10, 12, 16} { // what it packs with 9, compress does not unpack itself
			r := walked(t, compressed(content, most), "x.Z", DefaultLimits)
			if r.want(t, want); r.bytes != int64(len(content)) {
				t.Errorf("%s, %d bits: %d bytes, want %d", name, most, r.bytes, len(content))
			}
			if tool == "" {
				continue
			}
			cmd := exec.Command(tool, "-c", "-f", "-b", strconv.Itoa(int(most)))
			cmd.Stdin = strings.NewReader(content)
			packed, err := cmd.Output()
			check(t, err)
			r = walked(t, string(packed), "x.Z", DefaultLimits)
			if r.want(t, want); r.bytes != int64(len(content)) {
				t.Errorf("%s, %d bits by the tool: %d bytes, want %d", name, most, r.bytes, len(content))
			}
		}
	}
	for _, broken := range []string{"", "\x88", "\x91", "\x90", "\x90\xff\xff\xff"} {
		if r := walked(t, "\x1f\x9d"+broken, "x.Z", DefaultLimits); r.bytes != 0 {
			t.Errorf("%q: %d bytes", broken, r.bytes)
		}
	}
}
