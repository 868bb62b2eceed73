package engine

import (
	"context"
	"fmt"

	"durable-objects-mcp/internal/verify"
)

// VerifyRequest asks for a verification of a results directory.
type VerifyRequest struct {
	ResultsDir string
	Depth      verify.Depth
	Progress   func(line string)
}

// Verify runs the stages and writes the reports.
func (e *Engine) Verify(ctx context.Context, req VerifyRequest) (*verify.Report, error) {
	return verify.Run(ctx, verify.Options{
		Root: e.Root, Dir: req.ResultsDir, Depth: req.Depth, Now: e.now(), Toolchain: e.Toolchain, Progress: req.Progress,
	})
}

// BuildRequest asks for the whole runbook on one spec.
type BuildRequest struct {
	Spec       string
	ResultsDir string
	Overwrite  bool
	Depth      verify.Depth
	Progress   func(line string)
}

// Build scaffolds, configures, reviews and verifies.
func (e *Engine) Build(ctx context.Context, req BuildRequest) (*ScaffoldResult, *verify.Report, error) {
	progress := req.Progress
	if progress == nil {
		progress = func(string) {}
	}
	progress("scaffolding")
	s, err := e.Scaffold(ScaffoldRequest{Spec: req.Spec, ResultsDir: req.ResultsDir, Overwrite: req.Overwrite})
	if err != nil {
		return nil, nil, err
	}
	progress("writing the configuration")
	if _, err := e.Config(ConfigRequest{ResultsDir: req.ResultsDir}); err != nil {
		return s, nil, fmt.Errorf("configuration: %w", err)
	}
	r, err := e.Verify(ctx, VerifyRequest{ResultsDir: req.ResultsDir, Depth: req.Depth, Progress: req.Progress})
	return s, r, err
}
