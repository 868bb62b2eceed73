package project

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
	"go.yaml.in/yaml/v3"
)

// manifest is what a package.json says about where its code lies.
type manifest struct {
	Name       string          `json:"name"`
	Workspaces json.RawMessage `json:"workspaces"` // a list, or yarn's {"packages": […]}
	Exports    json.RawMessage `json:"exports"`
	Imports    json.RawMessage `json:"imports"`
	Source     string          `json:"source"`
	Types      string          `json:"types"`
	Module     string          `json:"module"`
	Main       string          `json:"main"`

	dir string
}

// manifest reads the package.json of a directory, nil where there is none that can
// be read.
func (f *follower) manifest(dir string) *manifest {
	if m, ok := f.manifests[dir]; ok {
		return m
	}
	var m *manifest
	if file := path.Join(dir, "package.json"); f.reader.IsFile(file) {
		if data, err := f.reader.ReadFile(file, maxFileBytes); err == nil {
			if standard, err := hujson.Standardize(bytes.TrimPrefix(data, []byte("\ufeff"))); err == nil {
				m = &manifest{dir: dir}
				if json.Unmarshal(standard, m) != nil {
					m = nil
				}
			}
		}
	}
	f.manifests[dir] = m
	return m
}

// maxPackages bounds how many folders of workspaces are looked into.
const maxPackages = 400

// packages are the workspaces of a directory by their names: what npm and yarn
// read from its package.json and pnpm from its pnpm-workspace.yaml.
func (f *follower) packages(dir string) map[string]*manifest {
	if p, ok := f.workspaces[dir]; ok {
		return p
	}
	var patterns []string
	if m := f.manifest(dir); m != nil && len(m.Workspaces) > 0 {
		var nested struct{ Packages []string }
		if json.Unmarshal(m.Workspaces, &patterns) != nil && json.Unmarshal(m.Workspaces, &nested) == nil {
			patterns = nested.Packages
		}
	}
	if file := path.Join(dir, "pnpm-workspace.yaml"); f.reader.IsFile(file) {
		if data, err := f.reader.ReadFile(file, maxFileBytes); err == nil {
			var listed struct{ Packages []string }
			if yaml.Unmarshal(data, &listed) == nil {
				patterns = append(patterns, listed.Packages...)
			}
		}
	}
	var out map[string]*manifest
	for _, pattern := range patterns {
		for _, found := range f.folders(dir, strings.Split(path.Clean(pattern), "/")) {
			if m := f.manifest(found); m != nil && m.Name != "" && len(out) < maxPackages {
				if out == nil {
					out = map[string]*manifest{}
				}
				out[m.Name] = m
			}
		}
	}
	f.workspaces[dir] = out
	return out
}

// folders are the directories that a workspace's pattern means. One that takes a
// folder away ("!packages/old") means none.
func (f *follower) folders(dir string, pattern []string) []string {
	if len(pattern) == 0 {
		return []string{dir}
	}
	if strings.HasPrefix(pattern[0], "!") || pattern[0] == ".." {
		return nil
	}
	if !strings.ContainsAny(pattern[0], "*") {
		return f.folders(path.Join(dir, pattern[0]), pattern[1:])
	}
	var out []string
	for _, name := range f.reader.Dirs(dir) {
		if name == "node_modules" || strings.HasPrefix(name, ".") || len(out) > maxPackages {
			continue
		}
		if ok, err := path.Match(pattern[0], name); err == nil && ok {
			out = append(out, f.folders(path.Join(dir, name), pattern[1:])...)
			if pattern[0] == "**" && strings.Count(dir, "/") < 4 {
				out = append(out, f.folders(path.Join(dir, name), pattern)...)
			}
		}
	}
	return out
}

// workspace finds the file of a specifier that names a package of the project
// itself, or a path of the package that the importing file is in (#store).
func (f *follower) workspace(from, spec string) string {
	private := strings.HasPrefix(spec, "#")
	name, rest := packageName(spec)
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		switch m := f.manifest(dir); {
		case private && m != nil:
			return f.first(targets(m.Imports, spec), m.dir)
		case private:
		case m != nil && m.Name == name:
			return f.entry(m, rest)
		case f.packages(dir)[name] != nil:
			return f.entry(f.packages(dir)[name], rest)
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// packageName splits a specifier into the package and the path within it.
func packageName(spec string) (name, rest string) {
	parts := strings.SplitN(spec, "/", 3)
	n := 1
	if strings.HasPrefix(spec, "@") {
		n = 2
	}
	if len(parts) <= n {
		return spec, ""
	}
	name = strings.Join(parts[:n], "/")
	return name, strings.TrimPrefix(spec, name+"/")
}

// entry finds the source of a package, or of a path within it.
func (f *follower) entry(m *manifest, rest string) string {
	key := "."
	if rest != "" {
		key = "./" + rest
	}
	candidates := targets(m.Exports, key)
	if rest == "" {
		candidates = append(candidates, m.Source, m.Module, m.Main, m.Types, "src/index", "index", "src")
	} else {
		candidates = append(candidates, rest, path.Join("src", rest))
	}
	return f.first(candidates, m.dir)
}

// first is the first of a package's paths of which there is source to read. In
// place of what a build will write stands what it is built from.
func (f *follower) first(candidates []string, dir string) string {
	for _, c := range candidates {
		if c == "" || strings.HasPrefix(path.Clean(c), "..") {
			continue
		}
		for _, try := range []string{built(c), c} {
			if try == "" {
				continue
			}
			if target := f.file(path.Join(dir, try)); target != "" && !strings.HasSuffix(target, ".d.ts") && !strings.HasSuffix(target, ".d.mts") {
				return target
			}
		}
	}
	return ""
}

// built is the source path of an emitted file: src/room of dist/room.js; "" for
// other files.
func built(name string) string {
	parts := strings.Split(path.Clean(name), "/")
	if len(parts) < 2 || parts[0] != "dist" && parts[0] != "build" && parts[0] != "out" && parts[0] != "lib" {
		return ""
	}
	parts[0] = "src"
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "esm" || p == "cjs" || p == "types" })
	last := len(parts) - 1
	for _, ext := range []string{".d.ts", ".d.mts", ".js", ".mjs", ".cjs"} {
		if stem, ok := strings.CutSuffix(parts[last], ext); ok {
			parts[last] = stem
			break
		}
	}
	return path.Join(parts...)
}

// targets are the paths that the exports or imports of a package.json give a key,
// of all conditions, in their order.
func targets(raw json.RawMessage, key string) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		if key == "." {
			return []string{one}
		}
		return nil
	}
	entries := members(raw)
	if key == "." && len(entries) > 0 && !strings.HasPrefix(entries[0].key, ".") { // conditions of the one entry
		return texts(raw, "")
	}
	for _, e := range entries {
		if e.key == key {
			return texts(e.value, "")
		}
	}
	for _, e := range entries {
		prefix, suffix, star := strings.Cut(e.key, "*")
		if star && len(key) >= len(prefix)+len(suffix) && strings.HasPrefix(key, prefix) && strings.HasSuffix(key, suffix) {
			return texts(e.value, key[len(prefix):len(key)-len(suffix)])
		}
	}
	return nil
}

// member is one key of a JSON object with what it holds.
type member struct {
	key   string
	value json.RawMessage
}

// members are the keys of a JSON object in the order in which they stand.
func members(raw json.RawMessage) []member {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var out []member
	for d.More() {
		key, err := d.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return out
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return out
		}
		out = append(out, member{name, value})
	}
	return out
}

// texts are the paths in a target, of whatever condition, with what a star stands for.
func texts(raw json.RawMessage, star string) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{strings.ReplaceAll(one, "*", star)}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		for _, m := range members(raw) {
			list = append(list, m.value)
		}
	}
	var out []string
	for _, part := range list {
		out = append(out, texts(part, star)...)
	}
	return out
}
