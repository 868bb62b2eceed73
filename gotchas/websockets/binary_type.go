package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// binaryTypeDate is when binary messages of sockets with listeners began to arrive
// as Blobs.
const binaryTypeDate = "2026-03-17"

var binaryType = &analysis.Gotcha{
	ID:       "ws-binary-type",
	Title:    "A binary message is taken for an ArrayBuffer where it is a Blob, or the other way round",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "From compatibility date 2026-03-17 a listener receives binary messages as Blobs, as in browsers, unless binaryType is set: decoding one throws, new Uint8Array of one is empty, and a test for ArrayBuffer is false. " +
		"webSocketMessage of the hibernation API always receives an ArrayBuffer, which has no text() and no arrayBuffer().",
	Fix: "Set socket.binaryType = \"arraybuffer\" before the first message, and test typeof message === \"string\" first.",
	Fine: []string{
		"A listener that only reads text.",
		"A listener that takes both: data instanceof Blob ? await data.arrayBuffer() : data.",
		"Compatibility dates before 2026-03-17.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: webSocketMessage receives an ArrayBuffer at every compatibility date.",
		"developers.cloudflare.com/workers/configuration/compatibility-flags/ (websocket_standard_binary_type)",
	},
	Check: checkBinaryType,
}

func checkBinaryType(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file reads a binary WebSocket message.")
	for _, c := range p.Objects() {
		if f := c.Member("webSocketMessage"); f != nil && c.Framework == "" {
			reportUses(p, f, binaryUse{blob: true, report: p.Error, text: "%s treats the message as a Blob, but handlers of hibernating sockets receive an ArrayBuffer."},
				func(n syntax.Node, s model.Step) bool {
					b := parameter(p.Module, s, n, f)
					return b != nil && b.Index == 1
				})
		}
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if f := messageListener(p.Module, s); f != nil {
					checkListener(p, r, s, f)
				}
			}
		}
	}
}

// messageListener is the function that addEventListener("message", …) is given, or
// nil.
func messageListener(m *model.Module, s model.Step) *model.Func {
	if name, _ := m.Text(model.Argument(s.Node, 0)); !calls(s.Op, "addEventListener") || name != "message" {
		return nil
	}
	return m.Eval(model.Argument(s.Node, 1)).Func
}

func checkListener(p *analysis.Pass, r run, s model.Step, f *model.Func) {
	m := p.Module
	end, v := socketOf(m, s, receiver(s.Op))
	if !v.Is(model.PairServer, model.PairClient, model.Upstream, model.Socket) {
		return
	}
	for _, other := range r.steps {
		if accepts(other.Op) {
			if got, _ := socketOf(m, other, model.Argument(other.Node, 0)); got == end {
				return // it hibernates, so the listener is never called
			}
		}
	}
	if set := binaryTypeOf(m, s); set.OK() {
		p.Guard(set, "The kind of binary messages is chosen.")
		return
	}
	if strings.Contains(f.Body.Text(), "Blob") || strings.Contains(f.Body.Text(), ".arrayBuffer()") {
		return // it takes both
	}
	report := p.Warn
	if p.Config == nil {
		report = p.Advise // the date is not known
	}
	if !p.Since(binaryTypeDate) {
		return
	}
	reportUses(p, f, binaryUse{report: report, text: "%s expects an ArrayBuffer, but with this compatibility date a binary message arrives here as a Blob. This is no problem if only text is sent."},
		func(n syntax.Node, s model.Step) bool { return eventData(m, s, n, f) })
}

// binaryTypeOf finds an assignment of binaryType in the function of the step, or in
// those that called it.
func binaryTypeOf(m *model.Module, s model.Step) syntax.Node {
	regions := []syntax.Node{s.Func.Body}
	for _, c := range s.Calls {
		regions = append(regions, c.Func.Body)
	}
	for _, region := range regions {
		for n := range region.Descendants() {
			if left := model.Unwrap(n.Child(syntax.FieldLeft)); n.Is(syntax.AssignmentExpression) && left.Child(syntax.FieldProperty).Text() == "binaryType" {
				return n
			}
		}
	}
	return syntax.Node{}
}

// eventData reports event.data of a listener's event, or { data } of it.
func eventData(m *model.Module, s model.Step, n syntax.Node, listener *model.Func) bool {
	n = traced(m, s, n)
	if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldProperty).Text() == "data" {
		return parameter(m, s, n.Child(syntax.FieldObject), listener) != nil
	}
	b := m.Resolve(n)
	if b == nil || len(b.Path) != 1 || b.Path[0] != "data" {
		return false
	}
	return b.Param == listener || b.Init.OK() && parameter(m, s, b.Init, listener) != nil
}

// binaryUse is how a use of a message is looked for and told.
type binaryUse struct {
	blob   bool // of a Blob, not of an ArrayBuffer
	report func(at syntax.Node, message, fix string, edits ...analysis.Edit)
	text   string
}

// reportUses looks through a handler, and the functions that it calls, for uses of
// the message that only one kind of binary data has.
func reportUses(p *analysis.Pass, handler *model.Func, use binaryUse, message func(n syntax.Node, s model.Step) bool) {
	m := p.Module
	seen := map[*model.Func]bool{}
	for _, s := range m.Expand(handler) {
		if seen[s.Func] {
			continue
		}
		seen[s.Func] = true
		for n := range s.Func.Body.Descendants() {
			what := bufferUse(n)
			if use.blob {
				what = blobUse(n)
			}
			if what.OK() && m.FuncAt(n) == s.Func && message(what, s) {
				use.report(n, fmt.Sprintf(use.text, analysis.Short(n)), "")
			}
		}
	}
}

// bufferUse is the value that an expression uses as an ArrayBuffer: new
// Uint8Array(value), decoder.decode(value), value instanceof ArrayBuffer,
// value.byteLength.
func bufferUse(n syntax.Node) syntax.Node {
	switch n.Kind() {
	case syntax.NewExpression:
		switch n.Child(syntax.FieldConstructor).Text() {
		case "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "DataView":
			return model.Argument(n, 0)
		}
	case syntax.CallExpression:
		if object, method := model.Callee(n); method == "decode" || method == "from" && object.Text() == "Buffer" {
			return model.Argument(n, 0)
		}
	case syntax.BinaryExpression:
		if n.Operator() == "instanceof" && n.Child(syntax.FieldRight).Text() == "ArrayBuffer" {
			return n.Child(syntax.FieldLeft)
		}
	case syntax.MemberExpression:
		if n.Child(syntax.FieldProperty).Text() == "byteLength" {
			return n.Child(syntax.FieldObject)
		}
	}
	return syntax.Node{}
}

// blobUse is the value that an expression uses as a Blob: value instanceof Blob,
// value.text(), value.arrayBuffer(), value.stream().
func blobUse(n syntax.Node) syntax.Node {
	switch n.Kind() {
	case syntax.CallExpression:
		switch object, method := model.Callee(n); method {
		case "text", "arrayBuffer", "stream":
			return object
		}
	case syntax.BinaryExpression:
		if n.Operator() == "instanceof" && n.Child(syntax.FieldRight).Text() == "Blob" {
			return n.Child(syntax.FieldLeft)
		}
	}
	return syntax.Node{}
}
