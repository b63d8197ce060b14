package gitrepo

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/leakflare/leakflare/scanner/source"
)

// Locate returns the locations of hits.
//
// A hit in a blob has a location for every path at which any commit has the
// blob. Its commit is one that introduced it there: that has it while no
// parent does. Of several it is the oldest, though one that is lost gives way
// to one that a ref leads to. A blob that is staged, but at that path in no
// commit, has a location in the index.
//
// Of a great number of locations some are left out, which is noted as a fault.
// Each hit keeps one.
//
// What Walk noted of archives in the history is then noted by a path, where it is in
// a commit or staged.
//
// Of a Range, the commits are those of the range, the refs those that lead to one
// of them, and what the range has counts as reachable.
func (r *Repository) Locate(ctx context.Context, hits []source.Hit) ([][]source.Location, error) {
	if len(hits)+len(r.unnamed.ids) == 0 {
		return nil, ctx.Err()
	}
	if r.opt.Staged {
		return r.locateStaged(ctx, hits)
	}
	l := &locator{
		Repository: r,
		tracer:     newTracer(ctx, r.db, r.opt.Workers),
		content:    make(map[source.Hit]detail),
		inMember:   make(map[source.Hit]bool),
		pairsOf:    make(map[int][]int32),
		lone:       make(map[uint32]int),
		commits:    make(map[uint32]commitText),
		tagged:     make(map[plumbing.Hash]uint32),
		lists:      make(map[source.Blob]nameList),
		room:       maxPlaces,
	}
	defer l.tracer.close()
	if err := l.prepare(ctx, hits); err != nil {
		return nil, fmt.Errorf("locating hits in %s: %w", r.display, err)
	}
	result := make([][]source.Location, len(hits))
	order := make([]int, len(hits)) // what is left out must not depend on that of hits
	for i := range hits {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareHits(hits[i], hits[j]) })
	for _, i := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		result[i] = l.locate(hits[i])
		l.room = max(l.room-len(result[i]), 0)
	}
	l.nameNoted()
	if l.tracer.exhausted() && len(hits) > 0 {
		r.tally.Fault(r.gitName, "more paths lead to what was found than can be followed: not all are listed")
	}
	if l.more > 0 {
		r.tally.Fault(r.gitName, are(l.more, "further place")+" not listed")
	}
	return result, nil
}

const (
	// maxPlaces is how many locations one call of Locate returns, unless there
	// are more hits.
	maxPlaces = 100_000

	// maxRefs is how many refs a location names.
	maxRefs = 100

	// maxText is the length, in bytes, of the longest name, address or summary
	// of a commit that a location has.
	maxText = 1000
)

// A locator is one call of Locate.
type locator struct {
	*Repository
	tracer *tracer

	content   map[source.Hit]detail
	inMember  map[source.Hit]bool // in blobs, that are in a member too
	tips      []tip               // branches and tags first
	tipsAt    map[uint32][]string // for numbers of objects the names of the tips that are or, as tags, are of them
	commitAt  map[string]uint32   // for the names of tips the positions of their commits
	reachable bitset              // positions of the commits that tips lead to
	inHead    bitset              // pairs that are in trees that are checked out
	inTips    bitset              // pairs that are in tips that are trees
	commitOf  []uint32            // for each pair the position of the commit to name, or none
	groupOf   []int               // for each pair the commits that introduced it, as a position in refsOf
	pairsOf   map[int][]int32     // for each target its pairs, best first
	refsOf    [][]string          // for groups of commits the names of the tips that lead to one
	lone      map[uint32]int      // for commits with hits the groups that are just they

	stagedAt map[plumbing.Hash][]staging // for blobs with hits where they are staged and in no commit
	commits  map[uint32]commitText       // what is known of them, by position
	tagged   map[plumbing.Hash]uint32    // what is known of taggedCommit
	lists    map[source.Blob]nameList    // what is known of listOf

	room int // how many locations may be listed
	more int // how many are not
}

// take returns how many of n further places of a hit are listed, and counts the
// others. Of each hit one is.
func (l *locator) take(listed, n int) int {
	k := min(n, max(l.room-listed, 1-listed, 0))
	l.more += n - k
	return k
}

// prepare does what is done once for all hits.
func (l *locator) prepare(ctx context.Context, hits []source.Hit) error {
	if err := l.readContent(ctx, hits); err != nil {
		return err
	}
	l.wantUnnamed()
	first, err := l.introductions(ctx)
	if err != nil {
		return err
	}
	commits := make([]uint32, len(l.tips))
	for i, t := range l.tips {
		commits[i] = t.commit
	}
	l.reachable = l.history.reachable(commits)
	l.markPairs()
	l.chooseCommits(first)
	l.sortPairs()
	l.findStaged()
	l.findRefs(hits, first, commits)
	return nil
}

// introductions finds the pairs, and returns for each the positions of the commits
// that introduced it.
func (l *locator) introductions(ctx context.Context) ([][]uint32, error) {
	if l.changes != nil {
		l.peelTips()
		return l.introduceRange(ctx)
	}
	if err := l.tracer.trace(ctx); err != nil {
		return nil, err
	}
	l.peelTips()
	return l.tracer.introductions(ctx, l.history)
}

// markPairs finds which pairs are in what is checked out, and in tips.
func (l *locator) markPairs() {
	l.inHead, l.inTips = newBitset(len(l.tracer.pairs)), newBitset(len(l.tracer.pairs))
	if l.changes != nil {
		l.markHeads()
		return
	}
	mark := func(b bitset, set int32) {
		if set < 0 {
			return
		}
		for _, p := range l.tracer.sets[set] {
			b.add(uint32(p))
		}
	}
	for _, t := range l.tips {
		mark(l.inTips, t.set)
	}
	for _, id := range l.headCommits() {
		if c := l.history.position(l.peel(id).object); c != none {
			mark(l.inHead, l.tracer.below(l.history.commits[c].tree))
		}
	}
}

// sortPairs sorts the pairs of each target.
func (l *locator) sortPairs() {
	for p, pair := range l.tracer.pairs {
		// The path of a pair that no commit has is within some subtree.
		if l.commitOf[p] != none || l.inTips.has(uint32(p)) || l.changes != nil {
			l.pairsOf[pair.target] = append(l.pairsOf[pair.target], int32(p))
		}
	}
	reachable := func(p int32) bool { return l.commitOf[p] == none || l.reachable.has(l.commitOf[p]) }
	for _, pairs := range l.pairsOf {
		slices.SortFunc(pairs, func(a, b int32) int {
			return cmp.Or(
				falseLast(l.inHead.has(uint32(a)), l.inHead.has(uint32(b))),
				falseLast(reachable(a), reachable(b)),
				cmp.Compare(l.tracer.pairs[a].path, l.tracer.pairs[b].path),
				cmp.Compare(a, b))
		})
	}
}

// findStaged finds where blobs with hits are staged, at paths at which no commit
// has them.
func (l *locator) findStaged() {
	l.stagedAt = make(map[plumbing.Hash][]staging)
	for _, s := range l.staged {
		if _, ok := l.tracer.wanted[s.id]; ok {
			l.stagedAt[s.id] = append(l.stagedAt[s.id], s)
		}
	}
	for id, all := range l.stagedAt {
		paths := make(map[string]bool)
		for _, p := range l.pairsOf[l.tracer.wanted[id]] {
			paths[l.tracer.pairs[p].path] = true
		}
		l.stagedAt[id] = slices.DeleteFunc(all, func(s staging) bool {
			known := paths[s.path]
			paths[s.path] = true
			return known
		})
	}
}

// chooseCommits chooses one of the commits that introduced each pair.
func (l *locator) chooseCommits(first [][]uint32) {
	l.commitOf = make([]uint32, len(l.tracer.pairs))
	for p := range l.commitOf {
		commits := first[p]
		kept := slices.DeleteFunc(slices.Clone(commits), func(c uint32) bool { return !l.reachable.has(c) })
		if len(kept) > 0 {
			commits = kept
		}
		l.commitOf[p] = none
		if len(commits) > 0 {
			l.commitOf[p] = l.history.oldest(commits)
		}
	}
}

// findRefs finds which tips lead to what locations will name. That is for a pair
// any commit that introduced it, not just the one that is named: a change that
// was picked onto another branch is in both.
func (l *locator) findRefs(hits []source.Hit, first [][]uint32, tips []uint32) {
	var groups [][]uint32
	known := make(map[string]int)
	group := func(commits []uint32) int {
		var key []byte
		for _, c := range commits {
			key = binary.LittleEndian.AppendUint32(key, c)
		}
		i, ok := known[string(key)]
		if !ok {
			i = len(groups)
			known[string(key)] = i
			groups = append(groups, commits)
		}
		return i
	}
	l.groupOf = make([]int, len(first))
	for p, commits := range first {
		l.groupOf[p] = group(commits)
	}
	for _, h := range hits {
		if h.Blob.Kind == kindCommit {
			if c := l.history.position(l.number(h)); c != none {
				l.lone[c] = group([]uint32{c})
			}
		}
	}
	l.refsOf = make([][]string, len(groups))
	for i, containing := range l.history.containing(groups, tips, maxRefs) {
		for _, t := range containing {
			l.refsOf[i] = append(l.refsOf[i], l.tips[t].name)
		}
		slices.Sort(l.refsOf[i])
	}
}

// A tip is a ref or a detached HEAD, and what it comes to once tags are peeled.
type tip struct {
	name string
	peeled
	commit uint32 // position of the object in the history, or none
	set    int32  // of the object, if it is a tree outside of a commit, or -1
}

type peeled struct {
	tags   []uint32 // numbers of the tag objects, outermost first
	object uint32   // number of what they are of, or none
	kind   int      // of that
}

// maxTags is how many tags of tags are followed.
const maxTags = 100

// peel follows tags from an object to what they are of.
func (l *locator) peel(id plumbing.Hash) peeled {
	p := peeled{object: l.db.find(id)}
	for p.object != none && len(p.tags) < maxTags {
		if l.history.position(p.object) != none { // most are, and need not be opened
			p.kind = kindCommit
			break
		}
		o, err := l.tracer.reader.open(p.object)
		if p.kind = o.kind; err != nil || o.kind != kindTag {
			break
		}
		p.tags = append(p.tags, p.object)
		p.object = none
		if id, ok := parseTag(o.data); ok {
			p.object = l.db.find(id)
		}
	}
	return p
}

// taggedCommit returns the position of the commit that a tag is of, or none.
func (l *locator) taggedCommit(id plumbing.Hash) uint32 {
	c, ok := l.tagged[id]
	if !ok {
		c = l.history.position(l.peel(id).object)
		l.tagged[id] = c
	}
	return c
}

func (l *locator) peelTips() {
	l.tipsAt, l.commitAt = make(map[uint32][]string), make(map[string]uint32)
	tips := l.Repository.tips()
	if l.changes != nil {
		tips = append(tips, l.changes.pushed...)
	}
	for _, r := range tips {
		if !l.inRange(r.id) {
			continue
		}
		t := tip{name: r.name, peeled: l.peel(r.id), commit: none, set: -1}
		switch t.kind {
		case kindCommit:
			t.commit = l.history.position(t.object)
		case kindTree:
			if l.changes != nil {
				t.set = l.rangeSet(t.object)
			} else {
				t.set = l.tracer.below(t.object)
			}
		}
		l.tips = append(l.tips, t)
		l.commitAt[t.name] = t.commit
	}
	slices.SortStableFunc(l.tips, func(a, b tip) int { return falseLast(a.isPlain(), b.isPlain()) })
	for _, t := range l.tips {
		for _, n := range append(slices.Clip(t.tags), t.object) {
			names := l.tipsAt[n]
			again := len(names) > 0 && names[len(names)-1] == t.name // tags in a circle
			if n != none && !again && len(names) < maxRefs {
				l.tipsAt[n] = append(names, t.name)
			}
		}
	}
	for _, names := range l.tipsAt {
		slices.Sort(names)
	}
}

// isPlain tells whether a tip is a branch or a tag.
func (t tip) isPlain() bool {
	return strings.HasPrefix(t.name, "refs/heads/") || strings.HasPrefix(t.name, "refs/tags/")
}

// number returns the number of the object that a hit is in, or none.
func (l *locator) number(h source.Hit) uint32 { return l.db.find(idOf(h.Blob)) }

// idOf returns the id of the object that a blob is.
func idOf(b source.Blob) plumbing.Hash { return plumbing.Hash(b.Object[:len(plumbing.ZeroHash)]) }

// locate returns the locations of a hit, best first.
func (l *locator) locate(h source.Hit) (locations []source.Location) {
	switch h.Blob.Kind {
	case kindCommit:
		locations = l.inCommit(h)
	case kindTree:
		locations = l.inTree(h)
	case kindBlob:
		if l.inMember[h] {
			return nil
		}
		locations = l.inBlob(h)
	case kindMember, kindMemberName:
		locations = l.inBlob(h)
		for i := range locations {
			locations[i].Container = locations[i].Path
			locations[i].Path += h.Blob.Path
		}
	case kindTag:
		locations = l.inTag(h)
	case kindFile, kindName, kindLink:
		locations = l.inFile(h)
	case kindRefs:
		locations = l.inRefs(h)
	case kindIndex:
		locations = l.inIndex(h)
	}
	if l.changes != nil {
		for i := range locations {
			locations[i].Reachable = true
		}
	}
	slices.SortStableFunc(locations, func(a, b source.Location) int {
		return cmp.Or(falseLast(a.InHead, b.InHead), falseLast(a.Reachable, b.Reachable))
	})
	return locations
}

func falseLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// at returns the location of a hit in an object, without a commit or path.
func (l *locator) at(h source.Hit) source.Location {
	d := l.content[h]
	id := idOf(h.Blob)
	return source.Location{
		Kind:       source.Git,
		Line:       d.line,
		Column:     d.column,
		Offset:     h.Offset,
		About:      d.about,
		Part:       d.part,
		Repository: l.display,
		Blob:       id.String(),
	}
}

// addRefs fills in the tips that lead to a group of commits.
func (l *locator) addRefs(loc *source.Location, group int) {
	loc.Refs = slices.Clip(l.refsOf[group]) // shared: there may be thousands of each
	loc.Reachable = len(loc.Refs) > 0
}

// A commitText is what locations say of a commit.
type commitText struct {
	id      string
	author  ident
	summary string
}

// addCommit fills in what a location says of the commit at a position.
func (l *locator) addCommit(loc *source.Location, c uint32) {
	text, ok := l.commits[c]
	if !ok {
		n := l.history.commits[c].n
		text.id = l.db.entries[n].id.String()
		// With an error, the commit was read before and has changed since.
		if data, err := l.tracer.reader.held(n, kindCommit); err == nil {
			head := parseCommit(data)
			author := parseIdent(string(head.author))
			text.author = ident{clip(author.name), clip(author.email), author.date}
			text.summary = clip(string(head.summary))
		}
		l.commits[c] = text
	}
	loc.Commit = text.id
	loc.Author, loc.Email, loc.Date = text.author.name, text.author.email, text.author.date
	loc.Summary = text.summary
}

// clip returns a copy of the first maxText bytes of s.
func clip(s string) string { return strings.Clone(s[:min(len(s), maxText)]) }

// addPair fills in what a location says of a pair.
func (l *locator) addPair(loc *source.Location, p int32) {
	if c := l.commitOf[p]; c != none {
		l.addCommit(loc, c)
		l.addRefs(loc, l.groupOf[p])
	} else {
		loc.Refs = l.treeTips(p)
		loc.Reachable = len(loc.Refs) > 0
	}
	loc.InHead = l.inHead.has(uint32(p))
}

// treeTips returns the names of the tips that are trees, not commits, and have
// a pair.
func (l *locator) treeTips(p int32) (names []string) {
	for _, t := range l.tips {
		if len(names) < maxRefs && l.tracer.has(t.set, p) {
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	return names
}

func (l *locator) inBlob(h source.Hit) (locations []source.Location) {
	id := idOf(h.Blob)
	if target, ok := l.tracer.wanted[id]; ok {
		pairs := l.pairsOf[target]
		for _, p := range pairs[:l.take(0, len(pairs))] {
			pair := l.tracer.pairs[p]
			loc := l.at(h)
			loc.Path = pair.path
			if pair.link {
				loc.Part = "link target"
			}
			l.addPair(&loc, p)
			locations = append(locations, loc)
		}
	}
	staged := l.stagedAt[id]
	for _, s := range staged[:l.take(len(locations), len(staged))] {
		loc := l.at(h)
		loc.Kind, loc.Path = source.Index, s.path
		if s.link {
			loc.Part = "link target"
		}
		locations = append(locations, loc)
	}
	loc := l.at(h)
	loc.Refs = slices.Clip(l.tipsAt[l.number(h)])
	if loc.Reachable = len(loc.Refs) > 0; loc.Reachable {
		if l.take(len(locations), 1) == 1 {
			locations = append(locations, loc)
		}
		return locations
	}
	if len(locations) == 0 {
		if !l.tracer.exhausted() && l.changes == nil {
			loc.Part = "dangling blob"
		}
		locations = append(locations, loc)
	}
	return locations
}

// inTree returns the paths of the entry whose name a hit is in. All versions
// of a directory give the same location, so it does not name the tree.
func (l *locator) inTree(h source.Hit) (locations []source.Location) {
	d := l.content[h]
	loc := l.at(h)
	loc.Path, loc.Line, loc.Column, loc.Offset = d.entry, 0, 0, h.Offset-d.entryAt
	target, ok := l.tracer.wanted[idOf(h.Blob)]
	if !ok {
		return []source.Location{loc}
	}
	dirs := l.pairsOf[target]
	for _, dir := range dirs[:l.take(0, len(dirs))] {
		name := pair{path: joinPath(l.tracer.pairs[dir].path, d.entry), target: l.tracer.names[d.entry]}
		p, ok := l.tracer.pairAt[name]
		if !ok {
			continue
		}
		loc := loc
		loc.Path, loc.Blob = l.tracer.pairs[p].path, ""
		l.addPair(&loc, p)
		locations = append(locations, loc)
	}
	if len(locations) == 0 {
		locations = append(locations, loc)
	}
	return locations
}

func (l *locator) inCommit(h source.Hit) []source.Location {
	loc := l.at(h)
	loc.Blob = ""
	loc.Commit = idOf(h.Blob).String()
	if c := l.history.position(l.number(h)); c != none {
		l.addCommit(&loc, c)
		l.addRefs(&loc, l.lone[c])
	}
	return []source.Location{loc}
}

func (l *locator) inTag(h source.Hit) []source.Location {
	loc := l.at(h)
	if c := l.taggedCommit(idOf(h.Blob)); c != none {
		l.addCommit(&loc, c)
	}
	loc.Refs = slices.Clip(l.tipsAt[l.number(h)])
	loc.Reachable = len(loc.Refs) > 0
	return []source.Location{loc}
}

func (l *locator) inFile(h source.Hit) []source.Location {
	name := filepath.FromSlash(h.Blob.Path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.common, name)
	}
	d := l.content[h]
	return []source.Location{{
		Kind:   source.File,
		Path:   l.nameOf(name),
		Line:   d.line,
		Column: d.column,
		Offset: h.Offset,
		Part:   d.part,
	}}
}

// A nameList says where in a blob of names, a line each, names are.
type nameList struct {
	starts []int64
	which  []int // position in names or staged
	end    int64 // of the last
}

func (n *nameList) add(name string, which int) {
	n.starts, n.which = append(n.starts, n.end), append(n.which, which)
	n.end += int64(len(name) + 1)
}

// find returns which name an offset is in, and where in it; -1 for none.
func (n *nameList) find(at int64) (which int, offset int64) {
	i, found := slices.BinarySearch(n.starts, at)
	if !found {
		i--
	}
	if i < 0 || at >= n.end {
		return -1, 0
	}
	return n.which[i], at - n.starts[i]
}

// listOf returns the list of the names in a blob.
func (l *locator) listOf(b source.Blob) nameList {
	list, ok := l.lists[b]
	if ok {
		return list
	}
	if b.Kind == kindRefs {
		for i, name := range l.names {
			list.add(name, i)
		}
	} else {
		for i, s := range l.staged {
			if s.index == b.Path {
				list.add(s.path, i)
			}
		}
	}
	l.lists[b] = list
	return list
}

// inRefs returns the ref whose name a hit is in.
func (l *locator) inRefs(h source.Hit) []source.Location {
	list := l.listOf(h.Blob)
	i, at := list.find(h.Offset)
	if i < 0 {
		return nil
	}
	name := l.names[i]
	loc := source.Location{
		Kind:       source.Git,
		Path:       name,
		Offset:     at,
		Part:       source.RefName,
		Repository: l.display,
		Refs:       []string{name},
		Reachable:  true,
	}
	if c, ok := l.commitAt[name]; ok && c != none {
		l.addCommit(&loc, c)
	}
	return []source.Location{loc}
}

// inIndex returns the staged file whose name a hit is in.
func (l *locator) inIndex(h source.Hit) []source.Location {
	list := l.listOf(h.Blob)
	i, at := list.find(h.Offset)
	if i < 0 {
		return nil
	}
	return []source.Location{{
		Kind:       source.Index,
		Path:       l.staged[i].path,
		Offset:     at,
		Part:       "path name",
		Repository: l.display,
	}}
}
