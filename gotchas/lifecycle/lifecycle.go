// Package lifecycle holds the gotchas of an object's lives: what is lost when it
// leaves memory, and what its constructor does each time it comes back.
package lifecycle

import (
	"embed"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "lifecycle",
	Title:   "Lifecycle and memory",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		hibernationMemoryState,
		wsMapInMemory,
		moduleGlobalState,
		setTimeoutDurable,
		timerPinsObject,
		waitUntilInDO,
		constructorHeavy,
		constructorSuper,
		constructorSetAlarm,
		constructorAsyncFloating,
		floatingPromise,
		legacyClass,
		cacheBeforePersist,
		noShutdownHook,
		keepWarm,
		bareEnvInClass,
		detachedMethod,
		initNameRPC,
		abortMisuse,
		ioCrossContext,
		unboundedMemory,
		constructorWritesOnProbe,
		frameworkOverride,
	},
}

// readsState reports an operation that brings stored state back: storage, SQL,
// the hibernating sockets and what is attached to them.
func readsState(op *model.Op) bool {
	switch op.Kind {
	case model.OpStorage, model.OpKV:
		return op.Method == "get" || op.Method == "list"
	case model.OpSQL, model.OpORM:
		return true
	case model.OpCtx:
		return op.Method == "getWebSockets" || op.Method == "getTags"
	case model.OpSocket:
		return op.Method == "deserializeAttachment"
	}
	return false
}

// writesState reports an operation that stores state.
func writesState(op *model.Op) bool {
	switch op.Kind {
	case model.OpStorage, model.OpKV:
		return op.Method == "put"
	case model.OpSQL:
		if op.SQL == nil {
			return false
		}
		for _, s := range op.SQL.Statements {
			if s.Write() {
				return true
			}
		}
	case model.OpSocket:
		return op.Method == "serializeAttachment"
	}
	return false
}

// statement reports an expression whose value nobody uses.
func statement(n syntax.Node) bool { return n.Parent().Is(syntax.ExpressionStatement) }

// hibernates reports a class that accepts hibernatable WebSockets.
func hibernates(m *model.Module, c *model.Class) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpCtx && op.Method == "acceptWebSocket" {
			return true
		}
	}
	return false
}

// startFuncs are the functions that run only when an instance starts: the
// constructor, a framework's onStart, the callbacks that these run at once, and
// what nothing but these calls. A route's handler that the constructor registers
// runs later. The result is shared: it must not be changed.
func startFuncs(m *model.Module, c *model.Class) map[*model.Func]bool {
	return model.Memo(m, "lifecycle: starts of "+c.Key(), func() map[*model.Func]bool { return gatherStarts(c, m.ClassOps(c)) })
}

func gatherStarts(c *model.Class, ops []*model.Op) map[*model.Func]bool {
	starts := map[*model.Func]bool{}
	callers := map[*model.Func][]*model.Func{} // nil among them: it may run later
	for _, op := range ops {
		if op.Kind != model.OpInvoke || op.Callee == nil {
			continue
		}
		caller := op.Func
		if op.Mode == model.Perhaps || op.Mode == model.Later && op.Method != "then" && op.Method != "catch" && op.Method != "finally" {
			caller = nil
		}
		callers[op.Callee] = append(callers[op.Callee], caller)
	}
	if c.Ctor != nil {
		starts[c.Ctor] = true
	}
	if f := c.Member("onStart"); f != nil && len(callers[f]) == 0 {
		starts[f] = true
	}
	for grown := true; grown; {
		grown = false
		for f, by := range callers {
			if starts[f] || f.Class != nil && calledByPlatform(f.Name) {
				continue
			}
			only := true
			for _, caller := range by {
				only = only && starts[caller]
			}
			if only {
				starts[f], grown = true, true
			}
		}
	}
	return starts
}

// calledByPlatform reports a handler, or a hook that a framework calls.
func calledByPlatform(name string) bool {
	return model.Handlers[name] || hook.MatchString(name) && name != "onStart"
}

var hook = regexp.MustCompile(`^on[A-Z]`)
