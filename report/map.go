package report

import (
	"slices"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Strings of a report are replaced one for one: when it is written, read again, or
// shown in part. What is returned shares nothing with what was given.

// Map returns a copy of r with each string in it replaced by fn of it.
func (r Report) Map(fn func(string) string) Report {
	r.Run.Version = fn(r.Run.Version)
	r.Run.Targets = mapStrings(r.Run.Targets, fn)
	r.Run.Rules = slices.Clone(r.Run.Rules)
	for i := range r.Run.Rules {
		rule := &r.Run.Rules[i]
		for _, s := range []*string{&rule.ID, &rule.Title, &rule.Description, &rule.Advice, &rule.HelpURL} {
			*s = fn(*s)
		}
	}
	findings := make([]Finding, len(r.Findings))
	for i, f := range r.Findings {
		findings[i] = mapFinding(f, fn)
	}
	r.Findings, r.Receipt = findings, mapReceipt(r.Receipt, fn)
	return r
}

// copyOf returns a copy of f that shares nothing with it.
func copyOf(f Finding) Finding { return mapFinding(f, func(s string) string { return s }) }

// mapFinding returns a copy of f that shares nothing with it, each string that
// may come out of scanned content replaced by fn of it.
func mapFinding(f Finding, fn func(string) string) Finding {
	for _, s := range []*string{&f.Rule, &f.Title, &f.Masked, &f.Reason, &f.StatusDetail, &f.Encoding, &f.KeyID, &f.TokenID, &f.TokenOf, &f.Owner, &f.AccountID, &f.DerivedFrom} {
		*s = fn(*s)
	}
	f.Status = secret.Status(fn(string(f.Status)))
	f.AccountIDs = mapStrings(f.AccountIDs, fn)
	f.Emails = mapStrings(f.Emails, fn)
	if f.Identity != nil {
		i := *f.Identity
		i.Risk = Risk(fn(string(i.Risk)))
		i.RiskReason, i.Name, i.Note = fn(i.RiskReason), fn(i.Name), fn(i.Note)
		i.Reaches, i.FromIPs, i.NotFromIPs = mapStrings(i.Reaches, fn), mapStrings(i.FromIPs, fn), mapStrings(i.NotFromIPs, fn)
		f.Identity = &i
	}
	if f.Suppressed != nil {
		s := *f.Suppressed
		s.By, s.Where, s.Reason = fn(s.By), fn(s.Where), fn(s.Reason)
		f.Suppressed = &s
	}
	locations := make([]Location, len(f.Locations))
	for i, l := range f.Locations {
		locations[i] = mapLocation(l, fn)
	}
	f.Locations = locations
	return f
}

// mapLocation is mapFinding for a location.
func mapLocation(l Location, fn func(string) string) Location {
	for _, s := range []*string{&l.Kind, &l.Path, &l.Container, &l.Part, &l.Repository, &l.Blob, &l.Commit, &l.Author, &l.Email, &l.Summary} {
		*s = fn(*s)
	}
	l.Refs = mapStrings(l.Refs, fn)
	return l
}

// mapReceipt is mapFinding for a receipt.
func mapReceipt(rc Receipt, fn func(string) string) Receipt {
	skipped := make([]Skip, len(rc.Skipped))
	for i, s := range rc.Skipped {
		s.Path, s.Reason = fn(s.Path), fn(s.Reason)
		skipped[i] = s
	}
	rejected := make([]RejectedCount, len(rc.Rejected))
	for i, r := range rc.Rejected {
		rejected[i] = RejectedCount{Rule: fn(r.Rule), Reason: fn(r.Reason), Count: r.Count}
	}
	examples := make([]Rejected, len(rc.Examples))
	for i, r := range rc.Examples {
		examples[i] = Rejected{Rule: fn(r.Rule), Masked: fn(r.Masked), Reason: fn(r.Reason), Location: mapLocation(r.Location, fn)}
	}
	var suppressed []SuppressedCount
	for _, s := range rc.Suppressed {
		suppressed = append(suppressed, SuppressedCount{By: fn(s.By), Count: s.Count})
	}
	var idle []IdleEntry
	for _, e := range rc.Idle {
		idle = append(idle, IdleEntry{Where: fn(e.Where), Why: fn(e.Why)})
	}
	rc.Skipped, rc.Rejected, rc.Examples, rc.Suppressed, rc.Idle = skipped, rejected, examples, suppressed, idle
	return rc
}

// mapStrings returns fn of each of in, nil for nil.
func mapStrings(in []string, fn func(string) string) []string {
	if in == nil {
		return nil
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = fn(s)
	}
	return out
}
