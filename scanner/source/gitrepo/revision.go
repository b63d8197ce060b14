package gitrepo

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/leakflare/leakflare/scanner/source/gitpack"
)

// ErrUnknownRevision tells that a revision names nothing that the repository
// could have: it was mistyped, or nobody has fetched it.
var ErrUnknownRevision = errors.New("unknown revision")

// ErrMissingRevision tells that a revision names an object that the repository may
// well have had, but that is not there: the clone is shallow, or an object or a
// ref cannot be read.
var ErrMissingRevision = errors.New("missing revision")

// A RevisionError tells which revision of a Range cannot be found, and why. It
// wraps ErrUnknownRevision or ErrMissingRevision.
type RevisionError struct {
	Revision string // as it was given
	Err      error
}

func (e *RevisionError) Error() string { return e.Err.Error() }
func (e *RevisionError) Unwrap() error { return e.Err }

// A revisionReader finds the objects that revisions name.
type revisionReader struct {
	*Repository
	reader  *reader
	shallow map[plumbing.Hash]bool
	noRefs  string // why refs cannot be read, or empty
}

// A revision is an object that is no tag, and the tags that it was named by.
type revision struct {
	object plumbing.Hash
	kind   int             // of the object; zero if it could not be read
	tags   []plumbing.Hash // outermost first
	named  plumbing.Hash   // the outermost tag, or the object
}

// findCommit is find for a commit.
func (r *revisionReader) findCommit(name string) (plumbing.Hash, error) {
	rev, err := r.find(name)
	if err == nil && rev.kind != kindCommit {
		err = notCommit(name)
	}
	return rev.object, err
}

func notCommit(name string) error {
	return fmt.Errorf("%w %q: it is not a commit", ErrUnknownRevision, name)
}

// find returns the object that a revision names: the id of an object, whole or
// its first digits; a ref by its full or short name; "@" for HEAD; of a commit each
// with any number of ^, ^n, ~, ~n and ^{commit} behind it. With an error, it
// returns the tags that could be read.
//
// See https://git-scm.com/docs/gitrevisions, of which this is a part.
func (r *revisionReader) find(name string) (rev revision, err error) {
	base, steps := name, ""
	if i := strings.IndexAny(name, "~^"); i >= 0 {
		base, steps = name[:i], name[i:]
	}
	id, err := r.object(base)
	if err != nil {
		return rev, err
	}
	if rev, err = r.peelTags(base, id); err != nil {
		return rev, err
	}
	if steps != "" {
		if rev.kind != kindCommit {
			return revision{}, notCommit(name)
		}
		rev.tags = nil
	}
	for steps != "" {
		var step step
		if step, steps, err = cutStep(steps); err != nil {
			return revision{}, fmt.Errorf("%w %q: %w", ErrUnknownRevision, name, err)
		}
		if rev.object, err = r.follow(name, rev.object, step); err != nil {
			return revision{}, err
		}
	}
	return rev, nil
}

// A step leads from a commit to the parent with a number, as many times.
type step struct{ parent, times int }

// cutStep returns the first step of what stands behind the name of an object.
func cutStep(s string) (first step, rest string, err error) {
	for _, same := range []string{"^{commit}", "^{}", "^0"} {
		if rest, ok := strings.CutPrefix(s, same); ok {
			return step{}, rest, nil
		}
	}
	rest = strings.TrimLeft(s[1:], "0123456789")
	n := 1
	if digits := s[1 : len(s)-len(rest)]; digits != "" {
		if n, err = strconv.Atoi(digits); err != nil {
			return first, "", errors.New("a number is too large")
		}
	}
	switch {
	case s[0] == '~':
		return step{1, n}, rest, nil
	case s[0] == '^' && !strings.HasPrefix(rest, "{"):
		return step{n, 1}, rest, nil
	}
	return first, "", fmt.Errorf("%q is not understood", s)
}

// follow goes a step of a revision, from a commit that it came to.
func (r *revisionReader) follow(name string, id plumbing.Hash, s step) (plumbing.Hash, error) {
	for range s.times {
		head, err := r.commit(id)
		switch {
		case err != nil:
			return id, fmt.Errorf("%w: %s: commit %s: %s", ErrMissingRevision, name, id, reason(err))
		case r.shallow[id]:
			return id, fmt.Errorf("%w: %s: the clone is shallow, and the parents of %s are not in it", ErrMissingRevision, name, id)
		case s.parent > len(head.parents) || s.parent == 0:
			return id, fmt.Errorf("%w: %s: commit %s has %s", ErrUnknownRevision, name, id, count(len(head.parents), "parent"))
		}
		id = head.parents[s.parent-1]
	}
	return id, nil
}

// commit reads a commit.
func (r *revisionReader) commit(id plumbing.Hash) (commitHeader, error) {
	n := r.db.find(id)
	if n == none {
		return commitHeader{}, errors.New("it is not there")
	}
	data, err := r.reader.held(n, kindCommit)
	if err != nil {
		return commitHeader{}, err
	}
	return parseCommit(data), nil
}

// peelTags follows tags from the object that was named to one that is no tag.
func (r *revisionReader) peelTags(name string, id plumbing.Hash) (revision, error) {
	rev := revision{object: id, named: id}
	for {
		n := r.db.find(rev.object)
		if n == none {
			if isEmptyObject(rev.object) {
				return rev, nil
			}
			return rev, r.missing(name, rev.object)
		}
		o, err := r.reader.open(n)
		if err != nil {
			return rev, fmt.Errorf("%w: %s: object %s: %s", ErrMissingRevision, name, rev.object, reason(err))
		}
		if o.kind != kindTag {
			rev.kind = o.kind
			return rev, nil
		}
		head, err := io.ReadAll(io.LimitReader(o.content(), tagHead))
		of, ok := parseTag(head)
		if err != nil || !ok || len(rev.tags) == maxTags {
			rev.tags = append(rev.tags, rev.object)
			return rev, fmt.Errorf("%w %q: what the tag %s is of cannot be told", ErrUnknownRevision, name, rev.object)
		}
		rev.tags = append(rev.tags, rev.object)
		rev.object = of
	}
}

// tagHead is the length, in bytes, of the line of a tag that says what it is of.
const tagHead = int64(len("object 0123456789012345678901234567890123456789\n"))

// missing returns the error for an object that was named and is not there.
func (r *revisionReader) missing(name string, id plumbing.Hash) error {
	switch {
	case len(r.shallow) > 0:
		return fmt.Errorf("%w: the clone is shallow, and %s is not in it", ErrMissingRevision, name)
	case r.db.unread:
		return fmt.Errorf("%w: %s is not there, and may be in packs that cannot be read", ErrMissingRevision, name)
	case name != id.String():
		return fmt.Errorf("%w: %s is %s, which is not there", ErrMissingRevision, name, id)
	}
	return fmt.Errorf("%w %q: no such object is there", ErrUnknownRevision, name)
}

// object returns the id of the object with a name.
func (r *revisionReader) object(name string) (plumbing.Hash, error) {
	if id, ok := parseID([]byte(name)); ok {
		return id, nil
	}
	if name == "@" {
		name = "HEAD"
	}
	if id, ok := r.named(name); ok {
		return id, nil
	}
	ids := r.db.withPrefix(name)
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return plumbing.ZeroHash, fmt.Errorf("%w %q: more than one object begins with that", ErrUnknownRevision, name)
	case r.noRefs != "":
		return plumbing.ZeroHash, fmt.Errorf("%w: %s: %s", ErrMissingRevision, name, r.noRefs)
	}
	return plumbing.ZeroHash, fmt.Errorf("%w %q: neither the id of an object nor the name of a ref", ErrUnknownRevision, name)
}

// named returns the object that a ref is of, or a file of the git directory such
// as HEAD or FETCH_HEAD.
func (r *revisionReader) named(name string) (plumbing.Hash, bool) {
	if isPseudoRef(name) {
		text, _ := readSmall(filepath.Join(r.gitDir, name)) // of FETCH_HEAD the first line counts
		if to, ok := strings.CutPrefix(text, "ref: "); ok {
			return r.refNamed(to)
		}
		if digits, _, _ := strings.Cut(text, "\t"); digits != "" {
			if id, ok := parseID([]byte(digits)); ok {
				return id, true
			}
		}
	}
	for _, form := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		if id, ok := r.refNamed(fmt.Sprintf(form, name)); ok {
			return id, true
		}
	}
	return plumbing.ZeroHash, false
}

// isPseudoRef tells whether name may be that of a file such as HEAD, which stands
// for an object and is no ref.
func isPseudoRef(name string) bool {
	return strings.HasSuffix(name, "HEAD") && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// minDigits is how many digits of an id there must be at least. It is git's
// number.
const minDigits = 4

// withPrefix returns the ids of objects that begin with some digits: all of
// them, if there are less than two.
func (db *database) withPrefix(digits string) (ids []plumbing.Hash) {
	digits = strings.ToLower(digits)
	first, err := hex.DecodeString(digits + "0"[:len(digits)%2])
	if err != nil || len(digits) < minDigits || len(first) > len(plumbing.ZeroHash) {
		return nil
	}
	add := func(id plumbing.Hash) (more bool) {
		if !strings.HasPrefix(id.String(), digits) {
			return false
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return len(ids) < 2
	}
	var least plumbing.Hash
	copy(least[:], first)
	for _, p := range db.packs {
		for i := p.Search(gitpack.ID(least)); i < p.Len() && add(plumbing.Hash(p.ID(i))); i++ {
		}
	}
	loose := database{}
	for i, dir := range db.dirs {
		loose.listLoose(i, filepath.Join(dir, digits[:2]), first[0], func(string, string) {})
	}
	for _, e := range loose.entries {
		add(e.id)
	}
	return ids
}
