// Package project finds the files that belong to the ones under review: what
// they import, inside the root, by relative paths, by the path aliases of a
// tsconfig.json, and by the names of the project's own packages (workspaces).
//
// It reads text and resolves names; it parses no TypeScript and judges nothing.
package project

import (
	"bytes"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// Bounds of what is read beyond the files under review.
const (
	MaxFiles     = 300
	MaxBytes     = 4 << 20
	maxFileBytes = 512 << 10
	// smallFile is a size up to which a file is always worth reading: constants
	// and types that others depend on are short.
	smallFile = 16 << 10
)

// Reader reads the files of the root by slash-separated paths relative to it.
type Reader interface {
	// ReadFile fails for what does not exist, is no file, or has over max bytes.
	ReadFile(name string, max int64) ([]byte, error)
	// IsFile reports whether a regular file has the name.
	IsFile(name string) bool
	// Dirs are the names of the directories in a directory, in order.
	Dirs(name string) []string
}

// File is one source text.
type File struct {
	Path   string
	Source []byte
}

// Imports are the files that others lead to.
type Imports struct {
	// Files are those beyond the given ones, in the order in which they are found.
	Files []File
	// Links leads from a file and an import specifier in it to a file.
	Links map[string]map[string]string
	// Cut says that a bound was met, so that some imported files were not read.
	Cut bool
}

// Follow reads what the files import, and what that imports in turn. Of a file
// for which far is false, the imports are read and no further; far may be nil,
// which is always true.
func Follow(r Reader, files []File, far func(File) bool) *Imports {
	f := &follower{reader: r, out: &Imports{Links: map[string]map[string]string{}}, have: map[string]bool{}, unfollowed: map[string]File{}, configs: map[string]*aliases{},
		manifests: map[string]*manifest{}, workspaces: map[string]map[string]*manifest{}}
	for _, file := range files {
		f.have[file.Path] = true
	}
	var queue, near []File
	for _, file := range files {
		if far == nil || far(file) {
			queue = append(queue, file)
		} else {
			near = append(near, file)
		}
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = append(queue[1:], f.imports(next)...)
	}
	for _, file := range near { // last, so that what they share with the others is followed
		f.imports(file)
	}
	return f.out
}

type follower struct {
	reader Reader
	out    *Imports
	have   map[string]bool // files that are read, or that are not worth it
	bytes  int
	// unfollowed are files whose types alone were imported so far.
	unfollowed map[string]File
	configs    map[string]*aliases             // by directory
	manifests  map[string]*manifest            // by directory
	workspaces map[string]map[string]*manifest // by directory, then by the package's name
}

// specifier is the source of imports, re-exports, dynamic imports or requires.
type specifier struct {
	text  string
	types bool // only types are imported, of which no code runs
}

// specifiers finds those of a text, each once. One in a comment costs a look at a
// file, no more.
func specifiers(src []byte) []specifier {
	var out []specifier
	for _, word := range [][]byte{[]byte("from"), []byte("import"), []byte("require")} {
		for at := 0; ; {
			i := bytes.Index(src[at:], word)
			if i < 0 {
				break
			}
			at += i + len(word)
			spec := quoted(src[at:])
			if spec == "" {
				continue
			}
			s := specifier{spec, word[0] == 'f' && typesOnly(src[:at-len(word)])}
			if i := slices.IndexFunc(out, func(o specifier) bool { return o.text == spec }); i >= 0 {
				out[i].types = out[i].types && s.types
				continue
			}
			out = append(out, s)
		}
	}
	return out
}

// maxClause bounds how far the start of an import is from its source, in bytes.
const maxClause = 4 << 10

// typesOnly reports a text that ends in the clause of an `import type` or an
// `export type`.
func typesOnly(before []byte) bool {
	before = before[max(0, len(before)-maxClause):]
	at := max(bytes.LastIndex(before, []byte("import")), bytes.LastIndex(before, []byte("export")))
	if at < 0 {
		return false
	}
	clause := bytes.Fields(before[at+len("import"):])
	return len(clause) > 1 && string(clause[0]) == "type" && clause[1][0] != ','
}

// quoted is the string that a text begins with, after blanks and a parenthesis.
func quoted(s []byte) string {
	s = bytes.TrimLeft(s, " \t\r\n")
	s = bytes.TrimLeft(bytes.TrimPrefix(s, []byte("(")), " \t\r\n")
	if len(s) == 0 || s[0] != '"' && s[0] != '\'' {
		return ""
	}
	if end := bytes.IndexAny(s[1:], string(s[0])+"\n"); end > 0 && s[1+end] == s[0] {
		return string(s[1 : 1+end])
	}
	return ""
}

// relevant are words of code that touches what the reviewer knows about.
var relevant = regexp.MustCompile(`storage|[sS]ql|ctx|[sS]tate|WebSocket|\bws\b|socket|fetch|setTimeout|setInterval|scheduler|DurableObject|export\s*(?:type\s*)?[*{]|extends`)

// imports reads what a file imports, and returns what is to be followed.
func (f *follower) imports(file File) []File {
	var found []File
	for _, s := range specifiers(file.Source) {
		spec := s.text
		if _, ok := f.out.Links[file.Path][spec]; ok {
			continue
		}
		target := f.resolve(file.Path, spec)
		if target == "" {
			continue
		}
		if f.out.Links[file.Path] == nil {
			f.out.Links[file.Path] = map[string]string{}
		}
		f.out.Links[file.Path][spec] = target
		if f.have[target] {
			if next, ok := f.unfollowed[target]; ok && !s.types {
				delete(f.unfollowed, target)
				found = append(found, next)
			}
			continue
		}
		f.have[target] = true
		if len(f.out.Files) >= MaxFiles || f.bytes >= MaxBytes {
			f.out.Cut = true
			continue
		}
		data, err := f.reader.ReadFile(target, maxFileBytes)
		if err != nil || len(data) > smallFile && !relevant.Match(data) {
			continue
		}
		f.bytes += len(data)
		next := File{target, data}
		f.out.Files = append(f.out.Files, next)
		if s.types { // for what its types say; the code in it is not run from here
			f.unfollowed[target] = next
			continue
		}
		found = append(found, next)
	}
	return found
}

// resolve finds the file of a specifier, "" for the packages of others and for what
// is not there.
func (f *follower) resolve(from, spec string) string {
	spec, _, _ = strings.Cut(spec, "?")
	if strings.HasPrefix(spec, ".") {
		return f.file(path.Join(path.Dir(from), spec))
	}
	if strings.HasPrefix(spec, "/") || strings.Contains(spec, ":") {
		return ""
	}
	if target := f.alias(from, spec); target != "" {
		return target
	}
	return f.workspace(from, spec)
}

// alias finds the file that the nearest tsconfig.json maps a specifier to.
func (f *follower) alias(from, spec string) string {
	for dir := path.Dir(from); ; dir = path.Dir(dir) {
		if c := f.config(dir); c != nil {
			for _, candidate := range c.candidates(spec) {
				if target := f.file(candidate); target != "" {
					return target
				}
			}
			return ""
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

var extensions = []string{".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs"}

// file completes a path as bundlers do: as it stands, with an extension, with
// the TypeScript extension in place of the emitted one, or as a directory.
func (f *follower) file(name string) string {
	if name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	ext := path.Ext(name)
	if slices.Contains(extensions, ext) && f.reader.IsFile(name) {
		return name
	}
	stem := strings.TrimSuffix(name, ext)
	switch ext {
	case ".js", ".jsx":
		for _, e := range []string{".ts", ".tsx"} {
			if f.reader.IsFile(stem + e) {
				return stem + e
			}
		}
	case ".mjs":
		if f.reader.IsFile(stem + ".mts") {
			return stem + ".mts"
		}
	}
	for _, e := range extensions {
		if f.reader.IsFile(name + e) {
			return name + e
		}
	}
	for _, e := range extensions {
		if f.reader.IsFile(name + "/index" + e) {
			return name + "/index" + e
		}
	}
	return ""
}

// aliases are the path mappings of one tsconfig.json.
type aliases struct {
	base  string // directory that mapped paths start from
	paths map[string][]string
	bare  bool // baseUrl is set: bare specifiers may be files
}

// config reads the tsconfig.json (or jsconfig.json) of a directory, nil where
// there is none.
func (f *follower) config(dir string) *aliases {
	if c, ok := f.configs[dir]; ok {
		return c
	}
	var c *aliases
	for _, name := range []string{"tsconfig.json", "jsconfig.json"} {
		if file := path.Join(dir, name); f.reader.IsFile(file) {
			c = f.readConfig(file, 0)
			break
		}
	}
	f.configs[dir] = c
	return c
}

const maxExtends = 8

func (f *follower) readConfig(file string, depth int) *aliases {
	c := &aliases{base: path.Dir(file)}
	data, err := f.reader.ReadFile(file, maxFileBytes)
	if err != nil || depth > maxExtends {
		return c
	}
	standard, err := hujson.Standardize(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		return c
	}
	var raw struct {
		Extends         json.RawMessage `json:"extends"`
		CompilerOptions struct {
			BaseURL *string             `json:"baseUrl"`
			Paths   map[string][]string `json:"paths"`
		} `json:"compilerOptions"`
	}
	if json.Unmarshal(standard, &raw) != nil {
		return c
	}
	var parents []string
	var one string
	if json.Unmarshal(raw.Extends, &one) == nil && one != "" {
		parents = []string{one}
	} else {
		_ = json.Unmarshal(raw.Extends, &parents) // neither form: no parents
	}
	for _, p := range parents {
		if !strings.HasPrefix(p, ".") {
			continue // a package's options map no paths of this project
		}
		name := path.Join(path.Dir(file), p)
		if !strings.HasSuffix(name, ".json") {
			name += ".json"
		}
		if f.reader.IsFile(name) {
			*c = *f.readConfig(name, depth+1)
		}
	}
	if raw.CompilerOptions.BaseURL != nil {
		c.base, c.bare = path.Join(path.Dir(file), *raw.CompilerOptions.BaseURL), true
	}
	if raw.CompilerOptions.Paths != nil {
		c.paths = raw.CompilerOptions.Paths
		if raw.CompilerOptions.BaseURL == nil {
			c.base, c.bare = path.Dir(file), false
		}
	}
	return c
}

// candidates are the paths that a bare specifier may mean, the most exact
// mapping first.
func (c *aliases) candidates(spec string) []string {
	var keys []string
	for key := range c.paths {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, key := range keys {
		prefix, suffix, star := strings.Cut(key, "*")
		if !star && spec != key || star && (len(spec) < len(prefix)+len(suffix) || !strings.HasPrefix(spec, prefix) || !strings.HasSuffix(spec, suffix)) {
			continue
		}
		middle := ""
		if star {
			middle = spec[len(prefix) : len(spec)-len(suffix)]
		}
		for _, to := range c.paths[key] {
			out = append(out, path.Join(c.base, strings.Replace(to, "*", middle, 1)))
		}
	}
	if c.bare {
		out = append(out, path.Join(c.base, spec))
	}
	return out
}
