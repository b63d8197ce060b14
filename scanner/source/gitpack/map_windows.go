package gitpack

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// view maps the first size bytes of a file, which cannot shrink until unmap.
func view(f *os.File, size int) (data []byte, unmap func() error, err error) {
	m, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, nil, os.NewSyscallError("CreateFileMapping", err)
	}
	defer windows.CloseHandle(m) // the view holds the mapping
	addr, err := windows.MapViewOfFile(m, windows.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, nil, os.NewSyscallError("MapViewOfFile", err)
	}
	// The address is of no Go memory; read as a pointer, it passes vet.
	start := *(**byte)(unsafe.Pointer(&addr))
	return unsafe.Slice(start, size), func() error { return windows.UnmapViewOfFile(addr) }, nil
}

// forget gives the pages of mapped bytes back to the system. Here, that takes
// them by itself.
func forget([]byte) {}
