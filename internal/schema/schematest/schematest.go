// Package schematest checks files of tests against the published schemas.
package schematest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"durable-objects-mcp/resources"
)

var compiled sync.Map // *jsonschema.Schema by name

// Check returns why a text does not have the shape of a published schema; name
// is that of the resource, "scenario" or "validation-report".
func Check(name string, text []byte) error {
	schema, ok := compiled.Load(name)
	if !ok {
		s, err := compile(name)
		if err != nil {
			return err
		}
		schema, _ = compiled.LoadOrStore(name, s)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.(*jsonschema.Schema).Validate(doc)
}

func compile(name string) (*jsonschema.Schema, error) {
	uri := resources.Scheme + "schemas/" + name
	r, ok := resources.Get(uri)
	if !ok {
		return nil, fmt.Errorf("no schema is published as %s", uri)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(r.Text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(uri, doc); err != nil {
		return nil, err
	}
	return c.Compile(uri)
}

// Valid fails the test when a text does not have the shape of a schema.
func Valid(t testing.TB, name string, text []byte) {
	t.Helper()
	if err := Check(name, text); err != nil {
		t.Errorf("this is no valid %s: %v\n%s", name, err, text)
	}
}
