package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

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
