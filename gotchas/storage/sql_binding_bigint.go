package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlBindingBigint = &analysis.Gotcha{
	ID:       "sql-binding-bigint",
	Title:    "A BigInt is bound",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "exec cannot bind a BigInt: it throws \"Cannot convert a BigInt value to a number\".",
	Fix:      "Bind Number(value) when it is below 2^53, otherwise String(value) into a TEXT column: larger integers lose digits when they are read back.",
	Fine:     []string{"Number(big) and String(big).", "BigInts that are not bound."},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: binding 10n throws TypeError \"Cannot convert a BigInt value to a number\".",
	},
	Check: checkBindingBigint,
}

func checkBindingBigint(p *analysis.Pass) {
	queries(p, func(op *model.Op) {
		values, _ := bindings(op)
		for _, v := range values {
			if isBigint(p.Module, v, 0) {
				p.Error(v, fmt.Sprintf("%s is a BigInt.", analysis.Short(v)), fmt.Sprintf("Bind String(%s), or Number(…) if it is certainly below 2^53.", analysis.Short(v)))
				continue
			}
			if arg := model.Argument(model.Unwrap(v), 0); model.Unwrap(v).Is(syntax.CallExpression) && isBigint(p.Module, arg, 0) {
				p.Guard(v, "The BigInt is converted before it is bound.")
			}
		}
	})
}

func isBigint(m *model.Module, n syntax.Node, depth int) bool {
	if t := typeOf(m, n); t.OK() {
		return union(t, "bigint")
	}
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.Number:
		return strings.HasSuffix(n.Text(), "n")
	case syntax.CallExpression:
		name := n.Child(syntax.FieldFunction).Text()
		return name == "BigInt" || name == "BigInt.asIntN" || name == "BigInt.asUintN" || strings.HasSuffix(name, "hrtime.bigint") || strings.HasSuffix(name, "getBigInt64") || strings.HasSuffix(name, "getBigUint64")
	case syntax.BinaryExpression:
		switch n.Operator() {
		case "+", "-", "*", "/", "%", "**", "|", "&", "<<", ">>":
			return isBigint(m, n.Child(syntax.FieldLeft), depth+1) || isBigint(m, n.Child(syntax.FieldRight), depth+1)
		}
	case syntax.Identifier:
		b := m.Resolve(n)
		return b != nil && depth < 8 && b.Init.OK() && len(b.Path) == 0 && !b.Each && isBigint(m, b.Init, depth+1)
	}
	return false
}
