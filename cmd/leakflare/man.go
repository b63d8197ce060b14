package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan makes the command that packagers write manual pages with.
//
// cobra/doc does the same by way of markdown, and with it 0.6 ms are spent on
// tables at each start of leakflare, and 0.7 MB.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write the manual pages, one a command, to a folder",
		Long: `Man writes a manual page for each command, leakflare.1 and leakflare-scan.1 and
so on, to a folder that exists. Their date is $SOURCE_DATE_EPOCH, in seconds since
1970, or else today.
`,
		Example: `  leakflare man /usr/local/share/man/man1`,
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return &usageError{fmt.Sprintf("%q is no folder", args[0]), "make it first"}
			}
			date := time.Now()
			if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
				seconds, err := strconv.ParseInt(epoch, 10, 64)
				if err != nil {
					return &usageError{"SOURCE_DATE_EPOCH is to be a number of seconds", ""}
				}
				date = time.Unix(seconds, 0).UTC()
			}
			for _, c := range documented(cmd.Root()) {
				name := filepath.Join(args[0], pageName(c)+".1")
				if err := os.WriteFile(name, []byte(manPage(c, date)), 0o644); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// documented returns the commands at and below cmd that have a page.
func documented(cmd *cobra.Command) []*cobra.Command {
	cmds := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			cmds = append(cmds, documented(sub)...)
		}
	}
	return cmds
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage returns the manual page of cmd, as man(7) describes it.
func manPage(cmd *cobra.Command, date time.Time) string {
	cmd.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 %s \"leakflare %s\" \"Leakflare manual\"\n.nh\n.ad l\n",
		strings.ToUpper(pageName(cmd)), date.Format(time.DateOnly), roff(version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n%s\n", roff(cmd.UseLine()))
	if about := strings.TrimSpace(cmd.Long); about != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n")
		for i, part := range strings.Split(about, "\n\n") {
			// What is indented is to stay as it is.
			if strings.HasPrefix(part, "  ") {
				fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(part))
				continue
			}
			if i > 0 {
				b.WriteString(".PP\n")
			}
			fmt.Fprintln(&b, roff(part))
		}
	}
	manFlags(&b, "OPTIONS", cmd.NonInheritedFlags())
	manFlags(&b, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	if _, status, ok := strings.Cut(cmd.HelpTemplate(), "EXIT STATUS\n"); ok {
		fmt.Fprintf(&b, ".SH EXIT STATUS\n.nf\n%s\n.fi\n", roff(strings.TrimRight(status, "\n")))
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	var see []string
	if cmd.HasParent() {
		see = append(see, pageName(cmd.Parent()))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			see = append(see, pageName(sub))
		}
	}
	for i, name := range see {
		see[i] = `\fB` + roff(name) + `\fR(1)`
	}
	if len(see) > 0 {
		fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", strings.Join(see, ",\n"))
	}
	return b.String()
}

// manFlags writes a section on flags, if there are any.
func manFlags(w io.Writer, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, ".SH %s\n", heading)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		what, usage := pflag.UnquoteUsage(f)
		name := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
		}
		if what != "" {
			name += ` \fI` + roff(what) + `\fR`
		}
		fmt.Fprintf(w, ".TP\n%s\n%s", name, roff(usage))
		if d := f.DefValue; d != "" && d != "false" && d != "[]" && d != "0" {
			fmt.Fprintf(w, " (default %s)", roff(d))
		}
		fmt.Fprintln(w)
	})
}

// roff returns text so that roff takes none of it for a request or an escape,
// and keeps hyphens and quotes as they are to be typed. See groff_char(7).
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	text = strings.ReplaceAll("\n"+text, "\n.", "\n\\&.")
	return text[1:]
}
