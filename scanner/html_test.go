package scanner

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/mint"
)

// TestNoSecretInHTML plants a credential in whatever a source may tell, and
// looks for it in the page.
func TestNoSecretInHTML(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		name := fmt.Sprint("page ", seed)
		token := []string{mint.Token("cfut_", name), mint.Token("cfat_", name), mint.Legacy(name)}[r.IntN(3)]
		spelled := base64.StdEncoding.EncodeToString([]byte(token))
		text := func() string {
			switch r.IntN(4) {
			case 0:
				return "<b>" + token + "</b>"
			case 1:
				return "a/" + spelled + "/" + token
			case 2:
				return strings.Repeat("é", 140) + token + strings.Repeat("é", 200) // it is cut within
			}
			return "harmless"
		}
		holder := newShelf("holder", file("a.env", "CLOUDFLARE_API_TOKEN="+token+"\n"))
		shower := newShelf("shower", item{
			text: mint.Token("cfut_", "other"),
			at: []source.Location{{
				Kind: source.Git, Path: text(), Part: "", Repository: text(), Commit: "1", Author: text(), Email: text(), Summary: text(), Refs: []string{text(), text()},
			}},
		})
		shower.coverage.Skipped = []source.Skip{{Path: text(), Reason: text()}}
		_, p := execute(t, &Scan{Sources: []source.Source{shower, holder}, Detectors: detectors.All, ShowRejected: true, Run: report.Run{Targets: []string{text()}}})
		if len(p.findings) != 2 {
			t.Fatalf("%d findings, want 2", len(p.findings))
		}
		var b bytes.Buffer
		s := report.NewHTML(&b)
		if err := s.Begin(p.run); err != nil {
			t.Fatal(err)
		}
		for _, f := range p.findings {
			if err := s.Finding(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(p.receipt); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{token, spelled, token[6:26], token[len(token)-20:]} {
			if bytes.Contains(b.Bytes(), []byte(secret)) {
				t.Errorf("seed %d: the page has %s… of the secret", seed, secret[:4])
			}
		}
	}
}
