package detectors

//go:noescape
func classifyNEON(text []byte, class []uint64) (pair bool)

//go:noescape
func findPairsNEON(text []byte, pairs []uint64)

//go:noescape
func surveyNEON(class *[atOnce]uint64) (long uint32, regular, numbers uint64)

// native returns the kernels for any such processor: all have NEON.
func native() kernels { return kernels{classifyNEON, findPairsNEON, surveyNEON} }
