package report

import (
	"fmt"
	"io"
	"strings"
)

// AnnotationOptions say how findings are annotated.
type AnnotationOptions struct {
	// Fails tells whether a finding makes the job fail. Others are warnings.
	Fails func(Finding) bool

	// Mend says, after an incomplete scan, what to do about that. It may be empty.
	Mend string
}

// maxAnnotations is how many errors, and how many warnings, of a step GitHub
// shows. The last stands for those that it would not.
//
// https://docs.github.com/actions/reference/limits
const maxAnnotations = 10

// NewAnnotations returns a sink that writes findings to w as workflow commands,
// which GitHub Actions shows as annotations: on the line, where that is one of a
// file that is checked out, and on the run otherwise. GitHub takes them from
// either stream. What a scan did not read is annotated too.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func NewAnnotations(w io.Writer, opt AnnotationOptions) Sink {
	return &annotations{w: w, opt: opt, written: make(map[string]int), more: make(map[string]int64)}
}

type annotations struct {
	w       io.Writer
	opt     AnnotationOptions
	written map[string]int   // by level
	more    map[string]int64 // by level, those that there was no room for
}

func (a *annotations) Begin(Run) error { return nil }

func (a *annotations) Finding(f Finding) error {
	if f.Suppressed != nil {
		return nil
	}
	level := "warning"
	if a.opt.Fails(f) {
		level = "error"
	}
	if a.written[level] == maxAnnotations-2 { // one for the rest, one for what was not read
		a.more[level]++
		return nil
	}
	a.written[level]++
	var file, member string
	if len(f.Locations) > 0 {
		file, member = f.Locations[0].split()
	}
	f = cleanFinding(f)
	var l Location
	if len(f.Locations) > 0 {
		l = f.Locations[0]
	}
	properties := map[string]string{"title": f.Title}
	message := []string{strings.TrimSuffix(fmt.Sprintf("%s: %s, %s", f.Masked, f.Confidence, f.Reason), ", ")}
	shown := file != "" && l.Kind != kindStdin && (l.InHead || l.Kind != kindGit)
	if shown {
		properties["file"] = Clean(file)
	}
	switch {
	case !shown, member != "": // the line is none of the file's
		message = append(message, place(l))
	case l.Part == "" && l.Line > 0:
		properties["line"], properties["col"] = fmt.Sprint(l.Line), fmt.Sprint(max(l.Column, 1))
	}
	if l.Commit != "" && l.Path != "" {
		message = append(message, "in "+commit(l))
	}
	if n := int64(len(f.Locations) - 1); n > 0 {
		message = append(message, "and in "+count(n, "further place", "further places"))
	}
	return a.command(level, properties, strings.Join(message, "; "))
}

func (a *annotations) Close(rc Receipt) error {
	for _, level := range []string{"error", "warning"} {
		if n := a.more[level]; n > 0 {
			if err := a.command(level, map[string]string{"title": "leakflare"}, count(n, "further finding is", "further findings are")+" in the report."); err != nil {
				return err
			}
		}
	}
	notes := gaps(mapReceipt(rc, Clean))
	if len(notes) == 0 {
		return nil
	}
	const most = 3
	text := strings.Join(notes[:min(most, len(notes))], " ")
	if more := int64(len(notes) - most); more > 0 {
		text += " And " + grouped(more) + " more."
	}
	if a.opt.Mend != "" {
		text += " To mend that, " + a.opt.Mend + "."
	}
	return a.command("warning", map[string]string{"title": "leakflare: the scan is incomplete"}, text)
}

// command writes a workflow command.
func (a *annotations) command(level string, properties map[string]string, message string) error {
	var list []string
	for _, name := range []string{"file", "line", "col", "title"} {
		if value := properties[name]; value != "" {
			list = append(list, name+"="+inProperty.Replace(value))
		}
	}
	_, err := fmt.Fprintf(a.w, "::%s %s::%s\n", level, strings.Join(list, ","), inMessage.Replace(message))
	return err
}

// What ends the message of a workflow command, or a property of it, is escaped.
//
// See toolkit/packages/core/src/command.ts.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
