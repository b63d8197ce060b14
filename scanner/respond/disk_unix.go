//go:build unix

package respond

import "os"

// syncDir makes durable which names a folder holds.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
