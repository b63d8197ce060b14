package source

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxSkips is how many skips a [Tally] lists. It counts further ones.
const maxSkips = 10000

// A Tally counts what a source reads, while it reads. The zero Tally has
// counted nothing. It may be used concurrently.
type Tally struct {
	Files, Repositories, Objects, Commits, Bytes, Unopened atomic.Int64
	Empty                                                  atomic.Bool

	mu      sync.Mutex
	skipped []Skip
	seen    map[Skip]bool
	more    int64 // skips that are not in skipped
	faults  int64 // of those, faults
}

// Skip notes that the thing at path is rightly left out.
func (t *Tally) Skip(path, reason string) { t.note(Skip{Path: path, Reason: reason}) }

// Closed notes that there is more at path than could be read, at nobody's fault: it is
// encrypted, malformed or cut short.
func (t *Tally) Closed(path, reason string) { t.note(Skip{Path: path, Reason: reason, Closed: true}) }

// Fault notes that content at path, which should have been read, was not, or
// not whole.
func (t *Tally) Fault(path, reason string) { t.note(Skip{Path: path, Reason: reason, Fault: true}) }

// note notes s, once.
func (t *Tally) note(s Skip) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.seen[s]:
	case len(t.skipped) < maxSkips:
		if t.seen == nil {
			t.seen = make(map[Skip]bool)
		}
		t.seen[s] = true
		t.skipped = append(t.skipped, s)
	default:
		t.more++
		if s.Fault {
			t.faults++
		}
	}
}

// Rename gives what was noted and is listed the path that name returns for its own.
func (t *Tally) Rename(name func(path string) string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.seen)
	listed := t.skipped[:0]
	for _, s := range t.skipped {
		if s.Path = name(s.Path); !t.seen[s] {
			t.seen[s] = true
			listed = append(listed, s)
		}
	}
	t.skipped = listed
}

// Coverage returns what has been read so far.
func (t *Tally) Coverage() Coverage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Coverage{
		Files:        t.Files.Load(),
		Repositories: t.Repositories.Load(),
		Objects:      t.Objects.Load(),
		Commits:      t.Commits.Load(),
		Bytes:        t.Bytes.Load(),
		Empty:        t.Empty.Load(),
		Unopened:     t.Unopened.Load(),
		Skipped:      slices.Clone(t.skipped),
		SkippedMore:  t.more,
		FaultsMore:   t.faults,
	}
}
