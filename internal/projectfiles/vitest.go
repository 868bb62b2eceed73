package projectfiles

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed helpers.txt
var helpersText string

// helpers are the functions that the tests call, by their part's name.
var helpers = parts(helpersText)

func parts(text string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split("\n"+text, "\n== ")[1:] {
		name, code, _ := strings.Cut(part, "\n")
		out[name] = strings.TrimSpace(code) + "\n"
	}
	return out
}

// test renders the scenario as a test file.
func test(o Object) []byte {
	w := &writer{object: o, uses: map[string]bool{}}
	var tests strings.Builder
	for _, r := range runs(o.Scenario.Steps) {
		body := w.steps(r)
		fmt.Fprintf(&tests, "\nit(%s, async () => {\n%s});\n", quoted(cut(r.name, 70)), body)
	}
	var b strings.Builder
	b.WriteString(w.imports())
	b.WriteString(`
// Made from scenario.json, step by step. The tests build on each other in this order, because all
// tests of a file share one storage.

`)
	b.WriteString(w.constants())
	if w.uses["clock"] {
		b.WriteString("\n" + helpers["hooks"])
	}
	b.WriteString(tests.String())
	b.WriteString(w.helpers())
	return []byte(b.String())
}

// imports are sorted by their module's name.
func (w *writer) imports() string {
	vitest := []string{"it"}
	var control []string
	workers := []string{}
	add := func(part string, to *[]string, names ...string) {
		if !w.uses[part] {
			return
		}
		for _, name := range names {
			if !slices.Contains(*to, name) {
				*to = append(*to, name)
			}
		}
	}
	add("evict", &control, "evictAllDurableObjects")
	add("clock", &control, "listDurableObjectIds", "runDurableObjectAlarm", "runInDurableObject")
	add("stored", &control, "listDurableObjectIds", "runInDurableObject")
	add("expect", &vitest, "expect")
	add("clock", &vitest, "afterAll", "beforeAll", "vi")
	add("objects", &workers, "env")
	add("ask", &workers, "exports")
	add("connect", &workers, "exports")
	var b strings.Builder
	for _, from := range []struct {
		module string
		names  []string
	}{{"cloudflare:test", control}, {"cloudflare:workers", workers}, {"vitest", vitest}} {
		if len(from.names) > 0 {
			b.WriteString(importOf(from.names, from.module))
		}
	}
	return b.String()
}

func importOf(names []string, module string) string {
	slices.Sort(names)
	one := fmt.Sprintf("import { %s } from %q;\n", strings.Join(names, ", "), module)
	if width(one)-1 <= maxWidth {
		return one
	}
	return fmt.Sprintf("import {\n  %s,\n} from %q;\n", strings.Join(names, ",\n  "), module)
}

func (w *writer) constants() string {
	var b strings.Builder
	if w.uses["objects"] {
		at := "env." + w.object.Binding
		if !identifier.MatchString(w.object.Binding) {
			at = fmt.Sprintf("env[%s]", quoted(w.object.Binding))
		}
		fmt.Fprintf(&b, "const objects = %s;\n", at)
	}
	if w.uses["ask"] || w.uses["connect"] {
		b.WriteString("const ORIGIN = \"https://worker.example\";\n")
	}
	if w.uses["socket"] {
		b.WriteString("const PATIENCE_MS = 5_000;\n")
	}
	b.WriteString(w.longTexts())
	return b.String()
}

// helpers are the parts that the tests use.
func (w *writer) helpers() string {
	var b strings.Builder
	for _, name := range w.helperParts() {
		b.WriteString("\n" + helpers[name])
	}
	return b.String()
}

// helperParts are in reading order. They may stand below the tests, which run when
// the whole file is known.
func (w *writer) helperParts() []string {
	var out []string
	for _, name := range []string{"clock", "stored", "ask", "call", "atOnce", "connect", "connectObject", "socket", "read", "place"} {
		if !w.uses[name] {
			continue
		}
		if name == "ask" && w.uses["askObject"] {
			name = "askObject"
		}
		out = append(out, name)
	}
	return out
}
