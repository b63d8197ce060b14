package report

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
)

// reportOf returns a report that was begun on a day of a month.
func reportOf(n int, findings ...Finding) Report {
	return Report{
		Run:      Run{Version: "v1", Targets: []string{"."}, StartedAt: day("2026-01-01").AddDate(0, 0, n)},
		Findings: findings,
		Receipt:  Receipt{Complete: true, Files: 1, Bytes: 10, Duration: time.Second},
	}
}

func TestMergeFindings(t *testing.T) {
	one := Finding{Rule: "r", Fingerprint: fingerprint("a"), Confidence: secret.High}
	with := func(change func(*Finding)) Finding {
		f := one
		change(&f)
		return f
	}
	status := func(s secret.Status, detail string) Finding {
		return with(func(f *Finding) { f.Status, f.StatusDetail = s, detail })
	}
	suppressed := with(func(f *Finding) { f.Suppressed = &Suppression{By: ByMark} })
	tests := []struct {
		name         string
		older, newer Finding
		want         Finding
	}{
		{"the newer status", status(secret.Active, "x"), status(secret.Disabled, ""), status(secret.Disabled, "")},
		{"nobody asked again", status(secret.Active, "x"), status(secret.Unchecked, ""), status(secret.Active, "x")},
		{"could not tell again", status(secret.Invalid, ""), status(secret.Unknown, "rate limited"), status(secret.Invalid, "")},
		{"could not tell at first", status(secret.Unknown, "y"), status(secret.Active, ""), status(secret.Active, "")},
		{"suppressed in one", suppressed, one, one},
		{"suppressed in the other", one, suppressed, one},
		{"suppressed in both", suppressed, suppressed, suppressed},
		{"the surer", with(func(f *Finding) { f.Confidence, f.Reason = secret.Certain, "closes" }), with(func(f *Finding) { f.Reason = "named" }),
			with(func(f *Finding) { f.Confidence, f.Reason = secret.Certain, "closes" })},
		{"plain in one", with(func(f *Finding) { f.Encoding = "plain" }), with(func(f *Finding) { f.Encoding = "base64" }), with(func(f *Finding) { f.Encoding = "plain" })},
		{"what one knows", with(func(f *Finding) { f.TokenID, f.Emails, f.Identity = "id", []string{"a", "b"}, &Identity{Risk: LowRisk} }),
			with(func(f *Finding) { f.Owner, f.Emails = "o", []string{"b", "c"} }),
			with(func(f *Finding) {
				f.TokenID, f.Owner, f.Emails, f.Identity = "id", "o", []string{"b", "c", "a"}, &Identity{Risk: LowRisk}
			})},
		{"what it belongs with", with(func(f *Finding) { f.KeyID, f.DerivedFrom = "key", "cfut_Az09…1a2b" }), with(func(f *Finding) { f.Derives = fingerprint("r2") }),
			with(func(f *Finding) { f.KeyID, f.DerivedFrom, f.Derives = "key", "cfut_Az09…1a2b", fingerprint("r2") })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Locations = nil
			for _, order := range [][]Report{
				{reportOf(1, tt.older), reportOf(2, tt.newer)},
				{reportOf(2, tt.newer), reportOf(1, tt.older)},
			} {
				equal(t, "findings", Merge(order...).Findings, []Finding{tt.want})
			}
		})
	}
}

func TestMergeLocations(t *testing.T) {
	was := inGit("a", 0)
	was.InHead = true
	is := was
	is.InHead, is.Refs = false, []string{"refs/heads/old"}
	other := inGit("b", 1)
	file := Location{Kind: kindFile, Path: "a", Line: 1}
	f := Finding{Rule: "r", Confidence: secret.High}
	older, newer := f, f
	older.Locations, newer.Locations = []Location{file, was}, []Location{is, other}
	want := f
	want.Locations = []Location{file, is, other}
	equal(t, "findings", Merge(reportOf(2, newer), reportOf(1, older)).Findings, []Finding{want})

	different := newer
	different.Rule = "other"
	if n := len(Merge(reportOf(1, older), reportOf(2, different)).Findings); n != 2 {
		t.Errorf("%d findings of two rules", n)
	}
}

func TestMergeRest(t *testing.T) {
	a, b := reportOf(1), reportOf(2)
	b.Run.Version, b.Run.Targets = "v2", []string{"x", "."}
	a.Run.Rules, b.Run.Rules = []Rule{keyRule, userRule}, []Rule{unusedRule, {ID: userRule.ID, Title: "new"}}
	a.Receipt.Skipped = []Skip{{"z", "denied", true, false}, {"y", "socket", false, false}, {"x", "encrypted", false, true}}
	b.Receipt.Skipped = []Skip{{"z", "denied", true, false}, {"a", "denied", true, false}, {"x", "encrypted", false, false}, {"x", "encrypted", false, true}}
	a.Receipt.Rejected = []RejectedCount{{"r", "x", 1}, {"r", "y", 2}}
	b.Receipt.Rejected = []RejectedCount{{"r", "y", 3}, {"s", "x", 4}}
	b.Receipt.Complete, b.Receipt.Interrupted = false, true
	got := Merge(b, a)
	equal(t, "run", got.Run, Run{
		Version: "v2", Targets: []string{".", "x"}, StartedAt: a.Run.StartedAt,
		Rules: []Rule{unusedRule, {ID: userRule.ID, Title: "new"}, keyRule},
	})
	equal(t, "receipt", got.Receipt, Receipt{
		Duration: 2 * time.Second, Interrupted: true, Files: 2, Bytes: 20,
		Skipped:  []Skip{{"a", "denied", true, false}, {"x", "encrypted", false, true}, {"x", "encrypted", false, false}, {"y", "socket", false, false}, {"z", "denied", true, false}},
		Rejected: []RejectedCount{{"r", "x", 1}, {"r", "y", 5}, {"s", "x", 4}},
	})
	if a.Receipt.Rejected[1].Count != 2 || b.Receipt.Skipped[0].Path != "z" {
		t.Error("what was merged has changed")
	}
}

// TestMergeSuppressed checks that what does not count is counted once, and only
// if it counts nowhere.
func TestMergeSuppressed(t *testing.T) {
	findings := someSuppressed()
	counts := slices.Clone(findings)
	counts[1].Suppressed = nil
	a, b := reportOf(1, findings...), reportOf(2, counts...)
	a.Receipt.Suppressed = []SuppressedCount{{ByBaseline, 1}, {ByIgnoreFile, 1}, {ByMark, 1}}
	a.Receipt.Idle = []IdleEntry{{"x:1", "expired"}}
	equal(t, "one", Merge(a, a).Receipt.Suppressed, a.Receipt.Suppressed)
	got := Merge(b, a).Receipt
	equal(t, "both", got.Suppressed, []SuppressedCount{{ByBaseline, 1}, {ByMark, 1}})
	equal(t, "idle", got.Idle, a.Receipt.Idle)
}

// TestMergeParts checks that a report is made again of its parts, however they
// overlap and in whatever order they come.
func TestMergeParts(t *testing.T) {
	whole := typical()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		parts := make([]Report, 1+r.IntN(4))
		for i := range parts {
			parts[i] = reportOf(i)
		}
		for _, f := range whole {
			for j, l := range f.Locations {
				for i := range parts {
					if i != j%len(parts) && r.IntN(3) > 0 {
						continue
					}
					part := f
					part.Locations = []Location{l}
					parts[i].Findings = append(parts[i].Findings, part)
				}
			}
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		got := Merge(parts...)
		if !reflect.DeepEqual(got.Findings, whole) {
			t.Fatalf("seed %d: %d parts make\n%v\nwant\n%v", seed, len(parts), got.Findings, whole)
		}
		if again := Merge(got, got); !reflect.DeepEqual(again.Findings, whole) {
			t.Fatalf("seed %d: merged with itself it is another", seed)
		}
	}
	if got := Merge(); len(got.Findings) != 0 || got.Receipt.Complete {
		t.Errorf("nothing is %v", got)
	}
}

// TestMap checks that no string of a report is left out.
func TestMap(t *testing.T) {
	var strs func(v reflect.Value, path string)
	strs = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.String:
			if v.String() != "" && v.String() != "#" {
				t.Errorf("%s is %q", path, v.String())
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				strs(v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				strs(v.Index(i), path)
			}
		case reflect.Pointer:
			if !v.IsNil() {
				strs(v.Elem(), path)
			}
		}
	}
	for _, c := range cases() {
		r := Report{c.run, c.findings, c.receipt}
		strs(reflect.ValueOf(r.Map(func(string) string { return "#" })), "Report")
		if got := r.Map(strings.Clone); !reflect.DeepEqual(got.Run, c.run) || !slices.EqualFunc(got.Findings, c.findings, func(a, b Finding) bool { return a.Rule == b.Rule }) {
			t.Errorf("%s: a copy differs", c.name)
		}
	}
}
