package gitrepo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/testdata/repos"
)

// TestHooksAsGit looks for hooks where git says that it does, by configurations of
// each kind. The user's file includes FILE, which names a folder "included".
func TestHooksAsGit(t *testing.T) {
	repos.NeedGit(t)
	home := resolve(t.TempDir())
	g := repos.Init(t, filepath.Join(home, "code", "project"))
	gitDir := filepath.ToSlash(resolve(filepath.Join(g.Dir, ".git")))
	if err := os.Symlink(filepath.Join(home, "code"), filepath.Join(home, "link")); err != nil {
		t.Skip(err)
	}
	included := filepath.Join(home, "conf", "included.inc")
	user := filepath.Join(home, ".gitconfig")
	local := filepath.Join(g.Dir, ".git", "config")
	plain, err := os.ReadFile(local)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "none"))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_DIR", "GIT_CONFIG_COUNT"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	includeIf := func(condition string) string {
		return fmt.Sprintf("[includeIf %q]\n\tpath = conf/included.inc\n", condition)
	}
	const hooks = "[core]\n\thooksPath = %s\n"
	tests := []struct {
		name, user, local string
		env               []string
		unsure            bool
	}{
		{"nothing", "", "", nil, false},
		{"the user's", fmt.Sprintf(hooks, "~/user"), "", nil, false},
		{"the repository's over the user's", fmt.Sprintf(hooks, "~/user"), fmt.Sprintf(hooks, "/local"), nil, false},
		{"included", "[include]\n\tpath = conf/included.inc\n", "", nil, false},
		{"included before", "[include]\n\tpath = conf/included.inc\n" + fmt.Sprintf(hooks, "/user"), "", nil, false},
		{"included behind", fmt.Sprintf(hooks, "/user") + "[Include]\n\tPATH = conf/included.inc\n", "", nil, false},
		{"included between", fmt.Sprintf(hooks, "/one") + "[include]\n\tpath = conf/included.inc\n" + fmt.Sprintf(hooks, "/two"), "", nil, false},
		{"a git directory", includeIf("gitdir:" + gitDir), "", nil, false},
		{"a folder above", includeIf("gitdir:" + filepath.ToSlash(home) + "/code/"), "", nil, false},
		{"a folder at home", includeIf("gitdir:~/code/"), "", nil, false},
		{"another at home", includeIf("gitdir:~/other/"), "", nil, false},
		{"beside the file", includeIf("gitdir:./code/"), "", nil, false},
		{"anywhere", includeIf("gitdir:code/"), "", nil, false},
		{"anywhere, in part", includeIf("gitdir:cod/"), "", nil, false},
		{"a pattern", includeIf("gitdir:~/c*/pro?ect/**"), "", nil, false},
		{"a pattern that is too short", includeIf("gitdir:~/*/.git"), "", nil, false},
		{"a git directory, not in it", includeIf("gitdir:" + gitDir + "/"), "", nil, false},
		{"by other letters", includeIf("gitdir:~/CODE/"), "", nil, false},
		{"by other letters, which do not matter", includeIf("gitdir/i:~/CODE/"), "", nil, false},
		{"another, but the repository says", includeIf("onbranch:main"), fmt.Sprintf(hooks, "/local"), nil, false},
		{"a branch", includeIf("onbranch:main"), "", nil, true},
		{"a remote", includeIf("hasconfig:remote.*.url:https://example.com/**"), "", nil, true},
		{"by a link", includeIf("gitdir:~/link/"), "", nil, true},
		{"something new", includeIf("weather:rain"), "", nil, true},
		{"a file that names no folder", strings.ReplaceAll(includeIf("onbranch:main"), "included", "other"), "", nil, false},
		{"the environment", fmt.Sprintf(hooks, "/user"), fmt.Sprintf(hooks, "/local"), []string{"user.name", "x", "Core.HooksPath", "/env"}, false},
		{"the environment includes", "", "", []string{"include.path", included}, false},
		{"the environment includes on a condition", "", "", []string{"includeIf.gitdir:" + gitDir + ".path", included}, false},
		{"the work tree's, which do not count", "", "", nil, false},
	}
	write(t, filepath.Join(home, "conf", "other.inc"), "[user]\n\tname = x\n")
	write(t, included, fmt.Sprintf(hooks, "/included"))
	write(t, filepath.Join(g.Dir, ".git", "config.worktree"), fmt.Sprintf(hooks, "/worktree"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			write(t, user, tt.user)
			write(t, local, string(plain)+tt.local)
			if len(tt.env) > 0 {
				t.Setenv("GIT_CONFIG_COUNT", fmt.Sprint(len(tt.env)/2))
			}
			for i := 0; i+1 < len(tt.env); i += 2 {
				t.Setenv(fmt.Sprint("GIT_CONFIG_KEY_", i/2), tt.env[i])
				t.Setenv(fmt.Sprint("GIT_CONFIG_VALUE_", i/2), tt.env[i+1])
			}
			got, err := mustOpen(t, g.Dir).Hooks()
			if err != nil {
				t.Fatal(err)
			}
			if unsure := len(got.Unsure) > 0; unsure != tt.unsure {
				t.Errorf("unsure: %q, want %t", got.Unsure, tt.unsure)
			}
			if tt.unsure {
				return
			}
			cmd := exec.Command("git", "rev-parse", "--path-format=absolute", "--git-path", "hooks")
			cmd.Dir = g.Dir
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.FromSlash(strings.TrimSpace(string(out))); resolve(got.Dir) != resolve(want) {
				t.Errorf("got %s, of %q; git looks in %s", got.Dir, got.From, want)
			}
		})
	}

	// With worktreeConfig they do count.
	write(t, user, "")
	write(t, local, string(plain)+"[extensions]\n\tworktreeConfig = true\n")
	if got, err := mustOpen(t, g.Dir).Hooks(); err != nil || got.Dir != filepath.FromSlash("/worktree") {
		t.Errorf("got %+v, %v", got, err)
	}

	// Files that include each other.
	write(t, user, "[include]\n\tpath = .gitconfig\n")
	if _, err := mustOpen(t, g.Dir).Hooks(); err == nil {
		t.Error("no error of a file that includes itself")
	}

	// For all repositories, any condition is open.
	write(t, user, includeIf("gitdir:~/code/"))
	if got, err := UserHooks(); err != nil || got.Dir != "" || len(got.Unsure) != 1 || got.From != user {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestUserHooks wants the file that names the folder of hooks, and the one in
// which git would, if none does.
func TestUserHooks(t *testing.T) {
	const sets, other = "[core]\n\thooksPath = ~/hooks\n", "[user]\n\tname = x\n"
	for _, tt := range []struct {
		what  string
		files map[string]string // below the home folder
		dir   string            // likewise
		file  string
	}{
		{"nothing", nil, "", ".gitconfig"},
		{"one file", map[string]string{".gitconfig": sets}, "hooks", ".gitconfig"},
		{"the other file", map[string]string{"xdg/git/config": sets}, "hooks", "xdg/git/config"},
		{"one that came later", map[string]string{"xdg/git/config": sets, ".gitconfig": other}, "hooks", "xdg/git/config"},
		{"the one that counts", map[string]string{"xdg/git/config": "[core]\n\thooksPath = /x\n", ".gitconfig": sets}, "hooks", ".gitconfig"},
		{"an included one", map[string]string{".gitconfig": "[include]\n\tpath = more\n", "more": sets}, "hooks", "more"},
		{"one set beside what is included", map[string]string{".gitconfig": "[include]\n\tpath = more\n" + sets, "more": "[core]\n\thooksPath = /x\n"}, "hooks", ".gitconfig"},
		{"the last included one", map[string]string{".gitconfig": "[include]\n\tpath = a\n\tpath = b\n", "a": "[core]\n\thooksPath = /x\n", "b": sets}, "hooks", "b"},
		{"none, in one file", map[string]string{"xdg/git/config": other}, "", "xdg/git/config"},
		{"none, in both", map[string]string{"xdg/git/config": other, ".gitconfig": other}, "", ".gitconfig"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("GIT_CONFIG_GLOBAL", "")
			os.Unsetenv("GIT_CONFIG_GLOBAL")
			t.Setenv("HOME", home)
			t.Setenv("USERPROFILE", home)
			t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
			for name, text := range tt.files {
				name = filepath.Join(home, name)
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want := ""
			if tt.dir != "" {
				want = filepath.Join(home, tt.dir)
			}
			got, err := UserHooks()
			if err != nil || got.Dir != want || got.From != filepath.Join(home, tt.file) {
				t.Errorf("%+v, %v; want %q by %q", got, err, want, tt.file)
			}
		})
	}
}
