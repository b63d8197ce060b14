package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/testdata/repos"
)

// TestRandomHistories compares locations in histories of random shape with
// what git says of every commit on its own.
func TestRandomHistories(t *testing.T) {
	repos.NeedGit(t)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir, needle := t.TempDir(), marker()
			g := repos.Init(t, dir)
			commits := randomHistory(g, rand.New(rand.NewPCG(seed, 0)), needle)
			if seed%2 == 1 {
				g.Run("repack", "-q", "-adfk", "--window=20")
			}
			var got []string
			for _, l := range locate(t, mustOpen(t, dir), needle) {
				if l.Kind == source.Git {
					got = append(got, fmt.Sprintln(l.Path, l.Blob, l.Commit, l.Refs, l.InHead, l.Reachable))
				}
			}
			want := expected(g, commits, needle)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(want, ""))
			}
		})
	}
}

// randomHistory makes commits of random trees with random parents, and refs to
// some of them. It returns all commits, parents before children.
func randomHistory(g *repos.Git, r *rand.Rand, needle string) (commits []string) {
	blobs := []string{
		g.Pipe("nothing\n", "hash-object", "-w", "--stdin"),
		g.Pipe("TOKEN="+needle+"\n", "hash-object", "-w", "--stdin"),
		g.Pipe("A=1\nTOKEN="+needle+"\n", "hash-object", "-w", "--stdin"),
	}
	var tree func(depth int) string
	tree = func(depth int) string {
		var lines strings.Builder
		for _, name := range []string{"a", "b", "c"} {
			switch k := r.IntN(6); {
			case k < len(blobs):
				fmt.Fprintf(&lines, "100644 blob %s\t%s\n", blobs[k], name)
			case k == 3 && depth < 2:
				fmt.Fprintf(&lines, "040000 tree %s\t%s\n", tree(depth+1), name)
			}
		}
		return g.Pipe(lines.String(), "mktree")
	}
	trees := []string{tree(0), tree(0), tree(0)}
	for range 16 {
		if r.IntN(2) == 0 {
			trees = append(trees, tree(0))
		}
		args := []string{"commit-tree", "-m", "x", trees[r.IntN(len(trees))]}
		for _, p := range r.Perm(len(commits))[:min(len(commits), r.IntN(4))] {
			args = append(args, "-p", commits[p])
		}
		commits = append(commits, g.Run(args...))
	}
	for i, name := range []string{"refs/heads/main", "refs/heads/topic", "refs/odd/one"} {
		g.Run("update-ref", name, commits[len(commits)-1-r.IntN(6)-i])
	}
	g.Run("tag", "-a", "-m", "tag", "v1", commits[r.IntN(len(commits))])
	return commits
}

// expected returns the lines that TestRandomHistories makes of locations.
func expected(g *repos.Git, commits []string, needle string) (lines []string) {
	type at struct{ path, blob string }
	trees := make(map[string]map[at]bool)
	leaks := make(map[string]bool)
	for _, c := range commits {
		trees[c] = make(map[at]bool)
		for line := range strings.Lines(g.Run("ls-tree", "-r", c)) {
			meta, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
			blob := strings.Fields(meta)[2]
			if _, ok := leaks[blob]; !ok {
				leaks[blob] = strings.Contains(g.Run("cat-file", "blob", blob), needle)
			}
			if leaks[blob] {
				trees[c][at{path, blob}] = true
			}
		}
	}
	refs := func(c string) []string {
		return strings.Fields(g.Run("for-each-ref", "--format=%(refname)", "--contains", c))
	}
	// Commits come in the order of their dates.
	first := make(map[at]string)
	names := make(map[at][]string) // of refs that lead to any commit that introduced it
	for _, reachable := range []bool{true, false} {
		for _, c := range commits {
			if (len(refs(c)) > 0) != reachable {
				continue
			}
			for a := range trees[c] {
				inherited := slices.ContainsFunc(strings.Fields(g.Run("show", "-s", "--format=%P", c)), func(p string) bool {
					return trees[p][a]
				})
				if inherited {
					continue
				}
				if first[a] == "" {
					first[a] = c
				}
				names[a] = append(names[a], refs(c)...)
			}
		}
	}
	head := trees[g.Run("rev-parse", "HEAD")]
	for a, c := range first {
		slices.Sort(names[a])
		lines = append(lines, fmt.Sprintln(a.path, a.blob, c, slices.Compact(names[a]), head[a], len(names[a]) > 0))
	}
	for blob, leak := range leaks {
		if leak && !slices.ContainsFunc(slices.Collect(maps.Keys(first)), func(a at) bool { return a.blob == blob }) {
			panic("a blob without a commit")
		}
	}
	return lines
}

// TestClockSkew has a commit that is dated before its parent: it is not the one
// that introduced what it inherits.
func TestClockSkew(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	g := repos.Init(t, dir)
	g.WriteCommit("README", "a project\n", "first")
	c := g.WriteCommit("app.env", needle, "add settings")
	g.Write("copy.env", needle)
	g.Run("add", "-A")
	who := "A <a@example.com> 1000000000 +0000"
	raw := fmt.Sprintf("tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n", g.Run("write-tree"), c, who, who)
	early := g.Pipe(raw, "hash-object", "-t", "commit", "-w", "--stdin")
	g.Run("update-ref", "refs/heads/main", early)
	all := locate(t, mustOpen(t, dir), needle)
	if len(all) != 2 || all[0].Path != "app.env" || all[0].Commit != c || all[1].Commit != early {
		t.Errorf("want commits %s and %s, have %s", c, early, describe(all))
	}
}

// TestTagsOfOtherThings finds blobs that a tag leads to without a commit.
func TestTagsOfOtherThings(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	g := repos.Init(t, dir)
	g.WriteCommit("README", "a project\n", "first")
	blob := g.Pipe("1 "+needle, "hash-object", "-w", "--stdin")
	g.Run("tag", "-a", "-m", "a key", "key", blob)
	other := g.Pipe("2 "+needle, "hash-object", "-w", "--stdin")
	g.Run("tag", "tree", g.Pipe("100644 blob "+other+"\tname\n", "mktree"))
	var got []string
	for _, l := range locate(t, mustOpen(t, dir), needle) {
		got = append(got, fmt.Sprintf("%s %q %q %v %t", l.Blob, l.Path, l.Part, l.Refs, l.Reachable))
	}
	slices.Sort(got)
	want := []string{
		fmt.Sprintf(`%s "" "" [refs/tags/key] true`, blob),
		fmt.Sprintf(`%s "name" "" [refs/tags/tree] true`, other),
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestIndexes reads the names and blobs of indexes in every format.
func TestIndexes(t *testing.T) {
	repos.NeedGit(t)
	tests := []struct {
		name string
		args []string
	}{
		{"version 2", []string{"update-index", "--index-version", "2"}},
		{"version 4", []string{"update-index", "--index-version", "4"}},
		{"split", []string{"update-index", "--split-index"}},
		{"without checksum", []string{"-c", "index.skipHash=true", "update-index", "--force-write-index"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, needle := t.TempDir(), marker()
			g := repos.Init(t, dir)
			g.WriteCommit("dir/a", "1\n", "first")
			g.Write("dir/b", needle)
			g.Write("dir/"+needle, "1\n")
			g.Run("add", "-A")
			g.Run(tt.args...)
			r := mustOpen(t, dir)
			var got []string
			for _, l := range locate(t, r, needle) {
				got = append(got, fmt.Sprintf("%s %s %q", l.Kind, l.Path, l.Part))
			}
			slices.Sort(got)
			want := []string{`index dir/` + needle + ` "path name"`, `index dir/b ""`}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			compare(t, faultsOf(r), nil)
		})
	}
}

// TestPlainFiles finds a needle in every file of the git directory that
// people and tools leave things in.
func TestPlainFiles(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	g := repos.Init(t, dir)
	g.WriteCommit("README", "a project\n", "first")
	names := []string{
		"COMMIT_EDITMSG", "FETCH_HEAD", "config.worktree", "description", "hooks/pre-push", "info/exclude",
		"lfs/objects/ab/cd/abcd", "logs/refs/heads/main", "objects/info/packs", "rr-cache/12/preimage",
		"modules/notes.txt", "modules/a/b/notes.txt",
		"objects/12/tmp_obj_x", "objects/info/odd", "objects/odd", "objects/odd-folder/x",
		"objects/pack/pack-1.keep", "objects/pack/pack-1.promisor", "objects/pack/tmp_pack_x",
		"worktrees/w/logs/HEAD",
	}
	var want []string
	for _, n := range names {
		write(t, filepath.Join(dir, ".git", filepath.FromSlash(n)), "1\n"+needle+"\n")
		want = append(want, "file REPO/.git/"+n+" 2:1")
	}
	slices.Sort(want)
	write(t, filepath.Join(dir, ".git/worktrees/w/HEAD"), "ref: refs/heads/main\n")
	r, err := Open(dir, Options{Display: "REPO"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range locate(t, r, needle) {
		got = append(got, fmt.Sprintf("%s %s %d:%d", l.Kind, l.Path, l.Line, l.Column))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	compare(t, faultsOf(r), nil)
}

// TestLinksAreNotFollowed puts a link into the git directory, out of it.
func TestLinksAreNotFollowed(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	repos.Init(t, dir)
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside, needle)
	link := filepath.Join(dir, ".git/hooks/link")
	if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, link); err != nil {
		t.Skip("no links here:", err)
	}
	r := mustOpen(t, dir)
	if all := locate(t, r, needle); len(all) != 0 {
		t.Errorf("followed: %s", describe(all))
	}
	all := locate(t, mustOpen(t, dir), "outside")
	if len(all) != 1 || all[0].Part != "link target" || !strings.HasSuffix(all[0].Path, ".git/hooks/link") || all[0].Offset != int64(len(outside)-len("outside")) {
		t.Errorf("want where the link leads, have %s", describe(all))
	}
	if c := r.Coverage(); len(c.Skipped) != 1 || c.Skipped[0].Fault || !strings.HasSuffix(c.Skipped[0].Path, ".git/hooks/link") {
		t.Errorf("skipped %+v", c.Skipped)
	}
}

// TestNames finds names of files in the git directory, and of directories.
func TestNames(t *testing.T) {
	repos.NeedGit(t)
	dir, needle := t.TempDir(), marker()
	repos.Init(t, dir)
	var want []string
	for _, n := range []string{"hooks/" + needle, "lfs/x" + needle + "/object", "modules/" + needle, "objects/pack/" + needle + ".idx"} {
		write(t, filepath.Join(dir, ".git", filepath.FromSlash(n)), "1\n")
		want = append(want, "file REPO/.git/"+strings.TrimSuffix(n, "/object")+" path name "+fmt.Sprint(strings.Count(n, "/x")))
	}
	r, err := Open(dir, Options{Display: "REPO"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range locate(t, r, needle) {
		got = append(got, fmt.Sprintf("%s %s %s %d", l.Kind, l.Path, l.Part, l.Offset))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestManyPlaces locates a blob at too many paths, and on too many refs.
func TestManyPlaces(t *testing.T) {
	dir := t.TempDir()
	const paths = maxPlaces + 10
	blobs := []string{strings.Repeat("1", 40), strings.Repeat("2", 40)}
	var lines, refs []string
	for i := range paths {
		lines = append(lines, fmt.Sprintf("100644 %06d -> %s", i, blobs[0]))
	}
	for i := range 3 {
		lines = append(lines, fmt.Sprintf("100644 other%d -> %s", i, blobs[1]))
	}
	for i := range maxRefs - 1 {
		refs = append(refs, fmt.Sprintf("%s refs/a/%03d\n", id3, i), fmt.Sprintf("%s refs/heads/%03d\n", id3, i))
	}
	write(t, filepath.Join(dir, "HEAD"), "ref: refs/heads/000\n")
	write(t, filepath.Join(dir, "refs/tags/v1"), id3+"\n")
	write(t, filepath.Join(dir, "packed-refs"), strings.Join(refs, ""))
	putObject(t, dir, blobs[0], "blob", "needle")
	putObject(t, dir, blobs[1], "blob", "needle needle")
	putObject(t, dir, strings.Repeat("4", 40), "tree", treeOf(lines...))
	putObject(t, dir, id3, "commit", "tree "+strings.Repeat("4", 40)+"\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\n"+strings.Repeat("x", 2*maxText))
	r := mustOpen(t, dir)
	hits := find(t, r, "needle")
	slices.SortFunc(hits, func(a, b source.Hit) int { return -compareHits(a, b) })
	all, err := r.Locate(context.Background(), hits)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || len(all[2]) != maxPlaces || len(all[1]) != 1 || len(all[0]) != 1 {
		t.Fatalf("%d hits, of which the last has %d locations", len(all), len(all[len(all)-1]))
	}
	compare(t, faultsOf(r), []string{`: 14 further places are not listed$`})
	for _, l := range append(all[2], all[0]...) {
		if !l.Reachable || len(l.Refs) != maxRefs || !slices.IsSorted(l.Refs) || l.Refs[maxRefs-1] != "refs/tags/v1" || l.Refs[0] != "refs/heads/000" {
			t.Fatalf("refs %q", l.Refs)
		}
		if len(l.Summary) != maxText {
			t.Fatalf("a summary of %d bytes", len(l.Summary))
		}
	}
}

// TestManyHits takes a time that grows with the number of hits in an object,
// not with that times its size.
func TestManyHits(t *testing.T) {
	const hits, size = 1 << 18, 1 << 22
	for _, data := range [][]byte{make([]byte, size), bytes.Repeat([]byte("author x\n"), size/9)} {
		offsets := make([]int64, hits)
		for i := range offsets {
			offsets[i] = int64(i * (size / 2 / hits))
		}
		takesAtMost(t, 10*time.Second, func() { partsOf(kindCommit, data, offsets) })
	}
	tree := []byte(strings.Repeat("100644 name\x00"+strings.Repeat("i", 20), size/32))
	l := &locator{content: make(map[source.Hit]detail), tracer: &tracer{names: make(map[string]int)}}
	var all []source.Hit
	for at := 7; at < len(tree); at += 32 {
		all = append(all, source.Hit{Offset: int64(at)})
	}
	takesAtMost(t, 10*time.Second, func() { l.readTree(tree, all) })
	for _, h := range all {
		if d := l.content[h]; d.entry != "name" || d.entryAt != h.Offset {
			t.Fatalf("the hit at %d is in %+v", h.Offset, d)
		}
	}
}

// takesAtMost fails if f takes longer than a time that is far more than it needs.
func takesAtMost(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	if f(); time.Since(start) > limit {
		t.Errorf("it took %v", time.Since(start))
	}
}

func TestNameList(t *testing.T) {
	var list nameList
	for i, name := range []string{"a", "", "long"} {
		list.add(name, 10+i)
	}
	for at, want := range [][2]int64{{10, 0}, {10, 1}, {11, 0}, {12, 0}, {12, 1}, {12, 2}, {12, 3}, {12, 4}, {-1, 0}} {
		if which, offset := list.find(int64(at)); int64(which) != want[0] || offset != want[1] {
			t.Errorf("offset %d is in %d at %d, want %v", at, which, offset, want)
		}
	}
}

func TestParseIdent(t *testing.T) {
	tests := []struct{ in, name, email, date string }{
		{"Ada Example <ada@example.com> 1704164645 +0130", "Ada Example", "ada@example.com", "2024-01-02T04:34:05+01:30"},
		{"A <a@b> 0 -0800", "A", "a@b", "1969-12-31T16:00:00-08:00"},
		{"<> 1 +0000", "", "", "1970-01-01T00:00:01Z"},
		{"A <a <b>> 1 +0000", "A", "a <b", "1970-01-01T00:00:01Z"},
		{"A <a@b>", "A", "a@b", ""},
		{"A <a@b> 99999999999999999999 +0000", "A", "a@b", ""},
		{"A <a@b> 999999999999999 +0000", "A", "a@b", ""},
		{"A <a@b> -5 +0000", "A", "a@b", ""},
		{"A <a@b> 1 +9999", "A", "a@b", "1970-01-01T00:00:01Z"},
		{"A", "A", "", ""},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		i := parseIdent(tt.in)
		date := ""
		if !i.date.IsZero() {
			date = i.date.Format(time.RFC3339)
		}
		if i.name != tt.name || i.email != tt.email || date != tt.date {
			t.Errorf("%q is %q, %q, %s", tt.in, i.name, i.email, date)
		}
		if _, err := i.date.MarshalJSON(); err != nil {
			t.Errorf("%q: %v", tt.in, err)
		}
	}
}

func TestPartsOf(t *testing.T) {
	commit := "tree x\nauthor A <a>\ncommitter C <c>\ngpgsig B\n S\n\nM\n\nN\n"
	tests := []struct {
		kind   int
		at     string // the hit is where this begins
		in     string
		wanted string
	}{
		{kindCommit, "tree", commit, "commit header"},
		{kindCommit, "x", commit, "commit header"},
		{kindCommit, "A <", commit, "author"},
		{kindCommit, "C <", commit, "committer"},
		{kindCommit, "S", commit, "commit header"},
		{kindCommit, "M", commit, "commit message"},
		{kindCommit, "N", commit, "commit message"},
		{kindTag, "T <", "object x\ntagger T <t>\n\nM\n", "tagger"},
		{kindTag, "M", "object x\ntagger T <t>\n\nM\n", "tag message"},
		{kindTag, "v1", "object x\ntag v1", "tag header"},
		{kindCommit, "x", "x", "commit header"},
	}
	for _, tt := range tests {
		if got := partsOf(tt.kind, []byte(tt.in), []int64{int64(strings.Index(tt.in, tt.at))})[0]; got != tt.wanted {
			t.Errorf("%q in %q is the %s, want %s", tt.at, tt.in, got, tt.wanted)
		}
	}
}

// FuzzParse parses anything. The fields of entries lie within the tree, and
// every offset has a part.
func FuzzParse(f *testing.F) {
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00bbbbbbbbbbbbbbbbbbbb"))
	f.Add([]byte("tree x\nparent y\nauthor A <a> 1 +0000\n\nM\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for e := range treeEntries(data) {
			if string(data[e.at:e.at+len(e.name)]) != string(e.name) {
				t.Errorf("the name %q is not at %d", e.name, e.at)
			}
		}
		parseCommit(data)
		parseTag(data)
		offsets := make([]int64, len(data))
		for at := range data {
			offsets[at] = int64(at)
		}
		for at, part := range partsOf(kindCommit, data, offsets) {
			if part == "" {
				t.Errorf("no part at %d", at)
			}
		}
	})
}
