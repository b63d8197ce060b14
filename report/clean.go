package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Clean returns s in a form that is safe on a terminal, in the log of a CI
// system and in a JSON string. What comes out of scanned content (paths, names
// of authors and refs, messages) may hold anything, and every format writes it
// through Clean.
//
// Bytes that are not part of valid UTF-8, and characters that are not visible
// (control characters and with them escape sequences and newlines, formatting
// characters and with them changes of direction), are written as \x and two
// lower-case hexadecimal digits a byte. So is the first byte of what a CI
// system takes for a command: "::" at the beginning of a line, and "##name["
// anywhere in it. A backslash that would read as such an escape is escaped
// itself, so that different strings stay different, and [ReadJSON] restores them.
func Clean(s string) string {
	var b strings.Builder
	done := 0 // s[:done] is in b
	for i := 0; i < len(s); {
		n := escapable(s, i)
		if n == 0 {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
			continue
		}
		b.WriteString(s[done:i])
		for range n {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			i++
		}
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// escapable returns how many bytes of s from i on must be escaped, 0 for none.
func escapable(s string, i int) int {
	switch rest := s[i:]; rest[0] {
	case '\\':
		if escaped(rest) {
			return 1
		}
	case ':':
		// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
		if i == 0 && strings.HasPrefix(rest, "::") {
			return 1
		}
	case '#':
		// ##[…] of GitHub, ##vso[…] of Azure Pipelines, ##teamcity[…]
		name, isDouble := strings.CutPrefix(rest, "##")
		if isDouble && strings.HasPrefix(strings.TrimLeftFunc(name, unicode.IsLetter), "[") {
			return 1
		}
	default:
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 || !unicode.IsGraphic(r) {
			return size
		}
	}
	return 0
}

// escaped reports whether s begins with an escape as Clean writes it.
func escaped(s string) bool {
	return len(s) >= 4 && s[0] == '\\' && s[1] == 'x' && isHex(s[2]) && isHex(s[3])
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

// unclean returns the string that Clean was given.
func unclean(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if !escaped(s[i:]) {
			b = append(b, s[i])
			i++
			continue
		}
		b = append(b, unhex(s[i+2])<<4|unhex(s[i+3]))
		i += 4
	}
	return string(b)
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}

// cleanFinding returns a copy of f that every format can write.
func cleanFinding(f Finding) Finding {
	f = mapFinding(f, Clean)
	for i := range f.Locations {
		f.Locations[i].Date = writable(f.Locations[i].Date)
	}
	if i := f.Identity; i != nil {
		for _, t := range []*time.Time{&i.IssuedOn, &i.ModifiedOn, &i.LastUsedOn, &i.ExpiresOn, &i.NotBefore} {
			*t = writable(*t)
		}
	}
	if f.Suppressed != nil {
		f.Suppressed.Until = writable(f.Suppressed.Until)
	}
	return f
}

// writable returns t if RFC 3339 can express it, and the zero time otherwise.
// The dates of commits are whatever their authors wrote, and encoding/json
// refuses a whole report for one year beyond 9999.
func writable(t time.Time) time.Time {
	if _, err := t.MarshalText(); err == nil {
		return t
	}
	t = t.UTC() // it may have been the zone
	if _, err := t.MarshalText(); err == nil {
		return t
	}
	return time.Time{}
}
