package wrangler

import (
	"fmt"
	"slices"
	"strings"
)

// addEnvironment adds the level of an environment that the file does not have.
// It inherits what wrangler lets it; what is decided for it are its bindings.
func (p *planner) addEnvironment(name string) {
	if name == "" || slices.ContainsFunc(p.config.Envs, func(e Env) bool { return e.Name == name }) {
		return
	}
	lv := newLevel((&Env{Name: name}).inherit(&p.config.Scope), false, "env", name)
	lv.env, lv.fresh = name, true
	p.levels = append(p.levels, lv)
	p.change("it is deployed as a Worker of its own, with namespaces and data of its own", "add the environment %s", name)
}

// completeEnvironment says what a new environment amounts to, and refuses one
// without objects, which has nothing to do with this package.
func (p *planner) completeEnvironment(lv *level) error {
	if len(lv.bind) == 0 {
		return &RefusedError{
			Reason: fmt.Sprintf("%s has no Durable Object binding that the environment %s could get", p.config.Path, lv.env),
			Safe:   "name the classes that the code exports, or write the environment by hand",
		}
	}
	for _, b := range lv.bind {
		if lv.states[b.ClassName].Backend == KV {
			p.warn("env.%[1]s would create %[2]s anew with the key-value backend, which since 2026-07-09 is refused to an account that has no such objects yet; with SQLite it is created by a lifecycle of its own in env.%[1]s, if the code can do with either", lv.env, b.ClassName)
		}
	}
	var missing []string
	if p.config.HasVars {
		missing = append(missing, "vars")
	}
	for _, o := range p.config.Others {
		if !slices.Contains(missing, o.Kind) {
			missing = append(missing, o.Kind)
		}
	}
	if len(missing) > 0 {
		p.warn("env.%s does not inherit %s: add there what its code needs, with values and ids of its own", lv.env, strings.Join(missing, ", "))
	}
	return nil
}

// writeEnvironment queues the insertion of a new environment.
func (p *planner) writeEnvironment(e *editor, lv *level) {
	bindings := &node{spread: true, items: e.st.bindings(lv.bind)}
	block := (&node{spread: true}).with("durable_objects", (&node{spread: true}).with("bindings", bindings))
	if envs, ok := e.doc.at("env"); ok {
		e.insert(envs, len(envs.slots())-1, item{lv.env, block})
		return
	}
	home, _ := e.doc.at()
	e.insert(home, len(home.slots())-1, item{"env", (&node{spread: true}).with(lv.env, block)})
}
