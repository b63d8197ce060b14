package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// findAll returns the configuration for what is at targets. One that lies at some
// of them speaks of these alone, and is not used for the others: none is.
func (c *config) findAll(targets []string) string {
	var name string
	for i, target := range targets {
		if target == "-" {
			target = "."
		}
		this := c.find(target)
		if i > 0 && this != name {
			complain(c.std.err, "note: %s is not read: it does not speak of all that is scanned; --config uses it all the same", fromHere(cmp.Or(name, this)))
			return ""
		}
		name = this
	}
	return name
}

// find returns the configuration for what is at target: the nearest on the way
// from its folder to the root of the repository that it is in. Where there is
// no repository, folders above are not looked into: they are anybody's.
func (c *config) find(target string) string {
	start, err := filepath.Abs(target)
	if err == nil {
		start, err = filepath.EvalSymlinks(start)
	}
	if err != nil {
		return "" // the command says what is wrong with it
	}
	info, err := os.Stat(start)
	if err == nil && !info.IsDir() {
		start = filepath.Dir(start)
		info, err = os.Stat(start)
	}
	if err != nil {
		return ""
	}
	root, err := gitrepo.Above(start)
	if err != nil {
		root = start
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		name := filepath.Join(dir, configName)
		switch file, err := os.Lstat(name); {
		case err != nil:
		case !file.Mode().IsRegular():
			complain(c.std.err, "note: %s is no regular file, and is not read", fromHere(name))
			return ""
		case !mayConfigure(file, info):
			complain(c.std.err, "note: %s belongs to somebody else, and is not read; --config uses it all the same", fromHere(name))
			return ""
		default:
			return name
		}
		if dir == root || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// read returns the text of a configuration.
func (c *config) read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return nil, &usageError{fmt.Sprintf("reading the configuration %s: %v", c.file, pe.Err), c.leave()}
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, configMost+1))
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case err != nil:
		return nil, &usageError{fmt.Sprintf("reading the configuration %s: %v", c.file, err), c.leave()}
	case len(text) > configMost:
		return nil, &usageError{fmt.Sprintf("%s has more than %d KB, and is no configuration", c.file, configMost>>10), c.leave()}
	}
	return text, nil
}

// leave says how to do without a configuration that was not asked for.
func (c *config) leave() string {
	if c.found {
		return "--no-config leaves it out"
	}
	return ""
}
