//go:build !amd64

package detectors

func native() kernels { return portable() }
