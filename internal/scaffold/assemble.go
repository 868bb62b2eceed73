package scaffold

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// typescript puts the parts' sections together into one module. Sections of a
// kind keep the order of the parts; what belongs to all parts at once (the
// migrations, the touch, the alarm, the router) is written here.
func (v *view) typescript() ([]byte, error) {
	w := &module{v: v}
	consts := w.collect("const", "\n")
	migrations := w.collect("migration", "\n")
	types := w.collect("type", "\n\n")
	class := w.class()
	helpers := w.collect("helper", "\n\n")
	routes := w.routes()
	if w.err != nil {
		return nil, w.err
	}
	blocks := []string{
		`import { DurableObject } from "cloudflare:workers";`,
		consts,
		"/** Append only: an object may wake up years behind and runs what it missed, in order. */\n" +
			"const MIGRATIONS: readonly string[] = [\n" + indent(migrations, "  ") + "\n];",
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
	return []byte(strings.Join(kept, "\n\n") + "\n"), nil
}

type module struct {
	v   *view
	err error // the first one; later sections are then empty
}

func (w *module) section(part, name string) string {
	if w.err != nil {
		return ""
	}
	var s string
	s, w.err = w.v.section(part, name)
	return s
}

func (w *module) collect(name, between string) string {
	var all []string
	for _, part := range w.v.parts() {
		if s := w.section(part, name); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, between)
}

func (w *module) class() string {
	members := []string{
		"readonly #sql = this.ctx.storage.sql;",
		w.constructor(),
		w.collect("public", "\n\n"),
		w.collect("handler", "\n\n"),
		w.alarm(),
		w.private(),
		w.touch(),
		w.section("core", "migrate"),
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
	lines := "super(ctx, env);\nthis.#migrate();"
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
		if w.v.Purge != nil {
			return "override async alarm(): Promise<void> {\n" + indent(w.section("idle_purge", "purge"), "  ") + "\n}"
		}
		return "override alarm(): void {\n" + indent(w.section("lock", "alarm lease-expiry"), "  ") + "\n}"
	}
	order := "due_at"
	comment := "    // One at a time: while an event runs, what is due can change.\n"
	if w.v.Purge != nil {
		order = "kind = 'idle-purge', due_at"
		comment = "    // The purge comes last, when nothing else that is due can still want the state.\n"
		if w.v.Schedule != nil {
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
	switch kind {
	case "lease-expiry":
		return w.section("lock", "alarm lease-expiry")
	case "event":
		return w.section("schedule", "alarm event")
	}
	return "await this.#purgeIfIdle();"
}

func (w *module) private() string {
	var all []string
	for _, part := range w.v.parts() {
		if part == "idle_purge" {
			all = append(all, w.purge()...)
			continue
		}
		if s := w.section(part, "private"); s != "" {
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
		body := w.section("idle_purge", "purge")
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
	return w.section("idle_purge", "private")
}

// touch is what every activity ends with.
func (w *module) touch() string {
	v := w.v
	if !v.Touch() {
		return ""
	}
	var lines []string
	if v.recurs() {
		lines = append(lines, w.section("recurrence", "touch"))
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
	types := map[string]string{
		"request": "request: Request;",
		"params":  "params: URLSearchParams;",
		"env":     "env: Env;",
		"name":    "name: string;",
		"stub":    "stub: DurableObjectStub<" + v.Class + ">;",
	}
	var b strings.Builder
	b.WriteString("interface Call {\n")
	for _, f := range v.callFields() {
		b.WriteString("  " + types[f] + "\n")
	}
	b.WriteString("}\n\ninterface Route {\n  method: string;\n  path: string;\n  handle: (call: Call) => Promise<Response>;\n}\n\n")
	b.WriteString("const ROUTES: readonly Route[] = [\n")
	for _, r := range v.bp.Routes {
		handle := w.section(partOf(r.Op), "route "+string(r.Op))
		fmt.Fprintf(&b, "  {\n    method: %q,\n    path: %q,\n%s\n  },\n", r.Method, r.Path, indent(handle, "    "))
	}
	b.WriteString("];")
	return b.String()
}

func partOf(op blueprint.Op) string {
	part, _, _ := strings.Cut(string(op), ".")
	return part
}

// worker is the entry point: it refuses what it can without waking an object,
// and hands the rest to the one object that the request names.
func (w *module) worker() string {
	v := w.v
	param := v.Key
	values := map[string]string{
		"request": "request",
		"params":  "params: url.searchParams",
		"env":     "env",
		"name":    "name",
		"stub":    fmt.Sprintf("stub: env.%s.getByName(name)", v.Binding),
	}
	var args []string
	for _, f := range v.callFields() {
		args = append(args, values[f])
	}
	call := "    return route.handle({ " + strings.Join(args, ", ") + " });"
	if len(call) > maxWidth {
		call = "    return route.handle({\n      " + strings.Join(args, ",\n      ") + ",\n    });"
	}
	var b strings.Builder
	b.WriteString("export default {\n  async fetch(request, env): Promise<Response> {\n    const url = new URL(request.url);\n")
	b.WriteString("    const routes = ROUTES.filter(({ path }) => path === url.pathname);\n")
	b.WriteString("    if (routes.length === 0) return refuse(404, \"There is nothing at this path.\");\n")
	b.WriteString("    const route = routes.find(({ method }) => method === request.method);\n")
	b.WriteString("    if (!route) {\n      const allow = routes.map(({ method }) => method).join(\", \");\n")
	b.WriteString("      return refuse(405, `Allowed here: ${allow}.`, { Allow: allow });\n    }\n")
	fmt.Fprintf(&b, "    const name = url.searchParams.get(%q);\n", param)
	fmt.Fprintf(&b, "    if (!isName(name)) return refuse(400, `?%s= ${NAME_RULE}`);\n", param)
	b.WriteString(call + "\n  },\n} satisfies ExportedHandler<Env>;")
	return b.String()
}
