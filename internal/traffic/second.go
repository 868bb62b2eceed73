package traffic

import (
	"encoding/json"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

// otherText and thirdText are further names, for what must be told apart from
// keyText.
const (
	otherText = "beta"
	thirdText = "gamma"
)

// swapped puts each of the two names for the other one.
var swapped = strings.NewReplacer(keyText, otherText, otherText, keyText)

// others are the requests of a list under the second name, as far as they have
// one. The object is the same: it is named by objectName.
func others(list []sending) []sending {
	var out []sending
	for _, s := range list {
		if o, differs := s.other(); differs {
			out = append(out, o)
		}
	}
	return out
}

// other is the same request under the second name.
func (s sending) other() (o sending, differs bool) {
	swap := func(t string) string {
		u := swapped.Replace(t)
		differs = differs || u != t
		return u
	}
	o = s
	if s.http != nil {
		h := *s.http
		h.Path, h.Body = swap(h.Path), swap(h.Body)
		if h.JSON != nil {
			h.JSON = json.RawMessage(swap(string(h.JSON)))
		}
		o.http = &h
	}
	if s.rpc != nil {
		r := scenario.RPC{Class: s.rpc.Class, Object: s.rpc.Object, Method: s.rpc.Method}
		for _, a := range s.rpc.Args {
			r.Args = append(r.Args, json.RawMessage(swap(string(a))))
		}
		o.rpc = &r
	}
	return o, differs
}

// otherMessage is the same message under the second name.
func otherMessage(m scenario.Send) scenario.Send {
	m.Text = swapped.Replace(m.Text)
	if m.JSON != nil {
		m.JSON = json.RawMessage(swapped.Replace(string(m.JSON)))
	}
	return m
}
