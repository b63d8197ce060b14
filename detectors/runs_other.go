//go:build !amd64 && !arm64

package detectors

// native returns the kernels for a processor of which nothing is known.
func native() kernels { return portable() }
