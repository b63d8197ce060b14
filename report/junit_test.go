package report

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJUnitSchema holds reports against the schema that Jenkins publishes.
func TestJUnitSchema(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("needs xmllint, of libxml2-utils: ", err)
	}
	for _, c := range cases() {
		name := filepath.Join(t.TempDir(), "report.xml")
		if err := os.WriteFile(name, render(t, "junit", c), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", "testdata/jenkins-junit.xsd", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}

// readJUnit reads a report as strictly as encoding/xml does, which takes no
// character that XML 1.0 does not have.
func readJUnit(t *testing.T, c testCase) junitSuite {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(render(t, "junit", c)))
	d.Strict = true
	var suites junitSuites
	if err := d.Decode(&suites); err != nil {
		t.Fatal(err)
	}
	if len(suites.Suites) != 1 {
		t.Fatalf("%d suites", len(suites.Suites))
	}
	return suites.Suites[0]
}

// TestJUnit checks that counts are those of the tests, that there is always a
// test that can pass or fail, and that each has a name of its own.
func TestJUnit(t *testing.T) {
	for _, c := range cases() {
		suite := readJUnit(t, c)
		var failures, errors, skipped int
		names := map[string]bool{}
		for _, tc := range suite.Cases {
			switch {
			case tc.Failure != nil:
				failures++
			case tc.Error != nil:
				errors++
			case tc.Skipped != "":
				skipped++
			}
			if key := tc.Class + "\x00" + tc.Name; names[key] {
				t.Errorf("%s: two tests %q", c.name, tc.Name)
			} else {
				names[key] = true
			}
		}
		want := 0
		for _, f := range c.findings {
			if f.Suppressed == nil {
				want++
			}
		}
		if failures != want || suite.Failures != want || skipped != len(c.findings)-want {
			t.Errorf("%s: %d failures, %d told, %d skipped; want %d of %d", c.name, failures, suite.Failures, skipped, want, len(c.findings))
		}
		if incomplete := !c.receipt.Complete; (errors > 0) != incomplete || suite.Errors != errors {
			t.Errorf("%s: %d errors, %d told; incomplete is %t", c.name, errors, suite.Errors, incomplete)
		}
		if suite.Tests != len(suite.Cases) || suite.Tests == 0 {
			t.Errorf("%s: %d tests, %d told", c.name, len(suite.Cases), suite.Tests)
		}
	}
}

// TestJUnitNothing checks that an old report without rules has a test too.
func TestJUnitNothing(t *testing.T) {
	suite := readJUnit(t, testCase{receipt: Receipt{Complete: true, Bytes: 1}})
	if len(suite.Cases) != 1 || suite.Cases[0].Error != nil {
		t.Errorf("%+v", suite.Cases)
	}
}
