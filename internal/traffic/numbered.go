package traffic

import (
	"regexp"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// numbered are the names of things that the code itself makes in a loop, as the
// seats `A${i}` of a hall, by the column and by the table that it stores them in.
// Nobody finds such a thing under a name that was made up.
func numbered(modules []*model.Module) map[string]string {
	out := map[string]string{}
	for _, m := range modules {
		for f := range m.AllFuncs() {
			for _, op := range f.Ops {
				if op.Kind == model.OpSQL && op.SQL != nil && len(op.SQL.Statements) == 1 && op.SQL.Statements[0].Verb == "INSERT" {
					numberedIn(m, op, out)
				}
			}
		}
	}
	return out
}

var insertedColumns = regexp.MustCompile(`^[^()]*\(([^()]*)\)`)

func numberedIn(m *model.Module, op *model.Op, out map[string]string) {
	query, _ := m.Template(model.Argument(op.Node, 0))
	list := insertedColumns.FindStringSubmatch(query)
	if list == nil || len(op.SQL.Statements[0].Writes) == 0 {
		return
	}
	columns := strings.Split(strings.ToLower(list[1]), ",")
	for i, column := range columns {
		name, ok := firstOf(m, model.Argument(op.Node, i+1))
		if !ok {
			continue
		}
		for _, of := range []string{op.SQL.Statements[0].Writes[0], strings.TrimSpace(column)} {
			if key := singular(of); out[key] == "" {
				out[key] = name
			}
		}
	}
}

// firstOf is the text that a template has in a loop's first round, where the loop's
// counter is all that it inserts.
func firstOf(m *model.Module, n syntax.Node) (string, bool) {
	t, holes := m.Template(n)
	if !n.Is(syntax.TemplateString) || holes != 1 || t == model.Hole {
		return "", false
	}
	counter := m.Resolve(n.FirstOf(syntax.TemplateSubstitution).NamedChild(0))
	if counter == nil || counter.Const || !counter.Init.OK() {
		return "", false
	}
	first, ok := m.Number(counter.Init)
	return strings.Replace(t, model.Hole, strconv.FormatFloat(first, 'f', -1, 64), 1), ok
}

func singular(name string) string { return strings.TrimSuffix(name, "s") }

// textFor is a text that suits a part with one of these names.
func (g *sampler) textFor(names []string) string {
	for _, n := range names {
		if t := g.numbered[singular(strings.ToLower(n))]; t != "" {
			return t
		}
	}
	return textFor(names)
}
