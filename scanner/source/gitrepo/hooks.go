package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Hooks says where git looks for hooks.
type Hooks struct {
	Dir  string // the folder
	From string // what names it, a file of configuration or the environment; empty if nothing does

	// Unsure are files that name another folder and count under a condition of
	// which it is not known here whether it holds, or that will hold at times;
	// with the condition, for people.
	Unsure []string
}

// Hooks returns where git looks for the hooks of the repository. Unlike a scan, it
// obeys the configuration of the user, of the machine and of the environment as
// well: it is for who installs hooks in a repository of their own.
//
// See https://git-scm.com/docs/git-config, "core.hooksPath", "Includes" and
// "GIT_CONFIG_COUNT".
func (r *Repository) Hooks() (Hooks, error) {
	files := []string{"/etc/gitconfig"}
	if name := os.Getenv("GIT_CONFIG_SYSTEM"); name != "" {
		files = []string{name}
	}
	if no := os.Getenv("GIT_CONFIG_NOSYSTEM"); no != "" && !isFalse(no) {
		files = nil
	}
	c := hooksConfig{gitDir: r.gitDir}
	for _, file := range append(files, userConfigs()...) {
		if err := c.readFile(file, 0); err != nil {
			return Hooks{}, err
		}
	}
	c.worktrees = false // only the repository can say that
	if err := c.readFile(filepath.Join(r.common, "config"), 0); err != nil {
		return Hooks{}, err
	}
	if c.worktrees {
		if err := c.readFile(filepath.Join(r.gitDir, "config.worktree"), 0); err != nil {
			return Hooks{}, err
		}
	}
	if err := c.readEnvironment(); err != nil {
		return Hooks{}, err
	}
	if c.From == "" {
		c.Dir = r.OwnHooksDir()
	} else {
		c.Dir = absolute(expandHome(c.Dir), r.top)
	}
	return c.Hooks, nil
}

// OwnHooksDir returns the directory in which git looks for the hooks of the
// repository if no configuration names one. Its work trees share it.
func (r *Repository) OwnHooksDir() string { return filepath.Join(r.common, "hooks") }

// UserHooks returns the folder of hooks that the user's own configuration names, and
// the file that does; if none does, an empty Dir and the file in which git would
// write that.
func UserHooks() (Hooks, error) {
	files := userConfigs()
	if len(files) == 0 {
		return Hooks{}, errors.New("there is no home folder")
	}
	var c hooksConfig
	for _, name := range files {
		if err := c.readFile(name, 0); err != nil {
			return Hooks{}, err
		}
	}
	if c.From != "" {
		c.Dir = expandHome(c.Dir)
		return c.Hooks, nil
	}
	c.From = files[len(files)-1]
	for _, name := range slices.Backward(files) {
		if _, err := os.Stat(name); err == nil {
			c.From = name
			break
		}
	}
	return c.Hooks, nil
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

// A hooksConfig is what configurations say of hooks, as far as they were read. Dir
// is as it was written.
type hooksConfig struct {
	Hooks
	gitDir    string // that conditions are about; empty if they are about any
	worktrees bool   // each work tree has a configuration of its own
}

// maxIncludes is how many files within another are read. It is git's number.
const maxIncludes = 10

// readFile reads a file of configuration, if it is there, and what it includes. It
// is within so many others.
func (c *hooksConfig) readFile(file string, depth int) error {
	text, err := readSmall(file)
	if errors.Is(err, fs.ErrNotExist) || file == os.DevNull {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %q: %w", file, err)
	}
	if depth > maxIncludes {
		return fmt.Errorf("reading %q: more files include each other than git reads", file)
	}
	var failed error
	ok := eachOption(text, func(o option) bool {
		failed = c.take(o, file, filepath.Dir(file), depth)
		return failed == nil
	})
	if failed == nil && !ok {
		failed = fmt.Errorf("reading %q: malformed configuration", file)
	}
	return failed
}

// readEnvironment reads the options that the environment has.
func (c *hooksConfig) readEnvironment() error {
	n, _ := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT"))
	for i := range n {
		key, ok := os.LookupEnv(fmt.Sprint("GIT_CONFIG_KEY_", i))
		if !ok {
			break // git does nothing then
		}
		section, rest, _ := strings.Cut(key, ".")
		last := strings.LastIndexByte(rest, '.')
		o := option{section, rest[:max(last, 0)], rest[last+1:], os.Getenv(fmt.Sprint("GIT_CONFIG_VALUE_", i))}
		if err := c.take(o, "the environment (GIT_CONFIG_COUNT)", "", 0); err != nil {
			return err
		}
	}
	return nil
}

// take takes an option of what is named from, in which paths are relative to dir.
func (c *hooksConfig) take(o option, from, dir string, depth int) error {
	switch {
	case o.is("core", "hooksPath") && o.subsection == "" && o.value != "":
		c.Hooks = Hooks{Dir: o.value, From: from} // whatever those before it say
	case o.is("extensions", "worktreeConfig"):
		c.worktrees = !isFalse(o.value)
	case o.is("include", "path") && o.subsection == "":
		return c.readFile(absolute(expandHome(o.value), dir), depth+1)
	case o.is("includeIf", "path"):
		file := absolute(expandHome(o.value), dir)
		switch holds, sure := c.holds(o.subsection, dir); {
		case !sure:
			if named := (hooksConfig{gitDir: c.gitDir}); named.readFile(file, depth+1) != nil || named.From != "" || len(named.Unsure) > 0 {
				c.Unsure = append(c.Unsure, fmt.Sprintf("%s, if %s", file, o.subsection))
			}
		case holds:
			return c.readFile(file, depth+1)
		}
	}
	return nil
}

// holds tells whether a condition of includeIf holds, in a file of a directory, and
// whether that can be told: a branch and a remote are others tomorrow.
func (c *hooksConfig) holds(condition, dir string) (holds, sure bool) {
	kind, pattern, _ := strings.Cut(condition, ":")
	if kind != "gitdir" && kind != "gitdir/i" || c.gitDir == "" {
		return false, false
	}
	if rest, ok := strings.CutPrefix(pattern, "./"); ok {
		pattern = filepath.ToSlash(resolve(dir)) + "/" + rest
	} else if rest, ok := strings.CutPrefix(pattern, "~/"); ok {
		pattern = filepath.ToSlash(resolve(expandHome("~/"))) + "/" + rest
	} else if pattern = filepath.ToSlash(pattern); !filepath.IsAbs(pattern) {
		pattern = "**/" + pattern
	}
	if strings.ContainsAny(pattern, `[\~`) {
		return false, false // what git makes of these is not all known here
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	if in, ok := strings.CutSuffix(pattern, "/**"); ok {
		pattern = in + "/**/*" // not the folder itself
	}
	matches := func(pattern string) bool {
		text := filepath.ToSlash(c.gitDir)
		if kind == "gitdir/i" {
			pattern, text = strings.ToLower(pattern), strings.ToLower(text)
		}
		return matchPath(strings.Split(pattern, "/"), strings.Split(text, "/"))
	}
	if matches(pattern) {
		return true, true
	}
	// By a link to it, git goes by how the user came there.
	plain := pattern
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		plain = pattern[:i]
	}
	plain = plain[:strings.LastIndexByte(plain, '/')+1]
	return false, !matches(strings.TrimSuffix(filepath.ToSlash(resolve(plain)), "/") + "/" + pattern[len(plain):])
}

// matchPath tells whether the parts of a path match those of a pattern, in which **
// is any number of parts.
func matchPath(pattern, parts []string) bool {
	for ; len(pattern) > 0 && pattern[0] != "**"; pattern, parts = pattern[1:], parts[1:] {
		if len(parts) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], parts[0]); !ok || err != nil {
			return false
		}
	}
	if len(pattern) == 0 {
		return len(parts) == 0
	}
	for n := range len(parts) + 1 {
		if matchPath(pattern[1:], parts[n:]) {
			return true
		}
	}
	return false
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
