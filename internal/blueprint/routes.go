package blueprint

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	routeText = lazyregexp.MustCompile(`(?i)\b(get|post|put|patch|delete)\s+(/[\w\-./:{}*]*)(\?[^\s,;]*)?`)
	pathText  = lazyregexp.MustCompile(`(?i)(?:\b(?:at|on|via|under|from|to|endpoint|route|path)\s+|^)(/[\w\-./:{}*]*[\w}])(\?[^\s,;]*)?`)
)

// opWords are words of a route's path or clause that speak for an operation.
// They match as beginnings: "vote" speaks through "votes" as well.
var opWords = map[Op][]string{
	ChatConnect:    {"ws", "websocket", "socket", "connect", "join", "chat", "live", "stream"},
	ChatCount:      {"count", "message", "total", "stats"},
	CounterAdd:     {"inc", "add", "hit", "up", "vote", "like", "bump", "count", "view", "visit", "click"},
	CounterRead:    {"count", "value", "total", "current", "counter", "vote", "like", "view", "visit", "hit"},
	RateCheck:      {"check", "limit", "hit", "request", "allow", "consume", "take"},
	RateUsage:      {"usage", "remaining", "status", "limit", "quota"},
	LockAcquire:    {"acquire", "lock", "lease"},
	LockRenew:      {"renew", "extend", "refresh"},
	LockRelease:    {"release", "unlock", "lock", "lease"},
	LockStatus:     {"status", "lock", "owner", "holder", "lease"},
	ScheduleAdd:    {"schedule", "event", "reminder", "job", "task", "plan"},
	ScheduleList:   {"schedule", "event", "reminder", "job", "task", "list", "pending"},
	ScheduleCancel: {"schedule", "event", "reminder", "job", "task", "cancel"},
	StateRead:      {"state", "setting", "config", "preference", "value", "data", "kv", "flag", "pref"},
	StateWrite:     {"state", "setting", "config", "preference", "value", "data", "kv", "flag", "pref"},
	StateRemove:    {"state", "setting", "config", "preference", "value", "data", "kv", "flag", "pref"},
}

// assignRoutes gives the routes of the spec to the operations that they speak
// of. The rest is returned by clause: what the spec names and nothing answers.
func (r *reader) assignRoutes() map[*clause][]string {
	unplaced := map[*clause][]string{}
	given := map[Op]bool{}
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
func (r *reader) assign(c *clause, method, path string, given map[Op]bool) bool {
	for _, have := range r.bp.Routes {
		if have.Path == path && (method == "" || have.Method == method) {
			return true
		}
	}
	if len(path) > maxPath || !pathShape.MatchString(path) {
		return false
	}
	var best operation
	bestScore := 0
	for _, o := range operations {
		if given[o.op] || !r.bp.reached(o) || method != "" && (method == "GET") != (o.method == "GET") {
			continue
		}
		if method == "DELETE" && o.method != "DELETE" && o.op != LockRelease {
			continue
		}
		score := 4*hits(opWords[o.op], pathWords(path)) + hits(opWords[o.op], wordPattern.FindAllString(routeText.ReplaceAllString(c.norm, " "), -1))
		if method == o.method {
			score *= 2
		}
		if score > bestScore {
			best, bestScore = o, score
		}
	}
	if bestScore == 0 {
		return false
	}
	if method == "" {
		method = best.method
	}
	given[best.op] = true
	r.bp.Routes = append(r.bp.Routes, Route{Method: method, Path: path, Op: best.op})
	return true
}

func pathWords(path string) []string {
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
			missing = fmt.Sprintf("%s has path parameters, which the router does not read; the object is chosen by ?%s=", u, r.bp.Key)
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

// answers are the members of an operation's JSON answer.
var answers = map[Op]string{ChatCount: " count ", CounterRead: " value ", RateUsage: " limit used remaining ", LockStatus: " held owner token "}

func (r *reader) answerFields(c *clause) string {
	fields := ""
	for _, have := range r.bp.Routes {
		for _, w := range c.where {
			if w == have.Method+" "+have.Path {
				if have.Op == CounterAdd {
					if p, _ := r.bp.Pattern(Counter); p.Shards == 0 {
						fields += " value "
					}
					continue
				}
				fields += answers[have.Op]
			}
		}
	}
	return fields
}
