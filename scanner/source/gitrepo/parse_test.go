package gitrepo

import (
	"strings"
	"testing"
)

// TestIDLines says that nothing is passed over in a commit but ids where they belong.
func TestIDLines(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 3)[:40]
	for commit, want := range map[string]int{
		"": 0,
		"tree " + id + "\nparent " + id + "\nparent " + id + "\nauthor A <a@example.org> 1 +0000\n": 46 + 48 + 48,
		"tree " + id + "\n":                         46,
		"tree " + id:                                0,
		"tree " + id + "0\n":                        0,
		"tree " + id + "\nparent " + id[:39]:        46,
		"tree " + id + "\nparent" + id + "\n":       46,
		"tree " + strings.Repeat("cfut", 10) + "\n": 0,
		"\ntree " + id + "\n":                       0,
	} {
		if got := idLines([]byte(commit)); got != want {
			t.Errorf("idLines(%q) = %d, want %d", commit, got, want)
		}
	}
}
