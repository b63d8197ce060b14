package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/leakflare/leakflare/cmd/leakflare/githook"
	"github.com/leakflare/leakflare/scanner/source/gitrepo"
)

// policiesOnError are what a hook may do when it cannot scan.
var policiesOnError = []string{"closed", "open"}

func newHook(std streams, conf *config) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Keep credentials out of commits and pushes, as a git hook",
		Example: `  leakflare hook install --pre-push
  leakflare hook uninstall`,
	}
	cmd.AddCommand(newHookInstall(std), newHookUninstall(std), newHookRun(std, conf))
	return cmd
}

// A hookPlace is where hooks are installed, by flags.
type hookPlace struct {
	global  bool
	prePush bool
	onError string
}

func newHookInstall(std streams) *cobra.Command {
	var p hookPlace
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the pre-commit hook in the current repository, or in all of yours",
		Long: `Install writes a pre-commit hook, the same as a pre-merge-commit hook for merges,
and with --pre-push a pre-push hook as well, where git looks for those of the
current repository: in its hooks folder, or in the one that core.hooksPath names.
A hook that is there already goes on to run,
before leakflare's. Installing again renews the hook.

With --global, a folder of leakflare's becomes core.hooksPath in your own git
configuration, so that the hook is in all your repositories. They keep their own
hooks: what is in that folder runs them, and a hook that it has already is not
installed in one of them again. If you have set core.hooksPath before, the hook
is installed there.
`,
		Example: `  leakflare hook install
  leakflare hook install --pre-push
  leakflare hook install --global`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := refuse(choice{"on-error", &p.onError, policiesOnError}); err != nil {
				return err
			}
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			in := installer(std)
			in.Leakflare, in.OnError = exe, p.onError
			names := []string{githook.PreCommit, githook.PreMergeCommit}
			if p.prePush {
				names = append(names, githook.PrePush)
			}
			if p.global {
				return obstructed(in.InstallGlobal(names...))
			}
			r, err := openCurrent(gitrepo.Options{}, nil)
			if err != nil {
				return err
			}
			return obstructed(in.InstallIn(r, names...))
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&p.prePush, "pre-push", false, "install a pre-push hook as well")
	fl.BoolVar(&p.global, "global", false, "for all your repositories, by core.hooksPath in your git configuration")
	requireTrust(fl, "pre-push", "global")
	onErrorFlag(cmd, &p.onError)
	return cmd
}

func newHookUninstall(std streams) *cobra.Command {
	var global bool
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the hooks, and put those back that were there before",
		Example: `  leakflare hook uninstall
  leakflare hook uninstall --global`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			in := installer(std)
			if global {
				return obstructed(in.UninstallGlobal())
			}
			r, err := openCurrent(gitrepo.Options{}, nil)
			if err != nil {
				return err
			}
			return obstructed(in.UninstallIn(r))
		},
	}
	cmd.Flags().BoolVar(&global, "global", false, "remove those of all your repositories")
	requireTrust(cmd.Flags(), "global")
	return cmd
}

// onErrorFlag adds the flag that says what is done when nothing can be scanned.
func onErrorFlag(cmd *cobra.Command, value *string) {
	cmd.Flags().StringVar(value, "on-error", "closed", "`WHAT` to do if it cannot be known whether there are credentials: closed (refuse), open (let pass, with a warning)")
	complete(cmd, map[string][]string{"on-error": policiesOnError})
	requireTrust(cmd.Flags(), "on-error")
}

// installer returns an installer that tells people what it does.
func installer(std streams) githook.Installer {
	return githook.Installer{
		Done: func(format string, args ...any) { fmt.Fprintln(std.out, safe(fmt.Sprintf(format, args...))) },
		Note: func(format string, args ...any) { complain(std.err, "note: "+format, args...) },
	}
}

// obstructed makes a usage error of what stands in the way of a hook.
func obstructed(err error) error {
	if o := (*githook.Obstacle)(nil); errors.As(err, &o) {
		return &usageError{o.Problem, o.Advice}
	}
	return err
}
