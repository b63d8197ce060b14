package respond

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

func value(s string) secret.Value { return secret.New([]byte(s)) }

// TestCredential says which of the operator's credentials is used, and how.
func TestCredential(t *testing.T) {
	const email = "ada@example.com"
	token, legacy, key, old := value(mint.Token("cfut_", "t")), value(mint.Legacy("l")), value(mint.Token("cfk_", "k")), value(mint.LegacyKey("o"))
	is := func(c cfapi.Credential) *cfapi.Credential { return &c }
	for name, tt := range map[string]struct {
		o    Operator
		want *cfapi.Credential
	}{
		"nothing":              {Operator{}, nil},
		"an address":           {Operator{Email: email}, nil},
		"a token":              {Operator{Token: token}, is(cfapi.Token(token))},
		"a token in old form":  {Operator{Token: legacy, Email: email}, is(cfapi.Token(legacy))},
		"a key":                {Operator{Key: old, Email: email}, is(cfapi.Key(email, old))},
		"a key alone":          {Operator{Key: key}, nil},
		"both":                 {Operator{Token: token, Key: key, Email: email}, is(cfapi.Token(token))},
		"a key for a token":    {Operator{Token: key, Email: email}, is(cfapi.Key(email, key))},
		"that alone":           {Operator{Token: key}, nil},
		"that, and a real one": {Operator{Token: key, Key: old, Email: email}, is(cfapi.Key(email, key))},
	} {
		if got := tt.o.Credential(); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestIdentify says what is found out about the operator's credential.
func TestIdentify(t *testing.T) {
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	u.Join(a)
	mints := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Write", "API Tokens Read")}})
	reads := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Read")}})
	weak := u.AddToken(cfapitest.TokenSpec{})
	off := u.AddToken(cfapitest.TokenSpec{Status: "disabled"})
	ours := a.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{a.Allow("Account API Tokens Write", "Account API Tokens Read")}})
	dead := mint.Token("cfut_", "dead")
	for name, tt := range map[string]struct {
		o       Operator
		targets []Target
		id      string
		cannot  bool
		notes   string
		err     string
		status  secret.Status // of the error
	}{
		"it can":                      {o: Operator{Token: value(mints.Value())}, id: mints.ID},
		"it may read alone":           {o: Operator{Token: value(reads.Value())}, id: reads.ID, cannot: true},
		"it may not read":             {o: Operator{Token: value(weak.Value())}, id: weak.ID},
		"an account's":                {o: Operator{Token: value(ours.Value()), AccountID: a.ID}, id: ours.ID},
		"an account's, by the target": {o: Operator{Token: value(ours.Value())}, targets: []Target{{AccountID: a.ID}}, id: ours.ID},
		"a key":                       {o: Operator{Key: value(u.GlobalKey()), Email: u.Email}, id: u.Email},
		"a key for a token":           {o: Operator{Token: value(u.GlobalKey()), Email: u.Email}, id: u.Email},
		"dead":                        {o: Operator{Token: value(dead)}, err: "CLOUDFLARE_API_TOKEN does not work, it is invalid", status: secret.Invalid},
		"dead, and begun":             {o: Operator{Token: value(dead)}, targets: []Target{{Begun: true}}, notes: "CLOUDFLARE_API_TOKEN is invalid"},
		"disabled":                    {o: Operator{Token: value(off.Value())}, err: "CLOUDFLARE_API_TOKEN does not work, it is disabled", status: secret.Disabled},
	} {
		got, err := Identify(t.Context(), newClient(t, s), tt.o, tt.targets)
		var bad *OperatorError
		if tt.err != "" {
			if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), tt.err) || bad.Verdict.Status != tt.status {
				t.Errorf("%s: %v, want %s", name, err, tt.err)
			}
			continue
		}
		if err != nil || got.ID != tt.id || (got.cannot != "") != tt.cannot {
			t.Errorf("%s: %q, %q, %v", name, got.ID, got.cannot, err)
		}
		if notes := strings.Join(got.Notes, "\n"); !strings.HasPrefix(notes, tt.notes) || tt.notes == "" && notes != "" {
			t.Errorf("%s: %q, want %q", name, notes, tt.notes)
		}
	}
	s.MisbehaveOn(http.MethodGet, "/accounts", -1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
	got, err := Identify(t.Context(), newClient(t, s), Operator{Token: value(ours.Value())}, nil)
	if want := []string{"which token CLOUDFLARE_API_TOKEN is, is not known: set CLOUDFLARE_ACCOUNT_ID"}; err != nil || got.ID != "" || !slices.Equal(got.Notes, want) {
		t.Errorf("of an account that is not known: %+v, %v", got.Notes, err)
	}
	s.MisbehaveNext(-1, cfapitest.Unavailable())
	_, err = Identify(t.Context(), newClient(t, s), Operator{Token: value(mints.Value())}, nil)
	if bad := (*OperatorError)(nil); !errors.As(err, &bad) || bad.Verdict.Status != secret.Unknown || !strings.HasPrefix(err.Error(), "whether CLOUDFLARE_API_TOKEN works is unknown: ") {
		t.Error(err)
	}
}

// TestDescribe says what an agent finds out about a token.
func TestDescribe(t *testing.T) {
	s := cfapitest.New(t)
	u, bob, a := s.AddUser("ada@example.com"), s.AddUser("bob@example.com"), s.AddAccount("acme")
	u.Join(a)
	all := []cfapitest.Policy{u.Allow("API Tokens Write", "API Tokens Read"), a.Allow("Account API Tokens Write", "Account API Tokens Read")}
	operator, reads := u.AddToken(cfapitest.TokenSpec{Policies: all}), u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Read")}})
	weak := u.AddToken(cfapitest.TokenSpec{})
	other := u.AddToken(cfapitest.TokenSpec{}).Value()
	used := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	users := u.AddToken(cfapitest.TokenSpec{Name: "ci " + other, LastUsedOn: used, Policies: []cfapitest.Policy{a.AllowZones("DNS Write")}})
	accounts := a.AddToken(cfapitest.TokenSpec{Status: "disabled"})
	bobs := bob.AddToken(cfapitest.TokenSpec{})
	minter := u.AddToken(cfapitest.TokenSpec{Policies: all})
	off, old := u.AddToken(cfapitest.TokenSpec{Status: "disabled", Policies: all}), a.AddToken(cfapitest.TokenSpec{Status: "expired"})
	by := func(k *cfapitest.Token) func(Target) Agent {
		return func(Target) Agent {
			got, err := Identify(t.Context(), newClient(t, s), Operator{Token: value(k.Value())}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
	}
	self := func(k *cfapitest.Token) func(Target) Agent {
		return func(target Target) Agent {
			return Themselves(newClient(t, s), Selection{leaked: map[string]secret.Value{target.TokenID: value(k.Value())}})
		}
	}
	of := func(k *cfapitest.Token, account string) Target {
		return Target{TokenID: k.ID, AccountID: account, Fingerprint: value(k.Value()).Fingerprint()}
	}
	const lacks = "CLOUDFLARE_API_TOKEN lacks API Tokens Write, or for an account's tokens Account API Tokens Write."
	for name, tt := range map[string]struct {
		target Target
		agent  func(Target) Agent
		want   Details
		err    string
		gone   bool // the error is ErrUnknown
	}{
		"a user's": {target: of(users, ""), agent: by(operator), want: Details{
			Name: "ci " + value(other).Mask(), Owner: "a user", Status: secret.Active, LastUsed: used,
			Reaches: []string{"DNS Write: all zones of account " + a.ID}, Credential: "CLOUDFLARE_API_TOKEN",
		}},
		"an account's": {target: of(accounts, a.ID), agent: by(operator), want: Details{
			Name: "test token", Owner: "account " + a.ID, Status: secret.Disabled, Credential: "CLOUDFLARE_API_TOKEN",
		}},
		"by one that reads alone": {target: of(accounts, a.ID), agent: by(reads), err: "an administrator can do it in the dashboard: Manage Account > Account API Tokens"},
		"that reads a user's": {target: of(weak, ""), agent: by(reads), want: Details{
			Name: "test token", Owner: "a user", Status: secret.Active, Credential: "CLOUDFLARE_API_TOKEN", Cannot: lacks,
		}},
		"by one that may not": {target: of(users, ""), agent: by(weak), err: "its owner can do it in the dashboard: My Profile > API Tokens"},
		"another user's":      {target: of(bobs, ""), agent: by(operator), err: ErrUnknown.Error(), gone: true},
		"the one in use": {target: of(operator, ""), agent: by(operator), want: Details{
			Name: "test token", Owner: "a user", Status: secret.Active, Credential: "CLOUDFLARE_API_TOKEN", InUse: true,
		}},
		"by itself": {target: of(minter, ""), agent: self(minter), want: Details{
			Name: "test token", Owner: "a user", Status: secret.Active, Credential: "the leaked token itself", InUse: true,
		}},
		"by itself, and it may not": {target: of(weak, ""), agent: self(weak), err: "My Profile > API Tokens"},
		"by itself, disabled": {target: of(off, ""), agent: self(off), want: Details{
			Status: secret.Disabled, InUse: true,
			Cannot: "It is disabled, and cannot do it itself any more: another credential can, without --self, or the dashboard: My Profile > API Tokens.",
		}},
		"by itself, expired": {target: of(old, a.ID), agent: self(old), want: Details{
			Status: secret.Expired, InUse: true,
			Cannot: "It is expired, and cannot do it itself any more: another credential can, without --self, or the dashboard: Manage Account > Account API Tokens.",
		}},
	} {
		got, err := tt.agent(tt.target).API().Describe(t.Context(), tt.target)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || errors.Is(err, ErrUnknown) != tt.gone {
				t.Errorf("%s: %v, want %s", name, err, tt.err)
			}
			continue
		}
		if slices.Contains([]string{"by itself", "the one in use"}, name) {
			got.Reaches = nil // which is not what this is about
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, %+v\nwant %+v", name, err, got, tt.want)
		}
	}
}

// TestAgentActs says that each action is done to the token that it is about, of
// a user and of an account, and what its value is then.
func TestAgentActs(t *testing.T) {
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	u.Join(a)
	operator := Operator{Key: value(u.GlobalKey()), Email: u.Email}
	for _, account := range []string{"", a.ID} {
		k := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{a.AllowZones("DNS Write")}})
		if account != "" {
			k = a.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{a.AllowZones("DNS Write")}})
		}
		agent, err := Identify(t.Context(), newClient(t, s), operator, nil)
		if err != nil {
			t.Fatal(err)
		}
		api, target := agent.API(), Target{TokenID: k.ID, AccountID: account}
		old := value(k.Value())
		check := func(v secret.Value, want secret.Status) {
			t.Helper()
			if got, detail := api.Status(t.Context(), target, v); got != want {
				t.Errorf("account %q: %s (%s), want %s", account, got, detail, want)
			}
		}
		check(old, secret.Active)
		v, err := api.Roll(t.Context(), target)
		if err != nil || v.Fingerprint() != value(k.Value()).Fingerprint() {
			t.Errorf("account %q: rolled: %v", account, err)
		}
		check(old, secret.Invalid)
		check(v, secret.Active)
		if err := api.Disable(t.Context(), target); err != nil {
			t.Error(err)
		}
		check(v, secret.Disabled)
		if err := api.Revoke(t.Context(), target); err != nil || k.Status() != "deleted" {
			t.Errorf("account %q: revoked: %v", account, err)
		}
		check(v, secret.Invalid)
	}
	for _, c := range s.Calls() {
		if c.Method != http.MethodGet && c.Method != http.MethodPut && c.Method != http.MethodDelete {
			t.Errorf("%s %s", c.Method, c.Path)
		}
	}
}
