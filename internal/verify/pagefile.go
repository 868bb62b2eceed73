package verify

import (
	"fmt"

	"durable-objects-mcp/internal/results"
)

// mayWritePage reports whether report.html may be written. A file of that name
// that this program did not make is left alone, and a note says so.
func (v *run) mayWritePage() bool {
	if v.opts.ReadOnly {
		return false
	}
	if err := v.dir.MayReplace(results.Page, PageMark); err != nil {
		v.note(fmt.Sprintf("%s was not written, because a file of that name is there that is not this program's; move it away to get the page.", results.Page))
		return false
	}
	return true
}

// writePage writes the report as a page.
func (v *run) writePage() error {
	if _, err := v.dir.Write(results.Page, v.report.HTML(v.sources()), results.Replace); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// sources are the files that the report quotes from, by the paths that it uses.
func (v *run) sources() map[string][]byte {
	out := map[string][]byte{}
	if p := v.opts.Project; p != nil {
		for _, f := range p.Input.Context {
			out[f.Path] = f.Source
		}
		for _, f := range p.Input.Files {
			out[f.Path] = f.Source
		}
		out[p.Input.Config.Path] = p.Input.Config.Source
		return out
	}
	out[results.DurableObject] = v.code
	if config, err := v.dir.Read(results.Wrangler); err == nil {
		out[results.Wrangler] = config
	}
	return out
}
