package concurrency

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var writeThenThrow = &analysis.Gotcha{
	ID:       "write-then-throw",
	Title:    "An exception between two writes that belong together leaves the first one in place",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "An exception does not undo what the event has written before it. The writes of one event are committed together against a crash, " +
		"but a method that throws half way commits the half.",
	Fix: "Check everything before the first write, or put the writes and the checks into this.ctx.storage.transactionSync(() => { … }), which rolls back when its callback throws.",
	Fine: []string{
		"A single write, and writes that mean something without each other.",
		"A row that notes the attempt and is meant to stay.",
		"A write that is taken back before the throw, or in a catch around both.",
	},
	Evidence: []string{
		"Measured on workerd: two inserts followed by a throw leave both rows, with and without awaits.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/ (transactionSync)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No two writes of one event clearly belong together.")
		eachRun(p, func(steps []model.Step, pr pair) {
			first, second := steps[pr.first], steps[pr.second]
			if guardTransaction(p, first, second) || first.Within(model.Try) != nil && !swallowed(p.Module, steps, pr) {
				return
			}
			t, ok := throwBetween(p.Module, steps, pr)
			if !ok {
				p.Guard(second.Node, fmt.Sprintf("No throw stands between this write and the one on line %d that it belongs to.", first.Node.Line()))
				return
			}
			p.Warn(t.Node, fmt.Sprintf("This throw keeps the write on line %d and skips the one on line %d, though %s. It is no problem if the first is meant to stay alone.",
				first.Node.Line(), second.Node.Line(), pr.how), "")
		})
		for _, c := range p.Objects() {
			for _, f := range c.Entries() {
				if f == c.Ctor || f.Name == "alarm" { // these run again
					continue
				}
				checkLoops(p, p.Module.Expand(f))
			}
		}
	},
}

// checkLoops looks for a loop that writes for one item after the other and gives
// up at one of them: what it wrote for those before stays.
func checkLoops(p *analysis.Pass, steps []model.Step) {
	for _, w := range steps {
		loop := w.Within(model.Loop)
		if loop == nil || !loop.Node.Is(syntax.ForInStatement) || w.Detached || w.Guarded() != nil || w.Within(model.Catch) != nil || !storesItem(w) {
			continue
		}
		items := loop.Node.Child(syntax.FieldRight)
		if !p.Module.DependsOn(w.Node, items) {
			continue
		}
		for i, t := range steps {
			if t.Kind != model.OpThrow || t.Func != w.Func || t.Within(model.Loop) != loop || t.Within(model.Catch) != nil || t.Within(model.Try) != w.Within(model.Try) {
				continue
			}
			if try := w.Within(model.Try); try != nil && (loop.Node.Contains(try.Node) || makesUp(p.Module, steps, try)) {
				continue // only this item is given up, or what was written is taken back
			}
			if !slices.ContainsFunc(p.Module.Conditions(steps, i), func(cond syntax.Node) bool {
				return p.Module.DependsOn(cond, w.Node, items)
			}) {
				continue // the same for every item, so most likely it is known at the first
			}
			p.Warn(t.Node, fmt.Sprintf("This throw ends the loop, but what line %d wrote for earlier items stays. It is no problem if each item stands for itself.", w.Node.Line()), "")
			return
		}
	}
}

// storesItem reports a write of a row or of a value, other than one that takes
// something off a list of what is to be done.
func storesItem(s model.Step) bool {
	switch s.Kind {
	case model.OpStorage, model.OpKV:
		return s.Method == "put"
	case model.OpSQL:
		return s.Op.SQL != nil && slices.ContainsFunc(s.Op.SQL.Statements, func(st model.Statement) bool {
			return st.Verb == "UPDATE" || st.Verb == "INSERT" && !slices.Contains(st.Words, "IGNORE") // may be tried again as a whole
		})
	}
	return false
}

// makesUp reports a catch that writes, or runs something that may.
func makesUp(m *model.Module, steps []model.Step, try *model.Path) bool {
	return slices.ContainsFunc(steps, func(s model.Step) bool {
		return try.Node.Child(syntax.FieldHandler).Contains(s.Node) && (writes(m, s) || s.Kind == model.OpInvoke)
	})
}

// eachRun calls fn for every pair of related writes of every entry point.
func eachRun(p *analysis.Pass, fn func(steps []model.Step, pr pair)) {
	for _, c := range p.Objects() {
		for _, f := range c.Entries() {
			steps := p.Module.Expand(f)
			pairs := model.Brief(p.Module, "concurrency: related writes of "+c.Key()+"."+f.Name, func() []pair { return relatedWrites(p.Module, steps) })
			for _, pr := range pairs {
				fn(steps, pr)
			}
		}
	}
}

// guardTransaction quotes the transaction that both writes stand in. Writes of
// which only one is in a region are left alone too: somebody has thought there.
func guardTransaction(p *analysis.Pass, a, b model.Step) bool {
	ga, gb := a.Guarded(), b.Guarded()
	if ga != nil && ga == gb && ga.Method != "blockConcurrencyWhile" {
		p.Guard(ga.Node, "Both writes stand in one transaction, which takes them back together.")
	}
	return ga != nil || gb != nil
}

// throwBetween finds a throw that the first write reaches, that nothing catches
// and nothing prepares by taking the write back, and that the second one misses.
func throwBetween(m *model.Module, steps []model.Step, pr pair) (model.Step, bool) {
	first, second := steps[pr.first], steps[pr.second]
	for i := pr.first + 1; i < pr.second; i++ {
		t := steps[i]
		if t.Kind != model.OpThrow || t.Detached || t.Func.Kind == model.Getter || t.Within(model.Try) != first.Within(model.Try) || t.Within(model.Catch) != nil ||
			!model.Reaches(first, t) || model.Reaches(t, second) {
			continue
		}
		if takenBack(m, steps, pr.first, i) || pr.how > moved && knownLater(m, steps, pr.first, i) {
			continue
		}
		return t, true
	}
	return model.Step{}, false
}

// swallowed reports two writes in one try whose catch, and what follows, writes
// nothing: then nothing takes the first one back either.
func swallowed(m *model.Module, steps []model.Step, pr pair) bool {
	try := steps[pr.first].Within(model.Try)
	if steps[pr.second].Within(model.Try) != try || slices.ContainsFunc(steps[:pr.first], func(s model.Step) bool { return s.Within(model.Try) == try && writes(m, s) }) {
		return false
	}
	for _, s := range steps[pr.second+1:] {
		if s.Within(model.Catch) != nil && (writes(m, s) || s.Kind == model.OpInvoke) {
			return false
		}
	}
	return true
}

func writes(m *model.Module, s model.Step) bool {
	return slices.ContainsFunc(m.Accesses(s.Op), func(a model.Access) bool { return a.Write })
}

// takenBack reports another write of the same place on the way to the throw.
func takenBack(m *model.Module, steps []model.Step, first, throw int) bool {
	where := place(m, steps[first])
	for _, s := range steps[first+1 : throw] {
		if !model.Reaches(s, steps[throw]) {
			continue
		}
		for _, acc := range m.Accesses(s.Op) {
			if acc.Write && acc.Place == where {
				return true
			}
		}
	}
	return false
}

// knownLater reports a throw whose reason turns up only after the first write:
// its result, or the answer of something awaited in between. That write is a
// claim, which has to come first.
func knownLater(m *model.Module, steps []model.Step, first, throw int) bool {
	var sources []syntax.Node
	for _, s := range steps[first:throw] {
		switch s.Kind {
		case model.OpAwait, model.OpSQL, model.OpStorage, model.OpKV:
			sources = append(sources, s.Node)
		}
	}
	for _, cond := range m.Conditions(steps, throw) {
		if m.DependsOn(cond, sources...) {
			return true
		}
	}
	return false
}
