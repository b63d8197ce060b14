package main

import (
	"fmt"
	"os"

	"github.com/leakflare/leakflare/report"
)

// readReport reads a report in JSON that an earlier run wrote.
func readReport(name string) (report.Run, []report.Finding, report.Receipt, error) {
	const hint = "reports are files that leakflare scan --verify --format json has written"
	file, err := os.Open(name)
	if err != nil {
		return report.Run{}, nil, report.Receipt{}, &usageError{err.Error(), hint}
	}
	defer file.Close()
	run, findings, receipt, err := report.ReadJSON(file)
	if err != nil {
		return run, nil, receipt, &usageError{fmt.Sprintf("%s: %v", name, err), hint}
	}
	return run, findings, receipt, nil
}
