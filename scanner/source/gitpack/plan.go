package gitpack

import (
	"errors"
	"slices"
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
	weight []int32 // how many entries are below, itself included
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
func newPlan(pack *Pack) *plan {
	p := &plan{}
	p.number, p.offset = pack.byOffset()
	n := len(p.number)
	p.base, p.child, p.next, p.weight = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	for k := range n {
		p.base[k], p.child[k], p.next[k], p.weight[k] = none, none, none, 1
	}
	ranks := ranks{pack: pack, plan: p}
	for k := range int32(n) {
		base, err := ranks.base(k)
		switch {
		case err != nil:
			p.broken = append(p.broken, fault{k, err})
		case base == none:
			p.roots = append(p.roots, k)
		default:
			p.base[k] = base
			p.next[k] = p.child[base]
			p.child[base] = k
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

// ranks finds the bases of entries.
type ranks struct {
	pack     *Pack
	plan     *plan
	byNumber []int32 // made when the first delta goes by id
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
		b, ok := slices.BinarySearch(offset[:k], h.Base)
		if !ok {
			return none, errNowhere
		}
		return int32(b), nil
	case IDDelta:
		i, ok := r.pack.Find(h.BaseID)
		if !ok {
			return none, nil
		}
		if r.byNumber == nil {
			r.byNumber = make([]int32, len(offset))
			for k, i := range r.plan.number {
				r.byNumber[i] = int32(k)
			}
		}
		return r.byNumber[i], nil
	}
	return none, nil
}
