package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Clean returns s in a form that is safe on a terminal, in the log of a CI
// system and in a JSON string. What comes out of scanned content (paths, names
// of authors and refs, messages) may hold anything, and every format writes it
// through clean.
//
// Bytes that are not part of valid UTF-8, and characters that are not visible
// (control characters and with them escape sequences and newlines, formatting
// characters and with them changes of direction), are written as \x and two
// lower-case hexadecimal digits a byte. So is the first byte of what a CI
// system takes for a command: "::" at the beginning of a line, and "##name["
// anywhere in it. A backslash that would read as such an escape is escaped
// itself, so that different strings stay different, and unclean restores them.
func Clean(s string) string {
	var b strings.Builder
	done := 0 // s[:done] is in b
	for i := 0; i < len(s); {
		n := escapable(s, i)
		if n == 0 {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
			continue
		}
		b.WriteString(s[done:i])
		for range n {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			i++
		}
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// escapable returns how many bytes of s from i on must be escaped, 0 for none.
func escapable(s string, i int) int {
	switch rest := s[i:]; rest[0] {
	case '\\':
		if escaped(rest) {
			return 1
		}
	case ':':
		// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
		if i == 0 && strings.HasPrefix(rest, "::") {
			return 1
		}
	case '#':
		// ##[…] of GitHub, ##vso[…] of Azure Pipelines, ##teamcity[…]
		name, isDouble := strings.CutPrefix(rest, "##")
		if isDouble && strings.HasPrefix(strings.TrimLeftFunc(name, unicode.IsLetter), "[") {
			return 1
		}
	default:
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 || !unicode.IsGraphic(r) {
			return size
		}
	}
	return 0
}

// escaped reports whether s begins with an escape as clean writes it.
func escaped(s string) bool {
	return len(s) >= 4 && s[0] == '\\' && s[1] == 'x' && isHex(s[2]) && isHex(s[3])
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

// unclean returns the string that clean was given.
func unclean(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if !escaped(s[i:]) {
			b = append(b, s[i])
			i++
			continue
		}
		b = append(b, unhex(s[i+2])<<4|unhex(s[i+3]))
		i += 4
	}
	return string(b)
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}

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

// cleanFinding returns a copy of f that every format can write.
func cleanFinding(f Finding) Finding {
	f = mapFinding(f, Clean)
	for i := range f.Locations {
		f.Locations[i].Date = writable(f.Locations[i].Date)
	}
	if i := f.Identity; i != nil {
		for _, t := range []*time.Time{&i.IssuedOn, &i.ModifiedOn, &i.LastUsedOn, &i.ExpiresOn, &i.NotBefore} {
			*t = writable(*t)
		}
	}
	if f.Suppressed != nil {
		f.Suppressed.Until = writable(f.Suppressed.Until)
	}
	return f
}

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

func mapLocation(l Location, fn func(string) string) Location {
	for _, s := range []*string{&l.Kind, &l.Path, &l.Part, &l.Repository, &l.Blob, &l.Commit, &l.Author, &l.Email, &l.Summary} {
		*s = fn(*s)
	}
	l.Refs = mapStrings(l.Refs, fn)
	return l
}

// mapReceipt is mapFinding for a receipt.
func mapReceipt(rc Receipt, fn func(string) string) Receipt {
	skipped := make([]Skip, len(rc.Skipped))
	for i, s := range rc.Skipped {
		skipped[i] = Skip{Path: fn(s.Path), Reason: fn(s.Reason), Fault: s.Fault}
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

// writable returns t if RFC 3339 can express it, and the zero time otherwise.
// The dates of commits are whatever their authors wrote, and encoding/json
// refuses a whole report for one year beyond 9999.
func writable(t time.Time) time.Time {
	if _, err := t.MarshalText(); err == nil {
		return t
	}
	t = t.UTC() // it may have been the zone
	if _, err := t.MarshalText(); err == nil {
		return t
	}
	return time.Time{}
}
