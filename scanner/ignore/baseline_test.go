package ignore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// written returns a JSON report of findings.
func written(t *testing.T, findings ...report.Finding) string {
	t.Helper()
	var b bytes.Buffer
	s := report.NewJSON(&b)
	if err := s.Begin(report.Run{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if err := s.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(report.Receipt{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func finding(v secret.Value, by string) report.Finding {
	f := report.Finding{Rule: "r", Fingerprint: v.Fingerprint(), Masked: v.Mask(), Confidence: secret.High}
	if by != "" {
		f.Suppressed = &report.Suppression{By: by}
	}
	return f
}

// gitleaks returns a report of gitleaks with one finding.
func gitleaks(clear, file, commit string, line int) string {
	b, err := json.Marshal([]map[string]any{{
		"RuleID": "cloudflare-api-key", "Description": "x", "StartLine": line, "EndLine": line, "StartColumn": 1, "EndColumn": 9,
		"Match": "KEY=" + clear, "Secret": clear, "File": file, "SymlinkFile": "", "Commit": commit, "Entropy": 4.5,
		"Author": "", "Email": "", "Date": "", "Message": "", "Tags": []string{}, "Fingerprint": fmt.Sprintf("%s:%s:cloudflare-api-key:%d", commit, file, line),
	}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// detectSecrets returns a baseline of detect-secrets with one secret.
func detectSecrets(v secret.Value, more string) string {
	return fmt.Sprintf(`{"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": {"src\\a.env": [
		{"type": "Secret Keyword", "filename": "src\\a.env", "hashed_secret": "%x", "is_verified": false%s, "line_number": 3}
	]}, "generated_at": "2026-01-01T00:00:00Z"}`, v.SHA1(), more)
}

// wide returns s in UTF-16 with a mark, as PowerShell writes what is redirected.
func wide(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestBaseline(t *testing.T) {
	clear := value.Reveal()
	moved := []Place{at("new/place.env", 99), in("sub", "old", 1, false), in(".", "", 0, false)}
	here := []Place{in(".", "src/a.env", 3, false)}
	for _, tt := range []struct {
		name, file, text string
		places           []Place
		want             string
	}{
		{"ours", "b.json", written(t, finding(other, ""), finding(value, "")), moved, "baseline b.json"},
		{"ours, in CRLF", "b.json", strings.ReplaceAll(written(t, finding(value, "")), "\n", "\r\n"), moved, "baseline b.json"},
		{"ours, in UTF-16", "b.json", wide(written(t, finding(value, ""))), moved, "baseline b.json"},
		{"ours, accepted before", "b.json", written(t, finding(value, report.ByBaseline)), moved, "baseline b.json"},
		{"ours, where a mark spoke", "b.json", written(t, finding(value, report.ByMark)), moved, ""},
		{"ours, where an ignore file spoke", "b.json", written(t, finding(value, report.ByIgnoreFile)), moved, ""},
		{"ours, of another", "b.json", written(t, finding(other, "")), moved, ""},

		{"gitleaks, in clear", "b.json", gitleaks(clear, "src/a.env", commit, 3), moved, "baseline b.json"},
		{"gitleaks, of another on the line", "b.json", gitleaks(other.Reveal(), "src/a.env", commit, 3), here, ""},
		{"gitleaks, redacted", "b.json", gitleaks("REDACTED", "src/a.env", commit, 3), here, "baseline b.json"},
		{"gitleaks, redacted in part", "b.json", gitleaks(clear[:12]+"...", "src/a.env", commit, 3), here, "baseline b.json"},
		{"gitleaks, redacted, on Windows", "b.json", gitleaks("REDACTED", `src\a.env`, commit, 3), here, "baseline b.json"},
		{"gitleaks, redacted, another line", "b.json", gitleaks("REDACTED", "src/a.env", commit, 4), here, ""},
		{"gitleaks, redacted, another commit", "b.json", gitleaks("REDACTED", "src/a.env", strings.Repeat("a", 40), 3), here, ""},
		{"gitleaks, redacted, and elsewhere too", "b.json", gitleaks("REDACTED", "src/a.env", commit, 3), append(moved, here...), "baseline b.json"},
		{"gitleaks, redacted, of files", "b.json", gitleaks("REDACTED", "src/a.env", "", 3), []Place{at("src/a.env", 3)}, "baseline b.json"},
		{"gitleaks, nothing", "b.json", "[]\n", here, ""},

		{"detect-secrets", ".secrets.baseline", detectSecrets(value, ""), moved, "baseline .secrets.baseline"},
		{"detect-secrets, audited", ".secrets.baseline", detectSecrets(value, `, "is_secret": false`), moved, "baseline .secrets.baseline (audited: no secret)"},
		{"detect-secrets, of another", ".secrets.baseline", detectSecrets(other, ""), here, ""},

		{"fingerprint of gitleaks", ".gitleaksignore", "# x\n" + commit + ":src/a.env:generic-api-key:3\n", here, "baseline .gitleaksignore:2"},
		{"on Windows", ".gitleaksignore", commit + ":src\\a.env:generic-api-key:3\r\n", here, "baseline .gitleaksignore:1"},
		{"of any commit", ".gitleaksignore", "src/a.env:generic-api-key:3", here, "baseline .gitleaksignore:1"},
		{"of another commit", ".gitleaksignore", strings.Repeat("b", 40) + ":src/a.env:generic-api-key:3", here, ""},
		{"of another line", ".gitleaksignore", "src/a.env:generic-api-key:4", here, ""},
		{"and elsewhere too", ".gitleaksignore", "src/a.env:generic-api-key:3", append(moved, here...), "baseline .gitleaksignore:1"},
		{"as seen from the folder", ".gitleaksignore", "a.env:r:3", []Place{at("sub/a.env", 3)}, "baseline .gitleaksignore:1"},
		{"betterleaks 2", ".betterleaksignore", print + "\n", moved, "baseline .betterleaksignore:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inFolder(t, map[string]string{tt.file: tt.text})
			l := New(now)
			for _, root := range []string{".", "sub"} {
				if err := l.AddRoot(root); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.AddBaseline(tt.file); err != nil {
				t.Fatal(err)
			}
			if got := words(l.Suppress(value, tt.places)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestBaselineErrors says that what cannot be read is an error, and that the
// error shows no secret.
func TestBaselineErrors(t *testing.T) {
	clear := value.Reveal()
	whole := written(t, finding(value, ""))
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "is empty"},
		{"blank", " \r\n", "is empty"},
		{"cut short", whole[:len(whole)/2], "unexpected end of JSON input"},
		{"gitleaks, cut short", gitleaks(clear, "a", "", 1)[:120], "unexpected end of JSON input"},
		{"of another schema", `{"schema_version":2,"findings":[]}`, "schema version 2 is not known"},
		{"SARIF", `{"version":"2.1.0","runs":[]}`, "is no baseline"},
		{"a list of something else", `[{"secret":"` + clear + `"}]`, "is a list of something else"},
		{"a list of words", `["` + clear + `"]`, "cannot unmarshal string"},
		{"detect-secrets with another hash", `{"results":{"a":[{"hashed_secret":"` + clear + `"}]}}`, "a hashed_secret is no SHA-1"},
		{"lines of something else", "x\n" + clear, ":1: a line of such a file is COMMIT:FILE:RULE:LINE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inFolder(t, map[string]string{"b": tt.text})
			err := New(now).AddBaseline("b")
			if err == nil || !strings.HasPrefix(err.Error(), "b:") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			} else if strings.Contains(err.Error(), clear[8:30]) {
				t.Errorf("the secret is shown: %v", err)
			}
		})
	}
	inFolder(t, map[string]string{"b": whole})
	if err := New(now).AddBaseline("missing"); err == nil || !strings.HasPrefix(err.Error(), "missing: cannot be read") {
		t.Errorf("missing: %v", err)
	}
	if err := New(now).AddFile("b"); err == nil || !strings.Contains(err.Error(), "--baseline") {
		t.Errorf("a baseline as an ignore file: %v", err)
	}
}

// TestClearSecretsAreNotKept looks for a secret in clear in what is kept of a
// report of gitleaks.
func TestClearSecretsAreNotKept(t *testing.T) {
	inFolder(t, map[string]string{"b.json": gitleaks(value.Reveal(), "a", commit, 3)})
	l := New(now)
	if err := l.AddBaseline("b.json"); err != nil {
		t.Fatal(err)
	}
	if len(l.named[0].prints) != 1 {
		t.Fatalf("%d fingerprints", len(l.named[0].prints))
	}
	var kept strings.Builder
	for _, f := range l.named {
		fmt.Fprintf(&kept, "%+v", *f)
		for _, e := range f.entries {
			fmt.Fprintf(&kept, "%+v", *e)
		}
	}
	if strings.Contains(kept.String(), value.Reveal()[8:30]) {
		t.Error("the secret is kept")
	}
}

func TestIdleBaseline(t *testing.T) {
	inFolder(t, map[string]string{"b.json": written(t, finding(value, ""), finding(other, "")), "g.json": gitleaks("x", "a", "", 1)})
	l := New(now)
	for _, name := range []string{"b.json", "g.json"} {
		if err := l.AddBaseline(name); err != nil {
			t.Fatal(err)
		}
	}
	l.Suppress(value, []Place{at("a", 1)})
	want := report.IdleEntry{Where: "b.json", Why: "1 of 2 credentials are not found any more"}
	if got := l.Idle(true); len(got) != 1 || got[0] != want {
		t.Errorf("%v, want %v", got, want)
	}
}
