package githook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

const mark = "# leakflare hook" // begins the second line of a hook of ours

// An Installer installs hooks and removes them. Its errors are an [Obstacle] where
// people can do something about it.
type Installer struct {
	Leakflare string // its path, for hooks to run
	OnError   string // what a hook does that cannot scan: "closed" or "open"

	Done func(format string, args ...any) // is told what was changed
	Note func(format string, args ...any) // is told what else there is to know
}

// Install installs the hooks of some names in a folder. A hook that is there already
// is kept, and runs first.
func (in Installer) Install(dir string, names ...string) error {
	return in.install(folder{dir: dir}, names)
}

func (in Installer) install(f folder, names []string) error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("making the hooks folder: %w", err)
	}
	for _, name := range names {
		file := filepath.Join(f.dir, name)
		runs := isExecutable(file)
		moved, err := write(file, f.script(name, in.Leakflare, in.OnError))
		if err != nil {
			return err
		}
		in.Done("installed %s", file)
		switch {
		case moved && !runs:
			in.Done("the hook that was there is now %s/%s; it was not executable, and does not run", keptFolder, name)
		case moved:
			in.Done("the hook that was there is now %s/%s, and runs before it", keptFolder, name)
		}
	}
	return nil
}

// isExecutable tells whether git would run a hook: on Windows it looks at no mode.
func isExecutable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0)
}

// write writes a hook. One that was there and is not ours is kept.
func write(file, script string) (moved bool, err error) {
	state, err := read(file)
	if err != nil {
		return false, err
	}
	to, old := kept(file), file+chained
	if isThere(to) {
		old = to
	}
	from := "" // what is kept
	switch {
	case state == foreignHook && isThere(old):
		return false, &Obstacle{
			fmt.Sprintf("%s is not leakflare's, and there is %s too", file, old),
			"something has replaced the hook since it was installed: keep one of the two, and remove the other",
		}
	case state == foreignHook:
		from = file
	case old != to && isThere(old):
		from = old
	}
	if from != "" {
		if err := keep(from, to); err != nil {
			return false, err
		}
	}
	if err := replaceFile(file, script, 0o755); err != nil {
		if from != "" {
			err = errors.Join(err, move(to, from))
		}
		return false, fmt.Errorf("writing the hook: %w", err)
	}
	return from == file, nil
}

// Uninstall removes from a folder the hooks that Install made, and puts back what was
// there before.
func (in Installer) Uninstall(dir string) error {
	found := false
	for _, h := range hooks {
		if !installed(h.name) {
			continue
		}
		file := filepath.Join(dir, h.name)
		state, back, err := remove(file)
		switch {
		case err != nil:
			return err
		case state == foreignHook:
			in.Note("%s is not leakflare's, and stays", file)
			continue
		case state == noHook:
			continue
		case back:
			in.Done("removed %s, and put back the hook that was there before", file)
		default:
			in.Done("removed %s", file)
		}
		found = true
	}
	if !found {
		in.Done("there is no hook of leakflare's in %s", dir)
	}
	return tidy(dir)
}

// What there is by the name of a hook.
const (
	noHook = iota
	ourHook
	foreignHook
)

// read tells what there is by the name of a hook. One that another tool keeps
// is refused.
func read(file string) (state int, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(file); err == nil {
			return foreignHook, nil // a link to nothing
		}
		return noHook, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for a hook: %w", err)
	}
	if !info.Mode().IsRegular() {
		return 0, &Obstacle{fmt.Sprintf("%s is not a file", file), "a hook cannot be installed there"}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading the hook that is there: %w", err)
	}
	_, second, _ := bytes.Cut(text, []byte("\n"))
	if bytes.HasPrefix(second, []byte(mark)) {
		return ourHook, nil
	}
	if bytes.Contains(text, []byte("call_lefthook")) || bytes.Contains(text, []byte("LEFTHOOK")) {
		return 0, &Obstacle{
			fmt.Sprintf("%s is lefthook's, which would overwrite what is changed in it", file),
			fmt.Sprintf("in lefthook.yml, give %s a command that runs \"leakflare hook run %[1]s\"", filepath.Base(file)),
		}
	}
	return foreignHook, nil
}

// InstallIn installs the hooks of some names in a repository, where git looks for
// them. Where those are what InstallGlobal made, only what does not scan there is
// installed, in the folder of the repository, whose hooks that runs.
func (in Installer) InstallIn(r *gitrepo.Repository, names ...string) error {
	if _, top := r.GitDir(); top == "" && r.IsBare() {
		return &Obstacle{
			"this is a bare repository, in which nobody commits",
			`to refuse what is pushed to it, have its hooks/pre-receive run "leakflare hook run pre-receive"`,
		}
	}
	dir, global, err := in.folder(r, true)
	if err != nil {
		return err
	}
	if !global {
		return in.Install(dir, names...)
	}
	var missing []string
	for _, name := range names {
		file := filepath.Join(dir, name)
		switch state, err := read(file); {
		case err != nil:
			return err
		case state != ourHook:
			return &Obstacle{
				fmt.Sprintf("%s is no hook of leakflare's, and git looks there rather than in this repository", file),
				`"leakflare hook install --global" installs what is missing there`,
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading the hook that is there: %w", err)
		}
		if bytes.Contains(text, []byte(scanCall)) {
			in.Done("%s is there already, for all your repositories", file)
			continue
		}
		missing = append(missing, name)
	}
	if missing == nil {
		return nil
	}
	return in.Install(r.OwnHooksDir(), missing...)
}

// UninstallIn removes what InstallIn installed in a repository.
func (in Installer) UninstallIn(r *gitrepo.Repository) error {
	dir, global, err := in.folder(r, false)
	if err != nil {
		return err
	}
	if !global {
		return in.Uninstall(dir)
	}
	own := r.OwnHooksDir()
	isOurs := func(h hook) bool {
		state, err := read(filepath.Join(own, h.name))
		return err == nil && state == ourHook && installed(h.name)
	}
	if !slices.ContainsFunc(hooks, isOurs) {
		return &Obstacle{
			fmt.Sprintf("the hooks of this repository are those of all of yours, in %s", dir),
			`"leakflare hook uninstall --global" removes them from all`,
		}
	}
	in.Note("those in %s go on to run, for all your repositories", dir)
	return in.Uninstall(own)
}

// folder returns the folder of hooks of a repository, and whether it is the one that
// stands for those of all repositories. To install hooks, rather than to remove them,
// it must be sure that git looks there.
func (in Installer) folder(r *gitrepo.Repository, install bool) (dir string, global bool, err error) {
	looked, err := r.Hooks()
	if err != nil {
		return "", false, err
	}
	if len(looked.Unsure) > 0 {
		problem := "git may look for hooks elsewhere, by " + strings.Join(looked.Unsure, "; ")
		if install {
			return "", false, &Obstacle{problem, "set core.hooksPath in the repository itself to the folder that is meant"}
		}
		in.Note("%s", problem)
	}
	dir = looked.Dir
	if looked.From == "" {
		return dir, false, nil
	}
	if err := refuseOff(dir, looked.From); err != nil {
		return "", false, err
	}
	gitDir, top := r.GitDir()
	if err := refuseManaged(dir, top, install); err != nil {
		return "", false, err
	}
	in.Note("the hooks of this repository are in %s, as core.hooksPath in %s says", dir, looked.From)
	if top != "" && isBelow(top, dir) && !isBelow(gitDir, dir) {
		in.Note("that is in the work tree: what is installed there is for all who commit it")
	}
	own, err := globalFolder() // where there can be none, there is none
	return dir, err == nil && isSame(dir, own), nil
}

// refuseOff refuses what is no folder, which switches hooks off.
func refuseOff(dir, from string) error {
	if info, err := os.Stat(dir); err != nil || info.IsDir() {
		return nil
	}
	return &Obstacle{
		fmt.Sprintf("hooks are switched off by core.hooksPath in %s, which is %s", from, dir),
		"remove that setting, and try again",
	}
}

// refuseManaged refuses a folder of hooks that another tool keeps, to install hooks in
// it or to remove them.
func refuseManaged(dir, top string, install bool) error {
	rel, err := filepath.Rel(top, dir)
	if err != nil || top == "" {
		return nil
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); first == ".husky" {
		advice := `add the line "leakflare hook run pre-commit" to .husky/pre-commit`
		if !install {
			advice = `remove the line "leakflare hook run pre-commit" from .husky/pre-commit`
		}
		return &Obstacle{"the hooks of this repository are husky's", advice}
	}
	return nil
}

// replaceFile writes a file, whole or not at all.
func replaceFile(name, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // unless it has its name
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// isSame tells whether two names are of the same folder.
func isSame(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	y, otherErr := os.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(x, y)
}

// isBelow tells whether name is in dir, or dir itself.
func isBelow(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

// InstallGlobal installs the hooks of some names for all repositories of the user: in
// the folder that core.hooksPath in the user's git configuration names or, where it
// names none, in one of leakflare's, which it is then made to name.
func (in Installer) InstallGlobal(names ...string) error {
	user, err := gitrepo.UserHooks()
	if err != nil {
		return err
	}
	dir, config := user.Dir, user.From
	for _, file := range user.Unsure {
		in.Note("some of your repositories may have their hooks elsewhere, by %s", file)
	}
	own, err := globalFolder()
	if err != nil {
		return err
	}
	if dir != "" && !isSame(dir, own) {
		if err := refuseOff(dir, config); err != nil {
			return err
		}
		in.Note("your hooks are in %s, as core.hooksPath in your git configuration says", dir)
		return in.Install(dir, names...)
	}
	f := folder{own, true}
	if err := in.install(f, names); err != nil {
		return err
	}
	for _, h := range hooks {
		if slices.Contains(names, h.name) {
			continue
		}
		// Those that do not scan run the repository's.
		file := filepath.Join(own, h.name)
		state, err := read(file)
		if err != nil {
			return err
		}
		if state == ourHook && installed(h.name) {
			continue // it was installed before, and may scan
		}
		if state == ourHook && isThere(file+chained) {
			// Leakflare of old moved such a one aside, and it did not run.
			if _, _, err := remove(file); err != nil {
				return err
			}
			state = foreignHook
		}
		if state == foreignHook {
			in.Note("%s is not leakflare's, and stays: the hooks of repositories by that name do not run", file)
			continue
		}
		if err := replaceFile(file, passOn(h.name), 0o755); err != nil {
			return fmt.Errorf("writing the hook: %w", err)
		}
	}
	if dir != "" {
		return nil
	}
	if err := addHooksPath(config, own); err != nil {
		return fmt.Errorf("setting core.hooksPath: %w", err)
	}
	in.Done("set core.hooksPath in %s; the hooks of your repositories go on to run", config)
	return nil
}

// UninstallGlobal removes what InstallGlobal made.
func (in Installer) UninstallGlobal() error {
	user, err := gitrepo.UserHooks()
	if err != nil {
		return err
	}
	dir, config := user.Dir, user.From
	own, err := globalFolder()
	if err != nil {
		return err
	}
	if dir != "" && !isSame(dir, own) {
		return in.Uninstall(dir)
	}
	// First the setting, so that no repository is without its hooks.
	if dir != "" {
		removed, err := removeHooksPath(config, own)
		if err != nil {
			return fmt.Errorf("removing core.hooksPath: %w", err)
		}
		if !removed {
			return &Obstacle{
				fmt.Sprintf("core.hooksPath in %s was changed by hand", config),
				"remove it with \"git config --global --unset core.hooksPath\", and try again",
			}
		}
		in.Done("removed core.hooksPath from %s", config)
	}
	var errs []error
	for _, h := range hooks {
		if !installed(h.name) {
			_, _, err := remove(filepath.Join(own, h.name))
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, in.Uninstall(own))...)
}

// globalFolder returns leakflare's folder of hooks for all repositories.
func globalFolder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	// What core.hooksPath names is relative to each repository.
	if !filepath.IsAbs(dir) {
		return "", &Obstacle{fmt.Sprintf("your folder of configuration is %q, which is another one wherever you are", dir), "set HOME to an absolute path"}
	}
	return filepath.Join(dir, "leakflare", "hooks"), nil
}
