package schema

import (
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// refined is a schema that further conditions are added to. A condition on a
// property that the type does not have is an error, so that the conditions
// follow the types.
type refined struct {
	*jsonschema.Schema
	name string
	err  error
}

// property is a property's schema.
func (r *refined) property(key string) *jsonschema.Schema {
	if p := r.Properties[key]; p != nil {
		return p
	}
	r.err = fmt.Errorf("%s has no property %q; follow the type in internal/schema/formats.go", r.name, key)
	return &jsonschema.Schema{}
}

func (r *refined) between(key string, least, most int64) {
	p := r.property(key)
	p.Minimum, p.Maximum = number(least), number(most)
}

func (r *refined) items(key string, least, most int) {
	p := r.property(key)
	p.MinItems, p.MaxItems = &least, &most
}

// filled are properties that must not be empty text.
func (r *refined) filled(keys ...string) {
	for _, k := range keys {
		r.property(k).MinLength = jsonschema.Ptr(1)
	}
}

// oneOf says that exactly one of the properties is there.
func (r *refined) oneOf(keys ...string) {
	for _, k := range keys {
		r.property(k)
		r.OneOf = append(r.OneOf, has(k))
	}
}

// notBoth says that a property is not together with a text that says something.
func (r *refined) notBoth(key, text string) {
	r.property(key)
	r.property(text)
	both := has(key, text)
	both.Properties = map[string]*jsonschema.Schema{text: {MinLength: jsonschema.Ptr(1)}}
	r.Not = both
}

// only says that a property with such a value is for these actions alone.
func (r *refined) only(key string, value *jsonschema.Schema, actions ...string) {
	r.property(key)
	given := has(key)
	given.Properties = map[string]*jsonschema.Schema{key: value}
	any := &jsonschema.Schema{}
	for _, a := range actions {
		r.property(a)
		any.AnyOf = append(any.AnyOf, has(a))
	}
	r.AllOf = append(r.AllOf, &jsonschema.Schema{If: given, Then: any})
}

func has(keys ...string) *jsonschema.Schema { return &jsonschema.Schema{Required: keys} }

func number(n int64) *float64 { return jsonschema.Ptr(float64(n)) }

func constant(v any) *any { return &v }
