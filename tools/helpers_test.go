package tools_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os/exec"
)

// hash names a cache folder by its content.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}
