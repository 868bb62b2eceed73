package shape

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// exceptions says where wrangler departs from what it mostly does, which is to refuse
// whatever is not of the schema, but for keys that it does not know. It was measured
// by a fault in every place, and is taken anew by the command in the package comment.
//
// A line is a place and faults there. The place has [] for an index and * for a name
// that people choose. A fault is the type of what stands there, "value" for a value
// that is not allowed, "missing:" with keys, or "key:" with the definition in the
// schema that does not have the key.
//
//go:embed exceptions.txt
var exceptions string

// departures are the faults in exceptions, by place.
var departures = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(exceptions) {
		if f := strings.Fields(line); len(f) > 0 {
			out[f[0]] = f[1:]
		}
	}
	return out
})

// refuses reports whether wrangler refuses a fault.
func refuses(place, what string) bool {
	return slices.Contains(departures()[place], what) == strings.HasPrefix(what, "key:")
}

// what names a fault, other than a key, as exceptions does.
func (l leaf) what() string {
	switch k := l.ErrorKind.(type) {
	case *kind.Type:
		return k.Got
	case *kind.Required:
		return "missing:" + strings.Join(k.Missing, ",")
	}
	return "value"
}

// definition names the part of the schema that a fault departs from.
func (l leaf) definition() string {
	_, rest, _ := strings.Cut(l.SchemaURL, "#/definitions/")
	name, _, _ := strings.Cut(rest, "/")
	if name == "RawEnvironment" { // which has what RawConfig has
		return "RawConfig"
	}
	return name
}

// generic writes a path as exceptions does. That of an environment is as at the top.
func generic(path []string) string {
	if len(path) > 2 && path[0] == "env" {
		path = path[2:]
	}
	var b strings.Builder
	for i, part := range path {
		switch _, err := strconv.Atoi(part); {
		case err == nil:
			b.WriteString("[]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if i > 0 && named[path[i-1]] {
			part = "*"
		}
		b.WriteString(part)
	}
	return b.String()
}

// named are the keys below which people choose the names.
var named = map[string]bool{
	"exports": true, "vars": true, "define": true, "alias": true, "image_vars": true, "build_vars": true,
	"wasm_modules": true, "text_blobs": true, "data_blobs": true,
}
