package main

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
)

// An incident is a report of leaked tokens, and what there is to act on them.
type incident struct {
	*cfapitest.Server
	user      *cfapitest.User
	account   *cfapitest.Account
	users     *cfapitest.Token // leaked
	accounts  *cfapitest.Token // leaked
	report    string
	dir       string
	t         *testing.T
	secrets   []string
	journaled []string // arguments that keep the journal in dir
}

func newIncident(t *testing.T) *incident {
	t.Helper()
	clearEnv(t)
	s := cfapitest.New(t)
	in := &incident{Server: s, user: s.AddUser("ada@example.com"), account: s.AddAccount("acme"), dir: t.TempDir(), t: t}
	in.user.Join(in.account)
	in.users = in.user.AddToken(cfapitest.TokenSpec{
		Name: "deploy", Policies: []cfapitest.Policy{in.account.AllowZones("DNS Write")},
		IPIn: []string{"192.0.2.0/24"}, Extra: map[string]any{"later": map[string]any{"x": "y"}},
	})
	in.accounts = in.account.AddToken(cfapitest.TokenSpec{Name: "ci", Policies: []cfapitest.Policy{in.account.AllowZones("Zone Read")}})
	operator := in.user.AddToken(cfapitest.TokenSpec{Name: "operator", Policies: []cfapitest.Policy{
		in.user.Allow("API Tokens Write"), in.account.Allow("Account API Tokens Write"),
	}})
	in.secrets = []string{in.users.Value(), in.accounts.Value(), operator.Value(), in.user.GlobalKey()}
	leaked := filepath.Join(in.dir, "leaked.env")
	in.report = filepath.Join(in.dir, "report.json")
	write(t, leaked, "TOKEN="+in.users.Value()+"\nCLOUDFLARE_ACCOUNT_ID="+in.account.ID+"\nTOKEN2="+in.accounts.Value()+"\n")
	if status, _, errs := in.run("", "scan", "--verify", "-f", "json", "-o", in.report, leaked); status != exitFound {
		t.Fatalf("status %d\n%s", status, errs)
	}
	t.Setenv("CLOUDFLARE_API_TOKEN", operator.Value())
	in.journaled = []string{"--journal", filepath.Join(in.dir, "state", "journal")}
	return in
}

// run runs leakflare, and holds what it writes and keeps against the secrets.
func (in *incident) run(stdin string, args ...string) (status int, out, errs string) {
	in.t.Helper()
	status, out, errs = leak(in.t, in.Server, stdin, args...)
	text := out + errs
	journal, err := os.ReadFile(filepath.Join(in.dir, "state", "journal"))
	if err == nil {
		text += string(journal)
	}
	hush(in.t, text, append(in.secrets, in.users.Value(), in.accounts.Value())...)
	return status, out, errs
}

// do runs an action on the report.
func (in *incident) do(args ...string) (status int, out, errs string) {
	in.t.Helper()
	return in.run("", slices.Concat(args[:1], in.journaled, args[1:], []string{in.report})...)
}

// changes returns how many requests were made that change something.
func (in *incident) changes() (n int) {
	for _, c := range in.Calls() {
		if c.Method != http.MethodGet {
			n++
		}
	}
	return n
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRoll(t *testing.T) {
	in := newIncident(t)
	to := filepath.Join(in.dir, "new")
	status, out, errs := in.do("roll", "--to", "dir:"+to)
	if status != exitClean || in.changes() != 0 {
		t.Fatalf("the plan: status %d, %d changes\n%s%s", status, in.changes(), out, errs)
	}
	for _, want := range []string{`"deploy", token ` + in.users.ID, "DNS Write: all zones of account " + in.account.ID, "CLOUDFLARE_API_TOKEN", in.accounts.ID + " of account " + in.account.ID} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan lacks %q\n%s", want, out)
		}
	}
	if !strings.Contains(errs, "--apply carries it out") {
		t.Errorf("beside the plan\n%s", errs)
	}
	if status, _, errs = in.do("roll", "--apply", "--to", "dir:"+to); status != exitUsage || in.changes() != 0 {
		t.Errorf("without a terminal: status %d, %d changes\n%s", status, in.changes(), errs)
	}
	old := in.users.Value()
	status, out, errs = in.do("roll", "--apply", "--yes", "--to", "dir:"+to)
	if status != exitClean {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	for _, k := range []*cfapitest.Token{in.users, in.accounts} {
		got, err := os.ReadFile(filepath.Join(to, k.ID))
		if err != nil || string(got) != k.Value() || k.Rolls() != 1 {
			t.Errorf("delivered %d bytes, %v, %d rolls", len(got), err, k.Rolls())
		}
	}
	if in.users.Value() == old {
		t.Error("it has the value that it had")
	}
	status, out, errs = in.do("roll", "--to", "dir:"+to)
	if status != exitClean || !strings.Contains(out, "Nothing is left to do.") || !strings.Contains(errs, "nothing is left to do") || strings.Contains(out+errs, "carries it out") {
		t.Errorf("the plan once more: status %d\n%s%s", status, out, errs)
	}
	before := in.changes()
	if status, _, errs = in.do("roll", "--apply", "--yes", "--to", "dir:"+to); status != exitClean || in.changes() != before || !strings.Contains(errs, "2 done before") {
		t.Errorf("once more: status %d, %d changes\n%s", status, in.changes()-before, errs)
	}
}

// TestAllLeftOut says that where nothing can be acted on there is no plan, and
// that the exit status tells whether one of those left out may work.
func TestAllLeftOut(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	u := s.AddUser("ada@example.com")
	live, off := u.AddToken(cfapitest.TokenSpec{}), u.AddToken(cfapitest.TokenSpec{})
	file := filepath.Join(t.TempDir(), "report.json")
	scan := func(text string, args ...string) {
		t.Helper()
		args = append([]string{"scan", "-f", "json", "-o", file}, append(args, "-")...)
		if status, _, errs := leak(t, s, text, args...); status != exitFound {
			t.Fatalf("status %d\n%s", status, errs)
		}
	}
	check := func(name string, want int, says string) {
		t.Helper()
		for _, args := range [][]string{{"disable"}, {"revoke", "--apply", "--yes"}, {"roll"}} {
			args = append(args, "--journal", filepath.Join(t.TempDir(), "journal"), file)
			status, out, errs := leak(t, s, "", args...)
			if status != want || out != "" || !strings.Contains(errs, says) || strings.Contains(errs, "--apply carries it out") {
				t.Errorf("%s: %s: status %d\n%s%s", name, args[0], status, out, errs)
			}
		}
	}
	scan(u.GlobalKey())
	check("a key", exitUnsettled, "nothing can be done by API")
	scan(live.Value())
	check("not verified", exitUnsettled, "nothing can be done by API")
	off.Delete()
	scan(off.Value(), "--verify")
	check("dead", exitClean, "nothing to do")
}

// TestTakenUp says that a roll that was begun is finished by the same command,
// though the leaked value is dead by then: with the report, with a new one, with
// the token itself, and without either.
func TestTakenUp(t *testing.T) {
	for _, how := range []string{"same report", "new report", "--self", "--resume", "no credential that works"} {
		t.Run(how, func(t *testing.T) {
			in := newIncident(t)
			in.t = t
			k := in.user.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{in.user.Allow("API Tokens Write")}})
			value := k.Value()
			in.secrets = append(in.secrets, value)
			leaked := filepath.Join(in.dir, "one.env")
			write(t, leaked, value)
			scan := func() {
				in.run("", "scan", "--verify", "-f", "json", "-o", in.report, leaked)
			}
			scan()
			to := filepath.Join(in.dir, "new")
			args := []string{"roll", "--apply", "--yes"}
			stdin := ""
			if how == "--self" {
				stdin = value
				args = append(args, "--self")
			}
			first := append(append(args, "--to", "exec:false"), in.journaled...)
			if how != "--self" {
				first = append(first, in.report)
			}
			if status, _, errs := in.run(stdin, first...); status != exitUnsettled || k.Rolls() != 1 {
				t.Fatalf("status %d, %d rolls\n%s", status, k.Rolls(), errs)
			}
			second := append(append(args, "--to", "dir:"+to), in.journaled...)
			switch how {
			case "new report":
				scan()
				second = append(second, in.report)
			case "same report":
				second = append(second, in.report)
			case "--resume":
				second = append(second, "--resume")
			case "no credential that works":
				t.Setenv("CLOUDFLARE_API_TOKEN", value)
				second = append(second, in.report)
			}
			status, out, errs := in.run(stdin, second...)
			got, err := os.ReadFile(filepath.Join(to, k.ID))
			if status != exitClean || err != nil || string(got) != k.Value() || k.Rolls() != 1 {
				t.Errorf("status %d, %v, %d rolls\n%s%s", status, err, k.Rolls(), out, errs)
			}
		})
	}
}

// A command that succeeds and has not read the value has not taken delivery.
func TestNotRead(t *testing.T) {
	in := newIncident(t)
	status, _, errs := in.do("roll", "--apply", "--yes", "--to", "exec:true")
	if status != exitUnsettled || !strings.Contains(errs, "has not read the value") {
		t.Fatalf("status %d\n%s", status, errs)
	}
	if status, _, errs = in.do("roll", "--apply", "--yes", "--to", "dir:"+filepath.Join(in.dir, "new")); status != exitClean {
		t.Errorf("status %d\n%s", status, errs)
	}
}

// A revoked token is not taken for gone by a credential that could not see it.
func TestRevokeByAnother(t *testing.T) {
	in := newIncident(t)
	in.MisbehaveOn(http.MethodDelete, "", -1, cfapitest.Unavailable())
	if status, _, _ := in.do("revoke", "--apply", "--yes"); status != exitUnsettled {
		t.Errorf("status %d", status)
	}
	in.Behave()
	bob := in.AddUser("bob@example.com")
	t.Setenv("CLOUDFLARE_API_TOKEN", bob.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{bob.Allow("API Tokens Write")}}).Value())
	if status, out, errs := in.do("revoke", "--apply", "--yes"); status == exitClean || in.users.Status() != "active" {
		t.Errorf("status %d, token %s\n%s%s", status, in.users.Status(), out, errs)
	}
}

// Names of tokens may hold anything, other tokens too.
func TestNameWithSecret(t *testing.T) {
	in := newIncident(t)
	other := in.user.AddToken(cfapitest.TokenSpec{}).Value()
	in.secrets = append(in.secrets, other)
	k := in.user.AddToken(cfapitest.TokenSpec{Name: "ci " + other + " x"})
	in.edit(in.users.ID, k.ID)
	if status, out, errs := in.do("roll", "--apply", "--yes", "--to", "dir:"+filepath.Join(in.dir, "new")); status != exitClean {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	for _, args := range [][]string{{"--to", "dir:" + other}, {"--to", "exec:" + other}, {"--to", "exec:true " + other[:20] + "''" + other[20:]}, {"--to", "dir:x", "--journal", other}} {
		if status, _, _ := in.do(append([]string{"roll"}, args...)...); status != exitUsage {
			t.Errorf("%d: status %d", len(args), status)
		}
	}
}

// TestDisable says that a disabled token keeps all else that it has.
func TestDisable(t *testing.T) {
	in := newIncident(t)
	before := in.users.Document()
	if status, out, errs := in.do("disable", "--apply", "--yes"); status != exitClean {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	after := in.users.Document()
	for _, d := range []map[string]any{before, after} {
		delete(d, "status")
		delete(d, "modified_on")
	}
	if in.users.Status() != "disabled" || in.accounts.Status() != "disabled" || !reflect.DeepEqual(before, after) {
		t.Errorf("%s, %s; before %v\nafter  %v", in.users.Status(), in.accounts.Status(), before, after)
	}
	if after["later"] == nil {
		t.Error("what is not known of is gone")
	}
}

func TestRevokeSelf(t *testing.T) {
	in := newIncident(t)
	k := in.user.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{in.user.Allow("API Tokens Write")}})
	value := k.Value()
	in.secrets = append(in.secrets, value)
	status, out, errs := in.run(value, append([]string{"revoke", "--self", "--apply", "--yes"}, in.journaled...)...)
	if status != exitClean || k.Status() != "deleted" {
		t.Errorf("status %d, token %s\n%s%s", status, k.Status(), out, errs)
	}
	// One that may not is left as it is.
	status, out, errs = in.run(in.users.Value(), append([]string{"revoke", "--self", "--apply", "--yes"}, in.journaled...)...)
	if status != exitUnsettled || in.users.Status() != "active" {
		t.Errorf("status %d, token %s\n%s%s", status, in.users.Status(), out, errs)
	}
}

// A token that has disabled itself can do nothing more, and is not to be taken
// for one that something is wrong with.
func TestDisableSelf(t *testing.T) {
	in := newIncident(t)
	k := in.user.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{in.user.Allow("API Tokens Write")}})
	in.secrets = append(in.secrets, k.Value())
	self := func(action string, args ...string) (int, string) {
		status, out, errs := in.run(k.Value(), append([]string{action, "--self", "--apply", "--yes"}, args...)...)
		return status, out + errs
	}
	if status, text := self("disable", in.journaled...); status != exitClean || k.Status() != "disabled" {
		t.Fatalf("status %d, token %s\n%s", status, k.Status(), text)
	}
	before := in.changes()
	for name, tt := range map[string]struct {
		action string
		args   []string
		status int
		says   string
	}{
		"once more":            {"disable", in.journaled, exitClean, "1 done before"},
		"with another journal": {"disable", []string{"--journal", filepath.Join(in.dir, "another")}, exitClean, "It is disabled already."},
		"rolled":               {"roll", append(in.journaled, "--to", "dir:"+filepath.Join(in.dir, "new")), exitUnsettled, "It is disabled, and cannot do it itself any more"},
		"revoked":              {"revoke", in.journaled, exitUnsettled, "It is disabled, and cannot do it itself any more"},
	} {
		status, text := self(tt.action, tt.args...)
		if status != tt.status || !strings.Contains(text, tt.says) || in.changes() != before {
			t.Errorf("%s: status %d, %d changes\n%s", name, status, in.changes()-before, text)
		}
	}
	// One that was killed before it could note that it is done is gone on with.
	b, err := os.ReadFile(in.journaled[1])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	intent := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"intent"`) })
	cut := filepath.Join(in.dir, "cut")
	write(t, cut, strings.Join(lines[:intent+1], ""))
	if status, text := self("disable", "--journal", cut); status != exitClean || !strings.Contains(text, "1 done, 0 done before") || in.changes() != before {
		t.Errorf("after a crash: status %d\n%s", status, text)
	}
}

// TestRespondRefuses says that what cannot be done is told before anything is
// changed.
func TestRespondRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(in *incident)
		args    []string
		status  int
		says    string
	}{
		"another tool's report":  {func(in *incident) { write(in.t, in.report, `[{"RuleID":"cloudflare-api-key"}]`) }, nil, exitUsage, "report"},
		"another version":        {func(in *incident) { write(in.t, in.report, `{"schema_version":99}`) }, nil, exitUsage, "schema version 99"},
		"no report":              {func(in *incident) { os.Remove(in.report) }, nil, exitUsage, "no such file"},
		"a changed report":       {func(in *incident) { in.edit(in.users.ID, "../../../accounts") }, nil, exitUsage, "is not the id of a token"},
		"a changed account":      {func(in *incident) { in.edit(in.account.ID, "../..") }, nil, exitUsage, "is not the id of an account"},
		"an unknown token":       {func(in *incident) { in.edit(in.users.ID, strings.Repeat("ab", 16)) }, nil, exitUnsettled, "knows no such token"},
		"no credential":          {func(in *incident) { in.t.Setenv("CLOUDFLARE_API_TOKEN", "") }, nil, exitUsage, "no credential"},
		"a dead credential":      {func(in *incident) { in.t.Setenv("CLOUDFLARE_API_TOKEN", in.secrets[0]); in.users.Delete() }, nil, exitUsage, "does not work"},
		"a device for a journal": {func(in *incident) {}, []string{"--journal", "/dev/zero"}, exitUsage, "journal"},
		"the token in use":       {func(in *incident) { in.t.Setenv("CLOUDFLARE_API_TOKEN", in.self()) }, nil, exitUnsettled, "itself works with"},
		"a destination that exists": {func(in *incident) {
			os.MkdirAll(filepath.Join(in.dir, "new"), 0o700)
			write(in.t, filepath.Join(in.dir, "new", in.users.ID), "mine")
		}, nil, exitUnsettled, "new"},
		"a bad destination": {func(in *incident) {}, []string{"--to", "ftp:x"}, exitUsage, "--to"},
		"no destination":    {func(in *incident) {}, []string{"--to", ""}, exitUsage, "needs --to"},
		"a changed journal": {func(in *incident) {
			os.MkdirAll(filepath.Join(in.dir, "state"), 0o700)
			write(in.t, filepath.Join(in.dir, "state", "journal"), "hello\n")
		}, nil, exitUsage, "journal"},
		"a read-only journal": {func(in *incident) { write(in.t, filepath.Join(in.dir, "state"), "a file") }, nil, exitUsage, "journal"},
	} {
		t.Run(name, func(t *testing.T) {
			in := newIncident(t)
			in.t = t
			tt.prepare(in)
			args := append([]string{"roll", "--apply", "--yes", "--to", "dir:" + filepath.Join(in.dir, "new")}, tt.args...)
			status, out, errs := in.do(args...)
			if status != tt.status || !strings.Contains(out+errs, tt.says) {
				t.Errorf("status %d, want %d and %q\n%s%s", status, tt.status, tt.says, out, errs)
			}
			if in.changes() != 0 {
				t.Errorf("%d changes", in.changes())
			}
		})
	}
}

// edit replaces a string in the report.
func (in *incident) edit(old, text string) {
	b, err := os.ReadFile(in.report)
	if err != nil {
		in.t.Fatal(err)
	}
	write(in.t, in.report, strings.ReplaceAll(string(b), old, text))
}

// self makes the leaked token of the user one that may change tokens, reports it,
// and returns it.
func (in *incident) self() string {
	k := in.user.AddToken(cfapitest.TokenSpec{Policies: []cfapitest.Policy{in.user.Allow("API Tokens Write"), in.account.Allow("Account API Tokens Write")}})
	in.edit(in.users.ID, k.ID)
	return k.Value()
}

// TestRollThroughFaults rolls while the API fails, before the change and after
// it. Whatever was lost, the same command mends it.
func TestRollThroughFaults(t *testing.T) {
	for name, fault := range map[string]cfapitest.Response{
		"429":                cfapitest.RateLimited(time.Second),
		"503":                cfapitest.Unavailable(),
		"503, and rolled":    cfapitest.Unavailable().AfterServing(),
		"half a body":        cfapitest.Truncated().AfterServing(),
		"no answer":          cfapitest.Disconnect().AfterServing(),
		"HTML":               cfapitest.HTML(200),
		"HTML, and rolled":   cfapitest.HTML(502).AfterServing(),
		"a redirect":         cfapitest.Redirect("https://evil.test/"),
		"an answer too long": cfapitest.Huge(8 << 20).AfterServing(),
	} {
		t.Run(name, func(t *testing.T) {
			in := newIncident(t)
			in.t = t
			to := filepath.Join(in.dir, "new")
			roll := []string{"roll", "--apply", "--yes", "--to", "dir:" + to}
			in.MisbehaveOn(http.MethodPut, "/value", 1, fault)
			status, _, errs := in.do(roll...)
			if failed := name != "429"; failed != (status == exitUnsettled) {
				t.Errorf("status %d\n%s", status, errs)
			}
			in.Behave()
			if status, out, errs := in.do(roll...); status != exitClean {
				t.Fatalf("status %d\n%s%s", status, out, errs)
			}
			for _, k := range []*cfapitest.Token{in.users, in.accounts} {
				if got, err := os.ReadFile(filepath.Join(to, k.ID)); err != nil || string(got) != k.Value() {
					t.Errorf("%v, or another value", err)
				}
			}
		})
	}
}
