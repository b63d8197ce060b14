package respond

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteText writes the plan for people.
func (p *Plan) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	thing := "API token"
	for i := range p.Items {
		if product, _ := productOf(p.Items[i].Target); product != nil {
			thing = "credential"
		}
	}
	fmt.Fprintf(b, "Plan: %s %s.", p.Action, count(len(p.Items), thing))
	switch {
	case p.Err() == nil && p.IsDone():
		fmt.Fprint(b, " Nothing is left to do.\n")
	case p.Action == Roll:
		fmt.Fprint(b, " Each gets a new value with the same rights; the old one dies at once.\n")
		if p.options.To != nil {
			line(b, "new values", p.options.To.Whole())
		}
		escrow := p.options.Escrow
		if p.options.EscrowRecipient != "" {
			escrow += ", encrypted to " + p.options.EscrowRecipient
		}
		line(b, "escrow", escrow)
	case p.Action == Disable:
		if len(p.Items) == 1 {
			fmt.Fprint(b, " Its value stops working at once, until somebody enables it again.\n")
		} else {
			fmt.Fprint(b, " Their values stop working at once, until somebody enables them again.\n")
		}
	case p.Action == Revoke:
		if len(p.Items) == 1 {
			fmt.Fprint(b, " It is deleted, which cannot be undone.\n")
		} else {
			fmt.Fprint(b, " They are deleted, which cannot be undone.\n")
		}
	}
	line(b, "journal", p.options.Journal)
	for _, n := range p.Notes {
		line(b, "note", n)
	}
	for i := range p.Items {
		p.Items[i].write(b, i+1, p.isDone(&p.Items[i]))
	}
	p.writeProblems(b)
	return b.Flush()
}

// write writes an item, with what would be done unless that is done.
func (it *Item) write(b io.Writer, n int, isDone bool) {
	name := "no name"
	if product, _ := productOf(it.Target); product == nil {
		name = "a token"
	}
	if it.Details.Name != "" {
		name = fmt.Sprintf("%q", printable(it.Details.Name))
	}
	fmt.Fprintf(b, "\n%d. %s, %s", n, name, it.Target)
	if it.AccountID != "" {
		fmt.Fprintf(b, " of account %s", it.AccountID)
	}
	fmt.Fprintln(b)
	for _, t := range it.Leaked {
		line(b, "leaked", strings.TrimSpace(t.Masked+" "+t.Title))
	}
	d := it.Details
	line(b, "owner", d.Owner)
	status := string(d.Status)
	if !d.LastUsed.IsZero() {
		status += ", last used " + day(d.LastUsed)
	}
	line(b, "status", strings.TrimPrefix(status, ", "))
	for _, r := range d.Reaches {
		line(b, "reaches", r)
	}
	if d.Cannot == "" && d.Credential != "" && !isDone {
		line(b, "done with", d.Credential)
		line(b, "breaks", cmp.Or(d.Breaks, "whatever uses the token"))
	}
	for _, s := range it.Notes {
		line(b, "note", s)
	}
	line(b, "CANNOT BE DONE", it.Problem)
}

func (p *Plan) writeProblems(b io.Writer) {
	if err := p.Err(); err != nil {
		fmt.Fprintln(b)
		for _, s := range p.Problems {
			line(b, "CANNOT BE DONE", s)
		}
		fmt.Fprintf(b, "Nothing is done: %s\n", printable(err.Error()))
		return
	}
	out := 0
	for _, it := range p.Items {
		if it.Problem != "" {
			out++
		}
	}
	if out > 0 {
		fmt.Fprintf(b, "\n%s left out.\n", count(out, "token"))
	}
}

// line writes a line with a label, if there is something to say.
func line(b io.Writer, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "   %-14s  %s\n", label, printable(text))
	}
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// printable returns s without what a terminal or the log of a CI system would
// take for a command: names of tokens are whatever somebody has called them.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, s)
	return strings.ReplaceAll(s, "##", "# #")
}

// printableLines is printable for a text of several lines.
func printableLines(s string) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range all {
		all[i] = printable(strings.TrimRight(l, "\r"))
	}
	return strings.Join(all, "\n")
}
