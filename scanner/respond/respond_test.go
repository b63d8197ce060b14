package respond

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestMain makes the test binary a run that can be killed, and a delivery
// command, if it is started as one.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 2 && os.Args[1] == "deliver":
		os.Exit(deliverAsCommand(os.Args[2:]))
	case os.Getenv(childEnv) != "":
		os.Exit(rollAsChild(os.Getenv(childEnv)))
	}
	os.Exit(m.Run())
}

// A cloud is Cloudflare, as far as respond knows it.
type cloud struct {
	tokens map[string]*cloudToken
	// before and after are called around each change and reading, and may fail.
	before, after func(what, id string) error
}

type cloudToken struct {
	values  []string // the last is the one in force
	status  secret.Status
	details Details
	rolls   int
	reads   int
}

// newCloud returns a cloud with n tokens, and targets that say that they have
// leaked.
func newCloud(n int) (*cloud, []Target) {
	c := &cloud{tokens: make(map[string]*cloudToken)}
	var targets []Target
	for i := range n {
		id := fmt.Sprintf("%032x", 0xabc000+i)
		leaked := mint.Token("cfut_", id)
		c.tokens[id] = &cloudToken{values: []string{leaked}, status: secret.Active, details: Details{
			Name: fmt.Sprint("token ", i), Owner: "a user", Credential: "the token in CLOUDFLARE_API_TOKEN",
		}}
		v := secret.New([]byte(leaked))
		targets = append(targets, Target{TokenID: id, Title: "user API token", Masked: v.Mask(), Fingerprint: v.Fingerprint()})
	}
	return c, targets
}

func (c *cloud) around(what, id string, change func(t *cloudToken)) error {
	if c.before != nil {
		if err := c.before(what, id); err != nil {
			return err
		}
	}
	t := c.tokens[id]
	if t == nil {
		return fmt.Errorf("%s: %w", what, ErrUnknown)
	}
	change(t)
	if c.after != nil {
		return c.after(what, id)
	}
	return nil
}

func (c *cloud) api() API {
	return API{
		Describe: func(_ context.Context, t Target) (d Details, err error) {
			err = c.around("describe", t.TokenID, func(ct *cloudToken) {
				ct.reads++
				d = ct.details
				d.Status = ct.status
			})
			return d, err
		},
		Roll: func(_ context.Context, t Target) (v secret.Value, err error) {
			err = c.around("roll", t.TokenID, func(ct *cloudToken) {
				ct.rolls++
				value := mint.Token("cfut_", fmt.Sprint(t.TokenID, ct.rolls))
				ct.values = append(ct.values, value)
				v = secret.New([]byte(value))
			})
			if err != nil {
				return secret.Value{}, err
			}
			return v, nil
		},
		Disable: func(_ context.Context, t Target) error {
			return c.around("disable", t.TokenID, func(ct *cloudToken) { ct.status = secret.Disabled })
		},
		Revoke: func(_ context.Context, t Target) error {
			return c.around("revoke", t.TokenID, func(*cloudToken) { delete(c.tokens, t.TokenID) })
		},
		Status: func(_ context.Context, t Target, v secret.Value) (secret.Status, string) {
			s := secret.Invalid
			err := c.around("status", t.TokenID, func(ct *cloudToken) {
				if ct.current() == v.Reveal() {
					s = ct.status
				}
			})
			if err != nil && !errors.Is(err, ErrUnknown) {
				return secret.Unknown, err.Error()
			}
			return s, ""
		},
	}
}

func (t *cloudToken) current() string { return t.values[len(t.values)-1] }

// leaked is Options.Leaked of a cloud.
func (c *cloud) leaked(t Target) (secret.Value, bool) {
	return secret.New([]byte(mint.Token("cfut_", t.TokenID))), true
}

// A bench is what a test rolls with.
type bench struct {
	t       *testing.T
	cloud   *cloud
	targets []Target
	options Options
	dir     string // that new values go to
}

func newBench(t *testing.T, tokens int) *bench {
	b := &bench{t: t, dir: filepath.Join(t.TempDir(), "new")}
	b.cloud, b.targets = newCloud(tokens)
	b.options = Options{
		To:         b.to("dir:" + b.dir),
		Journal:    filepath.Join(t.TempDir(), "state", "journal"),
		Leaked:     b.cloud.leaked,
		CheckDelay: time.Millisecond,
	}
	return b
}

func (b *bench) to(s string) *Delivery {
	b.t.Helper()
	d, err := ParseDelivery(s)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) plan(a Action) *Plan {
	b.t.Helper()
	p, err := NewPlan(context.Background(), b.cloud.api(), a, b.targets, b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) apply(a Action) (Result, error) {
	b.t.Helper()
	return Apply(context.Background(), b.plan(a), nil)
}

// finish applies an action and checks that all is done.
func (b *bench) finish(a Action) Result {
	b.t.Helper()
	res, err := b.apply(a)
	if err != nil {
		b.t.Fatalf("%+v: %v", res, err)
	}
	return res
}

// atDestination checks that the values in force, and nothing else, are there.
func (b *bench) atDestination() {
	b.t.Helper()
	names, err := list(b.dir)
	if err != nil || len(names) != len(b.cloud.tokens) {
		b.t.Errorf("at the destination: %q, %v; want %d tokens", names, err, len(b.cloud.tokens))
	}
	for id, ct := range b.cloud.tokens {
		got, err := os.ReadFile(filepath.Join(b.dir, id))
		if err != nil || string(got) != ct.current() {
			b.t.Errorf("token %s: the value at the destination is not the one in force (%v)", id, err)
		}
	}
	if left, err := list(cmp.Or(b.options.Escrow, b.options.Journal+".escrow")); err != nil || len(left) > 0 {
		b.t.Errorf("left in the escrow: %q, %v", left, err)
	}
}

func (b *bench) journal() string {
	b.t.Helper()
	data, err := os.ReadFile(b.options.Journal)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

func TestRoll(t *testing.T) {
	b := newBench(t, 3)
	b.targets = append(b.targets, b.targets[1], b.targets[0])
	slices.Reverse(b.targets)
	var steps []string
	res, err := Apply(context.Background(), b.plan(Roll), func(e Event) { steps = append(steps, e.Item.TokenID[30:]+" "+string(e.Step)) })
	if err != nil || res.Done != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	want := "00 intent,00 escrowed,00 delivered,00 verified,00 done," +
		"01 intent,01 escrowed,01 delivered,02 intent,02 escrowed,02 delivered," +
		"01 verified,01 done,02 verified,02 done"
	if got := strings.Join(steps, ","); got != want {
		t.Errorf("steps:\n%s\nwant:\n%s", got, want)
	}
	b.atDestination()
	for id, ct := range b.cloud.tokens {
		if ct.rolls != 1 || ct.reads != 1 {
			t.Errorf("token %s: rolled %d times, read %d times", id, ct.rolls, ct.reads)
		}
	}
	for _, name := range []string{b.options.Journal, filepath.Join(b.dir, b.targets[0].TokenID)} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	// Once more: all is done.
	if res := b.finish(Roll); res.Left != 3 || res.Done != 0 || b.cloud.tokens[b.targets[0].TokenID].rolls != 1 {
		t.Errorf("the second time: %+v", res)
	}
	// The new value of one has leaked.
	b.targets = b.targets[:1]
	b.targets[0].Fingerprint = secret.New([]byte(b.cloud.tokens[b.targets[0].TokenID].current())).Fingerprint()
	if res := b.finish(Roll); res.Done != 1 {
		t.Errorf("a new value that leaked: %+v", res)
	}
	b.atDestination()
}

// TestResume stops a roll at each step and goes on.
func TestResume(t *testing.T) {
	for _, step := range []Step{Intent, Escrowed, Delivered, Verified, Done} {
		for _, to := range []string{"dir", "file", "age"} {
			t.Run(string(step)+" "+to, func(t *testing.T) {
				b := newBench(t, 1)
				switch to {
				case "file":
					b.options.To = b.to("file:" + b.dir)
				case "age":
					b.options.To = b.to("age:" + identity(t).Recipient().String() + ":" + b.dir)
				}
				stop := errors.New("stop")
				func() {
					defer func() {
						if r := recover(); r != stop {
							t.Fatal(r)
						}
					}()
					_, _ = Apply(context.Background(), b.plan(Roll), func(e Event) {
						if e.Step == step {
							panic(stop)
						}
					})
				}()
				if targets, err := Unfinished(b.options.Journal, Roll); err != nil || (step != Done) != slices.EqualFunc(targets, b.targets, func(a, b Target) bool {
					return a.TokenID == b.TokenID && a.Fingerprint == b.Fingerprint
				}) {
					t.Errorf("unfinished: %v, %v", targets, err)
				}
				b.finish(Roll)
				if got := b.cloud.tokens[b.targets[0].TokenID].rolls; got != 1 { // at the intent, the call was still to come
					t.Errorf("rolled %d times", got)
				}
				if to == "dir" {
					b.atDestination()
				}
				if left, _ := list(b.options.Journal + ".escrow"); len(left) > 0 {
					t.Errorf("left in the escrow: %q", left)
				}
			})
		}
	}
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestAmbiguous lets the call fail before and after the change.
func TestAmbiguous(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		b := newBench(t, 5)
		fails := 1
		fail := func(what, id string) error {
			if what == "roll" && strings.HasSuffix(id, "1") && fails > 0 {
				fails--
				return errors.New("no answer")
			}
			return nil
		}
		if when == "before" {
			b.cloud.before = fail
		} else {
			b.cloud.after = fail
		}
		res, err := b.apply(Roll)
		if err == nil || res.Done != 4 || len(res.Failed) != 1 || res.Failed[0].Step != Escrowed {
			t.Errorf("%s: %+v, %v", when, res, err)
		}
		if res := b.finish(Roll); res.Done != 1 || res.Left != 4 {
			t.Errorf("%s: %+v", when, res)
		}
		b.atDestination()
	}
}

func TestManyFailuresHalt(t *testing.T) {
	b := newBench(t, 10)
	b.cloud.before = func(what, id string) error {
		if what == "roll" && id >= b.targets[4].TokenID {
			return errors.New("no answer")
		}
		return nil
	}
	if res, err := b.apply(Roll); err == nil || res.Done != 4 || len(res.Failed) != 3 || res.Open != 3 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestFirstIsChecked stops after the first roll if the new value does not work.
func TestFirstIsChecked(t *testing.T) {
	b := newBench(t, 3)
	api := b.cloud.api()
	api.Status = func(context.Context, Target, secret.Value) (secret.Status, string) {
		return secret.Invalid, "as if"
	}
	p, err := NewPlan(context.Background(), api, Roll, b.targets, b.options)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Apply(context.Background(), p, nil)
	if err == nil || !strings.Contains(err.Error(), "the new value does not work, it is invalid (as if)") || len(res.Failed) != 1 || res.Open != 2 {
		t.Errorf("%+v, %v", res, err)
	}
	// It was delivered, and is checked again; the others are rolled.
	b.finish(Roll)
	b.atDestination()
	for id, ct := range b.cloud.tokens {
		if ct.rolls != 1 {
			t.Errorf("token %s was rolled %d times", id, ct.rolls)
		}
	}
}

// TestLateCall rolls a token again whose new value was killed by an earlier
// call that came late, and leaves one alone that works after all.
func TestLateCall(t *testing.T) {
	b := newBench(t, 1)
	ct := b.cloud.tokens[b.targets[0].TokenID]
	isLate := true
	b.cloud.before = func(what, _ string) error {
		if what == "status" && isLate {
			isLate = false
			ct.rolls++
			ct.values = append(ct.values, mint.Token("cfut_", "late"))
		}
		return nil
	}
	if res, err := b.apply(Roll); err == nil || len(res.Failed) != 1 || !strings.Contains(b.journal(), `"step":"dead"`) {
		t.Fatalf("%+v, %v", res, err)
	}
	b.finish(Roll)
	b.atDestination()
	if ct.rolls != 3 {
		t.Errorf("rolled %d times", ct.rolls)
	}
}

func TestLeakedStillWorks(t *testing.T) {
	b := newBench(t, 1)
	api := b.cloud.api()
	api.Status = func(context.Context, Target, secret.Value) (secret.Status, string) {
		return secret.Active, ""
	}
	p, err := NewPlan(context.Background(), api, Roll, b.targets, b.options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Apply(context.Background(), p, nil); err == nil || !strings.Contains(err.Error(), "the leaked value still works") {
		t.Error(err)
	}
}

// TestBadAnswers rolls where the answer is no value.
func TestBadAnswers(t *testing.T) {
	for name, value := range map[string]string{
		"empty":      "",
		"two lines":  strings.Repeat("a", 30) + "\n" + strings.Repeat("b", 30),
		"long":       strings.Repeat("a", 600),
		"the leaked": mint.Token("cfut_", fmt.Sprintf("%032x", 0xabc000)),
	} {
		b := newBench(t, 2)
		api := b.cloud.api()
		api.Roll = func(context.Context, Target) (secret.Value, error) { return secret.New([]byte(value)), nil }
		p, err := NewPlan(context.Background(), api, Roll, b.targets, b.options)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := Apply(context.Background(), p, nil); err == nil || res.Open != 1 || len(res.Failed) != 1 {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
}

// TestCancel cancels the run at each call and each step, and goes on.
func TestCancel(t *testing.T) {
	for _, at := range []string{"describe", "roll", "status", "intent", "escrowed", "delivered", "verified", "done"} {
		b := newBench(t, 3)
		ctx, cancel := context.WithCancel(context.Background())
		b.cloud.before = func(what, id string) error {
			if what == at && id == b.targets[1].TokenID {
				cancel()
			}
			return nil
		}
		p, err := NewPlan(ctx, b.cloud.api(), Roll, b.targets, b.options)
		if at == "describe" {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", at, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		res, err := Apply(ctx, p, func(e Event) {
			if string(e.Step) == at && e.Item.TokenID == b.targets[1].TokenID {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || len(res.Failed) > 0 || res.Done == 0 || res.Open == 0 {
			t.Errorf("%s: %+v, %v", at, res, err)
		}
		if strings.Contains(b.journal(), `"failed"`) {
			t.Errorf("%s: the journal takes it for a failure", at)
		}
		b.finish(Roll)
		b.atDestination()
		for id, ct := range b.cloud.tokens {
			if ct.rolls != 1 {
				t.Errorf("%s: token %s was rolled %d times", at, id, ct.rolls)
			}
		}
	}
}

func TestDisableAndRevoke(t *testing.T) {
	for _, a := range []Action{Disable, Revoke} {
		b := newBench(t, 4)
		b.options.To = nil
		b.cloud.after = func(what, id string) error {
			if what == string(a) && id == b.targets[1].TokenID {
				return errors.New("no answer")
			}
			return nil
		}
		res, err := b.apply(a)
		if err == nil || res.Done != 3 || len(res.Failed) != 1 {
			t.Errorf("%s: %+v, %v", a, res, err)
		}
		b.cloud.after = nil
		if res := b.finish(a); res.Done != 1 || res.Left != 3 {
			t.Errorf("%s again: %+v", a, res)
		}
		for id, ct := range b.cloud.tokens {
			if a == Revoke || ct.status != secret.Disabled || ct.rolls > 0 {
				t.Errorf("%s: token %s is %s", a, id, ct.status)
			}
		}
		if _, err := os.Stat(b.options.Journal + ".escrow"); err == nil {
			t.Errorf("%s needs no escrow", a)
		}
	}
}

// TestDisableAgain disables a token that somebody has enabled since.
func TestDisableAgain(t *testing.T) {
	b := newBench(t, 1)
	b.finish(Disable)
	b.cloud.tokens[b.targets[0].TokenID].status = secret.Active
	if res := b.finish(Disable); res.Done != 1 || b.cloud.tokens[b.targets[0].TokenID].status != secret.Disabled {
		t.Errorf("%+v", res)
	}
}

// TestInUseIsLast rolls the credential that the calls are made with last, and
// disables it after the others are checked.
func TestInUseIsLast(t *testing.T) {
	for _, a := range []Action{Roll, Disable, Revoke} {
		b := newBench(t, 4)
		own := b.targets[0].TokenID
		b.cloud.tokens[own].details.InUse = true
		if err := b.plan(a).Err(); err == nil || !strings.Contains(err.Error(), "itself works with") {
			t.Errorf("%s: %v", a, err)
		}
		b.options.AllowInUse = true
		dead := false
		b.cloud.before = func(what, id string) error {
			if dead && what != "status" {
				return errors.New("the credential is dead")
			}
			return nil
		}
		b.cloud.after = func(what, id string) error {
			dead = dead || id == own && what != "describe"
			return nil
		}
		if res := b.finish(a); res.Done != 4 {
			t.Errorf("%s: %+v", a, res)
		}
	}
}

// TestSealedEscrow goes on with values in an encrypted escrow.
func TestSealedEscrow(t *testing.T) {
	b := newBench(t, 1)
	id := identity(t)
	b.options.EscrowRecipient = id.Recipient().String()
	to := b.options.To
	b.options.To = b.to("exec:" + quote(os.Args[0]) + " deliver fail")
	if _, err := b.apply(Roll); err == nil {
		t.Fatal("the delivery did not fail")
	}
	names, err := list(b.options.Journal + ".escrow")
	if err != nil || len(names) != 1 || !strings.HasSuffix(names[0], sealed) {
		t.Fatalf("in the escrow: %q, %v", names, err)
	}
	data, err := os.ReadFile(filepath.Join(b.options.Journal+".escrow", names[0]))
	if err != nil || !strings.HasPrefix(string(data), "age-encryption.org/") {
		t.Errorf("the escrow is not encrypted: %v", err)
	}
	b.options.To = to
	if err := b.plan(Roll).Err(); err == nil || !strings.Contains(err.Error(), "give the age identity") {
		t.Errorf("without an identity: %v", err)
	}
	b.options.EscrowIdentity = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(b.options.EscrowIdentity, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.finish(Roll)
	b.atDestination()
	if got := b.cloud.tokens[b.targets[0].TokenID].rolls; got != 1 {
		t.Errorf("rolled %d times", got)
	}
}

func TestKeepEscrow(t *testing.T) {
	b := newBench(t, 1)
	b.options.KeepEscrow = true
	b.finish(Roll)
	b.finish(Roll)
	if names, err := list(b.options.Journal + ".escrow"); err != nil || len(names) != 1 {
		t.Errorf("in the escrow: %q, %v", names, err)
	}
}

// TestEscrowGone rolls again where somebody took a value out of the escrow
// before it was delivered.
func TestEscrowGone(t *testing.T) {
	b := newBench(t, 1)
	to := b.options.To
	b.options.To = b.to("exec:" + quote(os.Args[0]) + " deliver fail")
	if _, err := b.apply(Roll); err == nil {
		t.Fatal("the delivery did not fail")
	}
	if err := os.RemoveAll(b.options.Journal + ".escrow"); err != nil {
		t.Fatal(err)
	}
	b.options.To = to
	b.finish(Roll)
	b.atDestination()
}

// TestAnotherEscrow goes on with another escrow than the one that the value was
// put in.
func TestAnotherEscrow(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(b *bench, first, second string) // between the runs
		says   string                               // the plan of the second, with FIRST for the first escrow
		refuse bool
		rolls  int
	}{
		"as it was": {
			change: func(*bench, string, string) {},
			says:   "Its new value is in the escrow FIRST, and is delivered.", rolls: 1,
		},
		"with no line after the intent": {
			change: func(b *bench, _, _ string) {
				all := b.journal()
				b.put(b.options.Journal, all[:strings.LastIndex(all[:strings.Index(all, `"escrowed"`)], "\n")+1])
			},
			says: "Its new value is in the escrow FIRST, and is delivered.", rolls: 1,
		},
		"moved": {
			change: func(b *bench, first, second string) {
				if err := os.Rename(first, second); err != nil {
					b.t.Fatal(err)
				}
			},
			says: "Its new value is in the escrow, and is delivered.", rolls: 1,
		},
		"emptied": {
			change: func(b *bench, first, _ string) {
				names, err := list(first)
				if err != nil || len(names) != 1 {
					b.t.Fatalf("%q, %v", names, err)
				}
				if err := os.Remove(filepath.Join(first, names[0])); err != nil {
					b.t.Fatal(err)
				}
			},
			says: "Its new value is gone from the escrow FIRST: it is rolled again.", rolls: 2,
		},
		"away": {
			change: func(b *bench, first, _ string) {
				if err := os.Rename(first, first+".away"); err != nil {
					b.t.Fatal(err)
				}
			},
			says: "Its new value may be in the escrow FIRST, which is not there", refuse: true, rolls: 1,
		},
		"encrypted": {
			change: func(b *bench, first, _ string) {
				names, err := list(first)
				if err == nil {
					err = os.Rename(filepath.Join(first, names[0]), filepath.Join(first, names[0]+sealed))
				}
				if err != nil {
					b.t.Fatal(err)
				}
			},
			says: "give the age identity that opens FIRST", refuse: true, rolls: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
			to := b.options.To
			b.options.To, b.options.Escrow = b.to("exec:"+quote(os.Args[0])+" deliver fail"), first
			if _, err := b.apply(Roll); err == nil {
				t.Fatal("the delivery did not fail")
			}
			tt.change(b, first, second)
			b.options.To, b.options.Escrow = to, second
			p := b.plan(Roll)
			if text := strings.ReplaceAll(planText(t, p), first, "FIRST"); !strings.Contains(text, tt.says) || (p.Err() != nil) != tt.refuse {
				t.Errorf("%v\n%s\nlacks %q", p.Err(), text, tt.says)
			}
			_, err := Apply(context.Background(), p, nil)
			if got := b.cloud.tokens[b.targets[0].TokenID].rolls; got != tt.rolls || (err != nil) != tt.refuse {
				t.Errorf("rolled %d times, want %d; %v", got, tt.rolls, err)
			}
			if tt.refuse {
				if name == "away" { // given up by whoever names it again
					b.options.Escrow = first
					b.finish(Roll)
					b.atDestination()
				}
				return
			}
			b.atDestination()
			for _, dir := range []string{first, second} {
				if left, _ := list(dir); len(left) > 0 {
					t.Errorf("left in the escrow %s: %q", dir, left)
				}
			}
		})
	}
}

func quote(s string) string { return "'" + s + "'" }
