package files

import (
	"errors"
	"io/fs"
)

const changed = "changed while it was read"

// reason puts an error of the file system into words without its path, which
// stands beside them.
func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return changed + ": it is gone"
	}
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
