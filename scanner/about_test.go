package scanner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/scanner"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestAboutInDeltas says that a credential far from what says that its file is about
// Cloudflare is found in each version of that, though of most a pack holds only what
// changed.
func TestAboutInDeltas(t *testing.T) {
	const versions = 10
	g := repos.Init(t, t.TempDir())
	var middle strings.Builder
	for i := range 100 {
		fmt.Fprintf(&middle, "# step %d of what this script does: %s\n", i, mint.Hex(fmt.Sprint("step ", i), 12))
	}
	for v := range versions {
		g.WriteCommit("run.py", fmt.Sprintf("TOKEN = %q\n%surl = 'https://api.cloudflare.com/client/v4/zones'\n", mint.Legacy(fmt.Sprint("about ", v)), middle.String()), fmt.Sprint("version ", v))
	}
	g.Run("repack", "-adfq", "--depth=50")
	for _, about := range []bool{true, false} {
		opt := gitrepo.Options{}
		if about {
			opt.About = detectors.ContentNames
		}
		r, err := gitrepo.Open(g.Dir, opt)
		if err != nil {
			t.Fatal(err)
		}
		s := scanner.Scan{Sources: []source.Source{r}, Detectors: detectors.All, Sink: &recorder{}}
		sum, err := s.Execute(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(sum.Findings); about && n != versions || !about && n == versions {
			t.Errorf("asked %v: %d findings of %d", about, n, versions)
		}
	}
}
