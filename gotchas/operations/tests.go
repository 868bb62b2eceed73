package operations

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var testOldPackage = &analysis.Gotcha{
	ID:       "test-old-package",
	Title:    "Tests use the package that has been replaced",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "@cloudflare/vitest-pool-workers, with defineWorkersConfig and with env and SELF from cloudflare:test, is no longer developed; " +
		"newer helpers, such as the one that evicts an object, are only in its successor.",
	Fix: "Use @cloudflare/vitest-plugin with cloudflareTest() in the Vitest configuration, and import { env, exports } from \"cloudflare:workers\"; exports.default.fetch() takes the place of SELF.fetch().",
	Evidence: []string{
		"npm: @cloudflare/vitest-plugin 1.5.0 (November 2026) next to @cloudflare/vitest-pool-workers 0.23.0, its last release",
		"developers.cloudflare.com/workers/testing/vitest-integration/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("This file imports no test package of the platform.")
		for _, i := range p.Module.Imports {
			switch {
			case strings.HasPrefix(i.From, "@cloudflare/vitest-pool-workers"):
				p.Advise(i.Node, "This package has been replaced by @cloudflare/vitest-plugin.", "")
			case i.From == "cloudflare:test" && (i.Imported == "SELF" || i.Imported == "env" || i.Imported == "fetchMock"):
				p.Advise(i.Node, fmt.Sprintf("%s belongs to the package that has been replaced.", i.Imported), "")
			case i.From == "cloudflare:test", strings.HasPrefix(i.From, "@cloudflare/vitest-plugin"):
				p.Guard(i.Node, "These are the current package's helpers.")
			}
		}
	},
}

var testIsolation = &analysis.Gotcha{
	ID:       "test-isolation",
	Title:    "Two tests of one file share an object",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Storage is kept apart for each test file, not for each test. A second test that asks for the same name finds what the first one stored, " +
		"so the outcome depends on the order, and a test that is run alone behaves differently.",
	Fix: "Give each test an object of its own (crypto.randomUUID() as its name), or call reset() from cloudflare:test after each.",
	Fine: []string{
		"Tests that only read, and a file whose tests are meant to be steps of one story.",
		"The older package with isolated storage, which undoes what each test has written.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/testing/vitest-integration/ (isolation and concurrency)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("This is no test file of the current package.")
		if !currentTests(p.Module) {
			return
		}
		if strings.Contains(string(p.Module.Tree.Src), "reset(") {
			p.NotApplicable("The tests of this file reset what they have stored.")
			return
		}
		p.NotApplicable("Each test names objects of its own.")
		first := map[string]syntax.Node{} // by binding and name: the test that uses it
		for _, f := range p.Module.Funcs {
			test := testOf(p.Module, f)
			for _, op := range f.Ops {
				if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" || !test.OK() {
					continue
				}
				name, constant := p.Module.Text(model.Argument(op.Node, 0))
				key := op.Recv.Name + " " + name
				switch {
				case !constant:
					p.Guard(op.Node, "The name is the test's own.")
				case first[key].OK() && first[key] != test:
					p.Warn(op.Node, fmt.Sprintf("The test on line %d uses the same object %q. This is no problem if the tests are steps of one story.", first[key].Line(), name), "")
				default:
					first[key] = test
				}
			}
		}
	},
}

var testNoEviction = &analysis.Gotcha{
	ID:       "test-no-eviction",
	Title:    "No test lets the object lose its memory",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "In a test an object stays in memory from the first call to the last, so state that lives only in a field passes every test and is lost in production. " +
		"It is the most common defect of Durable Objects, and one call in a test shows it.",
	Fix: "Between writing and reading, call evictDurableObject(stub, { webSockets: \"hibernate\" }) from cloudflare:test.",
	Evidence: []string{
		"Measured with @cloudflare/vitest-plugin 1.5.0: after evictDurableObject the next call meets a new instance, and hibernating sockets stay open.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("This is no test file of the current package.")
		if !currentTests(p.Module) {
			return
		}
		p.NotApplicable("No object is called in these tests.")
		evicts := strings.Contains(string(p.Module.Tree.Src), "evictDurableObject")
		for _, f := range p.Module.Funcs {
			if !testOf(p.Module, f).OK() {
				continue
			}
			for _, op := range f.Ops {
				switch {
				case op.Kind != model.OpStub:
				case evicts:
					p.Guard(op.Node, "A test of this file evicts the object.")
					return
				default:
					p.Advise(op.Node, "No test of this file evicts the object, so state that is only in memory would pass.", "")
					return
				}
			}
		}
	},
}

// currentTests reports a file of tests that run inside workerd with the current
// package: it imports Vitest, or the helpers, and env from cloudflare:workers.
func currentTests(m *model.Module) bool {
	tests, env := false, false
	for _, i := range m.Imports {
		switch {
		case i.From == "cloudflare:test" && (i.Imported == "env" || i.Imported == "SELF"):
			return false
		case i.From == "vitest", i.From == "cloudflare:test":
			tests = true
		case i.From == "cloudflare:workers" && (i.Imported == "env" || i.Imported == "exports"):
			env = true
		}
	}
	return tests && env
}

// testOf is the test("…", () => …) that a function is, or stands in.
func testOf(m *model.Module, f *model.Func) syntax.Node {
	for ; f != nil; f = f.Outer {
		call := f.Node.Parent().Parent()
		if !f.Node.Parent().Is(syntax.Arguments) {
			continue
		}
		if name := call.Child(syntax.FieldFunction).Text(); name == "it" || name == "test" || strings.HasPrefix(name, "it.") || strings.HasPrefix(name, "test.") {
			return call
		}
	}
	return syntax.Node{}
}
