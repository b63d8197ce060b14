package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/cfapi/cfapitest"
	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// TestSuppressedIsNotAskedAbout says that a credential that does not count is
// asked about only with --no-ignore, and does not count though it works.
func TestSuppressedIsNotAskedAbout(t *testing.T) {
	clearEnv(t)
	s := cfapitest.New(t)
	token := s.AddUser("ada@example.com").AddToken(cfapitest.TokenSpec{})
	leaked := filepath.Join(t.TempDir(), "a.env")
	write(t, leaked, "TOKEN="+token.Value()+" # leakflare:allow\n")
	status, out, errs := leak(t, s, "", "scan", "--verify", "--fail-on", "active", "-f", "json", leaked)
	r, err := report.ReadJSON(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if status != exitClean || len(r.Findings) != 1 || r.Findings[0].Status != secret.Unchecked || s.CallsBy(token.Value()) != 0 {
		t.Errorf("status %d, %d requests, %+v\n%s", status, s.CallsBy(token.Value()), r.Findings, errs)
	}
	if len(r.Receipt.Suppressed) != 1 || r.Receipt.Suppressed[0] != (report.SuppressedCount{By: report.ByMark, Count: 1}) {
		t.Errorf("%+v", r.Receipt.Suppressed)
	}
	if status, _, errs := leak(t, s, "", "scan", "--verify", "--fail-on", "active", "--no-ignore", leaked); status != exitFound || s.CallsBy(token.Value()) == 0 {
		t.Errorf("with --no-ignore: status %d, %d requests\n%s", status, s.CallsBy(token.Value()), errs)
	}
}

// TestSuppressedInReport says that the same holds for what stands in a report
// that is asked about again.
func TestSuppressedInReport(t *testing.T) {
	in := newIncident(t)
	leaked := filepath.Join(in.dir, "leaked.env")
	write(t, leaked, in.users.Value()+" # leakflare:allow\n")
	if status, _, errs := in.run("", "scan", "-f", "json", "-o", in.report, leaked); status != exitClean {
		t.Fatalf("status %d\n%s", status, errs)
	}
	before := len(in.Calls())
	status, out, errs := in.run("", "verify", "-f", "json", in.report)
	if status != exitClean || len(in.Calls()) != before || !strings.Contains(out, `"status": "unchecked"`) || !strings.Contains(errs, "no findings that count") {
		t.Errorf("status %d, %d requests\n%s%s", status, len(in.Calls())-before, out, errs)
	}
}

// TestSuppressedIsLeftOut says that nothing is done to a credential that does
// not count, that this is told, and that it is no failure.
func TestSuppressedIsLeftOut(t *testing.T) {
	in := newIncident(t)
	leaked := filepath.Join(in.dir, "leaked.env")
	write(t, leaked, in.users.Value()+"\n"+in.accounts.Value()+" # leakflare:allow\nCLOUDFLARE_ACCOUNT_ID="+in.account.ID+"\n")
	if status, _, errs := in.run("", "scan", "--verify", "-f", "json", "-o", in.report, leaked); status != exitFound {
		t.Fatalf("status %d\n%s", status, errs)
	}
	status, _, errs := in.do("disable", "--apply", "--yes")
	if status != exitClean || !strings.Contains(errs, "it is suppressed, by mark ") || !strings.Contains(errs, "1 done, 0 done before, 1 left out") {
		t.Errorf("status %d\n%s", status, errs)
	}
	if in.users.Status() != "disabled" || in.accounts.Status() != "active" {
		t.Errorf("the user's is %s, the account's %s", in.users.Status(), in.accounts.Status())
	}
}
