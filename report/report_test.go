package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/leakflare/leakflare/detectors/secret"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// A testCase is a whole report.
type testCase struct {
	name     string
	run      Run
	findings []Finding
	receipt  Receipt
}

func (c testCase) whole() Report { return Report{c.run, c.findings, c.receipt} }

var (
	userRule = Rule{
		ID:          "cloudflare-user-token",
		Title:       "Cloudflare user API token",
		Description: "A token of the format cfut_, issued since 2026. Its last eight characters are a checksum.",
		Advice:      "Roll the token under My Profile > API Tokens.\nThen update what used it.",
		HelpURL:     "https://developers.cloudflare.com/fundamentals/api/how-to/roll-token/",
		Severity:    9.1,
		Confidence:  secret.Certain,
		Rollable:    true,
	}
	keyRule = Rule{
		ID:          "cloudflare-legacy-global-key",
		Title:       "Cloudflare Global API key",
		Description: "A hexadecimal key named by a variable or a header.",
		Advice:      "Change the key under My Profile > API Tokens > API Keys.",
		Severity:    9.8,
		Confidence:  secret.High,
	}
	unusedRule = Rule{ID: "cloudflare-turnstile-secret", Title: "Turnstile secret", Description: "A secret of a widget.", Advice: "Rotate it.", Severity: 5}
)

func fingerprint(s string) secret.Fingerprint { return sha256.Sum256([]byte(s)) }

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// inGit returns a location in git that n makes different from others.
func inGit(path string, n int) Location {
	return Location{
		Kind: kindGit, Path: path, Line: 10 + n, Column: 5, Offset: int64(100 * n), Repository: ".",
		Blob:   fmt.Sprintf("%040x", 0xb10b+n),
		Commit: fmt.Sprintf("%08x%032x", 0x1a2b3c4d+n, n),
		Author: "Ann Example", Email: "ann@example.com", Date: day("2024-03-02").AddDate(0, n, 0),
		Summary: "add the deployment", Refs: []string{"refs/heads/main"}, Reachable: true,
	}
}

func cases() []testCase {
	run := Run{
		Version:   "v1.2.3",
		Targets:   []string{"."},
		StartedAt: time.Date(2026, 11, 22, 14, 0, 0, 123e6, time.UTC),
		Rules:     []Rule{keyRule, userRule, unusedRule},
	}
	whole := Receipt{
		Duration: 3400 * time.Millisecond, Complete: true,
		Files: 15036, Repositories: 1, Objects: 406057, Commits: 75342, Bytes: 5_312_345_678,
		Skipped: []Skip{}, Rejected: []RejectedCount{}, Examples: nil,
	}
	all := []testCase{
		{"empty", run, nil, whole},
		{"typical", run, typical(), whole},
		{"hostile", run, hostile(), whole},
	}
	all[1].receipt.Skipped = []Skip{{"run/agent.sock", "socket", false, false}}
	all[1].receipt.Rejected = []RejectedCount{{userRule.ID, "checksum mismatch", 12}, {keyRule.ID, "published example", 2}}
	all[2].receipt.Complete = false
	all[2].receipt.Skipped = []Skip{{"a\x1b[31m\n::error::b", "permission denied\r", true, false}, {"a.zip!<b>\x1b[31m`|`\n### x", "encrypted, not unpacked", false, true}}

	interrupted := testCase{"interrupted", run, typical()[:1], Receipt{
		Duration: 125 * time.Second, Interrupted: true, Files: 1, Bytes: 1,
		Skipped: faults(12), SkippedMore: 3,
		Rejected: []RejectedCount{{userRule.ID, "checksum mismatch", 1}},
		Examples: []Rejected{{userRule.ID, "cfut_Az09…1a2b", "checksum mismatch", Location{Kind: kindFile, Path: "doc/a.md", Line: 3, Column: 7}}},
	}}
	nothing := testCase{"nothing-read", run, nil, Receipt{Duration: time.Millisecond}}

	suppressed := testCase{"suppressed", run, someSuppressed(), whole}
	suppressed.receipt.Suppressed = []SuppressedCount{{ByBaseline, 1}, {ByIgnoreFile, 1}, {ByMark, 1}}
	suppressed.receipt.Idle = []IdleEntry{{".leakflareignore:4", "expired after 2026-10-31"}, {"old\x1b[31m.json", "3 of 4 credentials are not found any more"}}
	return append(all, interrupted, nothing, suppressed, testCase{"archived", run, archived(), whole})
}

// someSuppressed returns a finding that counts and three that do not.
func someSuppressed() []Finding {
	why := []*Suppression{
		nil,
		{By: ByIgnoreFile, Where: ".leakflareignore:3", Reason: "rolled\x1b[31m\n::error::", Until: day("2027-01-01")},
		{By: ByMark, Where: "conf/a.env:7", Reason: "gitleaks:allow"},
		{By: ByBaseline, Where: "accepted.json"},
	}
	var all []Finding
	for i, s := range why {
		all = append(all, Finding{
			Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint(fmt.Sprint("ignored ", i)), Masked: "cfut_Az09…1a2b",
			Confidence: secret.Certain, Reason: "its checksum closes", Status: secret.Unchecked, Encoding: "plain",
			Locations: []Location{{Kind: kindFile, Path: "conf/a.env", Line: 4 + i, Column: 5}}, Suppressed: s,
		})
	}
	all[3].Rule, all[3].Title = keyRule.ID, keyRule.Title
	return all
}

// TestShowSuppressed says that people see what does not count if they ask for
// it, with who decided that, and are given no advice about it.
func TestShowSuppressed(t *testing.T) {
	c := testCase{findings: someSuppressed(), run: Run{Rules: []Rule{keyRule, userRule}}}
	shown := written(t, c, func(w io.Writer) Sink { return NewText(w, TextOptions{ShowSuppressed: true}) })
	golden(t, "suppressed-shown.text", shown)
}

// TestSuppressedLast says that what does not count is sorted behind what does,
// however dangerous it is.
func TestSuppressedLast(t *testing.T) {
	findings := someSuppressed()
	findings[2].Status = secret.Active
	slices.Reverse(findings)
	Sort(findings)
	if findings[0].Suppressed != nil || findings[1].Status != secret.Active {
		t.Errorf("%+v", findings)
	}
}

func faults(n int) []Skip {
	var skips []Skip
	for i := range n {
		skips = append(skips, Skip{fmt.Sprintf("private/%02d", i), "permission denied", true, false})
	}
	return skips
}

// typical returns findings as an ordinary repository has them, sorted.
func typical() []Finding {
	var many, versions []Location
	for i := range 8 {
		many = append(many, inGit(fmt.Sprintf("conf/%02d.toml", i), i))
	}
	for i := range 7 {
		l := inGit("deploy/prod.yaml", i)
		l.InHead = i == 6
		l.Refs = []string{"HEAD", "refs/heads/main", "refs/remotes/origin/main", "refs/stash", "refs/tags/v1.0"}
		versions = append(versions, l)
	}
	file := Location{Kind: kindFile, Path: "deploy/prod.yaml", Line: 16, Column: 5, Offset: 600}
	beside := Location{Kind: kindFile, Path: "deploy/prod.yaml", Line: 20, Column: 1, Offset: 700}
	message := inGit("", 3)
	message.Part = "commit message"
	dangling := Location{Kind: kindGit, Part: "dangling blob", Blob: strings.Repeat("5", 40), Repository: ".", Offset: 6}
	name := inGit("old/name.txt", 9)
	name.Part, name.Reachable, name.Refs = "path name", false, nil
	staged := Location{Kind: kindIndex, Path: "new.env", Line: 1, Column: 7, Offset: 6, Repository: ".", Blob: strings.Repeat("6", 40)}

	findings := []Finding{{
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("a"), Masked: "cfut_Az09…1a2b",
		Confidence: secret.Certain, Reason: "its checksum closes", Status: secret.Active, StatusDetail: "limited to some IP addresses",
		Encoding: "base64", TokenID: "ed17574386854bf78a67040be0a770b0", AccountID: "023e105f4ecef8ad9ca31a8372d0c353",
		AccountIDs: []string{"023e105f4ecef8ad9ca31a8372d0c353", "123e105f4ecef8ad9ca31a8372d0c353"},
		Locations:  append(versions, file, beside),
	}, {
		Rule: keyRule.ID, Title: keyRule.Title, Fingerprint: fingerprint("b"), Masked: "0123…cdef",
		Confidence: secret.High, Reason: "CLOUDFLARE_API_KEY names it", Status: secret.Unchecked, Encoding: "plain",
		Emails: []string{"ann@example.com"}, Locations: many,
	}, {
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("c"), Masked: "cfut_Bz09…2b3c",
		Confidence: secret.Certain, Reason: "its checksum closes", Status: secret.Invalid, Encoding: "plain",
		Locations: []Location{dangling, name, message},
	}, {
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("d"), Masked: "cfut_Cz09…3c4d",
		Confidence: secret.Certain, Reason: "its checksum closes", Status: secret.Unknown, StatusDetail: "rate limited", Encoding: "plain",
		KeyID: "f70ff985a4ef4643bbbc4a0ed4fc8415", DerivedFrom: "cfut_Az09…1a2b", Derives: fingerprint("a"),
		Locations: []Location{staged, {Kind: kindStdin, Path: "stdin", Line: 3, Column: 1, Offset: 99}},
	}}
	Sort(findings)
	return findings
}

// archived returns a finding in a member of an archive, which is a file, in history,
// and an object without a path.
func archived() []Finding {
	packed := Location{Kind: kindFile, Path: "backup!1.zip!conf/.env", Container: "backup!1.zip", Line: 3, Column: 5, Offset: 20}
	inHistory := inGit("backup!1.zip!conf/.env", 7)
	inHistory.Container, inHistory.InHead, inHistory.Line, inHistory.Offset = packed.Container, true, packed.Line, packed.Offset
	ofNoPath := Location{Kind: kindGit, Path: "!conf/.env", Line: 3, Column: 5, Offset: 20, Part: "dangling blob", Blob: strings.Repeat("7", 40), Repository: "."}
	return []Finding{{
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("archived"), Masked: "cfut_Dz09…4d5e",
		Confidence: secret.Certain, Reason: "its checksum closes", Status: secret.Unchecked, Encoding: "plain",
		Locations: []Location{packed, inHistory, ofNoPath},
	}}
}

// hostile returns findings whose every string tries to break out of a report.
func hostile() []Finding {
	const evil = "\x1b[31m\x07a\r\nb\u202ec\u2066\x9b\xff\xfe\x00](http://evil.example)##vso[task.setvariable]<script>\\x0a\u2028" +
		"![i](x) <https://evil.example> www.evil.example `|` | a | @mallory evil@evil.example #1 org/repo#2 GH-3 :bomb: $x$ ${x} ~~s~~ **b** [[w]] &amp;"
	l := inGit("p/"+evil+" #?%.env", 0)
	l.Author, l.Email, l.Summary = evil, evil, "::error::"+strings.Repeat(evil, 20)
	l.Repository, l.Refs = ".", []string{"refs/heads/" + evil}
	l.Date = time.Date(60000, 1, 1, 0, 0, 0, 0, time.UTC)
	bad := l
	bad.Path, bad.Part, bad.Date = "", evil, time.Time{}
	bad.Commit, bad.Blob = evil, "\xff"
	return []Finding{{
		Rule: "no-such-rule", Title: evil, Fingerprint: fingerprint("e"), Masked: evil,
		Confidence: secret.Medium, Reason: evil, Status: secret.Unknown, StatusDetail: evil,
		Encoding: evil, KeyID: evil, TokenID: evil, DerivedFrom: evil, AccountID: evil, AccountIDs: []string{evil, "x"}, Emails: []string{evil},
		Locations: []Location{{Kind: kindFile, Path: "::add-mask::" + evil + "!::error::" + evil, Container: "::add-mask::" + evil, Line: 1, Column: 1}, l, bad},
	}, {
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("f"), Masked: "…",
		Confidence: secret.Medium, Status: secret.Unchecked, Encoding: "plain",
	}, {
		Rule: userRule.ID, Title: userRule.Title, Fingerprint: fingerprint("g"), Masked: "…",
		Confidence: secret.Medium, Status: secret.Active, Encoding: "plain",
		Identity:   &Identity{Risk: Critical, RiskReason: evil, Name: evil, Reaches: []string{evil}, FromIPs: []string{evil}, NotFromIPs: []string{evil}, Note: evil},
		Locations:  []Location{bad},
		Suppressed: &Suppression{By: ByIgnoreFile, Where: evil, Reason: evil, Until: l.Date},
	}}
}

// renderings are the names of all formats, and of text in colours.
func renderings() []string {
	names := []string{"ansi"}
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// render returns c as format writes it.
func render(t testing.TB, format string, c testCase) []byte {
	t.Helper()
	var opt TextOptions
	if format == "ansi" {
		format, opt = "text", TextOptions{Color: true, Limit: 2}
	}
	f, ok := FormatNamed(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	return written(t, c, func(w io.Writer) Sink { return f.New(w, opt) })
}

// written returns c as a sink writes it.
func written(t testing.TB, c testCase, sink func(io.Writer) Sink) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.whole().Write(sink(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func receiptOf(t testing.TB, c testCase, opt TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReceipt(&b, c.receipt, c.whole().Summary(), opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; rewrite it with -update and look at what changed. Got:\n%s", name, got)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range cases() {
		for _, format := range renderings() {
			t.Run(c.name+"/"+format, func(t *testing.T) { golden(t, c.name+"."+format, withoutSource(render(t, format, c))) })
		}
		t.Run(c.name+"/receipt", func(t *testing.T) {
			golden(t, c.name+".receipt", receiptOf(t, c, TextOptions{}))
		})
	}
}

// compile returns the schema in data, and asserts formats.
func compile(t *testing.T, url string, data []byte, strict bool) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(url, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// closeObjects forbids properties that a schema does not describe.
func closeObjects(schema any) {
	switch v := schema.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok {
			v["additionalProperties"] = false
		}
		for _, sub := range v {
			closeObjects(sub)
		}
	case []any:
		for _, sub := range v {
			closeObjects(sub)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, data []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

// TestSchemas holds reports against their published schemas. Ours is applied
// with every object closed, so that a field it does not describe is an error.
func TestSchemas(t *testing.T) {
	const url = "https://leakflare.invalid/schema.json"
	report := compile(t, url, []byte(Schema()), true)
	line := compile(t, url+"#/$defs/finding", []byte(Schema()), true)
	oasis, err := os.ReadFile("testdata/sarif-2.1.0.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	sarif := compile(t, "https://leakflare.invalid/sarif.json", oasis, false)
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			validate(t, report, render(t, "json", c))
			validate(t, sarif, render(t, "sarif", c))
			for l := range bytes.Lines(render(t, "jsonl", c)) {
				validate(t, line, l)
			}
		})
	}
}

// TestRoundTrip checks that what is written as JSON is read back as it was,
// down to bytes that are not text.
func TestRoundTrip(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			r, err := ReadJSON(bytes.NewReader(render(t, "json", c)))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "run", r.Run, c.run)
			want := expressible(c.findings)
			equal(t, "findings", r.Findings, want)
			c.receipt.Skipped = append([]Skip{}, c.receipt.Skipped...)
			c.receipt.Rejected = append([]RejectedCount{}, c.receipt.Rejected...)
			c.receipt.Examples = append([]Rejected{}, c.receipt.Examples...)
			equal(t, "receipt", r.Receipt, c.receipt)

			lines := []Finding{}
			for l := range bytes.Lines(render(t, "jsonl", c)) {
				var f Finding
				if err := json.Unmarshal(l, &f); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, mapFinding(f, unclean))
			}
			equal(t, "lines", lines, want)
		})
	}
}

// expressible returns findings as JSON can hold them: without dates that it
// cannot express, and without null for no locations.
func expressible(findings []Finding) []Finding {
	out := []Finding{}
	for _, f := range findings {
		f = mapFinding(f, func(s string) string { return s })
		for i := range f.Locations {
			f.Locations[i].Date = writable(f.Locations[i].Date)
		}
		if f.Suppressed != nil {
			f.Suppressed.Until = writable(f.Suppressed.Until)
		}
		out = append(out, f)
	}
	return out
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

func TestReadJSONErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", "reading report: not JSON: unexpected end of JSON input"},
		{"no JSON", "cfut", "reading report: not JSON: invalid character"},
		{"another document", `{"runs":[]}`, "not a JSON report of leakflare"},
		{"an array", `[{"RuleID":"x"}]`, "reading report: not a JSON report of leakflare"},
		{"JSON lines", `{"rule":"r","masked":"m"}` + "\n" + `{"rule":"r","masked":"m"}`, "reading report: these are JSON lines"},
		{"a later version", `{"schema_version":2,"findings":{}}`, "schema version 2 is not known, only 1 is"},
		{"no confidence", `{"schema_version":1,"findings":[{"confidence":"sure"}]}`, "is not a confidence"},
		{"lacks a confidence", `{"schema_version":1,"findings":[{}]}`, "reading report: finding 1 has no confidence"},
		{"no fingerprint", `{"schema_version":1,"findings":[{"secret_sha256":"00"}]}`, "parsing fingerprint"},
		{"two documents", `{"schema_version":1}{}`, "invalid character '{' after top-level value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadJSON(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestInert checks that no format lets through what a terminal or a CI system
// acts on, other than the colours that were asked for.
func TestInert(t *testing.T) {
	for _, c := range cases() {
		out := map[string][]byte{"receipt": receiptOf(t, c, TextOptions{})}
		for _, format := range renderings() {
			out[format] = render(t, format, c)
		}
		for format, data := range out {
			if !utf8.Valid(data) {
				t.Errorf("%s as %s is not UTF-8", c.name, format)
			}
			for line := range strings.Lines(string(data)) {
				line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r") // CSV has both
				if format != "ansi" && strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
					t.Errorf("%s as %s has a control character in %q", c.name, format, line)
				}
				if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##vso[") {
					t.Errorf("%s as %s has a command in %q", c.name, format, line)
				}
			}
		}
	}
}

// TestFingerprints says in which formats fingerprints are whole: with the id of an
// API token, the whole of its own is a key for R2.
func TestFingerprints(t *testing.T) {
	whole := map[string]bool{"json": true, "jsonl": true, "csv": true, "sarif": true}
	for _, c := range cases() {
		for _, format := range renderings() {
			out := string(render(t, format, c))
			for _, f := range c.findings {
				if got := strings.Contains(out, f.Fingerprint.String()); got && !whole[format] {
					t.Errorf("%s as %s has the whole fingerprint of %s", c.name, format, f.Masked)
				}
			}
		}
	}
}

// TestColor checks that colours are where they were asked for, whatever the
// environment says, and that they are all there is to it.
func TestColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	c := cases()[1]
	plain := receiptOf(t, c, TextOptions{})
	if bytes.Contains(plain, []byte("\x1b")) {
		t.Error("colours that were not asked for")
	}
	colored := receiptOf(t, c, TextOptions{Color: true})
	if !bytes.Contains(colored, []byte("\x1b[")) {
		t.Error("no colours")
	}
	if got := stripColor(colored); !bytes.Equal(got, plain) {
		t.Errorf("without its colours it reads %q, want %q", got, plain)
	}
}

func stripColor(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		if b[0] == 0x1b {
			b = b[bytes.IndexByte(b, 'm')+1:]
			continue
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}

// TestMasks checks that the mask, and no more of the credential, is in every
// format.
func TestMasks(t *testing.T) {
	for _, format := range renderings() {
		data := render(t, format, cases()[1])
		for _, f := range typical() {
			if !bytes.Contains(data, []byte(f.Masked)) {
				t.Errorf("%s lacks %s", format, f.Masked)
			}
		}
	}
}

func TestSort(t *testing.T) {
	want := typical()
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		got := typical()
		for _, f := range got {
			r.Shuffle(len(f.Locations), func(i, j int) {
				f.Locations[i], f.Locations[j] = f.Locations[j], f.Locations[i]
			})
		}
		r.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		Sort(got)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: the order depends on the order before", seed)
		}
	}
}

func TestSortOrder(t *testing.T) {
	file, history := Location{Kind: kindFile, Path: "b"}, Location{Kind: kindGit, Path: "a", Reachable: true}
	findings := func(fs ...Finding) []Finding { return fs }
	tests := []struct {
		name string
		in   []Finding // in the order wanted
	}{
		{"what works first", findings(
			Finding{Status: secret.Active, Confidence: secret.Medium},
			Finding{Status: secret.Unchecked, Confidence: secret.Medium},
			Finding{Status: secret.Expired, Confidence: secret.Certain},
			Finding{Status: secret.Invalid, Confidence: secret.Certain})},
		{"the surer first", findings(
			Finding{Confidence: secret.Certain, Locations: []Location{history}},
			Finding{Confidence: secret.High, Locations: []Location{file}},
			Finding{Confidence: secret.Medium, Locations: []Location{file}})},
		{"what is current first", findings(
			Finding{Rule: "b", Locations: []Location{file}},
			Finding{Rule: "a", Locations: []Location{history}})},
		{"then by rule", findings(
			Finding{Rule: "a", Locations: []Location{{Path: "z"}}},
			Finding{Rule: "b", Locations: []Location{{Path: "y"}}})},
		{"then by place", findings(
			Finding{Locations: []Location{{Path: "a", Line: 9}}},
			Finding{Locations: []Location{{Path: "a", Line: 10}}},
			Finding{Locations: []Location{{Path: "b", Line: 1}}})},
		{"then by fingerprint", findings(
			Finding{Fingerprint: secret.Fingerprint{1}, Locations: []Location{file}},
			Finding{Fingerprint: secret.Fingerprint{2}, Locations: []Location{file}})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := slices.Clone(tt.in)
			slices.Reverse(got)
			Sort(got)
			equal(t, "order", got, tt.in)
		})
	}
}

func TestSortLocations(t *testing.T) {
	want := []Location{
		{Kind: kindFile, Path: "z"},
		{Kind: kindStdin, Path: "stdin"},
		{Kind: kindIndex, Path: "y"},
		{Kind: kindGit, Path: "x", InHead: true, Reachable: true, Date: day("2025-01-01")},
		{Kind: kindGit, Path: "c", Reachable: true, Date: day("2023-01-01")},
		{Kind: kindGit, Path: "b", Reachable: true, Date: day("2024-01-01")},
		{Kind: kindGit, Path: "a", Reachable: true},
		{Kind: kindGit, Path: "w", Date: day("2020-01-01")},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	Sort([]Finding{{Locations: got}})
	equal(t, "order", got, want)
}
