package results

import (
	"fmt"
	"strings"
)

// ScriptLine is one line that the runbook's verification script prints.
type ScriptLine struct {
	Kind string // PASS, FAIL, WARN, NOTE, or "" for the frame
	Text string
}

// Script runs the runbook's verification script, as its bash would print it for
// RESULTS_DIR set to the directory ("./results" for one that is relative). It
// differs in one case: a directory in the place of a file is no PASS here.
func Script(d *Dir) []ScriptLine {
	dir := "./" + d.rel
	if d.rel == "." {
		dir = "."
	}
	lines := []ScriptLine{{"", "=== FINAL OUTPUT VERIFICATION ==="}}
	add := func(kind, format string, args ...any) {
		lines = append(lines, ScriptLine{kind, kind + ": " + fmt.Sprintf(format, args...)})
	}
	for _, name := range Deliverables {
		if f, size, err := d.root.open(d.at(name)); err == nil {
			f.Close()
			if size > 0 {
				add("PASS", "%s/%s (%d bytes)", dir, name, size)
				continue
			}
		}
		add("FAIL", "%s/%s is missing or empty", dir, name)
	}
	timers, sockets := d.grep(DurableObject)
	if timers {
		add("WARN", "setTimeout in code — should be setAlarm for persistence")
	} else {
		add("PASS", "no setTimeout")
	}
	if sockets {
		add("PASS", "uses WebSocket hibernation API")
	} else {
		add("NOTE", "no hibernation API (ok if no WebSockets in spec)")
	}
	return append(lines, ScriptLine{"", "=== VERIFICATION COMPLETE ==="})
}

// grep looks for the script's two patterns in a file of any size; in a file that
// cannot be read, grep finds neither.
func (d *Dir) grep(name string) (timers, sockets bool) {
	f, _, err := d.root.open(d.at(name))
	if err != nil {
		return false, false
	}
	defer f.Close()
	const keep = 32 // longer than any of the words, so none is cut in two
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		text := string(buf)
		timers = timers || strings.Contains(text, "setTimeout")
		sockets = sockets || strings.Contains(text, "acceptWebSocket") || strings.Contains(text, "webSocketMessage")
		if err != nil {
			return timers, sockets
		}
		if len(buf) > keep {
			buf = buf[:copy(buf, buf[len(buf)-keep:])]
		}
	}
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
