package detectors

import (
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Mask returns text with the credentials that s finds in it masked, and what is
// most of one: a candidate that was rejected, or a prefix with a long body.
func (s *Set) Mask(text string) string {
	type edit struct {
		Span
		mask  string
		found bool
	}
	var edits []edit
	s.Matches([]byte(text), Span{0, len(text)}, func(m Match) {
		edits = append(edits, edit{m.Span, m.Secret.Mask(), true})
	})
	for _, f := range s.prefixed {
		for at := 0; ; {
			i := strings.Index(text[at:], f.Prefix)
			if i < 0 {
				break
			}
			start := at + i
			at = start + len(f.Prefix)
			if !strings.HasSuffix(f.Prefix, "_") {
				for at < len(text) && isLower(text[at]) {
					at++
				}
				if at == len(text) || text[at] != '_' || at-start >= longestPrefix {
					continue // a "cf" in a digest
				}
				at++
			}
			for at < len(text) && class[text[at]]&alnumChar != 0 {
				at++
			}
			if at-start >= len(f.Prefix)+bodyLen/2 {
				edits = append(edits, edit{Span{start, at}, secret.New([]byte(text[start:at])).Mask(), false})
			}
		}
	}
	if len(edits) == 0 {
		return text
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return a.Start - b.Start })
	var (
		b  strings.Builder
		at int
	)
	for _, e := range edits {
		if e.Start >= at {
			b.WriteString(text[at:e.Start])
			b.WriteString(e.mask)
			at = e.End
		} else if e.found {
			at = max(at, e.End) // of two that overlap, nothing of the second is left
		}
	}
	b.WriteString(text[at:])
	return b.String()
}
