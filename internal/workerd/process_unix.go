//go:build unix && !linux

package workerd

import (
	"os/exec"
	"syscall"
)

// isolate gives the child a process group of its own. There is no signal here
// that ties its life to ours; the guard ends it with the run's context.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup needs SIGKILL: an endless loop in an object ignores SIGTERM.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// ResidentMiB is not known here; the V8 heap limit still holds.
func ResidentMiB(int) int { return 0 }
