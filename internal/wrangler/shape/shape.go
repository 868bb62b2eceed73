// Package shape tells where a Workers configuration departs from wrangler's own JSON
// schema of it, in sentences that name what is allowed.
//
// The schema is the file config-schema.json of the npm package wrangler, byte for
// byte; NOTICE says whose it is. It is taken anew by
//
//	DO_WRANGLER=DIR go test ./internal/wrangler/shape -update
//
// where DIR is a directory with the package of [Version] in its node_modules.
//
// The schema knows shapes alone: keys, types and allowed values. That a file has the
// right shape says nothing of what it does. It is also stricter than wrangler, which
// refuses wrong types but only warns of keys that it does not know ([Fault.Refused]),
// and it is of one version, so a key may be of a newer one.
package shape

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"durable-objects-mcp/internal/nearest"
)

// Version is the version of wrangler that the schema is of.
const Version = "4.164.0"

//go:embed config-schema.json
var source []byte

// Fault is one departure from the schema.
type Fault struct {
	Path    []string // keys and indexes that lead to the value
	Key     string   // a key of that object that the schema does not know, else ""
	Message string
	// Refused says that wrangler refuses to deploy such a file. Of other faults it
	// warns, or it says nothing.
	Refused bool

	what string // as exceptions names it
}

// compiled is the schema, and its text by which known keys are named.
var compiled = sync.OnceValues(func() (*jsonschema.Schema, any) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		panic(err) // the file is embedded, and a test compiles it
	}
	mendPreviews(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource(file, doc); err != nil {
		panic(err)
	}
	return c.MustCompile(file), doc
})

const file = "wrangler.json"

// mendPreviews gives settings of previews the shape that they have elsewhere. The
// program that made the schema lost it, and refers to one of its own internals.
func mendPreviews(doc any) {
	at := func(name string) map[string]any {
		return doc.(map[string]any)["definitions"].(map[string]any)[name].(map[string]any)["properties"].(map[string]any)
	}
	elsewhere := at("RawEnvironment")
	for key, v := range at("PreviewsConfig") {
		if ref, _ := v.(map[string]any)["$ref"].(string); strings.HasPrefix(ref, "#/definitions/interface-") {
			at("PreviewsConfig")[key] = elsewhere[key]
		}
	}
}

// Faults lists where a configuration, as JSON, departs from the schema. Text that is
// no JSON has none.
func Faults(config json.RawMessage) []Fault {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return nil
	}
	schema, _ := compiled()
	failed, ok := schema.Validate(doc).(*jsonschema.ValidationError)
	if !ok {
		return nil
	}
	var out []Fault
	for _, l := range leaves(failed) {
		for _, f := range l.faults() {
			f.Refused = refuses(generic(f.Path), f.what)
			if !slices.ContainsFunc(out, func(o Fault) bool { return o.Message == f.Message }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// leaf is an error without further causes. Where alternatives failed at the same
// value, allowed and types are what all of them together would have taken.
type leaf struct {
	*jsonschema.ValidationError
	allowed []any
	types   []string
}

// leaves are the errors that matter: of alternatives, those of the one that is meant.
func leaves(e *jsonschema.ValidationError) []leaf {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		if len(e.Causes) > 0 {
			return meant(e)
		}
	}
	if len(e.Causes) > 0 {
		var out []leaf
		for _, c := range e.Causes {
			out = append(out, leaves(c)...)
		}
		return out
	}
	l := leaf{ValidationError: e}
	switch k := e.ErrorKind.(type) {
	case *kind.Const:
		l.allowed = []any{k.Want}
	case *kind.Enum:
		l.allowed = k.Want
	case *kind.Type:
		l.types = k.Want
	}
	return []leaf{l}
}

// meant picks the alternative that a value is nearest to. One of another type, or
// with another value where the alternatives are told apart, is far away.
func meant(e *jsonschema.ValidationError) []leaf {
	depth := len(e.InstanceLocation)
	distance := func(branch []leaf) int {
		n := len(branch)
		for _, l := range branch {
			switch at := len(l.InstanceLocation); {
			case l.types != nil && at == depth:
				n += 1000
			case l.isConst() && at <= depth+1:
				n += 100
			}
		}
		return n
	}
	var branches [][]leaf
	for _, c := range e.Causes {
		branches = append(branches, leaves(c))
	}
	best := slices.MinFunc(branches, func(a, b []leaf) int { return distance(a) - distance(b) })
	out := slices.Clone(best)
	for i := range out {
		if l := &out[i]; l.allowed != nil || l.types != nil {
			l.join(branches)
		}
	}
	return out
}

// isConst reports a value by which alternatives are told apart.
func (l leaf) isConst() bool {
	_, is := l.ErrorKind.(*kind.Const)
	return is
}

// join adds what other alternatives would have taken in the same place.
func (l *leaf) join(branches [][]leaf) {
	l.allowed, l.types = nil, nil
	for _, branch := range branches {
		for _, o := range branch {
			if !slices.Equal(o.InstanceLocation, l.InstanceLocation) {
				continue
			}
			for _, v := range o.allowed {
				if !slices.Contains(l.allowed, v) {
					l.allowed = append(l.allowed, v)
				}
			}
			for _, t := range o.types {
				if !slices.Contains(l.types, t) {
					l.types = append(l.types, t)
				}
			}
		}
	}
}

func (l leaf) faults() []Fault {
	at := l.InstanceLocation
	one := func(format string, args ...any) []Fault {
		return []Fault{{Path: at, Message: fmt.Sprintf(format, args...), what: l.what()}}
	}
	switch k := l.ErrorKind.(type) {
	case *kind.Const:
		return one("%s must be %s, not %s", place(at), l.wanted(), literal(k.Got))
	case *kind.Enum:
		return one("%s must be %s, not %s", place(at), l.wanted(), literal(k.Got))
	case *kind.Type:
		return one("%s must be %s, not %s", place(at), l.wanted(), article(k.Got))
	case *kind.Minimum:
		return one("%s must be at least %s, not %s", place(at), number(k.Want), number(k.Got))
	case *kind.Maximum:
		return one("%s must be at most %s, not %s", place(at), number(k.Want), number(k.Got))
	case *kind.MultipleOf:
		return one("%s must be a multiple of %s, not %s", place(at), number(k.Want), number(k.Got))
	case *kind.Pattern:
		return one("%s must match %s, and is %s", place(at), k.Want, literal(k.Got))
	case *kind.Required:
		missing := make([]string, len(k.Missing))
		for i, key := range k.Missing {
			missing[i] = strconv.Quote(key)
		}
		return one("%s must have %s", place(at), strings.Join(missing, " and "))
	case *kind.AdditionalProperties:
		known := knownKeys(l.SchemaURL)
		var out []Fault
		for _, key := range k.Properties {
			if slices.Contains(unlisted[generic(at)], key) {
				continue
			}
			out = append(out, Fault{Path: at, Key: key, Message: fmt.Sprintf("%q is no key of %s that wrangler %s knows; %s", key, place(at), Version, instead(key, known)), what: "key:" + l.definition()})
		}
		return out
	}
	return one("%s is not as wrangler's schema wants it", place(at))
}

// unlisted are keys that wrangler reads although its schema does not have them.
var unlisted = map[string][]string{
	"containers[]": {"affinities", "rollout_kind", "unsafe"},
}

// wanted lists the values and types that are allowed.
func (l leaf) wanted() string {
	var all []string
	for _, v := range l.allowed {
		all = append(all, literal(v))
	}
	for _, t := range l.types {
		all = append(all, article(t))
	}
	return or(all)
}

// instead names the keys that are known, or of many the one that is meant.
func instead(key string, known []string) string {
	meant := nearest.Close(key, known)
	switch {
	case meant != "":
		return fmt.Sprintf("%q may be meant", meant)
	case len(known) == 0:
		return "no key is known there"
	case len(known) <= 12:
		return "known are " + strings.Join(known, ", ")
	}
	return "take it out, or see whether it is spelt as in wrangler's documentation"
}

// knownKeys are the properties of a part of the schema.
func knownKeys(url string) []string {
	_, node := compiled()
	_, pointer, _ := strings.Cut(url, "#")
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch n := node.(type) {
		case map[string]any:
			node = n[token]
		case []any:
			if i, err := strconv.Atoi(token); err == nil && i < len(n) {
				node = n[i]
			}
		}
	}
	object, _ := node.(map[string]any)
	properties, _ := object["properties"].(map[string]any)
	out := make([]string, 0, len(properties))
	for key := range properties {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// place writes a path as code would: env.staging.migrations[0].tag.
func place(path []string) string {
	if len(path) == 0 {
		return "the top level"
	}
	var b strings.Builder
	for i, part := range path {
		if _, err := strconv.Atoi(part); err == nil {
			b.WriteString("[" + part + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func number(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// article names a type in a sentence.
func article(t string) string {
	switch t {
	case "null":
		return t
	case "object", "array", "integer":
		return "an " + t
	}
	return "a " + t
}

func or(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}
