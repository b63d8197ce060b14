package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// NewJUnit returns a sink that writes findings to w, when it is closed, as the
// results of tests in the XML of JUnit that Jenkins reads, and with it GitLab,
// Azure Pipelines, CircleCI and Buildkite.
//
// A finding is a test that fails, and one that is suppressed is a test that was
// skipped. A rule of which nothing was found is a test that passes, so that there
// is always one: Jenkins takes a report without tests for a mistake
// (https://github.com/jenkinsci/junit-plugin/issues/499). So is what was read,
// which is a test with an error if the scan is incomplete.
func NewJUnit(w io.Writer) Sink { return &junitSink{w: w, found: map[string]bool{}} }

type junitSink struct {
	w     io.Writer
	run   Run
	cases []junitCase
	found map[string]bool // rules
}

// What both schemas in use have: that of Jenkins, and the stricter one of Ant's
// reports (https://github.com/windyroad/JUnit-Schema), which knows no test that
// was skipped.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		ID         int             `xml:"id,attr"`
		Name       string          `xml:"name,attr"`
		Package    string          `xml:"package,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       string          `xml:"time,attr"`      // seconds
		Timestamp  string          `xml:"timestamp,attr"` // UTC, without a zone
		Hostname   string          `xml:"hostname,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out"`
		Err        string          `xml:"system-err"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Skipped string        `xml:"skipped,omitempty"`
		Error   *junitProblem `xml:"error"`
		Failure *junitProblem `xml:"failure"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",cdata"`
	}
)

func (s *junitSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *junitSink) Finding(f Finding) error {
	f = cleanFinding(f)
	// Jenkins tells since when a test fails by its name, which therefore says
	// which credential it is and not where it stands.
	c := junitCase{Class: "leakflare." + f.Rule, Name: f.Title + " " + f.Masked + " " + f.Fingerprint.String()[:8], Time: "0"}
	if f.Suppressed != nil {
		c.Skipped = suppressed(*f.Suppressed)
	} else {
		s.found[f.Rule] = true
		c.Failure = &junitProblem{Type: f.Rule, Message: f.Title + " " + f.Masked, Text: s.text(f)}
		if len(f.Locations) > 0 {
			c.Failure.Message += " in " + place(f.Locations[0])
		}
	}
	s.cases = append(s.cases, c)
	return nil
}

// text says all that is known of f, which is clean, and what to do about it.
func (s *junitSink) text(f Finding) string {
	var b strings.Builder
	b.WriteString("\n")
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", label, text)
		}
	}
	line("why", joined(f.Confidence.String(), f.Reason))
	line("status", joined(string(f.Status), f.StatusDetail))
	if f.Identity != nil {
		line("risk", joined(string(f.Identity.Risk), f.Identity.RiskReason))
	}
	line("key id", f.KeyID)
	line("token id", f.TokenID)
	line("made from", f.DerivedFrom)
	line("account", strings.Join(accounts(f), ", "))
	line("SHA-256 begins", f.Fingerprint.Short())
	const most = 100
	for _, l := range f.Locations[:min(most, len(f.Locations))] {
		line("where", whereabouts(l))
	}
	if more := int64(len(f.Locations) - most); more > 0 {
		line("where", "and "+count(more, "more place", "more places"))
	}
	for _, r := range s.run.Rules {
		if Clean(r.ID) == f.Rule {
			for advice := range strings.Lines(r.Advice) {
				line("what to do", Clean(strings.TrimSpace(advice)))
			}
			line("see", helpLink(r))
			break
		}
	}
	return b.String()
}

func (s *junitSink) Close(rc Receipt) error {
	rc = mapReceipt(rc, Clean)
	cases := []junitCase{s.coverage(rc)}
	for _, r := range s.run.Rules {
		if id := Clean(r.ID); !s.found[id] {
			cases = append(cases, junitCase{Class: "leakflare." + id, Name: "no " + id, Time: "0"})
		}
	}
	started := writable(s.run.StartedAt.UTC())
	suite := junitSuite{
		Name:       "leakflare",
		Package:    "leakflare",
		Time:       seconds(rc.Duration),
		Timestamp:  started.Format("2006-01-02T15:04:05"),
		Hostname:   "localhost", // a report does not tell where it was made
		Cases:      append(s.cases, cases...),
		Properties: []junitProperty{{"leakflare.version", Clean(s.run.Version)}},
	}
	for _, c := range suite.Cases {
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		}
	}
	data, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{suite}}, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding report: %w", err)
	}
	return write(s.w, append([]byte(xml.Header), append(data, '\n')...))
}

// coverage returns the test that all was read.
func (s *junitSink) coverage(rc Receipt) junitCase {
	c := junitCase{Class: "leakflare.coverage", Name: "all was read", Time: seconds(rc.Duration)}
	notes := gaps(rc)
	if len(notes) == 0 {
		return c
	}
	c.Error = &junitProblem{Type: "incomplete", Message: notes[0], Text: "\n" + strings.Join(notes, "\n") + "\n"}
	return c
}

// seconds returns d as the schema has it, and as it is in a report that is read
// again: to the millisecond.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.3f", d.Truncate(time.Millisecond).Seconds())
}
