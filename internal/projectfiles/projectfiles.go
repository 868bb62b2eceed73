// Package projectfiles renders what makes a results directory a project of its
// own: package.json, tsconfig.json, vitest.config.ts, .gitignore, and a test made
// from the scenario. With them `npm install && npm test`, `npx wrangler dev` and
// an editor work in the directory at once.
//
// The test is the scenario again, in the words of vitest and Cloudflare's plugin
// for it, for a team whose CI runs those. It asserts what the scenario does and
// nothing more: a step that the plugin has no means for is left out, and a comment
// in its place says why.
//
// Rendering needs plain facts only, and the same facts always give the same bytes.
package projectfiles

import "durable-objects-mcp/internal/scenario"

// Object is what is known about the object that the files are for.
type Object struct {
	Class      string // as it is exported
	Binding    string // of its namespace on env
	WorkerName string // as in wrangler.jsonc
	// Scenario becomes the test. Without one, no test is rendered.
	Scenario *scenario.Scenario
}

// File is one file of the project, to lie beside durable_object.ts and
// wrangler.jsonc.
type File struct {
	Name string
	Data []byte
}

// The names of the files.
const (
	PackageJSON  = "package.json"
	TSConfig     = "tsconfig.json"
	VitestConfig = "vitest.config.ts"
	Test         = "durable_object.test.ts"
	GitIgnore    = ".gitignore"
)

// Render renders the files, in the order in which a reader wants to see them. The
// scenario must be one that [scenario.Parse] accepts.
func Render(o Object) []File {
	files := []File{
		{PackageJSON, packageJSON(o.WorkerName)},
		{TSConfig, []byte(tsconfig)},
		{VitestConfig, []byte(vitestConfig)},
	}
	if o.Scenario != nil {
		files = append(files, File{Test, test(o)})
	}
	return append(files, File{GitIgnore, []byte(gitIgnore)})
}
