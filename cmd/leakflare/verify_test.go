package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// leak runs leakflare against a fake of the API, and returns what it wrote.
func leak(t *testing.T, s *cfapitest.Server, stdin string, args ...string) (status int, out, errs string) {
	t.Helper()
	t.Setenv("CLOUDFLARE_BASE_URL", s.URL)
	var o, e bytes.Buffer
	status = run(context.Background(), args, streams{strings.NewReader(stdin), &o, &e})
	return status, o.String(), e.String()
}

// hush fails if any of some secrets is in a text, whole or in its greater part.
func hush(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s[len(s)/2-8:len(s)/2+8]) {
			t.Errorf("a secret is in\n%s", text)
		}
	}
}

// clearEnv takes credentials out of the environment.
func clearEnv(t *testing.T) {
	for _, name := range []string{"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_ACCOUNT_ID"} {
		t.Setenv(name, "")
	}
}

// TestScanVerify scans a folder with tokens in every state, and asks about each
// once, however many places it stands in.
func TestScanVerify(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	live := u.AddToken(cfapitest.TokenSpec{})
	off := u.AddToken(cfapitest.TokenSpec{Status: "disabled"})
	ours := a.AddToken(cfapitest.TokenSpec{})
	gone := u.AddToken(cfapitest.TokenSpec{})
	deadValue := gone.Value()
	gone.Delete()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.env":     live.Value(),
		"b.env":     live.Value() + "\n" + live.Value(),
		"c.env":     off.Value(),
		"deploy.sh": "ACCOUNT_ID=" + a.ID + "\nTOKEN=" + ours.Value(),
		"old":       deadValue,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	status, out, errs := leak(t, s, "", "scan", "--verify", "-f", "json", dir)
	if status != exitFound {
		t.Fatalf("status %d\n%s", status, errs)
	}
	hush(t, out+errs, live.Value(), off.Value(), ours.Value(), deadValue)
	r, err := report.ReadJSON(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[secret.Status]int)
	for _, f := range r.Findings {
		got[f.Status]++
		if f.Status == secret.Active && f.TokenID != live.ID && f.TokenID != ours.ID {
			t.Errorf("token id %q", f.TokenID)
		}
		if f.TokenID == ours.ID && f.AccountID != a.ID {
			t.Errorf("account id %q", f.AccountID)
		}
	}
	if fmt.Sprint(got) != "map[active:2 disabled:1 invalid:1]" {
		t.Errorf("%v", got)
	}
	if r.Findings[0].Status != secret.Active || r.Findings[1].Status != secret.Active {
		t.Error("those that work do not come first")
	}
	if n := s.CallsBy(live.Value()); n != 1 {
		t.Errorf("%d requests about one token", n)
	}
	if status, _, _ := leak(t, s, "", "scan", "--verify", "--fail-on", "active", filepath.Join(dir, "old")); status != exitClean {
		t.Errorf("status %d for a dead one", status)
	}
	s.MisbehaveNext(-1, cfapitest.Failure(401, 10000, "Authentication error"))
	if status, _, _ := leak(t, s, "", "scan", "--verify", "--fail-on", "active", filepath.Join(dir, "a.env")); status != exitUnsettled {
		t.Errorf("status %d for one that cannot be told", status)
	}
}

// TestVerify asks about what is on standard input, in every form.
func TestVerify(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	legacy := u.AddToken(cfapitest.TokenSpec{Legacy: true})
	key := u.UseLegacyGlobalKey()
	gone := u.AddToken(cfapitest.TokenSpec{})
	dead := gone.Value()
	gone.Delete()
	for _, tt := range []struct {
		name, in string
		args     []string
		status   int
		out      string
	}{
		{"live", u.AddToken(cfapitest.TokenSpec{}).Value(), nil, exitFound, "active: it works"},
		{"dead", dead + "\n", nil, exitClean, "invalid: Cloudflare does not know it"},
		{"several", dead + "\n" + u.AddToken(cfapitest.TokenSpec{}).Value(), nil, exitFound, "active"},
		{"without a prefix", legacy.Value(), nil, exitFound, "active"},
		{"an account's", a.AddToken(cfapitest.TokenSpec{}).Value() + "\n", []string{"--account-id", a.ID}, exitFound, a.ID},
		{"a key and its address", key, []string{"--email", u.Email}, exitFound, "owner     " + u.Email},
		{"a key alone", key, nil, exitUnsettled, "address of its user is not known"},
		{"nothing", "", nil, exitIncomplete, ""},
		{"no credential", "hello\n", nil, exitIncomplete, ""},
		{"an argument", "", []string{legacy.Value()}, exitUsage, ""},
		{"an account that is none", legacy.Value(), []string{"--account-id", "acme"}, exitUsage, ""},
	} {
		status, out, errs := leak(t, s, tt.in, append([]string{"verify"}, tt.args...)...)
		if status != tt.status || !strings.Contains(out, tt.out) {
			t.Errorf("%s: status %d, want %d\n%s%s", tt.name, status, tt.status, out, errs)
		}
		hush(t, out+errs, legacy.Value(), key, dead)
	}
	t.Setenv("CLOUDFLARE_BASE_URL", "https://api.cloudflare.com.evil.test")
	var o, e bytes.Buffer
	if status := run(context.Background(), []string{"verify"}, streams{strings.NewReader(dead), &o, &e}); status != exitUsage || !strings.Contains(e.String(), "must be a host of Cloudflare's") {
		t.Errorf("status %d\n%s", status, e.String())
	}
}

// TestVerifyReport asks again about the tokens of a report, which holds none of
// them. A token that works may have been rolled: it is never said to be active.
func TestVerifyReport(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u, other, a := s.AddUser("ada@example.com"), s.AddUser("bob@example.com"), s.AddAccount("acme")
	u.Join(a)
	operator := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Read"), a.Allow("Account API Tokens Read")}})
	all := map[string]*cfapitest.Token{
		"works": u.AddToken(cfapitest.TokenSpec{Name: "works"}), "off": u.AddToken(cfapitest.TokenSpec{Name: "off"}),
		"gone": u.AddToken(cfapitest.TokenSpec{}), "bobs": other.AddToken(cfapitest.TokenSpec{}),
		"ours": a.AddToken(cfapitest.TokenSpec{}), "oursGone": a.AddToken(cfapitest.TokenSpec{}),
	}
	dead := u.AddToken(cfapitest.TokenSpec{})
	text := "ACCOUNT_ID=" + a.ID + "\nexport CF_EMAIL=" + u.Email + "\nCF_KEY=" + u.GlobalKey() + "\n" + dead.Value() + "\n"
	dead.Delete()
	ids := make(map[string]string)
	for name, token := range all {
		text += token.Value() + "\n"
		ids[token.ID] = name
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "report.json")
	if status, _, errs := leak(t, s, text, "scan", "--verify", "-f", "json", "-o", file, "-"); status != exitFound {
		t.Fatalf("status %d\n%s", status, errs)
	}
	if status, _, errs := leak(t, s, "", "verify", file); status != exitUsage || !strings.Contains(errs, "no credential to ask with") {
		t.Errorf("without an operator: status %d\n%s", status, errs)
	}
	t.Setenv("CLOUDFLARE_API_TOKEN", operator.Value())
	all["off"].SetStatus("disabled")
	all["gone"].Delete()
	all["oursGone"].Delete()
	calls := len(s.Calls())
	status, out, errs := leak(t, s, "", "verify", "-f", "json", file)
	if status != exitUnsettled {
		t.Errorf("status %d\n%s", status, errs)
	}
	if n := len(s.Calls()) - calls; n != len(all) {
		t.Errorf("%d requests about %d tokens", n, len(all))
	}
	r, err := report.ReadJSON(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"works": "unknown: the token works;", "off": "disabled: ", "gone": "unknown: it is deleted, or another user's",
		"bobs": "unknown: it is deleted, or another user's", "ours": "unknown: the token works;",
		"oursGone": "invalid: its account has no such token", "": "",
	}
	for _, f := range r.Findings {
		name := ids[f.TokenID]
		if got := string(f.Status) + ": " + f.StatusDetail; !strings.HasPrefix(got, want[name]) {
			t.Errorf("%s: %s, want %s", name, got, want[name])
		}
		if name == "" && f.Status != secret.Invalid && !strings.Contains(f.StatusDetail, "a Global API key has no id") {
			t.Errorf("%s: %s %s", f.Title, f.Status, f.StatusDetail)
		}
	}
	if len(r.Findings) != len(all)+2 {
		t.Errorf("%d findings", len(r.Findings))
	}
	// An edited report does not say which address is asked.
	edited := filepath.Join(dir, "edited.json")
	write(t, edited, strings.ReplaceAll(out, all["works"].ID, "../../accounts"))
	calls = len(s.Calls())
	if _, again, errs := leak(t, s, "", "verify", "-f", "json", edited); !strings.Contains(again, "what the report has for its id is none") || len(s.Calls())-calls != len(all)-2 {
		t.Errorf("edited: %d requests\n%s%s", len(s.Calls())-calls, again, errs)
	}
	if status, out, errs := leak(t, s, "", "inspect", "-f", "json", file); status != exitUnsettled || identities(t, out)["works"] == nil {
		t.Errorf("inspect: status %d\n%s%s", status, out, errs)
	}
	hush(t, out+errs, operator.Value(), u.GlobalKey(), all["works"].Value(), all["ours"].Value())
	for name, args := range map[string][]string{
		"no report":    {filepath.Join(dir, "none.json")},
		"two reports":  {file, file},
		"with account": {"--account-id", a.ID, file},
	} {
		if status, _, errs := leak(t, s, "", append([]string{"verify"}, args...)...); status != exitUsage {
			t.Errorf("%s: status %d\n%s", name, status, errs)
		}
	}
}

// TestCompanions says that the id of an account, and the address of a user, are
// found anywhere in the file where a credential stands.
func TestCompanions(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@acme.test"), s.AddAccount("acme")
	token := a.AddToken(cfapitest.TokenSpec{}) // which sees no account
	s.MisbehaveOn("GET", "/accounts", -1, cfapitest.Failure(403, 9109, "Unauthorized to access requested resource"))
	far := strings.Repeat("# comment\n", 500)
	text := "account_id = " + a.ID + "\nCLOUDFLARE_EMAIL=" + u.Email + "\n" + far + token.Value() + "\n" + far + "key: " + u.GlobalKey() + "\n"
	file := filepath.Join(t.TempDir(), "settings")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	_, out, errs := leak(t, s, "", "scan", "--verify", "-f", "json", file)
	r, err := report.ReadJSON(strings.NewReader(out))
	if err != nil || len(r.Findings) != 2 {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	for _, f := range r.Findings {
		if f.Status != secret.Active || f.TokenID != token.ID && f.Owner != u.Email {
			t.Errorf("%s: %s %s", f.Title, f.Status, f.StatusDetail)
		}
	}
}

// TestInspect asks what tokens can do: of themselves, and of the operator.
func TestInspect(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u, other := s.AddUser("ada@example.com"), s.AddUser("bob@example.com")
	a := s.AddAccount("acme")
	u.Join(a)
	operator := u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{u.Allow("API Tokens Read")}})
	minter := u.AddToken(cfapitest.TokenSpec{Name: "minter", Policies: []cfapitest.Policy{u.Allow("API Tokens Write")}})
	dns := u.AddToken(cfapitest.TokenSpec{Name: "dns", Policies: []cfapitest.Policy{a.AllowZones("DNS Write")}, IPIn: []string{"192.0.2.0/24"}})
	reader := u.AddToken(cfapitest.TokenSpec{Name: "reader", Policies: []cfapitest.Policy{a.AllowZones("Zone Read")}})
	bobs := other.AddToken(cfapitest.TokenSpec{Name: "bobs"})
	in := strings.Join([]string{reader.Value(), dns.Value(), bobs.Value(), minter.Value(), u.GlobalKey()}, "\n")

	_, out, errs := leak(t, s, in, "inspect", "-f", "json", "--email", u.Email)
	byName := identities(t, out)
	if i := byName["minter"]; i == nil || i.Risk != report.Critical || !i.CanMint {
		t.Errorf("minter: %+v", i)
	}
	if strings.Count(out, "set CLOUDFLARE_API_TOKEN") != 3 {
		t.Errorf("without an operator\n%s%s", out, errs)
	}

	t.Setenv("CLOUDFLARE_API_TOKEN", operator.Value())
	before := s.CallsBy(operator.Value())
	_, out, errs = leak(t, s, in, "inspect", "-f", "json", "--email", u.Email)
	byName = identities(t, out)
	for name, risk := range map[string]report.Risk{"minter": report.Critical, "dns": report.HighRisk, "reader": report.LowRisk} {
		if i := byName[name]; i == nil || i.Risk != risk {
			t.Errorf("%s: %+v, want %s", name, i, risk)
		}
	}
	if i := byName["dns"]; i != nil && (len(i.FromIPs) != 1 || !strings.Contains(strings.Join(i.Reaches, "\n"), "DNS Write: all zones of account "+a.ID)) {
		t.Errorf("dns: %+v", i)
	}
	if !strings.Contains(out, "another user's") || byName["bobs"] != nil {
		t.Errorf("bob's token\n%s", out)
	}
	if n := s.CallsBy(operator.Value()) - before; n != 3 {
		t.Errorf("the operator's credential was used %d times", n)
	}
	hush(t, out+errs, operator.Value(), minter.Value(), dns.Value(), reader.Value(), bobs.Value(), u.GlobalKey())

	_, out, errs = leak(t, s, in, "inspect", "--email", u.Email)
	at := -1
	for _, risk := range []string{"critical", "critical", "high", "unknown", "low"} {
		next := strings.Index(out[at+1:], "risk      "+risk)
		if next < 0 {
			t.Fatalf("%s is not next\n%s%s", risk, out, errs)
		}
		at += 1 + next
	}
}

func identities(t *testing.T, out string) map[string]*report.Identity {
	t.Helper()
	var d struct{ Findings []report.Finding }
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*report.Identity)
	for _, f := range d.Findings {
		if f.Identity != nil && f.Identity.Name != "" {
			all[f.Identity.Name] = f.Identity
		}
	}
	return all
}
