package githook

import (
	"fmt"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// A folder is where hooks are installed.
type folder struct {
	dir string
	own bool // it is leakflare's, and stands for the hooks folders of all repositories
}

// script returns a hook that scans.
func (f folder) script(name, exe, onError string) string {
	var b strings.Builder
	b.WriteString(f.before(name))
	status := 1
	run := fmt.Sprintf("\"$leakflare\" hook run %s --on-error %s -- \"$@\"\n", name, onError)
	if name == PrePush {
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
`, shellescape.Quote(filepath.ToSlash(exe)), Bypass(name), status)
	b.WriteString(run)
	return b.String()
}

// passOn returns a hook that does nothing but run that of the repository.
func (f folder) passOn(name string) string {
	return f.before(name) + "[ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n"
}

// before returns the beginning of a hook, which says what runs before it.
func (f folder) before(name string) string {
	head := fmt.Sprintf("#!/bin/sh\n%s: written by \"leakflare hook install\", removed by \"leakflare hook uninstall\".\n\n", mark)
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
