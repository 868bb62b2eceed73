package results

import (
	"bytes"
	"fmt"
	"strings"
)

// ScriptLine is one line that the runbook's verification script prints.
type ScriptLine struct {
	Kind string // PASS, FAIL, WARN, NOTE, or "" for the frame
	Text string
}

// Script runs the runbook's verification script, as its bash would print it for
// RESULTS_DIR set to the directory ("./results" for one that is relative).
func Script(d *Dir) []ScriptLine {
	dir := "./" + d.rel
	lines := []ScriptLine{{"", "=== FINAL OUTPUT VERIFICATION ==="}}
	add := func(kind, format string, args ...any) {
		lines = append(lines, ScriptLine{kind, kind + ": " + fmt.Sprintf(format, args...)})
	}
	for _, name := range Deliverables {
		if data, err := d.Read(name); err == nil && len(data) > 0 {
			add("PASS", "%s/%s (%d bytes)", dir, name, len(data))
		} else {
			add("FAIL", "%s/%s is missing or empty", dir, name)
		}
	}
	code, _ := d.Read(DurableObject)
	if bytes.Contains(code, []byte("setTimeout")) {
		add("WARN", "setTimeout in code — should be setAlarm for persistence")
	} else {
		add("PASS", "no setTimeout")
	}
	if bytes.Contains(code, []byte("acceptWebSocket")) || bytes.Contains(code, []byte("webSocketMessage")) {
		add("PASS", "uses WebSocket hibernation API")
	} else {
		add("NOTE", "no hibernation API (ok if no WebSockets in spec)")
	}
	return append(lines, ScriptLine{"", "=== VERIFICATION COMPLETE ==="})
}

// ScriptText joins the lines as they are printed.
func ScriptText(lines []ScriptLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text)
		b.WriteString("\n")
	}
	return b.String()
}
