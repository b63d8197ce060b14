package scanner

import (
	"cmp"
	"slices"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// maxFarther is about how many ids and addresses are kept that stand in the same
// content as a credential and not beside it: no more are tried.
const maxFarther = 6

// Groups gather matches into findings, one for each distinct credential. The zero Groups
// have none.
type Groups struct {
	Findings []report.Finding // in the order of their first matches, without locations
	at       map[credential]int
}

// Add adds a match, and returns the finding that it is of, until the next call.
func (g *Groups) Add(m detectors.Match) *report.Finding {
	k := credential{m.Detector.ID, m.Secret.Fingerprint()}
	i, known := g.at[k]
	if !known {
		if g.at == nil {
			g.at = make(map[credential]int)
		}
		i = len(g.Findings)
		g.at[k] = i
		g.Findings = append(g.Findings, report.Finding{
			Rule: m.Detector.ID, Title: m.Detector.Title, Fingerprint: k.fingerprint,
			Masked: m.Secret.Mask(), Status: secret.Unchecked, Encoding: m.Encoding,
		})
	}
	f := &g.Findings[i]
	if m.Encoding == "plain" {
		f.Encoding = m.Encoding
	}
	if m.Confidence > f.Confidence {
		f.Confidence, f.Reason = m.Confidence, m.Reason
	}
	return f
}

// findings groups the hits by credential, and returns apart the credentials
// themselves and the rejected candidates that were kept.
func (s *Scan) findings(h *harvest, r *redactor) ([]report.Finding, map[credential]found, []report.Rejected) {
	var (
		groups   Groups
		secrets  = make(map[credential]found)
		farther  = make(map[credential]companions) // less likely than what stands beside it anywhere
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
			f := groups.Add(m)
			secrets[k] = found{m.Secret, cmp.Or(secrets[k].jurisdiction, m.Jurisdiction)}
			f.KeyID = cmp.Or(f.KeyID, r.redact(m.PublicID))
			f.AccountIDs = union(f.AccountIDs, m.AccountIDs)
			f.Emails = union(f.Emails, r.harmless(m.Emails))
			if w := farther[k]; len(w.accounts)+len(w.emails) < maxFarther {
				farther[k] = companions{union(w.accounts, x.around.accounts), union(w.emails, x.around.emails)}
			}
			f.Locations = append(f.Locations, locations...)
		}
	}
	findings := groups.Findings
	for i := range findings {
		f := &findings[i]
		k := credential{f.Rule, f.Fingerprint}
		f.AccountIDs = union(f.AccountIDs, farther[k].accounts)
		f.Emails = union(f.Emails, r.harmless(farther[k].emails))
		if len(f.AccountIDs) > 0 {
			f.AccountID = f.AccountIDs[0]
		}
		if f.Rule == detectors.R2Key.ID {
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
