package respond

import (
	"errors"
	"fmt"
	"strings"
)

// split splits a command into words, for there is no shell between it and the
// system. Whatever it accepts means what it means to a shell:
//
//   - blanks separate words;
//   - between single quotes everything stands for itself;
//   - between double quotes everything does but \" and \\;
//   - elsewhere a backslash before a blank, a quote or a backslash takes their
//     meaning from them, and stands for itself before anything else, as in the
//     paths of Windows.
//
// What only a shell would do (variables, pipes, patterns) is refused unless
// quoted, so that nobody believes that it is done.
func split(s string) ([]string, error) {
	var words []string
	var w strings.Builder
	inWord := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ' ' || c == '\t':
			if inWord {
				words = append(words, w.String())
				w.Reset()
				inWord = false
			}
			continue
		case c == '\'' || c == '"':
			text, n, err := quoted(s[i:])
			if err != nil {
				return nil, err
			}
			w.WriteString(text)
			i += n - 1
		case c == '\\' && i+1 < len(s) && strings.IndexByte(" \t'\"\\", s[i+1]) >= 0:
			i++
			w.WriteByte(s[i])
		case strings.IndexByte("|&;<>()$`*?[\n\r\x00", c) >= 0, !inWord && (c == '~' || c == '#'):
			return nil, fmt.Errorf("%q has a meaning for a shell only, and none is used: quote it, or run sh -c '…'", c)
		default:
			w.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, w.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("there is no command")
	}
	return words, nil
}

// quoted returns the text between quotes at the beginning of s, and how many
// bytes it takes there.
func quoted(s string) (text string, n int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == s[0]:
			return b.String(), i + 1, nil
		case c == 0:
			return "", 0, errors.New("there is a zero byte in it")
		case s[0] == '"' && (c == '$' || c == '`'):
			return "", 0, fmt.Errorf("%q has a meaning for a shell only, and none is used: put it between single quotes", c)
		case s[0] == '"' && c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			c = s[i]
		}
		b.WriteByte(c)
	}
	return "", 0, fmt.Errorf("a %c is not closed", s[0])
}
