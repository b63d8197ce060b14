package githook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// hooksPathHeader begins the section that is added to a git configuration.
const hooksPathHeader = "[core] # added by \"leakflare hook install --global\"\n"

// hooksPathLine returns the line in it.
func hooksPathLine(dir string) string {
	value := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.ToSlash(dir))
	return "\thooksPath = \"" + value + "\"\n"
}

// addHooksPath adds core.hooksPath to a git configuration, and leaves all else in
// it as it is.
func addHooksPath(config, dir string) error {
	return editConfig(config, func(text string) string {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text + hooksPathHeader + hooksPathLine(dir)
	})
}

// removeHooksPath removes what addHooksPath added, if it is there as it was. What git
// wrote into that section since stays.
func removeHooksPath(config, dir string) (removed bool, err error) {
	err = editConfig(config, func(text string) string {
		before, section, ok := strings.Cut(text, hooksPathHeader)
		body, after := section, ""
		if next := regexp.MustCompile(`(?m)^[ \t]*\[`).FindStringIndex(section); next != nil {
			body, after = section[:next[0]], section[next[0]:]
		}
		first, rest, has := strings.Cut("\n"+body, "\n"+hooksPathLine(dir))
		if removed = ok && has; !removed {
			return text
		}
		if body = strings.TrimPrefix(first+"\n"+rest, "\n"); strings.TrimSpace(body) == "" {
			return before + after
		}
		return before + "[core]\n" + body + after
	})
	return removed, err
}

// editConfig changes a git configuration as git does: under a lock, which is the
// new file.
func editConfig(name string, edit func(string) string) (err error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(name+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.lock is there: somebody else is changing the file, or git was killed while it did", name)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(lock.Name())
		}
	}()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, lock.Close())
	}
	_, err = lock.WriteString(edit(string(text)))
	if err = errors.Join(err, lock.Chmod(mode), lock.Sync(), lock.Close()); err != nil {
		return err
	}
	return os.Rename(lock.Name(), name)
}
