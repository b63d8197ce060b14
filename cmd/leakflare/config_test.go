package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configured returns the commands as the given text configures them.
func configured(c *config, text string, args ...string) (*cobra.Command, error) {
	var out bytes.Buffer
	std := streams{strings.NewReader(""), &out, &out}
	root := newRoot(std)
	scan, _, err := root.Find([]string{"scan"})
	if err != nil {
		return nil, err
	}
	if err := scan.ParseFlags(args); err != nil {
		return nil, err
	}
	c.std, c.origin = std, make(map[*pflag.Flag]string)
	return root, c.apply(root, []byte(text))
}

// value returns the value of a flag, as in "scan --history".
func value(t *testing.T, root *cobra.Command, name string) string {
	t.Helper()
	words := strings.Fields(name)
	cmd, rest, err := root.Find(words[:len(words)-1])
	if err != nil || len(rest) > 0 {
		t.Fatalf("no command %q", name)
	}
	f := cmd.Flags().Lookup(strings.TrimPrefix(words[len(words)-1], "--"))
	if f == nil {
		t.Fatalf("no flag %q", name)
	}
	return f.Value.String()
}

func TestConfigSets(t *testing.T) {
	for _, test := range []struct {
		name, text string
		args       []string
		want       map[string]string
	}{
		{"nothing", "", nil, map[string]string{"scan --history": "auto"}},
		{"a comment", "# history = 3\n", nil, map[string]string{"scan --history": "auto"}},
		{"windows", "[scan]\r\nhistory = 'off'\r\n", nil, map[string]string{"scan --history": "off"}},
		{"a table", "[scan]\nhistory = \"only\"\nexit-zero = true", nil, map[string]string{"scan --history": "only", "scan --exit-zero": "true"}},
		{"a dotted key", `scan.history = "only"`, nil, map[string]string{"scan --history": "only"}},
		{"an inline table", `scan = { history = "only", color = "never" }`, nil, map[string]string{"scan --history": "only", "scan --color": "never", "verify --color": "auto"}},
		{"all commands", `color = "never"`, nil, map[string]string{"scan --color": "never", "verify --color": "never", "inspect --color": "never"}},
		{"one of all commands", "[scan]\ncolor = \"always\"\n[verify]\n", nil, map[string]string{"scan --color": "always", "verify --color": "auto"}},
		{"the table counts more", "scan.color = \"always\"\n\"color\" = \"never\"", nil, map[string]string{"scan --color": "always", "verify --color": "never"}},
		{"the command line counts more", "[scan]\nhistory = \"only\"\nformat = 'json'", []string{"--history=off"}, map[string]string{"scan --history": "off", "scan --format": "json"}},
		{"also a default that was typed", "[scan]\nhistory = \"only\"", []string{"--history=auto"}, map[string]string{"scan --history": "auto"}},
		{"a list", `scan.account-id = ["a", "b,c"]`, nil, map[string]string{"scan --account-id": `[a,"b,c"]`}},
		{"a list of one", `scan.account-id = "a"`, nil, map[string]string{"scan --account-id": "[a]"}},
		{"an empty list", `scan.account-id = []`, nil, map[string]string{"scan --account-id": "[]"}},
		{"a size", `memory = "2GB"`, nil, map[string]string{"scan --memory": "2GB"}},
		{"a path", `scan.output = "out/x"`, nil, map[string]string{"scan --output": filepath.Join("dir", "out", "x")}},
		{"standard output", `scan.output = "-"`, nil, map[string]string{"scan --output": "-"}},
		{"paths of reports", `scan.report = ["json=out.json", "sarif=-", "csv=", "x"]`, nil, map[string]string{"scan --report": "[json=" + filepath.Join("dir", "out.json") + ",sarif=-,csv=,x]"}},
		{"a path in a destination", `roll.to = "dir:new"`, nil, map[string]string{"roll --to": "dir:" + filepath.Join("dir", "new")}},
		{"another", `roll.to = "file:a:b"`, nil, map[string]string{"roll --to": "file:" + filepath.Join("dir", "a:b")}},
		{"a third", `roll.to = "age:age1x:new"`, nil, map[string]string{"roll --to": "age:age1x:" + filepath.Join("dir", "new")}},
		{"no path", `roll.to = "exec:dir new"`, nil, map[string]string{"roll --to": "exec:dir new"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, err := configured(&config{file: "c", dir: "dir"}, test.text, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range test.want {
				if got := value(t, root, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestConfigErrors(t *testing.T) {
	for _, test := range []struct {
		name, text string
		found      bool
		msg, hint  string
	}{
		{"unknown key", "\n  histry = 1", false, `c:2:3: unknown key "histry"`, `did you mean "history"?`},
		{"unknown to the command", "[verify]\nhistory = 1", false, `c:2:1: unknown key "history"`, `"leakflare config show --no-config" lists the keys`},
		{"underscore", "[scan]\nfail_on = 'any'", false, `c:2:1: unknown key "fail_on"`, `did you mean "fail-on"?`},
		{"unknown command", "[scam]", false, `c:1:2: there is no command "scam" to configure`, `did you mean "scan"?`},
		{"unknown subcommand", "[scan.x]", false, `c:1:2: there is no command "scan x" to configure`, `lists the keys`},
		{"unknown in an inline table", `scan = {history = "only", nope = 1}`, false, `c:1:27: unknown key "nope"`, `lists the keys`},
		{"a command that has no flags", "[version]\nx = 1", false, `c:1:2: there is no command "version" to configure`, ""},
		{"the flags that name the file", `config = "x"`, false, `unknown key "config"`, ""},
		{"help", "[scan]\nhelp = true", false, `unknown key "help"`, ""},
		{"a list of tables", "[[scan]]\nhistory = 'off'", false, "c:1:3: there is one table for a command", "write [scan]"},
		{"a number for a string", "[scan]\nhistory = 1", false, "c:2:1: history is to be a string", `as in history = "auto"`},
		{"a string for a truth", `quiet = "yes"`, false, "c:1:1: quiet is to be true or false", "as in quiet = false"},
		{"a list for a string", `color = ["never"]`, false, "c:1:1: color is to be a string", `as in color = "auto"`},
		{"numbers in a list", `scan.account-id = [1]`, false, "c:1:1: account-id is to be a list of strings", `as in account-id = []`},
		{"a date", `color = 2026-03-02`, false, "c:1:1: color is to be a string", ""},
		{"too little", `memory = "1MB"`, false, "c:1:1: memory: 64MB is the least", `as in memory = "512MB"`},
		{"syntax", "[scan\n", false, "c:1:6: ", "a configuration is TOML"},
		{"twice", "quiet = true\nquiet = true", false, "c:2:1: ", ""},
		{"not UTF-8", "quiet = true\ncolor = \"\xff\"", false, "c:2:10: ", "a configuration is TOML"},
		{"binary", "\x00\x01\x7fELF", false, "c:1:1: ", ""},
		{"deep", "a = " + strings.Repeat("[", 20_000), false, "c:1:", ""},

		{"a stranger's output", "[scan]\noutput = 'x'", true, "c:2:1: output cannot be set by a configuration that is not named", "--no-config leaves it out"},
		{"a stranger's output of all", "output = 'x'", true, "c:1:1: output cannot be set", ""},
		{"a stranger's verification", "scan.verify = false", true, "c:1:1: verify cannot be set", "--config c"},
		{"a stranger's memory", "memory = '64GB'", true, "memory cannot be set", ""},
		{"a stranger's roll", "roll.yes = true", true, "yes cannot be set", ""},
		{"a stranger's destination", "roll.to = 'exec:sh'", true, "to cannot be set", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := configured(&config{file: "c", dir: "dir", found: test.found}, test.text)
			var usage *usageError
			if !errors.As(err, &usage) {
				t.Fatalf("error %v, want a usage error", err)
			}
			if !strings.Contains(usage.msg, test.msg) || !strings.Contains(usage.hint, test.hint) {
				t.Errorf("%q, hint %q; want %q, hint %q", usage.msg, usage.hint, test.msg, test.hint)
			}
		})
	}
}

// TestFoundPaths says that a configuration that was found names nothing outside
// its folder.
func TestFoundPaths(t *testing.T) {
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	fl.String("list", "", "names in FILE")
	pathFlags(fl, "list")
	c := &config{file: "c", dir: "dir", found: true, origin: make(map[*pflag.Flag]string)}
	for name, ok := range map[string]bool{
		"x": true, "a/b": true, "a/../b": true, "": true,
		"../x": false, "a/../../x": false, "/etc/passwd": false, "/": false, "/\n/x": false, "\n/../../x": false,
	} {
		err := c.setFlag(fl.Lookup("list"), entry{path: []string{"list"}, value: name, where: "c:1:1"})
		if (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestFoundFlags lists the flags that a configuration may set that was found
// beside what is scanned. Whoever adds a flag decides: one that writes files,
// sends something, acts, or bounds what a scan may cost, is given to requireTrust where
// it is defined; any other is listed here.
func TestFoundFlags(t *testing.T) {
	want := []string{
		"baseline", "color", "exit-zero", "fail-on", "format", "history", "ignore-file", "min-confidence",
		"no-ignore", "quiet", "show-rejected", "show-suppressed",
	}
	var got []string
	for _, cmd := range configurable(newRoot(streams{})) {
		for _, f := range flagsOf(cmd) {
			if _, ok := f.Annotations[needsTrust]; !ok && !slices.Contains(got, f.Name) {
				got = append(got, f.Name)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("a configuration that was found may set %q, want %q", got, want)
	}
}

// TestPathFlags wants each flag that takes a path to be told as one.
func TestPathFlags(t *testing.T) {
	paths := 0
	for _, cmd := range configurable(newRoot(streams{})) {
		for _, f := range flagsOf(cmd) {
			what, _ := pflag.UnquoteUsage(f)
			_, ok := f.Annotations[pathIn]
			if want := regexp.MustCompile("FILE|FOLDER|PATH").MatchString(what); ok != want {
				t.Errorf("%s --%s %s: a path %t", cmd.CommandPath(), f.Name, what, ok)
			} else if ok {
				paths++
			}
		}
	}
	if paths == 0 {
		t.Error("no flag takes a path")
	}
}

// TestConfigShow says that what config show writes sets what it shows.
func TestConfigShow(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "c.toml")
	show := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(context.Background(), append([]string{"config", "show"}, args...), streams{nil, &out, &errs}); status != exitClean {
			t.Fatalf("status %d: %s", status, errs.String())
		}
		return out.String()
	}
	values := func(shown string) string {
		var lines []string
		for line := range strings.Lines(shown) {
			line, _, _ = strings.Cut(line, " # ")
			if strings.HasPrefix(line, "[") || strings.Contains(line, " = ") {
				lines = append(lines, strings.TrimPrefix(line, "# "))
			}
		}
		return strings.Join(lines, "\n")
	}
	for _, text := range []string{
		"",
		show("--no-config"),
		"color = \"never\"\n[scan]\nhistory = \"only\"\naccount-id = [\"a\", \"b,\\\"c\\\\\"]\n[roll]\nto = \"exec:\\u001b[31m \\\" \\\\ \\u202e\"\njournal = \"/x\"",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		once := show("--config", name)
		if strings.ContainsAny(once, "\x1b\u202e") {
			t.Errorf("control characters in %q", once)
		}
		if err := os.WriteFile(name, []byte(once), 0o666); err != nil {
			t.Fatal(err)
		}
		if twice := show("--config", name); values(twice) != values(once) {
			t.Errorf("%s\nsets\n%s", once, twice)
		}
	}
}

// TestConfigSize says that of a huge file little is read.
func TestConfigSize(t *testing.T) {
	name := filepath.Join(t.TempDir(), configName)
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil {
		t.Skip("no sparse files:", err)
	}
	var out bytes.Buffer
	if status := run(context.Background(), []string{"config", "show", filepath.Dir(name)}, streams{nil, &out, &out}); status != exitUsage {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(out.String(), "has more than 64 KB, and is no configuration") {
		t.Error(out.String())
	}
}

// FuzzConfig says that whatever is found is obeyed or refused in words.
func FuzzConfig(f *testing.F) {
	f.Add("[scan]\nhistory = \"only\"")
	f.Add("scan = { history = \"only\", color = [1, {a = 2}] } # c")
	f.Add("a.\"b\".'c' = '''\nx'''\n[[scan]]\n[scan.x]")
	f.Add("scan = [ # c\n{} ]\n\"\" = 1979-05-27T07:32:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		c := &config{file: "c", dir: "dir", found: true}
		root, err := configured(c, text)
		var usage *usageError
		if err != nil && (!errors.As(err, &usage) || !strings.HasPrefix(usage.msg, "c:")) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, cmd := range configurable(root) {
			for _, flag := range flagsOf(cmd) {
				if _, ok := flag.Annotations[needsTrust]; ok && flag.Value.String() != flag.DefValue {
					t.Errorf("%q sets %s", text, flag.Name)
				}
			}
		}
	})
}
