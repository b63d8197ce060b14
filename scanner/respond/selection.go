package respond

import (
	"context"
	"fmt"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// A Selection says which of some leaked credentials can be acted on, and why the
// others cannot.
type Selection struct {
	Targets []Target
	LeftOut []LeftOut

	leaked     map[string]secret.Value // values that were given, by the id of the token
	unresolved []report.Finding        // of which it is still to be found out what they are of
}

// Unresolved reports whether something is still to be found out about some of
// them: see [Agent.Resolve].
func (s Selection) Unresolved() bool { return len(s.unresolved) > 0 }

// A LeftOut is a credential that no plan can be made for.
type LeftOut struct {
	What    string // its kind and its mask
	Why     string
	MayWork bool // so that something is still to be done about it
}

// Unsettled reports whether a credential may work that is left out.
func (s Selection) Unsettled() bool {
	for _, l := range s.LeftOut {
		if l.MayWork {
			return true
		}
	}
	return false
}

// Leaked returns the leaked value of a target, if it was given.
func (s Selection) Leaked(t Target) (secret.Value, bool) {
	v, ok := s.leaked[t.TokenID]
	return v, ok
}

func (s *Selection) leaveOut(title, masked string, status secret.Status, why string) {
	mayWork := status == secret.Active || status == secret.Unknown || status == secret.Unchecked
	s.LeftOut = append(s.LeftOut, LeftOut{title + " " + masked, why, mayWork})
}

// Reported selects among the findings of reports. What an earlier run began
// with, see [Unfinished], is selected whatever the report says: its leaked value
// may be dead by now, and is of no use for finding out more.
func Reported(findings []report.Finding, begun []Target) Selection {
	var s Selection
	open := byLeaked(begun)
	for _, f := range findings {
		if t, ok := open[f.Fingerprint]; ok {
			t.Title, t.Masked = f.Title, f.Masked
			s.Targets = append(s.Targets, t)
			continue
		}
		if f.Suppressed != nil {
			// Whoever decided that it does not count, has settled it.
			s.LeftOut = append(s.LeftOut, LeftOut{
				What: f.Title + " " + f.Masked,
				Why:  fmt.Sprintf("it is suppressed, by %s %s: scan with --no-ignore to have it in the report", f.Suppressed.By, f.Suppressed.Where),
			})
			continue
		}
		if why := leave(f); why != "" {
			s.leaveOut(f.Title, f.Masked, f.Status, why)
			continue
		}
		if f.Rule == turnstile.rule {
			s.unresolved = append(s.unresolved, f)
			continue
		}
		t := Target{Title: f.Title, Masked: f.Masked, Fingerprint: f.Fingerprint}
		if p := productNamed(f.Rule); p != nil {
			t.TokenID, t.AccountID = p.name+"-"+f.KeyID, f.AccountID
		} else {
			t.TokenID, t.AccountID, _ = f.Token()
		}
		s.Targets = append(s.Targets, t)
	}
	return s
}

// productNamed returns the product that a rule is about, nil if there is none.
func productNamed(rule string) *product {
	for _, p := range products {
		if p.rule == rule {
			return p
		}
	}
	return nil
}

// leave says why a finding cannot be acted on, "" if it can.
func leave(f report.Finding) string {
	kind := detectors.ByID(f.Rule)
	switch {
	case kind != nil && kind.GlobalKey:
		return "a Global API key can be changed in the dashboard alone: My Profile > API Tokens > Global API Key > Change"
	case f.Status == secret.Invalid:
		return "Cloudflare does not know it any more"
	case f.Rule == turnstile.rule:
		return ""
	case productNamed(f.Rule) != nil:
		switch p := productNamed(f.Rule); {
		case !p.isID(f.KeyID):
			return "what names the " + p.what + " does not stand beside it: it can be done in the dashboard, " + p.page
		case !cfapi.IsID(f.AccountID):
			return "its account is not known: scan with --verify and CLOUDFLARE_ACCOUNT_ID"
		}
		return ""
	case kind != nil && !kind.Rollable:
		return "there is no API for it. " + kind.Advice
	}
	if _, _, err := f.Token(); err != nil { // a plan refuses what is no id
		return err.Error() + ": scan with --verify, or give the token itself with --self"
	}
	return ""
}

// Given selects among the credentials in a text, which somebody says are some.
// Cloudflare tells which tokens they are; account tokens are tried with accounts,
// too. What an earlier run began with is not asked about.
func Given(ctx context.Context, client *cfapi.Client, text []byte, accounts []string, begun []Target) Selection {
	s := Selection{leaked: make(map[string]secret.Value)}
	open := byLeaked(begun)
	seen := make(map[secret.Fingerprint]bool)
	detectors.NewSet(detectors.Given()...).Matches(text, detectors.Span{Start: 0, End: len(text)}, func(m detectors.Match) {
		print := m.Secret.Fingerprint()
		if m.Rejected != "" || seen[print] {
			return
		}
		seen[print] = true
		t, ok := open[print]
		if !ok {
			c := client.Caller(cfapi.Credential{}, detectors.MaxCalls)
			v := m.Detector.Ask(ctx, c, detectors.Subject{Secret: m.Secret, AccountIDs: m.AccountIDs, Emails: m.Emails, OwnAccountIDs: accounts})
			if v.TokenID == "" {
				s.leaveOut(m.Detector.Title, m.Secret.Mask(), v.Status, inWords(v))
				return
			}
			t = Target{TokenID: v.TokenID, AccountID: v.AccountID}
		}
		t.Title, t.Masked, t.Fingerprint = m.Detector.Title, m.Secret.Mask(), print
		s.leaked[t.TokenID] = m.Secret
		s.Targets = append(s.Targets, t)
	})
	return s
}

// byLeaked returns targets by their leaked values.
func byLeaked(targets []Target) map[secret.Fingerprint]Target {
	all := make(map[secret.Fingerprint]Target, len(targets))
	for _, t := range targets {
		all[t.Fingerprint] = t
	}
	return all
}

// inWords says what Cloudflare has said of a credential.
func inWords(v cfapi.Verdict) string {
	if v.Detail == "" {
		return string(v.Status)
	}
	return string(v.Status) + ": " + v.Detail
}
