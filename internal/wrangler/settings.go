package wrangler

import "slices"

// decideSettings adds what every config needs at its top.
func (p *planner) decideSettings() error {
	top, s := p.levels[0], &p.config.Scope
	has := func(key string) bool {
		return slices.ContainsFunc(p.config.Keys, func(k Key) bool { return k.Name == key })
	}
	add := func(key string, value *node, why string) {
		top.settings = append(top.settings, item{key, value})
		p.change(why, "add %s %s", key, style{tight: ": ", comma: ", ", objPad: " "}.flat(value))
	}
	if p.blank {
		if len(p.req.Classes) == 0 {
			return &RefusedError{Reason: "there is no config yet, and no class was named to write one for", Safe: "name the Durable Object classes that the code exports"}
		}
		if p.req.Main == "" {
			return &RefusedError{Reason: "a new config must say which file is the Worker's entry point", Safe: `give main, such as "src/index.ts": the file that exports the classes and the fetch handler`}
		}
		if p.req.CompatibilityDate == "" {
			return &RefusedError{Reason: "a new config must have a compatibility date, or it cannot be deployed", Safe: "give a date of the last weeks as YYYY-MM-DD"}
		}
		add("$schema", text("./node_modules/wrangler/config-schema.json"), "editors check and complete the file by it")
	}

	if name := p.req.Name; !has("name") {
		if name == "" && len(p.req.Classes) > 0 {
			name = WorkerName(p.req.Classes[0].Class)
		}
		if name == "" {
			p.warn("%s has no name; a deploy needs one", p.config.Path)
		} else {
			add("name", text(name), "a deploy needs a name")
			top.scope.Name = Field[string]{Value: name, Set: true}
		}
	} else if name != "" && s.Name.Set && name != s.Name.Value {
		p.warn("%s: the name stays %q; changing it to %q would deploy another Worker, with empty objects", p.place(s.Name.Pos), s.Name.Value, name)
	}
	if main := p.req.Main; !has("main") {
		if main == "" {
			p.warn("%s has no main; without an entry point there is no class to run", p.config.Path)
		} else {
			add("main", text(main), "the entry point exports the classes")
		}
	} else if main != "" && s.Main.Set && !samePath(main, s.Main.Value) {
		p.warn("%s: main stays %q, not %q; the classes must be exported from the file that main names", p.place(s.Main.Pos), s.Main.Value, main)
	}
	if date := p.req.CompatibilityDate; !has("compatibility_date") {
		if date == "" {
			p.warn("%s has no compatibility_date; a deploy needs one", p.config.Path)
		} else {
			add("compatibility_date", text(date), "a deploy needs it; it fixes the behaviour of the runtime")
		}
	}
	wanted := p.req.Observability == "on" || p.req.Observability == "" && p.blank
	switch {
	case wanted && !has("observability"):
		add("observability", (&node{}).with("enabled", &node{text: "true"}), "logs of the objects are kept")
	case p.req.Observability == "on" && !(s.Observability.Enabled.Set && s.Observability.Enabled.Value):
		p.warn("%s: observability stays as the file has it; set enabled to true there by hand", p.place(s.Observability.Pos))
	}
	return nil
}
