package respond

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

func TestPlanText(t *testing.T) {
	b := newBench(t, 3)
	d := &b.cloud.tokens[b.targets[0].TokenID].details
	d.Name = "ci \x1b[31m##vso[x] \"deploy\""
	d.Reaches = []string{"DNS Write on all zones of the account Example", "Workers Scripts Write"}
	d.LastUsed = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	b.cloud.tokens[b.targets[1].TokenID].details.Cannot = "It is another user's: roll it at My Profile, API Tokens."
	delete(b.cloud.tokens, b.targets[2].TokenID)
	p := b.plan(Roll)
	want := `Plan: roll 3 API tokens. Each gets a new value with the same rights; the old one dies at once.
   new values      dir:DEST
   escrow          JOURNAL.escrow
   journal         JOURNAL

1. "ci ?[31m# #vso[x] "deploy"", token 00000000000000000000000000abc000
   leaked          MASK user API token
   owner           a user
   status          active, last used 2026-07-01
   reaches         DNS Write on all zones of the account Example
   reaches         Workers Scripts Write
   done with       the token in CLOUDFLARE_API_TOKEN
   breaks          whatever uses the token

2. "token 1", token 00000000000000000000000000abc001
   leaked          MASK user API token
   owner           a user
   status          active
   CANNOT BE DONE  It is another user's: roll it at My Profile, API Tokens.

3. a token, token 00000000000000000000000000abc002
   leaked          MASK user API token
   CANNOT BE DONE  Cloudflare knows no such token, or none that the credential can see.

Nothing is done: the plan cannot be carried out for 2 of 3 tokens: token 00000000000000000000000000abc001: It is another user's: roll it at My Profile, API Tokens.
`
	got := strings.NewReplacer(b.dir, "DEST", b.options.Journal, "JOURNAL").Replace(planText(t, p))
	for _, t := range b.targets {
		got = strings.ReplaceAll(got, t.Masked, "MASK")
	}
	if got = strings.ReplaceAll(got, `\"`, `"`); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	// A plan leaves no trace, and one with problems is not carried out.
	if _, err := Apply(context.Background(), p, nil); err == nil {
		t.Error("it is carried out")
	}
	for _, name := range []string{b.dir, b.options.Journal, filepath.Dir(b.options.Journal)} {
		if _, err := os.Lstat(name); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	b.options.LeaveOut = true
	if res := b.finish(Roll); res.Done != 1 || res.LeftOut != 2 {
		t.Errorf("%+v", res)
	}
}

// TestPlanNumber says what a plan begins with for one token, and for more.
func TestPlanNumber(t *testing.T) {
	for n, want := range map[int]string{
		1: "Plan: disable 1 API token. Its value stops working at once, until somebody enables it again.\n",
		2: "Plan: disable 2 API tokens. Their values stop working at once, until somebody enables them again.\n",
	} {
		if text := planText(t, newBench(t, n).plan(Disable)); !strings.HasPrefix(text, want) {
			t.Errorf("%d:\n%s\nwant:\n%s", n, text, want)
		}
	}
}

// TestPlanDone says that a plan in which all is done does not tell what would be
// done, and needs nothing for it.
func TestPlanDone(t *testing.T) {
	const nothing = " Nothing is left to do.\n   journal"
	for _, action := range []Action{Roll, Disable, Revoke} {
		b := newBench(t, 2)
		all := b.targets
		b.targets = all[:1]
		b.finish(action)
		b.options.To = nil
		b.targets = all
		p := b.plan(action)
		if text := planText(t, p); p.IsDone() || strings.Contains(text, "left to do") || strings.Count(text, "   breaks") != 1 {
			t.Errorf("%s: one of two is done:\n%s", action, text)
		}
		b.targets = all[:1]
		p = b.plan(action)
		if text := planText(t, p); !p.IsDone() || p.Err() != nil || !strings.HasPrefix(text, "Plan: "+string(action)+" 1 API token."+nothing) || strings.Contains(text, "done with") || strings.Contains(text, "breaks") {
			t.Errorf("%s: done: %v\n%s", action, p.Err(), text)
		}
	}
	b := newBench(t, 2)
	b.cloud.tokens[b.targets[0].TokenID].status = secret.Disabled
	delete(b.cloud.tokens, b.targets[1].TokenID)
	p := b.plan(Disable)
	if text := planText(t, p); p.Err() == nil || strings.Contains(text, "left to do") {
		t.Errorf("one is unknown:\n%s", text)
	}
	b.options.LeaveOut = true
	p = b.plan(Disable)
	if text := planText(t, p); !p.IsDone() || !strings.Contains(text, nothing) || !strings.Contains(text, "1 token left out") {
		t.Errorf("somebody else has disabled it:\n%s", text)
	}
	b.targets = nil
	if b.plan(Disable).IsDone() {
		t.Error("nothing was done to no token")
	}
}

func planText(t *testing.T, p *Plan) string {
	t.Helper()
	var out strings.Builder
	if err := p.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestPlanRefuses makes plans that cannot be carried out, and sees that nothing
// is.
func TestPlanRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(b *bench)
		want   string
	}{
		"no destination": {func(b *bench) { b.options.To = nil }, "No destination"},
		"foreign file": {func(b *bench) {
			b.put(filepath.Join(b.dir, b.targets[0].TokenID), "mine")
		}, "exists, and is not from an earlier roll"},
		"foreign link": {func(b *bench) {
			b.put(filepath.Join(b.dir, "x"), "")
			if err := os.Symlink("x", filepath.Join(b.dir, b.targets[0].TokenID)); err != nil {
				b.t.Skip(err)
			}
		}, "not a regular file"},
		"a file for a folder": {func(b *bench) { b.put(b.dir, "mine") }, "is not a folder"},
		"no folder above":     {func(b *bench) { b.options.To = b.to("dir:" + filepath.Join(b.dir, "a", "b")) }, "New values cannot be delivered: "},
		"foreign lines": {func(b *bench) {
			b.put(b.dir, "mine\n")
			b.options.To = b.to("file:" + b.dir)
		}, "not all of it is from earlier rolls"},
		"a device": {func(b *bench) {
			if _, err := os.Stat("/dev/full"); err != nil {
				b.t.Skip(err)
			}
			b.options.To = b.to("file:/dev/full")
		}, "not a regular file"},
		"no such command": {func(b *bench) { b.options.To = b.to("exec:leakflare-no-such-command x") }, "leakflare-no-such-command"},
		"foreign age file": {func(b *bench) {
			b.put(filepath.Join(b.dir, b.targets[0].TokenID+sealed), "")
			b.options.To = b.to("age:" + identity(b.t).Recipient().String() + ":" + b.dir)
		}, "exists, and is not from an earlier roll"},
		"exposed escrow": {func(b *bench) {
			b.options.Escrow = b.t.TempDir()
			if err := os.Chmod(b.options.Escrow, 0o755); err != nil || os.PathSeparator != '/' {
				b.t.Skip(err)
			}
		}, "others can look into"},
		"no credential": {func(b *bench) { b.cloud.tokens[b.targets[0].TokenID].details.Credential = "" }, "no credential"},
		"no answer": {func(b *bench) {
			b.cloud.before = func(string, string) error { return errors.New("no answer") }
		}, "cannot be read: no answer"},
		"unknown by status": {func(b *bench) { b.cloud.tokens[b.targets[0].TokenID].status = secret.Invalid }, "knows no such token"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2)
			tt.change(b)
			p := b.plan(Roll)
			if err := p.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if _, err := Apply(context.Background(), p, nil); err == nil {
				t.Error("it is carried out")
			}
			for _, ct := range b.cloud.tokens {
				if ct.rolls > 0 {
					t.Error("a token was rolled")
				}
			}
		})
	}
}

func (b *bench) put(name, content string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func TestPlanWrongUse(t *testing.T) {
	c, targets := newCloud(1)
	good := targets[0]
	path, other, account := good, good, good
	account.AccountID = strings.Repeat("g", 32)
	path.TokenID = "../../../../../../../../etc/pass"
	other.AccountID = strings.Repeat("a", 32)
	for name, tt := range map[string]struct {
		action  Action
		targets []Target
		options Options
	}{
		"no action":    {"rol", targets, Options{}},
		"a path":       {Roll, []Target{path}, Options{}},
		"an account":   {Roll, []Target{account}, Options{}},
		"two accounts": {Roll, []Target{good, other}, Options{}},
		"no recipient": {Roll, targets, Options{EscrowRecipient: "age1"}},
		"no identity":  {Roll, targets, Options{EscrowIdentity: filepath.Join(t.TempDir(), "no")}},
	} {
		tt.options.Journal = filepath.Join(t.TempDir(), "journal")
		if _, err := NewPlan(context.Background(), c.api(), tt.action, tt.targets, tt.options); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestDefaultJournal(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for state, want := range map[string]string{
		"":                        filepath.Join(home, ".local", "state"),
		"relative":                filepath.Join(home, ".local", "state"),
		filepath.Join(home, "xy"): filepath.Join(home, "xy"),
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if got, err := DefaultJournal(); err != nil || got != filepath.Join(want, "leakflare", "respond.jsonl") {
			t.Errorf("%q: %s, %v", state, got, err)
		}
	}
}
