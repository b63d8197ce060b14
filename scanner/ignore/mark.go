package ignore

import (
	"bytes"
	"regexp"
)

// marks are the words that allow what stands on their line: our own, and those
// that people have written for
//
//   - gitleaks: https://github.com/gitleaks/gitleaks#gitleaksallow
//   - betterleaks: https://github.com/betterleaks/betterleaks
//   - trufflehog: https://github.com/trufflesecurity/trufflehog, its FAQ
//   - kingfisher: https://github.com/mongodb/kingfisher, its --ignore-comment
//   - ggshield: https://docs.gitguardian.com, on ignoring secrets in code
//   - detect-secrets: https://github.com/Yelp/detect-secrets#inline-allowlisting
var marks = regexp.MustCompile(`\b(leakflare:allow|gitleaks:allow|betterleaks:allow|trufflehog:ignore|kingfisher:ignore|ggignore|pragma: ?(?:allow|white)list[ -]secret)(?:$|[^\w-]|-(?:$|\W))`)

// Mark returns the mark on the line of the match whose first byte is data[at],
// "" if there is none. It looks at no more than reach bytes to either side, so
// that the answer is the same in whatever pieces content is read. wide tells
// that the match is written in characters of 16 or 32 bits, and with it the line.
func Mark(data []byte, at, reach int, wide bool) string {
	start, end := max(0, at-reach), min(len(data), at+reach)
	if i := bytes.LastIndexAny(data[start:at], "\r\n"); i >= 0 {
		start += i + 1
	}
	if i := bytes.IndexAny(data[at:end], "\r\n"); i >= 0 {
		end = at + i
	}
	line := data[start:end]
	if wide {
		line = bytes.ReplaceAll(line, []byte{0}, nil)
	}
	if m := marks.FindSubmatch(line); m != nil {
		return string(m[1])
	}
	return ""
}
