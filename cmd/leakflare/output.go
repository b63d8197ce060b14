package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/leakflare/leakflare/report"
)

// An output is where a report goes. A file appears under its name when it is
// whole, not before; and it is made when the first byte is written, not before
// the scan, which would read it.
type output struct {
	io.Writer
	name string   // of the file; "" if there is nothing to rename
	file *os.File // temporary, nil before the first byte
}

// create returns the output for the file name, or for std if name is empty or
// "-". What is no regular file, like /dev/null, is written to as it is.
func create(name string, std io.Writer) (*output, error) {
	if name == "" || name == "-" {
		return &output{Writer: std}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, &usageError{fmt.Sprintf("-o %s: is a folder", name), "name a file in it"}
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, &usageError{msg: err.Error()}
		}
		return &output{Writer: f}, nil
	}
	// A link is kept, and the file that it points to is replaced.
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	o := &output{name: name}
	// What cannot be written is better known before the scan.
	if err := o.open(); err != nil {
		return nil, &usageError{msg: err.Error()}
	}
	o.discard()
	return o, nil
}

func (o *output) open() error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(o.name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.OpenFile(fmt.Sprintf("%s.%d.tmp", o.name, os.Getpid()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err // the name is one of ours
	}
	if err != nil {
		return fmt.Errorf("writing the report %s: %w", o.name, err)
	}
	o.file, o.Writer = f, f
	return nil
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	if o.Writer == nil {
		if err := o.open(); err != nil {
			return 0, err
		}
	}
	return o.Writer.Write(p)
}

// commit makes the file appear under its name.
func (o *output) commit() error {
	if o.name == "" {
		return nil
	}
	if _, err := o.Write(nil); err != nil { // a report may be empty
		return err
	}
	f := o.file
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.Rename(f.Name(), o.name); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	o.file = nil
	return nil
}

// discard removes what has not been committed.
func (o *output) discard() {
	if o.file != nil {
		o.file.Close()
		os.Remove(o.file.Name())
		o.file, o.Writer = nil, nil
	}
}

// A filter is a sink that passes on some findings.
type filter struct {
	report.Sink
	pass func(report.Finding) bool
}

// Finding implements [report.Sink].
func (f filter) Finding(x report.Finding) error {
	if !f.pass(x) {
		return nil
	}
	return f.Sink.Finding(x)
}

// An addition is a sink that makes one report of what it is given and of what was
// reported before.
type addition struct {
	report.Sink
	now, all report.Report
}

// Begin implements [report.Sink].
func (a *addition) Begin(r report.Run) error {
	a.now.Run = r
	return nil
}

// Finding implements [report.Sink].
func (a *addition) Finding(f report.Finding) error {
	a.now.Findings = append(a.now.Findings, f)
	return nil
}

// Close implements [report.Sink].
func (a *addition) Close(rc report.Receipt) error {
	a.now.Receipt = rc
	return report.Merge(a.all, a.now).Write(a.Sink)
}

// A summary appends a report to a file, which other steps write too.
type summary struct {
	report.Sink
	page bytes.Buffer
	file string
}

// Close implements [report.Sink].
func (s *summary) Close(rc report.Receipt) error {
	if err := s.Sink.Close(rc); err != nil {
		return err
	}
	f, err := os.OpenFile(s.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return fmt.Errorf("writing the summary of the step: %w", err)
	}
	s.page.WriteString("\n")
	_, err = f.Write(s.page.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the summary of the step: %w", err)
	}
	return nil
}
