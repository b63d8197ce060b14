package report

import (
	"fmt"
	"strings"
	"testing"
)

func TestGaps(t *testing.T) {
	read := Receipt{Files: 1, Complete: true}
	incomplete := read
	incomplete.Complete = false
	passed := read
	passed.SkippedMore = 3
	passed.Skipped = []Skip{{"a", "socket", false, false}}
	more := passed
	more.Complete = false
	tests := []struct {
		name string
		in   Receipt
		want string
	}{
		{"whole", read, ""},
		{"incomplete", incomplete, "The scan is incomplete."},
		{"passed over", passed, ""},
		{"nothing there was to read", Receipt{Complete: true}, ""},
		{"more", more, "3 further entries were skipped and not listed."},
		{"nothing", Receipt{}, "Nothing was read."},
		{"fault", Receipt{Files: 1, Skipped: []Skip{{"a", "denied", true, false}}}, "Not read: a: denied."},
	}
	for _, tt := range tests {
		if got := strings.Join(gaps(tt.in), "\n"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestGapsEverywhere checks that whatever a scan did not read, a machine is told
// the same of it in each format.
func TestGapsEverywhere(t *testing.T) {
	for _, rc := range []Receipt{
		{Complete: true},
		{Files: 1, Complete: true, SkippedMore: 3},
		{Files: 1},
		{Files: 1, SkippedMore: 3},
		{Interrupted: true},
		{Files: 1, Skipped: faults(1)},
	} {
		c := testCase{receipt: rc}
		want := strings.Join(gaps(rc), " ")
		var sarif []string
		for _, n := range readSARIF(t, c).Invocations[0].Notifications {
			sarif = append(sarif, n.Message.Text)
		}
		var gitlab []string
		for _, m := range readGitLab(t, c).Scan.Messages {
			gitlab = append(gitlab, m.Value)
		}
		var junit string
		if e := readJUnit(t, c).Cases[0].Error; e != nil {
			junit = strings.ReplaceAll(strings.TrimSpace(e.Text), "\n", " ")
		}
		_, annotation, _ := strings.Cut(strings.TrimSuffix(string(annotate(t, c)), " To mend that, fetch it.\n"), "incomplete::")
		for format, got := range map[string]string{
			"sarif": strings.Join(sarif, " "), "gitlab": strings.Join(gitlab, " "), "junit": junit, "annotations": annotation,
		} {
			if got != want {
				t.Errorf("%s says %q of %+v, want %q", format, got, rc, want)
			}
		}
	}
}

// TestClosed checks that people are told by name what is encrypted, the first of
// many and how many more.
func TestClosed(t *testing.T) {
	rc := Receipt{Files: 1, Complete: true, Skipped: []Skip{{"socket", "socket", false, false}}}
	for i := range 12 {
		rc.Skipped = append(rc.Skipped, Skip{fmt.Sprintf("a.zip!%02d", i), "encrypted, not unpacked", false, true})
	}
	var b strings.Builder
	if err := WriteReceipt(&b, rc, Summary{}, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{"Not unpacked whole:\n  a.zip!00: encrypted, not unpacked\n", "  a.zip!09: encrypted", "\n  and 2 more\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, other := range []string{"a.zip!10", "socket: "} {
		if strings.Contains(got, other) {
			t.Errorf("%q in\n%s", other, got)
		}
	}
	// Pages name more of them.
	for i := 12; i < 300; i++ {
		rc.Skipped = append(rc.Skipped, Skip{fmt.Sprintf("a.zip!%02d", i), "encrypted, not unpacked", false, true})
	}
	for format, want := range map[string][]string{
		"markdown": {"#### Not unpacked whole\n\n- `a.zip!00`: encrypted, not unpacked\n", "- `a.zip!19`: encrypted, not unpacked\n\nand 280 more\n"},
		"html":     {"<h3>Not unpacked whole</h3>", "<code>a.zip!00</code> <span>encrypted, not unpacked</span>", "<code>a.zip!199</code>", "<p>And 100 more.</p>"},
		"json":     {`"a.zip!299"`},
	} {
		got := string(render(t, format, testCase{receipt: rc}))
		for _, want := range want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", format, want, got)
			}
		}
		if format != "json" && strings.Contains(got, "a.zip!200") {
			t.Errorf("%s lists all", format)
		}
	}
}
