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
