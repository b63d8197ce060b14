package scanner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// operatorCalls is how many requests are made with the operator's credential to
// see what one other can do.
const operatorCalls = 3

const deniedToOperator = "your credential may not see it: it lacks API Tokens Read, or for an account's token Account API Tokens Read"

// inspect says what a credential can do, or could if it were enabled: as it may
// see itself, with what is left of its requests, or else as the operator may.
// account is the one that owns it, empty if a user does. Cloudflare shows a
// user's token to that user alone.
func (v *Verification) inspect(ctx context.Context, f *report.Finding, kind *detectors.Detector, c *cfapi.Caller, account string, r *redactor) {
	switch {
	case kind.GlobalKey:
		f.Identity = &report.Identity{
			Risk: report.Critical, RiskReason: "a Global API key may do all that its user may, in every account, and make further tokens",
			CanMint: true,
		}
		return
	case !kind.APIToken && (f.TokenID == "" || f.TokenOf == ""):
		f.Identity = unseen("Cloudflare says of API tokens alone what they may do; leakflare detectors " + f.Rule + " says what the kind can")
		return
	case f.TokenID == "":
		f.Identity = unseen("its id is not known")
		return
	}
	ref := cfapi.Ref{TokenID: f.TokenID, AccountID: account}
	works := f.Status == secret.Active
	if !works && v.Operator == nil {
		return // nobody is left to ask
	}
	var (
		info cfapi.TokenInfo
		err  error
	)
	if works {
		info, err = c.Token(ctx, ref)
	}
	if (err != nil || !works) && v.Operator != nil {
		info, err = v.Client.Caller(*v.Operator, operatorCalls).Token(ctx, ref)
	}
	switch {
	case err == nil:
		f.Identity = identity(info, r)
	case v.Operator == nil && (errors.Is(err, cfapi.ErrDenied) || errors.Is(err, cfapi.ErrSpent)):
		f.Identity = unseen("the token may not see itself: set CLOUDFLARE_API_TOKEN to one of its owner's that has API Tokens Read")
	case errors.Is(err, cfapi.ErrDenied):
		f.Identity = unseen(deniedToOperator)
	case ref.AccountID == "" && errors.Is(err, cfapi.ErrNoToken):
		f.Identity = unseen("it is another user's: nobody but that user can see or roll it; ask them, or remove them from the account")
	default:
		f.Identity = unseen(cfapi.Unsure(err).Detail)
	}
}

// unseen is what is known of a credential that works where no more can be seen.
func unseen(why string) *report.Identity {
	return &report.Identity{Risk: report.UnknownRisk, RiskReason: "what it may do cannot be seen", Note: why}
}

// identity says what is known of a token. Names may hold anything.
func identity(t cfapi.TokenInfo, r *redactor) *report.Identity {
	i := &report.Identity{
		Name:       r.redact(t.Name),
		CanMint:    t.CanMint(),
		IssuedOn:   at(t.IssuedOn),
		ModifiedOn: at(t.ModifiedOn),
		LastUsedOn: at(t.LastUsedOn),
		ExpiresOn:  at(t.ExpiresOn),
		NotBefore:  at(t.NotBefore),
		FromIPs:    append(t.Condition.RequestIP.In, t.Condition.RequestDotIP.In...),
		NotFromIPs: append(t.Condition.RequestIP.NotIn, t.Condition.RequestDotIP.NotIn...),
	}
	for _, p := range t.Policies {
		for _, line := range p.Reaches() {
			i.Reaches = append(i.Reaches, r.redact(line))
		}
	}
	i.Risk, i.RiskReason = risk(t)
	return i
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// risk weighs what a token allows. What a policy denies is passed over, so that
// the risk is never said to be less than it is.
func risk(t cfapi.TokenInfo) (report.Risk, string) {
	if t.CanMint() {
		return report.Critical, "it can make further tokens, with all rights of its owner"
	}
	writes, everywhere := 0, false
	for _, p := range t.Policies {
		if p.Effect == "deny" {
			continue
		}
		wide := false
		for name, value := range p.Resources {
			_, within := value.(map[string]any)
			wide = wide || within || strings.HasSuffix(name, ".*")
		}
		for _, g := range p.Groups {
			if !strings.HasSuffix(g.Name, " Read") {
				writes++
				everywhere = everywhere || wide
			}
		}
	}
	how := fmt.Sprintf("(%d permissions)", writes)
	if writes == 1 {
		how = "(1 permission)"
	}
	switch {
	case everywhere:
		return report.HighRisk, "it can change things in all zones or accounts " + how
	case writes > 0:
		return report.MediumRisk, "it can change things " + how
	case slices.ContainsFunc(t.Policies, func(p cfapi.Policy) bool { return p.Effect != "deny" }):
		return report.LowRisk, "it can read"
	}
	return report.LowRisk, "it has no policies"
}
