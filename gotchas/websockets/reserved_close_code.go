package websockets

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var reservedCloseCode = &analysis.Gotcha{
	ID:       "ws-reserved-close-code",
	Title:    "The received close code is passed to close(), which throws for 1005 and 1006",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A browser's plain close() arrives as 1005 and a lost connection as 1006. Both only describe and cannot be sent: close() throws InvalidAccessError, " +
		"the handshake is not completed, and the rest of the handler does not run.",
	Fix: "Call ws.close() without a code, or replace 1004, 1005, 1006 and 1015 with 1000.",
	Fine: []string{
		"A constant code such as 1000, 1008, 1011 or 4000 to 4999.",
		"A code that is mapped or tested first, by a condition, a list, a Set or a helper function.",
		"A catch around it that closes again without the code.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: close(code) throws \"InvalidAccessError: Invalid WebSocket close code\" for codes below 1000, for 1004, 1005, 1006 and 1015, and above 4999; every other code and no code are accepted.",
		"github.com/cloudflare/partykit pull requests 389 and 393",
	},
	Check: checkReservedCloseCode,
}

// unsendable codes make close() throw.
func unsendable(code float64) bool {
	return code < 1000 || code > 4999 || code == 1004 || code == 1005 || code == 1006 || code == 1015
}

// arriving are the unsendable codes that every deployment sees.
var arriving = []float64{1005, 1006}

func checkReservedCloseCode(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file closes a WebSocket with a code.")
	received := func(code float64) []known { return []known{{}, {kind: number, number: code}} }
	for _, c := range p.Objects() {
		if f := closeHandler(c); f != nil {
			checkEcho(p, f, received)
		}
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if name, _ := p.Module.Text(model.Argument(s.Node, 0)); name == "close" && calls(s.Op, "addEventListener") {
					if f := p.Module.Eval(model.Argument(s.Node, 1)).Func; f != nil {
						checkEcho(p, f, func(code float64) []known { return []known{{kind: event, number: code}} })
					}
				}
				if code, ok := p.Module.Number(model.Argument(s.Node, 0)); ok && s.Kind == model.OpSocket && s.Method == "close" {
					if unsendable(code) {
						p.Error(s.Node, fmt.Sprintf("close(%g) throws InvalidAccessError: this code cannot be sent.", code), "Use 1000, or 4000 to 4999 for a meaning of your own.")
					} else {
						p.Guard(s.Node, "A constant code that may be sent.")
					}
				}
			}
		}
	}
	for _, f := range p.Module.Funcs {
		if passedOn(p.Module, f) {
			checkEcho(p, f, received)
		}
	}
}

// closeHandler is the member that is run when a client closes: the platform's, or
// the one that a framework calls in its place.
func closeHandler(c *model.Class) *model.Func {
	if c.Framework == "" {
		return c.Member("webSocketClose")
	}
	return c.Member("onClose")
}

var (
	handlerName = regexp.MustCompile(`(?i)^_?#?(on|handle|web_?socket).*clos|clos(e|ed)handler$`)
	codeName    = regexp.MustCompile(`(?i)^_?(close_?|status_?)?code$`)
)

// passedOn reports a function that is written to be given a close event by an
// object elsewhere: nothing at hand calls it, it is named like a handler, and it
// takes the socket and the code in the platform's order.
func passedOn(m *model.Module, f *model.Func) bool {
	if len(f.Params) < 2 || !handlerName.MatchString(f.Name) || !codeName.MatchString(name(f.Params[1]).Text()) {
		return false
	}
	if c := f.Class; c != nil && c.Object != "" && !c.Lent && closeHandler(c) == f {
		return false // looked at as what it is
	}
	return !invoked(m, f)
}

// checkEcho follows a close handler for each code that arrives and cannot be
// sent, up to its calls of close.
func checkEcho(p *analysis.Pass, handler *model.Func, args func(code float64) []known) {
	steps := p.Module.Expand(handler)
	for i, s := range steps {
		if s.Method != "close" || s.Kind != model.OpSocket && s.Kind != model.OpCall {
			continue
		}
		exposed(p)
		arg := model.Argument(s.Node, 0)
		if !arg.OK() {
			p.Guard(s.Node, "Without a code, close() cannot throw.")
			continue
		}
		var throws []string
		echoes := false
		for _, code := range arriving {
			w := &what{m: p.Module, args: map[*model.Func][]known{handler: args(code)}}
			w.enter(s.Calls)
			v := w.is(arg, 0)
			echoes = echoes || w.about(arg)
			if v.kind == number && unsendable(v.number) && w.reaches(steps, i) == mayRun {
				throws = append(throws, fmt.Sprintf("%g", code))
			}
		}
		switch {
		case len(throws) > 0:
			reportEcho(p, s, handler, arg, strings.Join(throws, " and "))
		case echoes:
			p.Guard(s.Node, "Codes that cannot be sent are kept from this call.")
		}
	}
}

func reportEcho(p *analysis.Pass, s model.Step, handler *model.Func, arg syntax.Node, codes string) {
	message := fmt.Sprintf("%s is passed on to close(), which throws when it is %s.", analysis.Short(arg), codes)
	c := handler.Class
	switch try := s.Within(model.Try); {
	case c != nil && c.Framework != "" && try == nil:
		p.Warn(s.Node, message+fmt.Sprintf(" %s then closes the socket by itself, but what follows in %s does not run.", c.Framework, handler.Name), "", sendable(arg)...)
	case try == nil:
		p.Error(s.Node, message, "", sendable(arg)...)
	case closesAgain(try.Node.Child(syntax.FieldHandler)):
		p.Guard(s.Node, "Where the code cannot be sent, the catch closes without it.")
	case p.Since(autoReplyDate) && !manualReply(p):
		p.Advise(s.Node, message+" The catch hides that.", "", sendable(arg)...)
	default:
		p.Warn(s.Node, message+" The catch hides that, and the client's close stays unanswered.", "", sendable(arg)...)
	}
}

// closesAgain reports a catch clause that calls close itself.
func closesAgain(catch syntax.Node) bool {
	for n := range catch.Descendants() {
		if n.Is(syntax.CallExpression) {
			if object, method := model.Callee(n); object.OK() && method == "close" {
				return true
			}
		}
	}
	return false
}

// sendable puts 1000 in the place of the codes that arrive and cannot be sent;
// all others still reach the client.
func sendable(code syntax.Node) []analysis.Edit {
	if !code.Is(syntax.Identifier, syntax.MemberExpression) {
		return nil
	}
	return []analysis.Edit{analysis.Replace(code, fmt.Sprintf("%s === 1005 || %s === 1006 ? 1000 : %s", code.Text(), code.Text(), code.Text()))}
}
