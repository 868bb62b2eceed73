package traffic

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

func stepText(s scenario.Step) string {
	switch {
	case s.HTTP != nil:
		return httpText(s.HTTP)
	case s.RPC != nil:
		return rpcText(s.RPC)
	case s.Open != nil:
		return "open " + s.Open.Socket + " " + s.Open.Class + s.Open.Path + headerText(s.Open.Headers)
	case s.Send != nil:
		return "send " + s.Send.Socket + " " + s.Send.Text + string(s.Send.JSON)
	case s.Close != nil:
		return "close " + s.Close.Socket
	case s.Advance != nil:
		return fmt.Sprint("advance ", s.Advance.MS)
	case s.Burst != nil:
		if s.Burst.HTTP != nil {
			return fmt.Sprint(s.Burst.Count, " x ", httpText(s.Burst.HTTP))
		}
		if s.Burst.RPC != nil {
			return fmt.Sprint(s.Burst.Count, " x ", rpcText(s.Burst.RPC))
		}
		return fmt.Sprint("each ", len(s.Burst.Each))
	}
	return "?"
}

func httpText(h *scenario.HTTP) string {
	hd := headerText(h.Headers)
	return strings.TrimSpace(h.Class + " " + h.MethodOrGet() + " " + h.Path + hd + " " + string(h.JSON) + h.Body)
}

func rpcText(r *scenario.RPC) string {
	var args []string
	for _, a := range r.Args {
		args = append(args, string(a))
	}
	o := ""
	if r.Object != "" {
		o = "(" + r.Object + ")"
	}
	return r.Class + o + "." + r.Method + "(" + strings.Join(args, ", ") + ")"
}

func headerText(h map[string]string) string {
	if len(h) == 0 {
		return ""
	}
	return " " + fmt.Sprint(h)
}
