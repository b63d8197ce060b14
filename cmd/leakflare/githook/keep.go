package githook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const (
	// keptFolder is where, in a folder of hooks, those are that were there before,
	// by their names: some are one script that does what it is called for.
	keptFolder = "leakflare.d"

	// chained ended the name of a hook that was there before, where leakflare of
	// old installed one.
	chained = ".chained"
)

// kept returns where a hook is kept that was there before one of ours.
func kept(file string) string {
	return filepath.Join(filepath.Dir(file), keptFolder, filepath.Base(file))
}

// isThere tells whether there is anything by a name.
func isThere(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// keep moves a hook to where it is kept. What it may look for beside itself it finds
// there by links, where there are any on this system.
func keep(file, kept string) error {
	folder := filepath.Dir(kept)
	beside, err := os.ReadDir(filepath.Dir(file))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = move(file, kept)
	}
	if err != nil {
		return fmt.Errorf("moving the hook that is there: %w", err)
	}
	for _, e := range beside {
		name := e.Name()
		isHook := slices.ContainsFunc(hooks, func(h hook) bool { return h.name == name })
		if isHook || name == keptFolder || filepath.Ext(name) == ".sample" || filepath.Ext(name) == chained {
			continue
		}
		if link := filepath.Join(folder, name); !isThere(link) && os.Symlink(outOfKept(name), link) != nil {
			break
		}
	}
	return nil
}

// outOfKept returns what a link leads to that keep makes.
func outOfKept(name string) string { return filepath.Join("..", name) }

// remove removes a hook if it is ours, and tells what it was and whether one that was
// there before is back.
func remove(file string) (state int, back bool, err error) {
	state, err = read(file)
	if err != nil || state != ourHook {
		return state, false, err
	}
	for _, old := range []string{kept(file), file + chained} {
		if !back && isThere(old) {
			back, err = true, move(old, file)
		}
	}
	if !back {
		err = os.Remove(file)
	}
	if err != nil {
		err = fmt.Errorf("removing the hook: %w", err)
	}
	return state, back, err
}

// tidy removes the folder of the hooks that were kept in dir, if there is none any
// more.
func tidy(dir string) error {
	folder := filepath.Join(dir, keptFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(folder, e.Name())); err != nil || to != outOfKept(e.Name()) {
			return nil // it is no link of keep
		}
	}
	return errors.Join(err, os.RemoveAll(folder))
}

// move moves a hook to another folder. A link goes on to lead where it led.
func move(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil || filepath.IsAbs(target) {
		return os.Rename(from, to)
	}
	target, err = filepath.Rel(filepath.Dir(to), filepath.Join(filepath.Dir(from), target))
	if err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Symlink(target, to), os.Remove(from))
}
