package githook

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// TestScript runs hooks by a shell where the path of leakflare, and that of the
// repository, has what a shell would take for its own.
func TestScript(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	dir := filepath.Join(t.TempDir(), `it's a "$(exit 9)" folder`)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "leak'flare")
	if err := os.WriteFile(exe, []byte("#!/bin/sh\necho \"$@\"\ncat\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pre-commit": "hook run pre-commit --on-error closed -- a b c\nx y\nz\n",
		"pre-push":   "hook run pre-push --on-error closed -- a b c\nx y\nz\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(folder{dir: dir}.script(name, exe, "closed")), 0o777); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(sh, file, "a b", "c")
		cmd.Stdin = strings.NewReader("x y\nz\n")
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %v, %q; want %q", name, err, out, want)
		}
	}
}

// TestEditConfig changes a configuration, and nothing else in it.
func TestEditConfig(t *testing.T) {
	for _, before := range []string{"", "[user]\n\tname = x # y\n", "[core]\n\teditor = vi", "; only a comment\n"} {
		name := filepath.Join(t.TempDir(), "folder", "config")
		if before != "" {
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		const dir = `C:\a "b"/c`
		if err := addHooksPath(name, dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(text), before) {
			t.Fatalf("%v, %q", err, text)
		}
		if info, err := os.Stat(name); err != nil || before != "" && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		removed, err := removeHooksPath(name, dir)
		if err != nil || !removed {
			t.Fatalf("removed %t, %v", removed, err)
		}
		text, err = os.ReadFile(name)
		if want := before; err != nil || strings.TrimSuffix(string(text), "\n") != strings.TrimSuffix(want, "\n") {
			t.Errorf("%v, %q; want %q", err, text, want)
		}
	}
	for _, tt := range []struct{ name, since, want string }{
		{"a key after it", hooksPathHeader + hooksPathLine("/d") + "\teditor = vim\n", "[core]\n\teditor = vim\n"},
		{"keys around it", hooksPathHeader + "\tpager = cat\n" + hooksPathLine("/d") + "\teditor = vim\n[user]\n\tname = x\n", "[core]\n\tpager = cat\n\teditor = vim\n[user]\n\tname = x\n"},
		{"sections around it", "[a]\n\tb = c\n" + hooksPathHeader + hooksPathLine("/d") + "\n[user]\n\tname = x\n", "[a]\n\tb = c\n[user]\n\tname = x\n"},
		{"changed", hooksPathHeader + "\thooksPath = /e\n", ""},
		{"of somebody else", "[core]\n" + hooksPathLine("/d"), ""},
		{"in another section", hooksPathHeader + "\teditor = vim\n[other]\n" + hooksPathLine("/d"), ""},
	} {
		name := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(name, []byte(tt.since), 0o666); err != nil {
			t.Fatal(err)
		}
		want := tt.want
		if want == "" {
			want = tt.since
		}
		removed, err := removeHooksPath(name, "/d")
		if err != nil || removed != (tt.want != "") {
			t.Errorf("%s: removed %t, %v", tt.name, removed, err)
		}
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s: %v, %q; want %q", tt.name, err, text, want)
		}
	}
	name := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(name+".lock", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := addHooksPath(name, "x"); err == nil || !strings.Contains(err.Error(), "config.lock is there") {
		t.Errorf("under a lock: %v", err)
	}
}

// TestInput says what commits a hook is about, by what git tells it.
func TestInput(t *testing.T) {
	const zero = "0000000000000000000000000000000000000000"
	pushed := func(remote string) func(io.Reader) (*gitrepo.Range, error) {
		return func(in io.Reader) (*gitrepo.Range, error) { return Pushed(in, remote) }
	}
	for _, test := range []struct {
		name, in string
		read     func(io.Reader) (*gitrepo.Range, error)
		want     gitrepo.Range
		err      string
	}{
		{"a push", "refs/heads/a aa refs/heads/b bb\n", pushed("origin"),
			gitrepo.Range{Pushed: []gitrepo.Push{{Object: "aa"}}, Known: []string{"bb"}, KnownRefs: []string{"refs/remotes/origin/"}}, ""},
		{"to no remote that has a name", "refs/heads/a aa refs/heads/b bb\n", pushed(""), gitrepo.Range{Pushed: []gitrepo.Push{{Object: "aa"}}, Known: []string{"bb"}}, ""},
		{"a new branch, and one that goes", "a aa b " + zero + "\n\n(delete) " + zero + " b cc\n", pushed(""), gitrepo.Range{Pushed: []gitrepo.Push{{Object: "aa", Name: "b"}}, Known: []string{"cc"}}, ""},
		{"nothing", "", pushed(""), gitrepo.Range{}, ""},
		{"a line too short", "a aa b\n", pushed(""), gitrepo.Range{}, "a line of 3 words, not 4"},
		{"a line of one word", "a\n", pushed(""), gitrepo.Range{}, "a line of 1 word, not 4"},
		{"a push of what is named by words", "HEAD^{/a nasty  fix} aa refs/heads/b bb\n", pushed(""), gitrepo.Range{Pushed: []gitrepo.Push{{Object: "aa"}}, Known: []string{"bb"}}, ""},
		{"what is received", "aa bb refs/heads/x\n" + zero + " cc refs/heads/y\n", Received,
			gitrepo.Range{Pushed: []gitrepo.Push{{Object: "bb"}, {Object: "cc", Name: "refs/heads/y"}}, Known: []string{"aa"}, KnownRefs: []string{"refs/"}}, ""},
		{"a branch that goes", "aa " + zero + " refs/heads/x\n", Received, gitrepo.Range{Known: []string{"aa"}, KnownRefs: []string{"refs/"}}, ""},
		{"what is pushed, as if received", "refs/heads/a aa refs/heads/b bb\n", Received, gitrepo.Range{}, "a line of 4 words, not 3"},
	} {
		got, err := test.read(strings.NewReader(test.in))
		var bad *InputError
		switch {
		case test.err != "":
			if !errors.As(err, &bad) || !strings.Contains(bad.Error(), test.err) {
				t.Errorf("%s: %v", test.name, err)
			}
		case err != nil || !reflect.DeepEqual(*got, test.want):
			t.Errorf("%s: %+v, %v; want %+v", test.name, got, err, test.want)
		}
	}
}

// TestFramework says what commits the pre-commit framework asks about.
func TestFramework(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		in   bool
		want *gitrepo.Range
	}{
		{"git", map[string]string{"PRE_COMMIT_TO_REF": "b"}, false, nil},
		{"a commit", map[string]string{"PRE_COMMIT": "1"}, true, nil},
		{"from one to another", map[string]string{"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "a", "PRE_COMMIT_TO_REF": "b"}, true,
			&gitrepo.Range{Include: []string{"b"}, Known: []string{"a"}}},
		{"a new branch", map[string]string{"PRE_COMMIT": "1", "PRE_COMMIT_LOCAL_BRANCH": "b", "PRE_COMMIT_REMOTE_NAME": "up"}, true,
			&gitrepo.Range{Include: []string{"b"}, KnownRefs: []string{"refs/remotes/up/"}}},
	} {
		get := func(name string) string { return test.env[name] }
		got, ok := FrameworkRange(get)
		if InFramework(get) != test.in || ok != (test.want != nil) || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %t; want %+v", test.name, got, ok, test.want)
		}
	}
}
