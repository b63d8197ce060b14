//go:build !amd64 && !arm64

package detectors

func native() kernels { return portable() }
