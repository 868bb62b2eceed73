package scaffold

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"text/template"

	"github.com/rogpeppe/go-internal/txtar"

	"durable-objects-mcp/internal/blueprint"
)

// Each file holds the TypeScript of one part in named sections. Sections are
// templates with << >> as delimiters, because TypeScript uses braces itself.
//
//go:embed fragments/*.txt
var fragmentFiles embed.FS

// fragments is part name → section name → template, parsed once.
var fragments = sync.OnceValue(func() map[string]map[string]*template.Template {
	parts := map[string]map[string]*template.Template{}
	files, err := fragmentFiles.ReadDir("fragments")
	if err != nil {
		panic(err) // the files are embedded
	}
	for _, f := range files {
		data, err := fragmentFiles.ReadFile("fragments/" + f.Name())
		if err != nil {
			panic(err)
		}
		part := strings.TrimSuffix(f.Name(), ".txt")
		parts[part] = map[string]*template.Template{}
		for _, section := range txtar.Parse(data).Files {
			t := template.New(part+": "+section.Name).Delims("<<", ">>").
				Funcs(template.FuncMap{"ms": tsMilliseconds, "num": func(n int) string { return tsNumber(int64(n)) }})
			parts[part][section.Name] = template.Must(t.Parse(string(section.Data)))
		}
	}
	return parts
})

// scope is what a section's template sees: the view, the part that it belongs
// to, and, for a route's handler, the route.
type scope struct {
	*view
	Self part
	P    *blueprint.Pattern
	R    blueprint.Route
}

// Item is the expression for the item that the request is about.
func (s scope) Item(name string) string {
	if s.R.Param(name) {
		return "path." + name
	}
	return fmt.Sprintf("params.get(%q)", name)
}

// From is the member of the call that Item reads.
func (s scope) From(name string) string {
	if s.R.Param(name) {
		return "path"
	}
	return "params"
}

// section renders one section of a fragment, without blank lines around it. It
// is empty where the fragment has no such section.
func (v *view) section(f fragment, name string, route blueprint.Route) (string, error) {
	t := fragments()[f.name][name]
	if t == nil {
		return "", nil
	}
	sc := scope{view: v, Self: f.part, R: route}
	if f.part != nil {
		sc.P = f.part.pattern()
	}
	var b strings.Builder
	if err := t.Execute(&b, sc); err != nil {
		return "", fmt.Errorf("render %s: %w", t.Name(), err)
	}
	return strings.Trim(b.String(), "\n"), nil
}

// tsNumber writes an integer with a separator between groups of three digits.
func tsNumber(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return s
}

// tsMilliseconds writes a duration as a product a reader recognises: 30 * 60_000.
func tsMilliseconds(ms int64) string {
	for _, unit := range []int64{86_400_000, 3_600_000, 60_000, 1_000} {
		if ms%unit == 0 && ms > unit {
			return fmt.Sprintf("%d * %s", ms/unit, tsNumber(unit))
		}
	}
	return tsNumber(ms)
}

// indent shifts every line that is not blank. Lines inside a template literal
// shift too, which SQL does not mind.
func indent(s, by string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = by + l
		}
	}
	return strings.Join(lines, "\n")
}
