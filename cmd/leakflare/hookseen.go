package main

import (
	"slices"
	"strings"
	"sync"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
)

// Sightings are what a scan has matched so far, for when it does not come to an
// end. Where that stands is looked up after all is read, and so is not known.
type sightings struct {
	mu  sync.Mutex
	all []sighting
}

// A sighting is one match.
type sighting struct {
	detectors.Match
	place   ignore.Place // as far as it is known
	ignored *ignore.List // may be nil
}

// note returns what notes the matches of a scan.
func (s *sightings) note(ignored *ignore.List) func(source.Blob, detectors.Match, string) {
	return func(b source.Blob, m detectors.Match, mark string) {
		if m.ByPath && !detectors.PathNames(b.Path) {
			return
		}
		// Git runs hooks in the repository. Which mark is that of an archive is not known.
		place := ignore.Place{Location: report.Location{Repository: ".", Path: b.Path}, Mark: mark}
		if file, _, inside := strings.Cut(b.Path, "!"); inside {
			place.Container = file
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, sighting{m, place, ignored})
	}
}

// findings returns the findings of what was matched so far, without the places, and
// their rules.
func (s *sightings) findings(least secret.Confidence) (findings []report.Finding, rules []report.Rule) {
	var groups scanner.Groups
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.all {
		if x.Confidence < least {
			continue
		}
		var why *report.Suppression
		if x.ignored != nil {
			why = x.ignored.Suppress(x.Secret, []ignore.Place{x.place})
		}
		known := len(groups.Findings)
		f := groups.Add(x.Match)
		if why == nil || len(groups.Findings) > known {
			f.Suppressed = why // it counts if it does at one place
		}
		if !slices.ContainsFunc(rules, func(r report.Rule) bool { return r.ID == f.Rule }) {
			rules = append(rules, scanner.RuleOf(x.Detector))
		}
	}
	findings = groups.Findings
	report.Sort(findings)
	slices.SortFunc(rules, func(a, b report.Rule) int { return strings.Compare(a.ID, b.ID) })
	return findings, rules
}

// soFar returns what has been found until now, as the outcome of a hook that did not
// end: whose time was up, or that failed.
func (h *hookRun) soFar(what string, late bool) (outcome, error) {
	o := outcome{what: what, where: "in what was read so far"}
	o.Receipt.Interrupted = late
	var least secret.Confidence
	if err := least.UnmarshalText([]byte(h.scan.minConfidence)); err != nil {
		return o, err
	}
	o.Findings, o.Run.Rules = h.seen.findings(least)
	var text strings.Builder
	sink := report.NewText(&text, report.TextOptions{Color: colored("auto", h.std.err)})
	err := o.Report.Write(sink)
	o.report = text.String()
	return o, err
}
