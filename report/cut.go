package report

import "unicode/utf8"

// glance is how many characters of a text are read at a glance.
const glance = 72

// cut cuts what is beyond most characters off the end of s, which may be of any
// length.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// middle cuts it out of the middle of s, because a path is told by its end.
func middle(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	head := most / 3
	return string(runes[:head]) + "…" + string(runes[len(runes)-(most-head-1):])
}
