package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/leakflare/leakflare/detectors/secret"
)

// annotate returns c as annotations, of which those of findings that work are
// errors.
func annotate(t *testing.T, c testCase) []byte {
	t.Helper()
	opt := AnnotationOptions{
		Fails: func(f Finding) bool { return f.Status == secret.Active },
		Mend:  "fetch it",
	}
	return written(t, c, func(w io.Writer) Sink { return NewAnnotations(w, opt) })
}

// command is the form of a workflow command as it is written, with nothing in its
// properties that ends one.
var command = regexp.MustCompile(`^::(error|warning) (file=[^:,]+,)?(line=\d+,col=\d+,)?title=[^:,]+::.+$`)

func TestAnnotations(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			out := annotate(t, c)
			golden(t, c.name+".annotations", out)
			for line := range strings.Lines(string(out)) {
				line = strings.TrimSuffix(line, "\n")
				if !command.MatchString(line) {
					t.Errorf("no command of ours: %q", line)
				}
				if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
					t.Errorf("a control character in %q", line)
				}
				if regexp.MustCompile(`##\w*\[`).MatchString(line) {
					t.Errorf("a command of another kind in %q", line)
				}
			}
		})
	}
}

// TestManyAnnotations wants as many of each level as GitHub shows, and the others
// to be told of.
func TestManyAnnotations(t *testing.T) {
	c := cases()[0]
	for i := range 30 {
		f := typical()[0]
		f.Masked = fmt.Sprint(i)
		f.Status = []secret.Status{secret.Active, secret.Invalid}[i%2]
		c.findings = append(c.findings, f)
	}
	c.receipt.Complete = false
	out := string(annotate(t, c))
	for level, want := range map[string]int{"error": maxAnnotations - 1, "warning": maxAnnotations} {
		if n := strings.Count(out, "::"+level+" "); n != want {
			t.Errorf("%d of %s, want %d", n, level, want)
		}
	}
	if n := strings.Count(out, "7 further findings are in the report."); n != 2 {
		t.Errorf("%d lines on further findings, want 2:\n%s", n, out)
	}
}
