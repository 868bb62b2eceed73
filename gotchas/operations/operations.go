// Package operations holds load, limits, deploys and tests: what the code shows of
// them, and the questions that the author has to answer.
package operations

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "operations",
	Title:   "Operations",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		overload, subrequestLimits, sqliteFull, coldStart, codeSkew, longEventVsDeploy,
		testOldPackage, testIsolation, testNoEviction,
	},
}

var overload = &analysis.Gotcha{
	ID:       "overload",
	Title:    "One object gets more requests than one thread can serve",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "An object runs on one thread: about a thousand small requests a second, a few hundred with real work. " +
		"Beyond that callers get “Durable Object is overloaded” (a 503 to the client).",
	Fix: "Estimate the peak per object; where it is above a few hundred a second, give each unit its own object, spread a hot one by a hash of its key, or batch in the Worker.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/ and best-practices/rules-of-durable-objects/: a soft limit, graded by the work per request.",
	},
}

var sqliteFull = &analysis.Gotcha{
	ID:       "sqlite-full",
	Title:    "An object's storage fills up",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "Writes to a full object fail with “database or disk is full: SQLITE_FULL”; reads and deletes still work. " +
		"The limit is 10 GB for an object on the paid plan and 1 GB on the free one, which has 5 GB for the whole account.",
	Fix: "Say how long data is kept; let an alarm delete what is older, and deleteAll() what nobody needs any more.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/",
	},
	Runbook: "The runbook's figure of 10 GB is the paid plan's.",
}

var coldStart = &analysis.Gotcha{
	ID:       "cold-start",
	Title:    "The first request after a pause is slower",
	Severity: analysis.Info,
	Scope:    analysis.Question,
	Why:      "An object that left memory is constructed again, where it lives, before it answers. That is expected, and lasts as long as the constructor makes it.",
	Fix:      "Keep the constructor cheap. Pings that keep an object warm cost its whole duration and protect from nothing.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/",
	},
	Runbook: "The runbook suggests warming critical objects; that is billed all day and a deploy still resets them.",
}

var codeSkew = &analysis.Gotcha{
	ID:       "code-skew",
	Title:    "During a deploy a new Worker talks to an old object",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why:      "A deploy reaches objects one by one within minutes, so for a while both versions of the code call each other and read the same stored data.",
	Fix:      "Keep RPC signatures and stored formats readable by the version before: optional parameters, added columns, versioned payloads.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/known-issues/",
	},
}

var longEventVsDeploy = &analysis.Gotcha{
	ID:       "long-event-vs-deploy",
	Title:    "A long event is cut off by a deploy",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why:      "When the runtime or the code is updated, events in progress get about 30 seconds; storage access after that throws.",
	Fix:      "Split long work into steps that an alarm runs one after the other, each of which may be run twice.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/",
	},
}
