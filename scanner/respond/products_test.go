package respond

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/cfapi"
	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/testdata/mint"
)

// A product of a fake, as a test sees it.
type faked struct {
	target  Target
	at      string        // the id in the path of requests that change it
	value   func() string // in force
	changes func() int
	gone    func() bool // nil where it cannot be
}

// A yard is a fake with an operator who may do all to what is no token.
type yard struct {
	*cfapitest.Server
	account  *cfapitest.Account
	operator *cfapitest.Token
}

func newYard(t testing.TB) *yard {
	s := cfapitest.New(t)
	u, a := s.AddUser("ada@example.com"), s.AddAccount("acme")
	u.Join(a)
	return &yard{s, a, u.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{
		a.Allow("Access: Service Tokens Write", "Cloudflare Tunnel Write", "Turnstile Sites Write"),
	}})}
}

func (y *yard) agent(t *testing.T) Agent {
	t.Helper()
	agent, err := Identify(t.Context(), newClient(t, y.Server), Operator{Token: value(y.operator.Value())}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return agent
}

func (y *yard) of(name, leaked string) Target {
	v := value(leaked)
	return Target{TokenID: name, AccountID: y.account.ID, Title: "a credential", Masked: v.Mask(), Fingerprint: v.Fingerprint()}
}

func (y *yard) access() faked {
	k := y.account.AddServiceToken("ci")
	return faked{y.of("access-"+k.ClientID, k.Secret()), k.ID, k.Secret, k.Rotations, func() bool { return k.Document() == nil }}
}

func (y *yard) tunnel() faked {
	k := y.account.AddTunnel("office")
	return faked{y.of("tunnel-"+k.ID, k.Token()), k.ID, k.Token, k.Changes, k.IsDeleted}
}

func (y *yard) warp() faked {
	k := y.account.AddWARPConnector("branch")
	return faked{y.of("tunnel-"+k.ID, k.Token()), k.ID, k.Token, k.Changes, k.IsDeleted}
}

func (y *yard) turnstile() faked {
	k := y.account.AddWidget("login")
	return faked{y.of("turnstile-"+k.SiteKey, k.Secret()), k.SiteKey, k.Secret, k.Rotations, nil}
}

// kinds are all of them.
func (y *yard) kinds() map[string]func() faked {
	return map[string]func() faked{"access": y.access, "tunnel": y.tunnel, "warp": y.warp, "turnstile": y.turnstile}
}

// carry plans an action and carries it out. Its error is one of the plan too.
func (y *yard) carry(t *testing.T, action Action, journal string, o Options, targets ...Target) (*Plan, Result, error) {
	t.Helper()
	o.Journal, o.CheckDelay = journal, time.Millisecond
	p, err := NewPlan(t.Context(), y.agent(t).API(), action, targets, o)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Apply(t.Context(), p, nil)
	return p, res, err
}

// TestProducts says what becomes of what is no token by each action, and that it
// is done once.
func TestProducts(t *testing.T) {
	const cannot = "CANNOT BE DONE"
	for kind, says := range map[string]map[Action]string{
		"access":    {Roll: "service token ", Disable: "service token ", Revoke: "whatever comes in with it"},
		"tunnel":    {Roll: "It is connected from 198.51.100.7.", Disable: cannot + "  A tunnel cannot be disabled", Revoke: "tunnel "},
		"warp":      {Roll: "no API that drops the connections", Disable: cannot, Revoke: "tunnel "},
		"turnstile": {Roll: "not kept for two hours", Disable: cannot + "  A widget cannot be disabled", Revoke: cannot + "  To delete a widget"},
	} {
		for action, want := range says {
			t.Run(kind+" "+string(action), func(t *testing.T) {
				y := newYard(t)
				k := y.kinds()[kind]()
				other := y.kinds()[kind]() // which is left alone
				leaked, others := k.value(), other.value()
				dir := t.TempDir()
				to, err := ParseDelivery("dir:" + filepath.Join(dir, "new"))
				if err != nil {
					t.Fatal(err)
				}
				journal := filepath.Join(dir, "state", "journal")
				o := Options{}
				if action == Roll {
					o.To = to
				}
				p, res, err := y.carry(t, action, journal, o, k.target)
				text := planText(t, p)
				if !strings.Contains(text, want) || strings.Contains(text, leaked[10:30]) {
					t.Errorf("the plan lacks %q:\n%s", want, text)
				}
				if other.value() != others || other.changes() > 0 {
					t.Error("another one was changed")
				}
				if strings.HasPrefix(want, cannot) {
					if err == nil || k.value() != leaked || k.changes() > 0 {
						t.Errorf("%v, %d changes", err, k.changes())
					}
					return
				}
				if err != nil || res.Done != 1 {
					t.Fatalf("%v, %+v\n%s", err, res, text)
				}
				switch action {
				case Roll:
					got, err := os.ReadFile(filepath.Join(dir, "new", k.target.TokenID))
					if err != nil || string(got) != k.value() || k.value() == leaked || k.changes() != 1 {
						t.Errorf("%v, delivered %d bytes, %d changes", err, len(got), k.changes())
					}
				case Revoke:
					if !k.gone() {
						t.Error("it is there")
					}
				}
				before := len(y.Calls())
				if _, res, err := y.carry(t, action, journal, o, k.target); err != nil || res.Left != 1 {
					t.Errorf("once more: %v, %+v", err, res)
				}
				for _, c := range y.Calls()[before:] {
					if c.Method != http.MethodGet {
						t.Errorf("once more: %s %s", c.Method, c.Path)
					}
				}
				data, err := os.ReadFile(journal)
				if err != nil || !strings.Contains(string(data), `"token_id":"`+k.target.TokenID+`"`) || strings.Contains(string(data), leaked[10:30]) || strings.Contains(string(data), k.value()[10:30]) {
					t.Errorf("the journal: %v\n%s", err, data)
				}
			})
		}
	}
}

// TestAccessDisabled says that a service token keeps its name and duration, and
// its secret does not work.
func TestAccessDisabled(t *testing.T) {
	y := newYard(t)
	k := y.account.AddServiceToken("ci")
	k.Set("duration", "forever")
	before := k.Document()
	if _, _, err := y.carry(t, Disable, filepath.Join(t.TempDir(), "journal"), Options{}, y.of("access-"+k.ClientID, k.Secret())); err != nil {
		t.Fatal(err)
	}
	after := k.Document()
	for field, want := range map[string]any{"enabled": false, "name": before["name"], "duration": "forever"} {
		if after[field] != want {
			t.Errorf("%s is %v, want %v", field, after[field], want)
		}
	}
}

// TestTunnelConnections says that the connections of the old token are dropped
// once the new one is delivered, and not before.
func TestTunnelConnections(t *testing.T) {
	y := newYard(t)
	k := y.account.AddTunnel("office")
	target := y.of("tunnel-"+k.ID, k.Token())
	dir := t.TempDir()
	journal := filepath.Join(dir, "state", "journal")
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	to, err := ParseDelivery("exec:" + quote(os.Args[0]) + " deliver fail")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := y.carry(t, Roll, journal, Options{To: to}, target); err == nil || k.Connections() != 2 || k.Changes() != 1 {
		t.Fatalf("not delivered: %v, %d connections, %d changes", err, k.Connections(), k.Changes())
	}
	if to, err = ParseDelivery("dir:" + filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	y.MisbehaveOn(http.MethodDelete, "/connections", 1, cfapitest.Failure(500, 1001, "no"))
	if _, _, err := y.carry(t, Roll, journal, Options{To: to}, target); err == nil || !strings.Contains(err.Error(), "dropping the connections") {
		t.Fatalf("not dropped: %v", err)
	}
	if _, res, err := y.carry(t, Roll, journal, Options{To: to}, target); err != nil || res.Done != 1 || k.Connections() != 0 || k.Changes() != 1 {
		t.Errorf("%v, %+v, %d connections, %d changes", err, res, k.Connections(), k.Changes())
	}
}

// TestProposed says that the token of a tunnel is in the escrow before the tunnel
// has it, and that a run that was not told what became of the call makes it again
// with the same one.
func TestProposed(t *testing.T) {
	for _, served := range []bool{false, true} {
		y := newYard(t)
		k := y.account.AddTunnel("office")
		target := y.of("tunnel-"+k.ID, k.Token())
		dir := t.TempDir()
		journal := filepath.Join(dir, "journal")
		to, err := ParseDelivery("dir:" + filepath.Join(dir, "new"))
		if err != nil {
			t.Fatal(err)
		}
		kept := func() (all []string) {
			names, err := list(journal + ".escrow")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				data, err := os.ReadFile(filepath.Join(journal+".escrow", name))
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, string(data))
			}
			return all
		}
		response := cfapitest.Disconnect()
		if served {
			response = response.AfterServing()
		}
		y.MisbehaveOn(http.MethodPatch, "/"+k.ID, 1, response)
		if _, _, err := y.carry(t, Roll, journal, Options{To: to}, target); err == nil {
			t.Fatal("it is told that it was done")
		}
		made := kept()
		if len(made) != 1 || served != (made[0] == k.Token()) {
			t.Fatalf("%d values in the escrow", len(made))
		}
		p, res, err := y.carry(t, Roll, journal, Options{To: to}, target)
		if err != nil || res.Done != 1 || k.Token() != made[0] || len(kept()) > 0 {
			t.Errorf("taken up: %v, %+v", err, res)
		}
		if text := planText(t, p); !strings.Contains(text, "it is set again, and delivered.") {
			t.Errorf("the plan\n%s", text)
		}
		got, err := os.ReadFile(filepath.Join(dir, "new", target.TokenID))
		if err != nil || string(got) != k.Token() {
			t.Errorf("delivered %d bytes, %v", len(got), err)
		}
	}
}

// TestResolve finds the widgets that secret keys are of.
func TestResolve(t *testing.T) {
	y := newYard(t)
	for range 8 {
		y.account.AddWidget("filler")
	}
	k, rotated := y.account.AddWidget("login"), y.account.AddWidget("old")
	finding := func(w *cfapitest.Widget, accounts ...string) report.Finding {
		v := value(w.Secret())
		return report.Finding{Rule: detectors.TurnstileSecret.ID, Title: "Turnstile", Masked: v.Mask(), Fingerprint: v.Fingerprint(), Status: secret.Active, AccountIDs: accounts}
	}
	found, lost := finding(k), finding(rotated)
	rotated.Rotate()
	for name, accounts := range map[string][]string{"named": {y.account.ID}, "asked for": nil, "the second": {mint.ID("wrong"), y.account.ID}} {
		s := Reported([]report.Finding{found, lost}, nil)
		if !s.Unresolved() || len(s.Targets)+len(s.LeftOut) > 0 {
			t.Fatalf("%s: %+v", name, s)
		}
		y.agent(t).Resolve(t.Context(), &s, accounts, nil)
		if s.Unresolved() || len(s.Targets) != 1 || s.Targets[0].TokenID != "turnstile-"+k.SiteKey || s.Targets[0].AccountID != y.account.ID || s.Targets[0].Fingerprint != found.Fingerprint {
			t.Errorf("%s: %+v", name, s)
		}
		if len(s.LeftOut) != 1 || !s.Unsettled() || s.LeftOut[0].What != "Turnstile "+lost.Masked {
			t.Errorf("%s: %+v", name, s.LeftOut)
		}
	}
	was := Target{TokenID: "turnstile-" + rotated.SiteKey, AccountID: y.account.ID, Fingerprint: lost.Fingerprint}
	s := Reported([]report.Finding{lost}, nil)
	calls := len(y.Calls())
	Agent{}.Resolve(t.Context(), &s, nil, []Target{was}) // nobody is asked
	if len(s.Targets) != 1 || s.Targets[0].TokenID != was.TokenID || s.Targets[0].Masked != lost.Masked || s.Unresolved() || len(y.Calls()) != calls {
		t.Errorf("done before: %+v", s)
	}
	for range maxLookups {
		y.account.AddWidget("many")
	}
	before := len(y.Calls())
	s = Reported([]report.Finding{lost}, nil)
	agent := y.agent(t)
	asked := len(y.Calls()) - before
	agent.Resolve(t.Context(), &s, []string{y.account.ID}, nil)
	if n := len(y.Calls()) - before - asked; n != maxLookups || len(s.LeftOut) != 1 || !strings.Contains(s.LeftOut[0].Why, cfapi.ErrSpent.Error()) {
		t.Errorf("%d calls, %+v", n, s.LeftOut)
	}
}

// TestReportedOthers says which findings that are of no API token are acted on.
func TestReportedOthers(t *testing.T) {
	account, id := strings.Repeat("a", 32), strings.Repeat("1", 32)
	uuid := mint.UUID("t")
	for name, tt := range map[string]struct {
		finding report.Finding
		want    string // the id of the target
		why     string
	}{
		"a tunnel":              {report.Finding{Rule: "cloudflare-tunnel-token", KeyID: uuid, AccountID: account}, "tunnel-" + uuid, ""},
		"of no known account":   {report.Finding{Rule: "cloudflare-tunnel-token", KeyID: uuid}, "", "its account is not known"},
		"without an id":         {report.Finding{Rule: "cloudflare-tunnel-token", AccountID: account}, "", "Networking > Tunnels"},
		"with a bad one":        {report.Finding{Rule: "cloudflare-tunnel-token", KeyID: "../../etc/passwd", AccountID: account}, "", "does not stand beside it"},
		"with a worse one":      {report.Finding{Rule: "cloudflare-tunnel-token", KeyID: "00000000-0000-4000-8000-00000000000/", AccountID: account}, "", "does not stand beside it"},
		"a service token":       {report.Finding{Rule: "cloudflare-access-secret", KeyID: id + ".access", AccountID: account}, "access-" + id + ".access", ""},
		"with the id of a host": {report.Finding{Rule: "cloudflare-access-secret", KeyID: id + ".access/..", AccountID: account}, "", "does not stand beside it"},
		"an R2 key":             {report.Finding{Rule: "cloudflare-r2-key", KeyID: id, TokenID: id, TokenOf: report.OfAccount, AccountID: account}, id, ""},
		"nobody's R2 key":       {report.Finding{Rule: "cloudflare-r2-key", KeyID: id, TokenID: id}, "", "does not say whose it is"},
		"a deploy hook":         {report.Finding{Rule: "cloudflare-deploy-hook"}, "", "there is no API for it. Delete the deploy hook in the dashboard"},
		"an OAuth token":        {report.Finding{Rule: "cloudflare-oauth-token", Status: secret.Active}, "", "wrangler logout"},
		"an Origin CA key":      {report.Finding{Rule: "cloudflare-origin-ca-key", Status: secret.Invalid}, "", "does not know it any more"},
	} {
		s := Reported([]report.Finding{tt.finding}, nil)
		got := ""
		if len(s.Targets) == 1 {
			got = s.Targets[0].TokenID
		}
		if got != tt.want || (tt.why != "") != (len(s.LeftOut) == 1) || tt.why != "" && !strings.Contains(s.LeftOut[0].Why, tt.why) {
			t.Errorf("%s: %+v, want %q, %q", name, s, tt.want, tt.why)
		}
	}
}

// TestProductIDs says that no id that is none of its kind comes into a plan.
func TestProductIDs(t *testing.T) {
	account := strings.Repeat("a", 32)
	for _, bad := range []Target{
		{TokenID: "tunnel-", AccountID: account}, {TokenID: "tunnel-../x", AccountID: account}, {TokenID: "tunnel-" + mint.UUID("t")},
		{TokenID: "access-x.access", AccountID: account}, {TokenID: "turnstile-a/b", AccountID: account}, {TokenID: "other-" + mint.UUID("t"), AccountID: account},
		{TokenID: "turnstile-" + strings.Repeat("a", 20), AccountID: "x"},
	} {
		if _, err := NewPlan(t.Context(), API{}, Roll, []Target{bad}, Options{Journal: filepath.Join(t.TempDir(), "journal")}); err == nil {
			t.Errorf("%+v is in a plan", bad)
		}
	}
}

// agent returns the API as an operator has it, in a process that may be killed.
func (e errand) agent() (API, error) {
	// Go's client repeats a request by itself when a connection that was used
	// before is closed on it. Here, that is to be seen.
	client, err := cfapi.New(cfapi.Options{
		BaseURL: e.Server, Rate: 1e6, Transport: &http.Transport{DisableKeepAlives: true},
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		return API{}, err
	}
	agent, err := Identify(context.Background(), client, Operator{Token: value(e.Operator)}, e.Targets)
	return agent.API(), err
}

// TestProductsKilled rolls what is no token in a process that is killed at random
// moments, while the API now and then fails, or carries a request out and closes
// the connection instead of answering.
func TestProductsKilled(t *testing.T) {
	kills := 8
	if s := os.Getenv("LEAKFLARE_KILLS"); s != "" {
		if _, err := fmt.Sscan(s, &kills); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	killed, runs, failed, rolled := 0, 0, 0, 0
	byCommand := true
	for killed < kills {
		c, all := newProductCampaign(t, rnd)
		if byCommand = !byCommand; byCommand {
			if err := os.Mkdir(c.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			c.errand.To = "exec:" + quote(os.Args[0]) + " deliver " + quote(c.dir)
		}
		c.fight(min(kills-killed, max(4, kills/10)))
		c.checkProducts(all)
		killed, runs, failed, rolled = killed+c.kills, runs+c.runs, failed+c.failed, rolled+len(all)
	}
	t.Logf("%d kills, %d runs of which %d ended with an error of the API; %d credentials", killed, runs, failed, rolled)
}

// newProductCampaign returns a campaign with some of each kind.
func newProductCampaign(t *testing.T, rnd *rand.Rand) (*campaign, []faked) {
	y := newYard(t)
	var all []faked
	for range 6 {
		all = append(all, y.access(), y.tunnel(), y.warp(), y.turnstile())
	}
	c := &campaign{t: t, kind: "dir", rnd: rnd, dir: filepath.Join(t.TempDir(), "new")}
	c.errand = errand{Server: y.URL, Journal: filepath.Join(t.TempDir(), "journal"), To: "dir:" + c.dir, Operator: y.operator.Value()}
	c.secrets = append(c.secrets, y.operator.Value())
	for _, k := range all {
		c.errand.Targets = append(c.errand.Targets, k.target)
		c.secrets = append(c.secrets, k.value())
	}
	luck := rand.New(rand.NewPCG(rnd.Uint64(), 1))
	y.Misbehave(func(r *http.Request) cfapitest.Response {
		time.Sleep(time.Duration(luck.IntN(2000)) * time.Microsecond)
		if r.Method != http.MethodPost && r.Method != http.MethodPatch || strings.HasSuffix(r.URL.Path, "/siteverify") {
			return cfapitest.Response{}
		}
		data, err := os.ReadFile(c.errand.Journal)
		if err != nil {
			t.Errorf("changed without a journal: %v", err)
		}
		for _, k := range all {
			if strings.Contains(r.URL.Path, "/"+k.at) && strings.Contains(string(data), `"step":"done","token_id":"`+k.target.TokenID+`"`) {
				t.Errorf("%s is rolled after it was done", k.target)
			}
		}
		switch n := luck.IntN(100); {
		case n < 3:
			return cfapitest.HTML(http.StatusBadGateway)
		case n < 7:
			return cfapitest.Disconnect().AfterServing()
		}
		return cfapitest.Response{}
	})
	return c, all
}

// checkProducts holds what is at the destination against the true state.
func (c *campaign) checkProducts(all []faked) {
	t := c.t
	for _, k := range all {
		got, err := os.ReadFile(filepath.Join(c.dir, k.target.TokenID))
		if err != nil || string(got) != k.value() || k.changes() == 0 {
			t.Errorf("%s: the value in force is lost (%v), or it was not rolled (%d changes)", k.target, err, k.changes())
		}
		c.secrets = append(c.secrets, k.value())
	}
	journal, err := os.ReadFile(c.errand.Journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.secrets {
		parts := append(secret.New([]byte(v)).Spellings(), v[10:30])
		if strings.HasPrefix(v, "eyJ") { // of a tunnel's token only the end is secret
			parts = []string{v, v[len(v)-50 : len(v)-30]}
		}
		for _, s := range parts {
			if strings.Contains(c.output.String(), s) || strings.Contains(string(journal), s) {
				t.Fatal("output or journal show a value")
			}
		}
	}
	if names, err := list(c.dir); err != nil || len(names) != len(all) && strings.HasPrefix(c.errand.To, "dir:") {
		t.Errorf("at the destination: %q, %v", names, err)
	}
}
