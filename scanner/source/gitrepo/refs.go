package gitrepo

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/leakflare/leakflare/scanner/source"
)

// A ref is a name for an object.
type ref struct {
	name string
	id   plumbing.Hash
}

// A head is what a work tree has checked out.
type head struct {
	name string // "HEAD", or worktrees/<name>/HEAD
	ref  string // the full name of a branch, or empty if HEAD is detached
	id   plumbing.Hash
}

// maxLinks is how many symbolic refs in a row are followed.
const maxLinks = 5

// refNames reads the refs of the repository and emits their names.
func (w *walk) refNames() error {
	w.readRefs()
	return w.emitRefs()
}

// emitRefs emits the names of the refs.
func (w *walk) emitRefs() error {
	for _, r := range w.refs {
		w.names = append(w.names, r.name)
	}
	return w.emitNames()
}

// emitNames emits the names of refs.
func (w *walk) emitNames() error {
	var list strings.Builder
	for _, name := range w.names {
		list.WriteString(name + "\n")
	}
	return w.text([]byte(list.String()), source.Blob{Kind: kindRefs})
}

// readRefs reads the refs of the repository, and what its work trees have checked
// out.
func (w *walk) readRefs() {
	refs := make(map[string]plumbing.Hash)
	links := make(map[string]string) // of symbolic refs
	w.packedRefs(refs)
	for _, dir := range w.gitDirs() {
		prefix := ""
		if dir != w.common {
			prefix = path.Join("worktrees", filepath.Base(dir))
		}
		if refsDir := filepath.Join(dir, "refs"); leadsAway(refsDir) {
			w.tally.Fault(w.nameOf(refsDir), "it leads to something else than refs")
		} else {
			w.looseRefs(refsDir, path.Join(prefix, "refs"), refs, links)
		}
		w.head(filepath.Join(dir, "HEAD"), path.Join(prefix, "HEAD"))
	}
	w.linkedRefs(refs, links)
	for name, id := range refs {
		if links[name] == "" { // otherwise it was packed before it became a link
			w.refs = append(w.refs, ref{name, id})
		}
	}
	slices.SortFunc(w.refs, func(a, b ref) int { return cmp.Compare(a.name, b.name) })
}

// leadsAway tells whether dir, the refs of a git directory, is a link to what is
// not the refs of another.
func leadsAway(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return false
	}
	real := resolve(dir)
	return filepath.Base(real) != "refs" || !isGitDir(filepath.Dir(real))
}

// linkedRefs adds the symbolic refs to w.refs, with what they lead to.
func (w *walk) linkedRefs(refs map[string]plumbing.Hash, links map[string]string) {
	ends := make(map[string]plumbing.Hash) // of detached heads
	next := maps.Clone(links)
	for _, h := range w.heads {
		if h.ref != "" {
			next[h.name] = h.ref
		} else {
			ends[h.name] = h.id
		}
	}
	for name, to := range next {
		for range maxLinks {
			if next[to] == "" {
				break
			}
			to = next[to]
		}
		if next[to] != "" {
			w.tally.Fault(w.nameOf(filepath.Join(w.common, filepath.FromSlash(name))), "symbolic refs in a circle, or more in a row than git follows")
		}
		if links[name] == "" {
			continue // a head
		}
		id, ok := refs[to]
		if !ok {
			id = ends[to] // zero, if to is not there
		}
		w.refs = append(w.refs, ref{name, id})
	}
}

// packedRefs adds the refs in the file packed-refs.
func (w *walk) packedRefs(refs map[string]plumbing.Hash) {
	malformed := false
	err := w.eachPackedRef(func(digits, name []byte) bool {
		if id, ok := parseRefID(string(digits)); ok {
			refs[string(name)] = id
		} else {
			malformed = true
		}
		return true
	})
	if err != nil {
		w.tally.Fault(w.nameOf(w.packedRefsFile()), reason(err))
	} else if malformed {
		w.tally.Fault(w.nameOf(w.packedRefsFile()), "malformed lines")
	}
}

// packedRef returns what a ref in the file packed-refs is of, zero if it is not
// there.
func (r *Repository) packedRef(name string) (id plumbing.Hash, err error) {
	malformed := false
	err = r.eachPackedRef(func(digits, found []byte) bool {
		if string(found) != name {
			return true
		}
		var ok bool
		id, ok = parseRefID(string(digits))
		malformed = !ok
		return false
	})
	if malformed {
		return id, errors.New("malformed lines in packed-refs")
	}
	return id, err
}

func (r *Repository) packedRefsFile() string { return filepath.Join(r.common, "packed-refs") }

// eachPackedRef calls do with the digits and the name of each ref in the file
// packed-refs, until that returns false. They are valid until it returns. There may
// be no such file. A line with a caret says what the tag above it is of.
//
// See git-pack-refs(1).
func (r *Repository) eachPackedRef(do func(digits, name []byte) bool) error {
	f, _, err := openRegular(r.packedRefsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxSmall)
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 || line[0] == '#' || line[0] == '^' {
			continue
		}
		if digits, name, _ := bytes.Cut(line, []byte(" ")); !do(digits, name) {
			return nil
		}
	}
	return lines.Err()
}

// looseRefs adds the refs in the files below dir, whose names begin with
// prefix. Symbolic ones, which name other refs, go to links.
func (w *walk) looseRefs(dir, prefix string, refs map[string]plumbing.Hash, links map[string]string) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.tally.Fault(w.nameOf(dir), reason(err))
	}
	for _, e := range entries {
		file, name := filepath.Join(dir, e.Name()), path.Join(prefix, e.Name())
		if e.IsDir() {
			w.looseRefs(file, name, refs, links)
			continue
		}
		if strings.HasSuffix(name, ".lock") {
			continue
		}
		to, id, err := readRef(file)
		if err != nil {
			w.tally.Fault(w.nameOf(file), reason(err))
		} else if to != "" {
			links[name] = to
		} else {
			refs[name] = id
		}
	}
}

// head notes what the HEAD in a file points to.
func (w *walk) head(file, name string) {
	to, id, err := readRef(file)
	if err != nil {
		w.tally.Fault(w.nameOf(file), reason(err))
		return
	}
	if to != "" && !strings.HasPrefix(to, "refs/") {
		w.tally.Fault(w.nameOf(file), "holds neither the id of an object nor the name of a ref")
		return
	}
	w.heads = append(w.heads, head{name, to, id})
}

// readRef reads a ref, which holds the id of an object, or the name of another
// ref.
func readRef(file string) (to string, id plumbing.Hash, err error) {
	text, err := readSmall(file)
	if err != nil {
		return "", id, err
	}
	if to := strings.TrimSpace(strings.TrimPrefix(text, "ref:")); to != text && to != "" {
		return to, id, nil
	}
	id, ok := parseRefID(text)
	if !ok {
		return "", id, errors.New("holds neither the id of an object nor the name of a ref")
	}
	return "", id, nil
}

// parseRefID reads the id in a ref. A SHA-256 one, whose object is not read
// either, becomes zero.
func parseRefID(digits string) (plumbing.Hash, bool) {
	if len(digits) == hex.EncodedLen(sha256.Size) {
		_, err := hex.DecodeString(digits)
		return plumbing.ZeroHash, err == nil
	}
	return parseID([]byte(digits))
}

// headCommit returns the id of the commit that is checked out, zero if there is
// none yet.
func (r *Repository) headCommit() (plumbing.Hash, error) {
	file := filepath.Join(r.gitDir, "HEAD")
	for range maxLinks {
		to, id, err := readRef(file)
		if to == "" || err != nil {
			return id, err
		}
		if !strings.HasPrefix(to, "refs/") || !filepath.IsLocal(filepath.FromSlash(to)) {
			return id, errors.New("holds neither the id of an object nor the name of a ref")
		}
		file = filepath.Join(r.refDir(to), filepath.FromSlash(to))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			continue
		}
		return r.packedRef(to)
	}
	return plumbing.ZeroHash, errors.New("symbolic refs in a circle, or more in a row than git follows")
}

// refDir returns the git directory that a ref is in. Some are of a work tree.
//
// See gitrepository-layout(5), refs.
func (r *Repository) refDir(name string) string {
	for _, own := range []string{"refs/bisect/", "refs/worktree/", "refs/rewritten/"} {
		if strings.HasPrefix(name, own) {
			return r.gitDir
		}
	}
	return r.common
}

// headCommits returns the ids that the work trees have checked out.
func (r *Repository) headCommits() (ids []plumbing.Hash) {
	for _, h := range r.heads {
		id, ok := h.id, true
		if h.ref != "" {
			id, ok = r.refNamed(h.ref)
		}
		if ok { // otherwise a branch without a commit
			ids = append(ids, id)
		}
	}
	return ids
}

// refNamed returns the object of the ref with a full name.
func (r *Repository) refNamed(name string) (plumbing.Hash, bool) {
	i, ok := slices.BinarySearchFunc(r.refs, name, func(r ref, name string) int { return cmp.Compare(r.name, name) })
	if !ok {
		return plumbing.ZeroHash, false
	}
	return r.refs[i].id, true
}

// tips returns the refs and the detached heads, in the order of their names.
func (r *Repository) tips() []ref {
	tips := slices.Clone(r.refs)
	for _, h := range r.heads {
		if h.ref == "" {
			tips = append(tips, ref{h.name, h.id})
		}
	}
	slices.SortFunc(tips, func(a, b ref) int { return cmp.Compare(a.name, b.name) })
	return tips
}
