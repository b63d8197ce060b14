package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/files"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// open returns the sources for what target says of paths. Of each repository that is
// found in them, ignored gets to know, unless it is nil.
func open(paths []string, target targetFlags, memory size, stdin io.Reader, ignored *ignore.List) ([]source.Source, error) {
	opener, err := target.archives.opener(memory)
	if err != nil {
		return nil, err
	}
	part := gitrepo.Options{Archives: opener, About: detectors.ContentNames, Memory: memory.forObjects()}
	switch {
	case target.staged:
		return openStaged(paths, part, ignored)
	case target.commits != "":
		return openCommits(paths, target.commits, part, ignored)
	}
	opt := files.Options{
		Repository: func(dir string) (source.Source, error) {
			opt := part
			opt.Display, opt.WithoutObjects = clean(dir), target.history == "off"
			r, err := gitrepo.Open(dir, opt)
			if err == nil && ignored != nil {
				// What is wrong with the ignore file of a repository below a
				// target is no reason not to scan the others.
				return r, ignored.AddRoot(dir)
			}
			if err == nil {
				return r, nil
			}
			foreign := (*gitrepo.ForeignError)(nil)
			if errors.Is(err, gitrepo.ErrNotRepository) || errors.As(err, &foreign) && isNamed(paths, foreign.GitDir) {
				err = nil
			}
			return nil, err
		},
		RepositoriesOnly: target.history == "only",
		Archives:         opener,
	}
	if opener != nil {
		opt.Bundle = func(path string, head []byte) (source.Source, error) {
			if !gitrepo.IsBundle(head) {
				return nil, nil
			}
			return gitrepo.OpenBundle(path, part)
		}
	}
	var sources []source.Source
	for _, path := range paths {
		if path == "-" {
			if stdin == nil {
				return nil, &usageError{"standard input can be read once only", ""}
			}
			sources = append(sources, files.NewStream("-", stdin, opener))
			stdin = nil
			continue
		}
		if isPipe(path) {
			sources = append(sources, files.NewStream(path, &pipe{path: path}, opener))
			continue
		}
		src, err := files.New(path, opt)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &usageError{fmt.Sprintf("%q does not exist", path), "paths are files, folders or \"-\" for standard input"}
		}
		if err != nil {
			return nil, err
		}
		sources = append(sources, src)
	}
	return sources, nil
}

// isNamed reports whether one of paths leads to the folder dir.
func isNamed(paths []string, dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && slices.ContainsFunc(paths, func(path string) bool {
		other, err := os.Stat(path)
		return err == nil && os.SameFile(info, other)
	})
}

// A pipe is a file that is opened when it is read, because opening one waits
// for somebody to write.
type pipe struct {
	path string
	file *os.File
}

// Read implements [io.Reader].
func (p *pipe) Read(b []byte) (int, error) {
	if p.file == nil {
		f, err := os.Open(p.path)
		if err != nil {
			return 0, err
		}
		p.file = f // closed with the process
	}
	return p.file.Read(b)
}

// isPipe reports whether path is a pipe, as in "leakflare scan <(command)", or a
// device. In a folder neither would be read, but this one was asked for.
func isPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) != 0
}

// openStaged returns the source of what is staged in the repository that paths name.
// Of its ignore file, ignored gets to know, unless it is nil.
func openStaged(paths []string, opt gitrepo.Options, ignored *ignore.List) ([]source.Source, error) {
	opt.Staged = true
	r, err := openNamed(paths, opt, ignored)
	if err != nil {
		return nil, err
	}
	return []source.Source{r}, nil
}

// openCommits returns the source for a range, as typed, of the repository that
// paths name. Of its ignore file, ignored gets to know, unless it is nil.
func openCommits(paths []string, commits string, opt gitrepo.Options, ignored *ignore.List) ([]source.Source, error) {
	r, err := parseRange(commits)
	if err != nil {
		return nil, err
	}
	if len(paths) > 1 {
		return nil, &usageError{"--range is one of a single repository", "scan one path at a time"}
	}
	opt.Range = r
	src, err := openNamed(paths, opt, ignored)
	switch {
	case errors.Is(err, gitrepo.ErrUnknownRevision):
		return nil, &usageError{err.Error(), "a revision is a branch, a tag, HEAD or the id of a commit; is it fetched?"}
	case errors.Is(err, gitrepo.ErrMissingRevision):
		return nil, fmt.Errorf("%w; the rest of a shallow clone is fetched with `git fetch --unshallow`", err)
	case err != nil:
		return nil, err
	}
	return []source.Source{src}, nil
}

// parseRange reads a range as git writes it: A..B is what is in the history of B
// and not in that of A, and so is A...B, what came to B since the two parted. One
// that is left out is HEAD.
func parseRange(s string) (*gitrepo.Range, error) {
	from, to, ok := strings.Cut(s, "..")
	to = strings.TrimPrefix(to, ".")
	if !ok || strings.Contains(to, "..") {
		e := &usageError{fmt.Sprintf("--range %q is not a range", s), `a range is written A..B: what is in the history of B and not in that of A, as in "main..HEAD"`}
		if s != "" && !ok {
			e.hint = fmt.Sprintf(`for what came after it, write "%s.."; for that commit alone, "%s^..%s"`, s, s, s)
		}
		return nil, e
	}
	r := &gitrepo.Range{Include: []string{to}, Exclude: []string{from}}
	for _, side := range [][]string{r.Include, r.Exclude} {
		if side[0] == "" {
			side[0] = "HEAD"
		}
	}
	return r, nil
}

// openNamed opens the repository that the only one of paths is in, or the current one
// if there is none. Of its ignore file, ignored gets to know, unless it is nil.
func openNamed(paths []string, opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	if len(paths) == 0 {
		return openCurrent(opt, ignored)
	}
	return openAbove(paths[0], opt, ignored)
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

// openAbove opens the repository that a folder is in. Of its ignore file, ignored gets
// to know, unless it is nil.
func openAbove(folder string, opt gitrepo.Options, ignored *ignore.List) (*gitrepo.Repository, error) {
	root, name, err := rootAbove(folder)
	if err != nil {
		return nil, err
	}
	if err := addRoot(name, ignored); err != nil {
		return nil, err
	}
	opt.Display = name
	return openRoot(root, opt)
}

// rootAbove returns the root of the repository that a folder is in, which is its work
// tree or, without one, itself; and how it is called: as the folder is, if that is the
// root, or else as it is seen from the current folder.
func rootAbove(folder string) (root, name string, err error) {
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return "", "", &usageError{fmt.Sprintf("%q is not a folder", folder), "name one in a git repository"}
	}
	root, err = gitrepo.Above(folder)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return "", "", &usageError{fmt.Sprintf("%q is in no git repository", folder), "name a folder in one, or run it there"}
	}
	if err != nil {
		return "", "", err
	}
	if at, err := os.Stat(root); err == nil && os.SameFile(at, info) {
		return root, clean(folder), nil
	}
	return root, fromHere(root), nil
}

// clean returns a path as it is called in reports.
func clean(path string) string { return filepath.ToSlash(filepath.Clean(path)) }

// enclosing returns what the repository is called that the folder path is a part of
// without being its root, or "".
func enclosing(path string) string {
	if _, name, err := rootAbove(path); err == nil && name != clean(path) {
		return name
	}
	return ""
}

// openRoot opens the repository at root, which is the one that git would be about.
func openRoot(root string, opt gitrepo.Options) (*gitrepo.Repository, error) {
	opt.Follow = true
	r, err := gitrepo.Open(root, opt)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil, &usageError{fmt.Sprintf("%q is no git repository, though it has a .git", opt.Display), ""}
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
