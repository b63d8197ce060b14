package main

import (
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/report"
)

func newReport(std streams) *cobra.Command {
	var (
		f     reportFlags
		quiet bool
	)
	cmd := &cobra.Command{
		Use:   "report REPORT|-...",
		Short: "Write JSON reports again, in other formats or several in one",
		Long: `Report reads reports that were written with --format json, and writes them as
one in any format. A credential that is in several is one finding, with the
places of all; it is suppressed if it is so in each of them, and its status is
the last one known. "-" stands for standard input.
`,
		Example: `  leakflare report --format sarif -o leakflare.sarif leakflare.json
  leakflare report --report markdown=- --report csv=all.csv */leakflare.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"no report", reportHint}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			reports, err := readReports(args, std.in)
			if err != nil {
				return err
			}
			return runReport(report.Merge(reports...), f, quiet, std)
		},
	}
	cmd.SetHelpTemplate(cmd.HelpTemplate() + `
EXIT STATUS
  0  the report was written, whatever is in it
  2  wrong use: a bad flag, something that is no JSON report of leakflare's
  3  the report could not be written
`)
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt)
	f.add(cmd)
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "no receipt unless a scan was incomplete")
	return cmd
}

// readReports reads the reports in files, of which one may be standard input.
func readReports(files []string, stdin io.Reader) ([]report.Report, error) {
	var reports []report.Report
	for i, name := range files {
		var (
			r   report.Report
			err error
		)
		switch {
		case name != "-" && slices.ContainsFunc(files[:i], func(other string) bool { return sameFile(name, other) }):
			continue // what it says would count twice
		case name != "-":
			r, err = readReport(name)
		case stdin == nil:
			err = &usageError{"standard input can be read once only", ""}
		default:
			r, err = decodeReport("standard input", stdin)
			stdin = nil
		}
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// sameFile tells whether two names are of one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// runReport writes r, and tells people what it is made of.
func runReport(r report.Report, f reportFlags, quiet bool, std streams) error {
	if err := f.check(); err != nil {
		return err
	}
	sink, discard, err := f.open(std)
	if err != nil {
		return err
	}
	defer discard()
	if err := r.Write(sink); err != nil {
		return err
	}
	f.noteLimits(std.err, r.Findings)
	if quiet && r.Receipt.Complete {
		return nil
	}
	return f.tell(std.err, r)
}
