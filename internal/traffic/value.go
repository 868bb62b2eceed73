package traffic

import (
	"fmt"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// kind is what an expression stands for while a request is followed.
type kind uint8

const (
	unknown     kind = iota
	constant         // c: a string, a float64, a bool, or nil for null and undefined
	given            // a part of what the client sends: at
	joined           // texts and parts, one after the other: items
	segments         // the path from a segment on, split at "/": lead empty ones, then from at.index
	record           // { … }: fields; open when it may have more
	array            // [ … ], new Set([ … ]): items
	closure          // fn, with the this that it closes over in of
	object           // an instance of class
	classes          // the class itself
	request          // in
	address          // a URL: in.path, in.query
	query            // its search parameters: in
	headers          // of the request in
	pattern          // a regular expression: text
	urlPattern       // a URLPattern of a pathname: text
	matched          // what matching gave: items are the groups, fields the named ones
	bindings         // env
	namespace        // env.ROOM: name
	identity         // of a namespace, by the name in of
	stub             // the same
	response         // status
	router           // node is where it was made
	honoContext      // Hono's c: in
	incoming         // its c.req: in
	bag              // all query parameters, form fields or the like: at.root
	sized            // the length of of
	imported         // name of a package's export
)

// value is an expression's meaning. The zero value is unknown.
type value struct {
	kind   kind
	c      any
	at     place
	num    bool // of given: made a number
	items  []value
	fields map[string]value
	open   bool
	fn     *model.Func
	class  *model.Class
	node   syntax.Node
	in     *message
	text   string
	name   string
	status int
	lead   int
	of     *value
}

// message is a request on its way: what the client sent, or what the code has
// made of it.
type message struct {
	path   value
	method value
	query  map[string]value // fixed parameters, or nil for the client's
	params map[string]value // what a router found in the path
	body   *value           // a body that the code gives, or nil for the client's
	plain  bool             // the code gives no headers of the client
}

// place is a part of what the client sends: "method", a path "segment" by index
// or the "rest" from it on, a "query" parameter, a "header", the "text" of a
// body, or a member of the "body", the "form", the socket's "message" (and
// "data", the message as JSON) or an "arg" by index.
type place struct {
	root  string
	index int
	keys  string // names of members, each after a "."; or the one name
}

func (p place) String() string { return p.root + strconv.Itoa(p.index) + p.keys }

// member is the part of a part of JSON.
func (p place) member(key string) place {
	p.keys += "." + key
	return p
}

// tree reports a part that can have members.
func (p place) tree() bool {
	return p.root == "body" || p.root == "form" || p.root == "data" || p.root == "arg"
}

func text(s string) value        { return value{kind: constant, c: s} }
func number(f float64) value     { return value{kind: constant, c: f} }
func truth(b bool) value         { return value{kind: constant, c: b} }
func nothing() value             { return value{kind: constant} }
func part(p place) value         { return value{kind: given, at: p} }
func segment(i int) value        { return part(place{root: "segment", index: i}) }
func rest(i int) value           { return part(place{root: "rest", index: i}) }
func named(root, n string) value { return part(place{root: root, keys: n}) }

// literal is a constant's text as JavaScript inserts it.
func literal(c any) string {
	switch c := c.(type) {
	case string:
		return c
	case float64:
		return strconv.FormatFloat(c, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(c)
	}
	return "null"
}

// truthy is a constant's truth.
func truthy(c any) bool {
	switch c := c.(type) {
	case string:
		return c != ""
	case float64:
		return c != 0
	case bool:
		return c
	case []any, map[string]any:
		return true
	}
	return false
}

// join puts values after each other as text.
func join(items ...value) value {
	var out []value
	for _, v := range items {
		parts := []value{v}
		if v.kind == joined {
			parts = v.items
		}
		for _, p := range parts {
			if p.kind == constant {
				s := literal(p.c)
				if s == "" {
					continue
				}
				if n := len(out); n > 0 && out[n-1].kind == constant {
					out[n-1] = text(literal(out[n-1].c) + s)
					continue
				}
				p = text(s)
			}
			out = append(out, p)
		}
	}
	switch len(out) {
	case 0:
		return text("")
	case 1:
		return out[0]
	}
	return value{kind: joined, items: out}
}

// wholePath is the path of a request that nothing has changed.
func wholePath() value { return join(text("/"), rest(1)) }

// fromClient reports a value that something the client sends decides.
func (v value) fromClient(depth int) bool {
	if depth > 4 {
		return false
	}
	switch v.kind {
	case given, segments, request, address, query, headers, matched, honoContext, incoming, bag, sized:
		return true
	}
	for _, i := range v.items {
		if i.fromClient(depth + 1) {
			return true
		}
	}
	for _, f := range v.fields {
		if f.fromClient(depth + 1) {
			return true
		}
	}
	return v.of != nil && v.of.fromClient(depth+1)
}

// key tells values apart that conditions are about.
func (v value) key() string {
	switch v.kind {
	case constant:
		return fmt.Sprintf("%T %v", v.c, v.c)
	case given:
		return v.at.String()
	case sized:
		return "len " + v.of.key()
	case joined:
		var b strings.Builder
		for _, i := range v.items {
			b.WriteString(i.key())
			b.WriteByte('+')
		}
		return b.String()
	}
	return strconv.Itoa(int(v.kind))
}
