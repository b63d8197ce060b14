package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func readCSV(t testing.TB, c testCase) [][]string {
	t.Helper()
	data := render(t, "csv", c)
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(data, []byte("\r\n")); lines != len(rows) || bytes.Count(data, []byte("\n")) != lines {
		t.Errorf("%s: %d rows in %d lines", c.name, len(rows), lines)
	}
	return rows
}

// TestCSV checks that there is a row for each location, each as wide as the
// heading.
func TestCSV(t *testing.T) {
	for _, c := range cases() {
		want := 1
		for _, f := range c.findings {
			want += max(len(f.Locations), 1)
		}
		rows := readCSV(t, c)
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", c.name, len(rows), want)
		}
		for _, row := range rows {
			if len(row) != len(csvColumns) {
				t.Errorf("%s: %d cells, want %d", c.name, len(row), len(csvColumns))
			}
		}
	}
}

func TestFormulas(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"a=b-c+d@e", "a=b-c+d@e"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"＝1", "'＝1"},
		{" =1", "' =1"},
		{`"=1`, `'"=1`},
		{"\t=1", `\x09=1`},
		{"\r=1", `\x0d=1`},
		{"a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"},
		{"a;b", "a;b"},
	}
	for _, tt := range tests {
		c := testCase{findings: []Finding{{Rule: tt.in, Locations: []Location{{Path: tt.in, Author: tt.in, Line: -1}}, Suppressed: &Suppression{Reason: tt.in}}}}
		rows := readCSV(t, c)
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = rows[1][i]
		}
		for _, column := range []string{"rule", "path", "author", "suppressed_reason"} {
			if cells[column] != tt.want {
				t.Errorf("%q became %q in %s, want %q", tt.in, cells[column], column, tt.want)
			}
		}
		if cells["line"] != "'-1" {
			t.Errorf("the line became %q", cells["line"])
		}
	}
}

// FuzzCSV checks that no cell is a formula, wherever a spreadsheet splits.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=", ";-", `",=`, "\n=", "; ;+", `;"@`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		finding := mapFinding(someSuppressed()[1], func(string) string { return s })
		for _, row := range readCSV(t, testCase{findings: []Finding{finding}}) {
			for _, cell := range row {
				for part := range strings.SplitSeq(cell, ";") {
					if part = strings.TrimLeft(part, "\" "); part != "" && strings.ContainsRune("=+-@\t\r", []rune(part)[0]) {
						t.Errorf("%q became the cell %q", s, cell)
					}
				}
			}
		}
	})
}
