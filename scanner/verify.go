package scanner

import (
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

	// Inspect asks of those that work what they can do: with themselves, and where
	// they may not see it with Operator, unless that is nil. Operator is never
	// used for anything else.
	Inspect  bool
	Operator *cfapi.Credential
}

// A credential is what findings are grouped by.
type credential struct {
	rule        string
	fingerprint secret.Fingerprint
}

// verify asks Cloudflare about each finding that counts, once.
func (s *Scan) verify(ctx context.Context, findings []report.Finding, secrets map[credential]secret.Value, r *redactor) {
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
		value := secrets[credential{f.Rule, f.Fingerprint}]
		p.Go(func() {
			c := s.Verify.Client.Caller(cfapi.Credential{}, detectors.MaxCalls)
			v := kinds[f.Rule].Ask(ctx, c, detectors.Subject{
				Secret:        value,
				AccountIDs:    f.AccountIDs,
				Emails:        union(slices.Clone(s.Verify.Emails), f.Emails),
				OwnAccountIDs: s.Verify.AccountIDs,
			})
			f.Status, f.StatusDetail, f.TokenID, f.Owner = v.Status, v.Detail, v.TokenID, v.Owner
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
}
