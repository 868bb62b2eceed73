package concurrency

import (
	"regexp"
	"slices"

	"durable-objects-mcp/internal/model"
)

// lateClaim is a row that is chosen by what a column says, worked on outside, and
// only then marked in that column: two events choose the same row.
type lateClaim struct {
	read, mark model.Step
	wait       wait
	column     string
}

// lateClaims lists the rows that an entry point marks too late. The alarm handler
// never runs twice at a time, so it may take its time.
func (o *object) lateClaims(entry *model.Func) []lateClaim {
	if alone(entry) {
		return nil
	}
	var out []lateClaim
	m, steps := o.m, o.m.Expand(entry)
	for w, s := range steps {
		set := setColumns(s.Op)
		if s.Kind != model.OpSQL || set == nil {
			continue
		}
		for r := w - 1; r >= 0; r-- {
			column, ok := chosenBy(steps[r], set)
			if !ok || !reads(m, steps, r, w, "sql:"+s.SQL.Statements[len(s.SQL.Statements)-1].Writes[0]) {
				continue
			}
			gap := opening(m, steps, r, w)
			if gap.gate == model.Opens && selects(m, steps, r, w) && !answered(m, race{write: s, wait: gap}) && !repeatable(m, steps, r, w) && !claimedRow(m, steps, r, gap) {
				out = append(out, lateClaim{steps[r], s, gap, column})
			}
			break
		}
	}
	return out
}

// chosenBy is the column among some that the condition of a query compares.
func chosenBy(s model.Step, columns []string) (string, bool) {
	if s.Kind != model.OpSQL || s.SQL == nil || len(s.SQL.Statements) != 1 || s.SQL.Statements[0].Verb != "SELECT" {
		return "", false
	}
	w := s.SQL.Statements[0].Words
	where := slices.Index(w, "WHERE")
	if where < 0 {
		return "", false
	}
	for i := where + 1; i+1 < len(w) && w[i] != "ORDER" && w[i] != "LIMIT" && w[i] != "GROUP"; i++ {
		switch w[i+1] {
		case "=", "IS", "<", ">", "!", "IN":
			if slices.Contains(columns, w[i]) {
				return w[i], true
			}
		}
	}
	return "", false
}

// selects reports that what was read chooses the rows of the write.
func selects(m *model.Module, steps []model.Step, r, w int) bool {
	t := trace(m, carriers(m, steps[r], steps[w])...)
	t.names = true
	return t.into(steps[w], sqlValues(steps[w].Op, "where")...) == throughCode
}

// repeatable reports that the outside is told how to recognise a second time.
func repeatable(m *model.Module, steps []model.Step, r, w int) bool {
	for _, s := range steps[r+1 : w] {
		if goesOut(s.Op) && idempotent.MatchString(s.Node.Text()) {
			return true
		}
	}
	return false
}

var idempotent = regexp.MustCompile(`(?i)idempoten|dedup|nonce`)

// claimedRow reports a write of the table between the read and the wait.
func claimedRow(m *model.Module, steps []model.Step, r int, gap wait) bool {
	for i := r + 1; i < len(steps) && steps[i].Op != gap.step.Op; i++ {
		if setColumns(steps[i].Op) != nil && model.Reaches(steps[r], steps[i]) && steps[i].Func == steps[r].Func {
			return true
		}
	}
	return false
}
