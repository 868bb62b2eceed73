package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

var classNotExported = &analysis.Gotcha{
	ID:       "cfg-class-not-exported",
	Title:    "The Worker's entry file does not export a class that the configuration names",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "The runtime looks for the class among the exports of the file that main names, under exactly the configured name. If it is missing there, wrangler refuses to deploy. " +
		"A class that migrations have created must stay exported until an entry deletes or renames it.",
	Fix: "Export the class from the entry file, or re-export it: export { Room } from \"./room\".",
	Fine: []string{
		"A re-export by name, or export * from a file that is not part of the review.",
		"A class of another Worker, bound with script_name.",
		"A class that migrations have created and that another Worker has taken over: what is bound in its place has that Worker's script_name.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: \"Your Worker depends on the following Durable Objects, which are not exported in your entrypoint file\".",
		"github.com/cloudflare/workers-sdk (API error 10064: New version of script does not export class 'X' which is depended on by existing Durable Objects)",
	},
	Check: checkClassNotExported,
}

func checkClassNotExported(p *analysis.Pass) {
	main := entry(p)
	if main == nil {
		p.NotApplicable("The entry file of the Worker is not part of this review.")
		return
	}
	names, known := exported(main)
	if !known {
		p.NotApplicable("%s re-exports other files, so its exports cannot be listed.", main.Tree.Path)
		return
	}
	p.NotApplicable("The configuration names no Durable Object class of this Worker.")
	need := func(class string, at wrangler.Pos) {
		if names[class] {
			p.GuardConfig(at, fmt.Sprintf("%s exports %s.", main.Tree.Path, class))
			return
		}
		fix := ""
		if c := objects(p)[class]; c != nil && c.Node.Tree() != main.Tree {
			fix = fmt.Sprintf("Re-export %s, which stands in %s, from %s.", class, c.Node.Tree().Path, main.Tree.Path)
		} else if c != nil {
			fix = fmt.Sprintf("Write export before class %s on line %d of %s.", class, c.Node.Line(), main.Tree.Path)
		}
		message := fmt.Sprintf("%s is configured, but %s does not export a class of that name.", class, main.Tree.Path)
		if model.TestFile(p.Config.Path) { // where the test runner is often told another main
			p.ReportConfig(analysis.Info, at, message+" This is no problem if the file serves tests that name an entry of their own.", fix)
			return
		}
		p.ReportConfig(analysis.Error, at, message, fix)
	}
	for _, l := range levels(p.Config) {
		named := map[string]bool{}
		for _, b := range own(&l.scope) {
			named[b.ClassName] = true
			need(b.ClassName, place(b.ClassPos, b.Pos))
		}
		for _, step := range l.scope.History() {
			class := step.Class
			if step.Op == wrangler.OpRename {
				class = step.To
			}
			if b, gone := l.scope.GivenAway(class); gone && !names[class] {
				p.GuardConfig(b.Pos, fmt.Sprintf("%s is bound at the Worker %s, which has its objects, so the code need not export it.", class, b.ScriptName))
				continue
			}
			if step.Op != wrangler.OpDelete && !named[class] && !names[class] && l.scope.Class(class).Live && !l.scope.PagesOutput.Set {
				p.ReportConfig(analysis.Error, step.Pos, fmt.Sprintf("%s exists from here on, but %s does not export a class of that name, and the deploy is refused.", class, main.Tree.Path),
					fmt.Sprintf("Export %s. If it is gone on purpose, add an entry that deletes or renames it; if another Worker has taken it over, bind it with that Worker's script_name.", class))
			}
		}
		for _, x := range l.scope.Exports {
			if x.Type == "durable-object" && (x.State == "" || x.State == "created" || x.State == "expecting-transfer") {
				need(x.Class, x.Pos)
			}
		}
	}
}
