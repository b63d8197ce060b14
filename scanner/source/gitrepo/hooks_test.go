package gitrepo

import (
	"os"
	"path/filepath"
	"testing"
)

// TestUserHooksDir wants the file that names the folder of hooks, and the one in
// which git would, if none does.
func TestUserHooksDir(t *testing.T) {
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
			dir, file, err := UserHooksDir()
			if err != nil || dir != want || file != filepath.Join(home, tt.file) {
				t.Errorf("%q by %q, %v; want %q by %q", dir, file, err, want, tt.file)
			}
		})
	}
}
