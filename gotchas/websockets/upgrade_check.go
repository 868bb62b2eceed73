package websockets

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var upgradeCheck = &analysis.Gotcha{
	ID:       "ws-upgrade-check",
	Title:    "The WebSocket upgrade is not checked, not answered with 101, or lost on the way",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A request without \"Upgrade: websocket\" cannot become a WebSocket, so the socket made for it is accepted and never used. " +
		"The response must have status 101, and the header is lost when a Worker builds a new request from the URL alone.",
	Fix: "Answer 426 unless request.headers.get(\"Upgrade\") is \"websocket\"; return new Response(null, { status: 101, webSocket: client }); forward with stub.fetch(request).",
	Fine: []string{
		"A check in the Worker, in a helper or before the object is called. A missing check is advice, because a caller that is not reviewed may have it.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: a plain request that is answered with a socket gets status 500, and the accepted socket stays in getWebSockets().",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"github.com/cloudflare/workerd/blob/main/src/workerd/api/http.c++ (responses with a webSocket)",
	},
	Check: checkUpgradeCheck,
}

func checkUpgradeCheck(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file answers with a WebSocket.")
	checked := upgradeText(p)
	answers := false
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for i, s := range r.steps {
				if s.Kind != model.OpNew || s.Method != "Response" || !webSocketOption(p.Module, s.Node).OK() {
					continue
				}
				exposed(p)
				answers = true
				checkStatus(p, s)
				if c.Framework != "" {
					continue
				}
				if checked.OK() {
					p.Guard(checked, "Only requests for an upgrade get a socket.")
				} else if r.root.Name == "fetch" && len(p.Module.Conditions(r.steps, i)) > 0 {
					p.Advise(s.Node, fmt.Sprintf("%s answers a request of this route with a socket whether or not it asks for an upgrade.", c.Name), "")
				} else if r.root.Name == "fetch" {
					p.Advise(s.Node, fmt.Sprintf("%s answers every request with a socket, and the reviewed code never looks at the Upgrade header. This is no problem if the caller checks it.", c.Name), "")
				}
				if r.root.Kind == model.Method && !model.Handlers[r.root.Name] && !r.root.Hidden && !r.root.Restricted && len(s.Calls) == 0 && !invoked(p.Module, r.root) {
					p.Warn(s.Node, fmt.Sprintf("If %s is called over RPC this fails: a socket can only travel in the response of fetch.", r.root.Name),
						"Upgrade in fetch, and call it with stub.fetch(request).")
				}
			}
		}
	}
	if checked.OK() {
		checkCase(p)
		checkForwarding(p, answers)
	}
}

// checkCase reports a comparison of the header with text in another case than the
// one that clients send.
func checkCase(p *analysis.Pass) {
	for _, f := range p.Module.Funcs {
		for n := range f.Body.Descendants() {
			if !n.Is(syntax.BinaryExpression) || p.Module.FuncAt(n) != f {
				continue
			}
			for _, side := range [][2]syntax.Field{{syntax.FieldLeft, syntax.FieldRight}, {syntax.FieldRight, syntax.FieldLeft}} {
				text, ok := p.Module.Text(n.Child(side[1]))
				if ok && text != "websocket" && strings.EqualFold(text, "websocket") && readsUpgrade(p.Module, n.Child(side[0]), 0) {
					p.Error(n, fmt.Sprintf("Clients send \"websocket\" in lower case, so %s treats every upgrade as none.", analysis.Short(n)), "Compare with \"websocket\", after toLowerCase() if you like.",
						analysis.Replace(n.Child(side[1]), "\"websocket\""))
				}
			}
		}
	}
}

// readsUpgrade reports headers.get("Upgrade"), itself or by a variable, with its
// case unchanged.
func readsUpgrade(m *model.Module, n syntax.Node, depth int) bool {
	n = model.Unwrap(n)
	if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && depth < 4 {
		return readsUpgrade(m, b.Init, depth+1)
	}
	if !n.Is(syntax.CallExpression) {
		return false
	}
	name, _ := m.Text(model.Argument(n, 0))
	return strings.EqualFold(name, "upgrade")
}

// upgradeText is the first place in the reviewed files that names the header.
func upgradeText(p *analysis.Pass) syntax.Node {
	for _, m := range append([]*model.Module{p.Module}, p.Modules...) {
		if n := model.Memo(m, "websockets: upgrade", func() syntax.Node { return namedHeader(m) }); n.OK() {
			return n
		}
	}
	return syntax.Node{}
}

func namedHeader(m *model.Module) syntax.Node {
	for n := range m.OfKind(syntax.String) {
		if strings.EqualFold(strings.Trim(n.Text(), "\"'`"), "upgrade") {
			return n
		}
	}
	return syntax.Node{}
}

// checkStatus reports a response with a socket whose status is certainly not 101.
func checkStatus(p *analysis.Pass, s model.Step) {
	if init := initOf(p.Module, s.Node); !init.Is(syntax.Object) || init.FirstOf(syntax.SpreadElement).OK() {
		return
	}
	status := option(p.Module, s.Node, "status")
	code, known := p.Module.Number(status)
	switch {
	case !status.OK():
		p.Error(s.Node, "A response with a webSocket needs status 101; without it the constructor throws.", "")
	case known && code != 101:
		p.Error(s.Node, fmt.Sprintf("A response with a webSocket needs status 101, not %g; the constructor throws.", code), "")
	}
}

// checkForwarding reports a Worker that has checked for an upgrade, or that stands
// before an object which does, and answers with what the object says to a request
// made of the URL alone.
func checkForwarding(p *analysis.Pass, answers bool) {
	own := forwardsOf(p.Module)
	if len(own.bare) == 0 {
		return
	}
	somewhere := slices.ContainsFunc(p.Modules, func(m *model.Module) bool { return len(forwardsOf(m).whole) > 0 })
	for _, op := range own.bare {
		arg := analysis.Short(model.Argument(op.Node, 0))
		switch {
		case namesUpgrade(op.Func.Body) && !own.whole[op.Func]:
			p.Error(op.Node, fmt.Sprintf("%s carries only the address, so the Upgrade header that was checked here does not reach the object.", arg), forwardFix)
		case answers && len(own.whole) == 0 && !somewhere:
			p.Warn(op.Node, fmt.Sprintf("%s carries only the address. Nothing in the reviewed code forwards the Upgrade header, which the object asks for, so no socket can be opened through it.", arg), forwardFix)
		}
	}
}

// forwards are the calls of fetch in a file, outside of objects.
type forwards struct {
	bare  []*model.Op          // answers of a stub that is given only an address
	whole map[*model.Func]bool // functions with a call that may carry the header
}

func forwardsOf(m *model.Module) forwards {
	return model.Memo(m, "websockets: forwards", func() forwards {
		out := forwards{whole: map[*model.Func]bool{}}
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if op.Method != "fetch" || !receiver(op).OK() {
					continue
				}
				switch c := m.Owner(f); {
				case c != nil && c.Object != "":
				case op.Kind != model.OpStub || !addressOnly(m, op):
					out.whole[f] = true
				case answer(op.Node):
					out.bare = append(out.bare, op)
				}
			}
		}
		return out
	})
}

// answer reports a call whose result is the function's own answer.
func answer(call syntax.Node) bool {
	n := call
	for p := n.Parent(); p.Is(syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression, syntax.AwaitExpression, syntax.TernaryExpression); p = n.Parent() {
		n = p
	}
	return n.Parent().Is(syntax.ReturnStatement) || n.Parent().Is(syntax.ArrowFunction) && n.Field() == syntax.FieldBody
}

const forwardFix = "Forward the request itself: stub.fetch(request), or new Request(url, request) to change the address."

// addressOnly reports stub.fetch(url) and stub.fetch(new Request(url)).
func addressOnly(m *model.Module, op *model.Op) bool {
	if model.Argument(op.Node, 1).OK() {
		return false
	}
	arg := model.Unwrap(model.Argument(op.Node, 0))
	if b := m.Resolve(arg); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
		arg = model.Unwrap(b.Init)
	}
	if arg.Is(syntax.NewExpression) && arg.Child(syntax.FieldConstructor).Text() == "Request" {
		if model.Argument(arg, 1).OK() {
			return false
		}
		arg = model.Argument(arg, 0)
	}
	return urlOnly(m, arg)
}

func namesUpgrade(n syntax.Node) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.String) && strings.EqualFold(strings.Trim(d.Text(), "\"'`"), "upgrade") {
			return true
		}
	}
	return false
}

// urlOnly reports text, request.url or a URL.
func urlOnly(m *model.Module, n syntax.Node) bool {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.String, syntax.TemplateString:
		return true
	case syntax.MemberExpression:
		return n.Child(syntax.FieldProperty).Text() == "url" && m.Eval(n.Child(syntax.FieldObject)).Kind == model.Request
	case syntax.NewExpression:
		return n.Child(syntax.FieldConstructor).Text() == "URL"
	case syntax.CallExpression:
		object, method := model.Callee(n)
		return object.OK() && method == "toString" && urlOnly(m, object)
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
			return urlOnly(m, b.Init)
		}
	}
	return false
}
