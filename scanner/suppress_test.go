package scanner

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/mint"
)

// marksOf returns by credential which mark a scan of items saw.
func marksOf(t *testing.T, items ...item) map[string]string {
	t.Helper()
	sum, _ := execute(t, &Scan{
		Sources: []source.Source{newShelf("s", items...)}, Detectors: detectors.All, Ignore: ignore.New(time.Now()),
	})
	seen := make(map[string]string)
	for _, f := range sum.Findings {
		seen[f.Masked] = ""
		if f.Suppressed != nil {
			seen[f.Masked] = f.Suppressed.Reason
		}
	}
	return seen
}

// TestMarksInPieces says that whether a mark is seen does not depend on how
// content is cut: the shelf hands it out in the smallest pieces.
func TestMarksInPieces(t *testing.T) {
	for round := range 20 {
		var b strings.Builder
		want := make(map[string]string)
		var ats []int
		var tokens []string
		for i := range 40 {
			gap := func() string { return strings.Repeat(" ", rand.IntN(2*detectors.Reach)) }
			token := mint.Token("cfut_", fmt.Sprint(round, "/", i))
			if rand.IntN(2) == 0 {
				b.WriteString(gap() + "leakflare:allow")
			}
			b.WriteString(gap() + " ")
			ats, tokens = append(ats, b.Len()), append(tokens, token)
			b.WriteString(token + " " + gap())
			b.WriteString([]string{"gitleaks:allow ", "", "\n", "\r\n"}[rand.IntN(4)])
		}
		for i, at := range ats {
			want[secret.New([]byte(tokens[i])).Mask()] = ignore.Mark([]byte(b.String()), at, detectors.Reach, false)
		}
		equal(t, "marks", marksOf(t, file("a", b.String())), want)
	}
}

// TestMarkOfAnotherFile says that a mark hides what is on its line, and not the
// same value in another file.
func TestMarkOfAnotherFile(t *testing.T) {
	token := mint.Token("cfut_", "x")
	mask := secret.New([]byte(token)).Mask()
	there := file("a", "KEY="+token+" # leakflare:allow\n")
	equal(t, "alone", marksOf(t, there), map[string]string{mask: "leakflare:allow"})
	equal(t, "with another file", marksOf(t, there, file("b", "KEY="+token+"\n")), map[string]string{mask: ""})
	equal(t, "with another line", marksOf(t, file("a", there.text+"\nKEY="+token+"\n")), map[string]string{mask: ""})
}

// TestMarkInDisguise says that a mark is written in the encoding of its line, if that
// is one for all characters, or else beside the beginning of what is in disguise.
func TestMarkInDisguise(t *testing.T) {
	token := mint.Token("cfut_", "wide")
	spaced := func(zeros int) string {
		var b strings.Builder
		for _, c := range []byte("KEY=" + token + " # leakflare:allow\r\n") {
			b.Write(append([]byte{c}, make([]byte, zeros)...))
		}
		return b.String()
	}
	text := base64.StdEncoding.EncodeToString([]byte("KEY=" + token + "\n"))
	for name, in := range map[string]string{
		"UTF-16":       spaced(1),
		"UTF-32":       spaced(3),
		"base64":       text + " # leakflare:allow\n",
		"hexadecimal":  hex.EncodeToString([]byte(token)) + " # leakflare:allow\n",
		"literals":     "/* leakflare:allow */ '" + text[:40] + "' +\n  '" + text[40:] + "'\n",
		"joined":       "/* leakflare:allow */ '" + token[:20] + "' +\n  '" + token[20:] + "'\n",
		"before parts": "# leakflare:allow\n'" + token[:20] + "' +\n  '" + token[20:] + "'\n",
	} {
		want := "leakflare:allow"
		if name == "before parts" {
			want = ""
		}
		t.Run(name, func(t *testing.T) {
			equal(t, "marks", marksOf(t, file("a", in)), map[string]string{secret.New([]byte(token)).Mask(): want})
		})
	}
}

// TestSuppressed follows a decision from an ignore file to the report and the
// receipt. A secret that stands in the reason is masked there.
func TestSuppressed(t *testing.T) {
	t.Chdir(t.TempDir())
	one, two, three := candidate("1"), candidate("2"), candidate("3")
	print := func(s string) string { return secret.New([]byte(s)).Fingerprint().String() }
	text := print(one) + " # was " + one + "\n" + strings.Repeat("0", 64) + "\n"
	if err := os.WriteFile(ignore.FileName, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	l := ignore.New(time.Now())
	if err := l.AddRoot("."); err != nil {
		t.Fatal(err)
	}
	sum, p := execute(t, &Scan{
		Sources: []source.Source{newShelf("s",
			file("a", noted("1", note{Confidence: secret.High})),
			file("b", noted("2", note{Confidence: secret.Medium})),
			file("c", strings.TrimSuffix(noted("3", note{Confidence: secret.High}), "\n")+" ggignore"),
		)},
		Ignore: l,
	})
	mask := func(s string) string { return secret.New([]byte(s)).Mask() }
	var got []string
	for _, f := range p.findings {
		why := "counts"
		if f.Suppressed != nil {
			why = f.Suppressed.By + " " + f.Suppressed.Where + " " + f.Suppressed.Reason
		}
		got = append(got, f.Masked+" "+why)
	}
	equal(t, "findings, those that count first", got, []string{
		mask(two) + " counts",
		mask(one) + " ignore-file .leakflareignore:1 was " + mask(one),
		mask(three) + " mark c ggignore",
	})
	equal(t, "counts", sum.Receipt.Suppressed, []report.SuppressedCount{{By: report.ByIgnoreFile, Count: 1}, {By: report.ByMark, Count: 1}})
	equal(t, "idle", p.receipt.Idle, []report.IdleEntry{{Where: ".leakflareignore:2", Why: "matches nothing"}})
}
