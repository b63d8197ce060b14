//go:build unix

package respond

import (
	"os/exec"
	"syscall"
)

// runGroup runs cmd in a process group of its own. When its context ends, it is
// killed with all that it started.
func runGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd.Run()
}
