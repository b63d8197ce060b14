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

	"github.com/spf13/pflag"
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

// TestCIFiles wants files for CI systems to be YAML.
func TestCIFiles(t *testing.T) {
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
	}
}

// TestShownCalls wants leakflare to be called, where that is shown, with commands
// and flags that there are: in files for CI systems and in the code of README.
func TestShownCalls(t *testing.T) {
	for _, file := range append(ciFiles(t), "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		calls := shownCalls(string(text), filepath.Ext(file) == ".md")
		// One that uses the action calls nothing itself.
		if len(calls) == 0 && !strings.Contains(string(text), "uses: leakflare/leakflare@") {
			t.Errorf("%s: no call of leakflare is found in it", file)
		}
		for _, words := range calls {
			checkCall(t, file, words)
		}
	}
}

// shownCalls returns the arguments of the calls of leakflare in a text, or if it is
// Markdown, in the code in it.
func shownCalls(text string, markdown bool) (calls [][]string) {
	call := regexp.MustCompile(`\bleakflare"? ([a-z][^<>|;&]*)|\bargs=\((.*)\)|args\+=\((.*)\)`)
	inCode := !markdown
	for line := range strings.Lines(text) {
		if markdown && strings.HasPrefix(line, "```") {
			inCode = !inCode
			continue
		}
		line, _, _ = strings.Cut(" "+strings.TrimSpace(line), " #")
		m := call.FindStringSubmatch(line)
		if m == nil || !inCode || strings.Contains(line, "description:") {
			continue
		}
		words := strings.Fields(strings.Join(m[1:3], ""))
		if m[3] != "" {
			words = append([]string{"ci"}, strings.Fields(m[3])...) // the action calls nothing else
		}
		for i, w := range words {
			words[i] = strings.Trim(w, `"')`)
		}
		calls = append(calls, words)
	}
	return calls
}

// checkCall wants words to be a command with flags that it has.
func checkCall(t *testing.T, file string, words []string) {
	t.Helper()
	root := newRoot(streams{})
	cmd, rest, err := root.Find(words)
	if err != nil || cmd == root {
		t.Errorf("%s: leakflare %s: no such command, %v", file, words, err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: leakflare %s: %v", file, words, err)
		return
	}
	var formats []string
	if f := cmd.Flags().Lookup("report"); f != nil {
		for _, r := range f.Value.(pflag.SliceValue).GetSlice() {
			format, _, _ := strings.Cut(r, "=")
			formats = append(formats, format)
		}
	}
	if f := cmd.Flags().Lookup("format"); f != nil && f.Value.String() != "" {
		formats = append(formats, f.Value.String())
	}
	for _, format := range formats {
		if !slices.Contains(formatNames(), format) {
			t.Errorf("%s: leakflare %s: there is no format %q", file, words, format)
		}
	}
}

// TestCallsAreFound wants shownCalls to find what is wrong with calls.
func TestCallsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"- leakflare ci --quiet  # leakflare x":  "ci --quiet",
		`sh '"$BIN/leakflare" ci -q'`:            "ci -q",
		`args=(ci --fail-on "$FAIL")`:            "ci --fail-on $FAIL",
		`[ -z "$X" ] || args+=(--report "a=$X")`: "ci --report a=$X",
		"x | leakflare scan - > file":            "scan -",
		"source <(leakflare completion bash)":    "completion bash",
		"go install x/leakflare@latest":          "",
		"# leakflare ci":                         "",
	} {
		var got string
		for _, words := range shownCalls(text, false) {
			got += strings.Join(words, " ")
		}
		if got != want {
			t.Errorf("in %q is %q, want %q", text, got, want)
		}
	}
	if calls := shownCalls("leakflare x\n```\nleakflare y\n```\nleakflare z\n", true); len(calls) != 1 || calls[0][0] != "y" {
		t.Errorf("in Markdown are %q", calls)
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
	if strings.Contains(text, "github.action_path") {
		t.Error("github.action_path is a path of the host, which a job in a container has not: use $GITHUB_ACTION_PATH")
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
// stand-in for it that writes its arguments, a line each, and a report if $WRITES
// says so, and ends with status 3.
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
	write("leakflare", "#!/bin/sh\nprintf '%s\\n' \"$@\" > called\n[ -z \"$WRITES\" ] || echo new > \"$SARIF\"\nexit 3\n")
	action, _ := readAction(t)
	i := slices.IndexFunc(action.Runs.Steps, func(s struct{ ID, Run, Shell, Uses string }) bool { return s.ID == "scan" })
	write("script", action.Runs.Steps[i].Run)
	for _, tt := range []struct {
		args, sarif, path string
		want              string
		writes            bool
	}{
		{"", "", ".", "ci --fail-on any -- .", false},
		{"--verify --quiet", "a.sarif", ".", "ci --fail-on any --report sarif=a.sarif --verify --quiet -- .", true},
		{"", "old.sarif", ".", "ci --fail-on any --report sarif=old.sarif -- .", false},
		{"", "old.sarif", ".", "ci --fail-on any --report sarif=old.sarif -- .", true},
		{"--base\n x\n", "", "-x", "ci --fail-on any --base x -- -x", false},
		{"$(touch p1) ; touch p2 `touch p3` \"a b\"", "$(touch p4)", "$(touch p5)",
			"ci --fail-on any --report sarif=$(touch p4) $(touch p1) ; touch p2 `touch p3` \"a b\" -- $(touch p5)", true},
	} {
		write("output", "")
		write("old.sarif", "of another run")
		cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "script")
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "GITHUB_OUTPUT=output", "FAIL_ON=any", "ARGS=" + tt.args, "SARIF=" + tt.sarif, "TARGET=" + tt.path}
		if tt.writes {
			cmd.Env = append(cmd.Env, "WRITES=1")
		}
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
		want := "status=3\n"
		if tt.writes {
			want += "written=true\n"
		}
		if output, err := os.ReadFile(filepath.Join(dir, "output")); err != nil || string(output) != want {
			t.Errorf("%q, a report is written: %t: the output %q, %v", tt.args, tt.writes, output, err)
		}
	}
	if touched, _ := filepath.Glob(filepath.Join(dir, "p?")); len(touched) > 0 {
		t.Errorf("an input was run: %q", touched)
	}
}
