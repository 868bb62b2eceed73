package blueprint

import (
	"fmt"
	"slices"
	"strings"
)

// operation is what the router can reach: its usual routes in order of
// preference, what it does, and how a spec speaks of it.
type operation struct {
	op     Op
	kind   Kind
	of     string // the collection that it works on
	method string
	paths  []string
	what   string
	// item is the parameter that names what the operation works on inside the
	// object, in the path or else in the query; "" if there is none.
	item string
	// words of a path or clause speak for the operation. They match as
	// beginnings: "vote" speaks through "votes" as well.
	words   []string
	answers string // the members of its JSON answer
}

// operations lists what callers can reach in this blueprint, in its order.
func (b *Blueprint) operations() []operation {
	var all []operation
	for i := range b.Patterns {
		p := &b.Patterns[i]
		d := definitionOf(p.Kind)
		if d == nil {
			continue
		}
		for _, o := range d.operations {
			if p.offers(o.op) && (o.op != FeedConnect || !b.Has(Chat)) { // beside a chat its sockets hear
				all = append(all, p.named(o))
			}
		}
	}
	return all
}

// offers reports whether the pattern, as its parameters have it, has an
// operation for callers.
func (p *Pattern) offers(op Op) bool {
	switch op {
	case RateCheck, RateUsage:
		return p.Guards == "" // a limit on messages is nothing that callers ask for
	case ChatHistory:
		return p.History > 0
	case ChatMembers:
		return p.Presence
	}
	return true
}

// named gives a collection's operation the collection's own words.
func (p *Pattern) named(o operation) operation {
	if p.Kind != Collection {
		return o
	}
	o.of = p.Name
	paths := make([]string, len(o.paths))
	for i, path := range o.paths {
		paths[i] = strings.ReplaceAll(path, "{items}", strings.ReplaceAll(Plural(p.Name), "_", "-"))
	}
	o.paths = paths
	o.what = strings.NewReplacer("{items}", words(Plural(p.Name)), "{item}", words(p.Name), "{an}", Article(p.Name)).Replace(o.what)
	o.words = append(slices.Clone(o.words), strings.ReplaceAll(p.Name, "_", "-"), stem(p.Name))
	return o
}

// Item is the name of the parameter that says which item an operation is about,
// "" if it is about none.
func Item(op Op) string {
	for _, d := range definitions {
		for _, o := range d.operations {
			if o.op == op {
				return o.item
			}
		}
	}
	return ""
}

// words writes a name for people: line_item → line item.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// Article is a noun with its article, as people write it.
func Article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + words(noun)
	}
	return "a " + words(noun)
}

// stem is the beginning that a noun and its plural share.
func stem(noun string) string { return strings.TrimSuffix(noun, "y") }

func (b *Blueprint) operation(op Op, of string) (operation, bool) {
	for _, o := range b.operations() {
		if o.op == op && o.of == of {
			return o, true
		}
	}
	return operation{}, false
}

// normalizeRoutes checks the given routes and adds the usual route of every
// operation that has none, keeping method and path unique.
func (b *Blueprint) normalizeRoutes() error {
	taken := map[string]bool{}
	given := map[string]Route{}
	for i, r := range b.Routes {
		o, ok := b.operation(r.Op, r.Of)
		switch {
		case !ok:
			return fmt.Errorf("routes[%d].op is %q%s, which this blueprint does not have; it has %s", i, r.Op, ofWhat(r.Of), b.opNames())
		case !slices.Contains(methods, r.Method):
			return fmt.Errorf("routes[%d].method is %q; allowed are GET, POST, PUT, PATCH and DELETE", i, r.Method)
		case (r.Op == ChatConnect || r.Op == RelayConnect || r.Op == FeedConnect) && r.Method != "GET":
			return fmt.Errorf("routes[%d].method is %q; a WebSocket upgrade is a GET", i, r.Method)
		case o.method != "GET" && r.Method == "GET":
			return fmt.Errorf("routes[%d].method is GET, but %s changes state; use POST, PUT, PATCH or DELETE", i, r.Op)
		case len(r.Path) > maxPath || !pathShape.MatchString(r.Path):
			return fmt.Errorf("routes[%d].path is %q; a path is made of /letters, digits, _ . and -, and of parameters such as /:%s", i, r.Path, b.Key)
		}
		seen := map[string]bool{}
		for _, p := range params(r.Path) {
			if p != b.Key && (o.item == "" || p != o.item) {
				allowed := ":" + b.Key
				if o.item != "" {
					allowed += " and :" + o.item
				}
				return fmt.Errorf("routes[%d].path has the parameter :%s; allowed here are %s", i, p, allowed)
			}
			if seen[p] {
				return fmt.Errorf("routes[%d].path has the parameter :%s twice", i, p)
			}
			seen[p] = true
		}
		if taken[r.key()] {
			return fmt.Errorf("routes[%d] is %s %s a second time", i, r.Method, r.Path)
		}
		id := string(r.Op) + " " + r.Of
		if _, twice := given[id]; twice {
			return fmt.Errorf("routes[%d] is a second route of %s; an operation has one", i, r.Op)
		}
		taken[r.key()] = true
		r.What = o.what
		given[id] = r
	}
	var all []Route
	for _, o := range b.operations() {
		if r, ok := given[string(o.op)+" "+o.of]; ok {
			all = append(all, r)
			continue
		}
		r, ok := b.freeRoute(o, taken)
		if !ok {
			return fmt.Errorf("no free path for %s%s: %v are taken by other routes; give it one in routes", o.op, ofWhat(o.of), o.paths)
		}
		taken[r.key()] = true
		all = append(all, r)
	}
	b.Routes = all
	return nil
}

func ofWhat(of string) string {
	if of == "" {
		return ""
	}
	return fmt.Sprintf(" of %q", of)
}

func (b *Blueprint) opNames() string {
	var names []string
	for _, o := range b.operations() {
		names = append(names, string(o.op)+ofWhat(o.of))
	}
	return strings.Join(names, ", ")
}

// freeRoute is the usual route of an operation. Beside routes of the same
// pattern that are given with the object in the path, it has the object there too.
func (b *Blueprint) freeRoute(o operation, taken map[string]bool) (Route, bool) {
	prefix := b.objectPath()
	for _, p := range o.paths {
		r := Route{Method: o.method, Path: prefix + p, Op: o.op, Of: o.of, What: o.what}
		if !taken[r.key()] {
			return r, true
		}
	}
	return Route{}, false
}

// objectPath is the beginning with which the given routes name the object
// ("/rooms/:room"), "" if they have none or several.
func (b *Blueprint) objectPath() string {
	found := ""
	for _, r := range b.Routes {
		at := strings.Index(r.Path+"/", "/:"+b.Key+"/")
		if at < 0 {
			return ""
		}
		prefix := r.Path[:at+len("/:"+b.Key)]
		if found != "" && found != prefix {
			return ""
		}
		found = prefix
	}
	return found
}

// key is what makes a route the same as another: parameters match anything.
func (r Route) key() string {
	return r.Method + " " + paramShape.ReplaceAllString(r.Path, "/:")
}

// Param reports whether the route's path has a parameter.
func (r Route) Param(name string) bool { return slices.Contains(params(r.Path), name) }

// params are the names of a path's parameters.
func params(path string) []string {
	var names []string
	for _, m := range paramShape.FindAllStringSubmatch(path, -1) {
		names = append(names, m[1])
	}
	return names
}
