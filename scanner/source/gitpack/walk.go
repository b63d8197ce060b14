package gitpack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/sourcegraph/conc/pool"
)

// DefaultMemory is how much memory a [Walk] takes for contents at once unless it
// is told otherwise, in bytes. Beside that, an object takes some hundred bytes.
const DefaultMemory = 384 << 20

const (
	// maxWhole is the size of the largest object that is held though nothing is
	// a delta on it, in bytes. A larger one is streamed.
	maxWhole = 8 << 20

	// believed is the size of a target up to which a delta is not checked
	// before room is made, in bytes.
	believed = 1 << 20

	// maxRemade is how much of one family is made again, in bytes. Without that,
	// a pack of little would take hours.
	maxRemade = 256 << 30

	// maxFree is how much room a worker keeps that it does not use, in bytes,
	// beside two contents.
	maxFree = 16 << 20
)

// ErrMemory tells that an object was not read because it needs more memory than
// there may be used.
var ErrMemory = errors.New("more memory is needed")

// megabytes returns a number of bytes for people.
func megabytes(n int64) string { return fmt.Sprintf("%d MB", (n+1<<20-1)>>20) }

// heavy is the weight, in bytes of the pack, from which on a family is taken by
// itself, and a part of one is worth handing to another worker.
const heavy = 64 << 10

// A Walk reads the objects of a pack, each once. Pack, Reach, Workers, Emit and
// Broken must be set.
type Walk struct {
	Pack    *Pack
	Reach   int // how far around a byte what is told of it may depend on, in bytes
	Workers int
	Memory  int64 // for contents at once, in bytes; DefaultMemory if it is zero

	// Kind is the type of the objects to be read, or zero for all. With one,
	// families are not walked again, and each Object says how it was made.
	Kind int

	// Sparse says that of a blob that nothing is a delta on, Data may be its
	// content only where it is owned and Reach to either side, and elsewhere
	// anything, unless it is emitted again. Head is how many of its first bytes
	// it has even so.
	Sparse bool
	Head   int

	// Skip reports whether the i-th object may be left out, because a copy of
	// it is elsewhere. It is asked about objects without a family alone: in a
	// family, what is found in one may be in all. It is nil if none may.
	Skip func(i int) bool

	// Base returns the type and content of an object that is not in the pack,
	// for deltas on it. It is called from Workers goroutines, and what it
	// returns is valid for ever. It is nil if there is none.
	Base func(ID) (kind int, content []byte, err error)

	// Emit is called for each object, from Workers goroutines. The walk ends
	// with its error, unless that is nothing but the error of the object's
	// Stream.
	Emit func(Object) error

	// Broken is called, from Workers goroutines, once for each object that
	// cannot be read: instead of Emit, but after it for one that failed while
	// it was streamed, or when its family was walked again.
	Broken func(i int, err error)

	limits limits // if not zero, others than usual
}

// limits are bounds of memory, in bytes, and heavy.
type limits struct {
	held   int64 // size of the largest object that deltas are on
	whole  int64 // size of the largest object without deltas that is held, not streamed
	modest int64 // what a worker may hold while others do too; one at a time may hold more
	family int64 // beyond this, that one drops contents, and makes them again when they are needed
	total  int64 // what that one may hold at most
	heavy  int64
}

// newLimits divides memory among workers: a quarter is shared evenly, and three
// quarters are for the one that needs more.
func newLimits(memory int64, workers int) limits {
	modest := memory / 4 / int64(workers)
	total := memory*3/4 + modest
	return limits{
		held:   total / 2,
		whole:  min(maxWhole, memory/8),
		modest: modest,
		family: memory / 2,
		total:  total,
		heavy:  heavy,
	}
}

// An Object is an object of a pack, whole or in part. All in it is valid until
// Emit returns.
type Object struct {
	I      int   // its number, in the order of ids
	Offset int64 // of its entry
	Kind   int
	Size   int64
	Data   []byte    // its content, but see Walk.Sparse; nil if it is streamed
	Own    []Span    // the parts of Data that were not in its base, with what is within reach of them; all if it is no delta
	Stream io.Reader // its content if that is large
	Found  *bool     // to be set if something is found in what is owned

	// Changes are where Data is not the content of its base: what was inserted,
	// and as empty spans where parts of the base meet that were no neighbours;
	// all if it is no delta.
	Changes []Span

	// Of a walk of one type, for a delta: what it copies from its base, in the
	// order of Data, and what Emit has left in the State of that base.
	Copies    []Copy
	Base      int // the number of the base, or -1 for what is no delta
	BaseState any
	State     *any // for deltas on this object

	Again bool // the object was emitted before, and what it owns are the other parts
}

// Run walks the pack. Families in which something was found are walked again,
// and then the parts of their objects are emitted that were not before, so that
// each object in which something stands is emitted whole.
func (w *Walk) Run(ctx context.Context) error {
	memory := cmp.Or(w.Memory, DefaultMemory)
	w.Pack.pages.limit(memory)
	defer w.Pack.pages.giveBack()
	r := &run{
		Walk:   w,
		plan:   newPlan(w.Pack, w.Workers),
		limits: cmp.Or(w.limits, newLimits(memory, w.Workers)),
	}
	r.told = make([]bool, len(r.number))
	for _, b := range r.broken {
		r.tell(b.rank, b.err)
	}
	if err := r.families(ctx, r.roots, false); err != nil {
		return err
	}
	if w.Kind != 0 {
		return nil
	}
	slices.Sort(r.found)
	r.found = slices.Compact(r.found)
	return r.families(ctx, r.found, true)
}

// A run is one call of Run.
type run struct {
	*Walk
	*plan
	limits limits
	told   []bool // entries that were told to be broken, by rank

	big   sync.Mutex // of the worker that holds more than modest
	mu    sync.Mutex
	found []int32 // roots of families in which something was found
}

// families walks the families with the given roots.
func (r *run) families(ctx context.Context, roots []int32, again bool) error {
	q := newQueue(r.plan, roots, r.limits.heavy)
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	workers := r.Workers
	if len(roots) == 0 {
		workers = 0
	}
	for range workers {
		p.Go(func(ctx context.Context) error {
			defer q.close() // also after an error, when others wait
			w := &worker{run: r, queue: q, again: again}
			for {
				t, ok := q.take()
				if !ok {
					return nil
				}
				if err := w.task(ctx, t); err != nil {
					return err
				}
				q.done()
			}
		})
	}
	return p.Wait()
}

// tell tells that an entry cannot be read.
func (r *run) tell(k int32, err error) {
	if !r.told[k] {
		r.told[k] = true
		r.Broken(int(r.number[k]), err)
	}
}

// lost tells that an entry and all deltas on it cannot be read.
func (r *run) lost(k int32, err error) {
	r.tell(k, err)
	for _, c := range r.below([]int32{k})[1:] {
		r.tell(c, errBase)
	}
}
