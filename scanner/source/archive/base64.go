package archive

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// Text carries archives in base64: a Helm release in a Secret, the user data of a
// machine, an attachment of a mail, a data: URL. Such a one is known by what base64 of
// an archive begins with, zlib by more of it, and is read from there on, over the ends
// of lines.

const (
	// MinBase64 is the length of the shortest line of base64, in characters, that is
	// looked at.
	MinBase64 = 35

	// maxBreak is how much may stand between two lines of base64, in bytes:
	// indentation, quotes, the escape of a line break.
	maxBreak = 64
)

// signs are what base64 of an archive begins with, in either alphabet, and base64 of
// that, by the first character.
var signs = func() (t [256][]string) {
	var add func(text string, depth int)
	add = func(text string, depth int) {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			sign := e.EncodeToString([]byte(text))[:len(text)*8/6] // what follows does not change these
			if e == base64.RawURLEncoding && !strings.ContainsAny(sign, "-_") {
				continue
			}
			t[sign[0]] = append(t[sign[0]], sign)
			if depth > 1 {
				add(sign, depth-1)
			}
		}
	}
	add("BZh", 2)
	for _, all := range magics {
		for _, m := range all {
			if len(m.text) > 2 { // which are no proof
				add(m.text, 2)
			}
		}
	}
	return t
}()

// BeginsBase64 reports whether text begins like an archive in base64, or in base64 of
// base64. It looks at no more than MinBase64 characters.
func BeginsBase64(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	return hasSign(text) || len(text) >= MinBase64 && beginsZlibBase64(text[:MinBase64])
}

// hasSign reports whether text begins like an archive that is known by its first bytes.
func hasSign(text []byte) bool {
	for _, sign := range signs[text[0]] {
		if len(text) >= len(sign) && string(text[:len(sign)]) == sign {
			return true
		}
	}
	return false
}

// beginsZlibBase64 reports whether text begins like zlib in base64, or in base64 of
// base64.
func beginsZlibBase64(text []byte) bool {
	var room [MinBase64]byte
	for range 2 {
		if len(text) < 2 {
			return false // little of it was base64
		}
		switch text[0] {
		case 'e':
			return strings.IndexByte("AFJN", text[1]) >= 0 && beginsZlib(decoded(room[:0], text))
		case 'Z':
			if text[1] != 'U' {
				return false
			}
			text = decoded(room[:0], text)
		default:
			return false
		}
	}
	return false
}

// decoded appends to b what the whole bytes are that text, base64 in either alphabet,
// begins with.
func decoded(b, text []byte) []byte {
	var bits uint32
	for i, c := range text {
		if !isBase64(c) {
			break
		}
		bits = bits<<6 | uint32(sextets[c]&0x3f)
		if n := i % 4; n > 0 {
			b = append(b, byte(bits>>(6-2*n)))
		}
	}
	return b
}

// sextets maps a character of base64 to its value, with one of these set if it is of
// one alphabet alone; what is no such character has both.
var sextets = func() (t [256]uint8) {
	for i := range t {
		t[i] = ofStandard | ofURL
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range len(letters) {
		t[letters[i]] = uint8(i)
	}
	t['+'], t['/'] = 62|ofStandard, 63|ofStandard
	t['-'], t['_'] = 62|ofURL, 63|ofURL
	return t
}()

const (
	ofStandard = 0x40
	ofURL      = 0x80
	ofEither   = ofStandard | ofURL
)

func isBase64(c byte) bool { return sextets[c]&ofEither != ofEither }

// A finder finds archives in base64 in a text that comes in pieces.
type finder struct{ inside bool } // a line that was looked at

// find returns where in the next piece of the text the first archive in base64 begins;
// its line is at least MinBase64 characters, and may go on behind the piece. If there is
// none, it returns where the next piece is to begin: less than MinBase64 characters from
// the end, or a byte before that.
func (f *finder) find(text []byte) (at int, found bool) {
	start := 0
	for {
		if f.inside {
			for start < len(text) && isBase64(text[start]) {
				start++
			}
			if start == len(text) {
				return start, false
			}
			f.inside = false
		}
		i := start + MinBase64 - 1
		if i >= len(text) {
			break
		}
		for i >= start && isBase64(text[i]) {
			i--
		}
		if i >= start {
			start = i + 1
			continue
		}
		f.inside = true
		if at = start + escape(text, start); BeginsBase64(text[at:]) {
			return at, true
		}
	}
	for at = len(text); at > start && isBase64(text[at-1]); at-- {
	}
	return max(0, at-1), false
}

// escape returns the length of the rest of an escape that the base64 at text[at:]
// begins with: of \n in JSON, of =3D in a mail.
func escape(text []byte, at int) int {
	switch {
	case at == 0:
	case text[at-1] == '\\' && strings.IndexByte("nrt", text[at]) >= 0:
		return 1
	case text[at-1] == '=' && bytes.HasPrefix(text[at:], []byte("3D")):
		return 2
	}
	return 0
}

// lineBreak returns the length of the end of a line at text[0:] that base64 goes on
// behind, with what stands at the ends and beginnings of lines; 0 if there is none. It
// may be the escape of one, or stand between literals that are put together.
func lineBreak(text []byte) int {
	for _, br := range []string{`\n`, `\r\n`, `\\n`, `\\r\\n`} {
		if i := len(br); bytes.HasPrefix(text, []byte(br)) && i < len(text) && isBase64(text[i]) {
			return i
		}
	}
	if text[0] == '"' || text[0] == '\'' {
		rest := afterBreak(text[1:], " \t+.", " \t+.b")
		if len(rest) > 0 && rest[0] == text[0] {
			rest = rest[1:]
			if n := len(text) - len(rest); n <= maxBreak && len(rest) > 0 && isBase64(rest[0]) {
				return n
			}
		}
	}
	rest := afterBreak(text, " \t\"'\\,", " \t\"'>|#*")
	if n := len(text) - len(rest); n <= maxBreak && len(rest) > 0 && isBase64(rest[0]) {
		return n
	}
	return 0
}

// afterBreak returns what stands behind an end of line, which some characters may stand
// before and others behind; nil if there is none.
func afterBreak(text []byte, before, behind string) []byte {
	text = bytes.TrimPrefix(bytes.TrimLeft(text, before), []byte{'\r'})
	text, ok := bytes.CutPrefix(text, []byte{'\n'})
	if !ok {
		return nil
	}
	return bytes.TrimLeft(text, behind)
}

// A base64Reader decodes the base64 that stands next in a text, up to where that ends
// or another archive begins. Lines but for the last are as long as the one before, or
// longer.
type base64Reader struct {
	in           *bufio.Reader
	line, before int    // lengths of the line and of that before it
	other        uint8  // characters of the alphabet that it is not in
	bits         uint32 // of characters, of which count are not handed out
	count        int
	done         bool
	zlib         bool // others may be in the lines that follow; else, what begins like one is chance
}

func (r *base64Reader) Read(p []byte) (n int, err error) {
	for n == 0 && len(p) > 0 {
		if r.done {
			return 0, io.EOF
		}
		text, err := r.in.Peek(1)
		if len(text) == 0 {
			return 0, err
		}
		text, _ = r.in.Peek(r.in.Buffered())
		used := 0
		for used < len(text) && n < len(p) {
			c := sextets[text[used]]
			if of := c & ofEither; of != 0 {
				if of == ofEither || of == r.other {
					break
				}
				r.other = ofEither &^ of
			}
			used++
			r.bits = r.bits<<6 | uint32(c&0x3f)
			if r.count += 6; r.count >= 8 {
				r.count -= 8
				p[n] = byte(r.bits >> r.count)
				n++
			}
		}
		r.in.Discard(used)
		r.line += used
		if used == 0 {
			r.nextLine()
		}
	}
	return n, nil
}

// nextLine goes on behind the end of a line, if that is one.
func (r *base64Reader) nextLine() {
	text, _ := r.in.Peek(maxBreak + MinBase64 + len(`":`))
	n := lineBreak(text)
	if r.done = n == 0 || r.line < r.before || hasSign(text[n:]) || r.zlib && BeginsBase64(text[n:]) || isKey(text[n:]); r.done {
		return
	}
	r.in.Discard(n)
	r.before, r.line = r.line, 0
}

// isKey reports whether text begins with a short name and a colon, as a member of JSON
// or YAML does.
func isKey(text []byte) bool {
	i := 0
	for i < len(text) && isBase64(text[i]) {
		i++
	}
	rest := bytes.TrimLeft(text[i:], "\"'")
	return i < MinBase64 && len(rest) > 0 && rest[0] == ':'
}

// text goes through the archives that stand in a text in base64. What only begins like
// one is text, and nothing is said of it.
func (w *walker) text(p *packed) error {
	p.text = true
	var f finder
	for n := 1; ; {
		_, err := p.Peek(MinBase64 + 1) // of which find passes one at least
		text, _ := p.Peek(p.Buffered())
		at, found := f.find(text)
		p.Discard(at)
		switch {
		case found:
			before := w.n
			if err := w.base64(p, fmt.Sprintf("base64 %d", n)); err != nil {
				return err
			}
			if w.n > before {
				n++
			}
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// base64 hands out what is packed in the archive in base64 that p is at, if it is one.
func (w *walker) base64(p *packed, name string) error {
	begins, _ := p.Peek(MinBase64)
	outer := &base64Reader{in: p.Reader, zlib: !hasSign(begins)}
	in := w.buffered(outer)
	defer func() { w.free = append(w.free, in) }()
	head, _ := in.Peek(HeadSize)
	if Recognise(head, "") == None && BeginsBase64(head) {
		once := in
		in = w.buffered(&base64Reader{in: once})
		defer func() { w.free = append(w.free, once) }()
		head, _ = in.Peek(HeadSize)
	}
	if Recognise(head, "") != None {
		if err := w.member(p, ""); err != nil {
			return err
		}
		if err := w.content(p, name, false, -1, -1, in); err != nil {
			return err
		}
	}
	_, err := io.Copy(io.Discard, outer)
	return err
}

// A scout reads a member, and keeps what is to be looked at once more: from the first
// archive in base64 on.
type scout struct {
	r    io.Reader
	find finder
	tail []byte // of what was read, where an archive may begin
	held *limitedBuffer

	script *limitedBuffer // all of it, if that is to be kept
}

func (s *scout) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.script != nil {
		s.script.Write(p[:n])
	}
	s.look(p[:n])
	return n, err
}

func (s *scout) look(p []byte) {
	if s.held != nil {
		s.held.Write(p)
		return
	}
	if kept := len(s.tail); kept > 0 {
		n := min(len(p), MinBase64)
		s.tail = append(s.tail, p[:n]...)
		at, found := s.find.find(s.tail)
		switch {
		case found:
			s.hold(s.tail[at:], p[n:])
			return
		case at < kept: // there is too little of it still
			s.tail = append(s.tail[:0], s.tail[at:]...)
			return
		}
		p = p[at-kept:]
	}
	at, found := s.find.find(p)
	if found {
		s.hold(p[at:])
		return
	}
	s.tail = append(s.tail[:0], p[at:]...)
}

func (s *scout) hold(parts ...[]byte) {
	s.held = &limitedBuffer{new(bytes.Buffer), modest}
	for _, p := range parts {
		s.held.Write(p)
	}
}

// heldText goes through the archives in base64 in the member at a place, which a scout
// has read.
func (w *walker) heldText(at place, s *scout) error {
	if s.held == nil {
		return nil
	}
	used := w.used
	defer func() { w.used = used }()
	err := w.reserve(int64(s.held.Len()))
	if err == nil {
		c := &counter{r: s.held.Buffer}
		b := w.buffered(c)
		defer func() { w.free = append(w.free, b) }()
		err = w.text(&packed{place: at, Reader: b, count: c})
	}
	if err == nil && s.held.left <= 0 {
		w.Note(at.path, fmt.Errorf("an archive in base64 within an archive, with more than %d MB behind it: not all was unpacked", modest>>20), true)
	}
	return w.broken(at.path, err)
}
