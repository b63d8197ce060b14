package detectors

import "golang.org/x/sys/cpu"

//go:noescape
func classifyAVX2(text []byte, class []uint64) (pair bool)

//go:noescape
func findPairsAVX2(text []byte, pairs []uint64)

//go:noescape
func surveyAVX2(class *[atOnce]uint64) (long uint32, regular, numbers uint64)

// native returns the kernels that this processor is good at.
func native() kernels {
	if cpu.X86.HasAVX2 {
		return kernels{classifyAVX2, findPairsAVX2, surveyAVX2}
	}
	return portable()
}
