package gitpack

import (
	"errors"
	"math/bits"
	"slices"
	"sync"

	"github.com/sourcegraph/conc"
)

// none stands for no entry.
const none = -1

// A plan says which entry is a delta on which. Entries go by their rank, their
// place in the order of offsets.
type plan struct {
	number []int32 // of the object, by rank
	offset []int64
	base   []int32 // rank of the base, or none
	child  []int32 // rank of the first delta on the entry, or none
	next   []int32 // rank of the next delta on the same base, or none
	weight []int64 // of the entry and all below it, in bytes of the pack
	roots  []int32 // entries that are no deltas, or deltas on objects elsewhere
	broken []fault // entries that are in no family
}

// A fault is an entry that cannot be read.
type fault struct {
	rank int32
	err  error
}

var (
	errNowhere = errors.New("a delta on nothing in the pack")
	errShared  = errors.New("its entry in the pack is another object's")
	errBase    = errors.New("the base of its delta cannot be read")
)

// newPlan reads the headers of all entries.
func newPlan(pack *Pack, workers int) *plan {
	p := &plan{}
	p.number, p.offset = pack.byOffset()
	n := len(p.number)
	p.base, p.child, p.next, p.weight = make([]int32, n), make([]int32, n), make([]int32, n), make([]int64, n)
	errs := p.findBases(pack, workers)
	for k := range n {
		end := int64(len(pack.data) - trailerSize)
		if k+1 < n {
			end = p.offset[k+1]
		}
		p.weight[k] = end - p.offset[k]
		p.child[k], p.next[k] = none, none
	}
	for k := range int32(n) {
		switch b := p.base[k]; {
		case errs[k] != nil:
			p.broken = append(p.broken, fault{k, errs[k]})
		case b == none:
			p.roots = append(p.roots, k)
		default:
			p.next[k] = p.child[b]
			p.child[b] = k
		}
	}
	order := p.below(slices.Clone(p.roots))
	for _, k := range slices.Backward(order) {
		if b := p.base[k]; b != none {
			p.weight[b] += p.weight[k]
		}
	}
	if len(order) < n {
		p.strays(order)
	}
	return p
}

// below returns the entries given and all that are below them, bases before
// deltas.
func (p *plan) below(order []int32) []int32 {
	for i := 0; i < len(order); i++ {
		for c := p.child[order[i]]; c != none; c = p.next[c] {
			order = append(order, c)
		}
	}
	return order
}

// strays adds to the broken entries those that no root leads to: deltas on
// broken entries, and deltas in a circle.
func (p *plan) strays(reached []int32) {
	seen := make([]bool, len(p.number))
	for _, k := range reached {
		seen[k] = true
	}
	for _, b := range p.broken {
		seen[b.rank] = true
	}
	for k := range p.number {
		if !seen[k] {
			p.broken = append(p.broken, fault{int32(k), errBase})
		}
	}
}

// findBases sets the bases of all entries, and returns why some have none that
// should.
func (p *plan) findBases(pack *Pack, workers int) (errs map[int32]error) {
	r := newRanks(pack, p)
	errs = make(map[int32]error)
	var (
		mu sync.Mutex
		wg conc.WaitGroup
		n  = len(p.offset)
	)
	for w := range workers {
		wg.Go(func() {
			for k := int32(n * w / workers); k < int32(n*(w+1)/workers); k++ {
				if k%32 == 31 {
					pack.pages.used(p.offset[k-31], p.offset[k]-p.offset[k-31])
				}
				base, err := r.base(k)
				if p.base[k] = base; err != nil {
					p.base[k] = none
					mu.Lock()
					errs[k] = err
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return errs
}

// ranks finds the bases of entries. It may be used concurrently.
type ranks struct {
	pack  *Pack
	plan  *plan
	shift int
	start []int32 // ranks of the first entries at multiples of 1<<shift, or behind

	once     sync.Once
	byNumber []int32 // made when the first delta goes by id
}

func newRanks(pack *Pack, p *plan) *ranks {
	n := max(len(p.offset), 1)
	r := &ranks{pack: pack, plan: p, shift: bits.Len(uint(len(pack.data) / n))}
	r.start = make([]int32, len(pack.data)>>r.shift+2)
	k := int32(0)
	for i := range r.start {
		for int(k) < len(p.offset) && p.offset[k]>>r.shift < int64(i) {
			k++
		}
		r.start[i] = k
	}
	return r
}

// at returns the rank of the first entry at an offset in the pack.
func (r *ranks) at(offset int64) (int32, bool) {
	i := offset >> r.shift
	from := r.start[i]
	k, ok := slices.BinarySearch(r.plan.offset[from:r.start[i+1]], offset)
	return from + int32(k), ok
}

// base returns the rank of the base of an entry, or none if that is no delta or
// on an object that is not in the pack.
func (r *ranks) base(k int32) (int32, error) {
	offset := r.plan.offset
	if k > 0 && offset[k] == offset[k-1] {
		return none, errShared
	}
	h, err := r.pack.Header(offset[k])
	if err != nil {
		return none, err
	}
	switch h.Kind {
	case OffsetDelta:
		b, ok := r.at(h.Base)
		if !ok {
			return none, errNowhere
		}
		return b, nil
	case IDDelta:
		i, ok := r.pack.Find(h.BaseID)
		if !ok {
			return none, nil
		}
		r.once.Do(func() {
			r.byNumber = make([]int32, len(offset))
			for k, i := range r.plan.number {
				r.byNumber[i] = int32(k)
			}
		})
		return r.byNumber[i], nil
	}
	return none, nil
}
