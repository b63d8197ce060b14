// Package scanner runs one scan: it walks sources, matches what they hold
// against the detectors, locates what was found, groups it by credential, asks
// Cloudflare about it if it may, and hands the findings to a report, sorted.
//
// Bytes are many, hits are few. Matching runs in the goroutines of the source
// that reads, on its buffers; all after it works on short slices, one step
// after the other, and but for what Cloudflare answers is deterministic.
package scanner

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
)

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
}

// Execute walks the sources and those found in them, each once, and reports
// each distinct credential once. When ctx ends, what has been found until then
// is reported all the same, with a receipt that says so. An error is one of the
// sink, or of a scan that cannot go on.
func (s *Scan) Execute(ctx context.Context) (report.Report, error) {
	run := s.Run
	run.Targets = slices.Clone(run.Targets)
	for _, d := range s.Detectors {
		run.Rules = append(run.Rules, RuleOf(d))
	}
	h, walkErr := s.walk(ctx)
	if walkErr != nil && !isDone(walkErr) {
		return report.Report{}, walkErr
	}
	// Only now is it known what is a secret in the strings that are shown.
	r := s.redactor(h)
	for i, target := range s.Run.Targets {
		run.Targets[i] = r.redact(target)
	}
	findings, secrets, shown := s.findings(h, r)
	if s.Ignore != nil {
		s.suppress(h, findings, secrets, r)
	}
	if s.Verify != nil {
		s.verify(ctx, findings, secrets, r)
	}
	report.Sort(findings)
	whole := report.Report{Run: run, Findings: findings, Receipt: s.receipt(h, shown, r)}
	whole.Receipt.Interrupted = walkErr != nil
	whole.Receipt.Complete = whole.Receipt.Complete && walkErr == nil
	s.recordIgnored(&whole, r)
	whole.Receipt.Duration = time.Since(run.StartedAt)
	return whole, whole.Write(s.Sink)
}

// RuleOf returns what a report says of the credentials that d finds.
func RuleOf(d *detectors.Detector) report.Rule {
	return report.Rule{
		ID: d.ID, Title: d.Title, Description: d.Description, Advice: d.Advice,
		HelpURL: d.HelpURL, Severity: d.Severity, Confidence: d.Confidence, Rollable: d.Rollable, Rotatable: d.Rotatable,
	}
}

// isDone reports whether err says that the context has ended.
func isDone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
