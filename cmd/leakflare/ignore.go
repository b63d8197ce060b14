package main

import (
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/leakflare/leakflare/report"
	"github.com/leakflare/leakflare/scanner/ignore"
)

// ignoreFlags are the flags about what does not count, as typed.
type ignoreFlags struct {
	files     []string
	baselines []string
	none      bool
	hint      string // for who has one of these that is wrong
}

func (f *ignoreFlags) define(fl *pflag.FlagSet) {
	f.hint = noIgnoreHint
	fl.StringArrayVar(&f.files, "ignore-file", nil, "`FILE` that says what does not count, beside the "+ignore.FileName+" of each folder and repository; a .gitleaksignore or .betterleaksignore too")
	fl.StringArrayVar(&f.baselines, "baseline", nil, "`FILE` with what is accepted: a JSON report, or a baseline of gitleaks or detect-secrets")
	pathFlags(fl, "ignore-file", "baseline")
	fl.BoolVar(&f.none, "no-ignore", false, "let everything count, whatever ignore files, marks and baselines say")
}

// noIgnoreHint is for who has an ignore file or a baseline that is wrong.
const noIgnoreHint = "--no-ignore scans without ignore files and baselines"

// list reads what the flags name and what the folders among paths have. It
// returns nil if everything is to count.
func (f *ignoreFlags) list(paths []string) (*ignore.List, error) {
	if f.none {
		return nil, nil
	}
	l := ignore.New(time.Now())
	for _, path := range paths {
		if info, err := os.Stat(path); path == "-" || err != nil || !info.IsDir() {
			l.Partial = true // a part of a folder, as a hook names it
			continue
		}
		if err := l.AddRoot(path); err != nil {
			return nil, &usageError{err.Error(), f.hint}
		}
	}
	for _, name := range f.files {
		if err := l.AddFile(name); err != nil {
			return nil, &usageError{err.Error(), f.hint}
		}
	}
	for _, name := range f.baselines {
		if err := l.AddBaseline(name); err != nil {
			return nil, &usageError{err.Error(), f.hint}
		}
	}
	return l, nil
}

// counting returns the findings that are not suppressed.
func counting(findings []report.Finding) []report.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool { return f.Suppressed != nil })
}
