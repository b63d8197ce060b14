package ignore

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

var (
	now   = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	value = secret.New([]byte("cfut_notARealTokenButLongEnoughToBeShownInPart0000"))
	other = secret.New([]byte("cfut_anotherTokenThatIsNotReal000000000000000000000"))
	print = value.Fingerprint().String()
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// at returns a place in a file of the file system: path:line.
func at(path string, line int) Place {
	return Place{Location: report.Location{Kind: "file", Path: path, Line: line}}
}

// in returns a place in a commit of a repository.
func in(repository, path string, line int, head bool) Place {
	return Place{Location: report.Location{Kind: "git", Repository: repository, Path: path, Line: line, Commit: commit, InHead: head}}
}

// marked returns p with a mark on its line.
func marked(p Place) Place {
	p.Mark = "leakflare:allow"
	return p
}

// inFolder makes dir the working directory of a test, with some files in it.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// words returns why something does not count, "" if it does.
func words(s *report.Suppression) string {
	if s == nil {
		return ""
	}
	text := s.By + " " + s.Where
	if s.Reason != "" {
		text += " (" + s.Reason + ")"
	}
	if !s.Until.IsZero() {
		text += " until " + s.Until.Format(time.RFC3339)
	}
	return text
}

func TestIgnoreFile(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		root       string // "." if empty
		places     []Place
		want       string
	}{
		{"fingerprint", print, "", []Place{at("a", 1)}, "ignore-file .leakflareignore:1"},
		{"upper case", strings.ToUpper(print), "", []Place{at("a", 1)}, "ignore-file .leakflareignore:1"},
		{"CRLF", "# why\r\n\r\n" + print + " # known\r\n", "", []Place{at("a", 1)}, "ignore-file .leakflareignore:3 (known)"},
		{"UTF-8 with a mark", "\ufeff" + print, "", []Place{at("a", 1)}, "ignore-file .leakflareignore:1"},
		{"reason and end", print + " until=2026-11-22 # in use till then", "", []Place{at("a", 1)},
			"ignore-file .leakflareignore:1 (in use till then) until 2026-11-23T00:00:00Z"},
		{"expired", print + " until=2026-11-21", "", []Place{at("a", 1)}, ""},
		{"twice, the last counts", print + " until=2026-11-21\n" + print, "", []Place{at("a", 1)}, "ignore-file .leakflareignore:2"},
		{"another's", other.Fingerprint().String(), "", []Place{at("a", 1)}, ""},
		{"wherever it is", print, "", []Place{at("a", 1), in(".", "old/name", 7, false), in("sub", "x", 1, true)}, "ignore-file .leakflareignore:1"},
		{"in what has no path", print, "", []Place{in(".", "", 0, false)}, "ignore-file .leakflareignore:1"},
		{"not outside the folder", print, "a", []Place{at("a/x", 1), at("b/x", 1)}, ""},
		{"not in a folder whose name begins alike", print, "a", []Place{at("ab/x", 1)}, ""},
		{"in the folder", print, "a", []Place{at("a/x", 1), in("a", "y", 1, true), in("a/sub", "", 0, false)}, "ignore-file a/.leakflareignore:1"},
		{"not in standard input", print, "", []Place{{Location: report.Location{Kind: "stdin"}}}, ""},

		{"path", "examples/", "", []Place{at("examples/a.env", 1)}, "ignore-file .leakflareignore:1"},
		{"path in history", "examples/", "", []Place{at("examples/a.env", 1), in(".", "examples/b.env", 1, false)}, "ignore-file .leakflareignore:1"},
		{"some other path", "examples/", "", []Place{at("examples/a.env", 1), at("prod.env", 1)}, ""},
		{"moved out of the path", "examples/", "", []Place{at("prod.env", 1), in(".", "examples/a.env", 1, false)}, ""},
		{"path from the folder", "/examples", "a", []Place{at("a/examples/x", 1)}, "ignore-file a/.leakflareignore:1"},
		{"path not from the folder", "/examples", "a", []Place{at("a/b/examples/x", 1)}, ""},
		{"name of a file", "*.env", "", []Place{{Location: report.Location{Kind: "file", Path: "cfut_x.env", Part: "path name"}}}, "ignore-file .leakflareignore:1"},
		{"name of a ref", "*", "", []Place{{Location: report.Location{Kind: "git", Repository: ".", Path: "refs/heads/x", Part: "ref name"}}}, ""},
		{"message", "*", "", []Place{in(".", "", 3, false)}, ""},
		{"path and fingerprint", "examples/\n" + print, "", []Place{at("examples/a", 1), at("b", 1)}, "ignore-file .leakflareignore:2"},
		{"expired, but the path", print + " until=2020-01-01\nexamples/", "", []Place{at("examples/a", 1)}, "ignore-file .leakflareignore:2"},

		{"nothing", "", "", []Place{at("a", 1)}, ""},
		{"no place", print, "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := filepath.ToSlash(filepath.Clean(tt.root))
			inFolder(t, map[string]string{filepath.Join(tt.root, FileName): tt.text})
			l := New(now)
			if err := l.AddRoot(root); err != nil {
				t.Fatal(err)
			}
			if got := words(l.Suppress(value, tt.places)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestErrors says that what is wrong is told by file and line, with what was
// meant, and without showing the line.
func TestErrors(t *testing.T) {
	const leaked = "cfut_notARealTokenButLongEnoughToBeShownInPart0000"
	for _, tt := range []struct{ name, text, want string }{
		{"short fingerprint", "a\n" + print[1:], ":2: a fingerprint has 64 hexadecimal digits, this has 63 "},
		{"long fingerprint", print + "0", ":1: a fingerprint has 64 hexadecimal digits, this has 65 "},
		{"word behind", print + " known", `:1: behind a fingerprint stand only until=YYYY-MM-DD and "# reason"`},
		{"no day", print + " until=tomorrow", ":1: until= names no day: write it as until=YYYY-MM-DD"},
		{"no such day", print + " until=2026-02-30", ":1: until= names no day"},
		{"day with a time", print + " until=2026-02-03T10:00", ":1: until= names no day"},
		{"secret behind", print + " " + leaked, ":1: behind a fingerprint"},
		{"gitleaks", commit + ":a.env:generic-api-key:3", ":1: it looks like a fingerprint of gitleaks: "},
		{"backslashes", "# x\n\ndocs\\examples\\*.env", `:3: in a path pattern "/" stands between folders, on Windows too`},
		{"comment beside a pattern", "docs/ # examples", ":1: beside a path pattern there is no comment"},
		{"end of a pattern", "docs/ until=2026-01-01", ":1: a path pattern has no end"},
		{"bracket", "docs/[a", ":1: a path pattern cannot be read"},
		{"lonely slash", "/", ":1: a path pattern names nothing"},
		{"lonely negation", "!", ":1: a path pattern names nothing"},
		{"long", strings.Repeat("x", maxPattern+1), ":1: a path pattern is longer than 4096 bytes"},
		{"no text", "a\x00b", ": is not text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inFolder(t, map[string]string{FileName: tt.text, "own": tt.text})
			for name, err := range map[string]error{FileName: New(now).AddRoot("."), "own": New(now).AddFile("own")} {
				if err == nil || !strings.HasPrefix(err.Error(), name+tt.want) {
					t.Errorf("%v, want %s%s", err, name, tt.want)
				} else if strings.Contains(err.Error(), leaked) {
					t.Errorf("the error shows the line: %v", err)
				}
			}
		})
	}
}

// TestFoundFiles says what an ignore file in a folder may be: a file of bounded
// size, as whoever wrote the folder has written it.
func TestFoundFiles(t *testing.T) {
	inFolder(t, map[string]string{
		"folder/" + FileName + "/x": "",
		"big/" + FileName:           strings.Repeat("#\n", maxFile/2+1),
		"many/" + FileName:          strings.Repeat("a\n", maxPatterns+1),
		"secret":                    "x",
		"link/x":                    "",
		"none/x":                    "",
	})
	wants := map[string]string{"folder": "is not a regular file", "big": "is longer than", "many": "has more than 1000 path patterns", "none": "", "missing": ""}
	if err := os.Symlink("../secret", "link/"+FileName); err == nil { // not everybody may on Windows
		wants["link"] = "is not a regular file"
	}
	for dir, want := range wants {
		err := New(now).AddRoot(dir)
		if got := fmt.Sprint(err); (err != nil) != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
	if err := New(now).AddFile("missing"); err == nil || !strings.HasPrefix(err.Error(), "missing: cannot be read: ") {
		t.Errorf("a file that is named and missing: %v", err)
	}
}

// TestNamedFile says that a file named by hand speaks of all that is scanned,
// its patterns being relative to each folder.
func TestNamedFile(t *testing.T) {
	for _, tt := range []struct {
		text   string
		places []Place
		want   bool
	}{
		{print, []Place{at("a/x", 1), at("b/x", 1), {Location: report.Location{Kind: "stdin"}}}, true},
		{"/x", []Place{at("a/x", 1), at("/abs/b/x", 1), in("a", "x", 1, false)}, true},
		{"/x", []Place{at("a/y/x", 1)}, false},
		{"/a/x", []Place{at("a/x", 1)}, true}, // as it is shown
	} {
		inFolder(t, map[string]string{"ignore": tt.text})
		l := New(now)
		for _, root := range []string{"a", "/abs/b"} {
			if err := l.AddRoot(root); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.AddFile("ignore"); err != nil {
			t.Fatal(err)
		}
		if got := l.Suppress(value, tt.places); (got != nil) != tt.want {
			t.Errorf("%s, %v: %v", tt.text, tt.places, got)
		}
	}
}

func TestMarks(t *testing.T) {
	index := Place{Location: report.Location{Kind: "index", Repository: ".", Path: "a", Line: 1}}
	stdin := Place{Location: report.Location{Kind: "stdin", Line: 4}}
	head, past := in(".", "a", 1, true), in(".", "a", 1, false)
	for _, tt := range []struct {
		name   string
		places []Place
		want   string
	}{
		{"a file", []Place{marked(at("a", 1))}, "mark a:1 (leakflare:allow)"},
		{"standard input", []Place{marked(stdin)}, "mark stdin:4 (leakflare:allow)"},
		{"no mark", []Place{at("a", 1)}, ""},
		{"another file", []Place{marked(at("a", 1)), at("b", 1)}, ""},
		{"another line", []Place{marked(at("a", 1)), at("a", 2)}, ""},
		{"a file, and history", []Place{marked(at("a", 1)), past, in(".", "old", 9, false)}, "mark a:1 (leakflare:allow)"},
		{"in HEAD, and history", []Place{marked(head), past}, "mark a:1 (leakflare:allow)"},
		{"staged, and history", []Place{marked(index), past}, "mark a:1 (leakflare:allow)"},
		{"marked in a file, not yet in HEAD", []Place{marked(at("a", 1)), head, past}, "mark a:1 (leakflare:allow)"},
		{"marked in a file, elsewhere in HEAD", []Place{marked(at("a", 1)), in(".", "b", 1, true)}, ""},
		{"marked in HEAD, not in the file", []Place{at("a", 1), marked(head)}, ""},
		{"marked in a file, staged without", []Place{marked(at("a", 1)), index}, ""},
		{"marked in history alone", []Place{marked(past), in(".", "old", 9, false)}, ""},
		{"all of history", []Place{marked(past), marked(in(".", "old", 9, false))}, "mark a:1 (leakflare:allow)"},
		{"another repository's history", []Place{marked(at("x/a", 1)), in("y", "a", 1, false)}, ""},
		{"a repository's history", []Place{marked(at("x/a", 1)), in("x", "a", 1, false)}, "mark x/a:1 (leakflare:allow)"},
		{"marked in standard input, and history", []Place{marked(stdin), past}, ""},
		{"a message in history", []Place{marked(head), in(".", "", 3, false)}, "mark a:1 (leakflare:allow)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := words(New(now).Suppress(value, tt.places)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestTogether says that a finding is suppressed when all its places are
// covered, by whomever.
func TestTogether(t *testing.T) {
	inFolder(t, map[string]string{
		"a/" + FileName: print + " until=2027-01-01",
		"b/" + FileName: "x",
	})
	l := New(now)
	for _, root := range []string{"a", "b", "c"} {
		if err := l.AddRoot(root); err != nil {
			t.Fatal(err)
		}
	}
	if got := words(l.Suppress(value, []Place{at("b/x", 1), at("a/y", 1), marked(at("c/z", 1))})); got != "ignore-file b/.leakflareignore:1 until 2027-01-02T00:00:00Z" {
		t.Errorf("%q", got)
	}
	if got := l.Suppress(value, []Place{at("b/x", 1), at("a/y", 1), at("c/z", 1)}); got != nil {
		t.Errorf("one place is not covered: %v", words(got))
	}
}

// TestOrderOfFolders says that it does not matter in which order folders are
// found, which are walked by several goroutines.
func TestOrderOfFolders(t *testing.T) {
	inFolder(t, map[string]string{
		"a/" + FileName: print, "a/b/" + FileName: print + " # inner", "a/c/" + FileName: "x", "d/" + FileName: "y",
	})
	roots := []string{"a", "a/b", "a/c", "d"}
	want := ""
	for range 50 {
		rand.Shuffle(len(roots), func(i, j int) { roots[i], roots[j] = roots[j], roots[i] })
		l := New(now)
		for _, root := range roots {
			if err := l.AddRoot(root); err != nil {
				t.Fatal(err)
			}
		}
		got := words(l.Suppress(value, []Place{at("a/b/x", 1), at("a/c/x", 1)})) + fmt.Sprint(l.Idle(true))
		if want == "" {
			want = got
		}
		if got != want || !strings.HasPrefix(got, "ignore-file a/"+FileName) {
			t.Fatalf("%q, after %q", got, want)
		}
	}
}

func TestIdle(t *testing.T) {
	inFolder(t, map[string]string{
		FileName: print + "\n" + other.Fingerprint().String() + "\nexamples/\n*.env\n!x\n" +
			strings.Repeat("a", 64) + " until=2026-11-21\n" + strings.Repeat("b", 64) + " until=2027-11-21\n",
		".gitleaksignore": "a:b:3\n",
	})
	scan := func(partial, complete bool) string {
		l := New(now)
		l.Partial = partial
		if err := l.AddRoot("."); err != nil {
			t.Fatal(err)
		}
		if err := l.AddFile(".gitleaksignore"); err != nil {
			t.Fatal(err)
		}
		l.Suppress(value, []Place{at("y", 1)})
		l.Suppress(secret.New([]byte("x")), []Place{at("a.env", 1), at("y", 2)}) // not all of it
		var all []string
		for _, e := range l.Idle(complete) {
			all = append(all, strings.TrimPrefix(e.Where, FileName+":")+" "+e.Why)
		}
		return strings.Join(all, "; ")
	}
	if got, want := scan(false, true), "2 matches nothing; 3 matches nothing; 6 expired after 2026-11-21; 7 matches nothing"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, how := range [][2]bool{{true, true}, {false, false}} {
		if got, want := scan(how[0], how[1]), "6 expired after 2026-11-21"; got != want {
			t.Errorf("not all was scanned: %s, want %s", got, want)
		}
	}
}

// FuzzParse reads anything as an ignore file and as a baseline, and holds
// paths against what came of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		print + " until=2026-01-01 # x", "docs/\n!docs/a\n", "**/a/**/b*[c-d]\\ ", "a:b:3", `{"results":{}}`, `[{"RuleID":"x","Secret":"y"}]`,
		`{"schema_version":1,"findings":[]}`, "!", "/", "\\", "[", "{", "***", "a/**/", ":", "::1", "\xff\xfe",
	} {
		f.Add(seed, "docs/a.zip!b/c")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		inFolder(t, map[string]string{FileName: text, ".gitleaksignore": text})
		for _, add := range []func(*List) error{
			func(l *List) error { return l.AddRoot(".") },
			func(l *List) error { return l.AddFile(FileName) },
			func(l *List) error { return l.AddFile(".gitleaksignore") },
			func(l *List) error { return l.AddBaseline(FileName) },
		} {
			l := New(now)
			if err := add(l); err != nil {
				if !strings.HasPrefix(err.Error(), FileName+":") && !strings.HasPrefix(err.Error(), ".gitleaksignore:") {
					t.Errorf("the error names no file: %v", err)
				}
				continue
			}
			l.Suppress(value, []Place{at(path, 3), in(".", path, 1, false)})
			l.Idle(true)
		}
	})
}
