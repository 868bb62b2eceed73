package config

import (
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

// level is what one deploy amounts to: that of the top level, or of an
// environment with what it inherits.
type level struct {
	env   string // "" for the top level
	scope wrangler.Scope
}

// name is how a message speaks of the level.
func (l level) name() string {
	if l.env == "" {
		return "the top level"
	}
	return "env." + l.env
}

// levels are the top level and all environments. What an environment inherits
// stands at the same place in each, so a finding about it is reported once.
func levels(c *wrangler.Config) []level {
	out := []level{{scope: c.Scope}}
	for _, e := range c.Envs {
		if s, ok := c.Resolve(e.Name); ok {
			out = append(out, level{e.Name, s})
		}
	}
	return out
}

// inEveryEnv reports something that all environments say, of which there are some;
// then the top level, which nobody deploys, need not.
func inEveryEnv(c *wrangler.Config, says func(*wrangler.Scope) bool) bool {
	for i := range c.Envs {
		if !says(&c.Envs[i].Scope) {
			return false
		}
	}
	return len(c.Envs) > 0
}

// own are the bindings of a level to classes of this Worker itself.
func own(s *wrangler.Scope) []wrangler.Binding {
	var out []wrangler.Binding
	for _, b := range s.Bindings {
		if b.ClassName != "" && s.Own(b) {
			out = append(out, b)
		}
	}
	return out
}

// unbound are the names that the top level binds and another block does not.
func unbound(top, block []wrangler.Binding) []string {
	have := map[string]bool{}
	for _, b := range block {
		have[b.Name] = true
	}
	var out []string
	for _, b := range top {
		if b.Name != "" && !have[b.Name] {
			out = append(out, b.Name)
		}
	}
	return out
}

// place prefers a value's position to that of the element around it.
func place(value, element wrangler.Pos) wrangler.Pos {
	if value.IsSet() {
		return value
	}
	return element
}

// problems reports the wrong shapes below a key.
func problems(p *analysis.Pass, key string) {
	for _, fault := range p.Config.Faults() {
		at, _, _ := strings.Cut(fault.Message, " ")
		for _, part := range strings.FieldsFunc(at, func(r rune) bool { return r == '.' || r == '[' }) {
			if part == key && fault.Unread {
				p.ReportFault(fault, "")
				break
			}
		}
	}
}

// entry is the reviewed file that the configuration deploys, or nil when that
// cannot be told: the one that main names, or the only file if it is a Worker.
func entry(p *analysis.Pass) *model.Module {
	if main := p.Config.Main; main.Set {
		slashed := func(name string) string { return strings.ReplaceAll(name, `\`, "/") }
		home, want := path.Dir(slashed(p.Config.Path)), path.Clean(slashed(main.Value))
		var found *model.Module
		for _, m := range p.Modules {
			have := slashed(m.Tree.Path)
			switch dir := path.Dir(have); {
			case have == path.Join(home, want):
				return m
			case path.Base(have) != path.Base(want):
			case dir == "." || dir == home || home == "." && strings.HasSuffix(have, "/"+want):
				// The code stands beside the configuration, or one of the two
				// was given without its directory.
				if found != nil {
					return nil
				}
				found = m
			}
		}
		return found
	}
	if len(p.Modules) == 1 && p.Modules[0].HasDefaultExport() {
		return p.Modules[0]
	}
	return nil
}

// exported lists what a module exports; known is false when the list is not
// complete.
func exported(m *model.Module) (names map[string]bool, known bool) {
	names, open := m.Exports()
	for n := range names {
		if strings.ContainsAny(n, "{[") { // export const { Room } = …
			open = true
		}
	}
	return names, !open
}

// objects are the Durable Object classes of the reviewed files by name.
func objects(p *analysis.Pass) map[string]*model.Class {
	out := map[string]*model.Class{}
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			out[c.Name] = c
		}
	}
	return out
}

// similar reports names that look like one class renamed: one contains the
// other, they begin or end alike, or they share a word.
func similar(a, b string) bool {
	for _, w := range words(a) {
		if len(w) >= 4 && !common[w] && slices.Contains(words(b), w) {
			return true
		}
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.Contains(a, b) || strings.Contains(b, a) {
		return true
	}
	prefix, suffix := 0, 0
	for prefix < min(len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	for suffix < min(len(a), len(b)) && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	// Suffixes that every class may carry say nothing.
	for _, common := range []string{"durableobject", "object", "do", "agent", "server"} {
		if strings.HasSuffix(a, common) && strings.HasSuffix(b, common) {
			suffix -= len(common)
			break
		}
	}
	return prefix >= 4 || suffix >= 4
}

// common are words of class names that say nothing about what the class is.
var common = map[string]bool{
	"durable": true, "object": true, "objects": true, "agent": true, "server": true, "service": true, "manager": true,
	"worker": true, "store": true, "storage": true, "base": true, "class": true, "cloudflare": true,
}

// words splits a class name at its capitals, in lower case.
func words(name string) []string {
	var out []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || name[i] >= 'A' && name[i] <= 'Z' || name[i] == '_' {
			out = append(out, strings.ToLower(strings.Trim(name[start:i], "_")))
			start = i
		}
	}
	return out
}
