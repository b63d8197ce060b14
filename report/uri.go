package report

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A pathBase turns paths into URIs.
type pathBase struct {
	roots []string // directories that paths are made relative to, slash-separated, the longest first
	many  bool     // paths in git are of several repositories
}

func newPathBase(targets []string, findings []Finding) pathBase {
	repositories := map[string]bool{}
	for _, f := range findings {
		for _, l := range f.Locations {
			if l.Kind == kindGit || l.Kind == kindIndex {
				repositories[l.Repository] = true
			}
		}
	}
	p := pathBase{many: len(repositories) > 1}
	if len(repositories) == 1 {
		for root := range repositories {
			p.roots = append(p.roots, slashed(root))
		}
	}
	for _, t := range targets {
		if t = slashed(t); isAbs(t) {
			p.roots = append(p.roots, t)
		}
	}
	slices.SortFunc(p.roots, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	return p
}

// slashed returns a directory as paths beneath it begin.
func slashed(dir string) string { return path.Clean(filepath.ToSlash(dir)) }

// hasDrive reports whether p is an absolute path of Windows.
func hasDrive(p string) bool {
	return len(p) > 2 && p[1] == ':' && p[2] == '/' && ('a' <= p[0]|0x20 && p[0]|0x20 <= 'z')
}

func isAbs(p string) bool { return strings.HasPrefix(p, "/") || hasDrive(p) }

// path returns the path that the URI of the file that l is in is made of.
func (b pathBase) path(l Location) string {
	l.Path = l.File()
	switch {
	case l.Path == "" && l.Kind == kindStdin:
		return "stdin"
	case l.Path == "" && l.Commit != "":
		return ".git/commit/" + l.Commit
	case l.Path == "" && l.Blob != "":
		return ".git/object/" + l.Blob
	case l.Path == "":
		return "unknown"
	case l.Part == RefName:
		return ".git/" + l.Path
	case b.many:
		return shownPath(l)
	}
	return l.Path
}

// uri returns the URI for a slash-separated path: a relative one if the path is
// relative or beneath a root, a file URI otherwise. Bytes are encoded as they
// are, whatever text they make (RFC 3986).
func (b pathBase) uri(p string) string {
	p = b.relative(p)
	scheme := ""
	switch {
	case strings.HasPrefix(p, "/"):
		scheme = "file://"
	case hasDrive(p):
		scheme = "file:///"
	}
	var u strings.Builder
	u.WriteString(scheme)
	for i := range len(p) {
		if c := p[i]; isPathChar(c) || c == ':' && scheme != "" && i == 1 {
			u.WriteByte(c)
		} else {
			fmt.Fprintf(&u, "%%%02X", c)
		}
	}
	return cmp.Or(u.String(), ".")
}

// relative returns a slash-separated path as seen from the roots, or as it is if
// it is beneath none.
func (b pathBase) relative(p string) string {
	for _, root := range b.roots {
		if p == root {
			p = path.Base(p)
			break
		}
		if rest, ok := strings.CutPrefix(p, strings.TrimSuffix(root, "/")+"/"); ok && rest != "" {
			p = rest
			break
		}
	}
	for strings.HasPrefix(p, "./") {
		p = strings.TrimLeft(p[1:], "/")
	}
	return p
}

// isPathChar reports whether c stands for itself in the path of a URI. A colon
// would too, but for the first segment of a relative one.
func isPathChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-._~!$&'()*+,;=@/", c) >= 0
}
