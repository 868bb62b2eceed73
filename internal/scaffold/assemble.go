package scaffold

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/lazyregexp"
)

// typescript puts the parts' sections together into one module. Sections of a
// kind keep the order of the parts; what belongs to all parts at once (the
// migrations, the touch, the alarm, the router) is written here.
func (v *view) typescript() ([]byte, error) {
	w := &module{v: v}
	consts := w.collect("const", "\n")
	v.history = w.migrations()
	w.stores = len(v.history) > 0
	types := w.collect("type", "\n\n")
	class := w.class()
	helpers := w.collect("helper", "\n\n")
	routes := w.routes()
	if w.err != nil {
		return nil, w.err
	}
	if v.patterned() {
		helpers += "\n\n" + w.shared("core", "decode")
	}
	blocks := []string{
		`import { DurableObject } from "cloudflare:workers";`,
		consts,
		schemaHistory(v.history),
		types,
		class,
		helpers,
		routes,
		w.worker(),
	}
	var kept []string
	for _, b := range blocks {
		if b != "" {
			kept = append(kept, b)
		}
	}
	return []byte(tighten(strings.Join(kept, "\n\n")) + "\n"), nil
}

// migrations are the entries of the schema history: those that the blueprint
// remembers in their order, then the new ones. What has been applied somewhere
// must keep its place.
func (w *module) migrations() []string {
	texts := map[string]string{}
	var fresh []string
	for _, f := range w.v.fragments() {
		id := f.migration()
		if s := w.section(f, "migration"); s != "" {
			texts[id] = s
			if !slices.ContainsFunc(w.v.bp.Schema, func(have string) bool { return entryOf(have) == id }) {
				fresh = append(fresh, id)
			}
		}
		if c, ok := f.part.(collection); ok {
			maps.Copy(texts, c.later(w.v.bp.Schema))
		}
	}
	w.v.bp.Schema = append(slices.Clone(w.v.bp.Schema), fresh...)
	var all []string
	for _, entry := range w.v.bp.Schema {
		text := texts[entryOf(entry)]
		if _, adopted, ok := strings.Cut(entry, "+"); ok {
			text = strings.TrimSuffix(text, "`,") + ";\n " + strings.ReplaceAll(w.adopt(adopted), "\n", "\n ") + "`,"
		}
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

// entryOf is the name of a schema entry: "due+idle-purge" is due, which took over
// the alarm that the purge had for itself.
func entryOf(entry string) string {
	name, _, _ := strings.Cut(entry, "+")
	return name
}

// adopt puts what the alarm waited for before there was a queue into the queue.
func (w *module) adopt(kind string) string {
	if kind == purgeKind {
		return w.shared("idle_purge", "adopt")
	}
	for _, f := range w.v.fragments() {
		if f.part != nil && f.part.due().kind == kind {
			return w.section(f, "adopt")
		}
	}
	return ""
}

// schemaHistory declares the migrations; an object that stores nothing has none.
func schemaHistory(migrations []string) string {
	if len(migrations) == 0 {
		return ""
	}
	return "/** Append only: an object may wake up years behind and runs what it missed, in order. */\n" +
		"const MIGRATIONS: readonly string[] = [\n" + indent(strings.Join(migrations, "\n"), "  ") + "\n];"
}

type module struct {
	v      *view
	err    error // the first one; later sections are then empty
	stores bool  // whether there is anything to store
	// calls are the members of a call that the handlers read, known once the
	// routes are rendered.
	calls []string
}

func (w *module) section(f fragment, name string) string {
	return w.handler(f, name, blueprint.Route{})
}

func (w *module) handler(f fragment, name string, route blueprint.Route) string {
	if w.err != nil {
		return ""
	}
	var s string
	s, w.err = w.v.section(f, name, route)
	return s
}

func (w *module) shared(name, section string) string {
	return w.section(fragment{name: name}, section)
}

func (w *module) collect(name, between string) string {
	var all []string
	for _, f := range w.v.fragments() {
		if s := w.section(f, name); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, between)
}

func (w *module) class() string {
	sql, migrate := "readonly #sql = this.ctx.storage.sql;", w.shared("core", "migrate")
	if !w.stores {
		sql, migrate = "", ""
	}
	members := []string{
		sql,
		w.constructor(),
		w.collect("public", "\n\n"),
		w.collect("handler", "\n\n"),
		w.alarm(),
		w.private(),
		w.touch(),
		migrate,
	}
	var kept []string
	for _, m := range members {
		if m != "" {
			kept = append(kept, m)
		}
	}
	return fmt.Sprintf("export class %s extends DurableObject<Env> {\n%s\n}", w.v.Class, indent(strings.Join(kept, "\n\n"), "  "))
}

func (w *module) constructor() string {
	lines := "super(ctx, env);"
	if w.stores {
		lines += "\nthis.#migrate();"
	}
	if extra := w.collect("constructor", "\n"); extra != "" {
		lines += "\n" + extra
	}
	return "constructor(ctx: DurableObjectState, env: Env) {\n" + indent(lines, "  ") + "\n}"
}

// alarm is the one handler of the one alarm. What it does for each kind is the
// kind's section; with a queue it works through what is due and sets the alarm
// for what comes next.
func (w *module) alarm() string {
	kinds := w.v.alarmKinds()
	if len(kinds) == 0 {
		return ""
	}
	if !w.v.Queue() {
		body := w.alarmBody(kinds[0])
		if kinds[0] == purgeKind {
			body = w.shared("idle_purge", "purge")
		}
		head := "override alarm(): void {\n"
		if strings.Contains(body, "await ") {
			head = "override async alarm(): Promise<void> {\n"
		}
		return head + indent(body, "  ") + "\n}"
	}
	order := "due_at"
	comment := "    // One at a time: while an event runs, what is due can change.\n"
	if w.v.Purge != nil {
		order = "kind = 'idle-purge', due_at"
		comment = "    // The purge comes last, when nothing else that is due can still want the state.\n"
		if w.v.waits() {
			comment = "    // One at a time, for what is due can change while an event runs, and the purge last.\n"
		}
	}
	var b strings.Builder
	b.WriteString("override async alarm(): Promise<void> {\n  for (let done = 0; done < ALARM_BATCH; done++) {\n" + comment)
	b.WriteString("    const [next] = this.#sql\n      .exec<{ kind: DueKind; id: string; due_at: number }>(\n")
	fmt.Fprintf(&b, "        `SELECT kind, id, due_at FROM due WHERE due_at <= ?\n         ORDER BY %s LIMIT 1`,\n", order)
	b.WriteString("        Date.now(),\n      )\n      .toArray();\n")
	b.WriteString("    if (!next) break;\n    const { kind, id, due_at } = next;\n")
	b.WriteString(indent(w.dispatch(kinds), "    ") + "\n")
	b.WriteString("    // Planned anew in the meantime? Then due_at has moved and the row stays.\n")
	b.WriteString("    this.#sql.exec(`DELETE FROM due WHERE kind = ? AND id = ? AND due_at = ?`, kind, id, due_at);\n")
	b.WriteString("  }\n  await this.#arm();\n}")
	return b.String()
}

func (w *module) dispatch(kinds []string) string {
	if len(kinds) == 1 {
		return w.alarmBody(kinds[0])
	}
	var b strings.Builder
	b.WriteString("switch (kind) {\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "  case %q:\n%s\n    break;\n", k, indent(w.alarmBody(k), "    "))
	}
	b.WriteString("}")
	return b.String()
}

func (w *module) alarmBody(kind string) string {
	for _, f := range w.v.fragments() {
		if f.part != nil && f.part.due().kind == kind {
			return w.section(f, "alarm "+kind)
		}
	}
	return "await this.#purgeIfIdle();"
}

func (w *module) private() string {
	var all []string
	for _, f := range w.v.fragments() {
		if f.name == "idle_purge" {
			all = append(all, w.purge()...)
			continue
		}
		if s := w.section(f, "private"); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, "\n\n")
}

// purge is the private half of the idle purge: its body, where the alarm has
// other work as well, and the test for use, where it has several conditions.
func (w *module) purge() []string {
	var all []string
	if w.v.Queue() {
		body := w.shared("idle_purge", "purge")
		all = append(all, "async #purgeIfIdle(): Promise<void> {\n"+indent(body, "  ")+"\n}")
	}
	if len(w.v.busy()) > 1 {
		all = append(all, w.inUse())
	}
	return all
}

func (w *module) inUse() string {
	one := "return " + strings.Join(w.v.busy(), " || ") + ";"
	if len(one)+4 <= maxWidth {
		return "#inUse(): boolean {\n  " + one + "\n}"
	}
	return w.shared("idle_purge", "private")
}

// touch is what every activity ends with.
func (w *module) touch() string {
	v := w.v
	if !v.Touch() {
		return ""
	}
	var lines []string
	if v.recurs() {
		lines = append(lines, w.shared("recurrence", "touch"))
	}
	if v.Purge != nil {
		lines = append(lines, v.Plan("idle-purge", "", "Date.now() + IDLE_MS"))
	}
	comment := "/** Every activity puts the purge off. */\n"
	if v.Purge == nil {
		comment = ""
	}
	return comment + "async #touch(): Promise<void> {\n" + indent(strings.Join(lines, "\n"), "  ") + "\n}"
}

func (w *module) routes() string {
	v := w.v
	handlers := make([]string, len(v.bp.Routes))
	for i, r := range v.bp.Routes {
		for _, f := range v.fragments() {
			if f.part != nil && string(f.part.pattern().Kind) == partOf(r.Op) && f.part.pattern().Name == r.Of {
				handlers[i] = w.handler(f, "route "+string(r.Op), r)
			}
		}
	}
	w.calls = callFields(strings.Join(handlers, "\n"))
	types := map[string]string{
		"request": "request: Request;",
		"params":  "params: URLSearchParams;",
		"path":    "path: Record<string, string | undefined>;",
		"env":     "env: Env;",
		"name":    "name: string;",
		"stub":    "stub: DurableObjectStub<" + v.Class + ">;",
	}
	var b strings.Builder
	b.WriteString("interface Call {\n")
	for _, f := range w.calls {
		b.WriteString("  " + types[f] + "\n")
	}
	pathType := "string"
	if v.patterned() {
		pathType = "URLPattern"
	}
	fmt.Fprintf(&b, "}\n\ninterface Route {\n  method: string;\n  path: %s;\n  handle: (call: Call) => Promise<Response>;\n}\n\n", pathType)
	b.WriteString("const ROUTES: readonly Route[] = [\n")
	for _, i := range v.routeOrder() {
		path := strconv.Quote(v.bp.Routes[i].Path)
		if v.patterned() {
			path = "new URLPattern({ pathname: " + path + " })"
		}
		fmt.Fprintf(&b, "  {\n    method: %q,\n    path: %s,\n%s\n  },\n", v.bp.Routes[i].Method, path, indent(handlers[i], "    "))
	}
	b.WriteString("];")
	return b.String()
}

// patterned reports whether any path has parameters, so that all are matched as
// patterns.
func (v *view) patterned() bool {
	return slices.ContainsFunc(v.bp.Routes, func(r blueprint.Route) bool { return strings.Contains(r.Path, "/:") })
}

// routeOrder puts the paths without parameters first, since the first that
// matches a request answers it: /jobs/take before /jobs/:id.
func (v *view) routeOrder() []int {
	order := make([]int, len(v.bp.Routes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return strings.Count(v.bp.Routes[a].Path, "/:") - strings.Count(v.bp.Routes[b].Path, "/:")
	})
	return order
}

// callFields lists what the handlers read, in the order in which a call has it.
func callFields(handlers string) []string {
	used := map[string]bool{}
	for _, m := range handled.FindAllStringSubmatch(handlers, -1) {
		for name := range strings.SplitSeq(m[1], ",") {
			used[strings.TrimSpace(name)] = true
		}
	}
	var fields []string
	for _, f := range []string{"request", "params", "path", "env", "name", "stub"} {
		if used[f] {
			fields = append(fields, f)
		}
	}
	return fields
}

var handled = lazyregexp.MustCompile(`(?m)^handle: (?:async )?\(\{ ([^}]*) \}\)`)

func partOf(op blueprint.Op) string {
	part, _, _ := strings.Cut(string(op), ".")
	return part
}

// worker is the entry point: it refuses what it can without waking an object,
// and hands the rest to the one object that the request names.
func (w *module) worker() string {
	v := w.v
	values := map[string]string{
		"request": "request",
		"params":  "params: url.searchParams",
		"path":    "path",
		"env":     "env",
		"name":    "name",
		"stub":    fmt.Sprintf("stub: env.%s.getByName(name)", v.Binding),
	}
	var args []string
	for _, f := range w.calls {
		args = append(args, values[f])
	}
	call := "    return route.handle({ " + strings.Join(args, ", ") + " });"
	if len(call) > maxWidth {
		call = "    return route.handle({\n      " + strings.Join(args, ",\n      ") + ",\n    });"
	}
	var b strings.Builder
	b.WriteString("export default {\n  async fetch(request, env): Promise<Response> {\n    const url = new URL(request.url);\n")
	if v.patterned() {
		b.WriteString("    const pathname = decoded(url.pathname);\n    const routes = ROUTES.filter(({ path }) => path.test({ pathname }));\n")
	} else {
		b.WriteString("    const routes = ROUTES.filter(({ path }) => path === url.pathname);\n")
	}
	b.WriteString("    if (routes.length === 0) return refuse(404, \"There is nothing at this path.\");\n")
	b.WriteString("    const route = routes.find(({ method }) => method === request.method);\n")
	b.WriteString("    if (!route) {\n      const allow = routes.map(({ method }) => method).join(\", \");\n")
	b.WriteString("      return refuse(405, `Allowed here: ${allow}.`, { Allow: allow });\n    }\n")
	b.WriteString(v.naming(slices.Contains(w.calls, "path")))
	b.WriteString(call + "\n  },\n} satisfies ExportedHandler<Env>;")
	return b.String()
}

// naming takes the object's name from the request.
func (v *view) naming(usesPath bool) string {
	inPath, inQuery := false, false
	for _, r := range v.bp.Routes {
		if r.Param(v.Key) {
			inPath = true
		} else {
			inQuery = true
		}
	}
	lines := ""
	if inPath || usesPath {
		lines += "    const path = route.path.exec({ pathname })?.pathname.groups ?? {};\n"
	}
	from, rule := "url.searchParams.get(\""+v.Key+"\")", "?"+v.Key+"="
	switch {
	case inPath && inQuery:
		from = "path." + v.Key + " ?? " + from
		rule = v.Key
	case inPath:
		from, rule = "path."+v.Key, v.Key
	}
	return lines + fmt.Sprintf("    const name = %s;\n    if (!isName(name)) return refuse(400, `%s ${NAME_RULE}`);\n", from, rule)
}
