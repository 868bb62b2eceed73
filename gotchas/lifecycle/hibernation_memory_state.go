package lifecycle

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var hibernationMemoryState = &analysis.Gotcha{
	ID:       "hibernation-memory-state",
	Title:    "A field is the only copy of state that must last",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Memory is lost whenever the object hibernates (after about ten idle seconds), is evicted, redeployed or crashes, and the next event meets a new instance with the field's first value. " +
		"Nothing reports it: counts restart, lists are empty, roles are forgotten.",
	Fix: "Write it to ctx.storage (SQL or storage.kv) when it changes and read it back in the constructor or when it is first needed; what belongs to one socket goes into its attachment.",
	Fine: []string{
		"A cache that is restored from storage or from the sockets and written through.",
		"A promise that requests share, a handle (drizzle, Hono, an encoder), an AbortController, a timer.",
		"A flag for work in progress that ends with the memory.",
		"A value that is fetched again when it is missing.",
	},
	Evidence: []string{
		"Measured on workerd: a field counter of 2 is 0 after an eviction, the same counter in storage is still 2; a hibernating socket stays open meanwhile.",
		"developers.cloudflare.com/durable-objects/reference/in-memory-state/",
	},
	Check: checkMemoryState,
}

func checkMemoryState(p *analysis.Pass) {
	if model.TestFile(p.Module.Tree.Path) {
		p.NotApplicable("This is test code, whose objects record what happens for one run.")
		return
	}
	p.NotApplicable("No Durable Object of this file keeps changing fields.")
	for _, c := range p.Objects() {
		checkFields(p, c)
		for _, part := range p.Module.Parts(c) {
			if knowsPlatform(p.Module, part) { // others are tools: a list, a semaphore
				checkFields(p, part)
			}
		}
	}
}

// knowsPlatform reports a helper class that deals with storage or sockets itself.
func knowsPlatform(m *model.Module, c *model.Class) bool {
	for _, op := range m.ClassOps(c) {
		switch op.Kind {
		case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpCtx:
			return true
		case model.OpSocket: // of a client's; a connection to somewhere else ends with the memory
			if op.Method == "serializeAttachment" || op.Method == "deserializeAttachment" {
				return true
			}
		}
	}
	return false
}

func checkFields(p *analysis.Pass, c *model.Class) {
	if limiter.MatchString(c.Name) {
		p.NotApplicable("%s counts within a short window, and starting it anew only lets a little more through.", c.Name)
		return
	}
	// These bases keep state for the class; theirs is not ours to judge.
	if c.Framework == "Server" || c.Framework == "YServer" || c.Framework == "Container" || c.Framework == "Sandbox" {
		return
	}
	ops := p.Module.ClassOps(c)
	for _, op := range ops {
		if writesState(op) {
			p.Guard(op.Node, "State is written to storage, where every later instance finds it.")
			break
		}
	}
	checkRebuilt(p, c, ops)
	for _, f := range fieldsOf(p.Module, c, ops) {
		if f.restored != nil {
			if vain := neverStored(p.Module, c, f); vain != nil {
				p.Warn(vain.Node, fmt.Sprintf("%s changes only in memory: nothing stores what line %d reads back, so after hibernation or a deploy the change is gone.", f.name, f.restored.Node.Line()), "")
				continue
			}
			p.Guard(f.restored.Node, fmt.Sprintf("%s is brought back from what is stored.", f.name))
			continue
		}
		reportField(p, c, ops, f)
	}
}

func reportField(p *analysis.Pass, c *model.Class, ops []*model.Op, f *own) {
	if len(f.changes) == 0 || len(f.reads) == 0 || transient(f.name) || otherKeeper(p.Module, c, f) {
		return
	}
	if read := wokenWithout(p.Module, c, f); read != nil {
		at, fix := f.changes[0].Node, "Store it when it is learned, or use this.ctx.id.name where the object is addressed by that name."
		if handler := read.Func.Member(); handler != nil && !socketHandlers[handler.Name] && at.Line() > read.Node.Line() {
			at = read.Node // the handler that fills it uses it before
		}
		p.Warn(at, fmt.Sprintf("%s is learned from a request and kept only here; when line %d runs in a new instance, which no request has told it, it is still %s.", f.name, read.Node.Line(), initial(c, f.name)), fix)
		return
	}
	first := firstKept(p.Module, c, f)
	if first == nil || inFlight(f) || clearedAgain(f) || endsWithWork(f) || endsWithConnection(p.Module, ops, f) {
		return
	}
	read := later(f.reads, first)
	if read == nil {
		return
	}
	message := fmt.Sprintf("%s changes here and is used on line %d, but is never brought back from storage: after hibernation or a deploy it starts again as %s.",
		f.name, read.Node.Line(), initial(c, f.name))
	if stored := writtenThrough(p.Module, ops, f); stored != nil {
		message = fmt.Sprintf("%s is stored on line %d but never read back, so after hibernation or a deploy it starts again as %s and overwrites what is stored.", f.name, stored.Node.Line(), initial(c, f.name))
	}
	const unless = " This is no problem if losing it is."
	switch {
	case knowinglyLost(c, f.name):
		p.Advise(first.Node, message+" A comment beside the field says that this is meant.", "")
	case tolerable(f.name):
		p.Advise(first.Node, message+unless, "")
	case accumulates(first) && !standardSockets(ops):
		p.Error(first.Node, message, "")
	case accumulates(first) || fromCaller(p.Module, first) || commanded(p.Module, c, first):
		p.Warn(first.Node, message+unless, "")
	default: // a step of the object's own work, as likely to be meant for this life only
		p.Advise(first.Node, message+unless, "")
	}
}

// knowinglyLost reports a field whose own comment says that it lives in memory.
func knowinglyLost(c *model.Class, name string) bool {
	fd := c.Field(name)
	if fd == nil {
		return false
	}
	line := fd.Node.Line()
	if lostOnPurpose.MatchString(fd.Node.Tree().Line(line)) {
		return true
	}
	for line--; line > 0; line-- {
		text := strings.TrimSpace(fd.Node.Tree().Line(line))
		if !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "*") && !strings.HasPrefix(text, "/*") {
			return false
		}
		if lostOnPurpose.MatchString(text) {
			return true
		}
	}
	return false
}

// lostOnPurpose are words by which people say so.
var lostOnPurpose = regexp.MustCompile(`(?i)(?://|^\s*/?\*).*(?:in[- ]memory|ephemeral|transient|not persisted|\bcache[ds]?\b|best[- ]effort|(?:lost|reset|rebuilt|cleared) (?:on|after|when|by|upon))`)

// limiter are names of classes whose whole state is a short window of time.
var limiter = regexp.MustCompile(`(?i)limit|throttle`)

// later is a use of what an earlier event left in the field: in another member,
// in the same one before the change, or anywhere when the change adds to it.
func later(reads []*model.Op, change *model.Op) *model.Op {
	for _, r := range reads {
		if accumulates(change) || r.Func.Member() != change.Func.Member() || r.Node.Start() <= change.Node.End() {
			return r
		}
	}
	return nil
}

// accumulates reports a change that builds on what was there before.
func accumulates(op *model.Op) bool {
	switch op.Method {
	case "++", "--", "+=", "-=", "push", "unshift", "add", "set":
		return true
	}
	return op.Value.OK() && strings.Contains(op.Value.Text(), "this."+op.Name)
}

// writtenThrough finds a store of the field's value.
func writtenThrough(m *model.Module, ops []*model.Op, f *own) *model.Op {
	for _, op := range ops {
		if writesState(op) && strings.Contains(op.Node.Child(syntax.FieldArguments).Text(), "this."+f.name) {
			return op
		}
	}
	return nil
}

// standardSockets reports a class whose sockets pin it in memory, so that its
// fields end together with its clients.
func standardSockets(ops []*model.Op) bool {
	for _, op := range ops {
		if op.Kind == model.OpSocket && op.Method == "accept" && op.Recv.Is(model.PairServer, model.Socket) {
			return true
		}
	}
	return false
}

func initial(c *model.Class, name string) string {
	if f := c.Field(name); f != nil && f.Init.OK() {
		return analysis.Short(f.Init)
	}
	return "undefined"
}
