package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Merge makes one report of several: a credential that is in more than one is
// one finding, with the places of all. What reports say differently is as in the
// one that was begun last, but that a credential is known to work or not to is
// not forgotten for a report that could not tell, and that it counts not for one
// in which it was suppressed. The findings are sorted.
func Merge(reports ...Report) Report {
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b Report) int { return a.Run.StartedAt.Compare(b.Run.StartedAt) })
	type credential struct {
		rule  string
		print secret.Fingerprint
	}
	var merged Report
	at := map[credential]int{}
	for i, r := range reports {
		merged.Run = mergeRuns(merged.Run, r.Run)
		if i == 0 {
			merged.Receipt = r.Receipt
		} else {
			merged.Receipt = mergeReceipts(merged.Receipt, r.Receipt)
		}
		for _, f := range r.Findings {
			key := credential{f.Rule, f.Fingerprint}
			if j, known := at[key]; known {
				merged.Findings[j] = mergeFindings(merged.Findings[j], f)
				continue
			}
			at[key] = len(merged.Findings)
			merged.Findings = append(merged.Findings, copyOf(f))
		}
	}
	for i, f := range merged.Findings {
		merged.Findings[i].Locations = mergeLocations(nil, f.Locations)
	}
	Sort(merged.Findings)
	merged.Receipt.Suppressed = CountSuppressed(merged.Findings)
	return merged
}

// mergeFindings returns the finding that older and newer are of one credential.
func mergeFindings(older, newer Finding) Finding {
	f := newer
	if older.Confidence > newer.Confidence {
		f.Confidence, f.Reason = older.Confidence, older.Reason
	}
	if knowledge(older.Status) > knowledge(newer.Status) {
		f.Status, f.StatusDetail = older.Status, older.StatusDetail
	}
	if older.Encoding == "plain" {
		f.Encoding = older.Encoding
	}
	if f.Identity == nil {
		f.Identity = older.Identity
	}
	if older.Suppressed == nil {
		f.Suppressed = nil
	}
	f.KeyID = cmp.Or(newer.KeyID, older.KeyID)
	f.TokenID = cmp.Or(newer.TokenID, older.TokenID)
	f.TokenOf = cmp.Or(newer.TokenOf, older.TokenOf)
	f.Owner = cmp.Or(newer.Owner, older.Owner)
	f.AccountID = cmp.Or(newer.AccountID, older.AccountID)
	f.DerivedFrom = cmp.Or(newer.DerivedFrom, older.DerivedFrom)
	f.Derives = cmp.Or(newer.Derives, older.Derives)
	f.AccountIDs = union(newer.AccountIDs, older.AccountIDs)
	f.Emails = union(newer.Emails, older.Emails)
	f.Locations = mergeLocations(older.Locations, newer.Locations)
	return f
}

// knowledge is greater the more a status tells.
func knowledge(s secret.Status) int {
	switch s {
	case secret.Unchecked, "":
		return 0
	case secret.Unknown:
		return 1
	}
	return 2
}

// mergeLocations returns the places in both, each once, as newer has it: what
// was in HEAD may no longer be.
func mergeLocations(older, newer []Location) []Location {
	type place struct {
		kind, repository, path, part, blob, commit string
		line, column                               int
		offset                                     int64
	}
	var all []Location
	at := map[place]int{}
	for _, l := range slices.Concat(older, newer) {
		key := place{l.Kind, l.Repository, l.Path, l.Part, l.Blob, l.Commit, l.Line, l.Column, l.Offset}
		if i, known := at[key]; known {
			all[i] = l
			continue
		}
		at[key] = len(all)
		all = append(all, l)
	}
	return all
}

// mergeRuns returns the run that older and newer are parts of.
func mergeRuns(older, newer Run) Run {
	r := newer
	r.Version = cmp.Or(newer.Version, older.Version)
	r.Targets = union(older.Targets, newer.Targets)
	if !older.StartedAt.IsZero() {
		r.StartedAt = older.StartedAt
	}
	r.Rules = slices.Clone(newer.Rules)
	for _, rule := range older.Rules {
		if !slices.ContainsFunc(newer.Rules, func(n Rule) bool { return n.ID == rule.ID }) {
			r.Rules = append(r.Rules, rule)
		}
	}
	return r
}

// mergeReceipts returns the receipt of both scans.
func mergeReceipts(a, b Receipt) Receipt {
	sum := a
	sum.Skipped, sum.Rejected = slices.Clone(a.Skipped), slices.Clone(a.Rejected)
	sum.Examples, sum.Idle = slices.Clone(a.Examples), slices.Clone(a.Idle)
	sum.Add(b)
	slices.SortStableFunc(sum.Skipped, func(a, b Skip) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason), trueFirst(a.Fault, b.Fault), trueFirst(a.Closed, b.Closed))
	})
	sum.Skipped = slices.Compact(sum.Skipped)
	return sum
}

// union returns the elements of both, each once, those of first first; nil for
// none.
func union(first, second []string) []string {
	var all []string
	for _, s := range slices.Concat(first, second) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
