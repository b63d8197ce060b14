package gitrepo

import "iter"

// groups are lists, by small numbers.
type groups[T any] struct {
	first   []uint32 // of each list, in members; the last one ends them all
	members []T
}

// group returns n lists: list k of all v for which pairs yields k and v, in that
// order. It goes through pairs twice.
func group[T any](n int, pairs iter.Seq2[uint32, T]) groups[T] {
	// The place for a member of list k is counted up in first[k+1], so that in
	// the end this is where list k+1 begins.
	first := make([]uint32, n+2)
	for k := range pairs {
		first[k+2]++
	}
	for k := range n {
		first[k+2] += first[k+1]
	}
	members := make([]T, first[n+1])
	for k, v := range pairs {
		members[first[k+1]] = v
		first[k+1]++
	}
	return groups[T]{first[:n+1], members}
}

// of returns list k.
func (g groups[T]) of(k uint32) []T { return g.members[g.first[k]:g.first[k+1]] }
