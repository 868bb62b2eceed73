package workerd

import (
	"fmt"
	"strings"
	"testing"
)

func TestLogKeepsBothEnds(t *testing.T) {
	var l logTail
	fmt.Fprintln(&l, "first")
	for range 10_000 {
		fmt.Fprintln(&l, "an object that prints without end")
	}
	fmt.Fprintln(&l, "last")
	lines := l.lines()
	if lines[0] != "first" || lines[len(lines)-1] != "last" {
		t.Errorf("kept %q … %q", lines[0], lines[len(lines)-1])
	}
	if n := len(strings.Join(lines, "")); n > 2*maxLog {
		t.Errorf("kept %d bytes", n)
	}
}
