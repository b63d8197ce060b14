package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// suppressed says in words why a finding does not count.
func suppressed(s Suppression) string {
	var text string
	switch s.By {
	case ByMark:
		text = "by " + cmp.Or(s.Reason, "a mark") + " at " + s.Where
	case ByBaseline:
		text = joined("by the baseline "+s.Where, s.Reason)
	default:
		text = joined("by "+s.Where, s.Reason)
	}
	if !s.Until.IsZero() { // which is midnight after the last day
		text += ", until " + lastDay(s.Until)
	}
	return text
}

// writeSuppressed writes how many findings do not count and who said so, and
// what of that is of no use.
func writeSuppressed(b *strings.Builder, rc Receipt, opt TextOptions) {
	const most = 10
	if n := suppressedCount(rc); n > 0 {
		by := map[string]int64{}
		for _, s := range rc.Suppressed {
			switch s.By {
			case ByMark:
				by["by marks"] += s.Count
			case ByBaseline:
				by["by baselines"] += s.Count
			default:
				by["by ignore files"] += s.Count
			}
		}
		fmt.Fprintf(b, "%s suppressed (%s)", count(n, "finding is", "findings are"), tally(by))
		if !opt.ShowSuppressed {
			b.WriteString(": --show-suppressed lists them")
		}
		b.WriteString(".\n")
	}
	for _, e := range rc.Idle[:min(most, len(rc.Idle))] {
		fmt.Fprintf(b, "Suppresses nothing: %s: %s\n", e.Where, e.Why)
	}
	if more := int64(len(rc.Idle) - most); more > 0 {
		fmt.Fprintf(b, "  and %s more\n", grouped(more))
	}
}

// CountSuppressed counts what does not count, by who decided that, sorted.
func CountSuppressed(findings []Finding) []SuppressedCount {
	by := map[string]int64{}
	for _, f := range findings {
		if f.Suppressed != nil {
			by[f.Suppressed.By]++
		}
	}
	var counts []SuppressedCount
	for _, who := range slices.Sorted(maps.Keys(by)) {
		counts = append(counts, SuppressedCount{By: who, Count: by[who]})
	}
	return counts
}

// suppressedCount returns how many findings do not count.
func suppressedCount(rc Receipt) (n int64) {
	for _, s := range rc.Suppressed {
		n += s.Count
	}
	return n
}

// lastDay returns the last day on which a suppression holds that ends at t.
func lastDay(t time.Time) string { return t.UTC().Add(-1).Format(time.DateOnly) }
