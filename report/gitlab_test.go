package report

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
)

// TestGitLabPublishedSchema holds reports against the schema that GitLab
// publishes, a file named in the environment: dist/secret-detection-report-format.json
// of https://gitlab.com/gitlab-org/security-products/security-report-schemas.
func TestGitLabPublishedSchema(t *testing.T) {
	name := os.Getenv("LEAKFLARE_GITLAB_SCHEMA")
	if name == "" {
		t.Skip("LEAKFLARE_GITLAB_SCHEMA names no file of GitLab's schema")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	gitlab := compile(t, "https://leakflare.invalid/gitlab.json", data, false)
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { validate(t, gitlab, render(t, "gitlab", c)) })
	}
}

// TestGitLabSchema holds reports against what of that schema bears on what we
// write, in words of our own, with every object closed.
func TestGitLabSchema(t *testing.T) {
	data, err := os.ReadFile("testdata/gitlab-secret-detection.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	gitlab := compile(t, "https://leakflare.invalid/gitlab.json", data, true)
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { validate(t, gitlab, render(t, "gitlab", c)) })
	}
}

func readGitLab(t *testing.T, c testCase) gitlabReport {
	t.Helper()
	var r gitlabReport
	if err := json.Unmarshal(render(t, "gitlab", c), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGitLab(t *testing.T) {
	for _, c := range cases() {
		r := readGitLab(t, c)
		var counted, left int
		for _, f := range c.findings {
			if f.Suppressed == nil {
				counted++
			} else {
				left++
			}
		}
		if len(r.Vulnerabilities) != counted {
			t.Errorf("%s: %d vulnerabilities, want %d", c.name, len(r.Vulnerabilities), counted)
		}
		if want := map[bool]string{true: "success", false: "failure"}[c.receipt.Complete]; r.Scan.Status != want {
			t.Errorf("%s: status %s, want %s", c.name, r.Scan.Status, want)
		}
		var messages strings.Builder
		for _, m := range r.Scan.Messages {
			messages.WriteString(m.Value + "\n")
		}
		if strings.Contains(messages.String(), "left out") != (left > 0) {
			t.Errorf("%s: %d left out; messages %q", c.name, left, messages.String())
		}
		seen := map[string]bool{}
		for _, v := range r.Vulnerabilities {
			if seen[v.ID] || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(v.ID) {
				t.Errorf("%s: the id %q", c.name, v.ID)
			}
			seen[v.ID] = true
			checkMarkdown(t, []byte(v.Description))
			checkMarkdown(t, []byte(v.Solution))
		}
	}
}

// TestGitLabIdentity checks that GitLab knows a credential again that has moved.
func TestGitLabIdentity(t *testing.T) {
	f := typical()[0]
	moved := f
	moved.Locations = []Location{{Kind: kindFile, Path: "elsewhere", Line: 7}}
	other := f
	other.Fingerprint[0]++
	r := readGitLab(t, testCase{findings: []Finding{f, moved, other}}).Vulnerabilities
	signature := func(i int) string { return r[i].Tracking.Items[0].Signatures[0].Value }
	if r[0].ID != r[1].ID || signature(0) != signature(1) {
		t.Error("it changes with the place")
	}
	if r[0].ID == r[2].ID || signature(0) == signature(2) {
		t.Error("two credentials are one")
	}
}

func TestGitLabLocation(t *testing.T) {
	file := Location{Kind: kindFile, Path: "/src/repo/a.env", Line: 3}
	git := inGit("a.env", 0)
	tests := []struct {
		name string
		in   []Location
		want gitlabLocation
	}{
		{"a file in no repository", []Location{file}, gitlabLocation{"a.env", 3, 3, gitlabCommit{SHA: "0000000"}}},
		{"a file, and its commit", []Location{file, git}, gitlabLocation{"a.env", 3, 3, gitlabCommit{git.Commit, "Ann Example <ann@example.com>", "2024-03-02T00:00:00Z", git.Summary}}},
		{"history", []Location{git}, gitlabLocation{"a.env", 10, 10, gitlabCommit{git.Commit, "Ann Example <ann@example.com>", "2024-03-02T00:00:00Z", git.Summary}}},
		{"nowhere", nil, gitlabLocation{"unknown", 1, 1, gitlabCommit{SHA: "0000000"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase{run: Run{Targets: []string{"/src/repo"}}, findings: []Finding{{Locations: tt.in}}}
			equal(t, "location", readGitLab(t, c).Vulnerabilities[0].Location, tt.want)
		})
	}
}

func TestGitLabSeverity(t *testing.T) {
	risk := func(r Risk) Finding { return Finding{Identity: &Identity{Risk: r}} }
	tests := []struct {
		name string
		in   Finding
		rule Rule
		want string
	}{
		{"what can be done", risk(LowRisk), Rule{Severity: 9.9}, "Low"},
		{"everything", risk(Critical), Rule{}, "Critical"},
		{"not known", risk(UnknownRisk), Rule{Severity: 9.1}, "Critical"},
		{"the rule's", Finding{}, Rule{Severity: 5}, "Medium"},
		{"no rule", Finding{}, Rule{}, "High"},
		{"does not work", Finding{Status: secret.Invalid}, Rule{Severity: 9.9}, "Info"},
	}
	for _, tt := range tests {
		if got := gitlabSeverity(tt.in, tt.rule); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
