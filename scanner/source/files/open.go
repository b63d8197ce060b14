package files

import (
	"encoding/binary"
	"io/fs"
)

// A system is what a [Tree] asks of the operating system. Tests make it fail.
type system struct {
	// open opens the file at path for reading, without waiting for a writer of
	// a FIFO. It follows a link only if it is told to.
	open func(f *file, path string, follow bool) error

	// read reads once, as much as there is room for in p. At the end of the
	// file it returns 0 and no error.
	read func(f *file, p []byte) (int, error)

	// list returns what is in the directory at path, in no particular order.
	// It follows a link only if it is told to. When it fails, it returns what
	// it read before.
	list func(path string, follow bool) ([]fs.DirEntry, error)
}

// A state is what tells one version of a file from another.
type state struct {
	regular bool
	size    int64 // in bytes
	mtime   int64 // in nanoseconds since 1970
}

// object packs s into the Object of a blob, by which [Tree.Locate] knows
// whether the file is still the one that was matched.
func (s state) object() (o [32]byte) {
	binary.LittleEndian.PutUint64(o[0:], uint64(s.size))
	binary.LittleEndian.PutUint64(o[8:], uint64(s.mtime))
	return o
}
