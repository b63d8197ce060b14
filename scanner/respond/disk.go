package respond

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A disk is what the journal, the escrow and deliveries to files ask of the
// file system. Tests put one in its place that is full, or whose power fails.
type disk struct {
	open    func(name string, flag int) (file, error) // new ones are for the user alone
	lock    func(f file) error                        // errLocked if another process has it
	read    func(name string) ([]byte, error)
	lstat   func(name string) (fs.FileInfo, error)
	list    func(dir string) ([]string, error)
	mkdir   func(dir string) error // for the user alone
	rename  func(from, to string) error
	remove  func(name string) error
	syncDir func(dir string) error // makes names durable that were made in it or removed
}

type file interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

var errLocked = errors.New("it is in use by another process")

func realDisk() *disk {
	return &disk{
		open: func(name string, flag int) (file, error) {
			f, err := os.OpenFile(name, flag, 0o600)
			if err != nil {
				return nil, err
			}
			return f, nil
		},
		lock:    func(f file) error { return lock(f.(*os.File)) },
		read:    os.ReadFile,
		lstat:   os.Lstat,
		list:    list,
		mkdir:   func(dir string) error { return os.Mkdir(dir, 0o700) },
		rename:  os.Rename,
		remove:  os.Remove,
		syncDir: syncDir,
	}
}

func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// mkdirs makes a folder and those above it that are missing, durably.
func (d *disk) mkdirs(dir string) error {
	info, err := d.lstat(dir)
	switch {
	case err == nil && (info.IsDir() || info.Mode()&fs.ModeSymlink != 0):
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a folder", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(dir)
	if err := d.mkdirs(parent); err != nil {
		return err
	}
	if err := d.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncDir(parent)
}

// create makes a new file for the user alone. What a run that was killed left
// under its name is removed: nobody but us writes there.
func (d *disk) create(name string) (file, error) {
	if err := d.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d.open(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
}

// replace writes a file so that after a crash, whenever it comes, there is the
// old one or the new one, and none in between. When it returns, it is the new.
func (d *disk) replace(name string, data []byte) error {
	tmp := temporary(name)
	f, err := d.create(tmp)
	if err != nil {
		return err
	}
	if err = fill(f, data); err == nil {
		err = d.rename(tmp, name)
	}
	if err != nil {
		// The error is of the disk, and so may be that of cleaning up.
		_ = d.remove(tmp)
		return err
	}
	return d.syncDir(filepath.Dir(name))
}

// temporary returns the name under which a file is written. It is always the
// same one, so that when the writing is repeated after a crash, which it always
// is, nothing is left behind.
func temporary(name string) string {
	return filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".leakflare.tmp")
}

// fill writes data to f, makes it durable and closes f in any case.
func fill(f file, data []byte) error {
	_, err := f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// try finds out whether so many bytes can be written in dir, durably. It leaves
// nothing behind.
func (d *disk) try(dir string, size int) error {
	name := temporary(filepath.Join(dir, "probe"))
	f, err := d.create(name)
	if err != nil {
		return err
	}
	err = fill(f, padding(size))
	if rerr := d.remove(name); err == nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = rerr
	}
	if err != nil {
		return err
	}
	return d.syncDir(dir)
}

// tryAbove is try in dir, or in the nearest folder above it that exists.
func (d *disk) tryAbove(dir string) error {
	for {
		_, err := d.lstat(dir)
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return d.try(dir, 1)
		}
		dir = filepath.Dir(dir)
	}
}

// padding returns bytes that are not zero, which some file systems would not
// store.
func padding(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = '#'
	}
	return b
}

// writable finds out whether a file can be written, or made if there is none,
// without doing it.
func (d *disk) writable(name string) error {
	f, err := d.open(name, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return d.tryAbove(filepath.Dir(name))
	}
	if err != nil {
		return err
	}
	return f.Close()
}
