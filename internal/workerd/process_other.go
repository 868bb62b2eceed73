//go:build !unix

package workerd

import "os/exec"

func isolate(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		cmd.Process.Kill()
	}
}

// ResidentMiB is not known here; the V8 heap limit still holds.
func ResidentMiB(int) int { return 0 }
