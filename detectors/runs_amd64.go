package detectors

import "golang.org/x/sys/cpu"

// classify sets for each block of 64 bytes which bytes are of the class
// base64Char and which are zero, the first byte in the lowest bit, and returns
// the latter of all blocks in one word. There must be one block at least, as
// many bytes behind text, and room for a word a block behind class and zero.
//
//go:noescape
func classify(text *byte, blocks int, class, zero *uint64) (any uint64)

// canClassify tells whether this processor can.
var canClassify = cpu.X86.HasAVX2
