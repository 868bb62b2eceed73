package wrangler

import (
	"fmt"
	"slices"
)

// decideBinding provides a binding to a class, unless there is one that will do.
func (p *planner) decideBinding(lv *level, need ClassNeed) error {
	name := need.Binding
	if r := p.req.RenameBinding; r != nil && name == r.From {
		name = r.To // code that says the old name still is told of elsewhere
	}
	var existing string
	for _, b := range lv.bindings {
		if b.ClassName != need.Class || !lv.own(b) {
			continue
		}
		if name == "" || b.Name == name {
			return nil
		}
		existing = b.Name
	}
	if name == "" {
		name = p.nameAtTop(lv, need.Class)
	}
	if err := p.nameIsFree(lv, name, need.Class); err != nil {
		return err
	}
	if existing != "" {
		p.warn("%s%s is bound as %s already; %s becomes a second name for the same objects", lv.label(), need.Class, existing, name)
	}
	why := "code reaches the class as env." + name
	if lv.env != "" {
		why = "durable_objects is not inherited from the top level: in this environment env." + name + " would be undefined"
	}
	p.addBinding(lv, Binding{Name: name, ClassName: need.Class}, why)
	return nil
}

// nameAtTop is the name for a binding of which the code does not tell: that of the
// top level, so that an environment runs the same code, or one made from the class.
func (p *planner) nameAtTop(lv *level, class string) string {
	if top := p.levels[0]; lv != top {
		for _, b := range top.bindings {
			if b.ClassName == class && b.Name != "" && top.own(b) {
				return b.Name
			}
		}
	}
	return BindingName(class)
}

func (p *planner) addBinding(lv *level, b Binding, why string) {
	lv.bindings = append(lv.bindings, b)
	lv.bind = append(lv.bind, b)
	p.change(why, "add %sdurable_objects binding %s to class %s", lv.label(), b.Name, b.ClassName)
}

// nameIsFree refuses a binding name that env has for something else.
func (p *planner) nameIsFree(lv *level, name, class string) error {
	taken := func(pos Pos, by string) error {
		where := p.config.Path
		if pos.IsSet() {
			where = p.place(pos)
		}
		return &RefusedError{
			Reason: fmt.Sprintf("%s: %senv.%s is taken by %s", where, lv.label(), name, by),
			Safe:   fmt.Sprintf("give another binding name for class %s, such as %s_DO, and use it in the code", class, name),
		}
	}
	for _, b := range lv.bindings {
		if b.Name == name {
			by := "class " + b.ClassName
			if !lv.own(b) {
				by += " of Worker " + b.ScriptName
			}
			return taken(b.Pos, by)
		}
	}
	for _, o := range lv.scope.Others {
		if o.Name == name {
			return taken(o.Pos, o.Kind)
		}
	}
	if pos, ok := lv.scope.VarPos[name]; ok {
		return taken(pos, "vars")
	}
	return nil
}

// shareBindings gives an environment without any durable_objects the bindings
// of the top level. Once the block exists, wrangler no longer warns of missing
// ones, so it must be complete.
func (p *planner) shareBindings(lv *level) {
	if lv.scope.HasDurableObjects {
		return
	}
	top := p.levels[0]
	for _, b := range top.bindings {
		if b.Name == "" || b.ClassName == "" {
			continue
		}
		if !top.own(b) {
			p.warn("env.%s has no binding %s: it goes to class %s of Worker %s, and whether this environment should share those objects is for you to decide", lv.env, b.Name, b.ClassName, b.ScriptName)
			continue
		}
		if slices.ContainsFunc(lv.bindings, func(have Binding) bool { return have.Name == b.Name }) {
			continue
		}
		if err := p.nameIsFree(lv, b.Name, b.ClassName); err != nil {
			p.warn("env.%s gets no binding %s: the name is taken there", lv.env, b.Name)
			continue
		}
		p.addBinding(lv, Binding{Name: b.Name, ClassName: b.ClassName}, "durable_objects is not inherited from the top level: in this environment env."+b.Name+" would be undefined")
	}
}
