package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
)

var legacyClass = &analysis.Gotcha{
	ID:       "legacy-class",
	Title:    "The class does not extend DurableObject",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "Without the base class there is no RPC, no this.ctx and no this.env: callers are left with fetch, and the first RPC call fails with " +
		"“The receiving Durable Object does not support RPC”.",
	Fix: "import { DurableObject } from \"cloudflare:workers\", write `extends DurableObject<Env>`, call super(ctx, env), and use this.ctx instead of this.state.",
	Fine: []string{
		"A base class of the project or of a framework that extends DurableObject.",
	},
	Evidence: []string{
		"Measured on workerd: the error text above.",
		"developers.cloudflare.com/durable-objects/api/base/",
	},
	Check: func(p *analysis.Pass) {
		for _, c := range p.Objects() {
			if c.Lent {
				continue // a helper, which needs no base class
			}
			at := c.Node
			for n := range c.Node.NamedChildren() {
				at = n // the class's name: the line that the extends clause belongs on
				break
			}
			if c.Modern {
				p.Guard(at, fmt.Sprintf("%s %s.", c.Name, c.Object))
			} else if c.Base == "" {
				p.Advise(at, fmt.Sprintf("%s is a Durable Object (%s) that extends nothing.", c.Name, c.Object), "")
			}
		}
	},
}
