//go:build !unix

package main

import "io/fs"

// mayConfigure reports whether a configuration may be used. Where folders are
// not shared, as /tmp is, each may.
func mayConfigure(fs.FileInfo, fs.FileInfo) bool { return true }
