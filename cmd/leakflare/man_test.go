package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestDocumented says that each command has an example, that its help says what
// it does, and that each of its flags says so.
func TestDocumented(t *testing.T) {
	for _, cmd := range documented(newRoot(streams{})) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: what it does in a line is %q", cmd.CommandPath(), cmd.Short)
		}
		if strings.Contains(cmd.CommandPath(), "completion") {
			continue // cobra's own
		}
		if !cmd.HasExample() {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.Contains(line, "leakflare") || !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example %q", cmd.CommandPath(), line)
			}
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: nothing is said of --%s", cmd.CommandPath(), f.Name)
			}
		})
	}
}

// TestMan writes the manual pages, and looks what man says of them.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	t.Setenv("SOURCE_DATE_EPOCH", "1772445600")
	if status := run(context.Background(), []string{"man", dir}, streams{nil, &out, &out}); status != exitClean {
		t.Fatalf("status %d: %s", status, out.String())
	}
	page, err := os.ReadFile(filepath.Join(dir, "leakflare-scan.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		".TH LEAKFLARE-SCAN 1 2026-03-02 ", ".SH EXIT STATUS\n", `leakflare scan \-\-history off \(ti/projects`, "\n" + `\fB\-o\fR, \fB\-\-output\fR \fIFILE\fR` + "\n",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("leakflare-scan.1 lacks %q", want)
		}
	}
	if _, err := exec.LookPath("man"); err != nil {
		t.Skip(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) != len(documented(newRoot(streams{}))) {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		var complaints bytes.Buffer
		cmd := exec.Command("man", "--warnings", "-l", page)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=100", "PAGER=cat", "MANPAGER=cat")
		cmd.Stderr = &complaints
		if text, err := cmd.Output(); err != nil || complaints.Len() > 0 || !bytes.Contains(text, []byte("SYNOPSIS")) {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, complaints.String())
		}
	}
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		"a":            "a",
		".x\n.y a.b":   "\\&.x\n\\&.y a.b",
		`-o \n 'a' ~^`: `\-o \en \(aqa\(aq \(ti\(ha`,
	} {
		if got := roff(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestCompletion asks each command how it may go on, and which values its flags
// take.
func TestCompletion(t *testing.T) {
	complete := func(args ...string) []string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(context.Background(), append([]string{cobra.ShellCompNoDescRequestCmd}, args...), streams{nil, &out, &errs}); status != exitClean {
			t.Fatalf("%q: status %d: %s", args, status, errs.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, ":") || last == ":1" {
			t.Errorf("%q: ends in %q", args, last)
		}
		return lines[:len(lines)-1]
	}
	root := newRoot(streams{})
	for _, cmd := range documented(root) {
		path := strings.Fields(cmd.CommandPath())[1:]
		complete(append(path, "")...)
		flags := complete(append(path, "--")...)
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" && !strings.Contains(strings.Join(flags, " "), "--"+f.Name) {
				t.Errorf("%s: --%s is not among %q", cmd.CommandPath(), f.Name, flags)
			}
			// A flag whose help lists its values has them to choose from.
			_, values, listed := strings.Cut(f.Usage, ": ")
			if f.Value.Type() != "string" || !listed || strings.Contains(f.Usage, "`PATH`") {
				return
			}
			for _, value := range complete(append(path, "--"+f.Name, "")...) {
				if !strings.Contains(values, value) {
					t.Errorf("%s: the help of --%s does not list %q", cmd.CommandPath(), f.Name, value)
				}
				listed = false
			}
			if listed {
				t.Errorf("%s: --%s completes to nothing", cmd.CommandPath(), f.Name)
			}
		})
	}
}
