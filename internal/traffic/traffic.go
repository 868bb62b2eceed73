// Package traffic derives from the code of a Durable Object alone the traffic
// that drives it: requests that reach its routes, calls of its methods, messages
// that its sockets understand, and a clock that moves on past its alarms.
//
// The Worker's and the object's code is followed with everything that a client
// sends left open. Where a condition is about that, both ways are followed, and
// each way that does not end in a refusal becomes one request that takes it.
// Nobody says what must be answered: the traffic is played in several worlds,
// and a correct object answers alike in all of them.
package traffic

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// Input is the code to derive from.
type Input struct {
	// Modules are all files of the project, understood together.
	Modules []*model.Module
	// Config is the Workers configuration, nil where there is none.
	Config *wrangler.Config
	// Main is the path of the module that the Worker starts with; "" is the
	// configuration's main, or else the first one with a default export.
	Main string
}

// Plan is what was derived.
type Plan struct {
	// Scenario is the traffic. It has no steps where nothing could be derived,
	// and then it is not one that can be played.
	Scenario *scenario.Scenario
	Entries  []Entry
	// Notes say what was found but could not be driven, and why.
	Notes []string
}

// Kind is the kind of an entry point.
type Kind string

// The kinds of entry points.
const (
	Fetch            Kind = "fetch"            // an object's own fetch
	RPC              Kind = "rpc"              // a public method of an object
	Alarm            Kind = "alarm"            // an object's alarm handler
	WebSocketMessage Kind = "webSocketMessage" // an object's message handler
	WebSocketClose   Kind = "webSocketClose"   // an object's close handler
	Worker           Kind = "worker"           // the Worker's fetch
)

// Entry is a place where the platform or a caller enters the code.
type Entry struct {
	Class string // as the configuration names it; "" for the Worker
	Name  string // of the method
	Kind  Kind
	Path  string
	Line  int
	// Steps are the scenario's steps that are meant to run it, from 0 on.
	Steps []int
}

// MaxSteps bounds a derived scenario, and BurstSize the requests of a burst.
const (
	MaxSteps  = 80
	BurstSize = 10
)

// File is one source text.
type File struct {
	Path   string
	Source []byte
}

// FromFiles derives from source texts. Imports between them are followed by
// their relative paths; a file that cannot be read is named in the notes.
func FromFiles(files []File, main string, cfg *wrangler.Config) *Plan {
	var notes []string
	var trees []*syntax.Tree
	byPath := map[string]*syntax.Tree{}
	for _, f := range files {
		tree, err := syntax.Parse(f.Path, f.Source)
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s was left out: %v", f.Path, err))
			continue
		}
		if byPath[path.Clean(f.Path)] == nil {
			byPath[path.Clean(f.Path)] = tree
			trees = append(trees, tree)
		}
	}
	project := model.Project{Link: func(from *syntax.Tree, specifier string) *syntax.Tree {
		if !strings.HasPrefix(specifier, ".") {
			return nil
		}
		base := path.Join(path.Dir(from.Path), specifier)
		stem := strings.TrimSuffix(base, ".js")
		for _, name := range []string{base, base + ".ts", base + ".tsx", base + ".js", base + ".mjs", stem + ".ts", stem + ".tsx", base + "/index.ts", base + "/index.js"} {
			if tree := byPath[name]; tree != nil {
				return tree
			}
		}
		return nil
	}}
	if cfg != nil {
		for _, b := range cfg.Bindings {
			project.Namespaces = append(project.Namespaces, b.Name)
			if b.ScriptName == "" {
				project.Classes = append(project.Classes, b.ClassName)
			}
		}
	}
	p := Derive(Input{Modules: model.BuildAll(trees, project), Config: cfg, Main: main})
	p.Notes = append(notes, p.Notes...)
	return p
}

// planner gathers what can be sent.
type planner struct {
	*world
	w       *walker
	plan    *Plan
	writers []sending
	readers []sending
	last    []sending // those that take things away
	tries   []sending // those that may be refused, which are sent once
	sockets []connection
	alarms  []int // entries
	names   map[*model.Class]string
	direct  *model.Class // the object that requests go to, past the Worker
}

// sending is one request or call, and the entry points that it runs.
type sending struct {
	http    *scenario.HTTP
	rpc     *scenario.RPC
	entries []int
	effect  effect
	runs    []*model.Func // methods that the Worker calls for it
}

// connection is a way to open a socket, with what may be said on it.
type connection struct {
	open     scenario.Open
	class    *model.Class
	messages []scenario.Send
	opened   []int // entries that opening it runs
	message  []int // and a message
	closed   []int // and its end
}

// Derive derives traffic. It gives the same plan for the same code.
func Derive(in Input) *Plan {
	p := &planner{plan: &Plan{Scenario: &scenario.Scenario{Version: scenario.Version, Name: "derived from the code"}}, names: map[*model.Class]string{}}
	if len(in.Modules) == 0 {
		p.note("There is no code to derive traffic from.")
		return p.plan
	}
	p.world = newWorld(in.Modules, in.Config)
	p.w = &walker{m: in.Modules[0], world: p.world, ops: map[syntax.Node][]*model.Op{}, active: map[*model.Func]bool{}, globals: map[*model.Binding]value{}}
	for _, m := range in.Modules {
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if op.Kind != model.OpAwait && op.Kind != model.OpReturn && op.Kind != model.OpThrow {
					p.w.ops[op.Node] = append(p.w.ops[op.Node], op)
				}
			}
		}
	}
	if len(p.classes) == 0 {
		p.note("No Durable Object class was found.")
		return p.plan
	}
	p.handlers()
	p.requests(in)
	p.past()
	for _, c := range p.classes {
		p.methods(c)
	}
	p.arrange()
	p.unreached()
	return p.plan
}

func (p *planner) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.plan.Notes, text) {
		p.plan.Notes = append(p.plan.Notes, text)
	}
}

// entry notes an entry point and returns its number.
func (p *planner) entry(c *model.Class, name string, kind Kind, at syntax.Node) int {
	class := ""
	if c != nil {
		class = p.public[c]
	}
	e := Entry{Class: class, Name: name, Kind: kind, Path: at.Tree().Path, Line: at.Line()}
	p.plan.Entries = append(p.plan.Entries, e)
	return len(p.plan.Entries) - 1
}

// find returns the number of an entry point of a class, or -1.
func (p *planner) find(c *model.Class, kind Kind) int {
	return slices.IndexFunc(p.plan.Entries, func(e Entry) bool { return e.Class == p.public[c] && e.Kind == kind })
}

// platformHandlers are the methods that the platform or a framework calls, and
// what they are.
var platformHandlers = []struct {
	name string
	kind Kind
	own  bool // the platform's own
}{
	{"fetch", Fetch, true}, {"alarm", Alarm, true}, {"webSocketMessage", WebSocketMessage, true}, {"webSocketClose", WebSocketClose, true},
	{"onRequest", Fetch, false}, {"onAlarm", Alarm, false}, {"onMessage", WebSocketMessage, false}, {"onClose", WebSocketClose, false},
}

// handlers lists the handlers of every class.
func (p *planner) handlers() {
	for _, c := range p.classes {
		for _, h := range platformHandlers {
			f := c.Member(h.name)
			if f == nil || !h.own && c.Framework == "" {
				continue
			}
			i := p.entry(c, h.name, h.kind, f.Node)
			if h.kind == Alarm {
				p.alarms = append(p.alarms, i)
			}
		}
	}
}

// unreached notes the entry points that no step runs.
func (p *planner) unreached() {
	for _, e := range p.plan.Entries {
		if len(e.Steps) > 0 {
			continue
		}
		what := strings.TrimPrefix(e.Class+"."+e.Name, ".")
		switch e.Kind {
		case Worker:
			p.note("No request was found that %s:%d does not refuse.", e.Path, e.Line)
		case Fetch:
			p.note("%s is not reached: no request through the Worker was found that gets there.", what)
		case WebSocketMessage, WebSocketClose:
			p.note("%s is not reached: no request was found that opens a WebSocket to it.", what)
		default:
			p.note("%s is not reached: the scenario is full at %d steps.", what, MaxSteps)
		}
	}
}
