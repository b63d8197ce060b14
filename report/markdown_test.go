package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// ours is the HTML that pages hold.
var ours = regexp.MustCompile(`^(<details>\n<summary>Details</summary>\n|</details>\n|</?sub>)$`)

// hosted is what GitHub and GitLab make links of in text, whatever the Markdown
// around it: mentions, references, addresses; and pictures and formulas.
var hosted = regexp.MustCompile(`@|#\d|![0-9]|://|www\.|:\w+:|\$`)

// checkMarkdown checks that a page has no link but to Cloudflare, no picture, no
// HTML but ours, nothing in text that a host acts on, and rows of as many cells
// as their heading.
func checkMarkdown(t *testing.T, page []byte) {
	t.Helper()
	if len(page) > MaxMarkdown {
		t.Errorf("%d bytes, want %d at most", len(page), MaxMarkdown)
	}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(page))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if !strings.HasPrefix(string(n.Destination), "https://developers.cloudflare.com/") {
				t.Errorf("a link to %q", n.Destination)
			}
		case *ast.AutoLink, *ast.Image, *table.Strikethrough, *table.TaskCheckBox:
			t.Errorf("a %s", n.Kind())
		case *ast.RawHTML:
			if html := n.Segments.Value(page); !ours.Match(html) {
				t.Errorf("the HTML %q", html)
			}
		case *ast.HTMLBlock:
			if html := n.Lines().Value(page); !ours.Match(html) {
				t.Errorf("the HTML %q", html)
			}
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if found := hosted.Find(n.Value(page)); found != nil {
				t.Errorf("%q in the text %q", found, n.Value(page))
			}
		case *table.TableRow:
			if n.ChildCount() != n.Parent().FirstChild().ChildCount() {
				t.Errorf("a row of %d cells", n.ChildCount())
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarkdown(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { checkMarkdown(t, render(t, "markdown", c)) })
	}
}

// TestMarkdownRows checks that each finding has one row, and each row as many
// bars as the heading of its table: a parser drops what it takes for further
// cells.
func TestMarkdownRows(t *testing.T) {
	for _, c := range cases() {
		rows, bars := 0, 0
		for line := range bytes.Lines(render(t, "markdown", c)) {
			n := bytes.Count(line, []byte("|"))
			switch {
			case n == 0:
				bars = 0
			case bars == 0:
				bars, rows = n, rows-1 // below it stands a line that is no row
			case n != bars:
				t.Errorf("%s: %d bars in %s", c.name, n, line)
			default:
				rows++
			}
		}
		if rows != len(c.findings) {
			t.Errorf("%s: %d rows, want %d", c.name, rows, len(c.findings))
		}
	}
}

// TestMarkdownBound checks that a page stays within its bounds with more than
// it has room for, and says how much it leaves out.
func TestMarkdownBound(t *testing.T) {
	for _, n := range []int{100, 5000} {
		c := cases()[2]
		evil := c.findings
		c.findings = nil
		for i := range n {
			c.findings = append(c.findings, evil[i%len(evil)])
		}
		for range n {
			c.receipt.Skipped = append(c.receipt.Skipped, c.receipt.Skipped[0])
			c.run.Rules = append(c.run.Rules, Rule{ID: "no-such-rule", Title: evil[0].Title, Advice: strings.Repeat(evil[0].Title, 99)})
		}
		page := render(t, "markdown", c)
		checkMarkdown(t, page)
		if len(page) < MaxMarkdown/2 {
			t.Errorf("%d findings: only %d bytes", n, len(page))
		}
		if !regexp.MustCompile(`\*\*[\d,]+ entries are left out for want of room\.\*\*`).Match(page) {
			t.Errorf("%d findings: nothing is said to be left out", n)
		}
		counted := fmt.Sprintf("**%s findings", grouped(int64(n-n/len(evil))))
		if !strings.Contains(string(page), counted) {
			t.Errorf("%d findings: not counted as %q in %s", n, counted, page[:200])
		}
	}
}

// FuzzMarkdown checks a page whose every string is hostile.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"a`b|c", "\\`", "![x](y)", "</details>", "| --- |", "\\", "`", "- [ ] x", "@a", "&#64;a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := cases()[5]
		for i, finding := range c.findings {
			c.findings[i] = mapFinding(finding, func(string) string { return s })
		}
		c.receipt = mapReceipt(cases()[2].receipt, func(string) string { return s })
		c.run.Rules = []Rule{{ID: s, Title: s, Advice: s, HelpURL: s}}
		checkMarkdown(t, render(t, "markdown", c))
	})
}
