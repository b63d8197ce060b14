package ignore

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/report"
)

// FileName is what the ignore file of a folder is called.
const FileName = ".leakflareignore"

// Bounds of an ignore file that is found in a folder, where anybody may have
// written it.
const (
	maxFile     = 1 << 20 // bytes
	maxPatterns = 1000
)

// AddRoot tells that the folder dir is scanned, named as in locations, and adds
// its ignore file if it has one. A link is not followed, since it is scanned
// content. Added again, a folder is left as it is.
func (l *List) AddRoot(dir string) error {
	root := path.Clean(filepath.ToSlash(dir))
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := slices.BinarySearch(l.roots, root)
	if known {
		return nil
	}
	l.roots = slices.Insert(l.roots, at, root)
	f := newFile(path.Join(root, FileName), report.ByIgnoreFile)
	f.root = root
	info, err := os.Lstat(filepath.FromSlash(f.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return readError(f.name, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a regular file, and is not followed: name one with --ignore-file", f.name)
	case info.Size() > maxFile:
		return fmt.Errorf("%s: is longer than %d bytes: name it with --ignore-file", f.name, maxFile)
	}
	text, err := read(f.name)
	if err == nil {
		err = f.parse(text, (*file).parseOwn)
	}
	if err == nil && len(f.patterns) > maxPatterns {
		err = fmt.Errorf("%s: has more than %d path patterns: name it with --ignore-file", f.name, maxPatterns)
	}
	if err == nil {
		at, _ := slices.BinarySearchFunc(l.found, root, func(f *file, root string) int { return strings.Compare(f.root, root) })
		l.found = slices.Insert(l.found, at, f)
	}
	return err
}

// AddFile adds an ignore file that speaks of all that is scanned: one like
// .leakflareignore, its path patterns being relative to each folder and
// repository that is scanned, or a .gitleaksignore or .betterleaksignore.
func (l *List) AddFile(name string) error {
	f := newFile(name, report.ByIgnoreFile)
	text, err := read(name)
	if err != nil {
		return err
	}
	if start := bytes.TrimLeft(text, " \r\n\t"); json.Valid(start) && (start[0] == '{' || start[0] == '[') {
		return fmt.Errorf("%s: is JSON and no ignore file: name it with --baseline", f.name)
	}
	parse := (*file).parseOwn
	if base := path.Base(f.name); base == ".gitleaksignore" || base == ".betterleaksignore" {
		parse = (*file).parseForeign
	}
	if err := f.parse(text, parse); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.named = append(l.named, f)
	return nil
}

func newFile(name, by string) *file {
	return &file{
		name:    path.Clean(filepath.ToSlash(name)),
		by:      by,
		prints:  make(map[secret.Fingerprint]*entry),
		digests: make(map[digest]*entry),
		spots:   make(map[spot]*entry),
		matched: make(map[filePath]*entry),
	}
}

// read reads a text file, in UTF-16 if it has a mark of that, as the shell of
// Windows writes it.
func read(name string) ([]byte, error) {
	file, err := os.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, readError(name, err)
	}
	defer file.Close()
	text, err := io.ReadAll(transform.NewReader(file, unicode.BOMOverride(transform.Nop)))
	if err != nil {
		return nil, readError(name, err)
	}
	return text, nil
}

func readError(name string, err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err // without the path, which stands before it
	}
	return fmt.Errorf("%s: cannot be read: %w", filepath.ToSlash(name), err)
}

// parse reads the lines of an ignore file. Errors name the line, and do not
// show it, as it may hold a secret.
func (f *file) parse(text []byte, line func(*file, string) (*entry, error)) error {
	if bytes.IndexByte(text, 0) >= 0 {
		return fmt.Errorf("%s: is not text", f.name)
	}
	n := 0
	for s := range strings.Lines(string(text)) {
		n++
		s = strings.TrimRight(s, "\r\n")
		if strings.TrimSpace(s) == "" || strings.HasPrefix(s, "#") {
			continue
		}
		e, err := line(f, s)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", f.name, n, err)
		}
		e.line = n
		f.entries = append(f.entries, e)
	}
	return nil
}

// parseOwn reads a line of a .leakflareignore:
//
//	FINGERPRINT [until=YYYY-MM-DD] [# reason]
//	PATTERN, as in gitignore(5)
func (f *file) parseOwn(line string) (*entry, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if isForeign(line) {
		return nil, errors.New("it looks like a fingerprint of gitleaks: those stand in a file called .gitleaksignore, named with --ignore-file")
	}
	// A name of so many hexadecimal digits is a fingerprint with one missing.
	if len(word) >= 32 && strings.Trim(word, "0123456789abcdefABCDEF") == "" {
		return f.parseFingerprint(word, rest)
	}
	p, err := parsePattern(line)
	if err != nil {
		return nil, err
	}
	f.patterns = append(f.patterns, p)
	return p.entry, nil
}

func (f *file) parseFingerprint(word, rest string) (*entry, error) {
	var print secret.Fingerprint
	if err := print.UnmarshalText([]byte(word)); err != nil {
		return nil, fmt.Errorf("a fingerprint has %d hexadecimal digits, this has %d (a path of that name is written with a slash before it)", hex.EncodedLen(len(print)), len(word))
	}
	e := new(entry)
	rest, reason, _ := strings.Cut(rest, "#")
	e.reason = strings.TrimSpace(reason)
	for _, field := range strings.Fields(rest) {
		day, ok := strings.CutPrefix(field, "until=")
		if !ok {
			return nil, errors.New(`behind a fingerprint stand only until=YYYY-MM-DD and "# reason"`)
		}
		last, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil, errors.New("until= names no day: write it as until=YYYY-MM-DD")
		}
		e.until = last.AddDate(0, 0, 1)
	}
	// Of two lines about one credential the last counts.
	if old := f.prints[print]; old != nil {
		f.entries = slices.DeleteFunc(f.entries, func(e *entry) bool { return e == old })
	}
	f.prints[print] = e
	return e, nil
}

// parseForeign reads a line of a .gitleaksignore or .betterleaksignore:
//
//	COMMIT:FILE:RULE:LINE
//	FILE:RULE:LINE
//	SHA-256 of a secret, as betterleaks writes since version 2
//
// Which rule it was does not matter. See
// https://github.com/gitleaks/gitleaks#gitleaksignore.
func (f *file) parseForeign(line string) (*entry, error) {
	line = strings.TrimSpace(line)
	e := &entry{foreign: true}
	var print secret.Fingerprint
	if print.UnmarshalText([]byte(line)) == nil {
		f.prints[print] = e
		return e, nil
	}
	if !isForeign(line) {
		return nil, errors.New("a line of such a file is COMMIT:FILE:RULE:LINE, FILE:RULE:LINE or the SHA-256 of a secret; paths stand in a " + FileName)
	}
	head, number := cutLast(line)
	head, _ = cutLast(head)
	s := spot{path: head}
	s.line, _ = strconv.Atoi(number)
	if commit, file, ok := strings.Cut(head, ":"); ok && isCommit(commit) {
		s.commit, s.path = strings.ToLower(commit), file
	}
	f.addSpot(s, e)
	return e, nil
}

// addSpot adds a line of a file as another tool names it.
func (f *file) addSpot(s spot, e *entry) {
	s.path = path.Clean(strings.ReplaceAll(s.path, `\`, "/"))
	f.spots[s] = e
}

// isForeign reports whether line ends like a fingerprint of gitleaks: in a file,
// a rule and a number.
func isForeign(line string) bool {
	head, number := cutLast(strings.TrimSpace(line))
	file, rule := cutLast(head)
	_, err := strconv.ParseUint(number, 10, 31)
	return err == nil && rule != "" && file != "" && strings.Trim(rule, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// cutLast cuts s at its last colon.
func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, ':')
	return s[:max(i, 0)], s[i+1:]
}

// isCommit reports whether s is the id of a commit.
func isCommit(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && (len(s) == 40 || len(s) == 64)
}
