package scanner_test

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/testdata/mint"
	"github.com/leakflare/leakflare/testdata/packer"
	"github.com/leakflare/leakflare/testdata/repos"
)

// release returns a Secret as Helm makes one of a release.
func release(packed string) string {
	once := base64.StdEncoding.EncodeToString([]byte(packed))
	return "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\ndata:\n  release: " + base64.StdEncoding.EncodeToString([]byte(once)) + "\n"
}

// TestLongNames says that of a credential in the name of a member nothing is told but
// its mask, wherever a long name is cut.
func TestLongNames(t *testing.T) {
	token := mint.Legacy("in a long name")
	for n := 900; n < 1100; n++ {
		dir := t.TempDir()
		name := strings.Repeat("n", n) + "/CLOUDFLARE_API_TOKEN=" + token
		if err := os.WriteFile(filepath.Join(dir, "a.zip"), []byte(packer.Zip(name, "a")), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, f := range scan(t, dir).Findings {
			for _, l := range f.Locations {
				if strings.Contains(l.Path, token[:8]) {
					t.Fatalf("half of the credential is in a path, behind %d bytes", n)
				}
			}
		}
	}
}

// TestArchives says that a token in an archive is one finding with one place:
// the member, at its line, whether it is compressed, whether the archive is a
// file or in history, and however git stores it.
func TestArchives(t *testing.T) {
	repos.NeedGit(t)
	token := mint.Token("cfut_", "in an archive")
	content := "# settings\nTOKEN=" + token + "\n"
	hexNoise := fmt.Sprintf("%x", packer.Noise(1<<17))
	for name, test := range map[string]struct {
		before, data string // versions of the file
		member       string
	}{
		"a.zip":    {"", packer.Zip("x/.env", content), "!x/.env"},
		"s.zip":    {"", packer.StoredZip("x/.env", content), "!x/.env"},
		"a.tar":    {"", packer.Tar("x/.env", content), "!x/.env"},
		"a.tar.gz": {"", packer.Gzip(packer.Tar("x/.env", content)), "!x/.env"},
		// As docker save writes it.
		"image.tar": {"", packer.Tar("manifest.json", "[]", "blobs/sha256/0123", packer.Gzip(packer.Tar("app/.env", content))), "!blobs/sha256/0123!app/.env"},
		// What is new in a delta is far from where it begins.
		"delta.zip": {
			packer.StoredZip("noise", packer.Noise(1<<20), "more", packer.Noise(1<<18)), // git has the smaller one as the delta
			packer.StoredZip("noise", packer.Noise(1<<20), "inner.zip", packer.Zip("a", content)), "!inner.zip!a",
		},
		// A Helm release, as kubectl writes it, and one of which git stores but the end.
		"release.yaml": {"", release(packer.Gzip(content)), "!base64 1!content"},
		"upgrade.yaml": {
			release(packer.Gzip("# " + hexNoise + "\n" + hexNoise[:1<<12])),
			release(packer.Gzip("# " + hexNoise + content[len("# settings"):])), "!base64 1!content",
		},
		"manifests.tgz": {"", packer.Gzip(packer.Tar("a/r.yaml", release(packer.Gzip(content)))), "!a/r.yaml!base64 1!content"},
		"large.zip":     {"", packer.StoredZip("noise", packer.Noise(9<<20), "inner.zip", packer.Zip("a", content)), "!inner.zip!a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := repos.Init(t, t.TempDir())
			if test.before != "" {
				g.WriteCommit(name, test.before, "before")
			}
			commit := g.WriteCommit(name, test.data, "add")
			dir := strings.ReplaceAll(g.Dir, `\`, "/")
			git := fmt.Sprintf("git %s%s:2:7 %s", name, test.member, commit)
			onePlaceEach(t, dir, fmt.Sprintf("file %s/%s%s:2:7 ", dir, name, test.member), git)
			g.Run("rm", "-q", name)
			g.Commit("remove")
			onePlaceEach(t, dir, git)
			g.Run("repack", "-adfq")
			onePlaceEach(t, dir, git)
			if base := g.Pipe(commit+":"+name, "cat-file", "--batch-check=%(deltabase)"); test.before != "" && strings.Trim(base, "0") == "" {
				t.Error("git stores it as no delta")
			}
		})
	}
}

// onePlaceEach scans dir for the one token in it, which is to stand at these places alone:
// kind, path, line, column and commit.
func onePlaceEach(t *testing.T, dir string, want ...string) {
	t.Helper()
	sum := scan(t, dir)
	if len(sum.Findings) != 1 {
		t.Fatalf("%d findings, want 1; receipt %+v", len(sum.Findings), sum.Receipt)
	}
	var got []string
	for _, l := range sum.Findings[0].Locations {
		got = append(got, fmt.Sprintf("%s %s:%d:%d %s", l.Kind, l.Path, l.Line, l.Column, l.Commit))
		if file, _, _ := strings.Cut(l.Path, "!"); l.Container != file {
			t.Errorf("%s is in %q", l.Path, l.Container)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("places %q, want %q", got, want)
	}
	if !sum.Receipt.Complete {
		t.Errorf("incomplete: %+v", sum.Receipt.Skipped)
	}
}

// TestBundles says that a bundle is a repository in a file, also one that goes on
// from commits that it has not, and that a pack without a repository is read too.
func TestBundles(t *testing.T) {
	repos.NeedGit(t)
	g := repos.Init(t, t.TempDir())
	g.WriteCommit("big.txt", packer.Noise(1<<16), "begin")
	content := "# settings\nTOKEN=" + mint.Token("cfut_", "in a bundle") + "\n"
	commit := g.WriteCommit("x/.env", content, "add")
	g.Run("rm", "-q", "x/.env")
	g.Commit("remove")
	for name, args := range map[string][]string{
		"all.bundle":  {"bundle", "create", "-q", "", "--all"},
		"part.bundle": {"bundle", "create", "-q", "", "HEAD~2..main"},
		"x.pack":      {"pack-objects", "--all", "-q", "--stdout"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := strings.ReplaceAll(t.TempDir(), `\`, "/")
			file := dir + "/" + name
			if args[0] == "bundle" {
				args[3] = file
				g.Run(args...)
			} else if err := os.WriteFile(file, []byte(g.Raw("", args...)), 0o666); err != nil {
				t.Fatal(err)
			}
			sum := scan(t, dir)
			if len(sum.Findings) != 1 || len(sum.Findings[0].Locations) != 1 {
				t.Fatalf("found %+v; receipt %+v", sum.Findings, sum.Receipt)
			}
			l := sum.Findings[0].Locations[0]
			if l.Path != "x/.env" || l.Line != 2 || l.Commit != commit || l.Repository != file || l.Reachable != (name != "x.pack") {
				t.Errorf("got %+v", l)
			}
			if !sum.Receipt.Complete || (len(sum.Receipt.Skipped) > 0) != (name == "part.bundle") {
				t.Errorf("receipt %+v", sum.Receipt)
			}
		})
	}
}

// TestSQLite says that a token in a record of an SQLite file is found wherever in
// it two pages meet.
func TestSQLite(t *testing.T) {
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("no sqlite3 command to make a file with")
	}
	dir := t.TempDir()
	sql := "begin; create table t(a);"
	tokens := make(map[string]bool)
	for i := range 100 {
		token := mint.Token("cfut_", fmt.Sprint("in a record ", i))
		tokens[token[:9]] = true
		sql += fmt.Sprintf("insert into t values('%s%s%s');", strings.Repeat("x ", 2000), token, strings.Repeat(" ", 4000+i))
	}
	cmd := exec.Command(tool, filepath.Join(dir, "a.db"))
	cmd.Stdin = strings.NewReader(sql + "commit;")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	sum := scan(t, dir)
	seams := 0
	for _, f := range sum.Findings {
		delete(tokens, f.Masked[:9])
		if !slices.ContainsFunc(f.Locations, func(l report.Location) bool { return strings.HasSuffix(l.Path, "a.db") }) {
			seams++
			if l := f.Locations[0]; !strings.Contains(l.Path, "a.db!page ") || l.Offset < 3000 {
				t.Errorf("found at %s:%d", l.Path, l.Offset)
			}
		}
	}
	if len(sum.Findings) != 100 || len(tokens) > 0 || seams == 0 || !sum.Receipt.Complete {
		t.Errorf("%d findings, %d tokens are missing, %d where pages meet", len(sum.Findings), len(tokens), seams)
	}
}

// TestArchivedRepository says that a token in the history of a repository is found
// in an archive of all its files, where it is packed.
func TestArchivedRepository(t *testing.T) {
	repos.NeedGit(t)
	token := mint.Token("cfut_", "in a pack in an archive")
	g := repos.Init(t, t.TempDir())
	lines := strings.Repeat("a line of settings\n", 100)
	g.WriteCommit("app.env", lines, "before")
	g.WriteCommit("app.env", lines+"TOKEN="+token+"\n"+lines, "add")
	g.WriteCommit("app.env", lines+lines, "remove")
	g.Run("gc", "-q", "--prune=now")
	var members []string
	err := filepath.WalkDir(g.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(g.Dir, path)
		members = append(members, filepath.ToSlash(rel), string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"clone.zip": packer.Zip(members...), "clone.tar.gz": packer.Gzip(packer.Tar(members...))} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		sum := scan(t, dir)
		if len(sum.Findings) != 1 || !sum.Receipt.Complete {
			t.Fatalf("%s: found %d credentials, skipped %+v", name, len(sum.Findings), sum.Receipt.Skipped)
		}
		if l := sum.Findings[0].Locations[0]; !strings.Contains(l.Path, name+"!.git/objects/pack/pack-") || !strings.Contains(l.Path, ".pack!blob ") {
			t.Errorf("found at %+v", l)
		}
	}
}
