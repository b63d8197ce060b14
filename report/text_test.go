package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
)

func TestPlace(t *testing.T) {
	const id = "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b"
	tests := []struct {
		name string
		in   Location
		want string
	}{
		{"file", Location{Kind: kindFile, Path: "a/b.env", Line: 2, Column: 7}, "a/b.env:2:7"},
		{"no line", Location{Kind: kindFile, Path: "a.zip!b", Offset: 5}, "a.zip!b"},
		{"no column", Location{Kind: kindFile, Path: "a", Line: 2}, "a:2"},
		{"standard input", Location{Kind: kindStdin, Line: 2, Column: 7}, "stdin:2:7"},
		{"in a repository elsewhere", Location{Kind: kindGit, Repository: "work/repo", Path: "a", Line: 1, Column: 1}, "work/repo/a:1:1"},
		{"in the repository here", Location{Kind: kindGit, Repository: ".", Path: "a", Line: 1, Column: 1}, "a:1:1"},
		{"file of a git directory", Location{Kind: kindFile, Repository: "repo", Path: "repo/.git/config", Line: 1, Column: 1}, "repo/.git/config:1:1"},
		{"file name", Location{Kind: kindGit, Path: "a", Part: "path name", Line: 1}, "a (path name)"},
		{"ref name", Location{Kind: kindGit, Repository: "repo", Path: "refs/heads/x", Part: RefName}, "refs/heads/x (ref name)"},
		{"commit message", Location{Kind: kindGit, Part: "commit message", Commit: id, Line: 7}, "message of commit 1a2b3c4d"},
		{"author", Location{Kind: kindGit, Part: "author", Commit: id, Author: "A", Date: day("2024-03-02")}, "author of commit 1a2b3c4d (2024-03-02, A)"},
		{"whole", Location{Kind: kindGit, Commit: id, Email: "a@b", Summary: "s"}, `object of commit 1a2b3c4d (<a@b>) "s"`},
		{"dangling", Location{Kind: kindGit, Part: "dangling blob", Blob: id}, "object 1a2b3c4d (dangling blob)"},
		{"in an archive", Location{Kind: kindGit, Repository: "repo", Path: "a.zip!b", Container: "a.zip", Line: 2, Column: 7}, "repo/a.zip!b:2:7"},
		{"in an object that is an archive", Location{Kind: kindGit, Repository: "repo", Path: "!b", Blob: id, Line: 2, Column: 7}, "object 1a2b3c4d!b:2:7"},
		{"nothing", Location{}, "unknown place"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := place(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestStanding(t *testing.T) {
	tests := []struct {
		name string
		in   Location
		want string
	}{
		{"a file", Location{Kind: kindFile}, ""},
		{"in HEAD", Location{Kind: kindGit, Path: "a", InHead: true, Reachable: true, Refs: []string{"refs/heads/main"}}, "in HEAD, and in the history of main"},
		{"in a detached HEAD", Location{Kind: kindGit, Path: "a", InHead: true, Reachable: true, Refs: []string{"HEAD"}}, "in HEAD"},
		{"deleted", Location{Kind: kindGit, Path: "a", Reachable: true, Refs: []string{"refs/heads/main", "refs/tags/v1"}}, "not in HEAD, still in the history of main, v1"},
		{"refs not known", Location{Kind: kindGit, Path: "a", Reachable: true}, "not in HEAD, still in history"},
		{"a message", Location{Kind: kindGit, Part: "commit message", Reachable: true, Refs: []string{"refs/pull/7/head"}}, "in the history of pull/7/head"},
		{"unreachable", Location{Kind: kindGit, Path: "a"}, "in no branch or tag (unreachable)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := standing(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestRefNames(t *testing.T) {
	refs := []string{"HEAD", "refs/heads/a/b", "refs/remotes/origin/main", "refs/stash"}
	for range 1000 {
		refs = append(refs, "refs/tags/v1")
	}
	if got, want := refNames(refs), "HEAD, a/b, origin/main and 1,001 more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStatusInWords(t *testing.T) {
	s := NewText(nil, TextOptions{}).(*textSink)
	tests := []struct {
		in   Finding
		want string
	}{
		{Finding{}, ""},
		{Finding{Status: secret.Unchecked}, ""},
		{Finding{Status: secret.Active}, "active: it works"},
		{Finding{Status: secret.Expired, StatusDetail: "on 2024-03-02"}, "expired (on 2024-03-02)"},
		{Finding{Status: secret.Unknown, StatusDetail: "rate limited"}, "unknown (rate limited)"},
	}
	for _, tt := range tests {
		if got := s.status(tt.in); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in.Status, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	some := Receipt{Files: 1, Complete: true}
	with := func(change func(*Receipt)) Receipt {
		rc := some
		change(&rc)
		return rc
	}
	skips := func(n int, fault bool) []Skip {
		s := faults(n)
		for i := range s {
			s[i].Fault = fault
		}
		return s
	}
	tests := []struct {
		name string
		rc   Receipt
		sum  Summary
		want string
	}{
		{"clean", some, Summary{}, "No Cloudflare credentials found."},
		{"skips without fault", with(func(rc *Receipt) { rc.Skipped = skips(2, false) }), Summary{}, "No Cloudflare credentials found."},
		{"one fault", with(func(rc *Receipt) { rc.Complete, rc.Skipped = false, skips(1, true) }), Summary{},
			"No Cloudflare credentials found in what was read. The scan is incomplete: 1 thing could not be read."},
		{"faults not listed", with(func(rc *Receipt) { rc.Complete = false }), Summary{},
			"No Cloudflare credentials found in what was read. The scan is incomplete."},
		{"nothing read", Receipt{}, Summary{}, "Nothing was read. That does not mean that there are no credentials."},
		{"nothing could be read", Receipt{Skipped: skips(2, true)}, Summary{}, "Nothing was read. The scan is incomplete: 2 things could not be read."},
		{"interrupted", with(func(rc *Receipt) { rc.Complete, rc.Interrupted = false, true }), Summary{},
			"No Cloudflare credentials found in what was read. The scan was interrupted: there may be more in what it did not reach."},
		{"all suppressed", with(func(rc *Receipt) { rc.Suppressed = []SuppressedCount{{ByMark, 2}, {ByBaseline, 1}} }), Summary{},
			"No Cloudflare credentials found, but for 3 suppressed."},
		{"some suppressed", with(func(rc *Receipt) { rc.Suppressed = []SuppressedCount{{ByMark, 2}} }), Summary{Findings: 1}, "1 finding."},
		{"one", some, Summary{Findings: 1}, "1 finding."},
		{"one in history", some, Summary{Findings: 1, History: 1}, "1 finding (only in history)."},
		{"several", some, Summary{Findings: 1200, Active: 3, History: 1200}, "1,200 findings (3 active, all only in history)."},
		{"findings and faults", with(func(rc *Receipt) { rc.Complete, rc.Skipped = false, skips(3, true) }), Summary{Findings: 2},
			"2 findings. The scan is incomplete: 3 things could not be read."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteReceipt(&b, tt.rc, tt.sum, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if got := lines[len(lines)-1]; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	tests := []struct {
		in   Receipt
		want string
	}{
		{Receipt{Files: 2, Bytes: 10}, "2 files, 10 bytes"},
		{Receipt{Repositories: 1, Objects: 1, Commits: 1, Bytes: 1}, "1 object (1 commit), 1 byte"},
		{Receipt{Files: 1, Repositories: 2, Objects: 3, Bytes: 2000}, "1 file, 3 objects of 2 repositories (0 commits), 2.0 kB"},
	}
	for _, tt := range tests {
		if got := Amounts(tt.in); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestTally(t *testing.T) {
	got := tally(map[string]int64{"b": 2, "a": 2, "c": 1000, "d": 1, "e": 1, "f": 1})
	if want := "1,000 c, 2 a, 2 b, 1 d, 2 for other reasons"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// failing is a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left on device")

// TestWriteErrors checks that no format loses an error of its writer.
func TestWriteErrors(t *testing.T) {
	c := cases()[1]
	for name, s := range map[string]Sink{
		"text": NewText(failing{}, TextOptions{}), "json": NewJSON(failing{}),
		"jsonl": NewJSONL(failing{}), "sarif": NewSARIF(failing{}),
		"html": NewHTML(failing{}),
	} {
		err := errors.Join(s.Begin(c.run), s.Finding(c.findings[0]), s.Close(c.receipt))
		if !errors.Is(err, errFull) {
			t.Errorf("%s: error %v, want %v", name, err, errFull)
		}
	}
	if err := WriteReceipt(failing{}, c.receipt, Summary{}, TextOptions{}); !errors.Is(err, errFull) {
		t.Errorf("receipt: error %v, want %v", err, errFull)
	}
}

// TestAdvice says that advice is wrapped between words, and that rules which
// share it have it once.
func TestAdvice(t *testing.T) {
	advice := strings.Repeat("change the key and look at the log ", 6) + strings.Repeat("x", 90)
	var b strings.Builder
	s := NewText(&b, TextOptions{})
	rules := []Rule{{ID: "a", Title: "Key A", Advice: advice}, {ID: "b", Title: "Key B", Advice: "other"}, {ID: "c", Title: "Key C", Advice: advice}}
	if err := s.Begin(Run{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		if err := s.Finding(Finding{Rule: id, Title: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(Receipt{}); err != nil {
		t.Fatal(err)
	}
	_, todo, _ := strings.Cut(b.String(), "What to do\n")
	if !strings.HasPrefix(todo, "  Key A\n  Key C\n    change the key") || strings.Count(todo, "xxx") == 0 || strings.Count(todo, strings.Repeat("x", 90)) != 1 {
		t.Errorf("the advice:\n%s", todo)
	}
	for line := range strings.Lines(todo) {
		if len(line) > 4+adviceWidth+1 && !strings.Contains(line, "xxx") {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	if got := strings.Join(strings.Fields(todo), " "); !strings.Contains(got, strings.Join(strings.Fields(advice), " ")) {
		t.Errorf("the advice is not whole:\n%s", todo)
	}
}
