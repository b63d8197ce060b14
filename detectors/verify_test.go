package detectors_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
)

// TestAsk asks about credentials of each kind, and counts what is asked.
func TestAsk(t *testing.T) {
	const wrong = "0123456789abcdef0123456789abcdef"
	type world struct {
		*cfapitest.Server
		user    *cfapitest.User
		account *cfapitest.Account
	}
	tests := []struct {
		name   string
		kind   *detectors.Detector
		build  func(w world) detectors.Subject
		status secret.Status
		detail string
		most   int // calls
	}{
		{"user token", detectors.UserToken, func(w world) detectors.Subject {
			return subject(w.user.AddToken(cfapitest.TokenSpec{}).Value())
		}, secret.Active, "", 1},
		{"dead user token", detectors.UserToken, func(w world) detectors.Subject {
			k := w.user.AddToken(cfapitest.TokenSpec{})
			v := k.Value()
			k.Delete()
			return subject(v)
		}, secret.Invalid, "", 1},
		{"account token, id beside it", detectors.AccountToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), w.account.ID)
		}, secret.Active, "", 1},
		{"account token, no id", detectors.AccountToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value())
		}, secret.Active, "", 2},
		{"account token, wrong id beside it", detectors.AccountToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), wrong)
		}, secret.Active, "", 3},
		{"account token, disabled", detectors.AccountToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{Status: "disabled"}).Value(), w.account.ID)
		}, secret.Disabled, "", 1},
		{"dead account token, no id", detectors.AccountToken, func(w world) detectors.Subject {
			k := w.account.AddToken(cfapitest.TokenSpec{})
			v := k.Value()
			k.Delete()
			return subject(v)
		}, secret.Invalid, "", 1},
		{"account token of an account that is only the operator's", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/accounts", -1, cfapitest.Failure(400, 1001, "List accounts endpoint does not support account owned tokens."))
			s := subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), wrong)
			s.OwnAccountIDs = []string{wrong, w.account.ID}
			return s
		}, secret.Active, "", 3},
		{"account token that may not list accounts, of one of the operator's", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/accounts", -1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
			s := subject(w.account.AddToken(cfapitest.TokenSpec{}).Value())
			s.OwnAccountIDs = []string{w.account.ID}
			return s
		}, secret.Active, "", 2},
		{"account token that nothing is known of", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/accounts", -1, cfapitest.Failure(400, 1001, "List accounts endpoint does not support account owned tokens."))
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), wrong, "not an id", strings.Repeat("b", 32), strings.Repeat("c", 32))
		}, secret.Unknown, "account that it is of is not known", 4},
		{"account token with an IP filter, no id", detectors.AccountToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{IPExcluded: true}).Value())
		}, secret.Active, "IP filter", 1},
		{"legacy user token", detectors.LegacyToken, func(w world) detectors.Subject {
			return subject(w.user.AddToken(cfapitest.TokenSpec{Legacy: true}).Value(), w.account.ID)
		}, secret.Active, "", 1},
		{"legacy account token", detectors.LegacyToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{Legacy: true}).Value())
		}, secret.Active, "", 3},
		{"dead legacy token", detectors.LegacyToken, func(w world) detectors.Subject {
			k := w.user.AddToken(cfapitest.TokenSpec{Legacy: true})
			v := k.Value()
			k.Delete()
			return subject(v, wrong)
		}, secret.Invalid, "", 3},
		{"global key", detectors.GlobalKey, func(w world) detectors.Subject {
			s := subject(w.user.GlobalKey())
			s.Emails = []string{"nobody@example.com", w.user.Email}
			return s
		}, secret.Active, "", 2},
		{"global key without an address", detectors.GlobalKey, func(w world) detectors.Subject {
			return subject(w.user.GlobalKey())
		}, secret.Unknown, "address of its user is not known", 0},
		{"global key with wrong addresses", detectors.LegacyGlobalKey, func(w world) detectors.Subject {
			s := subject(w.user.UseLegacyGlobalKey())
			s.Emails = []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"}
			return s
		}, secret.Unknown, "do not go together", 3},
		{"wrong id beside it, of which its verifier says nothing", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", wrong+"/tokens/verify", -1, cfapitest.Failure(401, 10000, "Authentication error"))
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), wrong)
		}, secret.Active, "", 3},
		{"wrong id beside it, whose verifier knows that it is alive", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", wrong+"/tokens/verify", -1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value(), wrong)
		}, secret.Active, "", 3},
		{"invalid, says what is no verifier", detectors.AccountToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/accounts", -1, cfapitest.Failure(401, 1000, "Invalid API Token"))
			return subject(w.account.AddToken(cfapitest.TokenSpec{}).Value())
		}, secret.Unknown, "not known", 1},
		{"legacy account token beside wrong ids", detectors.LegacyToken, func(w world) detectors.Subject {
			return subject(w.account.AddToken(cfapitest.TokenSpec{Legacy: true}).Value(), wrong, strings.Repeat("a", 32), strings.Repeat("b", 32))
		}, secret.Active, "", 4},
		{"legacy token of which the user verifier says nothing", detectors.LegacyToken, func(w world) detectors.Subject {
			w.MisbehaveOn("GET", "/user/tokens/verify", -1, cfapitest.Failure(401, 10000, "Authentication error"))
			return subject(w.account.AddToken(cfapitest.TokenSpec{Legacy: true}).Value(), w.account.ID)
		}, secret.Active, "", 2},
		{"anything, when Cloudflare is down", detectors.LegacyToken, func(w world) detectors.Subject {
			w.MisbehaveNext(-1, cfapitest.Unavailable())
			return subject(w.user.AddToken(cfapitest.TokenSpec{Legacy: true}).Value(), w.account.ID)
		}, secret.Unknown, "HTTP 503", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := cfapitest.New(t)
			u := s.AddUser("ada@example.com")
			a := s.AddAccount("acme")
			u.Join(a)
			subject := tt.build(world{s, u, a})
			client, err := cfapi.New(cfapi.Options{BaseURL: s.URL, Rate: 1e6, Sleep: func(context.Context, time.Duration) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			v := tt.kind.Ask(t.Context(), client.Caller(cfapi.Credential{}, detectors.MaxCalls), subject)
			if v.Status != tt.status || !strings.Contains(v.Detail, tt.detail) || tt.detail == "" && v.Detail != "" {
				t.Errorf("%+v, want %s (%s)", v, tt.status, tt.detail)
			}
			if id := v.AccountID; id != "" && id != a.ID {
				t.Errorf("account %s", id)
			}
			if v.Status == secret.Active && tt.detail == "" && tt.kind != detectors.GlobalKey && v.TokenID == "" {
				t.Error("which token it is was not found out")
			}
			if n := len(s.Calls()); n > tt.most || n > detectors.MaxCalls {
				t.Errorf("%d calls, want %d", n, tt.most)
			}
		})
	}
}

func subject(value string, accounts ...string) detectors.Subject {
	return detectors.Subject{Secret: secret.New([]byte(value)), AccountIDs: accounts}
}

// TestGiven says what is taken for a credential because it was given as one:
// nothing that may be somebody else's.
func TestGiven(t *testing.T) {
	legacy := "Ab3-" + strings.Repeat("xYz9_kQw", 4) + "7pLm"
	for text, want := range map[string]int{
		legacy:                             1,
		"\n " + legacy + "\r\nnext line\n": 1,
		`"` + legacy + `"`:                 1,
		"GITHUB_TOKEN=" + legacy:           0,
		"key: " + legacy:                   0,
		legacy + " " + legacy:              0,
		legacy + "x":                       0,
		"ghp_" + legacy[4:]:                0,
		"hf_" + legacy[3:]:                 0,
		"shpat_" + legacy[6:]:              0,
		"xoxs-" + legacy[5:]:               0,
		strings.Repeat("0123456789abcdef", 2) + "01234": 1,
	} {
		n := 0
		detectors.NewSet(detectors.Given()...).Matches([]byte(text), detectors.Span{Start: 0, End: len(text)}, func(m detectors.Match) {
			if m.Rejected == "" {
				n++
			}
		})
		if n != want {
			t.Errorf("%q: %d, want %d", text, n, want)
		}
	}
}
