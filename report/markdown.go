package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/leakflare/leakflare/detectors/secret"
)

// MaxMarkdown is how long, in bytes, what [NewMarkdown] writes gets: the
// characters that GitHub takes in a comment, which is less than the 1 MiB of a
// step summary and than the million characters of a comment on GitLab.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
const MaxMarkdown = 65536

// NewMarkdown returns a sink that writes findings to w, when it is closed, as
// GitHub-flavoured Markdown for a comment or the summary of a step: a line that
// sums up, a table, what to do, and details. What has no room within
// [MaxMarkdown] bytes is left out, and that is said.
//
// What comes out of scanned content stands in code spans, never at the
// beginning of a line. A host makes no link, mention, reference or command of
// what is in one.
func NewMarkdown(w io.Writer) Sink { return &markdownSink{w: w} }

type markdownSink struct {
	w    io.Writer
	run  Run
	sum  Summary
	kept []Finding // the first ones
	more int64     // further ones, which no page has room for

	suppressed     []Finding
	moreSuppressed int64
}

// maxRows is more findings than a page has room for.
const maxRows = MaxMarkdown / 64

func (s *markdownSink) Begin(r Run) error {
	s.run = r
	return nil
}

func (s *markdownSink) Finding(f Finding) error {
	kept, more := &s.kept, &s.more
	if f.Suppressed != nil {
		kept, more = &s.suppressed, &s.moreSuppressed
	} else {
		s.sum.Add(f)
	}
	if len(*kept) == maxRows {
		*more++
		return nil
	}
	*kept = append(*kept, copyOf(f))
	return nil
}

func (s *markdownSink) Close(rc Receipt) error {
	p := page{limit: MaxMarkdown - 1024} // for what is left out, and the end
	s.heading(&p, rc)
	s.table(&p)
	s.advice(&p)
	s.notRead(&p, rc)
	s.suppressions(&p)
	s.details(&p)
	if p.left > 0 {
		fmt.Fprintf(&p.b, "\n**%s for want of room.** Other formats hold everything.\n", count(p.left, "entry is left out", "entries are left out"))
	}
	if readAnything(rc) {
		fmt.Fprintf(&p.b, "\n<sub>Read %s in %s with leakflare %s.</sub>\n", Amounts(rc), duration(rc.Duration), code(middle(s.run.Version, 40)))
	}
	return write(s.w, []byte(p.b.String()))
}

// A page is Markdown of bounded length.
type page struct {
	b     strings.Builder
	limit int
	left  int64 // what had no room
}

// add adds text if the page stays within part of its limit, and otherwise
// counts it as left out.
func (p *page) add(part float64, text string) bool {
	if p.b.Len()+len(text) > int(part*float64(p.limit)) {
		p.left++
		return false
	}
	p.b.WriteString(text)
	return true
}

// list adds entries beneath a heading, which is there only with one of them.
func (p *page) list(part float64, heading string, entries []string) {
	for _, e := range entries {
		if p.add(part, heading+e) {
			heading = ""
		}
	}
}

// heading sums up what was found, and says if that is not the whole answer.
func (s *markdownSink) heading(p *page, rc Receipt) {
	result, incomplete := verdict(rc, s.sum)
	fmt.Fprintf(&p.b, "### Cloudflare credentials\n\n**%s**", result)
	if n := int64(len(s.suppressed)) + s.moreSuppressed; n > 0 && s.sum.Findings > 0 { // or the verdict says so
		fmt.Fprintf(&p.b, " %s suppressed.", count(n, "further one is", "further ones are"))
	}
	p.b.WriteString("\n")
	if incomplete != "" {
		fmt.Fprintf(&p.b, "\n> **%s**\n", incomplete)
	}
}

func (s *markdownSink) table(p *page) {
	var rows []string
	for _, f := range s.kept {
		rows = append(rows, fmt.Sprintf("| %s %s | %s | %s | %s |\n", prose(f.Title), code(f.Masked), markdownStatus(f), f.Confidence, markdownPlaces(f)))
	}
	p.list(0.5, "\n| credential | status | confidence | where |\n| --- | --- | --- | --- |\n", rows)
	p.left += s.more
}

// markdownStatus says in a word or two what Cloudflare said of f, and what can
// be done with it.
func markdownStatus(f Finding) string {
	status := prose(cmp.Or(string(f.Status), string(secret.Unchecked)))
	if f.Status == secret.Active {
		status = "**active**"
	}
	if f.Identity != nil {
		status += ", risk " + prose(string(f.Identity.Risk))
	}
	return status
}

// markdownPlaces names the first place of f, and how many others there are.
func markdownPlaces(f Finding) string {
	if len(f.Locations) == 0 {
		return "unknown place"
	}
	first := f.Locations[0]
	text := code(middle(place(first), 120))
	switch {
	case first.Kind == kindIndex:
		text += " (staged)"
	case !isCurrent(f):
		text += " (only in history)"
	}
	if n := int64(len(f.Locations) - 1); n > 0 {
		text += " and " + count(n, "other place", "other places")
	}
	return text
}

// advice says what to do about the rules that were found, once for those with
// the same advice.
func (s *markdownSink) advice(p *page) {
	found := map[string]bool{}
	for _, f := range s.kept {
		found[f.Rule] = true
	}
	var entries []string
	for _, same := range advised(s.run.Rules, found) {
		var titles []string
		for _, r := range same {
			titles = append(titles, prose(r.Title))
		}
		r := same[0]
		text := "- **" + strings.Join(titles, ", ") + "**: " + adviceText(r)
		if link := helpLink(r); link != "" {
			text += " [Cloudflare's page about it](" + link + ")"
		}
		entries = append(entries, text+"\n")
	}
	p.list(0.6, "\n#### What to do\n\n", entries)
}

func (s *markdownSink) notRead(p *page, rc Receipt) {
	entries := func(skips []Skip) (list []string) {
		for _, skip := range skips {
			list = append(list, "- "+code(middle(skip.Path, 120))+": "+prose(middle(skip.Reason, 200))+"\n")
		}
		return list
	}
	p.list(0.7, "\n#### Not read\n\n", entries(rc.Faults()))
	const most = 20
	closed := rc.closed()
	p.list(0.7, "\n#### "+closedTitle+"\n\n", entries(closed[:min(most, len(closed))]))
	if more := int64(len(closed) - most); more > 0 {
		fmt.Fprintf(&p.b, "\nand %s more\n", grouped(more))
	}
	if text := further(rc); text != "" {
		fmt.Fprintf(&p.b, "\n%s\n", text)
	}
}

func (s *markdownSink) suppressions(p *page) {
	var rows []string
	for _, f := range s.suppressed {
		why := f.Suppressed
		until := ""
		if !why.Until.IsZero() {
			until = lastDay(why.Until)
		}
		rows = append(rows, fmt.Sprintf("| %s %s | %s | %s %s | %s | %s |\n", prose(f.Title), code(f.Masked), markdownPlaces(f),
			prose(why.By), code(middle(why.Where, 120)), prose(middle(why.Reason, 200)), until))
	}
	p.list(0.8, "\n#### Suppressed: these do not count\n\n| credential | where | by | reason | until |\n| --- | --- | --- | --- | --- |\n", rows)
	p.left += s.moreSuppressed
}

// details writes all that is known of each finding, for who opens it.
func (s *markdownSink) details(p *page) {
	const end = "\n</details>\n"
	var entries []string
	for _, f := range s.kept {
		entries = append(entries, markdownDetails(f))
	}
	was := p.b.Len()
	p.list(1, "\n<details>\n<summary>Details</summary>\n", entries)
	if p.b.Len() > was {
		p.b.WriteString(end)
	}
}

func markdownDetails(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n**%s** %s\n\n", prose(f.Title), code(f.Masked))
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- %s: %s\n", label, text)
		}
	}
	item("rule", code(f.Rule))
	item("why", joined(f.Confidence.String(), prose(middle(f.Reason, 200))))
	item("status", joined(prose(string(f.Status)), prose(middle(f.StatusDetail, 200))))
	item("encoded", prose(encoding(f)))
	item("key id", code(f.KeyID))
	item("token id", code(f.TokenID))
	item("made from", code(f.DerivedFrom))
	item("owner", code(f.Owner))
	item("account", codes(accounts(f), 5))
	item("e-mail", codes(f.Emails, 5))
	if i := f.Identity; i != nil {
		item("risk", joined(prose(string(i.Risk)), prose(middle(i.RiskReason, 200))))
		item("name", code(i.Name))
		item("reaches", codes(i.Reaches, 12))
		item("only from", codes(i.FromIPs, 12))
		item("not from", codes(i.NotFromIPs, 12))
		item("note", prose(middle(i.Note, 300)))
	}
	item("SHA-256 begins", code(f.Fingerprint.Short()))
	const most = 10
	for _, l := range f.Locations[:min(most, len(f.Locations))] {
		text := code(middle(place(l), 200))
		if l.Commit != "" && l.Path != "" {
			text += " in " + code(commit(l))
		}
		if st := standing(l); st != "" {
			text += ", " + prose(middle(st, 200))
		}
		item("where", text)
	}
	if more := int64(len(f.Locations) - most); more > 0 {
		item("where", "and "+count(more, "more place", "more places"))
	}
	return b.String()
}

// codes lists the first few of list.
func codes(list []string, most int) string {
	var parts []string
	for _, s := range list[:min(most, len(list))] {
		parts = append(parts, code(middle(s, 200)))
	}
	if more := int64(len(list) - most); more > 0 {
		parts = append(parts, "and "+count(more, "more", "more"))
	}
	return strings.Join(parts, ", ")
}
