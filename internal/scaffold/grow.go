package scaffold

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scenario"
)

// Files are an object's files, as they are or as they become.
type Files struct {
	TypeScript, Scenario, Summary []byte
}

// Grown is an object with patterns added.
type Grown struct {
	*Output       // what would be rendered anew
	Files   Files // what stands in the files, with the additions
	// Kept names files that could not take the additions and stay as they are.
	Kept []string
}

// Grow adds what a blueprint has over the one that an object was made from, to
// the object's files as they are now: what people changed in them stays. The
// schema history only gets longer, what the alarm waits for moves into the queue
// where there was none, fields become columns of the tables that are there, and
// routes and members join the others. The error says
// why it cannot be done, and then nothing is.
func Grow(from, to *blueprint.Blueprint, have Files) (*Grown, error) {
	before, err := Render(from, Options{})
	if err != nil {
		return nil, err
	}
	to.Schema = slices.Concat(before.Schema, addedColumns(from, to))
	if kind := takenOver(from, to); kind != "" {
		to.Schema = append(to.Schema, dueEntry+"+"+kind)
	}
	after, err := Render(to, Options{})
	if err != nil {
		return nil, err
	}
	if err := keepsHistory(before, after); err != nil {
		return nil, err
	}
	g := &Grown{Output: after, Files: have}
	merged, err := joinModules(before.TypeScript, have.TypeScript, after.TypeScript)
	if err != nil {
		return nil, err
	}
	g.Files.TypeScript = merged
	if g.Files.Scenario, err = g.joinScenarios(before.Scenario, have.Scenario, after.Scenario); err != nil {
		return nil, err
	}
	g.Files.Summary = g.joinTexts(results.Summary, before.Summary, have.Summary, after.Summary)
	return g, nil
}

// joinModules is the module as it stands with what after has over before.
func joinModules(before, have, after []byte) ([]byte, error) {
	var units [3]unit
	for i, src := range [][]byte{before, have, after} {
		var err error
		if units[i], err = parseUnits(src); err != nil {
			return nil, err
		}
	}
	joined, clashes := join(units[0], units[1], units[2])
	if len(clashes) > 0 {
		return nil, fmt.Errorf("the additions change what was changed by hand in durable_object.ts, so nothing was written: %s. Scaffold the pattern in another directory and take it over by hand, or undo these changes and make them again afterwards", strings.Join(clashes, "; "))
	}
	merged := []byte(joined.whole())
	if _, err := parseUnits(merged); err != nil {
		return nil, fmt.Errorf("with the additions the file would not be TypeScript any more, so nothing was written: %w", err)
	}
	return merged, nil
}

// joinScenarios adds the steps that after has over before. A scenario that was
// changed where they belong stays as it is.
func (g *Grown) joinScenarios(before *scenario.Scenario, have []byte, after *scenario.Scenario) ([]byte, error) {
	if len(have) == 0 {
		return after.JSON(), nil
	}
	now, err := scenario.Parse(have)
	if err != nil {
		return nil, err
	}
	steps, ok := edit.MergeItems(stepTexts(before), stepTexts(now), stepTexts(after))
	if !ok {
		g.Kept = append(g.Kept, scenario.FileName)
		return have, nil
	}
	now.Steps = make([]scenario.Step, len(steps))
	for i, s := range steps {
		if err := json.Unmarshal([]byte(s), &now.Steps[i]); err != nil {
			return nil, err
		}
	}
	return now.JSON(), nil
}

func stepTexts(s *scenario.Scenario) []string {
	out := make([]string, len(s.Steps))
	for i, step := range s.Steps {
		data, err := json.Marshal(step)
		if err != nil {
			panic(err) // plain data: it cannot fail
		}
		out[i] = string(data)
	}
	return out
}

// joinTexts adds lines to a text for people. One that was changed where they
// belong stays as it is, and one that is gone is written anew.
func (g *Grown) joinTexts(name string, before, have, after []byte) []byte {
	if len(have) == 0 {
		return after
	}
	text, ok := edit.Merge(before, have, after)
	if !ok {
		g.Kept = append(g.Kept, name)
		return have
	}
	return text
}

// addedColumns names what the tables of collections get: the fields and filters that
// they had not before.
func addedColumns(from, to *blueprint.Blueprint) []string {
	var added []string
	for i := range to.Patterns {
		p := &to.Patterns[i]
		had := slices.IndexFunc(from.Patterns, func(o blueprint.Pattern) bool { return o.Kind == p.Kind && o.Name == p.Name })
		if had < 0 {
			continue
		}
		for _, f := range p.Fields {
			old := from.Patterns[had].Fields
			switch at := slices.IndexFunc(old, func(o blueprint.Field) bool { return o.Name == f.Name }); {
			case at < 0:
				added = append(added, columnEntry(p, f))
			case f.Filter && !old[at].Filter:
				added = append(added, indexEntry(p, f))
			}
		}
	}
	return added
}

// keepsHistory refuses what would change a migration that objects out there have
// behind them: they would never run the new text of it.
func keepsHistory(before, after *Output) error {
	for i, entry := range before.history {
		if i < len(after.history) && after.history[i] == entry {
			continue
		}
		name := entryOf(before.Schema[i])
		return fmt.Errorf("this would change the table of %q, which objects have made already, and no migration can be rewritten; nothing was written. Change it by hand with a further MIGRATIONS entry, or scaffold another class", name)
	}
	return nil
}

// takenOver is the kind of work that had the alarm for itself and now shares it,
// "" if there is none.
func takenOver(from, to *blueprint.Blueprint) string {
	before, after := newView(from), newView(to)
	if kinds := before.alarmKinds(); len(kinds) == 1 && !before.Queue() && after.Queue() {
		return kinds[0]
	}
	return ""
}
