package gitrepo

import (
	"context"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// introduceRange finds the pairs that the commits of a range introduced, and
// returns for each the positions of these commits.
func (l *locator) introduceRange(ctx context.Context) (first [][]uint32, err error) {
	t := l.tracer
	t.sets = make([][]int32, len(l.changes.trees))
	c := newComparer(l.db, t.reader)
	c.broken = func(string, plumbing.Hash, error) {} // which Walk noted
	var at uint32                                    // position of the commit that is compared, or none
	var set []int32                                  // of a tree that is compared
	add := func(p pair) {
		i, ok := t.pairAt[p]
		if !ok {
			// Trees may be nested so that there is no end of paths.
			if t.budget -= len(p.path) + 128; t.budget < 0 || len(t.pairs) == maxPlaces {
				t.budget, c.stopped = -1, true
				return
			}
			i = int32(len(t.pairs))
			t.pairs, first = append(t.pairs, p), append(first, nil)
			t.pairAt[p] = i
		}
		if at == none {
			set = append(set, i)
			return
		}
		if n := len(first[i]); n == 0 || first[i][n-1] != at {
			t.budget -= 4
			first[i] = append(first[i], at)
		}
	}
	c.visit = func(in *place, e treeEntry, isNew bool) bool {
		again := false
		if target, ok := t.wanted[e.id]; ok && !e.isTree() && !e.isGitlink() {
			add(pair{joinPath(in.dir, string(e.name)), target, e.isLink()})
			again = true
		}
		if target, ok := t.names[string(e.name)]; ok && isNew {
			if tree, ok := t.wanted[l.db.entries[in.tree].id]; ok {
				add(pair{path: in.dir, target: tree})
				add(pair{path: joinPath(in.dir, string(e.name)), target: target})
				again = true
			}
		}
		return again
	}
	if len(t.wanted)+len(t.names) == 0 {
		return nil, nil
	}
	for _, change := range l.changes.commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at = l.history.position(change.n)
		c.compare(change.tree, change.olds)
	}
	at = none
	for i, id := range l.changes.trees {
		set = nil
		c.compare(id, nil)
		slices.Sort(set)
		t.sets[i] = set
	}
	return first, nil
}

// rangeSet returns the position of the set of a tree that a range includes itself,
// or -1.
func (l *locator) rangeSet(tree uint32) int32 {
	return int32(slices.IndexFunc(l.changes.trees, func(id plumbing.Hash) bool { return l.db.find(id) == tree }))
}

// markHeads finds which pairs of a range are in what is checked out.
func (l *locator) markHeads() {
	for _, id := range l.headCommits() {
		p := l.peel(id)
		if p.object == none || p.kind != kindCommit {
			continue
		}
		data, err := l.tracer.reader.held(p.object, kindCommit)
		if err != nil {
			continue
		}
		tree := parseCommit(data).tree
		for i, p := range l.tracer.pairs {
			e, ok := l.entryAt(tree, p.path)
			if !ok {
				continue
			}
			// A name stands there whatever it is the name of.
			if target, ok := l.tracer.wanted[e.id]; ok && target == p.target || l.isName(p) {
				l.inHead.add(uint32(i))
			}
		}
	}
}

// isName tells whether the target of a pair is a name.
func (l *locator) isName(p pair) bool {
	target, ok := l.tracer.names[p.path[strings.LastIndexByte(p.path, '/')+1:]]
	return ok && target == p.target
}

// entryAt returns the entry at a path below a tree.
func (l *locator) entryAt(tree plumbing.Hash, path string) (e treeEntry, ok bool) {
	for part := range strings.SplitSeq(path, "/") {
		n := l.db.find(tree)
		if n == none {
			return e, false
		}
		data, err := l.tracer.reader.held(n, kindTree)
		if err != nil {
			return e, false
		}
		ok = false
		for other := range treeEntries(data) {
			if string(other.name) == part {
				e, ok = other, true
				break
			}
		}
		if !ok {
			return e, false
		}
		tree = e.id
	}
	return e, ok
}

// inRange tells whether a ref is one that peelTips looks at: of a range those of
// its commits, and of what it was named by.
func (l *locator) inRange(id plumbing.Hash) bool {
	if l.changes == nil {
		return true
	}
	for _, named := range [][]plumbing.Hash{l.changes.tags, l.changes.trees, l.changes.blobs} {
		if slices.Contains(named, id) {
			return true
		}
	}
	return l.history.position(l.db.find(id)) != none
}
