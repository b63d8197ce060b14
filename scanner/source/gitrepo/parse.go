package gitrepo

import (
	"bytes"
	"encoding/hex"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// The formats of objects are in git's Documentation/gitformat-*.txt and, for
// what they do not say, in tree-walk.c, commit.c, tag.c and ident.c.

// Modes of entries in a tree.
const (
	modeTree    = 0o040000
	modeLink    = 0o120000
	modeGitlink = 0o160000
)

// A treeEntry is a line of a tree.
type treeEntry struct {
	mode uint32 // type of file and permissions
	name []byte // part of the tree's content
	id   plumbing.Hash
	at   int // of the name in the tree's content
}

// end returns where the entry ends in the tree's content.
func (e treeEntry) end() int { return e.at + len(e.name) + 1 + len(e.id) }

func (e treeEntry) isTree() bool    { return e.mode&0o170000 == modeTree }
func (e treeEntry) isLink() bool    { return e.mode&0o170000 == modeLink }
func (e treeEntry) isGitlink() bool { return e.mode&0o170000 == modeGitlink }

// treeEntries yields the entries of a tree: mode in octal, space, name, zero,
// id. It ends at the first that is malformed.
func treeEntries(tree []byte) iter.Seq[treeEntry] { return treeEntriesFrom(tree, 0) }

// treeEntriesFrom yields the entries of a tree that begin at an offset or behind
// it, where one does.
func treeEntriesFrom(tree []byte, at int) iter.Seq[treeEntry] {
	return func(yield func(treeEntry) bool) {
		for {
			e, ok := entryAt(tree, at)
			if !ok || !yield(e) {
				return
			}
			at = e.end()
		}
	}
}

// entryAt returns the entry of a tree that begins at an offset.
func entryAt(tree []byte, at int) (e treeEntry, ok bool) {
	for ; at < len(tree) && tree[at] != ' '; at++ {
		e.mode = e.mode<<3 | uint32(tree[at]-'0')
	}
	at++
	if at >= len(tree) {
		return e, false
	}
	n := bytes.IndexByte(tree[at:], 0)
	if n < 0 || len(tree)-at-n-1 < len(e.id) {
		return e, false
	}
	e.name, e.at = tree[at:at+n], at
	copy(e.id[:], tree[at+n+1:])
	return e, true
}

// entryBefore returns where in a tree an entry begins, at an offset or before it,
// but not before from, where one does:
// at a mode behind a zero and an id. In a name that looks like that it errs, but
// the id of the entry is found all the same; in an id that does, which nobody has
// by chance, the entry is read wrongly.
func entryBefore(tree []byte, at, from int) int {
	const id = len(plumbing.ZeroHash)
	for at = min(at, len(tree)-1); at > max(from, id); at-- {
		if c := tree[at]; (c == '1' || c == '4') && tree[at-id-1] == 0 && isMode(tree[at:]) {
			return at
		}
	}
	return from
}

// isMode tells whether an entry of a tree may begin like this.
func isMode(b []byte) bool {
	for _, mode := range []string{"100644 ", "100755 ", "100664 ", "120000 ", "160000 ", "40000 "} {
		if len(b) >= len(mode) && string(b[:len(mode)]) == mode {
			return true
		}
	}
	return false
}

// A commitHeader is what the first lines of a commit say, in parts of its
// content.
type commitHeader struct {
	tree      plumbing.Hash
	parents   []plumbing.Hash
	author    []byte // an ident
	committer []byte // an ident
	summary   []byte // first line of the message
}

// parseCommit reads a commit. What is malformed or not there stays zero.
func parseCommit(commit []byte) (h commitHeader) {
	head, message, _ := bytes.Cut(commit, []byte("\n\n"))
	for line := range bytes.Lines(head) {
		key, value, _ := bytes.Cut(bytes.TrimRight(line, "\n"), []byte(" "))
		switch string(key) {
		case "tree":
			h.tree, _ = parseID(value)
		case "parent":
			if id, ok := parseID(value); ok {
				h.parents = append(h.parents, id)
			}
		case "author":
			h.author = value
		case "committer":
			h.committer = value
		}
	}
	summary, _, _ := bytes.Cut(bytes.TrimLeft(message, "\n"), []byte("\n"))
	h.summary = bytes.TrimSpace(summary)
	return h
}

// idLines returns how long the lines are with which a commit begins and that hold an id
// each, of its tree and its parents: nothing else can stand in them.
func idLines(commit []byte) (n int) {
	const tree, parent, digits = "tree ", "parent ", 2 * len(plumbing.ZeroHash)
	for {
		line := commit[n:]
		switch {
		case bytes.HasPrefix(line, []byte(tree)):
			line = line[len(tree):]
		case bytes.HasPrefix(line, []byte(parent)):
			line = line[len(parent):]
		default:
			return n
		}
		if len(line) <= digits || line[digits] != '\n' {
			return n
		}
		if _, ok := parseID(line[:digits]); !ok {
			return n
		}
		n = len(commit) - len(line) + digits + 1
	}
}

// parseTag returns the object that a tag is of.
func parseTag(tag []byte) (plumbing.Hash, bool) {
	line, _, _ := bytes.Cut(tag, []byte("\n"))
	value, ok := bytes.CutPrefix(line, []byte("object "))
	if !ok {
		return plumbing.ZeroHash, false
	}
	return parseID(value)
}

func parseID(digits []byte) (id plumbing.Hash, ok bool) {
	if len(digits) != hex.EncodedLen(len(id)) {
		return id, false
	}
	_, err := hex.Decode(id[:], digits)
	return id, err == nil
}

// An ident says who made a commit, and when.
type ident struct {
	name, email string
	date        time.Time
}

// parseIdent reads "Name <address> seconds ±hhmm".
func parseIdent(s string) (i ident) {
	name, rest, ok := strings.Cut(s, "<")
	i.name = strings.TrimSpace(name)
	if !ok {
		return i
	}
	i.email, _, _ = strings.Cut(rest, ">")
	i.email = strings.TrimSpace(i.email)
	sec, zone, ok := cutDate(s)
	if !ok {
		return i
	}
	i.date = time.Unix(sec, 0).UTC()
	if zone != "" {
		i.date = i.date.In(parseZone(zone))
	}
	return i
}

// cutDate returns the date of an ident, in seconds, and what follows it.
func cutDate(ident string) (seconds int64, zone string, ok bool) {
	when := strings.TrimSpace(ident[strings.LastIndexByte(ident, '>')+1:])
	digits, zone, _ := strings.Cut(when, " ")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || seconds < 0 || seconds >= maxSeconds {
		return 0, "", false
	}
	zone, _, _ = strings.Cut(strings.TrimSpace(zone), " ")
	return seconds, zone, true
}

// parseSeconds returns the date of an ident, in seconds; zero if there is none.
func parseSeconds(ident []byte) int64 {
	seconds, _, _ := cutDate(string(ident))
	return seconds
}

// maxSeconds is near the end of the year 9999, the last that RFC 3339 can
// write.
const maxSeconds = 253402214400

// parseZone reads "±hhmm". What cannot be a zone is UTC.
func parseZone(s string) *time.Location {
	n, err := strconv.Atoi(s)
	if err != nil || len(s) != 5 || n == 0 || n < -1500 || n > 1500 {
		return time.UTC
	}
	return time.FixedZone("", (n/100*60+n%100)*60)
}

// partsOf says in words which parts of a commit or tag the bytes at some
// offsets, which are sorted, belong to.
func partsOf(kind int, data []byte, offsets []int64) []string {
	noun := "commit"
	if kind == kindTag {
		noun = "tag"
	}
	end := bytes.Index(data, []byte("\n\n"))
	if end < 0 {
		end = len(data)
	}
	parts := make([]string, len(offsets))
	part, next := "", 0 // of a line, and where the one after it begins
	for i, at := range offsets {
		if at >= int64(end) {
			parts[i] = noun + " message"
			continue
		}
		for int64(next) <= at {
			line := data[next:end]
			if n := bytes.IndexByte(line, '\n'); n >= 0 {
				line = line[:n+1]
			}
			next += len(line)
			part = noun + " header"
			switch key, _, _ := bytes.Cut(line, []byte(" ")); string(key) {
			case "author", "committer", "tagger":
				part = string(key)
			}
		}
		parts[i] = part
	}
	return parts
}
