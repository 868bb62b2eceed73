package websockets

import (
	"fmt"
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
	for _, c := range p.Objects() {
		if f := c.Member("webSocketClose"); f != nil && c.Framework == "" {
			checkEcho(p, f, func(code float64) []known { return []known{{}, {kind: number, number: code}} })
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
			reportEcho(p, s, arg, strings.Join(throws, " and "))
		case echoes:
			p.Guard(s.Node, "Codes that cannot be sent are kept from this call.")
		}
	}
}

func reportEcho(p *analysis.Pass, s model.Step, arg syntax.Node, codes string) {
	message := fmt.Sprintf("%s is passed on to close(), which throws when it is %s.", analysis.Short(arg), codes)
	if s.Within(model.Try) != nil {
		p.Warn(s.Node, message+" The catch hides that, and the client's close stays unanswered unless close() is called again there.", "", sendable(arg)...)
		return
	}
	p.Error(s.Node, message, "", sendable(arg)...)
}

// sendable puts 1000 in the place of the codes that arrive and cannot be sent;
// all others still reach the client.
func sendable(code syntax.Node) []analysis.Edit {
	if !code.Is(syntax.Identifier, syntax.MemberExpression) {
		return nil
	}
	return []analysis.Edit{analysis.Replace(code, fmt.Sprintf("%s === 1005 || %s === 1006 ? 1000 : %s", code.Text(), code.Text(), code.Text()))}
}
