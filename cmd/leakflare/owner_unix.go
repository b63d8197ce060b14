//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// mayConfigure reports whether a configuration was written by whoever runs
// leakflare or owns the folder that is scanned, and not by another user of this
// machine who may write above it, as in /tmp.
func mayConfigure(file, folder fs.FileInfo) bool {
	f, ok := file.Sys().(*syscall.Stat_t)
	d, ok2 := folder.Sys().(*syscall.Stat_t)
	return ok && ok2 && (f.Uid == d.Uid || int(f.Uid) == os.Geteuid())
}
