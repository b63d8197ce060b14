package respond

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		`vault kv put -mount=secret x value=-`: {"vault", "kv", "put", "-mount=secret", "x", "value=-"},
		"  a\t b ":                             {"a", "b"},
		`sh -c 'cat > "$HOME/x"; true'`:        {"sh", "-c", `cat > "$HOME/x"; true`},
		`a "b c" d"e"'f' ""`:                   {"a", "b c", "def", ""},
		`a "\"\\\n"`:                           {"a", `"\\n`},
		`a b\ c \' \\`:                         {"a", "b c", "'", `\`},
		`C:\bin\x.exe -a=b~c#d`:                {`C:\bin\x.exe`, "-a=b~c#d"},
		"":                                     nil,
		" ":                                    nil,
		"''":                                   nil,
		"a 'b":                                 nil,
		`a "b`:                                 nil,
		"a | b":                                nil,
		"a > b":                                nil,
		"a $B":                                 nil,
		`a "$B"`:                               nil,
		"a `b`":                                nil,
		"a ; b":                                nil,
		"a && b":                               nil,
		"a *.txt":                              nil,
		"a ~/x":                                nil,
		"a # x":                                nil,
		"a\nb":                                 nil,
		"a '\x00'":                             nil,
	} {
		got, err := split(in)
		if (err != nil) != (want == nil) || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
		if again, err := split(shellescape.QuoteCommand(got)); got != nil && (err != nil || !slices.Equal(again, got)) {
			t.Errorf("%q is shown as %q, which is %q, %v", in, shellescape.QuoteCommand(got), again, err)
		}
	}
}

func TestParseDelivery(t *testing.T) {
	recipient := identity(t).Recipient().String()
	root := filepath.FromSlash("/x")
	if abs, err := filepath.Abs(root); err == nil {
		root = abs
	}
	for in, want := range map[string]string{
		"dir:" + root:  "dir:" + root,
		"file:" + root: "file:" + root,
		"exec:/bin/curl -H 'Authorization: something secret' https://example.com": "exec:curl",
		"age:" + recipient + ":" + root:                                           "age:" + recipient + ":" + root,
		"":                                                                        "",
		"dir":                                                                     "",
		"dir:":                                                                    "",
		"exec:a | b":                                                              "",
		"s3:x":                                                                    "",
		"age:x:" + root:                                                           "",
		"age:" + recipient:                                                        "",
		"age:" + recipient + ":":                                                  "",
		"age:AGE-SECRET-KEY-1X:/x":                                                "",
	} {
		d, err := ParseDelivery(in)
		if got := ""; (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET-KEY") {
			t.Errorf("%v shows an identity", err)
		}
	}
}

// TestWhole says that the plan shows what is run, and the journal which command
// it is alone.
func TestWhole(t *testing.T) {
	b := newBench(t, 1)
	b.options.To = b.to("exec:" + quote(os.Args[0]) + ` deliver  fail "a b" --name=it\'s 'x` + "\x1b" + `[2Jy'`)
	text := planText(t, b.plan(Roll))
	if want := shellescape.QuoteCommand(os.Args[:1]) + ` deliver fail 'a b' '--name=it'"'"'s' 'x?[2Jy'` + "\n"; !strings.Contains(text, "   new values      exec:"+want) {
		t.Errorf("the plan has no\n%s\n%s", want, text)
	}
	if _, err := b.apply(Roll); err == nil {
		t.Error("it is delivered")
	}
	if strings.Contains(b.journal(), "deliver fail") || strings.Contains(b.journal(), "a b") {
		t.Errorf("the journal has arguments\n%s", b.journal())
	}
}

func TestMasker(t *testing.T) {
	value := mint.Token("cfut_", "mask")
	m := make(masker)
	m.add(secret.New([]byte(value)))
	for _, s := range secret.New([]byte(value)).Spellings() {
		if got := m.mask("before " + s + " after"); !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || strings.Contains(got, s[4:12]) {
			t.Errorf("masked as %q", got)
		}
	}
	if got := m.mask(value[:20] + "\n" + value[20:]); got != "[masked]\n[masked]" {
		t.Errorf("in two lines: %q", got)
	}
	for _, s := range []string{"", "short", "nothing of it in a longer text"} {
		if got := m.mask(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
		if got := masker(nil).mask(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func shell(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
}

// TestCommand delivers by commands that are slow, loud, deaf or fail.
func TestCommand(t *testing.T) {
	shell(t)
	v := secret.New([]byte(mint.Token("cfut_", "cmd")))
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		command string
		want    string // "" for no error
		output  string
	}{
		"stores":           {"sh -c 'cat > " + dir + "/got'", "", ""},
		"does not read":    {"true", "it succeeded, and has not read the value", ""},
		"prints much":      {"sh -c 'yes | head -c 1000000; cat'", "", ""},
		"fails":            {`sh -c 'echo no; cat; echo; echo "$LEAKFLARE_TOKEN_NAME" >&2; exit 7'`, "exit status 7", "no\n[masked]\nname of it"},
		"fails, in base64": {"sh -c 'base64 -w0; exit 7'", "exit status 7", "[masked]"},
		"hangs":            {"sh -c 'echo waiting; sleep 60 & sleep 60'", "it had not ended after 300ms, and was killed", "waiting"},
		"leaves one":       {"sh -c 'cat >&2; sleep 4 &'", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := ParseDelivery("exec:" + tt.command)
			if err != nil {
				t.Fatal(err)
			}
			m := make(masker)
			m.add(v)
			p := parcel{target: Target{TokenID: "t", AccountID: "a"}, name: "name\n of it", value: v, mask: m, limit: 300 * time.Millisecond}
			start := time.Now()
			err = d.deliver(context.Background(), nil, nil, p)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var ce *CommandError
			if !errors.As(err, &ce) || err.Error() != "the delivery command: "+tt.want {
				t.Fatalf("%v", err)
			}
			if got := strings.ReplaceAll(ce.Output, "name? of", "name of"); !strings.HasPrefix(got, tt.output[:min(2, len(tt.output))]) || !strings.Contains(got, tt.output) {
				t.Errorf("output %q, want %q", ce.Output, tt.output)
			}
		})
	}
	t.Cleanup(func() {
		if got, err := os.ReadFile(filepath.Join(dir, "got")); err != nil || string(got) != v.Reveal() {
			t.Errorf("it got %q, %v", v, err)
		}
	})
}

// TestCommandFails rolls no further token when a delivery fails, and goes on
// when it works again.
func TestCommandFails(t *testing.T) {
	b := newBench(t, 3)
	to := b.options.To
	b.options.To = b.to("exec:" + quote(os.Args[0]) + " deliver fail")
	res, err := b.apply(Roll)
	var ce *CommandError
	if !errors.As(err, &ce) || res.Open != 2 || len(res.Failed) != 1 || res.Failed[0].Step != Delivered {
		t.Fatalf("%+v, %v", res, err)
	}
	if ce.Output != "would store [masked]" {
		t.Errorf("output %q", ce.Output)
	}
	if journal := b.journal(); strings.Contains(journal, "would store") || !strings.Contains(journal, "exit status 1") {
		t.Errorf("the journal:\n%s", journal)
	}
	b.options.To = to
	b.finish(Roll)
	b.atDestination()
}

func TestEnvironment(t *testing.T) {
	env := environment([]string{"PATH=/bin", "CLOUDFLARE_API_TOKEN=a", "cloudflare_api_key=b", "CF_API_EMAIL=c", "CLOUDFLARE_ACCOUNT_ID=d"},
		parcel{target: Target{TokenID: "t", AccountID: "a"}, name: "n\x00m"})
	want := []string{"PATH=/bin", "CLOUDFLARE_ACCOUNT_ID=d", "LEAKFLARE_TOKEN_ID=t", "LEAKFLARE_ACCOUNT_ID=a", "LEAKFLARE_TOKEN_NAME=n?m"}
	if !slices.Equal(env, want) {
		t.Errorf("%q", env)
	}
}

// TestReadOnly refuses a destination that cannot be written, and an escrow and
// a journal.
func TestReadOnly(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is read-only for this user")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b *bench){
		"dir":     func(b *bench) { b.options.To = b.to("dir:" + dir) },
		"file":    func(b *bench) { b.options.To = b.to("file:" + filepath.Join(dir, "x")) },
		"escrow":  func(b *bench) { b.options.Escrow = filepath.Join(dir, "escrow") },
		"journal": func(b *bench) { b.options.Journal = filepath.Join(dir, "journal") },
	} {
		b := newBench(t, 1)
		change(b)
		if err := b.plan(Roll).Err(); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoOutputHoldsASecret rolls in all ways, well and badly, where everything
// that can be made to quotes a value, and looks for it.
func TestNoOutputHoldsASecret(t *testing.T) {
	for _, to := range []string{"dir", "file", "age", "exec", "fail"} {
		b := newBench(t, 2)
		var out bytes.Buffer
		switch to {
		case "file":
			b.options.To = b.to("file:" + b.dir)
		case "age":
			b.options.To = b.to("age:" + identity(t).Recipient().String() + ":" + b.dir)
		case "exec", "fail":
			if err := os.Mkdir(b.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			arg := b.dir
			if to == "fail" {
				arg = to
			}
			b.options.To = b.to("exec:" + quote(os.Args[0]) + " deliver " + quote(arg))
		}
		api := b.cloud.api()
		status := api.Status
		quotes := true
		api.Status = func(ctx context.Context, t Target, v secret.Value) (secret.Status, string) {
			if quotes {
				// Details hold no secrets; should some nevertheless, they go no further.
				return secret.Unknown, "about " + v.Reveal()
			}
			return status(ctx, t, v)
		}
		for range 2 {
			p, err := NewPlan(context.Background(), api, Roll, b.targets, b.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.WriteText(&out); err != nil {
				t.Fatal(err)
			}
			res, err := Apply(context.Background(), p, func(e Event) {
				out.WriteString(strings.Join([]string{string(e.Step), e.Item.Details.Name}, " "))
				if e.Err != nil {
					out.WriteString(e.Err.Error())
				}
			})
			if err != nil {
				out.WriteString(err.Error())
				if ce := (*CommandError)(nil); errors.As(err, &ce) {
					out.WriteString(ce.Output)
				}
			}
			for _, f := range res.Failed {
				out.WriteString(f.Err.Error())
			}
			quotes = false
		}
		out.WriteString(b.journal())
		for _, ct := range b.cloud.tokens {
			for _, v := range ct.values {
				for _, s := range append(secret.New([]byte(v)).Spellings(), v[10:22]) {
					if strings.Contains(out.String(), s) {
						t.Errorf("%s: a secret is in the output:\n%s", to, out.String())
					}
				}
			}
		}
	}
}
