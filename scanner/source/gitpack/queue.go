package gitpack

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// batch is how many small families a worker takes at once.
const batch = 64

// A task is work for one worker: some families, or a part of one.
type task struct {
	roots []int32

	// Or the entry rank, a delta on one with the content base, and all below it.
	rank, root int32
	kind       int
	base       []byte // shared: must not be written to
	state      any    // of the base
}

// A queue hands out tasks: large families first, so that the last tasks are
// small, and then parts of families that workers have given up to others that
// have nothing to do.
type queue struct {
	waiting atomic.Int32 // workers that have nothing to do

	mu     sync.Mutex
	ready  sync.Cond
	roots  []int32
	large  int    // so many of the roots are those of large families
	parts  []task // of families
	busy   int    // workers with a task, who may give up parts of it
	closed bool
}

func newQueue(p *plan, roots []int32, heavy int64) *queue {
	q := &queue{}
	q.ready.L = &q.mu
	for _, k := range roots {
		if p.weight[k] >= heavy {
			q.roots = append(q.roots, k)
		}
	}
	q.large = len(q.roots)
	slices.SortStableFunc(q.roots, func(a, b int32) int { return cmp.Compare(p.weight[b], p.weight[a]) })
	for _, k := range roots {
		if p.weight[k] < heavy {
			q.roots = append(q.roots, k)
		}
	}
	return q
}

// take returns a task, and waits for one while other workers may give some up.
// It returns false when all is done. A worker that takes a task must call done
// after it.
func (q *queue) take() (t task, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.closed:
			return t, false
		case len(q.parts) > 0:
			last := len(q.parts) - 1
			t, q.parts[last] = q.parts[last], task{}
			q.parts = q.parts[:last]
			q.busy++
			return t, true
		case len(q.roots) > 0:
			n := min(batch, len(q.roots))
			if q.large > 0 {
				n = 1
				q.large--
			}
			t.roots, q.roots = q.roots[:n], q.roots[n:]
			q.busy++
			return t, true
		case q.busy == 0:
			return t, false
		}
		q.waiting.Add(1)
		q.ready.Wait()
		q.waiting.Add(-1)
	}
}

// done ends a task that was taken.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy--; q.busy == 0 {
		q.ready.Broadcast()
	}
}

// give adds a part of a family, if there is a worker that waits for one.
func (q *queue) give(t task) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if int(q.waiting.Load()) <= len(q.parts) {
		return false
	}
	q.parts = append(q.parts, t)
	q.ready.Signal()
	return true
}

// close makes all workers stop after the tasks that they have.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ready.Broadcast()
}
