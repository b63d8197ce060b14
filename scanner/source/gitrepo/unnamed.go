package gitrepo

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// What is noted of an archive in the history is noted by its id, for where it stands is
// not known before all trees are read. They are read for that only if there is something
// to be named, and no second time beside what was found.

// maxNamed is how many archives are named.
const maxNamed = 1000

// unnamed are the blobs that something was noted of by their ids.
type unnamed struct {
	mu  sync.Mutex
	ids map[plumbing.Hash]bool
}

func (u *unnamed) add(id plumbing.Hash) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = make(map[plumbing.Hash]bool)
	}
	u.ids[id] = true
}

// blobName is what a blob without a path is called in what is noted of it.
func (r *Repository) blobName(id plumbing.Hash) string {
	return fmt.Sprintf("%s: blob %s", r.gitName, id)
}

// wantUnnamed tells the tracer of the blobs that are to be named.
func (l *locator) wantUnnamed() {
	ids := slices.SortedFunc(maps.Keys(l.unnamed.ids), func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range ids[:min(len(ids), maxNamed)] {
		if _, ok := l.tracer.wanted[id]; !ok {
			l.tracer.wanted[id] = l.newTarget()
		}
	}
}

// nameNoted gives what was noted of blobs the names that git show takes for them, a
// commit and a path, if there is one.
func (l *locator) nameNoted() {
	names := make(map[string]string)
	for id := range l.unnamed.ids {
		if target, ok := l.tracer.wanted[id]; ok {
			if name := l.revision(id, target); name != "" {
				names[l.blobName(id)] = l.gitName + ": " + name
			}
		}
	}
	length := len(l.blobName(plumbing.ZeroHash))
	l.tally.Rename(func(path string) string {
		if len(path) < length || names[path[:length]] == "" {
			return path
		}
		return names[path[:length]] + path[length:]
	})
}

// revision returns what a blob is called in the first of the commits that have it, or
// in the index, or "" if it is in none.
func (l *locator) revision(id plumbing.Hash, target int) string {
	for _, p := range l.pairsOf[target] {
		if c := l.commitOf[p]; c != none {
			return fmt.Sprintf("%s:%s", l.db.entries[l.history.commits[c].n].id, l.tracer.pairs[p].path)
		}
	}
	if staged := l.stagedAt[id]; len(staged) > 0 {
		return ":" + staged[0].path
	}
	return ""
}
