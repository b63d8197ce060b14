package detectors

import "github.com/leakflare/leakflare/detectors/secret"

// Given lists the detectors for what somebody says is a credential: those of All,
// of which the ones without a prefix take whatever has the form.
func Given() []*Detector {
	all := make([]*Detector, 0, len(All))
	for _, d := range All {
		if d.Prefix == "" {
			g := *d
			g.Recognize = d.given
			d = &g
		}
		all = append(all, d)
	}
	return all
}

// given recognizes a run by its form alone.
func (d *Detector) given(text []byte, at int) (Match, bool) {
	end := at
	for end < len(text) && class[text[end]]&tokenChar != 0 {
		end++
	}
	b := text[at:end]
	isKey := all(b, hexChar) && len(b) <= 45 && len(b) >= usualKeyLen
	switch {
	case d.ID == LegacyGlobalKey.ID:
		if !isKey {
			return Match{}, false
		}
	case len(b) != legacyTokenLen || isKey:
		return Match{}, false
	}
	m := Match{
		Span: Span{at, end}, Secret: secret.New(b), Confidence: secret.High, Reason: "it was given as one",
	}
	m.companions(text, at, isKey)
	return m, true
}
