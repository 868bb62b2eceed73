// Package schema makes the JSON schemas of the files that this program reads and
// writes. The Go types are the source: their fields and tags give the shape,
// their doc comments the descriptions, their constants the allowed words. What
// types cannot say (exactly one of several fields, bounds) stands in formats.go
// beside each other, in the terms of the same constants that the code checks.
//
// The made schemas are committed in resources/schemas and published from there;
// a test fails when they are stale. Nothing here runs in the server.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// draft is the dialect of every schema.
const draft = "https://json-schema.org/draft/2020-12/schema"

// Format is a file whose schema is made.
type Format struct {
	ID    string // the address that it is published under
	Title string
	Type  reflect.Type
	// Package is the directory with the type's source, from the module's root.
	Package string
	// Refine adds what the Go types cannot say to the schema of one of them.
	Refine func(typ string, s *refined)
}

// Generate makes a format's schema, indented and with a final newline; root is
// the directory of the module.
func Generate(f Format, root string) ([]byte, error) {
	src, err := read(filepath.Join(root, f.Package))
	if err != nil {
		return nil, err
	}
	types := structs(f.Type, nil)
	known := map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[json.RawMessage](): {}}
	for _, t := range types {
		known[t] = &jsonschema.Schema{Ref: "#/$defs/" + t.Name()}
	}
	defs := map[string]*jsonschema.Schema{}
	for _, t := range types {
		s, err := one(t, known, src)
		if err != nil {
			return nil, err
		}
		r := &refined{Schema: s, name: t.Name()}
		f.Refine(t.Name(), r)
		if r.err != nil {
			return nil, r.err
		}
		defs[t.Name()] = s
	}
	whole := defs[f.Type.Name()]
	delete(defs, f.Type.Name())
	whole.Defs = defs
	body, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.ID, err)
	}
	head, err := json.Marshal(struct {
		Schema string `json:"$schema"`
		ID     string `json:"$id"`
		Title  string `json:"title"`
	}{draft, f.ID, f.Title})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.ID, err)
	}
	var b bytes.Buffer // what a reader looks for first stands first
	if err := json.Indent(&b, slices.Concat(head[:len(head)-1], []byte(","), body[1:]), "", "  "); err != nil {
		return nil, fmt.Errorf("%s: %w", f.ID, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// structs are the struct types of the type's own package that it holds, itself first.
func structs(t reflect.Type, have []reflect.Type) []reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || slices.Contains(have, t) || len(have) > 0 && t.PkgPath() != have[0].PkgPath() {
		return have
	}
	have = append(have, t)
	for _, f := range reflect.VisibleFields(t) {
		if jsonName(f) != "" {
			have = structs(f.Type, have)
		}
	}
	return have
}

// jsonName is a field's key; "" for one that is not written.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name == "-" || !f.IsExported() || f.Anonymous:
		return "" // the fields of an embedded struct are written as the outer one's
	case name == "":
		return f.Name
	}
	return name
}

// one makes the schema of one struct; other structs are references.
func one(t reflect.Type, known map[reflect.Type]*jsonschema.Schema, src *source) (*jsonschema.Schema, error) {
	others := map[reflect.Type]*jsonschema.Schema{}
	for k, v := range known {
		if k != t {
			others[k] = v
		}
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: others})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t, err)
	}
	s.Description = src.docs[t.Name()]
	for _, f := range reflect.VisibleFields(t) {
		name := jsonName(f)
		p := s.Properties[name]
		if p == nil {
			continue
		}
		plain(p)
		owner := t
		if len(f.Index) > 1 {
			owner = t.FieldByIndex(f.Index[:len(f.Index)-1]).Type
		}
		p.Description = describe(src.docs[owner.Name()+"."+f.Name], f.Name, name)
		if words := src.words[f.Type.Name()]; f.Type.Kind() == reflect.String && len(words) > 0 {
			p.Enum = words
			if p.Description == "" {
				p.Description = src.docs[f.Type.Name()]
			}
		}
	}
	return s, nil
}

// plain takes the null away that Go's pointers and slices may be: these files
// leave a key out instead.
func plain(s *jsonschema.Schema) {
	s.Types = slices.DeleteFunc(s.Types, func(t string) bool { return t == "null" })
	switch len(s.Types) {
	case 0:
		s.Types = nil
	case 1:
		s.Type, s.Types = s.Types[0], nil
	}
	if s.Items != nil {
		plain(s.Items)
	}
	if s.AdditionalProperties != nil {
		plain(s.AdditionalProperties)
	}
}

// docLink is a link as doc comments write it: [Parse].
var docLink = regexp.MustCompile(`\[([A-Z]\w*)\]`)

// describe turns a field's doc comment into a property's description.
func describe(doc, field, key string) string {
	if rest, ok := strings.CutPrefix(doc, field+" "); ok {
		return key + " " + rest
	}
	return doc
}

// source is what a package's text says about its types.
type source struct {
	docs  map[string]string // by "Type" and "Type.Field"
	words map[string][]any  // the values of a string type's constants
}

// read reads the package's files, without its tests.
func read(dir string) (*source, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s holds no Go files: %v", dir, err)
	}
	src := &source{map[string]string{}, map[string][]any{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				src.declaration(g)
			}
		}
	}
	return src, nil
}

func (s *source) declaration(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.docs[spec.Name.Name] = text(spec.Doc, g.Doc)
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, n := range f.Names {
						s.docs[spec.Name.Name+"."+n.Name] = text(f.Doc, f.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			typ, ok := spec.Type.(*ast.Ident)
			if g.Tok != token.CONST || !ok {
				continue
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if word, err := strconv.Unquote(lit.Value); err == nil {
						s.words[typ.Name] = append(s.words[typ.Name], word)
					}
				}
			}
		}
	}
}

// text is the first comment that is there, as one line.
func text(comments ...*ast.CommentGroup) string {
	for _, c := range comments {
		if c != nil {
			return docLink.ReplaceAllString(strings.Join(strings.Fields(c.Text()), " "), "$1")
		}
	}
	return ""
}
