package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
)

var scriptName = &analysis.Gotcha{
	ID:       "cfg-script-name",
	Title:    "A binding to another Worker's class is declared as if the class were here",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "With script_name the class lives in another Worker: it is created, migrated and exported there. A lifecycle entry here makes a second, empty class of the same name, " +
		"and environment has no meaning without script_name.",
	Fix: "Keep lifecycle entries in the Worker that exports the class, and give environment together with script_name.",
	Fine: []string{
		"A binding with script_name and no lifecycle entry.",
		"A class of this Worker and one of another that are both bound, under different names.",
		"A class that exports expects from that Worker.",
		"A class that was created here and handed over by that Worker's transferred_classes: this file does not tell, so say so with do-review-ignore.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: \"binding should have a \"script_name\" field if \"environment\" is present.\"",
	},
	Check: checkScriptName,
}

func checkScriptName(p *analysis.Pass) {
	p.NotApplicable("Every binding is to a class of this Worker.")
	for _, l := range levels(p.Config) {
		mine := map[string]bool{}
		for _, b := range own(&l.scope) {
			mine[b.ClassName] = true
		}
		for _, b := range l.scope.Bindings {
			switch {
			case b.Environment != "" && b.ScriptName == "":
				p.ReportConfig(analysis.Error, b.Pos, fmt.Sprintf("The binding %s has an environment but no script_name; wrangler refuses that.", b.Name), "")
			case b.ScriptName == "" || l.scope.Own(b):
			case l.scope.Class(b.ClassName).Expected:
				p.GuardConfig(place(b.ScriptPos, b.Pos), fmt.Sprintf("%s is to come from the Worker %s, and is reached there until then.", b.ClassName, b.ScriptName))
			case l.scope.Class(b.ClassName).Live && !mine[b.ClassName]:
				p.ReportConfig(analysis.Warning, place(b.ClassPos, b.Pos), fmt.Sprintf("%s is bound from the Worker %q, but line %d creates a class of that name here too, which nothing binds. This is no problem if it is reached through ctx.exports, or was handed over to that Worker.",
					b.ClassName, b.ScriptName, l.scope.Class(b.ClassName).CreatedAt.Line), "Remove the lifecycle entry if it is not deployed, or remove script_name if this Worker's class is meant.")
			default:
				p.GuardConfig(place(b.ScriptPos, b.Pos), fmt.Sprintf("%s belongs to the Worker %s.", b.ClassName, b.ScriptName))
			}
		}
	}
}
