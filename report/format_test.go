package report

import (
	"strings"
	"testing"
)

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]string{
		"": "text", "out": "text", "a.log": "text", "json": "text", "a.txt": "text",
		"a.json": "json", "b/a.JSON": "json", "a.jsonl": "jsonl", "a.sarif": "sarif", "a.b.csv": "csv", "a.md": "markdown", "a.xml": "junit",
		"gl-secret-detection-report.json": "gitlab", "ci/gl-secret-detection-report.json": "gitlab",
	} {
		if got := FormatOf(file).Name; got != want {
			t.Errorf("%q is %s, want %s", file, got, want)
		}
	}
	for _, f := range Formats {
		if got := FormatOf(f.File).Name; got != f.Name {
			t.Errorf("%s is %s, want %s", f.File, got, f.Name)
		}
	}
}

func TestFormatNamed(t *testing.T) {
	for _, f := range Formats {
		if got, ok := FormatNamed(strings.ToUpper(f.Name)); !ok || got.Name != f.Name {
			t.Errorf("%s is %s, %t", f.Name, got.Name, ok)
		}
	}
	if f, ok := FormatNamed("yaml"); ok {
		t.Errorf("yaml is %s", f.Name)
	}
}
