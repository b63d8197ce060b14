package respond

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes the file for this process. The system gives it back when the file
// is closed or the process dies, however it dies.
//
// A locked byte cannot be read by others, so one is locked where no journal
// will ever reach.
func lock(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return os.NewSyscallError("LockFileEx", err)
}
