package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leakflare/leakflare/scanner/ignore"
	"github.com/leakflare/leakflare/scanner/source"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

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

// openCommits returns the source for a range, as typed, of the repository that
// paths name. Of its ignore file, ignored gets to know, unless it is nil.
func openCommits(paths []string, commits string, memory size, ignored *ignore.List) ([]source.Source, error) {
	r, err := parseRange(commits)
	if err != nil {
		return nil, err
	}
	if len(paths) > 1 {
		return nil, &usageError{"--range is one of a single repository", "scan one path at a time"}
	}
	src, err := openNamed(paths, gitrepo.Options{Range: r, Memory: memory.forObjects()}, ignored)
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
