package detectors

import "sort"

// Encodings are undone around what may be a credential, never for content as a
// whole: a run that could hold one is decoded with its surroundings into a view,
// and the view is scanned like content. It knows where its text came from.

// A view is text in which to look: the content as it stands, or a part of it
// with an encoding undone.
type view struct {
	text     []byte
	reach    int // how much text to either side of a credential its recognition may use
	depth    int // how many encodings have been undone
	encoding string
	outer    *view  // that it was decoded from, nil for the content itself
	decoded  parts  // of outer
	places   []Span // in outer of each byte of the middle of decoded, if that is no base64
	slack    int    // how much of outer, at the end of what may be used, may not have been read rightly
	lines    bool   // it is lines of a code, joined
	room     []byte // for the text, if it was decoded

	looked [numCodes]struct { // at lines of these
		upTo int
		next int // where a line begins that has nothing to do with the one before
	}
	upTo int // where base32 that was looked at ends
}

// view returns a view to be filled in, until release.
func (s *Set) view() *view {
	v, ok := s.views.Get().(*view)
	if !ok {
		v = new(view)
	}
	return v
}

// undone notes that the text of v has been decoded.
func (s *Set) undone(v *view) {
	if s.read != nil {
		s.read(v)
	}
}

// release ends the use of a view. Of its room, little is kept.
func (s *Set) release(v *view) {
	const most = 1 << 16
	if v.outer != nil {
		v.room = v.text
	}
	if cap(v.room) > most {
		v.room, v.places = nil, nil
	}
	*v = view{room: v.room[:0], places: v.places[:0]}
	s.views.Put(v)
}

// where returns the place in v.outer of byte i of v.
func (v *view) where(i int) Span {
	if i -= v.decoded.head; 0 <= i && i < len(v.places) {
		return v.places[i]
	}
	p := v.decoded.where(i + v.decoded.head)
	return Span{p, p + 1}
}

// bounds returns what part of the text may be used to recognize a credential at
// at; the bounds may lie outside of it.
func (v *view) bounds(at int) (lo, hi int) {
	lo, hi = at-v.reach, at+v.reach
	if v.outer == nil {
		return lo, hi
	}
	from, to := v.outer.bounds(v.where(at).Start)
	if from >= 0 {
		lo = max(lo, 0)
		lo += sort.Search(at-lo, func(i int) bool { return v.where(lo+i).Start >= from+v.slack })
	}
	if to <= len(v.outer.text) {
		hi = at + sort.Search(min(hi, len(v.text))-at, func(i int) bool { return v.where(at+i).End > to-v.slack })
	}
	return lo, hi
}

// window returns what part of the text a detector is shown with a candidate at at.
func (v *view) window(at int) Span {
	lo, hi := v.bounds(at)
	return Span{max(0, lo), min(len(v.text), hi)}
}

// match completes a match of d at sp in v, with its span in the content.
func (v *view) match(d *Detector, m Match, sp Span) Match {
	m.Detector = d
	m.Encoding = "plain"
	if v.encoding != "" {
		m.Encoding = v.encoding
	}
	if v.lines {
		m.Encoding = join(v.encoding, "joined")
	}
	for w := v; w.outer != nil; w = w.outer {
		if w.lines && w != v {
			m.Encoding = w.wrappedAt(m.Encoding, sp)
		}
		sp.Start, sp.End = w.where(sp.Start).Start, w.where(sp.End-1).End
	}
	m.Span = sp
	return m
}

// parts are the parts of a text from which another was decoded: the middle was read
// from what is from lo on, and the rest stands as it is before that and from hi on.
type parts struct {
	wide       bool // from lo on, a byte from every two, up to hi
	head, tail int  // of the decoded bytes, those between these are the middle
	lo, hi     int  // hi is where what is behind it and its padding begins
}

// where maps an index of a decoded text to one of the text that it was decoded
// from.
func (p parts) where(i int) int {
	switch {
	case p.wide:
		return min(p.hi, p.lo+2*i)
	case i < p.head:
		return p.lo - p.head + i
	case i < p.tail:
		return p.lo + (i-p.head)*4/3
	}
	return p.hi + i - p.tail
}

// opened returns a view into which a part of v is to be decoded byte by byte, until
// release.
func (s *Set) opened(v *view, encoding string) *view {
	w := s.view()
	*w = view{
		text:     w.room[:0],
		places:   w.places[:0],
		reach:    v.reach,
		depth:    v.depth + 1,
		encoding: join(v.encoding, encoding),
		outer:    v,
		slack:    longestUnit,
	}
	return w
}

// before puts into w, which is empty, what stands before first in the outer view. If
// apart is set, what it ends with, such as the x of 0x, is no part of what follows.
func (w *view) before(first int, apart bool) {
	w.text = append(w.text, w.outer.text[max(0, first-w.reach):first]...)
	w.decoded = parts{head: len(w.text), lo: first}
	if apart && first > 0 && class[w.outer.text[first-1]]&alnumChar != 0 {
		w.text, w.places = append(w.text, ' '), append(w.places, Span{first, first})
	}
}

// after appends to w what stands from last on in the outer view.
func (w *view) after(last int) {
	w.decoded.tail, w.decoded.hi = len(w.text), last
	w.text = append(w.text, w.outer.text[last:min(len(w.outer.text), last+w.reach)]...)
}

// drop removes from w what was read from before at in the outer view, which is more
// than before put there.
func (w *view) drop(at int) {
	k := sort.Search(len(w.places), func(i int) bool { return w.places[i].Start >= at })
	w.text = append(w.text[:0], w.text[w.decoded.head+k:]...)
	w.places = append(w.places[:0], w.places[k:]...)
	w.decoded = parts{lo: w.places[0].Start}
}

// join returns the encoding of what is in inner, and with that in outer.
func join(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + "/" + inner
}
