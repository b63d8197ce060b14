package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leakflare/leakflare/detectors/secret"
)

// Bounds of a page, so that a browser stays quick with it. What they leave out
// is counted, and the page says so.
const (
	maxShown         = 1000   // findings that count, and as many that do not
	maxFindingPlaces = 100    // places of a finding
	maxPagePlaces    = 10_000 // places of all findings, beyond which each has few
	fewPlaces        = 3      // as many as each has in any case
	maxListed        = 200    // entries of a list in the receipt
	maxValues        = 40     // refs, accounts, addresses, … of a finding
	maxText          = 300    // characters of any one text
	unfoldedPlaces   = 5      // places of a finding that are not folded
	unfoldedFirst    = 3      // findings whose details are open from the start
)

//go:embed html.tmpl
var pageTemplate string

//go:embed html.css
var pageStyle string

//go:embed html.js
var pageScript string

// NewHTML returns a sink that writes one HTML page to w when it is closed, for
// those who answer to an incident. The page is whole by itself: it loads
// nothing, and its policy forbids a browser to load anything or to run another
// script than its own. It can be read without scripts; with them it has filters.
//
// A page holds the first findings and of each the first places; what it leaves
// out is counted on it, and is in the JSON report.
func NewHTML(w io.Writer) Sink { return &htmlSink{w: w, kinds: map[string]int{}} }

type htmlSink struct {
	w   io.Writer
	run Run

	counted, suppressed         []htmlKept // those that are shown
	moreCounted, moreSuppressed int64      // those that are not
	places                      int        // that are shown

	sum    Summary
	states [5]int64       // findings that count, by state
	table  []htmlKind     // the same by rule, in the order of reports
	kinds  map[string]int // where a rule stands in it
}

func (s *htmlSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *htmlSink) Finding(f Finding) error {
	shown, more := &s.counted, &s.moreCounted
	if f.Suppressed != nil {
		shown, more = &s.suppressed, &s.moreSuppressed
	} else {
		s.count(f)
	}
	if len(*shown) == maxShown {
		*more++
		return nil
	}
	k := keep(f, max(min(maxFindingPlaces, maxPagePlaces-s.places), fewPlaces))
	s.places += len(k.at)
	*shown = append(*shown, k)
	return nil
}

// count counts a finding that counts, whether it is shown or not.
func (s *htmlSink) count(f Finding) {
	s.sum.Add(f)
	rule, title := f.Rule, clip(Clean(cmp.Or(f.Title, f.Rule, "Credential")))
	if _, known := s.kinds[rule]; !known && len(s.table) >= maxValues {
		rule, title = "", "Other kinds"
	}
	i, known := s.kinds[rule]
	if !known {
		i = len(s.table)
		s.kinds[rule] = i
		s.table = append(s.table, htmlKind{Title: title})
	}
	k := &s.table[i]
	k.All++
	if isCurrent(f) {
		k.Current++
	}
	state := stateOf(f.Status)
	s.states[state]++
	switch state {
	case stateActive:
		k.Works++
	case stateDead, stateGone:
		k.Dead++
	default:
		k.Open++
	}
}

// A state is what a status comes to for whoever has to act.
type state int

const (
	stateActive state = iota
	stateUnknown
	stateUnchecked
	stateDead // disabled or expired: it could be enabled again
	stateGone
)

func stateOf(s secret.Status) state {
	switch s {
	case secret.Active:
		return stateActive
	case secret.Unchecked, "":
		return stateUnchecked
	case secret.Disabled, secret.Expired:
		return stateDead
	case secret.Invalid:
		return stateGone
	}
	return stateUnknown
}

// An htmlPage is what the template shows. Its strings are clean and of a
// bounded length; the template escapes them.
type htmlPage struct {
	Style     template.CSS
	Script    template.JS
	StyleSum  string // for the policy
	ScriptSum string

	Headline       string
	Tone           string // alarm, doubt or calm
	Notes          []string
	Complete       string // on whether the scan is
	IsWhole        bool
	Facts          []htmlFact
	Kinds          []htmlKind
	Axis           htmlAxis
	Findings       []htmlFinding
	LeftOut        string
	Filters        htmlFilters
	Suppressed     []htmlFinding
	SuppressedOf   string
	MoreSuppressed string // what is left out of them
	Receipt        htmlReceipt
	Version        string
}

// An htmlFact is a label and what it stands for.
type htmlFact struct {
	Label string
	Text  string
	Code  bool
}

// An htmlKind counts the findings of a rule.
type htmlKind struct {
	Title                           string
	Works, Open, Dead, Current, All int64
}

type htmlFilters struct{ Rules, Statuses, Confidences []htmlOption }

type htmlOption struct {
	Value, Text string
	Count       int
}

type htmlReceipt struct {
	Read         string
	Faults       []Skip
	MoreFaults   string
	Closed       []Skip
	MoreClosed   string
	Passed       string
	Further      string
	Idle         []IdleEntry
	MoreIdle     string
	Rejected     []htmlRejected
	RejectedOf   string
	Examples     []htmlExample
	MoreExamples string
}

type htmlRejected struct{ Rule, Reason, Count string }

type htmlExample struct{ Place, Masked, Rule, Reason string }

func (s *htmlSink) Close(rc Receipt) error {
	page := s.page(rc)
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return write(s.w, b.Bytes())
}

func (s *htmlSink) page(rc Receipt) *htmlPage {
	p := &htmlPage{
		Style: template.CSS(pageStyle), StyleSum: sourceSum(pageStyle),
		Script: template.JS(pageScript), ScriptSum: sourceSum(pageScript),
		Kinds: s.table, Version: clip(Clean(s.run.Version)),
	}
	rc = mapReceipt(rc, func(text string) string { return clip(Clean(text)) })
	p.Receipt = newHTMLReceipt(rc)
	s.head(p, rc)

	rules := map[string]Rule{}
	for _, r := range s.run.Rules {
		rules[r.ID] = r
	}
	end := writable(s.run.StartedAt)
	p.Axis = newAxis(append(slices.Clone(s.counted), s.suppressed...), end)
	for i, k := range s.counted {
		v := newHTMLFinding(k, rules[k.Rule], p.Axis, end)
		v.ID, v.Open = fmt.Sprintf("finding-%d", i+1), i < unfoldedFirst
		p.Findings = append(p.Findings, v)
	}
	for i, k := range s.suppressed {
		v := newHTMLFinding(k, rules[k.Rule], p.Axis, end)
		v.ID = fmt.Sprintf("suppressed-%d", i+1)
		p.Suppressed = append(p.Suppressed, v)
	}
	p.Filters = newFilters(append(slices.Clone(s.counted), s.suppressed...))
	if s.moreCounted > 0 {
		p.LeftOut = fmt.Sprintf("This page shows the first %s by risk. %s further %s counted above and left out here; the JSON report has them all.",
			count(maxShown, "finding", "findings"), grouped(s.moreCounted), plural(s.moreCounted, "one is", "ones are"))
	}
	if n := int64(len(s.suppressed)) + s.moreSuppressed; n > 0 {
		p.SuppressedOf = count(n, "suppressed finding", "suppressed findings")
	}
	if s.moreSuppressed > 0 {
		p.MoreSuppressed = fmt.Sprintf("The first %s are shown. The JSON report has them all.", grouped(maxShown))
	}
	return p
}

// head fills in the verdict, and what was scanned.
func (s *htmlSink) head(p *htmlPage, rc Receipt) {
	result, incomplete := verdict(rc, s.sum)
	p.Tone, p.Headline = "calm", strings.TrimSuffix(result, ".")
	p.IsWhole = incomplete == ""
	p.Complete = cmp.Or(incomplete, "The scan is complete: nothing that should have been read was left out.")
	if !p.IsWhole {
		p.Tone = "doubt"
	}
	if n := s.sum.Findings; n > 0 {
		p.Tone = "alarm"
		p.Headline = count(n, "leaked credential", "leaked credentials")
		switch works := s.sum.Active; {
		case works == n && n == 1:
			p.Headline += ", and it works"
		case works == n:
			p.Headline += ", and all of them work"
		case works > 0:
			p.Headline += ", " + grouped(works) + " of them " + plural(works, "works", "work")
		case s.states[stateDead]+s.states[stateGone] == n:
			p.Tone = "doubt"
			p.Headline += ", " + plural(n, "and it does not work", "none of them works")
		}
		p.Notes = s.notes()
	}

	fact := func(label, text string, code bool) {
		if text != "" {
			p.Facts = append(p.Facts, htmlFact{label, text, code})
		}
	}
	fact("Scanned", listed(mapStrings(s.run.Targets, func(t string) string { return clip(Clean(t)) })), true)
	if at := writable(s.run.StartedAt); !at.IsZero() {
		fact("When", at.UTC().Format("2 January 2006, 15:04 UTC"), false)
	}
	if readAnything(rc) {
		fact("Read", Amounts(rc)+" in "+duration(rc.Duration), false)
	}
	if n := int64(len(s.suppressed)) + s.moreSuppressed; n > 0 {
		fact("Suppressed", count(n, "further finding, counted apart", "further findings, counted apart"), false)
	}
}

// notes says in sentences what the findings have in common.
func (s *htmlSink) notes() []string {
	n := s.sum.Findings
	var notes []string
	switch open := s.states[stateUnchecked]; {
	case open == n:
		notes = append(notes, "Nobody has asked Cloudflare whether "+plural(n, "it works", "they work")+": take "+plural(n, "it", "them")+" for working until a scan with --verify has.")
	case open > 0:
		notes = append(notes, "Of "+grouped(open)+" nobody has asked whether "+plural(open, "it works", "they work")+": take "+plural(open, "it", "them")+" for working.")
	}
	if m := s.states[stateUnknown]; m > 0 {
		notes = append(notes, "Of "+grouped(m)+" Cloudflare's answer does not tell: take "+plural(m, "it", "them")+" for working.")
	}
	switch history := s.sum.History; {
	case history == n:
		notes = append(notes, plural(n, "It stands", "All stand")+" in git history only, where whoever has a copy can read "+plural(n, "it", "them")+".")
	case history > 0:
		notes = append(notes, count(n-history, "stands", "stand")+" in files, in the index or in HEAD; "+grouped(history)+" in git history only.")
	}
	return notes
}

// newHTMLReceipt returns what a clean receipt comes to.
func newHTMLReceipt(rc Receipt) htmlReceipt {
	var r htmlReceipt
	if readAnything(rc) {
		r.Read = Amounts(rc) + " in " + duration(rc.Duration)
	}
	faults := rc.Faults()
	r.Faults = faults[:min(maxListed, len(faults))]
	if more := int64(len(faults) - maxListed); more > 0 {
		r.MoreFaults = "And " + grouped(more) + " more."
	}
	closed := rc.closed()
	r.Closed = closed[:min(maxListed, len(closed))]
	if more := int64(len(closed) - maxListed); more > 0 {
		r.MoreClosed = "And " + grouped(more) + " more."
	}
	if n, why := passedOver(rc); n > 0 {
		r.Passed = count(n, "entry", "entries") + " (" + why + ")"
	}
	r.Further = further(rc)
	r.Idle = rc.Idle[:min(maxListed, len(rc.Idle))]
	if more := int64(len(rc.Idle) - maxListed); more > 0 {
		r.MoreIdle = "And " + grouped(more) + " more."
	}
	var rejected int64
	for _, c := range rc.Rejected {
		rejected += c.Count
		if len(r.Rejected) < maxListed {
			r.Rejected = append(r.Rejected, htmlRejected{c.Rule, c.Reason, grouped(c.Count)})
		}
	}
	if rejected > 0 {
		r.RejectedOf = count(rejected, "candidate has", "candidates have") + " the shape of a credential and " + plural(rejected, "is", "are") + " none."
	}
	for _, e := range rc.Examples[:min(maxListed, len(rc.Examples))] {
		r.Examples = append(r.Examples, htmlExample{place(e.Location), e.Masked, e.Rule, e.Reason})
	}
	if more := rejected - int64(len(r.Examples)); more > 0 && len(r.Examples) > 0 {
		r.MoreExamples = "And " + grouped(more) + " more."
	}
	return r
}

// newFilters returns what can be chosen among findings.
func newFilters(findings []htmlKept) htmlFilters {
	var f htmlFilters
	add := func(to *[]htmlOption, value, text string) {
		i := slices.IndexFunc(*to, func(o htmlOption) bool { return o.Value == value })
		if i < 0 {
			i = len(*to)
			*to = append(*to, htmlOption{Value: value, Text: text})
		}
		(*to)[i].Count++
	}
	for _, g := range findings {
		add(&f.Rules, g.Rule, cmp.Or(g.Rule, "none"))
		add(&f.Statuses, string(statusOf(g.Finding)), capital(string(statusOf(g.Finding))))
		add(&f.Confidences, g.Confidence.String(), capital(g.Confidence.String()))
	}
	byText := func(a, b htmlOption) int { return strings.Compare(a.Text, b.Text) }
	slices.SortFunc(f.Rules, byText)
	return f
}

// sourceSum returns the source expression of a policy that allows a script or a
// style sheet: https://www.w3.org/TR/CSP3/#grammardef-hash-source.
func sourceSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// clip cuts a text to what a page shows of it.
func clip(s string) string { return middle(s, maxText) }

// listed joins values, and counts those beyond what a page shows.
func listed(values []string) string {
	s := strings.Join(values[:min(maxValues, len(values))], ", ")
	if more := len(values) - maxValues; more > 0 {
		s += " and " + grouped(int64(more)) + " more"
	}
	return s
}

// capital returns a word as it begins a line.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return strings.ToUpper(string(r)) + s[size:]
}

// ago says how long before end something was, in the words of a person.
func ago(from, end time.Time) string {
	if from.IsZero() || end.IsZero() || !from.Before(end) {
		return ""
	}
	days := int64(end.Sub(from) / (24 * time.Hour))
	switch {
	case days < 1:
		return "less than a day"
	case days < 60:
		return count(days, "day", "days")
	case days < 730:
		return count(days*12/365, "month", "months")
	}
	return count(days/365, "year", "years")
}
