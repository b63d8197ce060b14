package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// openStaged returns the source of what is staged in the repository that paths name.
// Of its ignore file, ignored gets to know, unless it is nil.
func openStaged(paths []string, memory size, ignored *ignore.List) ([]source.Source, error) {
	r, err := openNamed(paths, gitrepo.Options{Staged: true, Memory: memory.forObjects()}, ignored)
	if err != nil {
		return nil, err
	}
	return []source.Source{r}, nil
}

// openNamed opens the repository that the only one of paths is in, or the current one
// if there is none. Of its ignore file, ignored gets to know, unless it is nil.
func openNamed(paths []string, opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	if len(paths) == 0 {
		return openCurrent(opt, ignored)
	}
	return openAbove(paths[0], opt, ignored)
}

// openAbove opens the repository that a folder is in. Of its ignore file, ignored gets
// to know, unless it is nil.
func openAbove(folder string, opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	root, err := rootAbove(folder)
	if err != nil {
		return nil, err
	}
	if err := addRoot(fromHere(root), ignored); err != nil {
		return nil, err
	}
	return openRoot(root, opt)
}

// rootAbove returns the root of the repository that a folder is in: its work tree or,
// without one, itself.
func rootAbove(folder string) (string, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", &usageError{fmt.Sprintf("%q is not a folder", folder), "name one in a git repository"}
	}
	root, err := gitrepo.Above(folder)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return "", &usageError{fmt.Sprintf("%q is in no git repository", folder), "name a folder in one, or run it there"}
	}
	return root, err
}

// openRoot opens the repository at root, and calls it as it is seen from here.
func openRoot(root string, opt gitrepo.Options) (*gitrepo.Repository, error) {
	opt.Display = fromHere(root)
	r, err := gitrepo.Open(root, opt)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil, &usageError{fmt.Sprintf("%q is no git repository, though it has a .git", opt.Display), ""}
	}
	return r, err
}

// openCurrent opens the repository that git has in mind: the one that the current
// folder is in or, for a hook, that of the environment. Of its ignore file, ignored
// gets to know, unless it is nil.
//
// See https://git-scm.com/docs/git#_the_git_repository.
func openCurrent(opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	opt.Index = os.Getenv("GIT_INDEX_FILE")
	opt.Objects = os.Getenv("GIT_OBJECT_DIRECTORY")
	opt.Alternates = filepath.SplitList(os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))
	gitDir := os.Getenv("GIT_DIR")
	if gitDir == "" {
		return openAbove(cmp.Or(os.Getenv("GIT_WORK_TREE"), "."), opt, ignored)
	}
	opt.Display = "." // where git runs hooks
	if err := addRoot(opt.Display, ignored); err != nil {
		return nil, err
	}
	r, err := gitrepo.OpenGitDir(gitDir, opt)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil, &usageError{fmt.Sprintf("GIT_DIR is %q, which is no git directory", gitDir), "unset it, or correct it"}
	}
	return r, err
}

// addRoot lets ignored know of the ignore file of a repository, unless it is nil.
func addRoot(dir string, ignored *ignore.List) error {
	if ignored == nil {
		return nil
	}
	if err := ignored.AddRoot(dir); err != nil {
		return &usageError{err.Error(), noIgnoreHint}
	}
	return nil
}

// fromHere returns an absolute path without links as it is seen from the current
// folder.
func fromHere(name string) string {
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		return filepath.ToSlash(name)
	}
	if rel, err := filepath.Rel(here, name); err == nil {
		name = rel
	}
	return filepath.ToSlash(name)
}
