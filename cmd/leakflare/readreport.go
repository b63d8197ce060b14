package main

import (
	"fmt"
	"io"
	"os"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
)

// readReport reads a report in JSON that an earlier run wrote.
func readReport(name string) (report.Report, error) {
	file, err := os.Open(name)
	if err != nil {
		return report.Report{}, &usageError{err.Error(), reportHint}
	}
	defer file.Close()
	return decodeReport(name, file)
}

const reportHint = "reports are files that leakflare scan --format json has written"

// decodeReport reads a report in JSON from in, which people know by name. It was
// written without secrets, and may have been edited since: what looks like one is
// masked.
func decodeReport(name string, in io.Reader) (report.Report, error) {
	r, err := report.ReadJSON(in)
	if err != nil {
		return report.Report{}, &usageError{fmt.Sprintf("%s: %v", name, err), reportHint}
	}
	return r.Map(detectors.NewSet(detectors.All...).Mask), nil
}
