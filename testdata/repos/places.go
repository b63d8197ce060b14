package repos

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// A Place is somewhere that a secret can hide.
type Place struct {
	Name string

	// Build makes a repository below dir, which exists and is empty, with the
	// secret in this place and nowhere else but where Want says so.
	Build func(t testing.TB, dir, secret string) Want

	// Encoded tells that the secret's own bytes are nowhere in the repository.
	Encoded bool
}

// A Want says where a scan should find the secret. There may be further
// locations, of the same content in other terms.
type Want struct {
	Dir       string // what to scan
	Kind      string // of the location: "git", "file", "index"
	Path      string // of a file, relative to Dir; in git, as git shows it; of a ref, its full name
	Commit    string // that introduced it, or that a tag or ref leads to
	Part      string
	Refs      []string
	InHead    bool
	Reachable bool
}

// env is the content of a file with a secret in its second line.
func env(secret string) string {
	return "# settings\nAPI_TOKEN=" + secret + "\nDEBUG=0\n"
}

// text returns lines that no other seed gives.
func text(seed uint64, lines int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range lines {
		fmt.Fprintf(&b, "%016x %016x\n", r.Uint64(), r.Uint64())
	}
	return b.String()
}

// Places returns all places.
func Places() []Place {
	return []Place{
		{Name: "head", Build: atHead},
		{Name: "deleted later", Build: deleted},
		{Name: "renamed, then deleted", Build: renamed},
		{Name: "side branch", Build: sideBranch},
		{Name: "tag only", Build: tagOnly},
		{Name: "pull request only", Build: pullRequest},
		{Name: "merge commit itself", Build: evilMerge},
		{Name: "octopus parent", Build: octopus},
		{Name: "picked onto another branch", Build: cherryPicked},
		{Name: "stash", Build: stash},
		{Name: "reset away, in the reflog", Build: resetAway},
		{Name: "reset away, reflog expired", Build: resetExpired},
		{Name: "dangling blob", Build: danglingBlob},
		{Name: "note", Build: note},
		{Name: "commit message", Build: commitMessage},
		{Name: "tag message", Build: tagMessage},
		{Name: "author name", Build: authorName},
		{Name: "file name", Build: fileName},
		{Name: "branch name", Build: branchName},
		{Name: "remote URL", Build: remoteURL},
		{Name: "deep in a delta chain", Build: deltaChain},
		{Name: "completed by an edit", Build: completed},
		{Name: "binary file", Build: binaryFile},
		{Name: "UTF-16", Build: utf16File, Encoded: true},
		{Name: "base64", Build: base64File, Encoded: true},
		{Name: "link target", Build: linkTarget},
		{Name: "loose", Build: loose},
		{Name: "packed", Build: packed},
		{Name: "alternate", Build: alternate},
		{Name: "linked work tree", Build: linkedWorkTree},
		{Name: "staged", Build: staged},
		{Name: "untracked", Build: untracked},
		{Name: "ignored", Build: ignored},
		{Name: "submodule", Build: submodule},
	}
}

// start makes a repository with one commit.
func start(t testing.TB, dir string) *Git {
	g := Init(t, dir)
	g.WriteCommit("README", "a project\n", "first")
	return g
}

var mainOnly = []string{"refs/heads/main"}

func atHead(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("conf/app.env", env(secret), "add settings")
	g.WriteCommit("conf/other.env", "A=1\n", "more")
	return Want{Dir: dir, Kind: "git", Path: "conf/app.env", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func deleted(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("conf/app.env", env(secret), "add settings")
	g.Run("rm", "-q", "conf/app.env")
	g.Commit("remove settings")
	return Want{Dir: dir, Kind: "git", Path: "conf/app.env", Commit: c, Refs: mainOnly, Reachable: true}
}

func renamed(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.WriteCommit("old.env", env(secret), "add settings")
	if err := os.Mkdir(filepath.Join(dir, "conf"), 0o777); err != nil {
		t.Fatal(err)
	}
	g.Run("mv", "old.env", "conf/new.env")
	c := g.Commit("move settings")
	g.Run("rm", "-q", "conf/new.env")
	g.Commit("remove settings")
	return Want{Dir: dir, Kind: "git", Path: "conf/new.env", Commit: c, Refs: mainOnly, Reachable: true}
}

func sideBranch(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("checkout", "-q", "-b", "side")
	c := g.WriteCommit("app.env", env(secret), "add settings")
	g.Run("checkout", "-q", "main")
	g.WriteCommit("other", "1\n", "more")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: []string{"refs/heads/side"}, Reachable: true}
}

func tagOnly(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("checkout", "-q", "-b", "side")
	c := g.WriteCommit("app.env", env(secret), "add settings")
	g.Run("tag", "-a", "v1", "-m", "version 1")
	g.Run("checkout", "-q", "main")
	g.Run("branch", "-q", "-D", "side")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: []string{"refs/tags/v1"}, Reachable: true}
}

func pullRequest(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("checkout", "-q", "-b", "side")
	c := g.WriteCommit("app.env", env(secret), "add settings")
	g.Run("update-ref", "refs/pull/7/head", c)
	g.Run("checkout", "-q", "main")
	g.Run("branch", "-q", "-D", "side")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: []string{"refs/pull/7/head"}, Reachable: true}
}

func evilMerge(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("checkout", "-q", "-b", "side")
	g.WriteCommit("side.txt", "side\n", "on the side")
	g.Run("checkout", "-q", "main")
	g.WriteCommit("main.txt", "main\n", "on main")
	g.Run("merge", "-q", "--no-commit", "--no-ff", "side")
	c := g.WriteCommit("app.env", env(secret), "merge side")
	g.WriteCommit("after", "1\n", "after")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func octopus(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	var leak string
	for i, branch := range []string{"one", "two", "three"} {
		g.Run("checkout", "-q", "-b", branch, "main")
		g.WriteCommit(branch, text(uint64(i), 3), "on "+branch)
		if branch == "two" {
			leak = g.WriteCommit("app.env", env(secret), "add settings")
		}
	}
	g.Run("checkout", "-q", "main")
	g.Run("merge", "-q", "-m", "merge all", "one", "two", "three")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: leak, Refs: []string{"refs/heads/main", "refs/heads/two"}, InHead: true, Reachable: true}
}

func cherryPicked(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("checkout", "-q", "-b", "side")
	c := g.WriteCommit("app.env", env(secret), "add settings")
	g.Run("checkout", "-q", "main")
	g.WriteCommit("other", "1\n", "more")
	g.Run("cherry-pick", c)
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: []string{"refs/heads/main", "refs/heads/side"}, InHead: true, Reachable: true}
}

func stash(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Write("README", env(secret))
	g.Run("stash", "push", "-q")
	c := g.Run("rev-parse", "refs/stash")
	return Want{Dir: dir, Kind: "git", Path: "README", Commit: c, Refs: []string{"refs/stash"}, Reachable: true}
}

func resetAway(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("app.env", env(secret), "add settings")
	g.Run("reset", "-q", "--hard", "HEAD^")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c}
}

func resetExpired(t testing.TB, dir, secret string) Want {
	w := resetAway(t, dir, secret)
	g := Init(t, dir)
	g.Run("reflog", "expire", "--expire=all", "--all")
	g.Run("update-ref", "-d", "ORIG_HEAD")
	return w
}

func danglingBlob(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Pipe(env(secret), "hash-object", "-w", "--stdin")
	return Want{Dir: dir, Kind: "git", Part: "dangling blob"}
}

func note(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("notes", "add", "-m", "the token is "+secret)
	return Want{
		Dir: dir, Kind: "git", Path: g.Run("rev-parse", "HEAD"), Commit: g.Run("rev-parse", "refs/notes/commits"),
		Refs: []string{"refs/notes/commits"}, Reachable: true,
	}
}

func commitMessage(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("a", "1\n", "try it\n\nworks with "+secret)
	g.WriteCommit("b", "1\n", "more")
	return Want{Dir: dir, Kind: "git", Commit: c, Part: "commit message", Refs: mainOnly, Reachable: true}
}

func tagMessage(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("tag", "-a", "v1", "-m", "version 1\n\nworks with "+secret)
	return Want{
		Dir: dir, Kind: "git", Commit: g.Run("rev-parse", "HEAD"), Part: "tag message",
		Refs: []string{"refs/tags/v1"}, Reachable: true,
	}
}

func authorName(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("commit", "-q", "--allow-empty", "-m", "x", "--author", "Ada "+secret+" <ada@example.com>")
	return Want{Dir: dir, Kind: "git", Commit: g.Run("rev-parse", "HEAD"), Part: "author", Refs: mainOnly, Reachable: true}
}

func fileName(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("conf/"+secret+".txt", "1\n", "add a file")
	g.WriteCommit("conf/other", "1\n", "more")
	return Want{
		Dir: dir, Kind: "git", Path: "conf/" + secret + ".txt", Commit: c, Part: "path name",
		Refs: mainOnly, InHead: true, Reachable: true,
	}
}

func branchName(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("branch", "try/"+secret)
	return Want{
		Dir: dir, Kind: "git", Path: "refs/heads/try/" + secret, Commit: g.Run("rev-parse", "HEAD"), Part: "ref name",
		Refs: []string{"refs/heads/try/" + secret}, Reachable: true,
	}
}

func remoteURL(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("remote", "add", "origin", "https://user:"+secret+"@git.example.com/project.git")
	return Want{Dir: dir, Kind: "file", Path: ".git/config"}
}

func deltaChain(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	lines := strings.SplitAfter(text(7, 2000), "\n")
	var leak string
	for v := range 60 {
		lines[v*30] = fmt.Sprintf("version %d\n", v)
		if v == 20 {
			lines[1500] = "API_TOKEN=" + secret + "\n"
		} else if v == 21 {
			lines[1500] = "API_TOKEN=\n"
		}
		c := g.WriteCommit("big.txt", strings.Join(lines, ""), fmt.Sprint("version ", v))
		if v == 20 {
			leak = c
		}
	}
	g.Run("repack", "-q", "-adf", "--depth=50", "--window=60")
	return Want{Dir: dir, Kind: "git", Path: "big.txt", Commit: leak, Refs: mainOnly, Reachable: true}
}

func completed(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	before, after := text(8, 400), text(9, 400)
	half := len(secret) / 2
	g.WriteCommit("app.env", before+"API_TOKEN="+secret[:half]+"\n"+after, "half of it")
	c := g.WriteCommit("app.env", before+"API_TOKEN="+secret+"\n"+after, "all of it")
	g.Run("repack", "-q", "-adf")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func binaryFile(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("app.bin", "\x7fELF\x00\x01\xff\xfe\x00"+secret+"\x00\x00\xff", "add a program")
	return Want{Dir: dir, Kind: "git", Path: "app.bin", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func utf16File(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(env(secret))) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	c := g.WriteCommit("app.reg", string(b), "add settings")
	return Want{Dir: dir, Kind: "git", Path: "app.reg", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func base64File(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	c := g.WriteCommit("secret.yaml", "data:\n  token: "+base64.StdEncoding.EncodeToString([]byte(secret))+"\n", "add settings")
	return Want{Dir: dir, Kind: "git", Path: "secret.yaml", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

// linkTarget makes the link in the index alone, because not every file system
// has links.
func linkTarget(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	id := g.Pipe("/tmp/"+secret, "hash-object", "-w", "--stdin")
	g.Run("update-index", "--add", "--cacheinfo", "120000,"+id+",link")
	g.Run("commit", "-q", "-m", "add a link")
	return Want{
		Dir: dir, Kind: "git", Path: "link", Commit: g.Run("rev-parse", "HEAD"), Part: "link target",
		Refs: mainOnly, InHead: true, Reachable: true,
	}
}

func loose(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Run("repack", "-q", "-ad")
	c := g.WriteCommit("app.env", env(secret), "add settings")
	return Want{Dir: dir, Kind: "git", Path: "app.env", Commit: c, Refs: mainOnly, InHead: true, Reachable: true}
}

func packed(t testing.TB, dir, secret string) Want {
	w := atHead(t, dir, secret)
	g := Init(t, dir)
	g.Run("repack", "-q", "-ad")
	g.Run("pack-refs", "--all")
	return w
}

func alternate(t testing.TB, dir, secret string) Want {
	lender, borrower := filepath.Join(dir, "lender"), filepath.Join(dir, "borrower")
	w := atHead(t, lender, secret)
	Init(t, dir).Run("clone", "-q", "--shared", lender, borrower)
	w.Dir = borrower
	w.Refs = []string{"refs/heads/main", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"}
	return w
}

func linkedWorkTree(t testing.TB, dir, secret string) Want {
	home, linked := filepath.Join(dir, "home"), filepath.Join(dir, "linked")
	g := start(t, home)
	g.Run("worktree", "add", "-q", "--detach", linked)
	c := g.In(linked).WriteCommit("app.env", env(secret), "add settings")
	return Want{
		Dir: linked, Kind: "git", Path: "app.env", Commit: c,
		Refs: []string{"worktrees/linked/HEAD"}, InHead: true, Reachable: true,
	}
}

func staged(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Write("app.env", env(secret))
	g.Run("add", "app.env")
	return Want{Dir: dir, Kind: "index", Path: "app.env"}
}

func untracked(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.Write("app.env", env(secret))
	return Want{Dir: dir, Kind: "file", Path: "app.env"}
}

func ignored(t testing.TB, dir, secret string) Want {
	g := start(t, dir)
	g.WriteCommit(".gitignore", "*.env\n", "ignore settings")
	g.Write("app.env", env(secret))
	return Want{Dir: dir, Kind: "file", Path: "app.env"}
}

// submodule leaves the secret in the git directory of a submodule whose work
// tree is gone, as after checking out a commit that had none.
func submodule(t testing.TB, dir, secret string) Want {
	library, project := filepath.Join(dir, "library"), filepath.Join(dir, "project")
	w := atHead(t, library, secret)
	g := start(t, project)
	g.Run("submodule", "--quiet", "add", "../library", "lib")
	g.Commit("add a submodule")
	g.Run("submodule", "--quiet", "deinit", "-f", "lib")
	if err := os.RemoveAll(library); err != nil {
		t.Fatal(err)
	}
	w.Dir = project
	w.Refs = []string{"refs/heads/main", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"}
	return w
}
