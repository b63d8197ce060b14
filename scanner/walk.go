package scanner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/scanner/source"
)

const (
	// maxHits bounds the hits that are kept. A scan that finds more is
	// incomplete: whatever it looks at is a list of tokens.
	maxHits = 100_000

	// maxRejected bounds the rejected candidates that are kept for the list of
	// them. They are counted without bound.
	maxRejected = 1_000
)

// A hit is a match with where it stands.
type hit struct {
	source.Hit
	match     detectors.Match
	around    companions
	mark      string // on its line
	locations []source.Location
}

// Companions are what stands in the same content as a match that has nothing
// beside it. Content that is read in pieces is looked through a piece at a time.
type companions struct{ accounts, emails []string }

// A walked source: what was found in it, and what was read. The source itself is
// not kept, because there may be thousands.
type walked struct {
	hits     []hit
	coverage source.Coverage
}

// A harvest is what a walk brings in.
type harvest struct {
	mu       sync.Mutex
	matched  func(source.Blob, detectors.Match, string) // of the scan; may be nil
	sources  []*walked
	kept     map[secret.Confidence]int // hits that are credentials
	dropped  int                       // hits beyond maxHits
	rejected map[rejection]int64
	listed   int // rejected candidates among the hits
}

// A rejection is a reason for which candidates of a rule were rejected.
type rejection struct{ rule, reason string }

// walk walks the sources and those nested in them, and keeps what matches.
func (s *Scan) walk(ctx context.Context) (*harvest, error) {
	h := &harvest{matched: s.Matched, kept: make(map[secret.Confidence]int), rejected: make(map[rejection]int64)}
	set := detectors.NewSet(append(slices.Clip(s.Detectors), packedText)...)
	seen := make(map[string]bool)
	queue := slices.Clone(s.Sources)
	for len(queue) > 0 {
		src := queue[0]
		queue = queue[1:]
		if seen[src.Name()] {
			continue
		}
		seen[src.Name()] = true
		if s.Progress != nil {
			s.Progress(src)
		}
		w := &walked{}
		h.sources = append(h.sources, w)
		err := src.Walk(ctx, detectors.Reach, func(c source.Chunk) error {
			var around map[*detectors.Detector]companions // each piece is looked through once
			set.Matches(c.Data, detectors.Span(c.Own), func(m detectors.Match) {
				if m.Detector == packedText {
					notePacked(c, m)
					return
				}
				if c.Found != nil && m.Rejected == "" {
					*c.Found = true
				}
				if m.ByPath && isWhole(c) && detectors.ContentNames(c.Data) {
					m.ByPath = false
				}
				if _, known := around[m.Detector]; !known && m.Rejected == "" {
					if around == nil {
						around = make(map[*detectors.Detector]companions)
					}
					accounts, emails := m.Detector.Companions(c.Data)
					around[m.Detector] = companions{accounts, emails}
				}
				h.add(w, hit{
					Hit:   source.Hit{Blob: c.Blob, Offset: c.Offset + int64(m.Span.Start)},
					match: m, around: around[m.Detector], mark: s.mark(c, m),
				}, s.ShowRejected)
			})
			return nil
		})
		if err != nil && !isDone(err) {
			return h, err
		}
		// Locating is short, and without it what was found is of no use: it is
		// not cut off with the walk. If nothing was, it may be.
		locating := ctx
		if len(w.hits) > 0 {
			locating = context.WithoutCancel(ctx)
		}
		if err := locate(locating, src, w); err != nil && !isDone(err) {
			return h, fmt.Errorf("locating findings: %w", err)
		}
		w.coverage = src.Coverage()
		if err != nil {
			return h, err
		}
		queue = append(queue, src.Nested()...)
	}
	return h, nil
}

// isWhole reports whether a chunk is the whole of its content.
func isWhole(c source.Chunk) bool {
	return c.Offset == 0 && c.Own == source.Span{End: len(c.Data)}
}

// add keeps a hit. It is called by many goroutines, rarely.
func (h *harvest) add(w *walked, x hit, list bool) {
	m := x.match
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.Rejected != "" {
		if m.ByPath {
			return // hardly a candidate
		}
		h.rejected[rejection{m.Detector.ID, m.Rejected}]++
		if !list || h.listed >= maxRejected {
			return
		}
		h.listed++
	} else if h.kept[m.Confidence] == maxHits {
		// Counted apart, so that a list of what may be tokens does not push
		// out what is one.
		h.dropped++
		return
	} else {
		h.kept[m.Confidence]++
		if h.matched != nil {
			h.matched(x.Blob, m, x.mark)
		}
	}
	w.hits = append(w.hits, x)
}

// locate looks up where the hits in a source stand. Hits that are credentials
// only in a file about Cloudflare lose the locations that are not in one.
func locate(ctx context.Context, src source.Source, w *walked) error {
	// Goroutines bring hits in in any order.
	slices.SortFunc(w.hits, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(a.Blob.Kind, b.Blob.Kind),
			strings.Compare(a.Blob.Path, b.Blob.Path),
			slices.Compare(a.Blob.Object[:], b.Blob.Object[:]),
			cmp.Compare(a.Offset, b.Offset),
			strings.Compare(a.match.Detector.ID, b.match.Detector.ID),
		)
	})
	hits := make([]source.Hit, len(w.hits))
	for i, x := range w.hits {
		hits[i] = x.Hit
	}
	locations, err := src.Locate(ctx, hits)
	if err != nil {
		return err
	}
	for i, ls := range locations {
		if w.hits[i].match.ByPath {
			ls = slices.DeleteFunc(ls, func(l source.Location) bool { return !l.About && !detectors.PathNames(l.Path) })
		}
		w.hits[i].locations = ls
	}
	return nil
}
