package scanner

import (
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
)

// mark returns the mark on the line of a match.
func (s *Scan) mark(c source.Chunk, m detectors.Match) string {
	if s.Ignore == nil || m.Rejected != "" {
		return ""
	}
	wide := strings.HasPrefix(m.Encoding, "utf-16") || strings.HasPrefix(m.Encoding, "utf-32")
	return ignore.Mark(c.Data, m.Span.Start, detectors.Reach, wide)
}

// suppress notes which findings do not count.
func (s *Scan) suppress(h *harvest, findings []report.Finding, secrets map[credential]found, r *redactor) {
	places := make(map[credential][]ignore.Place)
	for _, w := range h.sources {
		for _, x := range w.hits {
			if x.match.Rejected != "" {
				continue
			}
			k := credential{x.match.Detector.ID, x.match.Secret.Fingerprint()}
			for _, l := range x.locations {
				places[k] = append(places[k], ignore.Place{Location: report.Location(l), Mark: x.mark})
			}
		}
	}
	for i := range findings {
		f := &findings[i]
		k := credential{f.Rule, f.Fingerprint}
		f.Suppressed = s.Ignore.Suppress(secrets[k].value, places[k])
		if why := f.Suppressed; why != nil {
			why.Where, why.Reason = r.redact(why.Where), r.redact(why.Reason)
		}
	}
}

// recordIgnored notes in a receipt what was suppressed, and what of the ignore
// files and baselines is of no use.
func (s *Scan) recordIgnored(whole *report.Report, r *redactor) {
	if s.Ignore == nil {
		return
	}
	whole.Receipt.Suppressed = report.CountSuppressed(whole.Findings)
	for _, e := range s.Ignore.Idle(whole.Receipt.Complete) {
		whole.Receipt.Idle = append(whole.Receipt.Idle, report.IdleEntry{Where: r.redact(e.Where), Why: e.Why})
	}
}
