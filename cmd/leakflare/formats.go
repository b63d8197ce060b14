package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/report"
)

// formatNames returns the names of the formats.
func formatNames() []string {
	names := make([]string, len(report.Formats))
	for i, f := range report.Formats {
		names[i] = f.Name
	}
	return names
}

// reportFlags say which reports are to be written, and where.
type reportFlags struct {
	format string // of output; "" for what the name of output tells
	output string // "" or "-" for standard output
	others []string
	color  string

	showSuppressed bool
}

// add adds the flags to cmd.
func (f *reportFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVarP(&f.format, "format", "f", "", "`FORMAT` of the report: "+strings.Join(formatNames(), ", ")+" (default text, or what the ending of -o says)")
	fl.StringVarP(&f.output, "output", "o", "", "write the report to `FILE`, whole or not at all, rather than to standard output")
	fl.StringArrayVar(&f.others, "report", nil, "write a further report, as `FORMAT=FILE`; may be given more than once, with \"-\" for standard output once")
	fl.StringVar(&f.color, "color", colors[0], "`WHEN` to use colour: auto (on a terminal, unless NO_COLOR is set), always, never")
	fl.BoolVar(&f.showSuppressed, "show-suppressed", false, "show findings that do not count, last")
	requireTrust(fl, "output", "report")
	pathFlags(fl, "output")
	pathFlag(fl, "[^=]*=(.*)", "report")
	var others []string
	for _, f := range report.Formats {
		others = append(others, f.Name+"="+f.File)
	}
	complete(cmd, map[string][]string{"format": formatNames(), "color": colors, "report": others})
}

// check refuses values that a flag does not take.
func (f *reportFlags) check() error {
	if err := refuse(choice{"color", &f.color, colors}); err != nil {
		return err
	}
	_, err := f.destinations()
	return err
}

// A destination is a report of a format, and where it goes: to a file, or to
// standard output if file is "".
type destination struct {
	report.Format
	file string
}

// destinations returns what the flags ask for. No file, nor standard output, is
// of two reports.
func (f *reportFlags) destinations() ([]destination, error) {
	var all []destination
	for _, other := range f.others {
		name, file, ok := strings.Cut(other, "=")
		if !ok || file == "" {
			return nil, &usageError{fmt.Sprintf("invalid value %q for --report", other), "use FORMAT=FILE, as in sarif=leakflare.sarif"}
		}
		format, known := report.FormatNamed(name)
		if !known {
			return nil, &usageError{fmt.Sprintf("invalid format %q for --report", name), "use " + strings.Join(formatNames(), ", ")}
		}
		all = append(all, destination{format, standard(file)})
	}
	taken := slices.ContainsFunc(all, func(d destination) bool { return d.file == "" })
	if f.format != "" || f.output != "" || !taken {
		main := destination{report.FormatOf(f.output), standard(f.output)}
		if f.format != "" {
			var known bool
			if main.Format, known = report.FormatNamed(f.format); !known {
				return nil, &usageError{fmt.Sprintf("invalid value %q for --format", f.format), "use " + strings.Join(formatNames(), ", ")}
			}
		}
		all = append([]destination{main}, all...)
	}
	seen := make(map[string]bool)
	for _, d := range all {
		key := d.file
		if abs, err := filepath.Abs(d.file); err == nil && d.file != "" {
			key = abs
		}
		if seen[key] {
			return nil, &usageError{"two reports to " + cmp.Or(d.file, "standard output"), "give each a file of its own"}
		}
		seen[key] = true
	}
	return all, nil
}

// has reports whether the flags, which are valid, ask for a format.
func (f *reportFlags) has(name string) bool {
	all, err := f.destinations()
	return err == nil && slices.ContainsFunc(all, func(d destination) bool { return d.Name == name })
}

// standard returns the name of a file, "" for standard output.
func standard(file string) string {
	if file == "-" {
		return ""
	}
	return file
}

// open returns a sink that writes all reports, each of which is there when it is
// whole: one that cannot be written does not lose the others. What is not there
// is removed by discard.
func (f *reportFlags) open(std streams) (sink report.Sink, discard func(), err error) {
	all, err := f.destinations()
	if err != nil {
		return nil, nil, err
	}
	var outs []*output
	discard = func() {
		for _, out := range outs {
			out.discard()
		}
	}
	var sinks []report.Sink
	for _, d := range all {
		out, err := create(d.file, std.out)
		if err != nil {
			discard()
			return nil, nil, err
		}
		outs = append(outs, out)
		opt := report.TextOptions{Color: d.file == "" && colored(f.color, std.out), ShowSuppressed: f.showSuppressed}
		sinks = append(sinks, &committing{d.New(out, opt), out})
	}
	return report.Tee(sinks...), discard, nil
}

// noteLimits tells of findings that a report which was asked for has no place for, and
// of a format that the name of a file seems to ask for and nobody knows.
func (f *reportFlags) noteLimits(w io.Writer, findings []report.Finding) {
	if ext := filepath.Ext(f.output); f.format == "" && ext != "" && report.FormatOf(f.output).Name == "text" && !strings.EqualFold(ext, ".txt") {
		if info, err := os.Stat(f.output); err == nil && info.Mode().IsRegular() {
			complain(w, "note: no format has the ending %s: %s is text; --format says what it should be", ext, f.output)
		}
	}
	if n := len(findings); f.has("sarif") && n > report.MaxResults {
		complain(w, "note: SARIF holds %d results at most; %d findings are left out of it", report.MaxResults, n-report.MaxResults)
	}
}

// tell writes what was read and found, for people.
func (f *reportFlags) tell(w io.Writer, r report.Report) error {
	return report.WriteReceipt(w, r.Receipt, r.Summary(), report.TextOptions{Color: colored(f.color, w), ShowSuppressed: f.showSuppressed})
}

// committing is a sink whose report is under its name once it is closed.
type committing struct {
	report.Sink
	out *output
}

// Close implements [report.Sink].
func (c *committing) Close(rc report.Receipt) error {
	if err := c.Sink.Close(rc); err != nil {
		return err
	}
	return c.out.commit()
}
