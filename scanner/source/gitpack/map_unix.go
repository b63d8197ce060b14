//go:build unix

package gitpack

import (
	"os"

	"golang.org/x/sys/unix"
)

// view maps the first size bytes of a file.
func view(f *os.File, size int) (data []byte, unmap func() error, err error) {
	data, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	return data, func() error { return unix.Munmap(data) }, err
}

// forget gives the pages of mapped bytes back to the system, which reads them
// again when they are needed.
func forget(data []byte) {
	// It is advice: without it, they are given back when memory is short.
	_ = unix.Madvise(data, unix.MADV_DONTNEED)
}
