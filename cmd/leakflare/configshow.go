package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/detectors"
	"github.com/leakflare/leakflare/report"
)

func newConfig(c *config) *cobra.Command {
	heading := &cobra.Command{
		Use:   "config",
		Short: "Show which configuration is in effect",
		Example: `  leakflare config show
  leakflare config show --no-config > .leakflare.toml`,
	}
	show := &cobra.Command{
		Use:   "show [PATH]",
		Short: "Print the flags of all commands with their values, and where these come from",
		Long: `Show prints, as TOML, each flag of each command with the value that it has if it
is not given, and where that comes from.

The defaults of flags can be set in a configuration: a TOML file with a table for
each command. A key that stands in no table sets the flags of that name of all
commands.

    color = "never"

    [scan]
    history = "only"
    min-confidence = "high"

It is the file named by --config or LEAKFLARE_CONFIG. Otherwise it is the nearest
` + configName + ` on the way from the folder of what is scanned (of PATH, or else the
current one) to the root of its repository; without a repository, the one in that
folder. As that may be a stranger's, it cannot set flags that write, send or act,
nor name files outside its folder, and what it sets is said on standard error.
`,
		Example: `  leakflare config show
  leakflare config show --config ci.toml
  leakflare config show --no-config > .leakflare.toml`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{ofTarget: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
					return &usageError{fmt.Sprintf("%q does not exist", args[0]), ""}
				}
			}
			return c.show(cmd.Root())
		},
	}
	heading.AddCommand(show)
	return heading
}

// show writes the flags of all commands.
func (c *config) show(root *cobra.Command) error {
	var b strings.Builder
	if c.file == "" {
		fmt.Fprintln(&b, "# no configuration is in use")
	} else {
		fmt.Fprintf(&b, "# configuration: %s\n", c.file)
	}
	for _, cmd := range configurable(root) {
		flags := flagsOf(cmd)
		if len(flags) == 0 {
			continue
		}
		path := strings.Fields(cmd.CommandPath())[1:]
		fmt.Fprintf(&b, "\n[%s]\n", strings.Join(path, "."))
		for _, f := range flags {
			from := cmp.Or(c.origin[f], "default")
			// What a configuration that is found may not set is left out of what
			// may become one.
			off := ""
			if _, ok := f.Annotations[needsTrust]; ok && from == "default" {
				off, from = "# ", "default; with --config alone"
			}
			fmt.Fprintf(&b, "%s%s = %s # %s\n", off, f.Name, literal(f), from)
		}
	}
	text := detectors.NewSet(detectors.All...).Mask(b.String())
	for line := range strings.Lines(text) {
		if _, err := fmt.Fprintln(c.std.out, report.Clean(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
