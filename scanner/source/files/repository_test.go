package files

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leakflare/leakflare/scanner/source"
)

// A fakeRepository is a source that has a name and nothing else.
type fakeRepository struct {
	source.Source
	name string
}

func (r fakeRepository) Name() string { return r.name }

func TestRepositories(t *testing.T) {
	all := map[string]string{
		"clone/.git/HEAD":        "ref: refs/heads/main",
		"clone/.git/config":      "[remote]",
		"clone/.git/objects/":    "",
		"clone/.git/refs/":       "",
		"clone/main.go":          "package main",
		"clone/sub/.git":         "gitdir: ../.git/modules/sub\n",
		"clone/sub/sub.go":       "package sub",
		"bare.git/HEAD":          "ref: refs/heads/main",
		"bare.git/objects/pack/": "",
		"bare.git/refs/":         "",
		"bare.git/config":        "[core]",
		// What only looks like a repository is content.
		"fake/.git/secret":    "A=1",
		"fakebare/HEAD":       "B=2",
		"fakebare/objects/x":  "C=3",
		"fakebare/refs/":      "",
		"plainfile/.git":      "not a gitdir: file",
		"emptyfile/.git":      "",
		"nearly/HEAD":         "D=4",
		"nearly/objects/y":    "E=5",
		"odd/.git/HEAD":       "ref: refs/heads/main", // a work tree with a bare layout
		"odd/HEAD":            "F=6",
		"odd/objects/z":       "G=7",
		"odd/refs":            "H=8",
		"clone/vendor/.git/x": "in a nested clone",
		"clone/vendor/v.go":   "package vendor",
	}
	dir := tree(t, all)
	base := filepath.ToSlash(dir) + "/"
	tests := []struct {
		root   string
		nested []string
		asked  []string // besides those
		hidden []string // paths that are not read, by prefix
	}{
		{
			root:   "",
			nested: []string{"bare.git", "clone", "clone/sub", "clone/vendor", "odd"},
			asked:  []string{"fake", "fakebare"},
			hidden: []string{"clone/.git/", "clone/vendor/.git/", "bare.git/", "odd/.git/"},
		},
		{root: "clone/.git", nested: []string{"clone/.git"}, hidden: []string{"clone/.git/"}},
		{root: "bare.git", nested: []string{"bare.git"}, hidden: []string{"bare.git/"}},
		{root: "clone/sub", nested: []string{"clone/sub"}},
		{root: "clone/vendor", nested: []string{"clone/vendor"}, hidden: []string{"clone/vendor/.git/"}},
		{root: "nearly"},
	}
	for _, tt := range tests {
		t.Run(tt.root, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			src := open(t, filepath.Join(dir, filepath.FromSlash(tt.root)), Options{
				Workers: 3,
				Repository: func(dir string) (source.Source, error) {
					dir = strings.TrimPrefix(dir, base)
					if dir+"/" == base {
						dir = ""
					}
					mu.Lock()
					defer mu.Unlock()
					asked = append(asked, dir)
					if strings.HasPrefix(dir, "fake") {
						return nil, nil
					}
					return fakeRepository{name: dir}, nil
				},
			})
			s := walk(t, src)
			var nested []string
			for _, n := range src.Nested() {
				nested = append(nested, n.Name())
			}
			if !slices.Equal(nested, tt.nested) {
				t.Errorf("nested %q, want %q", nested, tt.nested)
			}
			slices.Sort(asked)
			if want := slices.Sorted(slices.Values(append(tt.asked, tt.nested...))); !slices.Equal(asked, want) {
				t.Errorf("asked for %q, want %q", asked, want)
			}
			want := map[string]string{}
			for path, data := range all {
				isHidden := slices.ContainsFunc(tt.hidden, func(p string) bool { return strings.HasPrefix(path, p) })
				if data != "" && !isHidden && strings.HasPrefix(path+"/", strings.TrimPrefix(tt.root+"/", "/")) {
					want[path] = data
				}
			}
			wantContent(t, s, dir, want)
			wantSkips(t, src, dir)
		})
	}
}

// Without a Repository function a repository is files like any other.
func TestNoRepositories(t *testing.T) {
	dir := tree(t, map[string]string{"a/.git/HEAD": "ref: x", "a/.git/objects/o": "y", "a/.git/refs/": "", "a/b": "z"})
	src := open(t, dir, Options{})
	wantContent(t, walk(t, src), dir, map[string]string{"a/.git/HEAD": "ref: x", "a/.git/objects/o": "y", "a/b": "z"})
	if n := src.Nested(); len(n) != 0 {
		t.Errorf("nested %v", n)
	}
}

// A repository that cannot be opened is a fault, and its files are read.
func TestBrokenRepository(t *testing.T) {
	dir := tree(t, map[string]string{"sub/.git": "gitdir: ../gone\n", "sub/a": "b"})
	src := open(t, dir, Options{Repository: func(string) (source.Source, error) { return nil, errors.New("it leads nowhere") }})
	wantContent(t, walk(t, src), dir, map[string]string{"sub/.git": "gitdir: ../gone\n", "sub/a": "b"})
	wantSkips(t, src, dir, "FAULT sub: it leads nowhere")
}

// A walk for repositories alone finds them and reads nothing.
func TestRepositoriesOnly(t *testing.T) {
	dir := tree(t, map[string]string{"a/.git/HEAD": "ref: x", "a/b/c/.git": "gitdir: ../x\n", "a/d": "e"})
	src := open(t, dir, Options{
		RepositoriesOnly: true,
		Repository:       func(dir string) (source.Source, error) { return fakeRepository{name: filepath.Base(dir)}, nil },
	})
	if s := walk(t, src); len(s.content)+len(s.names)+len(s.links) != 0 {
		t.Errorf("emitted %+v", s)
	}
	var nested []string
	for _, n := range src.Nested() {
		nested = append(nested, n.Name())
	}
	if want := []string{"a", "c"}; !slices.Equal(nested, want) {
		t.Errorf("nested %q, want %q", nested, want)
	}
	if c := src.Coverage(); c.Files != 0 || c.Bytes != 0 {
		t.Errorf("read %+v", c)
	}
}
