package report

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// A Format is a form of report.
type Format struct {
	Name string // as people ask for it
	File string // what a file of it is called if nothing else is known, with its ending

	// New returns a sink that writes a report of the format to a writer. Of the
	// options, formats that are not made for people to read take none.
	New func(io.Writer, TextOptions) Sink
}

// Formats are all there are of files, in the order of the documentation. See
// [NewAnnotations] for what is no file.
var Formats = []Format{
	{"text", "leakflare.txt", NewText},
	{"json", "leakflare.json", plain(NewJSON)},
	{"jsonl", "leakflare.jsonl", plain(NewJSONL)},
	{"sarif", "leakflare.sarif", plain(NewSARIF)},
	{"gitlab", "gl-secret-detection-report.json", plain(NewGitLab)},
	{"junit", "leakflare.xml", plain(NewJUnit)},
	{"csv", "leakflare.csv", plain(NewCSV)},
	{"markdown", "leakflare.md", plain(NewMarkdown)},
	{"html", "leakflare.html", plain(NewHTML)},
}

// plain makes the sink of a format that takes no options.
func plain(sink func(io.Writer) Sink) func(io.Writer, TextOptions) Sink {
	return func(w io.Writer, _ TextOptions) Sink { return sink(w) }
}

// FormatNamed returns the format of that name, in letters of either case.
func FormatNamed(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// FormatOf returns the format that the name of a file tells, text if it tells
// none. An ending that several formats have is of the first.
func FormatOf(file string) Format {
	for _, f := range Formats {
		if filepath.Base(file) == f.File {
			return f
		}
	}
	for _, f := range Formats {
		if ext := filepath.Ext(file); ext != "" && strings.EqualFold(ext, filepath.Ext(f.File)) {
			return f
		}
	}
	return Formats[0]
}
