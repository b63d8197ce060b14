package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Limits of GitHub code scanning, beyond which it drops results or refuses the
// file: https://docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning.
const (
	MaxResults   = 25000 // results that GitHub takes of a run; further findings are left out
	maxLocations = 1000  // of a result, with the related ones
)

// NewSARIF returns a sink that writes a SARIF 2.1.0 log with one run to w when
// it is closed, in the form that GitHub code scanning takes.
//
// A finding is a result, and its first location is the result's; the others
// are related locations. Paths are relative to the repository if all that was
// found in git is of one, and else to where the command ran. What stands in a
// git object without a path, such as the message of a commit, is placed at
// .git/commit/<id>, since a result must have a path. Columns count bytes.
//
// Content inside an archive is placed at the archive, since a review shows what is
// in the repository and GitHub knows no nested artifacts (SARIF 2.1.0, 3.24.3). The
// member is a logical location; the message has its line.
func NewSARIF(w io.Writer) Sink { return &sarifSink{w: w} }

type sarifSink struct {
	w        io.Writer
	run      Run
	findings []Finding
	left     int64 // findings beyond MaxResults
}

func (s *sarifSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *sarifSink) Finding(f Finding) error {
	if len(s.findings) == MaxResults {
		s.left++
		return nil
	}
	// Paths are kept as they are: they are encoded, not cleaned.
	s.findings = append(s.findings, copyOf(f))
	return nil
}

func (s *sarifSink) Close(rc Receipt) error {
	rules := newRuleTable(s.run.Rules)
	paths := newPathBase(s.run.Targets, s.findings)
	results := make([]sarifResult, len(s.findings))
	someSuppressed := slices.ContainsFunc(s.findings, func(f Finding) bool { return f.Suppressed != nil })
	for i, f := range s.findings {
		results[i] = newResult(f, rules, paths)
		if someSuppressed {
			results[i].Suppressions = suppressions(f)
		}
	}
	driver := sarifDriver{
		Name:           "leakflare",
		Version:        s.run.Version,
		InformationURI: "https://github.com/leakflare/leakflare",
		Rules:          rules.list,
	}
	if v := strings.TrimPrefix(s.run.Version, "v"); regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`).MatchString(v) {
		driver.SemanticVersion = v
	}
	invocation := sarifInvocation{
		ExecutionSuccessful: rc.Complete && !rc.Interrupted,
		Notifications:       s.notifications(rc),
	}
	if start := writable(s.run.StartedAt.UTC()); !start.IsZero() {
		invocation.StartTimeUTC = start.Format(time.RFC3339)
		invocation.EndTimeUTC = start.Add(rc.Duration.Truncate(time.Millisecond)).Format(time.RFC3339)
	}
	return writeJSON(s.w, "  ", sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:              sarifTool{driver},
			AutomationDetails: sarifID{"leakflare/"},
			Invocations:       []sarifInvocation{invocation},
			Results:           results,
		}},
	})
}

// notifications tells what the results do not cover.
func (s *sarifSink) notifications(rc Receipt) []sarifNotification {
	notes := []sarifNotification{}
	note := func(level, text string) {
		notes = append(notes, sarifNotification{Level: level, Message: sarifMessage{text}})
	}
	for _, gap := range gaps(mapReceipt(rc, Clean)) {
		note("error", inert(gap))
	}
	if s.left > 0 {
		note("warning", fmt.Sprintf("%s left out: a run holds %s results at most.",
			count(s.left, "finding is", "findings are"), grouped(MaxResults)))
	}
	return notes
}

// A ruleTable holds the rules of a run, each id once, as GitHub demands.
type ruleTable struct {
	list []sarifRule
	at   map[string]int
}

func newRuleTable(rules []Rule) *ruleTable {
	t := &ruleTable{list: []sarifRule{}, at: map[string]int{}}
	for _, r := range rules {
		t.add(Rule{
			ID: Clean(r.ID), Title: inert(Clean(r.Title)), Description: cleanLines(r.Description), Advice: cleanLines(r.Advice),
			HelpURL: helpLink(r), Severity: r.Severity, Confidence: r.Confidence,
		})
	}
	return t
}

// cleanLines returns text of a rule, which may have several lines, with each of
// them clean.
func cleanLines(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, Clean(line))
	}
	return strings.Join(lines, "\n")
}

// index returns where the rule of f, which is clean, stands. It adds a rule
// that is not there, because a report may be read that lacks it.
func (t *ruleTable) index(f Finding) int {
	t.add(Rule{ID: f.Rule, Title: inert(f.Title), Confidence: f.Confidence})
	return t.at[f.Rule]
}

// add adds r, which is clean, unless there is a rule of that id.
func (t *ruleTable) add(r Rule) {
	if _, ok := t.at[r.ID]; ok {
		return
	}
	t.at[r.ID] = len(t.list)
	advice := cmp.Or(r.Advice, "Revoke the credential, then replace it where it was used.")
	description := cmp.Or(r.Description, r.Title)
	help := sarifHelp{
		Text:     inert(advice),
		Markdown: literal(description) + "\n\n**What to do.** " + literal(advice),
	}
	if r.HelpURL != "" {
		help.Text += "\n" + r.HelpURL
		help.Markdown += "\n\n[Cloudflare's page about it](" + r.HelpURL + ")"
	}
	t.list = append(t.list, sarifRule{
		ID:            r.ID,
		Name:          r.Title,
		Short:         sarifMessage{r.Title},
		Full:          sarifMessage{inert(description)},
		HelpURI:       r.HelpURL,
		Help:          help,
		Configuration: sarifConfiguration{Level: "error"},
		Properties: sarifRuleProperties{
			Tags:      []string{"security", "secret", "cloudflare"},
			Precision: precision(r.Confidence),
			Severity:  fmt.Sprintf("%.1f", cmp.Or(r.Severity, 7)), // GitHub wants a string
		},
	})
}

// precision is how GitHub calls a confidence.
func precision(c secret.Confidence) string {
	switch c {
	case secret.Certain:
		return "very-high"
	case secret.Medium:
		return "medium"
	}
	return "high"
}

// newResult returns the result for f.
func newResult(f Finding, rules *ruleTable, paths pathBase) sarifResult {
	if len(f.Locations) == 0 {
		f.Locations = []Location{{Kind: kindFile}} // GitHub refuses a file with a result that has no location
	}
	shown := cleanFinding(f)
	git := shown.Locations[max(firstInGit(shown), 0)]
	r := sarifResult{
		RuleID:       shown.Rule,
		RuleIndex:    rules.index(shown),
		Level:        "error",
		Message:      sarifMessage{message(shown)},
		Locations:    []sarifLocation{paths.location(f.Locations[0])},
		Fingerprints: map[string]string{"primaryLocationLineHash": lineHash(f)},
		Properties: sarifProperties{
			Fingerprint: f.Fingerprint.String(),
			Masked:      shown.Masked,
			Confidence:  shown.Confidence.String(),
			Status:      string(shown.Status),
			Commit:      git.Commit,
			Author:      git.Author,
			Email:       git.Email,
			Date:        git.Date,
			Refs:        git.Refs,
			InHead:      git.InHead,
			Reachable:   git.Reachable,
			Places:      len(f.Locations),
		},
	}
	for i, l := range f.Locations[1:min(maxLocations, len(f.Locations))] {
		related := paths.location(l)
		related.ID = i + 1
		related.Message = &sarifMessage{inert(whereabouts(shown.Locations[i+1]))}
		r.Related = append(r.Related, related)
	}
	return r
}

// suppressions returns who has decided that f does not count.
//
// DefectDojo takes a result that has any for a false positive
// (https://github.com/DefectDojo/django-DefectDojo/pull/7530). GitHub ignores them
// (https://github.com/github/codeql-action/issues/1230); the action
// advanced-security/dismiss-alerts closes alerts by them.
func suppressions(f Finding) []sarifSuppression {
	s := cleanFinding(f).Suppressed
	switch {
	case s == nil:
		return []sarifSuppression{}
	case s.By == ByMark:
		return []sarifSuppression{{Kind: "inSource", Status: "accepted", Justification: inert(suppressed(*s))}}
	}
	return []sarifSuppression{{Kind: "external", Status: "accepted", Justification: inert(suppressed(*s))}}
}

// message says what f is and where. Its first sentence is what GitHub shows in
// lists.
func message(f Finding) string {
	sentences := []string{
		f.Title + " " + f.Masked,
		"Confidence: " + joined(f.Confidence.String(), f.Reason),
	}
	if f.Status != secret.Unchecked && f.Status != "" {
		status := "Status: " + string(f.Status)
		if f.StatusDetail != "" {
			status += " (" + f.StatusDetail + ")"
		}
		sentences = append(sentences, status)
	}
	others := int64(len(f.Locations) - 1)
	sentences = append(sentences, "Where: "+whereabouts(f.Locations[0]))
	if i := firstInGit(f); i > 0 {
		sentences = append(sentences, "In git: "+whereabouts(f.Locations[i]))
		others--
	}
	if others > 0 {
		sentences = append(sentences, "And "+count(others, "other place", "other places"))
	}
	return inert(strings.Join(sentences, ". ") + ".")
}

// lineHash is what GitHub knows a result by from one upload to the next. It
// follows the credential rather than the line, so that an alert stays the same
// one wherever the credential moves.
func lineHash(f Finding) string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Fingerprint.String()))
	return hex.EncodeToString(sum[:8]) + ":1"
}

// location returns l with a path and a line, without which GitHub takes no
// location.
func (b pathBase) location(l Location) sarifLocation {
	file, member := l.split()
	region := sarifRegion{StartLine: max(l.Line, 1)}
	if l.Line > 0 && l.Part == "" {
		region.StartColumn = max(l.Column, 0)
	}
	if file == "" || member != "" || l.Part == RefName {
		region = sarifRegion{StartLine: 1} // the line is none of the file's
	}
	location := sarifLocation{Physical: &sarifPhysical{
		Artifact: sarifArtifact{b.uri(b.path(l))},
		Region:   &region,
	}}
	if member != "" {
		location.Logical = []sarifLogical{{Name: inert(Clean(member)), FullName: inert(Clean(l.Path))}}
	}
	return location
}
