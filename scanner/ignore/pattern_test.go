package ignore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPatternsAsGit holds path patterns against git's own answer. Of two things
// it is known to be another: "?" is a byte to git and a character to us, and "b**/c"
// crosses folders in git, against its documentation.
func TestPatternsAsGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git command")
	}
	files := []string{
		"a", "a.env", "b/a.env", "b/c/a.env", "b/c/d/a", "x/b/c/a.env", "deep/foo/x/bar", "foo/bar", "foo/x/bar", "foo/x/y/bar",
		"foo/x/foo/bar", "docs/a.md", "docs/keep.md", "docs/sub/keep.md", "{a,b}", "b.txt", "#a", "!a", "a b", "a ", "[x", "ä.env", "B/A.env",
	}
	lists := [][]string{
		{"a"}, {"/a"}, {"a/"}, {"*.env"}, {"/*.env"}, {"b/*.env"}, {"b/**"}, {"**/a.env"}, {"**/c/a.env"}, {"b/**/a.env"}, {"b/**/a"},
		{"c"}, {"c/"}, {"/c"}, {"b/c"}, {"b/c/"}, {"**/foo/bar"}, {"foo/**/bar"}, {"foo/*/bar"}, {"foo/"}, {"**"}, {"*"}, {"/*"}, {"/**"},
		{"docs/*", "!docs/keep.md"}, {"docs/", "!docs/keep.md"}, {"docs/**", "!keep.md"}, {"*.md", "!docs/"}, {"*", "!*/", "!*.env"},
		{"{a,b}"}, {`\#a`}, {`\!a`}, {"a b"}, {`a\ `}, {"a   "}, {"?"}, {"[ab]"}, {"[!a]"}, {"[^a]"}, {"[a-c].txt"}, {`\[x`}, {"?.txt"},
		{"x/**/c"}, {"**/b/**/d/**"}, {"foo/x"}, {"x"}, {"*/x"}, {"**/x/"}, {"foo/**"},
	}
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, list := range lists {
		t.Run(strings.Join(list, " "), func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(strings.Join(list, "\n")+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("git", "-c", "core.ignoreCase=false", "-c", "core.excludesFile="+os.DevNull, "check-ignore", "--no-index", "--stdin", "-z")
			cmd.Dir = dir
			cmd.Stdin = strings.NewReader(strings.Join(files, "\x00") + "\x00")
			out, _ := cmd.Output() // it fails where nothing is ignored
			ignored := make(map[string]bool)
			for f := range strings.SplitSeq(string(out), "\x00") {
				ignored[f] = true
			}
			var patterns []pattern
			for _, line := range list {
				p, err := parsePattern(line)
				if err != nil {
					t.Fatal(err)
				}
				patterns = append(patterns, p)
			}
			for _, f := range files {
				if got := match(patterns, f, len(f)) != nil; got != ignored[f] {
					t.Errorf("%q: %v, git says %v", f, got, ignored[f])
				}
			}
		})
	}
}

// TestPatternsInArchives says that what is in an archive is covered by what covers the
// archive, by the path that reports show, and by names of what it is in there.
func TestPatternsInArchives(t *testing.T) {
	for _, tt := range []struct {
		pattern, file, member string
		want                  bool
	}{
		{"*.zip", "dist/a.zip", "!b/c.env", true},
		{"dist/", "dist/a.zip", "!b/c.env", true},
		{"/dist/a.zip", "dist/a.zip", "!b/c.env", true},
		{"a.zip/", "dist/a.zip", "!b/c.env", false}, // it is no folder
		{"*.env", "dist/a.zip", "!b/c.env", true},
		{"c.env", "dist/a.zip", "!b/c.env", true},
		{"c.env", "dist/a.zip", "!c.env", true},
		{"c.env", "dist/a.zip", "!d.tar!c.env", true},
		{"d.tar", "dist/a.zip", "!d.tar!c.env", true},
		{"b/", "dist/a.zip", "!b/c.env", true},
		{"c.env/", "dist/a.zip", "!b/c.env", false},
		{"b", "dist/a.zip", "!b/c.env", true},
		{"b/c.env", "dist/a.zip", "!b/c.env", false}, // from the root
		{"**/c.env", "dist/a.zip", "!b/c.env", true},
		{"**/c.env", "dist/a.zip", "!c.env", true},
		{"**/b/*.env", "dist/a.zip", "!b/c.env", true},
		{"**/b/", "dist/a.zip", "!d.tar!b/c.env", true},
		{"/**/b/*.env", "a.zip", "!b/c.env", true},
		{"dist/a.zip!b/c.env", "dist/a.zip", "!b/c.env", true},
		{"/dist/a.zip!b/", "dist/a.zip", "!b/c.env", true},
		{"dist/*.zip!**", "dist/a.zip", "!b/c.env", true},
		{"dist/a.zip!d.tar", "dist/a.zip", "!d.tar!c.env", true},
		{"dist/a.zip!other", "dist/a.zip", "!b/c.env", false},
		{"*.zip", "dist/a.tar", "!b/c.env", false},
		{"*.zip", "dist/a.tar", "!b.zip!c.env", true},
		// A mark in the name of a file is a character like others.
		{"a", "a!b", "", false},
		{"b", "a!b", "", false},
		{"a!b", "a!b", "", true},
		{"docs", "docs!a.zip", "!c.env", false},
		{"docs!a.zip", "docs!a.zip", "!c.env", true},
	} {
		p, err := parsePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := match([]pattern{p}, tt.file+tt.member, len(tt.file)) != nil; got != tt.want {
			t.Errorf("%s on %s, %s: %v", tt.pattern, tt.file, tt.member, got)
		}
	}
}
