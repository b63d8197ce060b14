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

// openStaged returns the source of what is staged in the repository of the path,
// or in the current one, if there is none. Of its ignore file, ignored gets to know,
// unless it is nil.
func openStaged(paths []string, f scanFlags, ignored *ignore.List) ([]source.Source, error) {
	opt := gitrepo.Options{Staged: true, Memory: f.memory.forObjects()}
	var (
		r   *gitrepo.Repository
		err error
	)
	if len(paths) == 0 {
		r, err = openCurrent(opt, ignored)
	} else {
		r, err = openAbove(paths[0], opt, ignored)
	}
	if err != nil {
		return nil, err
	}
	return []source.Source{r}, nil
}

// openAbove opens the repository that a folder is in.
func openAbove(path string, opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil, &usageError{fmt.Sprintf("%q is not a folder", path), "name one in a git repository"}
	}
	dir, err := gitrepo.Above(path)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil, &usageError{fmt.Sprintf("%q is in no git repository", path), "run it in one"}
	}
	if err != nil {
		return nil, err
	}
	opt.Display = fromHere(dir)
	if err := addRoot(opt.Display, ignored); err != nil {
		return nil, err
	}
	return gitrepo.Open(dir, opt)
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

// fromHere returns a folder as seen from the current one.
func fromHere(dir string) string {
	here, err := os.Getwd()
	if real, linkErr := filepath.EvalSymlinks(here); err == nil && linkErr == nil {
		here = real
	}
	rel, relErr := filepath.Rel(here, dir)
	if err != nil || relErr != nil {
		rel = dir
	}
	return filepath.ToSlash(rel)
}
