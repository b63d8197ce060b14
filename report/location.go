package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// isCurrent reports whether f stands in something people still work with, as
// far as is known, and not only in history.
func isCurrent(f Finding) bool {
	return len(f.Locations) == 0 || slices.ContainsFunc(f.Locations, Location.Current)
}

// Current reports whether l is in something people still work with, as far as
// is known, and not only in history.
func (l Location) Current() bool { return l.Kind != kindGit || l.InHead }

// File returns the path of the file that l is in: of content inside an archive that of
// the archive. It is empty for what has none.
func (l Location) File() string {
	file, _ := l.split()
	return file
}

// split returns the path of the file that l is in and, of content inside an archive,
// what that is called there.
func (l Location) split() (file, member string) {
	// A report may have been edited.
	if rest, ok := strings.CutPrefix(l.Path, l.Container); ok && l.Container != "" && (rest == "" || rest[0] == '!') {
		return l.Container, strings.TrimPrefix(rest, "!")
	}
	// Of a blob that has no path, only what is in it has one. A file of such a name has a
	// commit.
	if l.Kind == kindGit && l.Blob != "" && l.Commit == "" && strings.HasPrefix(l.Path, "!") {
		return "", l.Path[1:]
	}
	return l.Path, ""
}

// place names where l is, as far as possible in the form path:line:column that
// terminals and editors open.
func place(l Location) string {
	path := shownPath(l)
	switch file, member := l.split(); {
	case file == "" && member != "":
		path = "object " + shortID(l.Blob) + "!" + member
	case path == "" && l.Kind == kindStdin:
		path = "stdin"
	case path == "" && l.Commit != "":
		// The line is one of the raw object, which nobody looks at.
		return strings.TrimPrefix(cmp.Or(l.Part, "object"), "commit ") + " of " + commit(l)
	case path == "" && l.Blob != "":
		path = "object " + shortID(l.Blob)
	case path == "":
		path = "unknown place"
	}
	if l.Part != "" {
		return path + " (" + l.Part + ")"
	}
	if l.Line > 0 {
		path += fmt.Sprintf(":%d", l.Line)
		if l.Column > 0 {
			path += fmt.Sprintf(":%d", l.Column)
		}
	}
	return path
}

// shownPath returns the path of l as seen from where the command ran, which
// is the same for a file of a work tree and for what git knows of it.
func shownPath(l Location) string {
	inRepository := l.Kind == kindGit || l.Kind == kindIndex
	if !inRepository || l.Repository == "" || l.Repository == "." || l.Path == "" || l.Part == RefName {
		return l.Path
	}
	return strings.TrimSuffix(l.Repository, "/") + "/" + l.Path
}

// firstInGit returns the index of the first location of f in git, -1 if there
// is none.
func firstInGit(f Finding) int {
	return slices.IndexFunc(f.Locations, func(l Location) bool { return l.Kind == kindGit })
}

// commit names the commit of l, who made it, when, and why.
func commit(l Location) string {
	s := "commit " + shortID(l.Commit)
	var made []string
	if !l.Date.IsZero() {
		made = append(made, l.Date.Format("2006-01-02"))
	}
	if a := author(l); a != "" {
		made = append(made, cut(a, glance))
	}
	if len(made) > 0 {
		s += " (" + strings.Join(made, ", ") + ")"
	}
	if l.Summary != "" {
		s += ` "` + cut(l.Summary, glance) + `"`
	}
	return s
}

// author names who made the commit of l, as git does.
func author(l Location) string {
	if l.Email == "" {
		return l.Author
	}
	return strings.TrimSpace(l.Author + " <" + l.Email + ">")
}

// whereabouts says in words where l is and what became of it.
func whereabouts(l Location) string {
	s := place(l)
	if l.Commit != "" && l.Path != "" {
		s += " in " + commit(l)
	}
	if text := standing(l); text != "" {
		s += ", " + text
	}
	return s
}

// standing tells what became of a location in git, "" for other locations.
func standing(l Location) string {
	if l.Kind != kindGit {
		return ""
	}
	if !l.Reachable {
		return "in no branch or tag (unreachable)"
	}
	refs := l.Refs
	if l.InHead { // which says more than that its history has it
		refs = slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { return ref == "HEAD" })
	}
	history := "in history"
	if len(refs) > 0 {
		history = "in the history of " + refNames(refs)
	}
	switch {
	case l.InHead && len(refs) == 0:
		return "in HEAD"
	case l.InHead:
		return "in HEAD, and " + history
	case l.Path == "" || l.Part == RefName:
		return history // whether it is in HEAD means nothing for a message
	}
	return "not in HEAD, still " + history
}

// refNames lists the first few of refs by their short names.
func refNames(refs []string) string {
	const most = 3
	var names []string
	for _, ref := range refs[:min(most, len(refs))] {
		names = append(names, refName(ref))
	}
	s := strings.Join(names, ", ")
	if more := len(refs) - most; more > 0 {
		s += fmt.Sprintf(" and %s more", grouped(int64(more)))
	}
	return s
}

// refName returns the short name of a ref.
func refName(ref string) string {
	for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/remotes/", "refs/"} {
		if short, ok := strings.CutPrefix(ref, prefix); ok {
			return short
		}
	}
	return ref
}

// shortID returns the beginning of an object id, as much as people compare.
func shortID(id string) string { return id[:min(8, len(id))] }
