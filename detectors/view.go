package detectors

import "sort"

// Encodings are undone around what may be a credential, never for content as a
// whole: a run that could hold one is decoded with its surroundings into a view,
// and the view is scanned like content.
// This is how that view is filled in, and how it knows where its text came from.

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
