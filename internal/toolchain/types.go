package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"durable-objects-mcp/internal/workerd"
)

// nodejsCompatDefault is when nodejs_compat became the default. The runtime's
// own types leave Node.js out, as wrangler's do: a project that uses it has
// @types/node.
const nodejsCompatDefault = "2026-08-04"

// typeFlags are the compatibility flags to make types with: sorted, each once,
// and with Node.js switched off whatever the configuration says of it.
func typeFlags(date string, flags []string) []string {
	var out []string
	for _, f := range flags {
		if !strings.Contains(f, "nodejs_compat") {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if date >= nodejsCompatDefault {
		out = append(out, "no_nodejs_compat", "no_nodejs_compat_v2")
	}
	return out
}

// RuntimeTypes returns the path of the runtime's declarations for one date and
// flags, made once and kept in the cache.
func (t *Toolchain) RuntimeTypes(ctx context.Context, date string, flags []string) (string, error) {
	flags = typeFlags(date, flags)
	sum := sha256.Sum256([]byte(strings.Join(append([]string{t.Workerd.Version, date}, flags...), " ")))
	path := filepath.Join(t.cache, "types", hex.EncodeToString(sum[:8])+".d.ts")
	if isFile(path) {
		return path, nil
	}
	data, err := workerd.RuntimeTypes(ctx, t.Workerd.Path, t.generator, date, flags)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "types-")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	return path, err
}

// EnvInput is what env holds, by the configuration.
type EnvInput struct {
	Bindings []EnvBinding
	Vars     map[string]json.RawMessage
	Others   []OtherBinding
}

// EnvBinding is a Durable Object namespace. ModulePath is where its class is
// exported from, "" for a class of another Worker.
type EnvBinding struct{ Name, Class, ModulePath string }

// OtherBinding is a binding of another kind, by wrangler's key.
type OtherBinding struct{ Kind, Name string }

var bindingTypes = map[string]string{
	"kv_namespaces": "KVNamespace", "r2_buckets": "R2Bucket", "d1_databases": "D1Database", "queues": "Queue", "services": "Fetcher",
	"ai": "Ai", "hyperdrive": "Hyperdrive", "vectorize": "VectorizeIndex", "analytics_engine_datasets": "AnalyticsEngineDataset",
	"assets": "Fetcher", "browser": "Fetcher", "send_email": "SendEmail", "images": "ImagesBinding", "workflows": "Workflow",
	"dispatch_namespaces": "DispatchNamespace", "secrets_store_secrets": "SecretsStoreSecret", "mtls_certificates": "Fetcher",
	"version_metadata": "WorkerVersionMetadata", "ratelimits": "RateLimit",
}

// EnvDTS is the declaration of Env that `wrangler types` would generate.
func EnvDTS(in EnvInput) string {
	var b strings.Builder
	b.WriteString("declare namespace Cloudflare {\n  interface Env {\n")
	for _, n := range in.Bindings {
		if n.ModulePath == "" {
			fmt.Fprintf(&b, "    %s: DurableObjectNamespace;\n", key(n.Name))
			continue
		}
		fmt.Fprintf(&b, "    %s: DurableObjectNamespace<import(%q).%s>;\n", key(n.Name), n.ModulePath, n.Class)
	}
	names := make([]string, 0, len(in.Vars))
	for name := range in.Vars {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "    %s: %s;\n", key(name), jsonType(in.Vars[name]))
	}
	for _, o := range in.Others {
		typ := bindingTypes[o.Kind]
		if typ == "" {
			typ = "any"
		}
		fmt.Fprintf(&b, "    %s: %s;\n", key(o.Name), typ)
	}
	b.WriteString("  }\n}\ninterface Env extends Cloudflare.Env {}\n")
	return b.String()
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

func key(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

func jsonType(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "unknown"
	}
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "any"
}

// TypeCheck asks for a strict check of one entry file.
type TypeCheck struct {
	ProjectDir string // absolute
	Entry      string // relative to ProjectDir
	Date       string
	Flags      []string
	EnvDTS     string
	// Pedantic adds the options that strict leaves out and that code written
	// here is held to: noUncheckedIndexedAccess, noImplicitOverride and more.
	Pedantic bool
}

// Diagnostic is one message of tsc or esbuild. Path is relative to the project.
type Diagnostic struct {
	Path         string
	Line, Column int // 1-based
	Code         string
	Message      string
}

// TypeReport is the outcome of a type check.
type TypeReport struct {
	Diagnostics []Diagnostic
	// OwnConfig reports that the project's tsconfig.json was extended.
	OwnConfig bool
	// Replaced says why the project's own module and target options were not
	// used, "" where they were: this tsc no longer knows one of them.
	Replaced string
}

// declaresEnv finds a declaration of the global Env.
var declaresEnv = regexp.MustCompile(`(?m)^\s*(declare\s+)?(interface\s+Env\b|namespace\s+Cloudflare\b)`)

// tscMemoryMiB bounds tsc, which takes 34 MiB for a module of this kind: a type
// that expands without end must not take the machine along.
const tscMemoryMiB = 2048

// TypeCheck runs tsc under strict options in a directory of its own, with the
// runtime's types for the date and the Env of the configuration. The project's
// own declaration files take part, and where one declares Env, that one counts.
func (t *Toolchain) TypeCheck(ctx context.Context, in TypeCheck) (*TypeReport, error) {
	types, err := t.RuntimeTypes(ctx, in.Date, in.Flags)
	if err != nil {
		return nil, err
	}
	project := in.ProjectDir
	dir, err := os.MkdirTemp("", "do-tsc-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source, err := os.ReadFile(filepath.Join(project, in.Entry))
	if err != nil {
		return nil, err
	}
	files := []string{types, filepath.Join(project, in.Entry)}
	own, ownEnv, err := ambient(project, dir)
	if err != nil {
		return nil, err
	}
	files = append(files, own...)
	if !ownEnv && (isModule(source) || !declaresEnv.Match(source)) {
		// The directory is one of the rootDirs, so `import("./durable_object")`
		// in it leads to the code.
		path := filepath.Join(dir, "env.d.ts")
		if err := os.WriteFile(path, []byte(in.EnvDTS), 0o600); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	report := &TypeReport{}
	options := map[string]any{
		"strict": true, "target": "es2024", "lib": []string{"es2024"}, "module": "esnext", "moduleResolution": "bundler", "noEmit": true,
		"skipLibCheck": true, "types": []string{}, "rootDirs": []string{dir, project}, "allowImportingTsExtensions": true,
		"resolveJsonModule": true, "esModuleInterop": true, "jsx": "react-jsx", "moduleDetection": "force",
	}
	config := map[string]any{"compilerOptions": options, "files": files, "include": []string{}}
	if in.Pedantic {
		for _, more := range []string{"noUncheckedIndexedAccess", "noImplicitOverride", "noFallthroughCasesInSwitch", "noUnusedLocals", "noUnusedParameters", "exactOptionalPropertyTypes"} {
			options[more] = true
		}
	}
	if types := nodeTypes(project); types != "" {
		options["types"], options["typeRoots"] = []string{"node"}, []string{types}
	}
	ours := map[string]any{}
	if own := filepath.Join(project, "tsconfig.json"); isFile(own) && isDir(filepath.Join(project, "node_modules")) {
		report.OwnConfig = true
		config["extends"] = own
		for _, theirs := range []string{"strict", "target", "module", "moduleResolution", "jsx", "esModuleInterop", "moduleDetection"} {
			ours[theirs] = options[theirs]
			delete(options, theirs)
		}
	}
	report.Diagnostics, err = t.runTSC(ctx, project, dir, config)
	if i := slices.IndexFunc(report.Diagnostics, removedOption); err == nil && i >= 0 && report.OwnConfig {
		report.Replaced = report.Diagnostics[i].Message
		delete(ours, "strict") // how strict a project is, is its own to say
		maps.Copy(options, ours)
		options["ignoreDeprecations"] = "6.0"
		report.Diagnostics, err = t.runTSC(ctx, project, dir, config)
	}
	return report, err
}

// removedOption reports tsc's refusal of an option that it no longer has, which
// an older TypeScript accepts: it says nothing about the code.
func removedOption(d Diagnostic) bool {
	return d.Code == "TS5108" || d.Code == "TS5102" || d.Code == "TS5101" || d.Code == "TS5107"
}

// runTSC runs tsc on a tsconfig in a directory of its own.
func (t *Toolchain) runTSC(ctx context.Context, project, dir string, config map[string]any) ([]Diagnostic, error) {
	data, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "tsconfig.json"), data, 0o600); err != nil {
		return nil, err
	}
	patience, cancel := context.WithTimeout(ctx, tscTimeout)
	defer cancel()
	out, err := child{dir: project, memoryMiB: tscMemoryMiB}.run(patience, t.TSC.Path, "-p", dir, "--pretty", "false")
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if patience.Err() != nil {
		return nil, fmt.Errorf("tsc did not finish within %s; look for a type that expands without end", tscTimeout)
	}
	// 1 and 2 are tsc's codes for "there are errors"; anything else is a crash,
	// whose half of an answer must not read as a whole one.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 && exit.ExitCode() != 2) {
		return nil, fmt.Errorf("tsc ended early: %w; look for a type that expands without end", err)
	}
	list := readDiagnostics(out, project, dir)
	if err != nil && len(list) == 0 {
		return nil, errors.New("tsc failed: " + meaningful(out))
	}
	return list, nil
}

const tscTimeout = 2 * time.Minute

// nodeTypes is the @types directory with Node.js's types that the project has
// installed, "" without one.
func nodeTypes(project string) string {
	for dir := project; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		types := filepath.Join(dir, "node_modules", "@types")
		if isDir(filepath.Join(types, "node")) {
			return types
		}
	}
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

var moduleSyntax = regexp.MustCompile(`(?m)^\s*(import|export)\b`)

func isModule(src []byte) bool { return moduleSyntax.Match(src) }

var tscLine = regexp.MustCompile(`^(.+?)\((\d+),(\d+)\): error (TS\d+): (.*)$`)
var tscGlobal = regexp.MustCompile(`^error (TS\d+): (.*)$`)

func readDiagnostics(out []byte, project, own string) []Diagnostic {
	var list []Diagnostic
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.TrimRight(line, "\r")
		switch m, g := tscLine.FindStringSubmatch(line), tscGlobal.FindStringSubmatch(line); {
		case m != nil:
			row, _ := strconv.Atoi(m[2])
			col, _ := strconv.Atoi(m[3])
			list = append(list, Diagnostic{Path: relative(m[1], project, own), Line: row, Column: col, Code: m[4], Message: m[5]})
		case g != nil:
			list = append(list, Diagnostic{Path: "tsconfig.json", Line: 1, Column: 1, Code: g[1], Message: g[2]})
		case strings.HasPrefix(line, "  ") && len(list) > 0:
			// The continuation of a message: what exactly does not fit.
			last := &list[len(list)-1]
			last.Message += " " + strings.TrimSpace(line)
		}
	}
	return list
}

// relative names a file as the user knows it; our own files by what they are.
func relative(path, project, own string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(project, path)
	}
	if rel, err := filepath.Rel(own, path); err == nil && filepath.IsLocal(rel) {
		return "the generated Env (" + rel + ")"
	}
	if rel, err := filepath.Rel(project, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}
