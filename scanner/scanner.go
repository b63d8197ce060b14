// Package scanner runs one scan: it walks sources, matches what they hold
// against the detectors, locates what was found, groups it by credential, asks
// Cloudflare about it if it may, and hands the findings to a report, sorted.
//
// Bytes are many, hits are few. Matching runs in the goroutines of the source
// that reads, on its buffers; all after it works on short slices, one step
// after the other, and but for what Cloudflare answers is deterministic.
package scanner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
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

// maxFarther is about how many ids and addresses are kept that stand in the same
// content as a credential and not beside it: no more are tried.
const maxFarther = 6

// A Scan describes one run. Sources, Detectors and Sink must be set.
type Scan struct {
	Sources       []source.Source
	Detectors     []*detectors.Detector
	Sink          report.Sink
	Run           report.Run        // what the report says of the run; Rules is filled in
	MinConfidence secret.Confidence // findings below it are left out; 0 leaves out none
	ShowRejected  bool              // list rejected candidates in the receipt

	// Ignore says which findings do not count. If it is nil, all do.
	Ignore *ignore.List

	// Verify asks Cloudflare about what is reported and counts. It is nil if
	// nobody is asked.
	Verify *Verification

	// Progress is told of each source before it is walked. It may be nil.
	Progress func(source.Source)

	// Matched is told of each match that is no rejected candidate, one at a time,
	// with the mark on its line: as it is made, before it is known where it stands
	// and whether it counts. It may be nil, and is to return soon.
	Matched func(b source.Blob, m detectors.Match, mark string)

	set *detectors.Set
}

// Execute walks the sources and those found in them, each once, and reports
// each distinct credential once. When ctx ends, what has been found until then
// is reported all the same, with a receipt that says so. An error is one of the
// sink, or of a scan that cannot go on.
func (s *Scan) Execute(ctx context.Context) (report.Report, error) {
	s.set = detectors.NewSet(append(slices.Clip(s.Detectors), packedText)...)
	run := s.Run
	run.Targets = slices.Clone(run.Targets)
	for _, d := range s.Detectors {
		run.Rules = append(run.Rules, report.Rule{
			ID: d.ID, Title: d.Title, Description: d.Description, Advice: d.Advice,
			HelpURL: d.HelpURL, Severity: d.Severity, Confidence: d.Confidence, Rollable: d.Rollable, Rotatable: d.Rotatable,
		})
	}
	found, walkErr := s.walk(ctx)
	if walkErr != nil && !isDone(walkErr) {
		return report.Report{}, walkErr
	}
	// Only now is it known what is a secret in the strings that are shown.
	r := s.redactor(found)
	for i, target := range s.Run.Targets {
		run.Targets[i] = r.redact(target)
	}
	findings, secrets, shown := s.findings(found, r)
	if s.Ignore != nil {
		s.suppress(found, findings, secrets, r)
	}
	if s.Verify != nil {
		s.verify(ctx, findings, secrets, r)
	}
	report.Sort(findings)
	whole := report.Report{Run: run, Findings: findings, Receipt: s.receipt(found, shown, r)}
	whole.Receipt.Interrupted = walkErr != nil
	whole.Receipt.Complete = whole.Receipt.Complete && walkErr == nil
	s.recordIgnored(&whole, r)
	whole.Receipt.Duration = time.Since(run.StartedAt)
	return whole, whole.Write(s.Sink)
}

func isDone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

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
			s.set.Matches(c.Data, detectors.Span(c.Own), func(m detectors.Match) {
				if m.Detector == packedText {
					notePacked(c, m)
					return
				}
				if c.Found != nil && m.Rejected == "" {
					*c.Found = true
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
		// not cut off with the walk.
		if err := locate(context.WithoutCancel(ctx), src, w); err != nil {
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
	if len(w.hits) == 0 {
		return nil
	}
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
			ls = slices.DeleteFunc(ls, func(l source.Location) bool { return !detectors.PathNames(l.Path) })
		}
		w.hits[i].locations = ls
	}
	return nil
}

// findings groups the hits by credential, and returns apart the credentials
// themselves and the rejected candidates that were kept.
func (s *Scan) findings(h *harvest, r *redactor) ([]report.Finding, map[credential]found, []report.Rejected) {
	var (
		index    = make(map[credential]int)
		secrets  = make(map[credential]found)
		farther  = make(map[credential]companions) // less likely than what stands beside it anywhere
		findings []report.Finding
		rejected []report.Rejected
	)
	for _, w := range h.sources {
		for _, x := range w.hits {
			m := x.match
			if len(x.locations) == 0 {
				continue
			}
			var locations []report.Location
			for _, l := range x.locations {
				locations = append(locations, r.location(l))
			}
			if m.Rejected != "" {
				rejected = append(rejected, report.Rejected{
					Rule: m.Detector.ID, Masked: m.Secret.Mask(), Reason: m.Rejected, Location: locations[0],
				})
				continue
			}
			k := credential{m.Detector.ID, m.Secret.Fingerprint()}
			i, ok := index[k]
			if !ok {
				i = len(findings)
				index[k] = i
				findings = append(findings, report.Finding{
					Rule: m.Detector.ID, Title: m.Detector.Title, Fingerprint: k.fingerprint,
					Masked: m.Secret.Mask(), Status: secret.Unchecked, Encoding: m.Encoding,
				})
			}
			f := &findings[i]
			secrets[k] = found{m.Secret, cmp.Or(secrets[k].jurisdiction, m.Jurisdiction)}
			if m.Encoding == "plain" {
				f.Encoding = m.Encoding
			}
			if m.Confidence > f.Confidence {
				f.Confidence, f.Reason = m.Confidence, m.Reason
			}
			f.KeyID = cmp.Or(f.KeyID, r.redact(m.PublicID))
			f.AccountIDs = union(f.AccountIDs, m.AccountIDs)
			f.Emails = union(f.Emails, r.harmless(m.Emails))
			if w := farther[k]; len(w.accounts)+len(w.emails) < maxFarther {
				farther[k] = companions{union(w.accounts, x.around.accounts), union(w.emails, x.around.emails)}
			}
			f.Locations = append(f.Locations, locations...)
		}
	}
	for k, i := range index {
		f := &findings[i]
		f.AccountIDs = union(f.AccountIDs, farther[k].accounts)
		f.Emails = union(f.Emails, r.harmless(farther[k].emails))
		if len(f.AccountIDs) > 0 {
			f.AccountID = f.AccountIDs[0]
		}
	}
	for i := range findings {
		if f := &findings[i]; f.Rule == detectors.R2Key.ID {
			f.TokenID = f.KeyID // Cloudflare says so
		}
	}
	derive(findings, secrets)
	findings = slices.DeleteFunc(findings, func(f report.Finding) bool { return f.Confidence < s.MinConfidence })
	for i := range findings {
		findings[i].Locations = distinct(findings[i].Locations)
	}
	return findings, secrets, rejected
}

// union appends to a the strings of b that it does not hold.
func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// distinct removes locations that are told twice: a file scanned through two
// targets.
func distinct(ls []report.Location) []report.Location {
	type place struct {
		kind, repository, path, commit, blob, part string
		offset                                     int64
	}
	seen := make(map[place]bool, len(ls))
	return slices.DeleteFunc(ls, func(l report.Location) bool {
		p := place{l.Kind, l.Repository, l.Path, l.Commit, l.Blob, l.Part, l.Offset}
		if seen[p] {
			return true
		}
		seen[p] = true
		return false
	})
}

// receipt adds up the coverage of the sources.
func (s *Scan) receipt(h *harvest, shown []report.Rejected, r *redactor) report.Receipt {
	rc := report.Receipt{Complete: true, Examples: shown}
	empty, unopened := false, int64(0)
	for _, w := range h.sources {
		c := w.coverage
		empty = empty || c.Empty
		unopened += c.Unopened
		read := report.Receipt{
			Complete: c.FaultsMore == 0,
			Files:    c.Files, Repositories: c.Repositories, Objects: c.Objects, Commits: c.Commits, Bytes: c.Bytes,
			SkippedMore: c.SkippedMore,
		}
		for _, k := range c.Skipped {
			read.Complete = read.Complete && !k.Fault
			read.Skipped = append(read.Skipped, report.Skip{Path: r.redact(k.Path), Reason: r.redact(k.Reason), Fault: k.Fault})
		}
		rc.Add(read)
	}
	fault := func(reason string, of ...any) { // of the scan as a whole
		rc.Complete = false
		rc.Skipped = append(rc.Skipped, report.Skip{
			Path:   r.redact(strings.Join(s.Run.Targets, ", ")),
			Reason: fmt.Sprintf(reason, of...),
			Fault:  true,
		})
	}
	if h.dropped > 0 {
		fault("more than %d matches: %d further ones are not reported", maxHits, h.dropped)
	}
	if unopened > 0 {
		fault("all archives together are more, unpacked, than may be: %d were matched as the bytes they are (--archive-size)", unopened)
	}
	if rc.Files == 0 && rc.Objects == 0 && !empty {
		rc.Complete = false // nothing was read
	}
	slices.SortFunc(rc.Skipped, func(a, b report.Skip) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason))
	})
	for k, n := range h.rejected {
		rc.Rejected = append(rc.Rejected, report.RejectedCount{Rule: k.rule, Reason: k.reason, Count: n})
	}
	slices.SortFunc(rc.Rejected, func(a, b report.RejectedCount) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Reason, b.Reason))
	})
	return rc
}
