package blueprint

import (
	"fmt"
	"slices"
)

// operation is what the router can reach: its pattern, its usual routes in
// order of preference, and what it does.
type operation struct {
	op     Op
	kind   Kind
	method string
	paths  []string
	what   string
}

var operations = []operation{
	{ChatConnect, Chat, "GET", []string{"/ws"}, "opens a WebSocket (Upgrade: websocket)"},
	{ChatCount, Chat, "GET", []string{"/count", "/messages/count"}, "number of messages so far"},
	{CounterAdd, Counter, "POST", []string{"/increment", "/counter/increment"}, "adds to the counter"},
	{CounterRead, Counter, "GET", []string{"/value", "/counter"}, "value of the counter"},
	{RateCheck, RateLimit, "POST", []string{"/check", "/limit/check"}, "takes one from the allowance, or answers 429"},
	{RateUsage, RateLimit, "GET", []string{"/usage", "/limit/usage"}, "how much of the allowance is used"},
	{LockAcquire, Lock, "POST", []string{"/acquire", "/lock/acquire"}, "takes the lease, or answers 409"},
	{LockRenew, Lock, "POST", []string{"/renew", "/lock/renew"}, "extends a lease that is still held"},
	{LockRelease, Lock, "POST", []string{"/release", "/lock/release"}, "gives the lease back"},
	{LockStatus, Lock, "GET", []string{"/lock", "/lock/status"}, "who holds the lease"},
	{ScheduleAdd, Schedule, "POST", []string{"/events", "/schedule/events"}, "plans an event, once per id"},
	{ScheduleList, Schedule, "GET", []string{"/events", "/schedule/events"}, "pending and recently run events"},
	{ScheduleCancel, Schedule, "DELETE", []string{"/events", "/schedule/events"}, "cancels a pending event"},
	{StateRead, State, "GET", []string{"/state", "/state/value"}, "value of a key"},
	{StateWrite, State, "PUT", []string{"/state", "/state/value"}, "stores a JSON value under a key"},
	{StateRemove, State, "DELETE", []string{"/state", "/state/value"}, "removes a key"},
}

func operationOf(op Op) (operation, bool) {
	i := slices.IndexFunc(operations, func(o operation) bool { return o.op == op })
	if i < 0 {
		return operation{}, false
	}
	return operations[i], true
}

// reached reports whether an operation has a route of its own in this
// blueprint: a limit that guards messages is not asked for by callers.
func (b *Blueprint) reached(o operation) bool {
	p, ok := b.Pattern(o.kind)
	return ok && (o.kind != RateLimit || p.Guards == "")
}

// normalizeRoutes checks the given routes and adds the usual route of every
// operation that has none, keeping method and path unique.
func (b *Blueprint) normalizeRoutes() error {
	taken := map[string]bool{}
	given := map[Op]Route{}
	for i, r := range b.Routes {
		o, ok := operationOf(r.Op)
		switch {
		case !ok:
			return fmt.Errorf("routes[%d].op is %q, which no pattern has", i, r.Op)
		case !b.reached(o):
			return fmt.Errorf("routes[%d].op is %q, but the blueprint has no %s pattern that callers reach", i, r.Op, o.kind)
		case !slices.Contains(methods, r.Method):
			return fmt.Errorf("routes[%d].method is %q; allowed are GET, POST, PUT, PATCH and DELETE", i, r.Method)
		case r.Op == ChatConnect && r.Method != "GET":
			return fmt.Errorf("routes[%d].method is %q; a WebSocket upgrade is a GET", i, r.Method)
		case takesBody(r.Op) && r.Method == "GET":
			return fmt.Errorf("routes[%d].method is GET, but %s changes state; use POST, PUT, PATCH or DELETE", i, r.Op)
		case len(r.Path) > maxPath || !pathShape.MatchString(r.Path):
			return fmt.Errorf("routes[%d].path is %q; a path is made of /letters, digits, _ . and -, with no parameters (the object is chosen by ?%s=)", i, r.Path, b.Key)
		case taken[r.Method+" "+r.Path]:
			return fmt.Errorf("routes[%d] is %s %s a second time", i, r.Method, r.Path)
		}
		if _, twice := given[r.Op]; twice {
			return fmt.Errorf("routes[%d] is a second route of %s; an operation has one", i, r.Op)
		}
		taken[r.Method+" "+r.Path] = true
		r.What = o.what
		given[r.Op] = r
	}
	var all []Route
	for _, o := range operations {
		if !b.reached(o) {
			continue
		}
		if r, ok := given[o.op]; ok {
			all = append(all, r)
			continue
		}
		path, ok := freePath(o, taken)
		if !ok {
			return fmt.Errorf("no free path for %s: %v are taken by other routes; give it one in routes", o.op, o.paths)
		}
		taken[o.method+" "+path] = true
		all = append(all, Route{Method: o.method, Path: path, Op: o.op, What: o.what})
	}
	b.Routes = all
	return nil
}

func freePath(o operation, taken map[string]bool) (string, bool) {
	for _, p := range o.paths {
		if !taken[o.method+" "+p] {
			return p, true
		}
	}
	return "", false
}

// takesBody reports whether an operation changes state, so that a GET would be
// wrong for it.
func takesBody(op Op) bool {
	o, _ := operationOf(op)
	return o.method != "GET"
}
