//go:build !unix || aix || solaris || illumos

package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// A file is an open file.
type file struct{ *os.File }

func (f *file) open(path string, follow bool) error {
	fi, err := lookAt(path, follow)
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return errors.New("not a regular file any more")
	}
	f.File, err = os.Open(path)
	return err
}

// state returns the state of the open file.
func (f *file) state() (state, error) {
	fi, err := f.Stat()
	if err != nil {
		return state{}, err
	}
	return state{fi.Mode().IsRegular(), fi.Size(), fi.ModTime().UnixNano()}, nil
}

func (f *file) read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// readAt reads once at an offset. At the end it returns io.EOF.
func (f *file) readAt(p []byte, off int64) (int, error) { return f.File.ReadAt(p, off) }

// close closes the file. Nothing was written, so nothing can be lost.
func (f *file) close() { f.File.Close() }

func list(path string, follow bool) ([]fs.DirEntry, error) {
	fi, err := lookAt(path, follow)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return nil, errors.New("not a directory any more")
	}
	d, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}

func lookAt(path string, follow bool) (fs.FileInfo, error) {
	if follow {
		return os.Stat(path)
	}
	return os.Lstat(path)
}
