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

// scanCall begins the call of leakflare in a hook that scans.
const scanCall = `"$leakflare" hook run`

// script returns a hook that scans.
func (f folder) script(name, exe, onError string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# The hook that was here before.\nbefore=$hooks/%s/%s\n", head, keptFolder, name)
	before, call := `"$before"`, `"$hook" "$@"`
	if f.own {
		b.WriteString(ofRepository(name))
		before += ` "$repository"`
	}
	status := 1
	run := fmt.Sprintf("%s %s --on-error %s -- \"$@\"\n", scanCall, name, onError)
	if name == PrePush {
		b.WriteString(`input=$(cat)
feed() { [ -z "$input" ] || printf '%s\n' "$input"; }
`)
		run, call = "feed | "+run, "feed | "+call
	} else {
		run = "exec " + run
	}
	fmt.Fprintf(&b, "for hook in %s; do\n\t[ ! -x \"$hook\" ] || %s || exit\ndone\n", before, call)
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

// passOn returns a hook that does nothing but run that of the repository, for a
// folder that is leakflare's.
func passOn(name string) string {
	return head + ofRepository(name) + "[ ! -x \"$repository\" ] || exec \"$repository\" \"$@\"\n"
}

// head begins a hook.
const head = "#!/bin/sh\n" + mark + `: written by "leakflare hook install", removed by "leakflare hook uninstall".

hooks=${0%/*}
[ "$hooks" != "$0" ] || hooks=.

`

// ofRepository returns what says in a hook which one the repository itself has.
func ofRepository(name string) string {
	return `# The hook of the repository itself.
where() { cd "$1" 2>/dev/null && pwd -P; }
own=$(git rev-parse --git-common-dir)/hooks
repository=$own/` + name + `
[ "$(where "$own")" != "$(where "$hooks")" ] || repository=
`
}
