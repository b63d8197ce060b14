package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// ciFiles returns the files that configure CI systems: the action, and examples.
func ciFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../.github/examples/*")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no examples: ", err)
	}
	return append(files, "../../action.yml")
}

// TestCIFiles wants files for CI systems to be YAML, and to run leakflare with
// commands and flags that there are.
func TestCIFiles(t *testing.T) {
	call := regexp.MustCompile(`\bleakflare"? ([a-z]+ .*)|\bargs=\((.*)\)|args\+=\((.*)\)|\bleakflare ([a-z]+)$`)
	calls := 0
	for _, file := range ciFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(file) == ".yml" {
			var doc map[string]any
			if err := yaml.Unmarshal(text, &doc); err != nil || len(doc) == 0 {
				t.Errorf("%s: %v, %d keys", file, err, len(doc))
			}
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(strings.TrimSpace(line), "#") || strings.Contains(line, "description:") {
				continue
			}
			m := call.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				continue
			}
			calls++
			words := strings.Fields(strings.Join(m[1:], ""))
			cmd := newCI(streams{})
			if !strings.HasPrefix(words[0], "-") && words[0] != cmd.Name() {
				t.Errorf("%s runs leakflare %s", file, words[0])
			}
			for _, w := range words {
				name, isFlag := strings.CutPrefix(w, "--")
				if name, _, _ = strings.Cut(name, "="); isFlag && name != "" && cmd.Flags().Lookup(name) == nil {
					t.Errorf("%s uses --%s, which there is not", file, name)
				}
				if format, file, isReport := strings.Cut(strings.Trim(w, `"'`), "="); isReport && !isFlag && file != "" {
					if !slices.Contains(formatNames(), format) {
						t.Errorf("%s asks for a report %q", file, format)
					}
				}
			}
		}
	}
	if calls < len(ciFiles(t)) { // the one that uses the action has none, the action two
		t.Errorf("%d calls of leakflare are checked in %d files", calls, len(ciFiles(t)))
	}
}

// An action is what of action.yml is looked at.
type action struct {
	Inputs map[string]struct {
		Description string
		Default     *string
	}
	Runs struct {
		Using string
		Steps []struct{ ID, Run, Shell, Uses string }
	}
}

func readAction(t *testing.T) (a action, text string) {
	t.Helper()
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	return a, string(data)
}

// TestAction wants no expression to be put into a script of the action, where what
// it stands for would be run, and each input to be used.
func TestAction(t *testing.T) {
	action, text := readAction(t)
	if action.Runs.Using != "composite" || len(action.Runs.Steps) == 0 {
		t.Fatalf("%+v", action.Runs)
	}
	for _, s := range action.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("an expression stands in the script\n%s", s.Run)
		}
		if (s.Run == "") == (s.Uses == "") || (s.Run == "") != (s.Shell == "") {
			t.Errorf("a step %+v", s)
		}
	}
	for name, input := range action.Inputs {
		if input.Description == "" || input.Default == nil {
			t.Errorf("input %s: %+v", name, input)
		}
		if !strings.Contains(text, "inputs."+name) {
			t.Errorf("input %s is not used", name)
		}
	}
}

// TestActionScript runs the script of the action that calls leakflare, with a
// stand-in for it that writes its arguments, a line each, and ends with status 3.
func TestActionScript(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no bash to run scripts of the action with")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("leakflare", "#!/bin/sh\nprintf '%s\\n' \"$@\" > called\nexit 3\n")
	action, _ := readAction(t)
	i := slices.IndexFunc(action.Runs.Steps, func(s struct{ ID, Run, Shell, Uses string }) bool { return s.ID == "scan" })
	write("script", action.Runs.Steps[i].Run)
	for _, tt := range []struct {
		args, sarif, path string
		want              string
	}{
		{"", "", ".", "ci --fail-on any -- ."},
		{"--verify --quiet", "a.sarif", ".", "ci --fail-on any --report sarif=a.sarif --verify --quiet -- ."},
		{"--base\n x\n", "", "-x", "ci --fail-on any --base x -- -x"},
		{"$(touch p1) ; touch p2 `touch p3` \"a b\"", "$(touch p4)", "$(touch p5)",
			"ci --fail-on any --report sarif=$(touch p4) $(touch p1) ; touch p2 `touch p3` \"a b\" -- $(touch p5)"},
	} {
		cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "script")
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "GITHUB_OUTPUT=output", "FAIL_ON=any", "ARGS=" + tt.args, "SARIF=" + tt.sarif, "TARGET=" + tt.path}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("%q: %v\n%s", tt.args, err, out)
			continue
		}
		called, err := os.ReadFile(filepath.Join(dir, "called"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Split(strings.TrimSpace(string(called)), "\n"), " "); got != tt.want {
			t.Errorf("%q: leakflare %s\nwant %s", tt.args, got, tt.want)
		}
	}
	if touched, _ := filepath.Glob(filepath.Join(dir, "p?")); len(touched) > 0 {
		t.Errorf("an input was run: %q", touched)
	}
	if output, err := os.ReadFile(filepath.Join(dir, "output")); err != nil || !strings.Contains(string(output), "status=3\n") {
		t.Errorf("the output %q, %v", output, err)
	}
}
