package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// HooksDir returns the directory in which git looks for the hooks of the
// repository, and the file of configuration that names it, which is empty if none
// does. Unlike a scan, it obeys the configuration of the user and of the machine
// as well: it is for who installs hooks in a repository of their own. Of included
// files those are read that are always included, not those with a condition.
//
// See https://git-scm.com/docs/git-config, "core.hooksPath".
func (r *Repository) HooksDir() (dir, from string, err error) {
	files := []string{"/etc/gitconfig"}
	if name := os.Getenv("GIT_CONFIG_SYSTEM"); name != "" {
		files = []string{name}
	}
	if no := os.Getenv("GIT_CONFIG_NOSYSTEM"); no != "" && !isFalse(no) {
		files = nil
	}
	files = append(files, userConfigs()...)
	files = append(files, filepath.Join(r.common, "config"), filepath.Join(r.gitDir, "config.worktree"))
	for _, file := range files {
		value, by, err := hooksPath(file, maxLinks)
		if err != nil {
			return "", "", err
		}
		if value != "" {
			dir, from = value, by
		}
	}
	if dir == "" {
		return r.OwnHooksDir(), "", nil
	}
	return absolute(expandHome(dir), r.top), from, nil
}

// OwnHooksDir returns the directory in which git looks for the hooks of the
// repository if no configuration names one. Its work trees share it.
func (r *Repository) OwnHooksDir() string { return filepath.Join(r.common, "hooks") }

// UserHooksDir returns the directory of hooks that the user's own configuration
// names, and the file that does; if none does, an empty dir and the file in which
// git would write that.
func UserHooksDir() (dir, file string, err error) {
	files := userConfigs()
	if len(files) == 0 {
		return "", "", errors.New("there is no home folder")
	}
	for _, name := range slices.Backward(files) {
		dir, from, err := hooksPath(name, maxLinks)
		if dir != "" || err != nil {
			return expandHome(dir), from, err
		}
	}
	for _, name := range slices.Backward(files) {
		if _, err := os.Stat(name); err == nil {
			return "", name, nil
		}
	}
	return "", files[len(files)-1], nil
}

// userConfigs returns the user's own files of configuration, those that count
// more behind others. They need not be there.
func userConfigs() (files []string) {
	if name, ok := os.LookupEnv("GIT_CONFIG_GLOBAL"); ok {
		return []string{name}
	}
	home, err := os.UserHomeDir()
	if xdg := os.Getenv("XDG_CONFIG_HOME"); xdg != "" {
		files = append(files, filepath.Join(xdg, "git", "config"))
	} else if err == nil {
		files = append(files, filepath.Join(home, ".config", "git", "config"))
	}
	if err == nil {
		files = append(files, filepath.Join(home, ".gitconfig"))
	}
	return files
}

// hooksPath returns core.hooksPath as a file of configuration and those that it
// includes say, and which of them does; empty if they do not.
func hooksPath(file string, depth int) (value, from string, err error) {
	text, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) || file == os.DevNull {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("reading %q: %w", file, err)
	}
	cfg, ok := decodeConfig(text)
	if !ok {
		return "", "", fmt.Errorf("reading %q: malformed configuration", file)
	}
	if value = cfg.Section("core").Option("hooksPath"); value != "" {
		return value, file, nil
	}
	if depth > 0 {
		for _, include := range slices.Backward(cfg.Section("include").OptionAll("path")) {
			value, from, err = hooksPath(absolute(expandHome(include), filepath.Dir(file)), depth-1)
			if value != "" || err != nil {
				return value, from, err
			}
		}
	}
	return "", "", nil
}

// expandHome returns a path of a configuration, in which ~/ is the home folder.
func expandHome(p string) string {
	rest, ok := strings.CutPrefix(p, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return p
	}
	return filepath.Join(home, rest)
}
