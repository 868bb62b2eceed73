package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/nearest"
)

// tool is one tool: what clients see of it and what it does.
type tool struct {
	name, title, description string
	readOnly, destructive    bool
	args                     []arg
	output                   string // JSON schema of the structured content
	run                      func(ctx context.Context, in input, progress func(string)) (engine.Result, error)
}

// arg is one argument. Types are single, because clients disagree about unions.
type arg struct {
	name, description string
	kind              string // string, boolean, strings (a list), names (an object of strings) or object (any, kept as JSON text)
	required          bool
	allowed           []string // for a string: the values that it may take; for names: its keys, all required
}

func (t tool) definition() mcp.Tool {
	no, yes := false, true
	hint := func(b bool) *bool {
		if b {
			return &yes
		}
		return &no
	}
	d := mcp.NewTool(t.name,
		mcp.WithDescription(t.description),
		mcp.WithToolAnnotation(mcp.ToolAnnotation{
			Title: t.title, ReadOnlyHint: hint(t.readOnly), DestructiveHint: hint(t.destructive), IdempotentHint: hint(true), OpenWorldHint: hint(false),
		}),
		mcp.WithToolTitle(t.title),
		mcp.WithRawOutputSchema(json.RawMessage(t.output)),
	)
	d.InputSchema = mcp.ToolInputSchema{}
	d.RawInputSchema = t.inputSchema()
	return d
}

func (t tool) inputSchema() json.RawMessage {
	props := map[string]any{}
	required := []string{}
	for _, a := range t.args {
		p := map[string]any{"type": a.kind, "description": a.description}
		switch a.kind {
		case "strings":
			p["type"], p["items"] = "array", map[string]any{"type": "string"}
		case "names":
			keys := map[string]any{}
			for _, key := range a.allowed {
				keys[key] = map[string]any{"type": "string"}
			}
			p["type"], p["properties"], p["required"], p["additionalProperties"] = "object", keys, a.allowed, false
		case "string":
			if len(a.allowed) > 0 {
				p["enum"] = a.allowed
			}
		}
		props[a.name] = p
		if a.required {
			required = append(required, a.name)
		}
	}
	schema := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return marshal(schema)
}

func (t tool) handler() server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		in, err := t.check(req.GetArguments())
		if err != nil {
			return mcp.NewToolResultError(t.name + ": " + err.Error()), nil
		}
		r, err := t.run(ctx, in, progressOf(ctx, req))
		if err != nil {
			return mcp.NewToolResultError(t.name + ": " + err.Error()), nil
		}
		return render(r)
	}
}

// render is the one place that turns a result into what clients get: the same
// facts as text and as structured content, since each client shows its model
// only one of the two. The JSON has no HTML escapes.
func render(r engine.Result) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultStructured(marshal(r), r.Text()), nil
}

func marshal(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // plain data: it cannot fail
	}
	return bytes.TrimSpace(b.Bytes())
}

// progressOf reports progress to a client that asked for it. Messages say what
// is going on; the result never depends on them.
func progressOf(ctx context.Context, req mcp.CallToolRequest) func(string) {
	if req.Params.Meta == nil || req.Params.Meta.ProgressToken == nil {
		return func(string) {}
	}
	s := server.ServerFromContext(ctx)
	n := 0
	return func(line string) {
		n++
		// A client that went away is no failure of the work.
		_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{
			"progressToken": req.Params.Meta.ProgressToken, "progress": n, "message": line,
		})
	}
}

// input is a call's checked arguments.
type input map[string]any

func (in input) text(name string) string { s, _ := in[name].(string); return s }
func (in input) flag(name string) bool   { b, _ := in[name].(bool); return b }
func (in input) list(name string) []string {
	l, _ := in[name].([]string)
	return l
}

// check decodes the arguments by the tool's own list and says what is wrong in
// words that help: the name, what it must be, and the nearest allowed name.
func (t tool) check(raw map[string]any) (input, error) {
	known := map[string]arg{}
	var names []string
	for _, a := range t.args {
		known[a.name] = a
		names = append(names, a.name)
	}
	given := make([]string, 0, len(raw))
	for name := range raw {
		given = append(given, name)
	}
	sort.Strings(given)
	in := input{}
	for _, name := range given {
		a, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("there is no argument %q%s; allowed are %s", name, didYouMean(name, names), strings.Join(names, ", "))
		}
		v, err := a.decode(raw[name])
		if err != nil {
			return nil, err
		}
		if v != nil {
			in[name] = v
		}
	}
	for _, a := range t.args {
		if a.required && strings.TrimSpace(in.text(a.name)) == "" {
			return nil, fmt.Errorf("the argument %s is missing or empty: %s", a.name, a.description)
		}
	}
	return in, nil
}

// decode accepts the declared type, and what models commonly send instead of
// it: "true" for true, a single string for a list, null for nothing.
func (a arg) decode(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch a.kind {
	case "string":
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("the argument %s must be a string, not %s", a.name, typeName(v))
		}
		if len(a.allowed) > 0 && s != "" && !slices.Contains(a.allowed, s) {
			return nil, fmt.Errorf("the argument %s is %q; allowed are %s", a.name, s, strings.Join(a.allowed, ", "))
		}
		return s, nil
	case "boolean":
		switch b := v.(type) {
		case bool:
			return b, nil
		case string:
			if b == "true" || b == "false" {
				return b == "true", nil
			}
		}
		return nil, fmt.Errorf("the argument %s must be true or false, not %s", a.name, typeName(v))
	case "strings":
		switch l := v.(type) {
		case string:
			return []string{l}, nil
		case []any:
			out := []string{}
			for i, x := range l {
				s, ok := x.(string)
				if !ok {
					return nil, fmt.Errorf("the argument %s[%d] must be a string, not %s", a.name, i, typeName(x))
				}
				out = append(out, s)
			}
			return out, nil
		}
		return nil, fmt.Errorf("the argument %s must be a list of strings, not %s", a.name, typeName(v))
	case "object":
		switch o := v.(type) {
		case map[string]any:
			return string(marshal(o)), nil
		case string: // models send the JSON as text, too
			return o, nil
		}
		return nil, fmt.Errorf("the argument %s must be an object, not %s", a.name, typeName(v))
	}
	names := map[string]string{}
	m, ok := v.(map[string]any)
	for _, key := range a.allowed {
		name, isText := m[key].(string)
		ok = ok && isText
		names[key] = name
	}
	if !ok || len(m) != len(a.allowed) {
		return nil, fmt.Errorf(`the argument %s must be an object with the strings %s`, a.name, joined(a.allowed))
	}
	return names, nil
}

// joined lists words with "and" before the last.
func joined(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64, int, json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a value of another type"
}

func didYouMean(name string, names []string) string {
	if n := nearest.Close(name, names); n != "" {
		return fmt.Sprintf(" (did you mean %s?)", n)
	}
	return ""
}
