package blueprint

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	routeText = lazyregexp.MustCompile(`(?i)\b(get|post|put|patch|delete)\s+(/[\w\-./:{}*]*)(\?[^\s,;]*)?`)
	pathText  = lazyregexp.MustCompile(`(?i)(?:\b(?:at|on|via|under|from|to|endpoint|route|path|(?:web)?sockets?|ws)\s+|^)(/[\w\-./:{}*]*[\w}])(\?[^\s,;]*)?`)
)

// assignRoutes gives the routes of the spec to the operations that they speak
// of. The rest is returned by clause: what the spec names and nothing answers.
func (r *reader) assignRoutes() map[*clause][]string {
	unplaced := map[*clause][]string{}
	given := map[string]bool{}
	for _, have := range r.bp.Routes {
		given[string(have.Op)+" "+have.Of] = true
	}
	r.routes = map[*clause][]routeRef{}
	for _, c := range r.clauses {
		for _, m := range routeText.FindAllStringSubmatch(c.text, -1) {
			method, path := strings.ToUpper(m[1]), strings.TrimRight(m[2], ".")
			if !r.assign(c, method, path, given) {
				unplaced[c] = append(unplaced[c], method+" "+path)
			}
		}
		for _, m := range pathText.FindAllStringSubmatch(routeText.ReplaceAllString(c.text, " "), -1) {
			path := strings.TrimRight(m[1], ".")
			if !r.assign(c, "", path, given) {
				unplaced[c] = append(unplaced[c], path)
			}
		}
	}
	return unplaced
}

// assign finds the operation whose words path and clause have most of; a path
// counts more. An operation that changes state takes no GET, and one that reads
// takes nothing else. A route that is written twice is the same route.
func (r *reader) assign(c *clause, method, path string, given map[string]bool) bool {
	path = braces.ReplaceAllString(path, "/:$1")
	var best operation
	var bestPath string
	bestScore := 0
	for _, o := range r.bp.operations() {
		if method != "" && (method == "GET") != (o.method == "GET") || method == "DELETE" && o.method != "DELETE" && o.op != LockRelease {
			continue
		}
		fitted, ok := r.fit(o, path)
		if !ok {
			continue
		}
		if r.routed(method, fitted) {
			r.routes[c] = append(r.routes[c], routeRef{path, fitted})
			return true
		}
		if given[string(o.op)+" "+o.of] {
			continue
		}
		named := hits(o.words, pathWords(path))
		if named == 0 {
			continue // POST /reset is not what adds, whatever its clause speaks of
		}
		score := 4*named + hits(o.words, wordPattern.FindAllString(routeText.ReplaceAllString(c.norm, " "), -1))
		if method == o.method {
			score *= 2
		}
		if score > bestScore {
			best, bestPath, bestScore = o, fitted, score
		}
	}
	if bestScore == 0 {
		return false
	}
	if method == "" {
		method = best.method
	}
	given[string(best.op)+" "+best.of] = true
	r.routes[c] = append(r.routes[c], routeRef{path, bestPath})
	r.bp.Routes = append(r.bp.Routes, Route{Method: method, Path: bestPath, Op: best.op, Of: best.of})
	return true
}

// routeRef is a route as the spec writes its path and as the blueprint does.
type routeRef struct{ written, path string }

var braces = lazyregexp.MustCompile(`/\{(\w+)\}`)

func (r *reader) routed(method, path string) bool {
	for _, have := range r.bp.Routes {
		if have.Path == path && (method == "" || have.Method == method) {
			return true
		}
	}
	return false
}

// fit gives a path's parameters the names that they have here: the object's, and
// that of the item inside it. It is false where the operation has no use for them.
func (r *reader) fit(o operation, path string) (string, bool) {
	if len(path) > maxPath {
		return "", false
	}
	segments := strings.Split(path, "/")
	var at []int
	for i, s := range segments {
		if strings.HasPrefix(s, ":") {
			at = append(at, i)
		}
	}
	perItem := o.item != "" && o.kind == Collection
	switch {
	case len(at) == 0 && !perItem:
	case len(at) == 1:
		before := singular(strings.ToLower(segments[at[0]-1]))
		object := o.item == "" || before == r.bp.Key || strings.HasPrefix(strings.ToLower(segments[at[0]]), ":"+r.bp.Key)
		if object && perItem || o.item == "" && o.of != "" && (before == o.of || Plural(o.of) == segments[at[0]-1]) {
			return "", false
		}
		if object {
			segments[at[0]] = ":" + r.bp.Key
		} else {
			segments[at[0]] = ":" + o.item
		}
	case len(at) == 2 && o.item != "":
		segments[at[0]], segments[at[1]] = ":"+r.bp.Key, ":"+o.item
	default:
		return "", false
	}
	fitted := strings.Join(segments, "/")
	return fitted, pathShape.MatchString(fitted)
}

func pathWords(path string) []string {
	path = paramShape.ReplaceAllString(path, "")
	return strings.FieldsFunc(strings.ToLower(path), func(c rune) bool { return c == '/' || c == '-' || c == '_' || c == '.' })
}

// hits counts the words that begin with one of the operation's words.
func hits(wanted, words []string) int {
	n := 0
	for _, w := range words {
		for _, o := range wanted {
			if strings.HasPrefix(w, o) {
				n++
				break
			}
		}
	}
	return n
}

// coverRoutes accounts for the routes of a clause and for the shape of an
// answer that it shows, such as {"count": n}.
func (r *reader) coverRoutes(c *clause, unplaced []string) {
	for _, m := range routeText.FindAllStringSubmatch(c.text, -1) {
		r.coverRoute(c, strings.ToUpper(m[1]), strings.TrimRight(m[2], "."))
	}
	c.rest = routeText.ReplaceAllStringFunc(c.rest, r.keepQuery)
	for _, m := range pathText.FindAllStringSubmatch(routeText.ReplaceAllString(c.text, " "), -1) {
		r.coverRoute(c, "", strings.TrimRight(m[1], "."))
	}
	c.rest = pathText.ReplaceAllStringFunc(c.rest, r.keepQuery)
	for _, u := range unplaced {
		missing := "no operation answers " + u
		if strings.ContainsAny(u, ":{*") {
			missing = fmt.Sprintf("no operation answers %s with its parameters; the object is chosen by ?%s= or /:%s", u, r.bp.Key, r.bp.Key)
		}
		c.lack(missing, inRoutes)
	}
	for _, m := range answerShape.FindAllStringSubmatch(c.rest, -1) {
		if strings.Contains(r.answerFields(c), " "+m[1]+" ") {
			c.rest = strings.Replace(c.rest, m[0], " ", 1)
		}
	}
}

func (r *reader) coverRoute(c *clause, method, path string) {
	path = braces.ReplaceAllString(path, "/:$1")
	for _, ref := range r.routes[c] {
		if ref.written == path {
			path = ref.path
			break
		}
	}
	for _, have := range r.bp.Routes {
		if have.Path == path && (method == "" || method == have.Method) {
			kind, _, _ := strings.Cut(string(have.Op), ".")
			c.cover(kind, have.Method+" "+have.Path)
		}
	}
}

// keepQuery leaves of a route what it says about the query, unless that is how
// the object is chosen anyway.
func (r *reader) keepQuery(route string) string {
	_, query, _ := strings.Cut(route, "?")
	if query == "" || strings.HasPrefix(query, r.bp.Key+"=") && !strings.Contains(query, "&") {
		return " "
	}
	return " " + query + " "
}

var answerShape = lazyregexp.MustCompile(`\{\s*"?(\w+)"?\s*(?::\s*(?:<?\w+>?|\.\.\.)?\s*)?\}`)

func (r *reader) answerFields(c *clause) string {
	fields := " "
	for _, have := range r.bp.Routes {
		for _, w := range c.where {
			if w != have.Method+" "+have.Path {
				continue
			}
			if p, _ := r.bp.Pattern(Counter); have.Op == CounterAdd && p.Shards == 0 {
				fields += "value "
			}
			if o, ok := r.bp.operation(have.Op, have.Of); ok {
				fields += o.answers + " "
			}
		}
	}
	return fields
}
