package report

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Sort puts findings into the order of reports, and the locations of each
// likewise, so that a report depends on what was found and not on the order in
// which it was found.
//
// Findings are ordered by what needs a person first: those that count before the
// suppressed; then known to work before not known before known not to; then
// riskier before less risky; then surer before less sure; then what stands in
// files or in HEAD before what is only in history; then by rule, by first
// location, and by fingerprint.
//
// Locations are ordered: files, standard input, the index, git, and the files of
// git directories. Within git: in HEAD before not in HEAD, reachable before
// unreachable, then older before newer, so that the first location in history
// tells since when the credential has been out. The rest goes by path, line and
// column.
func Sort(findings []Finding) {
	for _, f := range findings {
		slices.SortStableFunc(f.Locations, compareLocations)
	}
	slices.SortStableFunc(findings, compareFindings)
}

func compareFindings(a, b Finding) int {
	if c := cmp.Or(
		trueFirst(a.Suppressed == nil, b.Suppressed == nil),
		cmp.Compare(urgency(a.Status), urgency(b.Status)),
		cmp.Compare(danger(a.Identity), danger(b.Identity)),
		cmp.Compare(b.Confidence, a.Confidence),
		trueFirst(isCurrent(a), isCurrent(b)),
		strings.Compare(a.Rule, b.Rule),
	); c != 0 {
		return c
	}
	if len(a.Locations) > 0 && len(b.Locations) > 0 {
		if c := comparePlaces(a.Locations[0], b.Locations[0]); c != 0 {
			return c
		}
	}
	return cmp.Or(
		trueFirst(len(a.Locations) > 0, len(b.Locations) > 0),
		bytes.Compare(a.Fingerprint[:], b.Fingerprint[:]),
	)
}

func compareLocations(a, b Location) int {
	return cmp.Or(
		cmp.Compare(nearness(a), nearness(b)),
		trueFirst(a.InHead, b.InHead),
		trueFirst(a.Reachable, b.Reachable),
		compareDates(a.Date, b.Date),
		comparePlaces(a, b),
	)
}

// comparePlaces orders locations by where they are, whatever they are.
func comparePlaces(a, b Location) int {
	return cmp.Or(
		strings.Compare(a.Repository, b.Repository),
		strings.Compare(a.Path, b.Path),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Offset, b.Offset),
		strings.Compare(a.Part, b.Part),
		strings.Compare(a.Commit, b.Commit),
		strings.Compare(a.Blob, b.Blob),
		cmp.Compare(nearness(a), nearness(b)),
	)
}

// compareDates orders dates, the unknown one last.
func compareDates(a, b time.Time) int {
	return cmp.Or(trueFirst(!a.IsZero(), !b.IsZero()), a.Compare(b))
}

// trueFirst orders true before false.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// danger is smaller the more can be done with a credential.
func danger(i *Identity) int {
	if i == nil {
		return len(risks)
	}
	if n := slices.Index(risks[:], i.Risk); n >= 0 {
		return n
	}
	return len(risks)
}

// risks are in the order of reports: what is not known may be anything.
var risks = [...]Risk{Critical, HighRisk, UnknownRisk, MediumRisk, LowRisk}

// urgency is smaller the sooner a status needs a person.
func urgency(s secret.Status) int {
	switch s {
	case secret.Active:
		return 0
	case secret.Disabled, secret.Expired:
		return 2
	case secret.Invalid:
		return 3
	}
	return 1
}

// nearness is smaller the nearer a location is to what people edit. Git's own
// notes, like reflogs, repeat what is in the history and come last.
func nearness(l Location) int {
	if l.Kind == kindFile && strings.Contains("/"+l.Path, "/.git/") {
		return len(kinds)
	}
	return slices.Index(kinds[:], l.Kind)
}

var kinds = [...]string{kindFile, kindStdin, kindIndex, kindGit}
