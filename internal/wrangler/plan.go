package wrangler

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/tailscale/hujson"

	"durable-objects-mcp/internal/edit"
)

// Plan is an edit that has been worked out and checked, but written nowhere.
type Plan struct {
	Output   []byte // the whole file after the edit
	Changed  bool   // false: Output is the existing file, byte for byte
	Changes  []Change
	Warnings []string
	Stages   []Stage // of a change that takes several deploys
	Diff     string  // unified; empty if nothing changes
	Config   *Config // of Output

	// Misshapen are the places of Output that wrangler's own schema would not have.
	// They were there before; no edit makes one.
	Misshapen []Problem
}

// Change is one thing that the edit does.
type Change struct{ What, Why string }

// MakePlan works out the smallest edit after which the file provides what the
// request asks for. existing is the file's contents, nil for a file that does
// not exist. Errors are a *RefusedError if the request is impossible, would lose
// something or needs a change in a TOML file, and a *ParseError if the file
// cannot be read.
func MakePlan(file string, existing []byte, req Request) (*Plan, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	if isTOML(file) {
		return planTOML(file, existing, &req)
	}
	source := existing
	if len(bytes.TrimSpace(bytes.TrimPrefix(existing, byteOrderMark))) == 0 {
		source = []byte("{}\n")
	}
	config, err := Parse(file, source)
	if err != nil {
		return nil, err
	}
	p := &planner{req: &req, config: config, plan: &Plan{}, st: config.json.style(), blank: len(config.Keys) == 0}
	if err := p.decide(); err != nil {
		return nil, err
	}
	doc, err := p.write()
	if err != nil {
		return nil, p.unwritable(err)
	}

	plan := p.plan
	if doc == config.json {
		plan.Output, plan.Config = source, config
	} else {
		plan.Output = append(doc.bom[:len(doc.bom):len(doc.bom)], doc.text...)
		plan.Config = readDocument(doc, plan.Output)
	}
	plan.Changed = !bytes.Equal(plan.Output, existing)
	if len(plan.Config.Problems) > len(config.Problems) {
		return nil, p.unwritable(errors.New(plan.Config.Problems[0].Message))
	}
	if plan.Misshapen = plan.Config.Misshapen(); doc != config.json && len(plan.Misshapen) > len(config.Misshapen()) {
		return nil, p.unwritable(errors.New(plan.Misshapen[0].Message))
	}
	if plan.Changed {
		plan.Diff = edit.Diff(path.Base(strings.ReplaceAll(file, `\`, "/")), existing, plan.Output)
	}
	return plan, nil
}

// unwritable reports an edit that failed its own check.
func (p *planner) unwritable(err error) error {
	what := make([]string, len(p.plan.Changes))
	for i, c := range p.plan.Changes {
		what[i] = c.What
	}
	return &RefusedError{
		Reason: fmt.Sprintf("%s is laid out in a way that could not be edited without risk (%v)", p.config.Path, err),
		Safe:   "make the change by hand: " + strings.Join(what, "; "),
		Cause:  err,
	}
}

// write carries out what has been decided. Each stage is read back before the
// next one begins.
func (p *planner) write() (*document, error) {
	doc, err := p.rewrite(p.config.json)
	if err != nil {
		return nil, err
	}
	if doc, err = p.removals(doc); err != nil {
		return nil, err
	}
	e := &editor{doc: doc, st: p.st}
	for _, lv := range p.levels {
		p.writeLevel(e, lv)
	}
	if len(e.groups) == 0 {
		return doc, nil
	}
	return e.finish()
}

// rewrite carries out what replaces something that the file has.
func (p *planner) rewrite(doc *document) (*document, error) {
	e := &editor{doc: doc, st: p.st}
	for _, lv := range p.levels {
		for _, r := range lv.rewrite {
			v := lv.bindingAt(doc, r.binding.index)
			obj := v.Value.(*hujson.Object)
			switch at := member(obj, r.key); {
			case r.to == "": // see removals
			case at >= 0:
				e.replace(&obj.Members[at].Value, text(r.to))
			default:
				e.insert(container{*v, v.StartOffset}, member(obj, "class_name"), item{r.key, text(r.to)})
			}
		}
		for _, c := range lv.contain {
			list, _ := doc.at(lv.path("containers")...)
			obj := list.value.Value.(*hujson.Array).Elements[c.index].Value.(*hujson.Object)
			e.replace(&obj.Members[member(obj, "class_name")].Value, text(c.class))
		}
		if len(lv.moved) > 0 {
			p.writeMove(e, lv)
		}
		p.restate(e, lv)
	}
	if len(e.redo)+len(e.groups) == 0 {
		return doc, nil
	}
	return e.finish()
}

// removals carries out what takes something away, one edit for each.
func (p *planner) removals(doc *document) (*document, error) {
	remove := func(i int, path ...string) (err error) {
		c, _ := doc.at(path...)
		e := &editor{doc: doc, st: p.st}
		e.remove(c, i)
		doc, err = e.finish()
		return err
	}
	removeKey := func(key string, path ...string) error {
		c, _ := doc.at(path...)
		if i := member(c.value.Value.(*hujson.Object), key); i >= 0 {
			return remove(i, path...)
		}
		return nil
	}
	for _, lv := range p.levels {
		for _, r := range lv.rewrite {
			if r.to != "" {
				continue
			}
			v := lv.bindingAt(doc, r.binding.index)
			e := &editor{doc: doc, st: p.st}
			e.remove(container{*v, v.StartOffset}, member(v.Value.(*hujson.Object), r.key))
			var err error
			if doc, err = e.finish(); err != nil {
				return nil, err
			}
		}
		// From the back, so that the numbers of the others stay right.
		for i := len(lv.unbind) - 1; i >= 0; i-- {
			if err := remove(lv.unbind[i].index, lv.path("durable_objects", "bindings")...); err != nil {
				return nil, err
			}
		}
		for _, class := range lv.settle {
			for _, key := range []string{"state", "transfer_from"} {
				if err := removeKey(key, lv.path("exports", class)...); err != nil {
					return nil, err
				}
			}
		}
		if lv.emptied {
			if err := removeKey("migrations", lv.path()...); err != nil {
				return nil, err
			}
		}
		for _, class := range lv.undeclare {
			if err := removeKey(class, lv.path("exports")...); err != nil {
				return nil, err
			}
		}
	}
	return doc, nil
}

// writeLevel queues the insertions of one level, in the order in which the
// keys are to stand.
func (p *planner) writeLevel(e *editor, lv *level) {
	if lv.fresh {
		p.writeEnvironment(e, lv)
		return
	}
	home, _ := e.doc.at(lv.path()...)
	obj := home.value.Value.(*hujson.Object)
	for _, s := range lv.settings {
		e.insert(home, anchor(obj, s.key), s)
	}
	if len(lv.bind) > 0 {
		p.writeBindings(e, lv, home, obj)
	}
	if lv.entry != nil {
		if list, ok := e.doc.at(lv.path("migrations")...); ok {
			n := len(list.slots())
			lv.entry.spread = e.spreadLike(list)
			e.insert(list, n-1, item{value: lv.entry})
		} else {
			lv.entry.spread = e.st.spreadObjects
			e.insert(home, anchor(obj, "migrations"), item{"migrations", &node{items: []*node{lv.entry}, spread: true}})
		}
	}
	if len(lv.declare) > 0 {
		exports, present := e.doc.at(lv.path("exports")...)
		all := &node{spread: true}
		for _, it := range lv.declare {
			if present {
				it.value.spread = e.spreadLike(exports)
				e.insert(exports, len(exports.slots())-1, it)
			}
			all.with(it.key, it.value)
		}
		if !present {
			e.insert(home, anchor(obj, "exports"), item{"exports", all})
		}
	}
}

// bindings are the elements for new bindings.
func (st style) bindings(add []Binding) []*node {
	elems := make([]*node, len(add))
	for i, b := range add {
		elems[i] = (&node{spread: st.spreadObjects}).with("name", text(b.Name)).with("class_name", text(b.ClassName))
	}
	return elems
}

func (p *planner) writeBindings(e *editor, lv *level, home container, obj *hujson.Object) {
	elems := e.st.bindings(lv.bind)
	if bindings, ok := e.doc.at(lv.path("durable_objects", "bindings")...); ok {
		n := len(bindings.slots())
		for _, elem := range elems {
			elem.spread = e.spreadLike(bindings)
			e.insert(bindings, n-1, item{value: elem})
		}
		return
	}
	bindings := &node{items: elems, spread: true}
	if block, ok := e.doc.at(lv.path("durable_objects")...); ok {
		e.insert(block, -1, item{"bindings", bindings})
		return
	}
	block := (&node{spread: true}).with("bindings", bindings)
	e.insert(home, anchor(obj, "durable_objects"), item{"durable_objects", block})
}

// spreadLike reports whether the objects in a container have a line for each
// member; without an example the whole file decides.
func (e *editor) spreadLike(c container) bool {
	switch x := c.value.Value.(type) {
	case *hujson.Array:
		if n := len(x.Elements); n > 0 {
			return spread(e.doc, x.Elements[n-1])
		}
	case *hujson.Object:
		if n := len(x.Members); n > 0 {
			return spread(e.doc, x.Members[n-1].Value)
		}
	}
	return e.st.spreadObjects
}

// headKeys are the keys that open a config, in their customary order.
var headKeys = []string{"$schema", "name", "main", "compatibility_date", "compatibility_flags", "observability"}

// anchor returns the number of the member behind which a missing key belongs,
// -1 for the beginning.
func anchor(obj *hujson.Object, key string) int {
	for i, head := range headKeys {
		if head != key {
			continue
		}
		for i--; i >= 0; i-- {
			if at := member(obj, headKeys[i]); at >= 0 {
				return at
			}
		}
		return -1
	}
	if key == "durable_objects" {
		for _, lifecycle := range []string{"migrations", "exports"} {
			if at := member(obj, lifecycle); at >= 0 {
				return at - 1
			}
		}
	} else if at := member(obj, "durable_objects"); at >= 0 {
		return at
	}
	// Environments customarily close the file.
	at := len(obj.Members) - 1
	for at >= 0 {
		if last := unquote(obj.Members[at].Name); last != "env" && last != "previews" {
			break
		}
		at--
	}
	return at
}
