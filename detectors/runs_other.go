//go:build !amd64

package detectors

const canClassify = false

func classify(*byte, int, *uint64) uint32     { panic("not on this processor") }
func survey(*[atOnce]uint64) (uint32, uint64) { panic("not on this processor") }
func findPairs(*byte, int, *uint64)           { panic("not on this processor") }
