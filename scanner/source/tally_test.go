package source

import (
	"fmt"
	"slices"
	"testing"
)

// TestTally says that a skip is told once, that not more than maxSkips are
// listed, and that no fault is lost behind them.
func TestTally(t *testing.T) {
	var tally Tally
	for range 2 {
		tally.Skip("a", "a link")
		tally.Fault("a", "a link")
	}
	if c := tally.Coverage(); len(c.Skipped) != 2 || c.SkippedMore != 0 || c.FaultsMore != 0 {
		t.Errorf("said twice: %+v", c)
	}
	for i := range maxSkips {
		tally.Skip(fmt.Sprint(i), "a link")
	}
	tally.Fault("b", "broken")
	if c := tally.Coverage(); len(c.Skipped) != maxSkips || c.SkippedMore != 3 || c.FaultsMore != 1 {
		t.Errorf("%d listed, %d more, %d of them faults", len(c.Skipped), c.SkippedMore, c.FaultsMore)
	}
}

// TestRename says that what comes to the same name is told once, and still is when it is
// noted again.
func TestRename(t *testing.T) {
	var tally Tally
	for _, path := range []string{"a", "b", "c"} {
		tally.Skip(path, "a link")
	}
	tally.Rename(func(path string) string {
		if path == "c" {
			return path
		}
		return "x"
	})
	tally.Skip("x", "a link")
	tally.Skip("a", "a link")
	want := []Skip{{Path: "x", Reason: "a link"}, {Path: "c", Reason: "a link"}, {Path: "a", Reason: "a link"}}
	if c := tally.Coverage(); !slices.Equal(c.Skipped, want) || c.SkippedMore != 0 {
		t.Errorf("got %+v", c)
	}
}
