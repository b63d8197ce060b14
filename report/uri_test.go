package report

import (
	"net/url"
	"strings"
	"testing"
)

func TestURI(t *testing.T) {
	repository := func(dir string) []Finding {
		return []Finding{{Locations: []Location{{Kind: kindGit, Repository: dir, Path: "x"}}}}
	}
	two := append(repository("one"), repository("two")...)
	file := func(path string) Location { return Location{Kind: kindFile, Path: path} }
	git := func(dir, path string) Location { return Location{Kind: kindGit, Repository: dir, Path: path} }
	tests := []struct {
		name     string
		targets  []string
		findings []Finding
		in       Location
		want     string
	}{
		{"plain", nil, nil, file("a/b.env"), "a/b.env"},
		{"space and marks", nil, nil, file("a b#c?d%20e"), "a%20b%23c%3Fd%2520e"},
		{"no UTF-8", nil, nil, file("a\xff\n"), "a%FF%0A"},
		{"letters", nil, nil, file("é/日"), "%C3%A9/%E6%97%A5"},
		{"backslash is a character", nil, nil, file(`a\b`), "a%5Cb"},
		{"no scheme", nil, nil, file("mailto:x"), "mailto%3Ax"},
		{"exclamation mark", nil, nil, file("a.zip!b/c"), "a.zip!b/c"},
		{"archive", nil, nil, Location{Kind: kindFile, Path: "x/a!b.zip!c!d", Container: "x/a!b.zip"}, "x/a!b.zip"},
		{"archive of one of two", nil, two, Location{Kind: kindGit, Repository: "two", Path: "a.zip!b", Container: "a.zip"}, "two/a.zip"},
		{"archive that is standard input", nil, nil, Location{Kind: kindStdin, Path: "stdin!b", Container: "stdin"}, "stdin"},
		{"archive that is no beginning of the path", nil, nil, Location{Kind: kindFile, Path: "ab", Container: "a"}, "ab"},
		{"archive that is an object", nil, nil, Location{Kind: kindGit, Path: "!b", Blob: "3c4d"}, ".git/object/3c4d"},
		{"file that is called like a member", nil, nil, Location{Kind: kindGit, Path: "!b", Blob: "3c4d", Commit: "1a2b"}, "!b"},
		{"here", nil, nil, file("././a"), "a"},
		{"not a root", nil, nil, file(".//a"), "a"},
		{"root itself", nil, nil, file("./"), "."},
		{"above", nil, nil, file("../a"), "../a"},
		{"beneath an absolute target", []string{"/src/repo/"}, nil, file("/src/repo/a"), "a"},
		{"beneath two", []string{"/src", "/src/repo"}, nil, file("/src/repo/a"), "a"},
		{"beside it", []string{"/src/repo"}, nil, file("/src/repository/a"), "file:///src/repository/a"},
		{"an absolute target", []string{"/src/a b"}, nil, file("/src/a b"), "a%20b"},
		{"beneath the root directory", []string{"/"}, nil, file("/etc/x"), "etc/x"},
		{"relative target", []string{"src"}, nil, file("src/a"), "src/a"},
		{"drive", nil, nil, file("C:/src/a b"), "file:///C:/src/a%20b"},
		{"beneath a drive", []string{"C:/src"}, nil, file("C:/src/a"), "a"},
		{"of the repository", nil, repository("repo"), git("repo", "a"), "a"},
		{"work tree of the repository", nil, repository("./repo"), file("repo/a"), "a"},
		{"of one of two", nil, two, git("two", "a"), "two/a"},
		{"of the work tree of two", nil, two, file("two/a"), "two/a"},
		{"commit", nil, nil, Location{Kind: kindGit, Commit: "1a2b", Blob: "3c4d"}, ".git/commit/1a2b"},
		{"object", nil, nil, Location{Kind: kindGit, Blob: "3c4d"}, ".git/object/3c4d"},
		{"ref", nil, two, Location{Kind: kindGit, Path: "refs/heads/x", Part: RefName}, ".git/refs/heads/x"},
		{"standard input", nil, nil, Location{Kind: kindStdin}, "stdin"},
		{"nowhere", nil, nil, Location{Kind: kindFile}, "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newPathBase(tt.targets, tt.findings).location(tt.in).Physical.Artifact.URI; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzURI checks that a URI is a relative reference without query or fragment,
// and that it decodes to the path.
func FuzzURI(f *testing.F) {
	for _, p := range []string{"a b", "a:b", "%", "a/\xff", "?#", "..", "a//b"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if p == "" || strings.HasPrefix(p, "./") || isAbs(p) {
			t.Skip("not written as it is")
		}
		u, err := url.Parse(pathBase{}.uri(p))
		if err != nil {
			t.Fatal(err)
		}
		if u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Path != p {
			t.Errorf("%q became %#v", p, u)
		}
	})
}
