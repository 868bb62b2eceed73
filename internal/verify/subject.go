package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/wrangler"
)

// Project is a Worker that is proven where it stands, instead of the files of a
// results directory. Paths are relative to the root.
type Project struct {
	// Input is what its review looks at; its Config is never nil.
	Input gotchas.Input
	// Main is the module that the configuration deploys.
	Main string
}

// subject is the code and the configuration that a run is about.
type subject struct {
	dir    string // relative to the root: where the bundle is made
	entry  string // the module with the code, relative to dir
	config string // the configuration, as it is shown
}

// subject says where the code and its configuration are.
func (v *run) locate() {
	v.subject = subject{dir: v.dir.Path(), entry: results.DurableObject, config: results.Wrangler}
	if p := v.opts.Project; p != nil {
		dir := path.Dir(p.Input.Config.Path)
		rel, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(p.Main))
		if err != nil { // both are relative to the root
			rel = p.Main
		}
		v.subject = subject{dir: dir, entry: filepath.ToSlash(rel), config: p.Input.Config.Path}
	}
}

// shown is a file of the subject, relative to its directory, as reports name it:
// a results directory's files by their names alone, a project's from the root.
func (v *run) shown(file string) string {
	if v.opts.Project == nil {
		return file
	}
	return path.Join(v.subject.dir, file)
}

// entry is the module with the code, as reports name it.
func (v *run) entry() string { return v.shown(v.subject.entry) }

// absolute is the subject's directory on disk.
func (v *run) absolute() string {
	return filepath.Join(v.opts.Root.Dir(), filepath.FromSlash(v.subject.dir))
}

// readCode reads the module with the code.
func (v *run) readCode() ([]byte, error) {
	if v.opts.Project == nil {
		return v.dir.Read(results.DurableObject)
	}
	return v.opts.Root.ReadFile(v.opts.Project.Main, maxSource+1)
}

func (v *run) implement() outcome {
	v.noteOpenClauses()
	code, err := v.readCode()
	write := "write it with scaffold_durable_object or by hand"
	if v.opts.Project != nil {
		write = fmt.Sprintf("main in %s names it", v.subject.config)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failed("%s is missing; %s", v.entry(), write)
	case err != nil:
		return failed("%s cannot be read: %v", v.entry(), err)
	case len(code) == 0:
		return failed("%s is empty", v.entry())
	case len(code) > maxSource:
		return failed("%s is %d bytes; at most %d are read", v.entry(), len(code), maxSource)
	}
	v.code = code
	return passed("%s is there (%d bytes)", v.entry(), len(code))
}

// configure reads the configuration and reviews files and configuration
// together, because each decides what the other means.
func (v *run) configure() outcome {
	var data []byte
	if v.opts.Project != nil {
		data = v.opts.Project.Input.Config.Source
	} else {
		var err error
		if data, err = v.dir.Read(results.Wrangler); err != nil || len(data) == 0 {
			v.reviewAll(nil)
			return failed("%s is missing or empty; write it with write_wrangler_config", results.Wrangler)
		}
	}
	file := &gotchas.File{Path: v.subject.config, Source: data}
	cfg, err := wrangler.Parse(file.Path, data)
	if err != nil {
		v.reviewAll(nil)
		return failed("%v", err)
	}
	if v.opts.Environment != "" {
		if cfg, err = cfg.In(v.opts.Environment); err != nil {
			v.reviewAll(file)
			return failed("%v", err)
		}
		v.note(fmt.Sprintf("What runs is the environment %s of %s.", v.opts.Environment, v.subject.config))
	}
	v.config = cfg
	if main := cfg.Main.Value; v.opts.Project == nil && cfg.Main.Set && path.Base(main) != results.DurableObject {
		v.note(fmt.Sprintf("%s deploys %s (main); what is checked and run here is %s.", v.subject.config, main, results.DurableObject))
	}
	v.reviewAll(file)
	return v.findings(true, "%s binds and creates the class", v.subject.config)
}

// exported is the module specifier by which a file beside the entry imports it.
func (s subject) exported() string {
	return "./" + strings.TrimSuffix(s.entry, path.Ext(s.entry))
}
