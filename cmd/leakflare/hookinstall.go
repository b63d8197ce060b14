package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// ourHooks are the hooks in which leakflare scans.
var ourHooks = []string{"pre-commit", "pre-push"}

// otherHooks are those that git runs from the folder that core.hooksPath names,
// and which repositories would lose if there were nothing by these names in it.
// Without push-to-checkout, as one that does nothing would change what git does.
//
// See https://git-scm.com/docs/githooks.
var otherHooks = []string{
	"applypatch-msg", "pre-applypatch", "post-applypatch", "pre-merge-commit", "prepare-commit-msg", "commit-msg",
	"post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-receive", "update", "proc-receive",
	"post-receive", "post-update", "reference-transaction", "pre-auto-gc", "post-rewrite", "sendemail-validate",
	"post-index-change", "p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
}

const (
	hookMark = "# leakflare hook" // begins the second line of a hook of ours
	chained  = ".chained"         // ends the name of the hook that was there before
)

// A hookFolder is where hooks are installed.
type hookFolder struct {
	dir string
	own bool // it is leakflare's, and stands for the hooks folders of all repositories
}

// installHooks installs some hooks in a folder.
func installHooks(std streams, folder hookFolder, names []string, exe, onError string) error {
	if err := os.MkdirAll(folder.dir, 0o755); err != nil {
		return fmt.Errorf("making the hooks folder: %w", err)
	}
	for _, name := range names {
		file := filepath.Join(folder.dir, name)
		moved, err := installHook(file, folder.script(name, exe, onError))
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "installed %s\n", file)
		if moved {
			fmt.Fprintf(std.out, "the hook that was there is now %s, and runs before it\n", name+chained)
		}
	}
	return nil
}

// installHook writes a hook. One that was there and is not ours is moved aside.
func installHook(file, script string) (moved bool, err error) {
	state, err := readHook(file)
	if err != nil {
		return false, err
	}
	if state == foreignHook {
		if _, err := os.Lstat(file + chained); err == nil {
			return false, &usageError{
				fmt.Sprintf("%s is not leakflare's, and there is a %s too", file, filepath.Base(file)+chained),
				"something has replaced the hook since it was installed: keep one of the two, and remove the other",
			}
		}
		if err := os.Rename(file, file+chained); err != nil {
			return false, fmt.Errorf("moving the hook that is there: %w", err)
		}
		moved = true
	}
	if err := replaceFile(file, script, 0o755); err != nil {
		if moved {
			err = errors.Join(err, os.Rename(file+chained, file))
		}
		return false, fmt.Errorf("writing the hook: %w", err)
	}
	return moved, nil
}

// uninstallHooks removes those of some hooks that are ours, and puts back what
// was there before.
func uninstallHooks(std streams, dir string, names []string) error {
	found := false
	for _, name := range names {
		file := filepath.Join(dir, name)
		state, err := readHook(file)
		switch {
		case err != nil:
			return err
		case state == foreignHook:
			complain(std.err, "note: %s is not leakflare's, and stays", file)
			continue
		case state == noHook:
			continue
		}
		found = true
		err = os.Rename(file+chained, file)
		if err == nil {
			fmt.Fprintf(std.out, "removed %s, and put back the hook that was there before\n", file)
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = os.Remove(file)
		}
		if err != nil {
			return fmt.Errorf("removing the hook: %w", err)
		}
		fmt.Fprintf(std.out, "removed %s\n", file)
	}
	if !found {
		fmt.Fprintf(std.out, "there is no hook of leakflare's in %s\n", dir)
	}
	return nil
}

// What there is by the name of a hook.
const (
	noHook = iota
	ourHook
	foreignHook
)

// readHook tells what there is by the name of a hook. One that another tool keeps
// is refused.
func readHook(file string) (state int, err error) {
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
		return 0, &usageError{fmt.Sprintf("%s is not a file", file), "a hook cannot be installed there"}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading the hook that is there: %w", err)
	}
	_, second, _ := bytes.Cut(text, []byte("\n"))
	if bytes.HasPrefix(second, []byte(hookMark)) {
		return ourHook, nil
	}
	if bytes.Contains(text, []byte("call_lefthook")) || bytes.Contains(text, []byte("LEFTHOOK")) {
		return 0, &usageError{
			fmt.Sprintf("%s is lefthook's, which would overwrite what is changed in it", file),
			fmt.Sprintf("in lefthook.yml, give %s a command that runs \"leakflare hook run %[1]s\"", filepath.Base(file)),
		}
	}
	return foreignHook, nil
}

// refuseManaged refuses a folder of hooks that another tool keeps.
func refuseManaged(dir, top string) error {
	rel, err := filepath.Rel(top, dir)
	if err != nil || top == "" {
		return nil
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); first == ".husky" {
		return &usageError{
			"the hooks of this repository are husky's",
			`add the line "leakflare hook run pre-commit" to .husky/pre-commit`,
		}
	}
	return nil
}

// script returns a hook that scans.
func (f hookFolder) script(name, exe, onError string) string {
	var b strings.Builder
	b.WriteString(f.before(name))
	skip, status := "git commit --no-verify", 1
	run := fmt.Sprintf("\"$leakflare\" hook run %s --on-error %s -- \"$@\"\n", name, onError)
	if name == "pre-push" {
		skip = "git push --no-verify"
		run = "feed | " + run
		b.WriteString(`input=$(cat)
feed() { [ -z "$input" ] || printf '%s\n' "$input"; }
[ ! -x "$before" ] || feed | "$before" "$@" || exit
`)
	} else {
		run = "exec " + run
		b.WriteString("[ ! -x \"$before\" ] || \"$before\" \"$@\" || exit\n")
	}
	if onError == "open" {
		status = 0
	}
	fmt.Fprintf(&b, `
leakflare=%s
[ -x "$leakflare" ] || leakflare=$(command -v leakflare)
if [ -z "$leakflare" ]; then
	echo >&2 'leakflare is neither where it was nor on the PATH: nothing was scanned for credentials.'
	echo >&2 "Install it again, or remove the hook $0. To go without it once: %s"
	exit %d
fi
`, shellQuote(filepath.ToSlash(exe)), skip, status)
	b.WriteString(run)
	return b.String()
}

// passOn returns a hook that does nothing but run that of the repository.
func (f hookFolder) passOn(name string) string {
	return f.before(name) + "[ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n"
}

// before returns the beginning of a hook, which says what runs before it.
func (f hookFolder) before(name string) string {
	head := fmt.Sprintf("#!/bin/sh\n%s: written by \"leakflare hook install\", removed by \"leakflare hook uninstall\".\n\n", hookMark)
	if !f.own {
		return head + "# The hook that was here before.\nbefore=$0" + chained + "\n"
	}
	return head + `# The hook of the repository itself.
where() { cd "$1" 2>/dev/null && pwd -P; }
hooks=$(git rev-parse --git-common-dir)/hooks
before=$hooks/` + name + `
[ "$(where "$hooks")" != "$(where "${0%/*}")" ] || before=
`
}

// shellQuote returns a word for a shell.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("-_./,:+@", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if word != "" && word[0] != '-' && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
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

// isBelow tells whether name is in dir, or dir itself.
func isBelow(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

// installGlobal installs hooks for all repositories of the user.
func installGlobal(std streams, names []string, exe, onError string) error {
	dir, config, err := gitrepo.UserHooksDir()
	if err != nil {
		return err
	}
	own, err := globalHooks()
	if err != nil {
		return err
	}
	if dir != "" && dir != own {
		complain(std.err, "note: your hooks are in %s, as core.hooksPath in your git configuration says", dir)
		return installHooks(std, hookFolder{dir: dir}, names, exe, onError)
	}
	folder := hookFolder{own, true}
	if err := installHooks(std, folder, names, exe, onError); err != nil {
		return err
	}
	for _, name := range slices.Concat(ourHooks, otherHooks) {
		if slices.Contains(names, name) {
			continue
		}
		// Those that do not scan run the repository's.
		file := filepath.Join(own, name)
		state, err := readHook(file)
		if err != nil {
			return err
		}
		if state == ourHook && slices.Contains(ourHooks, name) {
			continue // it was installed before, and may scan
		}
		if _, err := installHook(file, folder.passOn(name)); err != nil {
			return err
		}
	}
	if dir == own {
		return nil
	}
	if err := addHooksPath(config, own); err != nil {
		return fmt.Errorf("setting core.hooksPath: %w", err)
	}
	fmt.Fprintf(std.out, "set core.hooksPath in %s; the hooks of your repositories go on to run\n", config)
	return nil
}

// uninstallGlobal removes what installGlobal made.
func uninstallGlobal(std streams) error {
	dir, config, err := gitrepo.UserHooksDir()
	if err != nil {
		return err
	}
	own, err := globalHooks()
	if err != nil {
		return err
	}
	if dir != "" && dir != own {
		return uninstallHooks(std, dir, ourHooks)
	}
	// First the setting, so that no repository is without its hooks.
	if dir == own {
		removed, err := removeHooksPath(config, own)
		if err != nil {
			return fmt.Errorf("removing core.hooksPath: %w", err)
		}
		if !removed {
			return &usageError{
				fmt.Sprintf("core.hooksPath in %s was changed by hand", config),
				"remove it with \"git config --global --unset core.hooksPath\", and try again",
			}
		}
		fmt.Fprintf(std.out, "removed core.hooksPath from %s\n", config)
	}
	for _, name := range otherHooks {
		file := filepath.Join(own, name)
		if state, err := readHook(file); err == nil && state == ourHook {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return uninstallHooks(std, own, ourHooks)
}

// globalHooks returns leakflare's folder of hooks for all repositories.
func globalHooks() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "leakflare", "hooks"), nil
}

// hooksPathSection returns what is added to a git configuration.
func hooksPathSection(dir string) string {
	value := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.ToSlash(dir))
	return "[core] # added by \"leakflare hook install --global\"\n\thooksPath = \"" + value + "\"\n"
}

// addHooksPath adds core.hooksPath to a git configuration, and leaves all else in
// it as it is.
func addHooksPath(config, dir string) error {
	return editConfig(config, func(text string) string {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text + hooksPathSection(dir)
	})
}

// removeHooksPath removes what addHooksPath added, if it is there as it was.
func removeHooksPath(config, dir string) (removed bool, err error) {
	err = editConfig(config, func(text string) string {
		before, after, ok := strings.Cut(text, hooksPathSection(dir))
		removed = ok
		return before + after
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
