package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// BundleInput names the code to bundle.
type BundleInput struct {
	Dir   string // absolute
	Entry string // relative to Dir
	// Root is the directory that the code's own files must lie in, absolute; ""
	// is no limit. Packages may lie anywhere, but the files that they are linked
	// to hold code.
	Root string
}

// Bundle is one ES module with everything in it.
type Bundle struct {
	JS      []byte
	Exports []string // names that it exports, sorted
	Inputs  []string // files that went in, relative to Dir
	// SourceMap leads from JS back to Inputs (version 3); JS does not name it.
	SourceMap []byte
	Warnings  []Diagnostic
}

// BundleEntry bundles as `wrangler deploy` does. Code that does not bundle gives
// diagnostics and a nil bundle; the error is for esbuild itself.
func BundleEntry(ctx context.Context, in BundleInput) (*Bundle, []Diagnostic, error) {
	ec, err := api.Context(api.BuildOptions{
		EntryPoints:   []string{in.Entry},
		AbsWorkingDir: in.Dir,
		Outfile:       filepath.Join(in.Dir, "worker.js"), // nothing is written
		Write:         false,
		Bundle:        true,
		Format:        api.FormatESModule,
		Target:        api.ES2024,
		Platform:      api.PlatformNeutral,
		Conditions:    []string{"workerd", "worker", "browser"},
		MainFields:    []string{"browser", "module", "main"},
		KeepNames:     true,
		Metafile:      true,
		// External leaves JS as it would be without a map.
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude,
		LogLevel:       api.LogLevelSilent,
		Loader:         map[string]api.Loader{".sql": api.LoaderText, ".txt": api.LoaderText, ".html": api.LoaderText},
		Plugins:        []api.Plugin{runtimeModules},
	})
	if err != nil {
		return nil, nil, err
	}
	defer ec.Dispose()
	stop := context.AfterFunc(ctx, ec.Cancel)
	defer stop()
	r := ec.Rebuild()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if len(r.Errors) > 0 {
		return nil, diagnostics(r.Errors), nil
	}
	b := &Bundle{Warnings: diagnostics(r.Warnings)}
	for _, f := range r.OutputFiles {
		switch filepath.Ext(f.Path) {
		case ".js":
			b.JS = f.Contents
		case ".map":
			b.SourceMap = f.Contents
		default:
			return nil, nil, fmt.Errorf("esbuild gave an unexpected file, %s", filepath.Base(f.Path))
		}
	}
	var meta struct {
		Inputs  map[string]input
		Outputs map[string]struct{ Exports []string }
	}
	if err := json.Unmarshal([]byte(r.Metafile), &meta); err != nil {
		return nil, nil, fmt.Errorf("esbuild's metafile: %w", err)
	}
	if out := outside(in, meta.Inputs); len(out) > 0 {
		return nil, out, nil
	}
	for name := range meta.Inputs {
		b.Inputs = append(b.Inputs, name)
	}
	for _, o := range meta.Outputs {
		b.Exports = append(b.Exports, o.Exports...)
	}
	sort.Strings(b.Inputs)
	sort.Strings(b.Exports)
	return b, nil, nil
}

// input is a bundled file in esbuild's metafile.
type input struct {
	Imports []struct{ Path, Original string }
}

// outside are the imports that bring a file from outside the root into the bundle.
func outside(in BundleInput, inputs map[string]input) []Diagnostic {
	if in.Root == "" {
		return nil
	}
	root, dir := realPath(in.Root), realPath(in.Dir)
	within := func(path string) bool {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		rel, err := filepath.Rel(root, realPath(path))
		return err == nil && filepath.IsLocal(rel)
	}
	var out []Diagnostic
	for path, file := range inputs {
		if isPackage(path) || !within(path) {
			continue // a package imports what it likes of its own
		}
		for _, i := range file.Imports {
			_, bundled := inputs[i.Path]
			relative := strings.HasPrefix(i.Original, ".") || filepath.IsAbs(i.Original) || strings.HasPrefix(i.Original, "file:")
			if bundled && !isPackage(i.Path) && !within(i.Path) && (relative || !codeFile.MatchString(i.Path)) {
				out = append(out, Diagnostic{Path: path, Line: 1, Column: 1, Message: fmt.Sprintf("%q leads outside %s; import only what lies in it, or set --root to a directory that holds both", i.Original, in.Root)})
			}
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Path+out[a].Message < out[b].Path+out[b].Message })
	return out
}

func isPackage(path string) bool {
	return slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "node_modules")
}

// codeFile are files that hold code, as those of a linked package do.
var codeFile = regexp.MustCompile(`\.[cm]?[jt]sx?$`)

// realPath is a path without links, as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// nodeBuiltins are Node.js's own modules, which an import may name without the
// node: in front. Which of them there are is the runtime's to say.
var nodeBuiltins = []string{
	"assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "diagnostics_channel", "dns",
	"domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode",
	"querystring", "readline", "repl", "stream", "string_decoder", "sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm",
	"wasi", "worker_threads", "zlib",
}

// runtimeModules leaves what the runtime provides outside of the bundle.
var runtimeModules = api.Plugin{Name: "runtime-modules", Setup: func(b api.PluginBuild) {
	b.OnResolve(api.OnResolveOptions{Filter: `^(cloudflare|node|workerd):`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		return api.OnResolveResult{Path: a.Path, External: true}, nil
	})
	b.OnResolve(api.OnResolveOptions{Filter: `^[a-z0-9_]+(/[a-z]+)?$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		base, _, _ := strings.Cut(a.Path, "/")
		if slices.Contains(nodeBuiltins, base) {
			return api.OnResolveResult{Path: "node:" + a.Path, External: true}, nil
		}
		return api.OnResolveResult{}, nil
	})
}}

func diagnostics(msgs []api.Message) []Diagnostic {
	var out []Diagnostic
	for _, m := range msgs {
		d := Diagnostic{Message: m.Text, Line: 1, Column: 1}
		if m.Location != nil {
			d.Path, d.Line, d.Column = m.Location.File, m.Location.Line, m.Location.Column+1
		}
		out = append(out, d)
	}
	return out
}
