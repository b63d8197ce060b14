package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"

	"github.com/leakflare/leakflare/detectors/secret"
)

// TextOptions configure what is written for people. The zero TextOptions are
// those of a pipe.
type TextOptions struct {
	Color bool // with ANSI colours
	Limit int  // places shown of a finding, default 5

	// ShowSuppressed says that findings that do not count are shown.
	ShowSuppressed bool
}

// NewText returns a sink that writes findings to w for people to read: each at
// once, and when it is closed what to do about them, once a rule. What the
// scan read and did not read is talk rather than report: see [WriteReceipt].
func NewText(w io.Writer, opt TextOptions) Sink {
	if opt.Limit <= 0 {
		opt.Limit = 5
	}
	return &textSink{w: w, limit: opt.Limit, all: opt.ShowSuppressed, paint: newPalette(opt.Color), found: map[string]bool{}}
}

type textSink struct {
	w     io.Writer
	limit int
	all   bool // suppressed ones too
	paint palette
	rules []Rule
	found map[string]bool // rules that have a finding
}

// A palette holds what colours text, or leaves it as it is.
type palette struct {
	title, mask, label, place, alarm, doubt, calm func(...any) string
}

func newPalette(on bool) palette {
	paint := func(attributes ...color.Attribute) func(...any) string {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c.SprintFunc()
	}
	return palette{
		title: paint(color.Bold),
		mask:  paint(color.FgYellow),
		label: paint(color.Faint),
		place: paint(color.FgCyan),
		alarm: paint(color.FgRed, color.Bold),
		doubt: paint(color.FgYellow, color.Bold),
		calm:  paint(color.FgGreen),
	}
}

func (s *textSink) Begin(r Run) error {
	s.rules = r.Rules
	return nil
}

func (s *textSink) Finding(f Finding) error {
	if f.Suppressed != nil && !s.all {
		return nil
	}
	// What does not count, needs nothing done about it.
	s.found[f.Rule] = s.found[f.Rule] || f.Suppressed == nil
	f = cleanFinding(f)
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.paint.title(f.Title), s.paint.mask(f.Masked))
	for _, line := range []struct{ label, text string }{
		{"why", joined(f.Confidence.String(), f.Reason)},
		{"status", s.status(f)},
		{"encoded", encoding(f)},
		{"key id", f.KeyID},
		{"token id", f.TokenID},
		{"made from", f.DerivedFrom},
		{"owner", f.Owner},
		{"account", strings.Join(accounts(f), ", ")},
		{"e-mail", strings.Join(f.Emails, ", ")},
	} {
		if line.text != "" {
			s.line(&b, line.label, line.text)
		}
	}
	if f.Suppressed != nil {
		s.line(&b, "ignored", suppressed(*f.Suppressed))
	}
	s.identity(&b, f.Identity)
	s.places(&b, f.Locations)
	b.WriteString("\n")
	return write(s.w, []byte(b.String()))
}

// line writes one line about a finding; one without a label goes on with what
// is above it.
func (s *textSink) line(b *strings.Builder, label, text string) {
	indent := strings.Repeat(" ", 10-len(label))
	if label != "" {
		label = s.paint.label(label)
	}
	fmt.Fprintf(b, "  %s%s%s\n", label, indent, text)
}

// identity writes what a credential can do.
func (s *textSink) identity(b *strings.Builder, i *Identity) {
	if i == nil {
		return
	}
	paint := s.paint.doubt
	switch i.Risk {
	case Critical, HighRisk:
		paint = s.paint.alarm
	case LowRisk:
		paint = s.paint.calm
	}
	s.line(b, "risk", joined(paint(string(i.Risk)), i.RiskReason))
	if i.Name != "" {
		s.line(b, "name", i.Name)
	}
	const most = 12
	label := "reaches"
	for _, r := range i.Reaches[:min(most, len(i.Reaches))] {
		s.line(b, label, r)
		label = ""
	}
	if more := int64(len(i.Reaches) - most); more > 0 {
		s.line(b, "", "and "+count(more, "more", "more")+" (all in --format json)")
	}
	var dates []string
	for _, d := range []struct {
		what string
		at   time.Time
	}{
		{"issued", i.IssuedOn}, {"changed", i.ModifiedOn}, {"last used", i.LastUsedOn}, {"valid from", i.NotBefore}, {"expires", i.ExpiresOn},
	} {
		if !d.at.IsZero() {
			dates = append(dates, d.what+" "+d.at.UTC().Format(time.DateOnly))
		}
	}
	if len(dates) > 0 {
		s.line(b, "dates", strings.Join(dates, ", "))
	}
	if len(i.FromIPs) > 0 {
		s.line(b, "only from", strings.Join(i.FromIPs, ", "))
	}
	if len(i.NotFromIPs) > 0 {
		s.line(b, "not from", strings.Join(i.NotFromIPs, ", "))
	}
	if i.Note != "" {
		s.line(b, "note", i.Note)
	}
}

// places writes where a credential stands, a path at a time.
func (s *textSink) places(b *strings.Builder, locations []Location) {
	if len(locations) == 0 {
		s.line(b, "where", "unknown")
		return
	}
	label := "where"
	groups := byPath(locations)
	for _, group := range groups[:min(s.limit, len(groups))] {
		s.group(b, label, group)
		label = ""
	}
	var more int64
	for _, group := range groups[min(s.limit, len(groups)):] {
		more += int64(len(group))
	}
	if more > 0 {
		s.line(b, label, "and "+count(more, "more place", "more places")+" (all in --format json)")
	}
}

// group writes the locations of one path. The first is written out, and so is
// the first in git, which tells since when; the others are told in a word.
func (s *textSink) group(b *strings.Builder, label string, group []Location) {
	first, rest := group[0], group[1:]
	text := s.paint.place(place(first))
	switch {
	case first.Kind == kindIndex:
		text += " (staged)"
	case first.Kind == kindGit && first.Commit != "" && first.Path != "":
		text += " in " + commit(first)
	}
	s.line(b, label, text)
	if i := slices.IndexFunc(rest, func(l Location) bool { return l.Kind == kindGit }); i >= 0 && first.Kind != kindGit {
		first = rest[i]
		rest = slices.Delete(slices.Clone(rest), i, i+1)
		if first.Commit != "" {
			s.line(b, "", "  in "+commit(first))
		}
	}
	if text := standing(first); text != "" {
		s.line(b, "", "  "+text)
	}
	if text := also(first, rest); text != "" {
		s.line(b, "", "  "+text)
	}
}

// also tells of further locations with the path of first: those beside it by
// line and column, those in other commits by how many commits there are and
// since when.
func also(first Location, rest []Location) string {
	const most = 5
	var beside []string
	more := int64(0)
	commits := map[string]bool{}
	since := first.Date
	for _, l := range rest {
		switch {
		case l.Kind == kindGit && l.Commit != first.Commit:
			commits[l.Commit] = true
			if compareDates(l.Date, since) < 0 {
				since = l.Date
			}
		case l.Line > 0 && l.Part == "" && len(beside) < most:
			beside = append(beside, fmt.Sprintf("%d:%d", l.Line, l.Column))
		default:
			more++
		}
	}
	beside = slices.Compact(beside)
	var also []string
	if len(beside) > 0 {
		also = append(also, "at "+strings.Join(beside, ", "))
	}
	if more > 0 {
		also = append(also, count(more, "more place", "more places"))
	}
	if n := int64(len(commits)); n > 0 {
		text := "in " + count(n, "other commit", "other commits")
		if !since.Equal(first.Date) {
			text += ", first on " + since.Format(time.DateOnly)
		}
		also = append(also, text)
	}
	if len(also) == 0 {
		return ""
	}
	return "also " + strings.Join(also, " and ")
}

// byPath groups locations by what a person takes for one file, in the order of
// the first of each.
func byPath(locations []Location) [][]Location {
	type key struct{ path, part, object string }
	var groups [][]Location
	index := map[key]int{}
	for _, l := range locations {
		k := key{path: shownPath(l), part: l.Part}
		if l.File() == "" {
			k.object = cmp.Or(l.Commit, l.Blob)
		}
		i, known := index[k]
		if !known {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}

// status says in words what Cloudflare said, "" if it was not asked.
func (s *textSink) status(f Finding) string {
	var text string
	switch f.Status {
	case secret.Unchecked, "":
		return f.StatusDetail
	case secret.Active:
		text = s.paint.alarm("active: it works")
	case secret.Unknown:
		text = s.paint.doubt("unknown")
	case secret.Invalid:
		text = s.paint.calm("invalid: Cloudflare does not know it")
	default:
		text = s.paint.calm(string(f.Status))
	}
	if f.StatusDetail != "" {
		text += " (" + f.StatusDetail + ")"
	}
	return text
}

// encoding says how f was written, "" if it was in plain text.
func encoding(f Finding) string {
	if f.Encoding == "plain" {
		return ""
	}
	return f.Encoding
}

// accounts returns the account ids of f, the likeliest first.
func accounts(f Finding) []string {
	if f.AccountID == "" {
		return f.AccountIDs
	}
	others := slices.DeleteFunc(slices.Clone(f.AccountIDs), func(id string) bool { return id == f.AccountID })
	return append([]string{f.AccountID}, others...)
}

// joined returns what and why with a colon between.
func joined(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

func (s *textSink) Close(Receipt) error {
	var b strings.Builder
	for _, same := range advised(s.rules, s.found) {
		if b.Len() == 0 {
			b.WriteString(s.paint.title("What to do") + "\n")
		}
		for _, r := range same {
			fmt.Fprintf(&b, "  %s\n", Clean(r.Title))
		}
		r := same[0]
		for line := range strings.Lines(r.Advice) {
			for _, part := range wrap(Clean(strings.TrimSuffix(line, "\n")), adviceWidth) {
				fmt.Fprintf(&b, "    %s\n", part)
			}
		}
		if link := helpLink(r); link != "" {
			fmt.Fprintf(&b, "    %s\n", link)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return write(s.w, []byte(b.String()))
}

// adviceWidth is how long lines of advice get, in bytes, unless a word is longer.
const adviceWidth = 76

// wrap cuts text between words into lines of at most width bytes.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		switch last := &lines[len(lines)-1]; {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
