//go:build !linux

package workerd

import "os/exec"

func isolate(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		cmd.Process.Kill()
	}
}

// residentMiB is not known here; the V8 heap limit still holds.
func residentMiB(int) int { return 0 }
