package gitpack

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
)

// openRegular opens a file and returns its size. Something that is not a
// regular file is not opened, because that might have effects; if it takes the
// place of one in between, that is not waited for.
func openRegular(name string) (*os.File, int64, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("opening %s: not a regular file", name)
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("opening %s: not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// mapFile maps the file of a pack.
func (p *Pack) mapFile() error {
	file, unmap, err := mapFile(p.Name)
	if err == nil && p.start > int64(len(file)) {
		err = errors.Join(errShrunk, unmap())
	}
	if err != nil {
		return err
	}
	p.data, p.unmap = file[p.start:], unmap
	p.pages.reset(file)
	return nil
}

// mapFile maps a file, and returns what ends that. Where the file shrinks while
// it is mapped, reading beyond its end is a fault: see guard.
func mapFile(name string) (data []byte, unmap func() error, err error) {
	f, size, err := openRegular(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if size == 0 {
		return nil, func() error { return nil }, nil // which no system maps
	}
	if size != int64(int(size)) {
		return nil, nil, fmt.Errorf("mapping %s: too large for this machine", name)
	}
	if data, unmap, err = view(f, int(size)); err != nil {
		return nil, nil, fmt.Errorf("mapping %s: %w", name, err)
	}
	return data, unmap, nil
}

// guard, deferred, turns a fault while mapped bytes are read into an error. It
// is given the state from before, which it restores:
//
//	defer guard(debug.SetPanicOnFault(true), &err)
//
// Other panics are errors too: they are what a decoder made of hostile bytes.
func guard(before bool, err *error) {
	debug.SetPanicOnFault(before)
	switch p := recover().(type) {
	case nil:
	case interface{ Addr() uintptr }: // see debug.SetPanicOnFault
		*err = errShrunk
	default:
		*err = fmt.Errorf("malformed: %v", p)
	}
}

var errShrunk = errors.New("the pack was cut short while it was read")
