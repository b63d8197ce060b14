package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

func TestURI(t *testing.T) {
	repository := func(dir string) []Finding {
		return []Finding{{Locations: []Location{{Kind: kindGit, Repository: dir, Path: "x"}}}}
	}
	two := append(repository("one"), repository("two")...)
	file := func(path string) Location { return Location{Kind: kindFile, Path: path} }
	git := func(dir, path string) Location { return Location{Kind: kindGit, Repository: dir, Path: path} }
	tests := []struct {
		name     string
		targets  []string
		findings []Finding
		in       Location
		want     string
	}{
		{"plain", nil, nil, file("a/b.env"), "a/b.env"},
		{"space and marks", nil, nil, file("a b#c?d%20e"), "a%20b%23c%3Fd%2520e"},
		{"no UTF-8", nil, nil, file("a\xff\n"), "a%FF%0A"},
		{"letters", nil, nil, file("é/日"), "%C3%A9/%E6%97%A5"},
		{"backslash is a character", nil, nil, file(`a\b`), "a%5Cb"},
		{"no scheme", nil, nil, file("mailto:x"), "mailto%3Ax"},
		{"archive", nil, nil, file("a.zip!b/c"), "a.zip!b/c"},
		{"here", nil, nil, file("././a"), "a"},
		{"not a root", nil, nil, file(".//a"), "a"},
		{"root itself", nil, nil, file("./"), "."},
		{"above", nil, nil, file("../a"), "../a"},
		{"beneath an absolute target", []string{"/src/repo/"}, nil, file("/src/repo/a"), "a"},
		{"beneath two", []string{"/src", "/src/repo"}, nil, file("/src/repo/a"), "a"},
		{"beside it", []string{"/src/repo"}, nil, file("/src/repository/a"), "file:///src/repository/a"},
		{"an absolute target", []string{"/src/a b"}, nil, file("/src/a b"), "a%20b"},
		{"beneath the root directory", []string{"/"}, nil, file("/etc/x"), "etc/x"},
		{"relative target", []string{"src"}, nil, file("src/a"), "src/a"},
		{"drive", nil, nil, file("C:/src/a b"), "file:///C:/src/a%20b"},
		{"beneath a drive", []string{"C:/src"}, nil, file("C:/src/a"), "a"},
		{"of the repository", nil, repository("repo"), git("repo", "a"), "a"},
		{"work tree of the repository", nil, repository("./repo"), file("repo/a"), "a"},
		{"of one of two", nil, two, git("two", "a"), "two/a"},
		{"of the work tree of two", nil, two, file("two/a"), "two/a"},
		{"commit", nil, nil, Location{Kind: kindGit, Commit: "1a2b", Blob: "3c4d"}, ".git/commit/1a2b"},
		{"object", nil, nil, Location{Kind: kindGit, Blob: "3c4d"}, ".git/object/3c4d"},
		{"ref", nil, two, Location{Kind: kindGit, Path: "refs/heads/x", Part: RefName}, ".git/refs/heads/x"},
		{"standard input", nil, nil, Location{Kind: kindStdin}, "stdin"},
		{"nowhere", nil, nil, Location{Kind: kindFile}, "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newPathBase(tt.targets, tt.findings).location(tt.in).Physical.Artifact.URI; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzURI checks that a URI is a relative reference without query or fragment,
// and that it decodes to the path.
func FuzzURI(f *testing.F) {
	for _, p := range []string{"a b", "a:b", "%", "a/\xff", "?#", "..", "a//b"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if p == "" || strings.HasPrefix(p, "./") || isAbs(p) {
			t.Skip("not written as it is")
		}
		u, err := url.Parse(pathBase{}.uri(p))
		if err != nil {
			t.Fatal(err)
		}
		if u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Path != p {
			t.Errorf("%q became %#v", p, u)
		}
	})
}

// readSARIF renders a report and reads what of it the tests look at.
func readSARIF(t *testing.T, c testCase) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(render(t, "sarif", c), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

// TestSARIFLimits checks that a run keeps to what GitHub takes, and says what
// that leaves out.
func TestSARIFLimits(t *testing.T) {
	many := Finding{Rule: "r", Confidence: 1}
	for i := range maxLocations + 5 {
		many.Locations = append(many.Locations, inGit("a", i))
	}
	c := testCase{findings: []Finding{many}, receipt: Receipt{Files: 1, Complete: true}}
	for i := range MaxResults + 1 {
		c.findings = append(c.findings, Finding{Rule: "r", Masked: fmt.Sprint(i), Locations: []Location{{Kind: kindFile, Path: "a"}}})
	}
	run := readSARIF(t, c)
	if len(run.Results) != MaxResults {
		t.Errorf("%d results, want %d", len(run.Results), MaxResults)
	}
	r := run.Results[0]
	if n := len(r.Locations) + len(r.Related); n != maxLocations {
		t.Errorf("%d locations, want %d", n, maxLocations)
	}
	if !strings.HasSuffix(r.Message.Text, "And 1,004 other places.") {
		t.Errorf("the message ends in %q", r.Message.Text[len(r.Message.Text)-30:])
	}
	notes := run.Invocations[0].Notifications
	if len(notes) != 1 || notes[0].Message.Text != "2 findings are left out: a run holds 25,000 results at most." {
		t.Errorf("notifications %v", notes)
	}
	if !run.Invocations[0].ExecutionSuccessful {
		t.Error("not successful, though all was read")
	}
}

func TestSARIFResults(t *testing.T) {
	for _, c := range cases() {
		run := readSARIF(t, c)
		seen := map[string]bool{}
		for i, rule := range run.Tool.Driver.Rules {
			if seen[rule.ID] {
				t.Errorf("%s: rule %d repeats the id %q", c.name, i, rule.ID)
			}
			seen[rule.ID] = true
		}
		for i, r := range run.Results {
			if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
				t.Errorf("%s: result %d has rule %q at the index of %q", c.name, i, r.RuleID, got)
			}
			if len(r.Locations) != 1 || r.Locations[0].Physical.Artifact.URI == "" || r.Locations[0].Physical.Region.StartLine < 1 {
				t.Errorf("%s: result %d has no place", c.name, i)
			}
			if strings.Contains(r.Message.Text, "](") {
				t.Errorf("%s: result %d has a link in its message", c.name, i)
			}
			hash := r.Fingerprints["primaryLocationLineHash"]
			if seen[hash] || !strings.HasSuffix(hash, ":1") {
				t.Errorf("%s: result %d has the hash %q", c.name, i, hash)
			}
			seen[hash] = true
		}
		if ok := run.Invocations[0].ExecutionSuccessful; ok != c.receipt.Complete {
			t.Errorf("%s: successful is %t", c.name, ok)
		}
	}
}

// TestSARIFRules checks that what an edited report says of a rule acts on nobody,
// and that the rule is still that of its findings.
func TestSARIFRules(t *testing.T) {
	const evil = "\x1b[31m[a](https://evil.example)\n\n![b](https://evil.example) <a href=\"https://evil.example\">c</a>\n[d]\n\n[d]: https://evil.example"
	c := cases()[1]
	c.run.Rules = []Rule{{ID: evil, Title: evil, Description: evil, Advice: evil}}
	c.findings = c.findings[:1]
	c.findings[0].Rule = evil
	rules := readSARIF(t, c).Tool.Driver.Rules
	if len(rules) != 1 {
		t.Fatalf("%d rules, want 1", len(rules))
	}
	r := rules[0]
	for _, s := range []string{r.ID, r.Name, r.Short.Text, r.Full.Text, r.Help.Text, r.Help.Markdown} {
		if strings.Contains(s, "\x1b") {
			t.Errorf("a control character in %q", s)
		}
	}
	for _, s := range []string{r.Short.Text, r.Full.Text, r.Help.Text} {
		if strings.Contains(s, "](") {
			t.Errorf("a link in %q", s)
		}
	}
	doc := goldmark.New().Parser().Parse(text.NewReader([]byte(r.Help.Markdown)))
	err := ast.Walk(doc, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		switch n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.RawHTML, *ast.HTMLBlock:
			t.Errorf("a %s in %q", n.Kind(), r.Help.Markdown)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLineHash checks that an alert outlives a move of its credential.
func TestLineHash(t *testing.T) {
	f := typical()[0]
	moved := f
	moved.Locations = []Location{{Kind: kindFile, Path: "elsewhere", Line: 1}}
	other := f
	other.Fingerprint[0]++
	if lineHash(f) != lineHash(moved) {
		t.Error("the hash changes with the place")
	}
	if lineHash(f) == lineHash(other) {
		t.Error("two credentials have one hash")
	}
}

func TestSemanticVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3-rc.1+5": "1.2.3-rc.1+5", "devel": "", "": "", "v1.2": "", "(devel)": "",
	} {
		run := readSARIF(t, testCase{run: Run{Version: version}})
		if got := run.Tool.Driver.SemanticVersion; got != want {
			t.Errorf("%q: %q, want %q", version, got, want)
		}
	}
}

// FuzzReadJSON checks that a report from anywhere is refused or can be written
// in every format, and in JSON so that it reads the same again.
func FuzzReadJSON(f *testing.F) {
	for _, c := range cases() {
		f.Add(render(f, "json", c))
	}
	f.Add([]byte(`{"schema_version":1,"findings":[{"confidence":"high","locations":[{"line":-1,"date":"9999-12-31T23:59:59-23:59"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		c := testCase{"", r.Run, r.Findings, r.Receipt}
		for _, format := range renderings() {
			render(t, format, c)
		}
		checkMarkdown(t, render(t, "markdown", c))
		readJUnit(t, c)
		readCSV(t, c)
		if err := WriteReceipt(io.Discard, r.Receipt, Summary{}, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		again, err := ReadJSON(bytes.NewReader(render(t, "json", c)))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Findings) > 0 {
			equal(t, "findings", again.Findings, expressible(r.Findings))
		}
	})
}
