package detectors

import (
	"bytes"
	"math"
	"strings"
	"sync"
)

// Every credential that Cloudflare issues is a long stretch of letters, digits
// and a few other characters, and so are most ways of encoding one. Ordinary
// text has few such stretches. The engine therefore looks for long runs first,
// and only inside a long run for prefixes, lengths and encodings. What breaks the
// runs of a credential, it notices by two other signs: that the breaks are regular,
// as in %63%66, or that there is a "cf" at all. The cost on quiet bytes does not
// depend on how many detectors there are.

const (
	// minRun is the shortest run worth a look: the shortest credential.
	minRun = 35

	// minEncoded is the shortest run of base64 that can hold a credential:
	// minRun bytes are 47 characters.
	minEncoded = 47

	// leastMixed is how many digits and capitals there are at least in a run that is
	// worth a look. Of the 40 letters and digits of a token drawn by lot, or the 37
	// hexadecimal digits of a key, fewer are such once in ten million, and in base64 of
	// either far less often.
	leastMixed = 7

	// minRare is the shortest run that is looked at for what hardly anybody writes:
	// one that holds a prefix and what follows it.
	minRare = len("cf_") + bodyLen + checksumLen

	// longestRun is the length from which on runs are not told apart.
	longestRun = 1024

	// maxDepth bounds encodings within encodings.
	maxDepth = 3
)

// Character classes.
const (
	tokenChar  = 1 << iota // letters, digits, '-' and '_'
	base64Char             // tokenChar, '+' and '/'
	hexChar                // lower-case hexadecimal digits
	textChar               // printable ASCII, tab, newline, carriage return
	alnumChar              // letters and digits
	endChar                // may stand between base64 and the end of its line
	startChar              // may stand before base64 on a line
)

// class maps a byte to its character classes.
var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			t[c] |= tokenChar | base64Char | alnumChar
		case c == '-', c == '_':
			t[c] |= tokenChar | base64Char
		case c == '+', c == '/':
			t[c] |= base64Char
		}
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'f' {
			t[c] |= hexChar
		}
		if ' ' <= c && c <= '~' || c == '\t' || c == '\n' || c == '\r' {
			t[c] |= textChar
		}
		if strings.IndexByte(" \t\"'\\,", byte(c)) >= 0 {
			t[c] |= endChar
		}
		if strings.IndexByte(" \t\"'>|#*", byte(c)) >= 0 {
			t[c] |= startChar
		}
	}
	return t
}()

// A Set finds the credentials of several detectors in one pass. It holds no
// state of a scan: one Set serves any number of goroutines.
type Set struct {
	prefixed []*form
	bare     [longestRun + 1][]*form // by the length of the run
	open     []*form                 // of which the run may be any longer
	shortest int                     // run that a credential with a prefix can be in
	words    bool                    // what is looked for may be words
	kernels  kernels                 // that this processor is good at

	views   sync.Pool   // of *view
	batches sync.Pool   // of *batch
	read    func(*view) // if set, is told of what is decoded, for tests
}

// A form is a shape of a detector.
type form struct {
	*Detector
	Shape
}

// NewSet returns the set of ds.
func NewSet(ds ...*Detector) *Set {
	s := &Set{shortest: math.MaxInt, kernels: native()}
	for _, d := range ds {
		for _, shape := range d.Shapes {
			if shape.Prefix != "" {
				s.prefixed = append(s.prefixed, &form{d, shape})
				s.shortest = min(s.shortest, shape.MinRun)
				continue
			}
			f := &form{d, shape}
			s.words = s.words || shape.Within
			if shape.MaxRun == math.MaxInt {
				s.open = append(s.open, f)
				continue
			}
			for n := shape.MinRun; n <= min(shape.MaxRun, longestRun); n++ {
				s.bare[n] = append(s.bare[n], f)
			}
		}
	}
	return s
}

// Matches calls yield for each credential and each rejected candidate whose
// first byte lies in data[own.Start:own.End], in no particular order. The rest
// of data is there to be looked at: it should hold Reach bytes to either side
// of own, unless the content ends first. Where nothing is found, nothing is
// allocated.
func (s *Set) Matches(data []byte, own Span, yield func(Match)) {
	v := s.view()
	defer s.release(v)
	v.text, v.reach = data, Reach
	s.scan(v, own, yield)
}

// scan finds the runs of v that begin in own or reach into it, and looks at
// each.
func (s *Set) scan(v *view, own Span, yield func(Match)) {
	clear(v.looked[:])
	v.upTo = 0
	// A run that began before own may hold a prefix in own, and is cut off at
	// most reach before that.
	start := own.Start
	if start >= min(own.End, len(v.text)) {
		return
	}
	for start > max(0, own.Start-v.reach) && class[v.text[start-1]]&base64Char != 0 {
		start--
	}
	s.scanBlocks(v, own, start, yield)
}

// run looks at text[start:end], a run of base64Char as long as it gets. If pair is
// false, it is known that there is no "cf" in it.
func (s *Set) run(v *view, own Span, start, end int, pair bool, yield func(Match)) {
	if pair {
		s.prefixes(v, own, start, end, yield)
	}
	if !s.words && isWords(v.text[start:end]) {
		return
	}
	s.rare(v, own, start, end, yield)
	if start < own.End && own.Start <= end {
		s.shapes(v, own, start, end, yield)
	}
	if v.depth == maxDepth {
		return
	}
	done := s.lines(v, own, start, end, yield)
	if !done[inHex] && end-start >= 2*minRun {
		s.digits(v, own, start, end, yield)
	}
	if !done[inBase64] && end-start >= minEncoded {
		s.base64(v, own, start, end, yield)
	}
}

// rare looks in the run text[start:end] for what hardly anybody writes.
func (s *Set) rare(v *view, own Span, start, end int, yield func(Match)) {
	if v.depth == maxDepth || end-start < minRare {
		return
	}
	s.reversed(v, own, start, end, yield)
	switch b := v.text[start:]; {
	case isUpperText(b):
		s.base32(v, own, start, end, yield)
	case b[0] == 'p' && b[1] == 's':
		s.rotated(v, own, start, end, yield)
	}
}

// prefixes looks for credentials with a prefix in the run text[start:end].
func (s *Set) prefixes(v *view, own Span, start, end int, yield func(Match)) {
	text := v.text
	last := min(own.End, end-s.shortest+1) // behind the last at which one may begin
	for i := max(start, own.Start); i < last; i++ {
		j := bytes.Index(text[i:min(last+1, end)], []byte("cf"))
		if j < 0 {
			return
		}
		i += j
		for _, f := range s.prefixed {
			if bytes.HasPrefix(text[i:end], []byte(f.Prefix)) {
				s.recognize(v, f, v.window(i), i, yield)
			}
		}
	}
}

// shapes looks for credentials that are the run text[start:end] itself.
func (s *Set) shapes(v *view, own Span, start, end int, yield func(Match)) {
	text := v.text
	if start > 0 && counts[text[start-1]] {
		s.counted(v, own, start, end, yield)
	}
	if n := escaped(text, start, end); n > 0 {
		if text[start-1] == '=' { // "=3D" is an escape in mail, and elsewhere where a value begins
			s.shape(v, own, start, end, yield)
		}
		start += n
	}
	if n := shellDefault(text, start, end); n > 0 {
		s.shape(v, own, start+n, end, yield)
		if n == 1 && end-start != legacyTokenLen+1 && end-start != hexSecretLen+1 {
			s.shape(v, own, start, end, yield)
		}
	} else {
		s.shape(v, own, start, end, yield)
	}
	for n := 1; n <= 3 && end-start > minRun+2*n && text[start+n-1] == '_' && text[end-n] == '_'; n++ {
		s.shape(v, own, start+n, end-n, yield) // __value__, of Markdown
	}
	if isRecord(text, start, recordHeader) {
		s.column(v, own, start, end, yield)
	}
}

// shellDefault returns how much of the run text[start:end] stands before the default of
// a variable: of ${NAME:-value} the '-', of ${NAME-value} the name too; 0 if it is none.
func shellDefault(text []byte, start, end int) int {
	switch {
	case start == 0:
	case text[start-1] == ':' && text[start] == '-':
		return 1
	case text[start-1] == '{' && start > 1 && text[start-2] == '$':
		return bytes.IndexByte(text[start:end], '-') + 1
	}
	return 0
}

// shape looks at text[start:end] as a credential.
func (s *Set) shape(v *view, own Span, start, end int, yield func(Match)) {
	if start >= own.End || end <= own.Start {
		return
	}
	// Most runs have a length that no shape has, or begin like none.
	for _, forms := range s.forms(end - start) {
		for _, f := range forms {
			if f.likely(v.text, start, end) {
				s.shapeIn(v, own, start, end, v.window(start), yield)
				return
			}
		}
	}
}

// forms returns those that a run of n characters may be of. What is longer than any is
// as good as the longest.
func (s *Set) forms(n int) [2][]*form { return [2][]*form{s.bare[min(n, longestRun)], s.open} }

// likely tells at a glance whether the run text[start:end] may be a candidate of f.
func (f *form) likely(text []byte, start, end int) bool {
	return end-start >= f.MinRun && end-start <= f.MaxRun && (!f.Hex || class[text[start]]&class[text[end-1]]&hexChar != 0) &&
		(f.Likely == nil || f.Likely(text, start))
}

// shapeIn is shape, for who knows what a detector is to be shown.
func (s *Set) shapeIn(v *view, own Span, start, end int, window Span, yield func(Match)) {
	ends := v.outer == nil || end < window.End || window.End == len(v.text) // where is known
	hex := all(v.text[start:min(end, window.End)], hexChar)
	for _, forms := range s.forms(end - start) {
		for _, f := range forms {
			if (start >= own.Start || f.Within) && end-start >= f.MinRun && end-start <= f.MaxRun && f.Hex == hex && (ends || f.MaxRun == math.MaxInt) {
				s.recognize(v, f, window, start, yield)
			}
		}
	}
}

// recognize asks f about the candidate at v.text[at:], showing it no more than the
// window.
func (s *Set) recognize(v *view, f *form, window Span, at int, yield func(Match)) {
	lo := window.Start
	text := v.text[lo:window.End:window.End]
	if f.Likely != nil && !f.Likely(text, at-lo) {
		return
	}
	m, ok := f.Recognize(text, at-lo)
	if !ok {
		return
	}
	yield(v.match(f.Detector, m, Span{m.Span.Start + lo, m.Span.End + lo}))
}

// lane looks at the text around the regular lane at text[at:], and returns where
// it ends; 0 if there is none worth a look.
func (s *Set) lane(v *view, own Span, at int, yield func(Match)) int {
	if v.depth >= maxDepth || at+lane > len(v.text) {
		return 0
	}
	if end := s.wide(v, own, at+lane/2, yield); end > 0 {
		return end
	}
	return s.spelled(v, own, at, yield)
}

// all reports whether every byte of b is of one of the classes in mask.
func all(b []byte, mask uint8) bool {
	for _, c := range b {
		if class[c]&mask == 0 {
			return false
		}
	}
	return true
}
