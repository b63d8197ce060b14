// Package ignore says which findings do not count: ignore files, marks on
// lines, and baselines.
//
// What one of them says of a place where a credential stands covers that place.
// A finding is suppressed when all its places are covered; one that is not
// keeps them all.
//
//   - A fingerprint, and a baseline, cover a credential wherever it stands.
//   - A path pattern covers the files with such paths, in history too.
//   - A mark covers what begins on its line. Where something that people work
//     with now is marked (a file, standard input, what is staged, what is in
//     HEAD), so is what is left in the history of that repository, which
//     nobody can mark any more.
//
// The .leakflareignore of a folder or repository speaks of what is in it, and of
// nothing beside it: scanning two repositories, one cannot silence the other.
package ignore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// A Place is where a credential stands, and the mark on the line there, if any.
type Place struct {
	report.Location
	Mark string // as returned by [Mark]
}

// A List holds what has been decided. Make it with [New]. It may be used by any
// number of goroutines.
type List struct {
	// Partial tells that not all is scanned that entries may speak of. Nothing
	// follows then from an entry that matches nothing.
	Partial bool

	now   time.Time
	mu    sync.Mutex
	found []*file  // in folders, in the order of these
	named []*file  // by hand
	roots []string // folders that are scanned, sorted: they are found in any order
}

// New returns a List that knows of marks alone. Entries that have ended at now
// are expired.
func New(now time.Time) *List { return &List{now: now} }

// Suppress returns why the finding of v, which stands at places, does not
// count, and nil if it does. The result depends on the order of places, but not
// whether there is one.
func (l *List) Suppress(v secret.Value, places []Place) *report.Suppression {
	l.mu.Lock()
	defer l.mu.Unlock()
	covers := make([]*report.Suppression, len(places))
	for _, f := range slices.Concat(l.found, l.named) {
		f.cover(v, places, covers, l)
	}
	coverMarked(places, covers)
	if len(covers) == 0 || slices.Contains(covers, nil) {
		return nil
	}
	why := *covers[0]
	for _, c := range covers { // it ends when the first of them does
		if !c.Until.IsZero() && (why.Until.IsZero() || c.Until.Before(why.Until)) {
			why.Until = c.Until
		}
	}
	return &why
}

// Idle returns the entries that suppress nothing: those that have expired, and,
// if the scan was complete and is not Partial, those that matched nothing. Of
// what other tools wrote that means nothing, since most of it is about other
// secrets. It is to be called after Suppress has been for all findings.
func (l *List) Idle(complete bool) []report.IdleEntry {
	whole := complete && !l.Partial
	l.mu.Lock()
	defer l.mu.Unlock()
	var idle []report.IdleEntry
	for _, f := range slices.Concat(l.found, l.named) {
		var own, unused int
		for _, e := range f.entries {
			switch {
			case e.expired(l.now):
				why := "expired after " + e.until.AddDate(0, 0, -1).Format(time.DateOnly)
				idle = append(idle, report.IdleEntry{Where: f.where(e), Why: why})
			case e.foreign:
			case e.used || e.inverted:
				own++
			case f.by == report.ByBaseline:
				own++
				unused++
			case whole:
				idle = append(idle, report.IdleEntry{Where: f.where(e), Why: "matches nothing"})
			}
		}
		if unused > 0 && whole {
			idle = append(idle, report.IdleEntry{Where: f.name, Why: fmt.Sprintf("%d of %d credentials are not found any more", unused, own)})
		}
	}
	return idle
}

// A file is one ignore file or baseline.
type file struct {
	name string // as people name it, slash-separated
	root string // the folder that it speaks of; "" for all
	by   string // as in a Suppression

	entries  []*entry // all of them
	prints   map[secret.Fingerprint]*entry
	digests  map[digest]*entry
	spots    map[spot]*entry
	patterns []pattern
	matched  map[filePath]*entry // what the patterns have said; nil if nothing
}

// An entry is one decision in a file.
type entry struct {
	line     int // 0 if lines mean nothing there
	reason   string
	until    time.Time // midnight UTC after its last day; zero if it does not end
	foreign  bool      // another tool wrote it
	inverted bool      // a pattern that takes back what others cover
	used     bool      // it has matched
}

func (e *entry) expired(now time.Time) bool { return !e.until.IsZero() && !now.Before(e.until) }

// where returns where e is written.
func (f *file) where(e *entry) string {
	if e.line == 0 {
		return f.name
	}
	return fmt.Sprintf("%s:%d", f.name, e.line)
}

// A spot is a line of a file, in the form of other tools.
type spot struct {
	commit string // "" for any
	path   string // slash-separated
	line   int
}

// cover notes in covers which of places, all of the credential v, are covered by
// f and by nothing before it.
func (f *file) cover(v secret.Value, places []Place, covers []*report.Suppression, l *List) {
	named := f.find(v, places, l.roots)
	for i, p := range places {
		if _, ok := below(f.root, full(p.Location)); !ok && f.root != "" {
			continue
		}
		e := f.match(p.Location, l.roots)
		if named != nil && !named.expired(l.now) {
			e = named
		}
		if e == nil {
			continue
		}
		e.used = true
		if covers[i] == nil {
			covers[i] = &report.Suppression{By: f.by, Where: f.where(e), Reason: e.reason, Until: e.until}
		}
	}
}

// find returns the entry that names the credential v, by its value or, as other
// tools do, by a line on which it stands; nil if there is none.
func (f *file) find(v secret.Value, places []Place, roots []string) *entry {
	if e := f.prints[v.Fingerprint()]; e != nil {
		return e
	}
	if len(f.digests) > 0 {
		if e := f.digests[v.SHA1()]; e != nil {
			return e
		}
	}
	if len(f.spots) == 0 {
		return nil
	}
	for _, p := range places {
		if p.Line == 0 {
			continue
		}
		for _, path := range f.paths(p.Location, roots) {
			for _, commit := range []string{"", p.Commit} {
				if e := f.spots[spot{commit, path, p.Line}]; e != nil {
					return e
				}
			}
		}
	}
	return nil
}

// A filePath is a path of which the first length bytes are that of a file, and the
// others of what is in it.
type filePath struct {
	path   string
	length int
}

// match returns the entry of the pattern that covers the file at l, nil if none
// does.
func (f *file) match(l report.Location, roots []string) *entry {
	if len(f.patterns) == 0 || l.Part == report.RefName {
		return nil
	}
	inside := len(l.Path) - len(l.File())
	for _, path := range f.paths(l, roots) {
		p := filePath{path, max(len(path)-inside, 0)}
		e, known := f.matched[p]
		if !known {
			e = match(f.patterns, p.path, p.length)
			f.matched[p] = e
		}
		if e != nil {
			return e
		}
	}
	return nil
}

// paths returns the paths of l that f may mean: as seen from its folder, or, if
// it speaks of all, from each folder and repository that is scanned.
func (f *file) paths(l report.Location, roots []string) []string {
	if l.Path == "" {
		return nil
	}
	if f.root != "" {
		roots = []string{f.root}
	}
	var paths []string
	for _, root := range roots {
		if rel, ok := below(root, full(l)); ok && rel != "" {
			paths = append(paths, rel)
		}
	}
	if f.root == "" {
		paths = append(paths, l.Path)
	}
	return paths
}

// full returns the path of l as seen from where the command runs; for what has
// none in git, that of the repository.
func full(l report.Location) string {
	switch {
	case l.Repository == "" || l.Repository == "." && l.Path != "":
		return l.Path
	case l.Path == "":
		return l.Repository
	}
	return strings.TrimSuffix(l.Repository, "/") + "/" + l.Path
}

// below returns path as seen from the folder root, "" for root itself, and
// whether it is in there.
func below(root, path string) (rel string, ok bool) {
	switch {
	case path == root:
		return "", true
	case root == ".":
		return path, path != "" && path[0] != '/' && path != ".." && !strings.HasPrefix(path, "../") && !hasDrive(path)
	}
	return strings.CutPrefix(path, strings.TrimSuffix(root, "/")+"/")
}

// hasDrive reports whether path is an absolute one of Windows.
func hasDrive(path string) bool {
	return len(path) > 2 && path[1] == ':' && path[2] == '/' && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
}

// coverMarked notes in covers which further places are covered by marks.
func coverMarked(places []Place, covers []*report.Suppression) {
	var marked []*report.Suppression // of what is current
	var paths []string               // of these
	fresh := make(map[string]bool)   // paths at which a mark is that HEAD may not have yet
	for i, p := range places {
		if p.Mark == "" {
			continue
		}
		path := full(p.Location)
		why := &report.Suppression{By: report.ByMark, Where: cmp.Or(path, p.Kind), Reason: p.Mark}
		if p.Line > 0 {
			why.Where += fmt.Sprintf(":%d", p.Line)
		}
		if covers[i] == nil {
			covers[i] = why
		}
		if p.Current() {
			marked, paths = append(marked, why), append(paths, path)
			fresh[path] = fresh[path] || !p.InHead
		}
	}
	if marked == nil {
		return
	}
	of := make(map[string]*report.Suppression) // repositories with something marked
	for i, p := range places {
		if covers[i] != nil || p.Repository == "" || p.Current() && !(p.InHead && fresh[full(p.Location)]) {
			continue
		}
		if _, known := of[p.Repository]; !known {
			of[p.Repository] = nil
			if n := slices.IndexFunc(paths, func(path string) bool { _, ok := below(p.Repository, path); return ok }); n >= 0 {
				of[p.Repository] = marked[n]
			}
		}
		covers[i] = of[p.Repository]
	}
}
