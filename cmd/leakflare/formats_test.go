package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/testdata/mint"
)

func TestDestinations(t *testing.T) {
	others := func(o ...string) reportFlags { return reportFlags{others: o} }
	tests := []struct {
		name string
		in   reportFlags
		want string // each as format=file
		err  string
	}{
		{"nothing said", reportFlags{}, "text=", ""},
		{"a format", reportFlags{format: "SARIF"}, "sarif=", ""},
		{"a file", reportFlags{output: "a.csv"}, "csv=a.csv", ""},
		{"both", reportFlags{format: "json", output: "a.csv"}, "json=a.csv", ""},
		{"a dash", reportFlags{output: "-"}, "text=", ""},
		{"others beside it", others("sarif=a", "gitlab=b"), "text= sarif=a gitlab=b", ""},
		{"another in its place", others("json=-", "sarif=a"), "json= sarif=a", ""},
		{"another beside a file", reportFlags{output: "a.md", others: []string{"json=-"}}, "markdown=a.md json=", ""},
		{"the same format twice", others("json=a", "json=b"), "text= json=a json=b", ""},
		{"an equals sign", others("json=a=b"), "text= json=a=b", ""},
		{"two on standard output", others("json=-", "sarif=-"), "", "two reports to standard output"},
		{"two there with -f", reportFlags{format: "text", others: []string{"json=-"}}, "", "two reports to standard output"},
		{"two of a file", others("json=a", "sarif=./a"), "", "two reports to ./a"},
		{"two of a file with -o", reportFlags{output: "b/../a", others: []string{"json=a"}}, "", "two reports to a"},
		{"no file", others("json"), "", `invalid value "json" for --report`},
		{"an empty file", others("json="), "", `invalid value "json=" for --report`},
		{"no format", others("a.json=a"), "", `invalid format "a.json" for --report`},
		{"no such format", reportFlags{format: "yaml"}, "", `invalid value "yaml" for --format`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, err := tt.in.destinations()
			var got []string
			for _, d := range all {
				got = append(got, d.Name+"="+d.file)
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("%s, want %s", text, tt.want)
			}
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// TestReportLost checks that one report that cannot be written does not lose the
// others, and that nothing of it is left.
func TestReportLost(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	in, feed := io.Pipe()
	go func() {
		// The scan has begun once it reads; then a folder is where a report was to be.
		io.WriteString(feed, "T="+mint.Token("cfut_", "lost")+"\n")
		if err := os.MkdirAll(file("lost.json/x"), 0o777); err != nil {
			feed.CloseWithError(err)
		}
		feed.Close()
	}()
	var out, errs bytes.Buffer
	args := []string{"scan", "-", "--report", "json=" + file("lost.json"), "--report", "sarif=" + file("a.sarif"), "--report", "csv=" + file("a.csv")}
	if status := run(context.Background(), args, streams{in, &out, &errs}); status != exitIncomplete {
		t.Errorf("status %d, want %d", status, exitIncomplete)
	}
	if !strings.Contains(errs.String(), "lost.json") {
		t.Errorf("it is not said which is lost: %s", errs.String())
	}
	if !strings.Contains(out.String(), "stdin:1:3") {
		t.Errorf("standard output: %s", out.String())
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || !e.IsDir() && info.Size() == 0 {
			t.Errorf("%s is empty (%v)", e.Name(), err)
		}
	}
	if want := []string{"a.csv", "a.sarif", "lost.json"}; !slices.Equal(names, want) {
		t.Errorf("there are %q, want %q", names, want)
	}
}

// TestLimits wants it said when a report is written again in a format that has no
// place for all of it.
func TestLimits(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.json")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	var findings []report.Finding
	for i := range report.MaxResults + 2 {
		findings = append(findings, report.Finding{
			Rule: "cloudflare-user-token", Fingerprint: secret.Fingerprint{byte(i >> 8), byte(i)}, Confidence: secret.Certain,
			Locations: []report.Location{{Path: "x", Line: 1, Column: 1}},
		})
	}
	if err := (report.Report{Findings: findings, Receipt: report.Receipt{Complete: true}}).Write(report.NewJSON(f)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]bool{"sarif": true, "jsonl": false} {
		var errs bytes.Buffer
		if status := run(context.Background(), []string{"report", "-q", "-f", format, name}, streams{nil, io.Discard, &errs}); status != exitClean {
			t.Fatalf("status %d: %s", status, errs.String())
		}
		if got := strings.Contains(errs.String(), "note: SARIF holds 25000 results at most; 2 findings are left out of it"); got != want {
			t.Errorf("%s: %s", format, errs.String())
		}
	}
}
