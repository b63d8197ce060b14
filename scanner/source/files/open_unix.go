//go:build unix && !aix && !solaris && !illumos

package files

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// A file is an open file. It is read by plain system calls: the runtime's
// poller, which os.File would enter it in, costs more than reading most files.
type file struct {
	fd int
	st unix.Stat_t // here, because the system call would make it escape
}

func (f *file) open(path string, follow bool) error {
	fd, err := openFD(path, unix.O_NONBLOCK, follow)
	if err != nil {
		return err
	}
	f.fd = fd
	return nil
}

// state returns the state of the open file.
func (f *file) state() (state, error) {
	for {
		err := unix.Fstat(f.fd, &f.st)
		if err == nil {
			return state{f.st.Mode&unix.S_IFMT == unix.S_IFREG, f.st.Size, f.st.Mtim.Nano()}, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return state{}, err
		}
	}
}

func (f *file) read(p []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, p)
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return 0, err
		}
	}
}

// readAt reads once at an offset. At the end it returns io.EOF.
func (f *file) readAt(p []byte, off int64) (int, error) {
	for {
		n, err := unix.Pread(f.fd, p, off)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// close closes the file. Nothing was written, so nothing can be lost.
func (f *file) close() { unix.Close(f.fd) }

func list(path string, follow bool) ([]fs.DirEntry, error) {
	fd, err := openFD(path, unix.O_DIRECTORY, follow)
	if err != nil {
		return nil, err
	}
	d := os.NewFile(uintptr(fd), path)
	defer d.Close()
	return d.ReadDir(-1)
}

func openFD(path string, flags int, follow bool) (int, error) {
	flags |= unix.O_RDONLY | unix.O_CLOEXEC
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	for {
		fd, err := unix.Open(path, flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
