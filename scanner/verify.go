package scanner

import (
	"cmp"
	"context"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// askers is how many credentials are asked about at once.
const askers = 4

// A Verification says with what credentials are asked about.
type Verification struct {
	Client     *cfapi.Client
	AccountIDs []string // the operator's, tried with tokens of which no account is known
	Emails     []string // likewise, with Global API keys

	// Operator is what those kinds are looked up with that cannot be asked about
	// with themselves. It is nil if there is none.
	Operator *cfapi.Credential

	// Inspect asks of those that work what they can do: with themselves, and where
	// they may not see it with Operator.
	Inspect bool
}

// A found secret is one with what the report does not say of it.
type found struct {
	value        secret.Value
	jurisdiction string // as of a match
}

// A credential is what findings are grouped by.
type credential struct {
	rule        string
	fingerprint secret.Fingerprint
}

// verify asks Cloudflare about each finding that counts, once.
func (s *Scan) verify(ctx context.Context, findings []report.Finding, secrets map[credential]found, r *redactor) {
	kinds := make(map[string]*detectors.Detector)
	for _, d := range s.Detectors {
		kinds[d.ID] = d
	}
	p := pool.New().WithMaxGoroutines(askers)
	for i := range findings {
		f := &findings[i]
		if f.Suppressed != nil {
			continue
		}
		it := secrets[credential{f.Rule, f.Fingerprint}]
		p.Go(func() {
			c := s.Verify.Client.Caller(cfapi.Credential{}, detectors.MaxCalls)
			v := kinds[f.Rule].Ask(ctx, c, detectors.Subject{
				Secret:        it.value,
				PublicID:      f.KeyID,
				Jurisdiction:  it.jurisdiction,
				AccountIDs:    f.AccountIDs,
				Emails:        union(slices.Clone(s.Verify.Emails), f.Emails),
				OwnAccountIDs: s.Verify.AccountIDs,
				As:            s.Verify.Operator,
			})
			f.Status, f.StatusDetail, f.TokenID, f.Owner = v.Status, v.Detail, cmp.Or(v.TokenID, f.TokenID), v.Owner
			switch {
			case v.AccountID != "":
				f.AccountID, f.TokenOf = v.AccountID, report.OfAccount
			case v.TokenID != "":
				f.TokenOf = report.OfUser
			}
			if s.Verify.Inspect && v.Settled() {
				s.Verify.inspect(ctx, f, kinds[f.Rule], c, v.AccountID, r)
			}
		})
	}
	p.Wait()
	inherit(findings)
}
