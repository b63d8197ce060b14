package scanner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/report"
)

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
			k.Path, k.Reason = r.redact(k.Path), r.redact(k.Reason)
			read.Skipped = append(read.Skipped, report.Skip(k))
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
