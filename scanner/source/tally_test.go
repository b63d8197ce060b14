package source

import (
	"fmt"
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
