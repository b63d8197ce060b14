package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// code returns s as a code span, which holds text as it is: GitHub and GitLab
// make mentions, references and links of what was escaped in other ways, but
// not of code. What would end the span or a cell of a table is written as
// [Clean] writes control characters; so is the @ of a mention, since bots read
// comments as they were written.
func code(s string) string {
	s = Clean(s)
	if s == "" {
		return ""
	}
	var b strings.Builder
	before := ' '
	for _, r := range s {
		switch {
		case r == '`' || r == '|', r == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return "`" + b.String() + "`"
}

// prose returns s as text if there is nothing in it but words, and else as code.
func prose(s string) string {
	if s = strings.TrimSpace(s); plainWords.MatchString(s) && !linkedWords.MatchString(s) {
		return s
	}
	return code(s)
}

var (
	plainWords = regexp.MustCompile(`^[\pL\pN ,.;:'"()/>?%+=…-]*$`)

	// Hosts make links of addresses, references and hashes of commits, and
	// pictures of :words:.
	linkedWords = regexp.MustCompile(`(?i)www\.|\bgh-[0-9]|:\S|\b[0-9a-f]{7,}\b`)
)

// literal returns text as Markdown that shows it, of which nothing is a link or
// an element.
func literal(s string) string { return marked.ReplaceAllString(s, `\$0`) }

var marked = regexp.MustCompile("[]\\\\`*_{}[<!|~&#]")

// inert breaks up what a SARIF viewer would show as a link, [text](target), as
// the summary of a stranger's commit may hold one (SARIF 2.1.0, 3.11.6).
func inert(s string) string { return strings.ReplaceAll(s, "](", "] (") }
