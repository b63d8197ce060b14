package scanner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/mint"
)

// A shelf is a source in memory.
type shelf struct {
	name      string
	items     []item
	nested    []source.Source
	coverage  source.Coverage
	end       func(context.Context) error // called when all is emitted, for what Walk returns; may be nil
	locateErr error

	walks     int
	locatable error // of the context with which Locate was called
}

// An item is some content of a shelf.
type item struct {
	blob source.Blob
	text string
	at   []source.Location // without offsets; nil for the file that the blob's path names

	found *bool // of its chunks; may be nil
}

// file returns the content of a file.
func file(path, text string) item { return item{blob: source.Blob{Path: path}, text: text} }

// newShelf returns a shelf that reads each item as a file.
func newShelf(name string, items ...item) *shelf {
	return &shelf{name: name, items: items, coverage: source.Coverage{Files: int64(len(items))}}
}

func (s *shelf) Name() string              { return s.name }
func (s *shelf) Nested() []source.Source   { return s.nested }
func (s *shelf) Coverage() source.Coverage { return s.coverage }

// Walk emits the items in any order, from several goroutines, in chunks as
// small as the margin allows.
func (s *shelf) Walk(ctx context.Context, margin int, emit func(source.Chunk) error) error {
	s.walks++
	p := pool.New().WithMaxGoroutines(3).WithErrors()
	for _, i := range rand.Perm(len(s.items)) {
		p.Go(func() error {
			c := source.Chunker{Size: 1}
			_, err := c.Split(strings.NewReader(s.items[i].text), s.items[i].blob, margin, func(c source.Chunk) error {
				c.Found = s.items[i].found
				return emit(c)
			})
			return err
		})
	}
	if err := p.Wait(); err != nil || s.end == nil {
		return err
	}
	return s.end(ctx)
}

func (s *shelf) Locate(ctx context.Context, hits []source.Hit) ([][]source.Location, error) {
	s.locatable = ctx.Err()
	all := make([][]source.Location, len(hits))
	for i, h := range hits {
		n := slices.IndexFunc(s.items, func(it item) bool { return it.blob == h.Blob })
		all[i] = slices.Clone(s.items[n].at)
		if all[i] == nil {
			all[i] = []source.Location{{Kind: source.File, Path: h.Blob.Path}}
		}
		for j := range all[i] {
			all[i][j].Offset = h.Offset
		}
	}
	return all, s.locateErr
}

// A page is a sink that keeps what it is told.
type page struct {
	fail     string // the call that fails with errTorn; "" for none
	calls    []string
	run      report.Run
	findings []report.Finding
	receipt  report.Receipt
}

var errTorn = errors.New("torn")

func (p *page) call(name string) error {
	p.calls = append(p.calls, name)
	if name == p.fail {
		return errTorn
	}
	return nil
}

func (p *page) Begin(r report.Run) error { p.run = r; return p.call("begin") }
func (p *page) Finding(f report.Finding) error {
	p.findings = append(p.findings, f)
	return p.call("finding")
}
func (p *page) Close(r report.Receipt) error { p.receipt = r; return p.call("close") }

// A note is what the detectors of these tests read behind a candidate, and do
// not find it without: it says what they are to make of it.
type note struct {
	Confidence secret.Confidence `json:",omitzero"`
	Reason     string            `json:",omitzero"`
	Rejected   string            `json:",omitzero"`
	ByPath     bool              `json:",omitzero"`
	AccountIDs []string          `json:",omitzero"`
	Emails     []string          `json:",omitzero"`
}

// A candidate is candidateLen bytes long: one run of token characters.
const (
	candidatePrefix = "cf0_"
	candidateLen    = len(candidatePrefix) + 36
)

// candidate returns one that depends on seed.
func candidate(seed string) string {
	return fmt.Sprintf("%s%.18x", candidatePrefix, sha256.Sum256([]byte(seed)))
}

// noted returns the candidate of a seed with its note.
func noted(seed string, n note) string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	return candidate(seed) + string(b) + "\n"
}

// kind returns a detector of noted candidates.
func kind(id string) *detectors.Detector {
	return &detectors.Detector{
		ID: id, Title: "title of " + id, Description: "description", Advice: "advice", HelpURL: "https://help.test/",
		Severity: 5, Confidence: secret.Certain, Rollable: true,
		Shapes: []detectors.Shape{{Prefix: candidatePrefix, Recognize: func(text []byte, at int) (detectors.Match, bool) {
			var n note
			end := at + candidateLen
			if end > len(text) || json.NewDecoder(bytes.NewReader(text[end:])).Decode(&n) != nil {
				return detectors.Match{}, false
			}
			return detectors.Match{
				Span:       detectors.Span{Start: at, End: end},
				Secret:     secret.New(text[at:end]),
				Confidence: n.Confidence, Reason: n.Reason, Rejected: n.Rejected, ByPath: n.ByPath,
				AccountIDs: n.AccountIDs, Emails: n.Emails,
			}, true
		}}},
	}
}

// execute runs s, with the detector of kind "kind" if it has none.
func execute(t *testing.T, s *Scan) (report.Report, *page) {
	t.Helper()
	p := &page{}
	s.Sink = p
	if s.Detectors == nil {
		s.Detectors = []*detectors.Detector{kind("kind")}
	}
	sum, err := s.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sum, p
}

// equal complains if got is not want, both written as JSON.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// places lists where findings stand, in order.
func places(findings []report.Finding) []string {
	all := []string{}
	for _, f := range findings {
		for _, l := range f.Locations {
			all = append(all, l.Path)
		}
	}
	return all
}

// TestReport follows a credential from a source to a report, field by field.
func TestReport(t *testing.T) {
	at := source.Location{
		Kind: source.Git, Path: "a.env", Line: 2, Column: 3, Part: "part", Repository: "repo", Blob: "b1", Commit: "c1",
		Author: "A", Email: "a@a.test", Date: time.Unix(1e9, 0), Summary: "add", Refs: []string{"refs/heads/main"}, InHead: true, Reachable: true,
	}
	text := strings.Repeat(" ", 5000) + noted("1", note{Confidence: secret.High, Reason: "named", AccountIDs: []string{"x", "y"}, Emails: []string{"e@e.test"}})
	src := newShelf("s", item{blob: source.Blob{Kind: 1}, text: text, at: []source.Location{at}})
	sum, p := execute(t, &Scan{
		Sources:   []source.Source{src},
		Run:       report.Run{Version: "v1", Targets: []string{"dir", mint.Token("cfut_", "target")}, StartedAt: time.Now().Add(-time.Hour)},
		Detectors: []*detectors.Detector{kind("kind"), detectors.UserToken},
	})

	at.Offset = 5000
	v := secret.New([]byte(candidate("1")))
	equal(t, "findings", sum.Findings, []report.Finding{{
		Rule: "kind", Title: "title of kind", Fingerprint: v.Fingerprint(), Masked: v.Mask(),
		Confidence: secret.High, Reason: "named", Status: secret.Unchecked, Encoding: "plain",
		AccountID: "x", AccountIDs: []string{"x", "y"}, Emails: []string{"e@e.test"},
		Locations: []report.Location{report.Location(at)},
	}})
	equal(t, "reported findings", p.findings, sum.Findings)
	equal(t, "reported receipt", p.receipt, sum.Receipt)
	equal(t, "calls", p.calls, []string{"begin", "finding", "close"})
	if d := sum.Receipt.Duration; d < time.Hour || d > 2*time.Hour {
		t.Errorf("the scan took %v, want an hour", d)
	}

	equal(t, "version", p.run.Version, "v1")
	equal(t, "targets", p.run.Targets, []string{"dir", secret.New([]byte(mint.Token("cfut_", "target"))).Mask()})
	equal(t, "number of rules", len(p.run.Rules), 2)
	equal(t, "rule", p.run.Rules[0], report.Rule{
		ID: "kind", Title: "title of kind", Description: "description", Advice: "advice", HelpURL: "https://help.test/",
		Severity: 5, Confidence: secret.Certain, Rollable: true,
	})
}

// TestRedaction says that a credential found in one place is masked wherever a
// report shows a text of another, also where nothing beside it tells what it is.
func TestRedaction(t *testing.T) {
	token := mint.Legacy("redaction")
	mask := secret.New([]byte(token)).Mask()
	text := "on " + token + " I sat"
	if detectors.NewSet(detectors.All...).Mask(text) != text {
		t.Fatalf("%q is a credential by itself", "on … I sat")
	}
	refs, targets := []string{"refs/heads/" + token, "refs/heads/main"}, []string{text, "dir"}
	holder := newShelf("holder", file("a.env", "CLOUDFLARE_API_TOKEN="+token+"\n"))
	shower := newShelf("shower", item{
		text: mint.Token("cfut_", "other"),
		at: []source.Location{{
			Kind: source.Git, Path: text, Repository: text, Author: text, Email: text, Summary: text, Refs: refs,
		}, {
			Kind: source.Git, Path: "a!" + text + "!b!" + text, Container: "a!" + text, Repository: "x",
		}},
	}, item{
		blob: source.Blob{Kind: 1}, text: mint.Broken("cfut_", "other"),
		at: []source.Location{{Kind: source.Git, Path: text}},
	})
	shower.coverage.Skipped = []source.Skip{{Path: text, Reason: text}}
	// Below the threshold a credential is one all the same.
	sum, p := execute(t, &Scan{
		Sources: []source.Source{shower, holder}, Detectors: detectors.All,
		MinConfidence: secret.Certain, ShowRejected: true, Run: report.Run{Targets: targets},
	})
	if len(p.findings) != 1 || len(sum.Receipt.Examples) != 1 || len(sum.Receipt.Skipped) != 1 {
		t.Fatalf("%d findings, %+v", len(p.findings), sum.Receipt)
	}
	masked := "on " + mask + " I sat"
	l := p.findings[0].Locations[0]
	for field, got := range map[string]string{
		"path": l.Path, "repository": l.Repository, "author": l.Author, "email": l.Email, "summary": l.Summary,
		"path of a skip":     p.receipt.Skipped[0].Path,
		"reason of a skip":   p.receipt.Skipped[0].Reason,
		"path of a rejected": p.receipt.Examples[0].Location.Path,
		"target":             p.run.Targets[0],
	} {
		equal(t, field, got, masked)
	}
	packed := p.findings[0].Locations[1]
	equal(t, "path in an archive", packed.Path, "a!"+masked+"!b!"+masked)
	equal(t, "archive", packed.Container, "a!"+masked)
	equal(t, "refs", l.Refs, []string{"refs/heads/" + mask, "refs/heads/main"})
	equal(t, "the other target", p.run.Targets[1], "dir")
	if refs[0] != "refs/heads/"+token || targets[0] != text {
		t.Error("a list that belongs to the source or the caller was written to")
	}
}

// TestPackedNames says that a name is shown as it is that begins like an archive in
// base64, which is no credential.
func TestPackedNames(t *testing.T) {
	path := "H4sI" + strings.Repeat("AbCd", 10) + ".env"
	_, p := execute(t, &Scan{Sources: []source.Source{newShelf("names", file(path, mint.Token("cfut_", "packed names")))}, Detectors: detectors.All})
	if len(p.findings) != 1 {
		t.Fatalf("%d findings, want 1", len(p.findings))
	}
	equal(t, "path", p.findings[0].Locations[0].Path, path)
}

// TestRedactionOfSpellings says that a known credential is masked in names that
// are made of an encoding of it, whatever stands beside it there.
func TestRedactionOfSpellings(t *testing.T) {
	token := mint.Legacy("spellings")
	mask := secret.New([]byte(token)).Mask()
	var names []string
	for lead := range 4 {
		for tail := range 4 {
			text := []byte("me:"[:lead] + token + ":me"[:tail])
			names = append(names,
				hex.EncodeToString(text), fmt.Sprintf("%X", text),
				base64.StdEncoding.EncodeToString(text), base64.RawURLEncoding.EncodeToString(text))
		}
	}
	holder := newShelf("holder", file("a.env", "CLOUDFLARE_API_TOKEN="+token+"\n"))
	holder.items[0].at = []source.Location{{Refs: names}}
	_, p := execute(t, &Scan{Sources: []source.Source{holder}, Detectors: detectors.All})
	if len(p.findings) != 1 {
		t.Fatalf("%d findings, want 1", len(p.findings))
	}
	for i, ref := range p.findings[0].Locations[0].Refs {
		// Of either neighbour, and of the token's ends, a few characters remain.
		rest := strings.Replace(ref, mask, "", 1)
		if rest == ref || len(rest) > 12 {
			t.Errorf("%d of the %d characters of a name remain beside %d masks", len(rest), len(names[i]), strings.Count(ref, mask))
		}
	}
}

// TestRedactionInPlace says that what is a credential by itself is masked in
// texts of reports though no content holds it.
func TestRedactionInPlace(t *testing.T) {
	token, broken := mint.Token("cfut_", "place"), mint.Broken("cfut_", "broken")
	src := newShelf("s", file(token+"/"+broken, noted("1", note{Confidence: secret.High})))
	src.coverage.Skipped = []source.Skip{{Path: token, Reason: "no"}}
	sum, _ := execute(t, &Scan{Sources: []source.Source{src}, Detectors: append(slices.Clone(detectors.All), kind("kind"))})
	mask := secret.New([]byte(token)).Mask()
	equal(t, "places", places(sum.Findings), []string{mask + "/" + secret.New([]byte(broken)).Mask()})
	equal(t, "skips", sum.Receipt.Skipped, []report.Skip{{Path: mask, Reason: "no"}})
}

// TestByPath says that what is a credential only in a file about Cloudflare is
// found in such files, and nowhere else counted.
func TestByPath(t *testing.T) {
	at := func(paths ...string) (ls []source.Location) {
		for _, p := range paths {
			ls = append(ls, source.Location{Kind: source.Git, Path: p})
		}
		return ls
	}
	tests := []struct {
		name     string
		note     note
		at       []source.Location
		found    []string
		rejected int64
	}{
		{"there", note{ByPath: true}, at("ci/wrangler.toml"), []string{"ci/wrangler.toml"}, 0},
		{"elsewhere", note{ByPath: true}, at("ci/app.toml"), nil, 0},
		{"both", note{ByPath: true}, at("a", "cloudflare", "b"), []string{"cloudflare"}, 0},
		{"anywhere", note{}, at("a", "cloudflare", "b"), []string{"a", "b", "cloudflare"}, 0},
		{"rejected there", note{ByPath: true, Rejected: "placeholder"}, at("cloudflare"), nil, 0},
		{"rejected anywhere", note{Rejected: "placeholder"}, at("a"), nil, 1},
		{"nowhere", note{}, []source.Location{}, nil, 0},
		{"rejected nowhere", note{Rejected: "placeholder"}, []source.Location{}, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.note.Confidence = secret.Medium
			src := newShelf("s", item{text: noted("1", tt.note), at: tt.at})
			sum, _ := execute(t, &Scan{Sources: []source.Source{src}, ShowRejected: true})
			equal(t, "places", places(sum.Findings), append([]string{}, tt.found...))
			if len(sum.Findings) != min(1, len(tt.found)) {
				t.Errorf("%d findings at %d places", len(sum.Findings), len(tt.found))
			}
			var n int64
			for _, r := range sum.Receipt.Rejected {
				n += r.Count
			}
			shown := min(int(tt.rejected), len(tt.at)) // each at its first place
			if n != tt.rejected || len(sum.Receipt.Examples) != shown {
				t.Errorf("%d rejected, %d shown, want %d, %d", n, len(sum.Receipt.Examples), tt.rejected, shown)
			}
		})
	}
}

// TestByContent says that what is a credential only in a file about Cloudflare is found
// where the whole content says that the file is.
func TestByContent(t *testing.T) {
	about := "\nurl = https://api.cloudflare.com/client/v4/zones\n"
	for text, want := range map[string]int{
		"": 0, about: 1, "# behind Cloudflare\n": 0,
		strings.Repeat("# settings\n", 200) + about: 0, // read in pieces here
	} {
		src := newShelf("s", file("app.py", noted("1", note{ByPath: true, Confidence: secret.Medium})+text))
		if sum, _ := execute(t, &Scan{Sources: []source.Source{src}}); len(sum.Findings) != want {
			t.Errorf("%.40q: %d findings, want %d", text, len(sum.Findings), want)
		}
	}
}

// TestGrouping says what becomes of a credential that was found more than once,
// in one source or in several, in this order or the other.
func TestGrouping(t *testing.T) {
	plain := func(n note) string { return noted("1", n) }
	wrapped := func(n note) string {
		return base64.StdEncoding.EncodeToString([]byte(noted("1", n))) + "\n"
	}
	medium, high := note{Confidence: secret.Medium, Reason: "near"}, note{Confidence: secret.High, Reason: "named"}
	with := func(accounts, emails string) note {
		return note{Confidence: secret.High, AccountIDs: strings.Fields(accounts), Emails: strings.Fields(emails)}
	}
	tests := []struct {
		name string
		a, b string
		want string // confidence, reason, encoding, accounts, e-mails
	}{
		{"the surest wins", plain(medium), plain(high), "high named plain [] []"},
		{"plain wins", plain(high), wrapped(high), "high named plain [] []"},
		{"nothing plain", wrapped(high), wrapped(high), "high named base64 [] []"},
		{"the surest need not be plain", plain(medium), wrapped(high), "high named plain [] []"},
		{"united", plain(with("x y", "e@e.test f@f.test")), plain(with("y z", "f@f.test g@g.test")),
			"high  plain [x y z] [e@e.test f@f.test g@g.test]"},
		{"an address made of the credential", plain(with("", candidate("1")+"@e.test")), plain(with("", "f@f.test")),
			"high  plain [] [f@f.test]"},
	}
	for _, tt := range tests {
		for _, order := range [][]string{{tt.a, tt.b}, {tt.b, tt.a}} {
			one := newShelf("one", file("a", order[0]), file("b", order[1]))
			first, second := newShelf("first", file("a", order[0])), newShelf("second", file("b", order[1]))
			for _, sources := range [][]source.Source{{one}, {first, second}} {
				t.Run(fmt.Sprintf("%s/%d", tt.name, len(sources)), func(t *testing.T) {
					sum, _ := execute(t, &Scan{Sources: sources})
					if len(sum.Findings) != 1 {
						t.Fatalf("%d findings, want 1", len(sum.Findings))
					}
					f := sum.Findings[0]
					equal(t, "places", places(sum.Findings), []string{"a", "b"})
					if len(f.AccountIDs) > 0 && f.AccountID != f.AccountIDs[0] {
						t.Errorf("account %s, want the first of %s", f.AccountID, f.AccountIDs)
					}
					slices.Sort(f.AccountIDs)
					slices.Sort(f.Emails)
					equal(t, "finding", fmt.Sprint(f.Confidence, " ", f.Reason, " ", f.Encoding, " ", f.AccountIDs, " ", f.Emails), tt.want)
				})
			}
		}
	}
}

// TestPlaces says that a place which is told twice is one place, and that two
// which differ in anything that tells places apart are two.
func TestPlaces(t *testing.T) {
	base := source.Location{Kind: "k", Repository: "r", Path: "p", Commit: "c", Blob: "b", Part: "t"}
	at := []source.Location{base}
	for _, field := range []func(*source.Location) *string{
		func(l *source.Location) *string { return &l.Kind },
		func(l *source.Location) *string { return &l.Repository },
		func(l *source.Location) *string { return &l.Path },
		func(l *source.Location) *string { return &l.Commit },
		func(l *source.Location) *string { return &l.Blob },
		func(l *source.Location) *string { return &l.Part },
	} {
		l := base
		*field(&l) = "other"
		at = append(at, l)
	}
	text := noted("1", note{Confidence: secret.High})
	var sources []source.Source
	for _, name := range []string{"one", "two"} {
		sources = append(sources, newShelf(name, item{text: text + text, at: at})) // at two offsets
	}
	sum, _ := execute(t, &Scan{Sources: sources})
	if len(sum.Findings) != 1 || len(sum.Findings[0].Locations) != 2*len(at) {
		t.Errorf("%d findings at %d places, want 1 at %d", len(sum.Findings), len(places(sum.Findings)), 2*len(at))
	}
}

// TestOrder says that what is reported does not depend on the order in which
// goroutines bring it in. Two kinds find each candidate here.
func TestOrder(t *testing.T) {
	two := noted("1", note{Confidence: secret.High, Emails: []string{"0@e.test"}}) +
		noted("1", note{Confidence: secret.High, Emails: []string{"1@e.test"}})
	items := []item{{text: two + noted("bad", note{Rejected: "no"})}}
	for i, b := range []source.Blob{
		{Object: [32]byte{1}}, {Path: "a"}, {Path: "b"}, {Kind: 1}, {Kind: 1, Path: "a"}, {Kind: 2},
	} {
		items = append(items, item{blob: b, text: noted("1", note{Confidence: secret.High, Emails: []string{fmt.Sprint(i+2, "@e.test")}}) +
			noted("bad", note{Rejected: "no"}) + noted("worse", note{Rejected: "never"})})
	}
	for i := range items {
		items[i].at = []source.Location{{Kind: source.File, Path: fmt.Sprint("file ", i)}}
	}
	items = append(items, file("z", noted("2", note{Confidence: secret.Certain})))

	for range 30 {
		src := newShelf("s", items...)
		src.coverage.Skipped = []source.Skip{{Path: "b", Reason: "y"}, {Path: "a", Reason: "z"}, {Path: "b", Reason: "x"}}
		sum, _ := execute(t, &Scan{
			Sources: []source.Source{src}, ShowRejected: true,
			Detectors: []*detectors.Detector{kind("second"), kind("first")},
		})
		var findings, examples []string
		for _, f := range sum.Findings {
			findings = append(findings, fmt.Sprint(f.Rule, " ", f.Confidence, " ", len(f.Locations)))
		}
		for _, e := range sum.Receipt.Examples {
			examples = append(examples, e.Location.Path+" "+e.Reason+" "+e.Rule)
		}
		equal(t, "findings", findings, []string{"first certain 1", "second certain 1", "first high 8", "second high 8"})
		equal(t, "e-mails", sum.Findings[2].Emails, []string{"0@e.test", "1@e.test", "2@e.test", "3@e.test", "4@e.test", "5@e.test", "6@e.test", "7@e.test"})
		equal(t, "places", places(sum.Findings[2:3]), []string{"file 0", "file 0", "file 1", "file 2", "file 3", "file 4", "file 5", "file 6"})
		want := []string{"file 0 no first", "file 0 no second"}
		for i := 1; i < 7; i++ {
			for _, reason := range []string{"no", "never"} {
				for _, rule := range []string{"first", "second"} {
					want = append(want, fmt.Sprintf("file %d %s %s", i, reason, rule))
				}
			}
		}
		equal(t, "examples", examples, want)
		equal(t, "rejected", sum.Receipt.Rejected, []report.RejectedCount{
			{Rule: "first", Reason: "never", Count: 6}, {Rule: "first", Reason: "no", Count: 7},
			{Rule: "second", Reason: "never", Count: 6}, {Rule: "second", Reason: "no", Count: 7},
		})
		equal(t, "skips", sum.Receipt.Skipped, []report.Skip{{Path: "a", Reason: "z"}, {Path: "b", Reason: "x"}, {Path: "b", Reason: "y"}})
		if t.Failed() {
			return
		}
	}
}

// TestSources says that sources are walked in order, those nested in them after
// them, and each once, by its name.
func TestSources(t *testing.T) {
	deep := newShelf("deep", file("deep", noted("1", note{Confidence: secret.High})))
	inner := newShelf("inner", file("inner", noted("1", note{Confidence: secret.High})))
	inner.nested = []source.Source{deep}
	outer, twin := newShelf("outer"), newShelf("outer", file("twin", noted("1", note{Confidence: secret.High})))
	outer.nested = []source.Source{inner, outer, deep}
	last := newShelf("last")
	targets := []source.Source{outer, twin, last, inner}
	var told []string
	sum, _ := execute(t, &Scan{Sources: targets, Progress: func(s source.Source) {
		told = append(told, fmt.Sprint(s.Name(), " ", s.(*shelf).walks))
	}})
	equal(t, "walked", told, []string{"outer 0", "last 0", "inner 0", "deep 0"})
	equal(t, "places", places(sum.Findings), []string{"deep", "inner"})
	for _, s := range []*shelf{outer, last, inner, deep} {
		if s.walks != 1 {
			t.Errorf("%s was walked %d times", s.name, s.walks)
		}
	}
	if targets[0] != source.Source(outer) || len(targets) != 4 {
		t.Error("the caller's list of sources was written to")
	}
}

func TestMinConfidence(t *testing.T) {
	src := newShelf("s",
		file("medium", noted("1", note{Confidence: secret.Medium})),
		file("high", noted("2", note{Confidence: secret.High})),
		file("certain", noted("3", note{Confidence: secret.Certain})),
		file("medium too", noted("3", note{Confidence: secret.Medium})))
	for min, want := range map[secret.Confidence][]string{
		0:              {"certain", "medium too", "high", "medium"},
		secret.Medium:  {"certain", "medium too", "high", "medium"},
		secret.High:    {"certain", "medium too", "high"},
		secret.Certain: {"certain", "medium too"},
	} {
		sum, _ := execute(t, &Scan{Sources: []source.Source{src}, MinConfidence: min})
		equal(t, min.String(), places(sum.Findings), want)
	}
}

// TestRejected says that rejected candidates are counted without bound, once
// each though chunks overlap, and listed within one if they are asked for.
func TestRejected(t *testing.T) {
	text := strings.Repeat(noted("1", note{Rejected: "no"}), maxRejected+3)
	for _, show := range []bool{false, true} {
		sum, _ := execute(t, &Scan{Sources: []source.Source{newShelf("s", file("a", text))}, ShowRejected: show})
		want := 0
		if show {
			want = maxRejected
			first := sum.Receipt.Examples[0]
			equal(t, "example", first, report.Rejected{
				Rule: "kind", Masked: secret.New([]byte(candidate("1"))).Mask(), Reason: "no", Location: first.Location,
			})
		}
		if n := len(sum.Receipt.Examples); n != want {
			t.Errorf("%d are listed, want %d", n, want)
		}
		equal(t, "rejected", sum.Receipt.Rejected, []report.RejectedCount{{Rule: "kind", Reason: "no", Count: maxRejected + 3}})
		if len(sum.Findings) != 0 || !sum.Receipt.Complete {
			t.Errorf("%d findings, complete: %v", len(sum.Findings), sum.Receipt.Complete)
		}
	}
}

// TestTooManyHits says that of each confidence hits beyond the bound are
// counted, not kept, and that a scan that has some is not complete.
func TestTooManyHits(t *testing.T) {
	token := mint.Token("cfut_", "two")
	s := &Scan{Run: report.Run{Targets: []string{"one", token}}, Detectors: detectors.All}
	w := &walked{coverage: source.Coverage{Files: 1}}
	h := &harvest{
		sources:  []*walked{w},
		kept:     map[secret.Confidence]int{secret.Medium: maxHits - 2},
		rejected: make(map[rejection]int64),
	}
	add := func(c secret.Confidence, rejected string) {
		h.add(w, hit{match: detectors.Match{
			Detector: kind("kind"), Secret: secret.New([]byte(candidate("1"))), Confidence: c, Rejected: rejected,
		}}, true)
	}
	add(secret.Medium, "")
	add(secret.Medium, "no")
	add(secret.Medium, "")
	if rc := s.receipt(h, nil, s.redactor(h)); len(w.hits) != 3 || !rc.Complete || len(rc.Skipped) > 0 {
		t.Errorf("at the bound: %d kept, %+v", len(w.hits), rc)
	}
	add(secret.Medium, "")
	add(secret.Certain, "")
	add(secret.Medium, "")
	add(secret.Medium, "no")
	if len(w.hits) != 5 || w.hits[3].match.Confidence != secret.Certain || w.hits[4].match.Rejected == "" {
		t.Errorf("beyond the bound: %d kept, want those before, a certain and a rejected one", len(w.hits))
	}
	rc := s.receipt(h, nil, s.redactor(h))
	if rc.Complete {
		t.Error("beyond the bound: complete")
	}
	equal(t, "skips", rc.Skipped, []report.Skip{{
		Path:   "one, " + secret.New([]byte(token)).Mask(),
		Reason: fmt.Sprintf("more than %d matches: 2 further ones are not reported", maxHits), Fault: true,
	}})
	equal(t, "rejected", rc.Rejected, []report.RejectedCount{{Rule: "kind", Reason: "no", Count: 2}})
}

// TestFound says that a source that asks whether its content holds a credential
// is told; a rejected candidate is none.
func TestFound(t *testing.T) {
	var credential, rejected, nothing bool
	items := []item{
		file("a", noted("1", note{Confidence: secret.High})), file("b", noted("1", note{Rejected: "no"})), file("c", "nothing"),
	}
	items[0].found, items[1].found, items[2].found = &credential, &rejected, &nothing
	execute(t, &Scan{Sources: []source.Source{newShelf("s", items...)}, ShowRejected: true})
	if !credential || rejected || nothing {
		t.Errorf("found a credential: %v, a rejected one: %v, nothing: %v", credential, rejected, nothing)
	}
}

// TestMatched says that who asks is told of what is found before the walk ends, with
// its mark, but of no rejected candidate.
func TestMatched(t *testing.T) {
	var told []string
	s := newShelf("s", file("a", noted("1", note{Confidence: secret.High})), file("b", noted("2", note{Rejected: "no"})),
		file("c", "# leakflare:allow "+noted("3", note{Confidence: secret.High})))
	s.end = func(context.Context) error {
		slices.Sort(told) // files are read in any order
		equal(t, "told", told, []string{"a " + candidate("1") + " ", "c " + candidate("3") + " leakflare:allow"})
		return nil
	}
	_, p := execute(t, &Scan{
		Sources: []source.Source{s}, Ignore: ignore.New(time.Now()),
		Matched: func(b source.Blob, m detectors.Match, mark string) {
			told = append(told, b.Path+" "+m.Secret.Reveal()+" "+mark)
		},
	})
	equal(t, "reported", len(p.findings), len(told))
}

// TestReceipt says how the coverage of several sources is added up.
func TestReceipt(t *testing.T) {
	one, two := newShelf("one"), newShelf("two")
	one.coverage = source.Coverage{Files: 1, Repositories: 2, Objects: 3, Commits: 4, Bytes: 5, Unopened: 7, SkippedMore: 6, Skipped: []source.Skip{{Path: "b", Reason: "socket"}}}
	two.coverage = source.Coverage{Files: 10, Repositories: 20, Objects: 30, Commits: 40, Bytes: 50, Unopened: 70, SkippedMore: 60, Skipped: []source.Skip{{Path: "a", Reason: "no", Fault: true}}}
	sum, _ := execute(t, &Scan{Sources: []source.Source{one, two}, Run: report.Run{Targets: []string{"targets"}}})
	sum.Receipt.Duration = 0
	equal(t, "receipt", sum.Receipt, report.Receipt{
		Files: 11, Repositories: 22, Objects: 33, Commits: 44, Bytes: 55, SkippedMore: 66,
		Skipped: []report.Skip{
			{Path: "a", Reason: "no", Fault: true}, {Path: "b", Reason: "socket"},
			{Path: "targets", Reason: "all archives together are more, unpacked, than may be: 77 were matched as the bytes they are (--archive-size)", Fault: true},
		},
	})
}

// TestComplete says when a scan has read what it should.
func TestComplete(t *testing.T) {
	plain, fault := source.Skip{Path: "a"}, source.Skip{Path: "b", Fault: true}
	tests := []struct {
		name     string
		coverage []source.Coverage
		want     bool
	}{
		{"no source", nil, false},
		{"nothing read", []source.Coverage{{Repositories: 1}}, false},
		{"a file", []source.Coverage{{Files: 1}}, true},
		{"an object", []source.Coverage{{Objects: 1}}, true},
		{"nothing in one of two", []source.Coverage{{}, {Files: 1}}, true},
		{"a skip", []source.Coverage{{Files: 1, Skipped: []source.Skip{plain}}}, true},
		{"a fault", []source.Coverage{{Files: 1, Skipped: []source.Skip{fault}}}, false},
		{"a fault before a skip", []source.Coverage{{Files: 1, Skipped: []source.Skip{fault, plain}}}, false},
		{"skips that are not listed", []source.Coverage{{Files: 1, SkippedMore: 2}}, true},
		{"a fault that is not listed", []source.Coverage{{Files: 1, SkippedMore: 2, FaultsMore: 1}}, false},
		{"archives beyond what may be unpacked", []source.Coverage{{Files: 1, Unopened: 1}, {Files: 1}}, false},
		{"a fault in one of two", []source.Coverage{{Files: 1, Skipped: []source.Skip{fault}}, {Files: 1}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Scan{}
			for i, c := range tt.coverage {
				s.Sources = append(s.Sources, &shelf{name: fmt.Sprint(i), coverage: c})
			}
			sum, _ := execute(t, s)
			if sum.Receipt.Complete != tt.want || sum.Receipt.Interrupted {
				t.Errorf("complete: %v, interrupted: %v; want %v, false", sum.Receipt.Complete, sum.Receipt.Interrupted, tt.want)
			}
		})
	}
}

// TestInterrupted says that a scan whose context ends reports what it found
// until then, and looks no further.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	first := newShelf("first", file("a", noted("1", note{Confidence: secret.High})))
	first.end = func(ctx context.Context) error {
		cancel()
		return fmt.Errorf("reading: %w", ctx.Err())
	}
	first.nested = []source.Source{newShelf("nested")}
	second := newShelf("second", file("b", noted("2", note{Confidence: secret.High})))
	p := &page{}
	s := &Scan{Sources: []source.Source{first, second}, Detectors: []*detectors.Detector{kind("kind")}, Sink: p}
	if _, err := s.Execute(ctx); err != nil {
		t.Fatal(err)
	}
	equal(t, "places", places(p.findings), []string{"a"})
	equal(t, "calls", p.calls, []string{"begin", "finding", "close"})
	if !p.receipt.Interrupted || p.receipt.Complete || p.receipt.Files != 1 {
		t.Errorf("receipt %+v, want an interrupted, incomplete one of 1 file", p.receipt)
	}
	if first.locatable != nil {
		t.Errorf("locating was cut off: %v", first.locatable)
	}
	if n := second.walks + first.nested[0].(*shelf).walks; n != 0 {
		t.Errorf("%d sources were walked after the end", n)
	}

	// A deadline that passes is an interruption too.
	first.end = func(context.Context) error { return context.DeadlineExceeded }
	if _, err := s.Execute(t.Context()); err != nil || !p.receipt.Interrupted {
		t.Errorf("a deadline: error %v, interrupted: %v", err, p.receipt.Interrupted)
	}
}

// TestErrors says at which faults a scan ends with an error, and how far it
// has come in its report by then.
func TestErrors(t *testing.T) {
	errRead := errors.New("cannot be read")
	tests := []struct {
		name         string
		walk, locate error
		sink         string // the call that fails
		want         error
		calls        []string
		walks        int
		findings     int // in the summary that is returned
	}{
		{"none", nil, nil, "", nil, []string{"begin", "finding", "finding", "close"}, 1, 2},
		{"walk", errRead, nil, "", errRead, nil, 1, 0},
		{"walk, and locating would fail", errRead, errTorn, "", errRead, nil, 1, 0},
		{"locate", nil, errRead, "", errRead, nil, 1, 0},
		{"begin", nil, nil, "begin", errTorn, []string{"begin"}, 1, 2},
		{"finding", nil, nil, "finding", errTorn, []string{"begin", "finding"}, 1, 2},
		{"close", nil, nil, "close", errTorn, []string{"begin", "finding", "finding", "close"}, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := newShelf("s", file("a", noted("1", note{Confidence: secret.High})+noted("2", note{Confidence: secret.High})))
			src.end = func(context.Context) error { return tt.walk }
			src.locateErr = tt.locate
			p := &page{fail: tt.sink}
			s := &Scan{Sources: []source.Source{src}, Detectors: []*detectors.Detector{kind("kind")}, Sink: p}
			sum, err := s.Execute(t.Context())
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			equal(t, "calls", p.calls, tt.calls)
			if src.walks != tt.walks || len(sum.Findings) != tt.findings {
				t.Errorf("%d walks, %d findings, want %d, %d", src.walks, len(sum.Findings), tt.walks, tt.findings)
			}
		})
	}
}
