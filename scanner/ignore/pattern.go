package ignore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// maxPattern is the longest path pattern, in bytes: that of a path on Linux.
const maxPattern = 4096

// A pattern is a path pattern of gitignore(5).
type pattern struct {
	glob     string // for doublestar, of a whole path
	anywhere bool   // it matches in any folder, those in archives too
	folders  bool   // it matches folders alone
	entry    *entry
}

// parsePattern returns the pattern that a line holds.
func parsePattern(line string) (pattern, error) {
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	p := pattern{entry: new(entry)}
	line, p.entry.inverted = strings.CutPrefix(line, "!")
	line, p.folders = strings.CutSuffix(line, "/")
	switch {
	case len(line) > maxPattern:
		return pattern{}, fmt.Errorf("a path pattern is longer than %d bytes", maxPattern)
	case strings.Trim(line, "/") == "":
		return pattern{}, errors.New("a path pattern names nothing")
	case strings.Contains(line, " #"):
		return pattern{}, errors.New(`beside a path pattern there is no comment: give it a line of its own, or write "\#"`)
	case strings.Contains(line, " until="):
		return pattern{}, errors.New("a path pattern has no end: until= stands beside fingerprints")
	}
	for i := 0; i+1 < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if i++; isPlain(line[i]) {
			return pattern{}, errors.New(`in a path pattern "/" stands between folders, on Windows too`)
		}
	}
	// A pattern without a slash inside matches a name anywhere.
	if !strings.Contains(line, "/") {
		line = "**/" + line
	}
	line = strings.TrimPrefix(line, "/")
	p.anywhere = strings.HasPrefix(line, "**/")
	if strings.HasSuffix(line, "/**") {
		line += "/*" // what is in the folder, not the folder
	}
	// Braces are nothing special in gitignore.
	p.glob = strings.NewReplacer(`\{`, `\{`, `\}`, `\}`, `\\`, `\\`, `{`, `\{`, `}`, `\}`).Replace(line)
	if !doublestar.ValidatePattern(p.glob) {
		return pattern{}, errors.New(`a path pattern cannot be read: is a "[" not closed, or does it end in "\"?`)
	}
	return p, nil
}

// isPlain reports whether nobody would escape c.
func isPlain(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-' || c == '.'
}

// match returns the entry of the last of patterns that covers the file path, nil
// if none does. As in git, a folder that is covered covers all in it, whatever
// is taken back there; and so does an archive, of which the first file bytes of the
// path are its own and the others, if any, are behind exclamation marks.
func match(patterns []pattern, path string, file int) *entry {
	name := 0 // where the path in the archive begins
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '/':
			if e := matchOne(patterns, path[:i], path[name:i], true); e != nil {
				return e
			}
		case path[i] == '!' && i >= file:
			if e := matchOne(patterns, path[:i], path[name:i], false); e != nil {
				return e
			}
			name = i + 1
		}
	}
	return matchOne(patterns, path, path[name:], false)
}

// matchOne is match for a path by itself, of which inside is the path in the innermost
// archive: what may be anywhere is looked for there, too.
func matchOne(patterns []pattern, path, inside string, folder bool) *entry {
	var last *entry
	for _, p := range patterns {
		if p.folders && !folder {
			continue
		}
		if doublestar.MatchUnvalidated(p.glob, path) || p.anywhere && len(inside) < len(path) && doublestar.MatchUnvalidated(p.glob, inside) {
			p.entry.used = true
			last = p.entry
		}
	}
	if last != nil && last.inverted {
		return nil
	}
	return last
}
