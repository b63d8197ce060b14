package respond

import (
	"os"
	"os/exec"

	"golang.org/x/sys/windows"
)

// runGroup runs cmd in a job of its own. When its context ends, it is killed with
// all that it started.
func runGroup(cmd *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return os.NewSyscallError("CreateJobObject", err)
	}
	defer windows.CloseHandle(job) // what the command left running goes on
	cmd.Cancel = func() error {
		// The process may not be in the job yet.
		_ = windows.TerminateJobObject(job, 1)
		return cmd.Process.Kill()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// Where it cannot be put in the job, it can still be killed alone.
	_ = join(job, cmd.Process.Pid)
	return cmd.Wait()
}

func join(job windows.Handle, pid int) error {
	p, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer windows.CloseHandle(p)
	return windows.AssignProcessToJobObject(job, p)
}
