package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Above returns the directory of the repository that dir is in: dir itself, or the
// nearest above it that has a .git. It returns ErrNotRepository if there is none.
func Above(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := resolve(abs); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil || isGitDir(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%q: %w", dir, ErrNotRepository)
		}
	}
}

// findGitDir returns the git directory of the work tree or repository at dir. One
// elsewhere must know of dir, unless anywhere is set.
//
// See gitrepository-layout(5).
func findGitDir(dir string, anywhere bool) (string, error) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Lstat(dot)
	switch {
	case err == nil && info.IsDir():
		if isGitDir(dot) {
			return resolve(dot), nil
		}
		if _, err := os.Lstat(filepath.Join(dot, "HEAD")); errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("%q: %w", dot, fs.ErrPermission)
		}
		if entries, _ := os.ReadDir(filepath.Join(dot, "objects")); len(entries) > 0 {
			return "", fmt.Errorf("%q has objects, but no HEAD or no refs: it is damaged, and its objects are not read", dot)
		}
		if _, err := os.Lstat(filepath.Join(dot, "HEAD")); err == nil && isDir(filepath.Join(dot, "refs")) {
			return "", fmt.Errorf("%q has no objects: it is damaged, and what was in it is not known", dot)
		}
		return "", ErrNotRepository
	case err == nil && info.Mode()&os.ModeSymlink != 0:
		return follow(dot, dir, dot, anywhere)
	case err == nil && info.Mode().IsRegular():
		text, err := readSmall(dot)
		if err != nil {
			return "", err
		}
		to, ok := strings.CutPrefix(text, "gitdir: ")
		if !ok {
			return "", fmt.Errorf("reading %q: it names no git directory", dot)
		}
		return follow(dot, dir, absolute(to, dir), anywhere)
	}
	if isGitDir(dir) {
		return resolve(dir), nil
	}
	return "", ErrNotRepository
}

// A ForeignError tells of a .git that is not followed, because the git directory it
// leads to does not say that its work tree is there.
type ForeignError struct{ Dot, GitDir string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("following %q: it leads to %q, which does not say that this is its work tree, and is not followed: to scan the history that is there, name that folder as another path, beside this one", e.Dot, e.GitDir)
}

// follow returns the git directory to, which dot, the .git of the work tree
// dir, leads to. Whoever made the folder that is scanned may have written
// anything there, so that the git directory must know the work tree too, unless
// anywhere is set.
func follow(dot, dir, to string, anywhere bool) (string, error) {
	if info, err := os.Stat(to); err != nil {
		return "", fmt.Errorf("following %q: %w", dot, err)
	} else if !info.IsDir() {
		return "", fmt.Errorf("following %q: %q is not a directory", dot, to)
	}
	switch {
	case !isGitDir(to):
		return "", fmt.Errorf("following %q: %q is not a git directory", dot, to)
	case !anywhere && !knows(to, dir):
		return "", &ForeignError{dot, to}
	}
	return resolve(to), nil
}

// knows tells whether dir is the work tree of a git directory: one that is
// linked, which the file gitdir names, or that of a submodule, which
// core.worktree names.
func knows(gitDir, dir string) bool {
	if text, err := readSmall(filepath.Join(gitDir, "gitdir")); err == nil {
		dot := absolute(text, gitDir)
		if filepath.Base(dot) == ".git" && sameFile(filepath.Dir(dot), dir) {
			return true
		}
	}
	for _, name := range []string{"config.worktree", "config"} {
		text, err := readSmall(filepath.Join(gitDir, name))
		if err != nil {
			continue
		}
		cfg, _ := decodeConfig(text)
		if tree := cfg.Section("core").Option("worktree"); tree != "" {
			return sameFile(absolute(tree, gitDir), dir)
		}
	}
	return false
}

// sameFile tells whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// isGitDir tells whether dir itself is a git directory, of a repository or of
// a linked work tree.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if isDir(filepath.Join(dir, "objects")) && isDir(filepath.Join(dir, "refs")) {
		return true
	}
	info, err := os.Stat(filepath.Join(dir, "commondir"))
	return err == nil && info.Mode().IsRegular()
}

// findCommonDir returns the directory that gitDir, which is resolved, shares
// with other work trees: gitDir itself unless a file commondir says otherwise.
// It must be the one that gitDir lies in, where a walk of it comes by gitDir.
func findCommonDir(gitDir string) (string, error) {
	text, err := readSmall(filepath.Join(gitDir, "commondir"))
	if errors.Is(err, os.ErrNotExist) {
		return gitDir, nil
	}
	if err != nil {
		return "", err
	}
	dir := absolute(text, gitDir)
	if info, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("following commondir: %w", err)
	} else if !info.IsDir() {
		return "", fmt.Errorf("following commondir: %q is not a directory", dir)
	}
	common := resolve(dir)
	if !isGitDir(common) || filepath.Dir(gitDir) != filepath.Join(common, "worktrees") {
		return "", fmt.Errorf("following commondir: it leads to %q, which has no such work tree: scan that repository by its own path", dir)
	}
	return common, nil
}

// absolute returns the path written in a file of git, which is relative to dir.
func absolute(p, dir string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}

// resolve returns p without symbolic links, or as it is if that cannot be.
func resolve(p string) string {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		return real
	}
	return p
}
