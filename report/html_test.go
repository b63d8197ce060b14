package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// source is what every page has alike.
var source = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|'sha256-[^']*'`)

// withoutSource returns a page without its style sheet and its script, which are
// in files of their own. Other reports stay as they are.
func withoutSource(report []byte) []byte {
	if !bytes.HasPrefix(report, []byte("<!doctype html>")) {
		return report
	}
	return source.ReplaceAllFunc(report, func(b []byte) []byte {
		switch {
		case bytes.HasPrefix(b, []byte("<style>")):
			return []byte("<style></style>")
		case bytes.HasPrefix(b, []byte("<script>")):
			return []byte("<script></script>")
		}
		return []byte("'sha256-'")
	})
}

// incident is a report with all that Cloudflare and an operator can say.
func incident() testCase {
	c := cases()[1]
	c.name = "incident"
	f := typical()
	f[0].TokenOf, f[0].Owner = OfUser, "ann@example.com"
	f[0].Identity = &Identity{
		Risk: Critical, RiskReason: "it can make further tokens", Name: "terraform", CanMint: true,
		Reaches:  []string{"API Tokens Write on the user", "Workers Scripts Write on account 023e105f4ecef8ad9ca31a8372d0c353", "DNS Write on all zones"},
		IssuedOn: day("2024-02-28"), LastUsedOn: day("2026-11-21"), ExpiresOn: day("2027-02-28"),
		FromIPs: []string{"198.51.100.0/24"}, Note: "the zones of another account could not be seen",
	}
	f[2].Identity = &Identity{Risk: LowRisk, RiskReason: "it can read"}
	mark := f[3]
	mark.Fingerprint, mark.Masked = fingerprint("m"), "cfut_Dz09…4d5e"
	mark.Suppressed = &Suppression{By: ByMark, Where: "doc/example.md:12"}
	mark.Locations = []Location{{Kind: kindFile, Path: "doc/example.md", Line: 12, Column: 4}}
	file := f[1]
	file.Fingerprint, file.Masked = fingerprint("n"), "4567…89ab"
	file.Suppressed = &Suppression{By: ByIgnoreFile, Where: ".leakflareignore:3", Reason: "revoked on 3 May, see INC-1042", Until: day("2027-01-01")}
	c.findings = append(f, mark, file)
	return c
}

// TestHTMLIncident holds a page of what the other cases lack.
func TestHTMLIncident(t *testing.T) {
	golden(t, "incident.html", withoutSource(render(t, "html", incident())))
}

// payloads are what would act if a page let it through.
var payloads = []string{
	`<script>alert(1)</script>`, `</script><script>alert(1)</script>`, `</style><style>*{display:none}</style>`,
	`"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `" onfocus="alert(1)" autofocus="`, `' onmouseover='alert(1)`,
	`javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`,
	`<base href="https://evil.example/">`, `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
	`<link rel=stylesheet href=https://evil.example/a.css>`, `<form action=https://evil.example/><button>`, `</title></head></html>`,
	`<!--`, `--><script>alert(1)</script>`, `]]>`, `{{.Script}}`, "${alert(1)}", "`", `&#x3c;script&#x3e;alert(1)`, "=", "</details></article></main>",
	"\x1b[31m\u202e\xff\x00\r\n", `https://evil.example/`, `//evil.example/`, `<a href="https://evil.example/" id="text">x</a>`,
}

// attack returns a report every string of which is a payload.
func attack() testCase {
	n := 0
	evil := func(s string) string { n++; return s + payloads[n%len(payloads)] }
	c := incident()
	c.name = "attack"
	for range payloads {
		for _, f := range incident().findings {
			f = mapFinding(f, evil)
			f.Fingerprint = fingerprint(fmt.Sprint(n))
			c.findings = append(c.findings, f)
		}
	}
	for i, p := range payloads {
		c.findings[i].Rule = p
		c.run.Rules = append(c.run.Rules, Rule{ID: p, Title: p, Advice: p, HelpURL: p})
	}
	c.run.Targets = payloads
	c.run.Version = payloads[0]
	c.receipt = mapReceipt(cases()[3].receipt, evil)
	return c
}

// elements are those of a page and their attributes.
var elements = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "", "link": "rel href", "style": "", "script": "", "body": "",
	"header": "class", "main": "", "footer": "", "section": "aria-labelledby id", "article": "class id aria-labelledby data-rule data-status data-confidence data-stands",
	"h1": "class", "h2": "id tabindex", "h3": "id", "h4": "", "p": "class id role hidden aria-hidden", "span": "class", "b": "class", "code": "class", "div": "class",
	"a": "class href rel target", "button": "type id aria-pressed hidden class", "details": "class open", "summary": "",
	"dl": "class", "dt": "", "dd": "class", "ul": "class", "ol": "class", "li": "class",
	"table": "class", "thead": "", "tbody": "", "tr": "", "th": "scope", "td": "class",
	"form": "id role aria-label hidden", "label": "class", "input": "type id autocomplete spellcheck", "select": "id", "option": "value",
	"svg": "class viewBox preserveAspectRatio aria-hidden focusable", "path": "class d", "rect": "class x y width height",
}

// TestHTMLInert checks that whatever is reported, a page has the elements and
// attributes of its template alone, and leads nowhere but to itself and to
// Cloudflare.
func TestHTMLInert(t *testing.T) {
	for _, c := range append(cases(), incident(), attack()) {
		t.Run(c.name, func(t *testing.T) {
			page := render(t, "html", c)
			if n := len(regexp.MustCompile(`<style|<script`).FindAll(page, -1)); n != 2 {
				t.Errorf("%d scripts and style sheets, want one of each", n)
			}
			d := xml.NewDecoder(bytes.NewReader(withoutSource(page)))
			d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "link", "input"}, xml.HTMLEntity
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				attributes, ok := elements[e.Name.Local]
				if !ok {
					t.Errorf("an element %s", e.Name.Local)
				}
				for _, a := range e.Attr {
					if !slices.Contains(strings.Fields(attributes), a.Name.Local) {
						t.Errorf("an attribute %s of %s: %q", a.Name.Local, e.Name.Local, a.Value)
					}
					if a.Name.Local == "href" && !leadsHome(a.Value) {
						t.Errorf("a link to %q", a.Value)
					}
				}
			}
		})
	}
}

func leadsHome(href string) bool {
	u, err := url.Parse(href)
	return err == nil && (strings.HasPrefix(href, "#") || href == "data:," || u.Scheme == "https" && u.Host == "developers.cloudflare.com" && u.User == nil)
}

// TestHTMLPolicy checks that the policy allows what the page holds, and that
// what it holds asks for nothing.
func TestHTMLPolicy(t *testing.T) {
	page := string(render(t, "html", cases()[0]))
	for kind, want := range map[string]string{"style": pageStyle, "script": pageScript} {
		_, rest, _ := strings.Cut(page, "<"+kind+">")
		got, _, _ := strings.Cut(rest, "</"+kind+">")
		if got != want {
			t.Errorf("the %s is not what its file holds", kind)
		}
		if !strings.Contains(strings.ReplaceAll(page, "&#43;", "+"), kind+"-src '"+sourceSum(got)+"'") {
			t.Errorf("the policy does not allow the %s", kind)
		}
		if ask := regexp.MustCompile(`url\(|@import|@font-face|https?:|fetch\(|XMLHttpRequest|innerHTML|eval\(`).FindString(got); ask != "" {
			t.Errorf("the %s has %q", kind, ask)
		}
	}
	if !strings.Contains(page, `content="default-src 'none'; `) {
		t.Error("the policy allows what it does not name")
	}
}

// TestHTMLBounds checks that a page stays of a size that browsers show, and
// says what that leaves out.
func TestHTMLBounds(t *testing.T) {
	c := incident()
	f := c.findings[0]
	long := strings.Repeat("é", maxText)
	var refs []string
	for i := range 60 {
		refs = append(refs, fmt.Sprintf("refs/heads/%s-%d", long, i))
	}
	for i := range 1000 {
		l := inGit(fmt.Sprintf("%d/%s", i, long), i)
		l.Summary, l.Refs = long, refs
		f.Locations = append(f.Locations, l)
	}
	c.findings = nil
	for i := range 25_000 {
		f.Fingerprint = fingerprint(fmt.Sprint(i))
		f.Suppressed = nil
		if i%10 == 0 {
			f.Suppressed = &Suppression{By: ByBaseline}
		}
		c.findings = append(c.findings, f)
		if i == 100 { // they have used up the places of the page
			f.Locations = f.Locations[:50]
		}
	}
	for i := range 5000 {
		c.receipt.Skipped = append(c.receipt.Skipped, Skip{fmt.Sprint(i, long), long, true, false})
	}
	page := string(render(t, "html", c))
	if mb := len(page) >> 20; mb > 40 {
		t.Errorf("a page of %d MB", mb)
	}
	for _, want := range []string{
		"22,500 leaked credentials, and all of them work",
		"first 1,000 findings by risk. 21,500 further ones are counted above and left out here",
		"2,500 suppressed findings: somebody decided that these do not count. The first 1,000 are shown.",
		"And 909 more places, in the JSON report.",
		"And 4,800 more.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "<article "); n != 2*maxShown {
		t.Errorf("%d findings are shown, want %d", n, 2*maxShown)
	}
	if n := strings.Count(page, `<li><code>`); n > maxPagePlaces+2*maxShown*fewPlaces+maxListed {
		t.Errorf("%d places are shown", n)
	}
}

// TestHTMLWords says how a page puts the verdict and what to do.
func TestHTMLWords(t *testing.T) {
	with := func(statuses ...secret.Status) testCase {
		c := cases()[0]
		for i, s := range statuses {
			f := typical()[0]
			f.Status, f.Fingerprint = s, fingerprint(fmt.Sprint(i))
			c.findings = append(c.findings, f)
		}
		return c
	}
	change := func(c testCase, change func(*Finding)) testCase { change(&c.findings[0]); return c }
	tests := []struct {
		name  string
		c     testCase
		want  []string
		never []string
	}{
		{"none", cases()[0], []string{`<h1 class="calm">No Cloudflare credentials found</h1>`, "The scan is complete"}, []string{"By kind", "<article"}},
		{"nothing read", cases()[4], []string{`<h1 class="doubt">Nothing was read</h1>`, "That does not mean"}, []string{"The scan is complete"}},
		{"interrupted", cases()[3], []string{"The scan was interrupted", "private/11"}, []string{"The scan is complete"}},
		{"works", with(secret.Active), []string{"1 leaked credential, and it works"}, nil},
		{"all work", with(secret.Active, secret.Active), []string{"2 leaked credentials, and all of them work"}, nil},
		{"some work", with(secret.Active, secret.Unknown, secret.Invalid), []string{"3 leaked credentials, 1 of them works", "Of 1 Cloudflare&#39;s answer does not tell"}, nil},
		{"none works", with(secret.Disabled, secret.Invalid), []string{`<h1 class="doubt">2 leaked credentials, none of them works`}, nil},
		{"nobody asked", with(secret.Unchecked), []string{`<h1 class="alarm">1 leaked credential</h1>`, "take it for working until a scan with --verify has"}, nil},
		{"another status", with("odd"), []string{"its answer does not tell"}, nil},
		{"known token", change(with(secret.Active), func(f *Finding) { f.TokenOf = OfUser }), []string{"leakflare revoke report.json"}, []string{"scan --verify --format json"}},
		{"token without id", change(with(secret.Unchecked), func(f *Finding) { f.TokenID = "" }), []string{"scan --verify --format json", "leakflare revoke report.json"}, nil},
		{"unknown to Cloudflare", with(secret.Invalid), []string{"There is nothing left to revoke."}, []string{"leakflare revoke"}},
		{"token of another kind", func() testCase {
			c := with(secret.Active)
			c.findings[0].Rule = "a-new-kind"
			c.run.Rules = []Rule{{ID: "a-new-kind", Rollable: true}}
			return c
		}(), []string{"leakflare revoke report.json"}, nil},
		{"token in an old report", func() testCase {
			c := with(secret.Active)
			c.run.Rules = []Rule{{ID: userRule.ID, Advice: userRule.Advice}}
			return c
		}(), []string{userRule.Advice[:20]}, []string{"leakflare revoke"}},
		{"key", change(with(secret.Active), func(f *Finding) { f.Rule = keyRule.ID }), []string{keyRule.Advice[:20]}, []string{"leakflare revoke"}},
		{"secret of another kind", func() testCase {
			c := change(with(secret.Active), func(f *Finding) { f.Rule, f.TokenID = "a-tunnel", "" })
			c.run.Rules = []Rule{{ID: "a-tunnel", Rotatable: true}}
			return c
		}(), []string{"leakflare roll --to dir:new-secrets report.json"}, []string{"leakflare disable"}},
		{"in history", change(with(secret.Active), func(f *Finding) { f.Locations = []Location{inGit("a", 0)} }), []string{"only in history, no longer in HEAD", "It stands in git history only", "since 2024-03-02, for 2 years"}, nil},
		{"in no branch", change(with(secret.Active), func(f *Finding) { f.Locations = []Location{{Kind: kindGit, Path: "a"}} }), []string{"only in objects that no branch or tag reaches"}, []string{"<svg"}},
		{"no date of the scan", func() testCase { c := with(secret.Active); c.run.StartedAt = time.Time{}; return c }(), []string{"since 2024-03-02"}, []string{"<svg", "0001"}},
		{"suppressed alone", change(with(secret.Active), func(f *Finding) { f.Suppressed = &Suppression{By: ByBaseline} }),
			[]string{"No Cloudflare credentials found", "1 suppressed finding", "Suppressed by the baseline "}, []string{"By kind"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := string(render(t, "html", tt.c))
			for _, want := range tt.want {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			for _, never := range tt.never {
				if strings.Contains(page, never) {
					t.Errorf("the page has %q", never)
				}
			}
		})
	}
}

func TestAgo(t *testing.T) {
	end := day("2026-11-22")
	for want, from := range map[string]time.Time{
		"": {}, "less than a day": end.Add(-time.Hour), "1 day": day("2026-11-21"), "59 days": day("2026-09-24"),
		"2 months": day("2026-09-20"), "23 months": day("2024-12-01"), "2 years": day("2024-03-02"),
	} {
		if got := ago(from, end); got != want {
			t.Errorf("%v: %q, want %q", from, got, want)
		}
	}
	if got := ago(end.AddDate(0, 0, 1), end); got != "" {
		t.Errorf("a day in the future is %q ago", got)
	}
}
