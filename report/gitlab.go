package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// gitlabVersion is the version of the schema of a report. GitLab checks a report
// against the one it names, and refuses one of a version that it does not know:
// this is among the oldest that those in use take.
//
// https://gitlab.com/gitlab-org/security-products/security-report-schemas
// https://docs.gitlab.com/development/integrations/secure/#report-validation
const gitlabVersion = "15.0.7"

// NewGitLab returns a sink that writes findings to w, when it is closed, as a
// secret detection report of GitLab, for artifacts:reports:secret_detection.
//
// A finding is one vulnerability, at its first location; its details have the
// others. Paths are relative to the repository. GitLab knows a vulnerability
// again by a signature of the credential, wherever it moves. Suppressed findings
// are left out, since whatever is in a report is an open vulnerability, and a
// message counts them.
//
// raw_source_code_extract is not written: GitLab shows it as it is, and its
// importers (DefectDojo) copy it.
func NewGitLab(w io.Writer) Sink { return &gitlabSink{w: w} }

type gitlabSink struct {
	w          io.Writer
	run        Run
	findings   []Finding
	suppressed int64
}

type (
	gitlabReport struct {
		Version         string                `json:"version"`
		Schema          string                `json:"schema"`
		Scan            gitlabScan            `json:"scan"`
		Vulnerabilities []gitlabVulnerability `json:"vulnerabilities"`
	}
	gitlabScan struct {
		Analyzer    gitlabTool         `json:"analyzer"`
		Scanner     gitlabTool         `json:"scanner"`
		Type        string             `json:"type"`
		Status      string             `json:"status"`     // success or failure
		StartTime   string             `json:"start_time"` // UTC, without a zone
		EndTime     string             `json:"end_time"`
		Messages    []gitlabMessage    `json:"messages,omitempty"`
		Identifiers []gitlabIdentifier `json:"primary_identifiers"` // all that a scan could report
	}
	gitlabTool struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		URL     string       `json:"url"`
		Version string       `json:"version"`
		Vendor  gitlabVendor `json:"vendor"`
	}
	gitlabVendor struct {
		Name string `json:"name"`
	}
	gitlabMessage struct {
		Level string `json:"level"` // info, warn or fatal
		Value string `json:"value"`
	}
	gitlabVulnerability struct {
		ID          string                  `json:"id"`
		Name        string                  `json:"name"`
		Description string                  `json:"description"` // Markdown
		Severity    string                  `json:"severity"`
		Solution    string                  `json:"solution,omitempty"`
		Identifiers []gitlabIdentifier      `json:"identifiers"`
		Links       []gitlabLink            `json:"links,omitempty"`
		Location    gitlabLocation          `json:"location"`
		Tracking    gitlabTracking          `json:"tracking"`
		Details     map[string]gitlabDetail `json:"details"`
	}
	gitlabIdentifier struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	gitlabLink struct {
		URL string `json:"url"`
	}
	gitlabLocation struct {
		File      string       `json:"file"`
		StartLine int          `json:"start_line"`
		EndLine   int          `json:"end_line"`
		Commit    gitlabCommit `json:"commit"`
	}
	gitlabCommit struct {
		SHA     string `json:"sha"`
		Author  string `json:"author,omitempty"`
		Date    string `json:"date,omitempty"`
		Message string `json:"message,omitempty"`
	}
	gitlabTracking struct {
		Type  string               `json:"type"`
		Items []gitlabTrackingItem `json:"items"`
	}
	gitlabTrackingItem struct {
		File       string            `json:"file"`
		StartLine  int               `json:"start_line"`
		EndLine    int               `json:"end_line"`
		Signatures []gitlabSignature `json:"signatures"`
	}
	gitlabSignature struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"value"`
	}
	// gitlabDetail is text, or a list of texts that have no name.
	gitlabDetail struct {
		Name  string         `json:"name,omitempty"`
		Type  string         `json:"type"`
		Value string         `json:"value,omitempty"`
		Items []gitlabDetail `json:"items,omitempty"`
	}
)

func (s *gitlabSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *gitlabSink) Finding(f Finding) error {
	if f.Suppressed != nil {
		s.suppressed++
		return nil
	}
	s.findings = append(s.findings, copyOf(f))
	return nil
}

func (s *gitlabSink) Close(rc Receipt) error {
	start := writable(s.run.StartedAt.UTC())
	end := writable(start.Add(rc.Duration.Truncate(time.Millisecond)))
	const layout = "2006-01-02T15:04:05"
	tool := gitlabTool{
		ID: "leakflare", Name: "leakflare", URL: "https://github.com/leakflare/leakflare",
		Version: cmp.Or(Clean(s.run.Version), "unknown"), Vendor: gitlabVendor{"leakflare"},
	}
	scan := gitlabScan{
		Analyzer: tool, Scanner: tool, Type: "secret_detection", Status: "success",
		StartTime: start.Format(layout), EndTime: end.Format(layout),
		Identifiers: []gitlabIdentifier{},
	}
	for _, gap := range gaps(mapReceipt(rc, Clean)) {
		scan.Status = "failure"
		scan.Messages = append(scan.Messages, gitlabMessage{"warn", gap})
	}
	if s.suppressed > 0 {
		text := count(s.suppressed, "suppressed finding is", "suppressed findings are") + " left out."
		scan.Messages = append(scan.Messages, gitlabMessage{"info", text})
	}
	rules := map[string]gitlabAdvice{}
	for _, r := range s.run.Rules {
		if _, known := rules[r.ID]; !known {
			rules[r.ID] = newGitLabAdvice(r)
			scan.Identifiers = append(scan.Identifiers, gitlabRule(r.ID))
		}
	}
	paths := newPathBase(s.run.Targets, s.findings)
	vulnerabilities := make([]gitlabVulnerability, len(s.findings))
	for i, f := range s.findings {
		advice, known := rules[f.Rule]
		if !known {
			advice = newGitLabAdvice(Rule{})
			rules[f.Rule] = advice
		}
		vulnerabilities[i] = newVulnerability(f, advice, paths)
	}
	return writeJSON(s.w, "  ", gitlabReport{
		Version:         gitlabVersion,
		Schema:          "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" + gitlabVersion + "/dist/secret-detection-report-format.json",
		Scan:            scan,
		Vulnerabilities: vulnerabilities,
	})
}

func gitlabRule(id string) gitlabIdentifier {
	id = cmp.Or(Clean(id), "unknown")
	return gitlabIdentifier{Type: "leakflare_rule_id", Name: "leakflare rule " + id, Value: id}
}

// A gitlabAdvice is what the findings of a rule have in common, of which there may be
// tens of thousands. Of a rule that is not known it is that of the zero Rule.
type gitlabAdvice struct {
	rule     Rule
	solution string
	links    []gitlabLink
}

func newGitLabAdvice(r Rule) gitlabAdvice {
	a := gitlabAdvice{rule: r, solution: cut(adviceText(r), 7000)}
	if link := helpLink(r); link != "" {
		a.links = []gitlabLink{{link}}
	}
	return a
}

// newVulnerability returns the vulnerability for f.
func newVulnerability(f Finding, advice gitlabAdvice, paths pathBase) gitlabVulnerability {
	if len(f.Locations) == 0 {
		f.Locations = []Location{{Kind: kindFile}}
	}
	shown := cleanFinding(f)
	location := gitlabLocation{
		File:      Clean(paths.relative(paths.path(f.Locations[0]))),
		StartLine: max(f.Locations[0].Line, 1),
		Commit:    gitlabCommit{SHA: "0000000"}, // as GitLab's own analyzer says of what is in no commit
	}
	var inside string
	if _, member := f.Locations[0].split(); member != "" {
		location.StartLine = 1 // the line is none of the file's
		inside = " It is in " + code(place(f.Locations[0])) + "."
	}
	location.EndLine = location.StartLine
	if i := firstInGit(shown); i >= 0 && shown.Locations[i].Commit != "" {
		l := shown.Locations[i]
		location.Commit = gitlabCommit{SHA: l.Commit, Message: l.Summary, Author: author(l)}
		if !l.Date.IsZero() {
			location.Commit.Date = l.Date.Format(time.RFC3339)
		}
	}
	return gitlabVulnerability{
		ID:   findingID(f),
		Name: cut(cmp.Or(shown.Title, shown.Rule), 255),
		// DefectDojo tells findings apart by it, so that it must name the credential.
		// https://github.com/DefectDojo/django-DefectDojo/blob/master/docs/content/en/connecting_your_tools/parsers/file/gitlab_secret_detection_report.md
		Description: prose(f.Title) + " " + code(f.Masked) + ": " + joined(f.Confidence.String(), prose(f.Reason)) + "." + inside,
		Severity:    gitlabSeverity(f, advice.rule),
		Solution:    advice.solution,
		Identifiers: []gitlabIdentifier{gitlabRule(f.Rule)},
		Location:    location,
		// GitLab's own analyzer signs the name of the file, the rule and the value;
		// without the name, a credential stays the same vulnerability when its file
		// moves. https://gitlab.com/gitlab-org/gitlab/-/merge_requests/147549
		Tracking: gitlabTracking{Type: "source", Items: []gitlabTrackingItem{{
			File: location.File, StartLine: location.StartLine, EndLine: location.EndLine,
			Signatures: []gitlabSignature{{Algorithm: "rule_value", Value: strings.TrimSuffix(lineHash(f), ":1")}},
		}}},
		Links:   advice.links,
		Details: gitlabDetails(shown),
	}
}

// gitlabDetails lists what is known of f, which is clean, as texts, of which
// GitLab makes nothing else.
func gitlabDetails(f Finding) map[string]gitlabDetail {
	details := map[string]gitlabDetail{}
	add := func(key, name, text string) {
		if text != "" {
			details[key] = gitlabDetail{Name: name, Type: "text", Value: text}
		}
	}
	add("masked", "Masked", f.Masked)
	add("secret_sha256", "SHA-256 of the secret begins", f.Fingerprint.Short())
	add("confidence", "Confidence", joined(f.Confidence.String(), f.Reason))
	add("status", "Status", joined(string(f.Status), f.StatusDetail))
	add("key_id", "Key id", f.KeyID)
	add("token_id", "Token id", f.TokenID)
	add("derived_from", "Made from", f.DerivedFrom)
	add("account_id", "Account", strings.Join(accounts(f), ", "))
	if f.Identity != nil {
		add("risk", "Risk", joined(string(f.Identity.Risk), f.Identity.RiskReason))
	}
	const most = 100
	var places []gitlabDetail
	for _, l := range f.Locations[:min(most, len(f.Locations))] {
		places = append(places, gitlabDetail{Type: "text", Value: whereabouts(l)})
	}
	if more := int64(len(f.Locations) - most); more > 0 {
		places = append(places, gitlabDetail{Type: "text", Value: "and " + count(more, "more place", "more places")})
	}
	details["places"] = gitlabDetail{Name: "Places", Type: "list", Items: places}
	return details
}

// gitlabSeverity is how GitLab calls what can be done with f, if that is known,
// or else with a credential of its kind.
func gitlabSeverity(f Finding, rule Rule) string {
	if f.Status == secret.Invalid {
		return "Info"
	}
	if f.Identity != nil {
		switch f.Identity.Risk {
		case Critical:
			return "Critical"
		case HighRisk:
			return "High"
		case MediumRisk:
			return "Medium"
		case LowRisk:
			return "Low"
		}
	}
	switch s := cmp.Or(rule.Severity, 7); {
	case s >= 9:
		return "Critical"
	case s >= 7:
		return "High"
	case s >= 4:
		return "Medium"
	}
	return "Low"
}

// findingID returns a UUID that a finding has in every run: of version 8, which
// is made as one likes (RFC 9562).
func findingID(f Finding) string {
	id := sha256.Sum256([]byte("leakflare\x00" + f.Rule + "\x00" + f.Fingerprint.String()))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
