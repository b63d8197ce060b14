package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(std streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: `  leakflare version`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintf(std.out, "leakflare %s %s %s/%s%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, commit(info))
			return err
		},
	}
}

// version returns the version that the Go tool built in: a tag, a pseudo-version
// or "devel".
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// commit says which commit was built, and whether the work tree had changes, if
// it was built in a clone. info may be nil.
func commit(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	text, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			text = " commit " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if text == "" {
		return ""
	}
	return text + changed
}
