package scanner

import (
	"context"
	"errors"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// Recheck asks again about the findings of an earlier report, and sets their
// status. A report holds no secret, so that tokens are asked about by their ids,
// with Operator, which must be set; so are service tokens of Access, and tunnels,
// whose token Cloudflare shows to be compared by its fingerprint. That tells which are disabled, expired or
// gone. Of a token that works it does not tell whether the leaked value is still
// its: it may have been rolled since. Such a finding is unknown, never active. One
// that was invalid stays so: no value comes back to life. What is suppressed is
// left alone.
func (v *Verification) Recheck(ctx context.Context, kinds []*detectors.Detector, findings []report.Finding) {
	r := &redactor{sets: []*detectors.Set{detectors.NewSet(kinds...)}, known: strings.NewReplacer()}
	p := pool.New().WithMaxGoroutines(askers)
	for i := range findings {
		if f := &findings[i]; f.Status != secret.Invalid && f.Suppressed == nil {
			p.Go(func() { v.recheck(ctx, f, r) })
		}
	}
	p.Wait()
	report.Sort(findings)
}

func (v *Verification) recheck(ctx context.Context, f *report.Finding, r *redactor) {
	f.Status, f.Identity = secret.Unknown, nil
	id, account, err := f.Token()
	switch kind := detectors.ByID(f.Rule); {
	case kind != nil && kind.GlobalKey:
		f.StatusDetail = "a Global API key has no id to ask by, and a report does not hold it: scan with --verify"
		return
	case f.Rule == detectors.AccessSecret.ID, f.Rule == detectors.TunnelToken.ID:
		v := kind.Ask(ctx, v.Client.Caller(cfapi.Credential{}, detectors.MaxCalls), detectors.Subject{
			PublicID: f.KeyID, AccountIDs: []string{f.AccountID}, Fingerprint: f.Fingerprint, As: v.Operator,
		})
		f.Status, f.StatusDetail = v.Status, v.Detail
		return
	case kind != nil && !kind.APIToken && (f.Rule != detectors.R2Key.ID || f.TokenOf == ""):
		f.StatusDetail = "of this kind only the secret tells, which a report does not hold: scan with --verify"
		return
	case err != nil:
		f.StatusDetail = err.Error() + ": scan with --verify"
		return
	case !cfapi.IsID(id) || account != "" && !cfapi.IsID(account):
		f.StatusDetail = "what the report has for its id is none: scan with --verify"
		return
	}
	ref := cfapi.Ref{TokenID: id, AccountID: account}
	info, err := v.Client.Caller(*v.Operator, operatorCalls).Token(ctx, ref)
	switch {
	case errors.Is(err, cfapi.ErrNoToken) && ref.AccountID != "":
		f.Status, f.StatusDetail = secret.Invalid, "its account has no such token any more"
	case errors.Is(err, cfapi.ErrNoToken):
		f.StatusDetail = "it is deleted, or another user's than your credential"
	case errors.Is(err, cfapi.ErrDenied):
		f.StatusDetail = deniedToOperator
	case err != nil:
		f.StatusDetail = cfapi.Unsure(err).Detail
	default:
		switch s := secret.Status(info.Status); s {
		case secret.Disabled, secret.Expired:
			f.Status, f.StatusDetail = s, ""
		case secret.Active:
			f.StatusDetail = "the token works; whether by the leaked value, or by one that it was given since, only the value tells: scan with --verify"
			if info.ModifiedOn != nil {
				f.StatusDetail += " (last changed on " + info.ModifiedOn.UTC().Format("2006-01-02 15:04") + " UTC)"
			}
		default:
			f.StatusDetail = "Cloudflare knows it, with a status that is not documented"
		}
		if v.Inspect {
			f.Identity = identity(info, r)
		}
	}
}
