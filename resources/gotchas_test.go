package resources_test

import (
	"fmt"
	"slices"
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/resources"
)

// texts are the resources that people read; the others are JSON schemas.
func texts() []resources.Resource {
	return slices.DeleteFunc(resources.All(), func(r resources.Resource) bool { return r.MIMEType != resources.Markdown })
}

// TestPublishedCodeReviewsClean: what people copy from a page must pass the
// review that they run next.
func TestPublishedCodeReviewsClean(t *testing.T) {
	for _, r := range texts() {
		for i, code := range blocks(t, r.Name, "ts") {
			path := fmt.Sprintf("%s_%d.ts", r.Name, i+1)
			review := gotchas.Review(gotchas.Input{Files: []gotchas.File{{Path: path, Source: []byte(code)}}, Today: "2026-11-01"})
			if len(review.Classes) != 1 || len(review.Partial) > 0 || len(review.Broken) > 0 {
				t.Errorf("%s: classes %v, unread %v, broken checks %v", path, review.Classes, review.Partial, review.Broken)
			}
			for _, f := range review.Findings {
				if f.Severity != analysis.Info {
					t.Errorf("%s:%d: %s %s: %s", path, f.Line, f.Severity, f.Gotcha, f.Message)
				}
			}
		}
	}
}
