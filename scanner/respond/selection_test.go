package respond

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestReported says which findings are acted on, and why the others are not.
func TestReported(t *testing.T) {
	id, account := strings.Repeat("1", 32), strings.Repeat("a", 32)
	begun := Target{TokenID: strings.Repeat("b", 32), Fingerprint: secret.Fingerprint{9}, Begun: true}
	for name, tt := range map[string]struct {
		finding report.Finding
		want    Target // without what people see, if it is acted on
		why     string
		mayWork bool
	}{
		"a user's":                      {finding: report.Finding{Status: secret.Active, TokenID: id, TokenOf: report.OfUser, AccountID: account}, want: Target{TokenID: id}},
		"an account's":                  {finding: report.Finding{Status: secret.Disabled, TokenID: id, TokenOf: report.OfAccount, AccountID: account}, want: Target{TokenID: id, AccountID: account}},
		"dead":                          {finding: report.Finding{Status: secret.Invalid, TokenID: id, TokenOf: report.OfUser}, why: "does not know it any more"},
		"unchecked":                     {finding: report.Finding{Status: secret.Unchecked}, why: "scan with --verify", mayWork: true},
		"unknown":                       {finding: report.Finding{Status: secret.Unknown}, why: "scan with --verify", mayWork: true},
		"an expired one without an id":  {finding: report.Finding{Status: secret.Expired}, why: "does not have its id"},
		"nobody's":                      {finding: report.Finding{Status: secret.Active, TokenID: id}, why: "does not say whose it is", mayWork: true},
		"an account's that is not said": {finding: report.Finding{Status: secret.Active, TokenID: id, TokenOf: report.OfAccount}, why: "does not say whose it is", mayWork: true},
		"a key":                         {finding: report.Finding{Rule: "cloudflare-global-key", Status: secret.Active}, why: "Global API Key > Change", mayWork: true},
		"a legacy key":                  {finding: report.Finding{Rule: "cloudflare-legacy-global-key", Status: secret.Unknown}, why: "Global API Key > Change", mayWork: true},
		"a dead key":                    {finding: report.Finding{Rule: "cloudflare-global-key", Status: secret.Invalid}, why: "Global API Key > Change"},
		"suppressed":                    {finding: report.Finding{Status: secret.Active, TokenID: id, TokenOf: report.OfUser, Suppressed: &report.Suppression{By: report.ByMark, Where: "a:1"}}, why: "it is suppressed, by mark a:1"},
		"begun":                         {finding: report.Finding{Status: secret.Invalid, Fingerprint: begun.Fingerprint}, want: begun},
		"begun, suppressed":             {finding: report.Finding{Fingerprint: begun.Fingerprint, Suppressed: &report.Suppression{}}, want: begun},
	} {
		f := tt.finding
		f.Title, f.Masked = "a token", "cfut_abcd…"
		s := Reported([]report.Finding{f}, []Target{begun})
		switch {
		case tt.why == "":
			tt.want.Title, tt.want.Masked, tt.want.Fingerprint = f.Title, f.Masked, f.Fingerprint
			if len(s.Targets) != 1 || s.Targets[0] != tt.want || len(s.LeftOut) > 0 || s.Unsettled() {
				t.Errorf("%s: %+v, want %+v", name, s, tt.want)
			}
		case len(s.Targets) > 0 || len(s.LeftOut) != 1 || s.LeftOut[0].What != "a token cfut_abcd…" || !strings.Contains(s.LeftOut[0].Why, tt.why) || s.Unsettled() != tt.mayWork:
			t.Errorf("%s: %+v, want %q, may work: %v", name, s, tt.why, tt.mayWork)
		}
	}
}

// newClient returns a client of a fake of the API that does not wait.
func newClient(t *testing.T, s *cfapitest.Server) *cfapi.Client {
	t.Helper()
	c, err := cfapi.New(cfapi.Options{BaseURL: s.URL, Rate: 1e6, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGiven says which tokens stand in a text, as Cloudflare tells.
func TestGiven(t *testing.T) {
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	users, accounts, off := u.AddToken(cfapitest.TokenSpec{}), a.AddToken(cfapitest.TokenSpec{}), u.AddToken(cfapitest.TokenSpec{Status: "disabled"})
	gone := u.AddToken(cfapitest.TokenSpec{}).Value()
	dead := mint.Token("cfut_", "dead")
	begun := Target{TokenID: users.ID, Fingerprint: secret.New([]byte(gone)).Fingerprint(), Begun: true}
	for name, tt := range map[string]struct {
		text, accounts string
		want           string // ids of tokens and of their accounts
		out            string // why it is left out
		unsettled      bool
	}{
		"a user's":               {text: users.Value(), want: users.ID + " "},
		"an account's":           {text: accounts.Value(), accounts: a.ID, want: accounts.ID + " " + a.ID},
		"an account's beside it": {text: "ACCOUNT_ID=" + a.ID + "\nTOKEN=" + accounts.Value(), want: accounts.ID + " " + a.ID},
		"disabled":               {text: off.Value(), want: off.ID + " "},
		"twice":                  {text: users.Value() + "\n" + users.Value(), want: users.ID + " "},
		"dead":                   {text: dead, out: "invalid"},
		"broken":                 {text: mint.Broken("cfut_", "broken")},
		"a key":                  {text: u.GlobalKey(), out: "unknown: the address of its user is not known", unsettled: true},
		"nothing":                {text: "hello"},
		"begun":                  {text: gone, want: users.ID + " "},
	} {
		calls := len(s.Calls())
		got := Given(t.Context(), newClient(t, s), []byte(tt.text), []string{tt.accounts}, []Target{begun})
		var ids string
		for _, target := range got.Targets {
			ids += target.TokenID + " " + target.AccountID
			if v, ok := got.Leaked(target); !ok || v.Fingerprint() != target.Fingerprint || v.Mask() != target.Masked || target.Title == "" {
				t.Errorf("%s: %+v", name, target)
			}
		}
		if ids != tt.want || got.Unsettled() != tt.unsettled {
			t.Errorf("%s: %q, want %q; %+v", name, ids, tt.want, got.LeftOut)
		}
		if len(got.LeftOut) > 1 || (len(got.LeftOut) == 1) != (tt.out != "") || tt.out != "" && !strings.HasPrefix(got.LeftOut[0].Why, tt.out) {
			t.Errorf("%s: left out %+v, want %q", name, got.LeftOut, tt.out)
		}
		if n := len(s.Calls()) - calls; name == "begun" && n > 0 {
			t.Errorf("%d requests about what was begun with", n)
		}
		if text := fmt.Sprintf("%+v %#v", got, got); strings.Contains(text, tt.text) && len(tt.text) > 20 {
			t.Errorf("%s: the selection shows a value", name)
		}
	}
	s.MisbehaveOn(http.MethodGet, "/accounts", -1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
	if got := Given(t.Context(), newClient(t, s), []byte(accounts.Value()), nil, nil); len(got.Targets) > 0 || !got.Unsettled() {
		t.Errorf("an account's that is not known: %+v", got)
	}
}
