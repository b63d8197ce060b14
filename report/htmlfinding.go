package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// An htmlFinding is a finding as the page shows it.
type htmlFinding struct {
	ID          string // of the element
	Rule        string
	Title       string
	Masked      string
	Fingerprint string
	Open        bool

	Status     string // as in filters
	State      string // class of it: active, open, dead or gone
	StatusText string // a word
	StatusNote string // what it means
	Risk       string
	RiskTone   string
	RiskReason string
	Confidence string
	Reason     string

	Place   string // the first
	Places  int
	More    string // on the other places
	Stands  string
	Current bool
	Since   string // date, "" if no commit tells it
	Age     string
	Marks   []float64 // commits, on the axis
	From    float64   // where it begins on the axis
	Span    float64
	Reach   string // class of the strip: current, history, unreachable

	Facts   []htmlFact
	Reaches []string
	MoreOf  string
	Events  []htmlEvent
	Refs    string

	Advice   []string
	HelpPage string
	Commands []htmlCommand
	Hint     string

	Locations []htmlPlace
	Folded    []htmlPlace
	LeftOut   string

	Suppressed string // by whom, and why
}

type htmlEvent struct{ Date, What, Text string }

type htmlPlace struct{ Place, Commit, Standing string }

type htmlCommand struct{ Line, What string }

// An htmlKept is what the page needs of a finding, which may have any number of
// places. It is clean.
type htmlKept struct {
	Finding // without places

	places      int
	at          []htmlPlace // the first of them
	current     bool
	stands      string
	reach       string   // class of the strip
	first, last Location // commits that introduced it, by date; zero if there is none with a date
	commits     int64
	dates       []time.Time // of commits, some of them
	refs        []string    // short names, some of them
}

// keep takes of f what the page needs, with as many places as there is room for.
func keep(f Finding, room int) htmlKept {
	k := htmlKept{places: len(f.Locations), current: isCurrent(f)}
	reachable := false
	commits, refs := map[string]bool{}, map[string]bool{}
	for _, l := range f.Locations {
		if l.Kind != kindGit {
			continue
		}
		reachable = reachable || l.Reachable
		for _, ref := range l.Refs {
			if len(k.refs) <= maxValues && !refs[ref] {
				refs[ref] = true
				k.refs = append(k.refs, cut(Clean(refName(ref)), glance))
			}
		}
		if l.Date = writable(l.Date); l.Date.IsZero() || l.Commit == "" {
			continue
		}
		if !commits[l.Commit] && len(k.dates) < maxValues {
			k.dates = append(k.dates, l.Date)
		}
		commits[l.Commit] = true
		if k.first.Commit == "" || l.Date.Before(k.first.Date) {
			k.first = l
		}
		if k.last.Commit == "" || l.Date.After(k.last.Date) {
			k.last = l
		}
	}
	k.commits = int64(len(commits))
	k.stands, k.reach = stands(f, reachable)
	tidy := func(s string) string { return clip(Clean(s)) }
	k.first, k.last = mapLocation(k.first, tidy), mapLocation(k.last, tidy)
	slices.Sort(k.refs)

	for _, l := range f.Locations[:min(room, len(f.Locations))] {
		p := htmlPlace{Standing: tidy(whereItIs(l))}
		l.Refs, l.Date = nil, writable(l.Date)
		l = mapLocation(l, tidy)
		if p.Place = place(l); l.Commit != "" && l.Path != "" {
			p.Commit = capital(commit(l))
		}
		k.at = append(k.at, p)
	}
	f.Locations = nil
	k.Finding = mapFinding(cleanFinding(f), clip)
	return k
}

// newHTMLFinding returns a finding as the page shows it. The rule may
// be zero.
func newHTMLFinding(k htmlKept, rule Rule, axis htmlAxis, end time.Time) htmlFinding {
	f := k.Finding
	v := htmlFinding{
		Rule: f.Rule, Title: cmp.Or(f.Title, f.Rule, "Credential"), Masked: f.Masked, Fingerprint: f.Fingerprint.Short(),
		Status: string(statusOf(f)), Confidence: f.Confidence.String(), Reason: f.Reason,
		Places: k.places, Current: k.current, Place: "unknown place",
	}
	v.status(f)
	v.exposed(k, axis, end)
	v.identity(f)
	for line := range strings.Lines(rule.Advice) {
		v.Advice = append(v.Advice, clip(Clean(strings.TrimSuffix(line, "\n"))))
	}
	v.HelpPage = helpLink(rule)
	v.remedy(f, rule)
	v.locations(k)
	if s := f.Suppressed; s != nil {
		v.Suppressed = suppressed(*s)
	}
	return v
}

func statusOf(f Finding) secret.Status { return cmp.Or(f.Status, secret.Unchecked) }

// status says whether it works, in a word and in what that means.
func (v *htmlFinding) status(f Finding) {
	v.StatusText = capital(v.Status)
	switch stateOf(f.Status) {
	case stateActive:
		v.State, v.StatusNote = "active", "It works."
	case stateUnchecked:
		v.State, v.StatusNote = "open", "Nobody has asked Cloudflare whether it works."
	case stateDead:
		v.State, v.StatusNote = "dead", "Cloudflare knows it and does not accept it now."
	case stateGone:
		v.State, v.StatusNote = "gone", "Cloudflare does not know it: it was rolled or deleted, or never was one."
	default:
		v.State, v.StatusNote = "open", "Cloudflare was asked, and its answer does not tell."
	}
	if f.StatusDetail != "" {
		v.StatusNote += " " + capital(f.StatusDetail) + "."
	}
}

// identity says whose it is, and what it can do.
func (v *htmlFinding) identity(f Finding) {
	fact := func(label, text string, code bool) {
		if text != "" {
			v.Facts = append(v.Facts, htmlFact{label, text, code})
		}
	}
	i := cmp.Or(f.Identity, &Identity{})
	fact("Name", i.Name, false)
	fact("Owner", f.Owner, false)
	fact("Account", listed(accounts(f)), true)
	fact("Key id", f.KeyID, true)
	fact("Token id", f.TokenID, true)
	fact("Made from", f.DerivedFrom, true)
	fact("Addresses nearby", listed(f.Emails), false)
	fact("Only from", listed(i.FromIPs), true)
	fact("Not from", listed(i.NotFromIPs), true)
	fact("Written as", encoding(f), false)
	if f.Identity == nil {
		return
	}
	fact("Note", i.Note, false)
	v.Risk, v.RiskReason, v.RiskTone = string(cmp.Or(i.Risk, UnknownRisk)), i.RiskReason, "doubt"
	switch i.Risk {
	case Critical, HighRisk:
		v.RiskTone = "alarm"
	case LowRisk:
		v.RiskTone = "calm"
	}
	v.Reaches = i.Reaches[:min(maxValues, len(i.Reaches))]
	if more := int64(len(i.Reaches) - maxValues); more > 0 {
		v.MoreOf = "and " + grouped(more) + " more, in the JSON report"
	}
}

// remedy says which commands deal with it.
func (v *htmlFinding) remedy(f Finding, rule Rule) {
	if !rule.Rollable && !rule.Rotatable {
		return
	}
	_, _, err := f.Token()
	switch {
	case f.Status == secret.Invalid:
		v.Hint = "There is nothing left to revoke."
	case rule.Rotatable:
		v.Commands = []htmlCommand{{"leakflare roll --to dir:new-secrets report.json", "gives it a new secret; the old one dies"}}
		v.Hint = "It prints its plan for the JSON report of scan --verify and changes nothing unless --apply is added."
	case err != nil:
		v.Commands = []htmlCommand{{"leakflare scan --verify --format json -o report.json PATH", "tells which token it is, for the commands below"}}
		fallthrough
	default:
		v.Commands = append(v.Commands,
			htmlCommand{"leakflare roll --to dir:new-tokens report.json", "gives it a new value, with the same permissions"},
			htmlCommand{"leakflare disable report.json", "stops it, and can be undone"},
			htmlCommand{"leakflare revoke report.json", "deletes it for good"})
		v.Hint = "Each prints its plan for all tokens of the JSON report and changes nothing unless --apply is added."
	}
}

// locations fills in the places.
func (v *htmlFinding) locations(k htmlKept) {
	n := min(unfoldedPlaces, len(k.at))
	v.Locations, v.Folded = k.at[:n], k.at[n:]
	if more := int64(k.places - len(k.at)); more > 0 {
		v.LeftOut = "And " + count(more, "more place", "more places") + ", in the JSON report."
	}
	if k.places > 1 {
		v.More = count(int64(k.places-1), "more place", "more places")
	}
	if n > 0 {
		v.Place = k.at[0].Place
	}
}

// whereItIs tells what became of a location of any kind.
func whereItIs(l Location) string {
	switch l.Kind {
	case kindFile:
		if nearness(l) == len(kinds) {
			return "in a file of git's own"
		}
		return "in a file"
	case kindStdin:
		return "in standard input"
	case kindIndex:
		return "staged for the next commit"
	}
	return standing(l)
}

// exposed fills in since when it has been out, by what, and whether it still is.
func (v *htmlFinding) exposed(k htmlKept, axis htmlAxis, end time.Time) {
	v.Refs, v.Stands, v.Reach = listed(k.refs), k.stands, k.reach
	first, last := k.first, k.last
	if first.Commit != "" {
		v.Since, v.Age = first.Date.UTC().Format(time.DateOnly), ago(first.Date, end)
		v.strip(axis, first.Date, k.dates)
	}

	event := func(at time.Time, what, text string) {
		if !at.IsZero() {
			v.Events = append(v.Events, htmlEvent{at.UTC().Format(time.DateOnly), what, text})
		}
	}
	event(first.Date, "First seen", introduced(first))
	if last.Commit != first.Commit {
		event(last.Date, "Last introduced", introduced(last)+"; "+count(k.commits, "commit", "commits")+" in all")
	}
	if i := k.Identity; i != nil {
		event(i.IssuedOn, "Issued", "by Cloudflare")
		event(i.ModifiedOn, "Changed", "at Cloudflare")
		event(i.LastUsedOn, "Last used", "as far as Cloudflare tells")
		event(i.NotBefore, "Valid", "from this day")
		event(i.ExpiresOn, "Expires", "on this day")
	}
	v.Events = append(v.Events, htmlEvent{dateOf(end), "At the scan", v.Stands})
	slices.SortStableFunc(v.Events, func(a, b htmlEvent) int { return strings.Compare(a.Date, b.Date) })
}

// stands says where a finding stands at best, and the class of its strip.
func stands(f Finding, reachable bool) (text, class string) {
	var in []string
	add := func(what string, is func(Location) bool) {
		if slices.ContainsFunc(f.Locations, is) {
			in = append(in, what)
		}
	}
	add("in files", func(l Location) bool { return l.Kind == kindFile && nearness(l) != len(kinds) })
	add("in git's own files", func(l Location) bool { return l.Kind == kindFile && nearness(l) == len(kinds) })
	add("in standard input", func(l Location) bool { return l.Kind == kindStdin })
	add("staged", func(l Location) bool { return l.Kind == kindIndex })
	add("in HEAD", func(l Location) bool { return l.Kind == kindGit && l.InHead })
	switch {
	case len(in) > 0:
		return "still " + strings.Join(in, ", "), "current"
	case len(f.Locations) == 0:
		return "where, is unknown", "current"
	case reachable:
		return "only in history, no longer in HEAD", "history"
	}
	return "only in objects that no branch or tag reaches", "unreachable"
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// introduced names the commit of l in full, to be looked up.
func introduced(l Location) string {
	where := place(l)
	if l.Path == "" {
		where = "the " + strings.TrimPrefix(cmp.Or(l.Part, "object"), "commit ") + " of a commit"
	}
	s := "in " + where + ", by " + cmp.Or(cut(author(l), glance), "an unknown author") + ", commit " + l.Commit
	if l.Summary != "" {
		s += " “" + cut(l.Summary, glance) + "”"
	}
	return s
}

// An htmlAxis is the time that all strips of a page share, from the first
// commit that introduced a credential to the scan.
type htmlAxis struct {
	From, To     time.Time
	Start, Until string
}

// born is when git was: whatever is dated earlier has no true date.
var born = time.Date(2005, 4, 7, 0, 0, 0, 0, time.UTC)

func newAxis(findings []htmlKept, end time.Time) htmlAxis {
	a := htmlAxis{To: end}
	for _, k := range findings {
		for _, d := range k.dates {
			if !d.Before(born) && (a.From.IsZero() || d.Before(a.From)) {
				a.From = d
			}
		}
	}
	if a.From.IsZero() || !a.From.Before(a.To) {
		return htmlAxis{}
	}
	a.Start, a.Until = a.From.UTC().Format(time.DateOnly), a.To.UTC().Format(time.DateOnly)
	return a
}

// stripWidth is the width of a strip in its own units.
const stripWidth = 200

// at returns where a time is on a strip.
func (a htmlAxis) at(t time.Time) float64 {
	part := float64(t.Sub(a.From)) / float64(a.To.Sub(a.From))
	return float64(int(stripWidth*10*min(max(part, 0), 1))) / 10
}

// strip fills in what is drawn: from the first commit to the scan, and a mark
// for each commit.
func (v *htmlFinding) strip(axis htmlAxis, first time.Time, dates []time.Time) {
	if axis.Start == "" {
		v.Reach = ""
		return
	}
	v.From = min(axis.at(first), stripWidth-2)
	v.Span = stripWidth - v.From
	for _, d := range dates {
		if at := min(max(axis.at(d), 1), stripWidth-1); !slices.Contains(v.Marks, at) && len(v.Marks) < maxValues {
			v.Marks = append(v.Marks, at)
		}
	}
}

// Label tells in words what the strip draws.
func (v htmlFinding) Label() string {
	if v.Age == "" {
		return "since " + v.Since
	}
	return fmt.Sprintf("since %s, for %s", v.Since, v.Age)
}
