package detectors

import "golang.org/x/sys/cpu"

// classify sets for each block of 64 bytes which bytes are of the class
// base64Char, the first byte in the lowest bit, and tells by anything but 0 that
// there is a 'c' in them before an 'f'. There must be one block at least, as many
// bytes behind text and one more, and room for a word a block behind class.
//
//go:noescape
func classify(text *byte, blocks int, class *uint64) (pair uint32)

// findPairs sets for each block of 64 bytes which of them are a 'c' before an 'f'. It
// asks for the same as classify.
//
//go:noescape
func findPairs(text *byte, blocks int, pairs *uint64)

// survey tells of which words there are shortPart ones or more in a row, and of
// which halves that they are regular, as the function of that name does.
//
//go:noescape
func survey(class *[atOnce]uint64) (long uint32, regular uint64)

// canClassify tells whether this processor can.
var canClassify = cpu.X86.HasAVX2
