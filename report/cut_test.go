package report

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	long := strings.Repeat("é", 73)
	if got := cut(long, glance); got != long[:2*71]+"…" {
		t.Errorf("a long text became %q", got)
	}
	if got := cut(long[2:], glance); got != long[2:] {
		t.Errorf("a text that fits became %q", got)
	}
}

func TestMiddle(t *testing.T) {
	fits := strings.Repeat("é", maxText)
	if got := middle(fits, maxText); got != fits {
		t.Error("a text that fits was cut")
	}
	got := middle("first/"+fits+"/last", maxText)
	if n := len([]rune(got)); n != maxText || !strings.HasPrefix(got, "first/") || !strings.HasSuffix(got, "/last") || !strings.Contains(got, "…") {
		t.Errorf("%d characters: %q", n, got)
	}
}
