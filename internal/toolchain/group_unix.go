//go:build unix

package toolchain

import (
	"os/exec"
	"syscall"
)

// group makes a cancelled child take its own children with it: npm starts some.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
