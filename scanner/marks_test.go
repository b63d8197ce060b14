package scanner_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestMarksInDeltas says that a mark is seen in each version of a file, though
// of most a pack holds only what changed: a credential that is left in history
// alone is suppressed if its line was marked in all of them.
func TestMarksInDeltas(t *testing.T) {
	const tokens, versions = 40, 10
	g := repos.Init(t, t.TempDir())
	lines := make([]string, 3000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d, number %x", i, rand.Uint64())
	}
	at := func(i int) int { return 50 + 70*i }
	always := make(map[string]bool) // marked, by mask
	unmarked := make([]int, tokens) // the version without the mark; versions if there is none
	for i := range tokens {
		unmarked[i] = rand.IntN(2 * versions)
		always[secret.New([]byte(mint.Token("cfut_", fmt.Sprint("delta ", i)))).Mask()] = unmarked[i] >= versions
	}
	for v := range versions {
		for i := range tokens {
			mark := " # leakflare:allow"
			if unmarked[i] == v {
				mark = " # nothing is said"
			}
			lines[at(i)] = "KEY=" + mint.Token("cfut_", fmt.Sprint("delta ", i)) + mark
		}
		for range 20 {
			lines[at(rand.IntN(tokens))+1+rand.IntN(60)] = fmt.Sprintf("changed %x", rand.Uint64())
		}
		g.WriteCommit("a.env", strings.Join(lines, "\n"), fmt.Sprint("version ", v))
	}
	g.Run("rm", "-q", "a.env")
	g.Commit("remove it")
	g.Run("repack", "-adfq", "--depth=50")

	r, err := gitrepo.Open(g.Dir, gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := scanner.Scan{Sources: []source.Source{r}, Detectors: detectors.All, Sink: &recorder{}, Ignore: ignore.New(time.Now())}
	sum, err := s.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Findings) != tokens {
		t.Fatalf("%d findings, want %d", len(sum.Findings), tokens)
	}
	for _, f := range sum.Findings {
		if len(f.Locations) != versions {
			t.Errorf("%s has %d places, want %d", f.Masked, len(f.Locations), versions)
		}
		if got := f.Suppressed != nil; got != always[f.Masked] {
			t.Errorf("%s is suppressed: %v, want %v", f.Masked, got, always[f.Masked])
		}
	}
}
