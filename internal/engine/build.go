package engine

import (
	"context"
	"fmt"
	"path"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/verify"
	"durable-objects-mcp/internal/wrangler"
)

// VerifyRequest asks for a verification of a results directory, or of a
// project's Worker.
type VerifyRequest struct {
	ResultsDir string
	// ConfigPath names the Workers configuration of an existing project: its main
	// module is proven where it stands, and the results directory gets the
	// reports. "" verifies the results directory's own files.
	ConfigPath string
	// Environment is the environment of that configuration; "" is the top level.
	Environment string
	Depth       verify.Depth
	Progress    func(line string)
}

// Verify runs the stages and writes the reports.
func (e *Engine) Verify(ctx context.Context, req VerifyRequest) (*verify.Report, error) {
	opts := verify.Options{
		Root: e.Root, Dir: req.ResultsDir, Environment: req.Environment, Depth: req.Depth, Now: e.now(), Toolchain: e.Toolchain, Progress: req.Progress,
	}
	if req.ConfigPath != "" {
		p, err := e.projectOf(req.ConfigPath, req.Environment)
		if err != nil {
			return nil, err
		}
		opts.Project = p
	}
	return verify.Run(ctx, opts)
}

// projectOf is the Worker of a configuration.
func (e *Engine) projectOf(configPath, env string) (*verify.Project, error) {
	g, err := e.group(configPath)
	if err != nil {
		return nil, err
	}
	cfg, err := wrangler.Parse(g.only.Path, g.only.Source)
	if err != nil {
		return nil, err
	}
	if env != "" {
		if cfg, err = cfg.In(env); err != nil {
			return nil, err
		}
	}
	if !cfg.Main.Set || cfg.Main.Value == "" {
		return nil, fmt.Errorf("%s has no main, so there is no Worker to run; main names its module", g.only.Path)
	}
	main := path.Join(path.Dir(g.only.Path), cfg.Main.Value)
	data, err := e.Root.ReadFile(main, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("%s, which is main in %s, cannot be read: %w", main, g.only.Path, err)
	}
	if !isSource(main) {
		return nil, fmt.Errorf("%s, which is main in %s, is not TypeScript or JavaScript", main, g.only.Path)
	}
	if err := g.configured(g.only.Path); err != nil {
		return nil, err
	}
	g.add(g.only.Path, gotchas.File{Path: main, Source: data})
	return &verify.Project{Input: g.inputs()[0], Main: main}, nil
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
