package workerd

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// capnp builds the text of a workerd configuration.
type capnp struct{ b strings.Builder }

func (c *capnp) f(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

// quote writes a Cap'n Proto string literal.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoteAll(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(s)
	}
	return strings.Join(out, ", ")
}

// nsName is the name under which our own services bind the i-th namespace.
func nsName(i int) string { return fmt.Sprintf("NS_%d", i) }

// ownDate is the compatibility date of our own small services.
const ownDate = "2026-10-01"

// userConfig is the configuration of the Worker under test with its control
// service, its recorder and its stand-ins.
func userConfig(cfg Config, token string) string {
	c := &capnp{}
	c.f("using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n")
	c.f("  v8Flags = [\"--max-old-space-size=%d\"],\n  services = [\n", heapMiB)
	c.f("    (name = \"user\", worker = (\n      modules = [")
	if cfg.Clock {
		c.f("(name = \"main.js\", esModule = embed \"main.js\"), (name = \"clock.js\", esModule = embed \"clock.js\"), (name = \"worker.js\", esModule = embed \"worker.js\")")
	} else {
		c.f("(name = \"worker.js\", esModule = embed \"worker.js\")")
	}
	c.f("],\n      compatibilityDate = %s, compatibilityFlags = [%s],\n      bindings = [", quote(cfg.CompatibilityDate), quoteAll(cfg.CompatibilityFlags))
	for _, n := range cfg.Namespaces {
		if n.Binding != "" {
			c.f("(name = %s, durableObjectNamespace = %s), ", quote(n.Binding), quote(n.Class))
		}
	}
	names := make([]string, 0, len(cfg.Vars))
	for name := range cfg.Vars {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		var s string
		if json.Unmarshal(cfg.Vars[name], &s) == nil {
			c.f("(name = %s, text = %s), ", quote(name), quote(s))
		} else {
			c.f("(name = %s, json = %s), ", quote(name), quote(string(cfg.Vars[name])))
		}
	}
	for _, s := range cfg.Stubs {
		c.f("(name = %s, %s), ", quote(s.Name), standIn(s))
	}
	c.f("],\n      durableObjectNamespaces = [")
	classes := map[string]bool{}
	for _, n := range cfg.Namespaces {
		if !classes[n.Class] {
			classes[n.Class] = true
			c.f("(className = %s, uniqueKey = %s, enableSql = %t), ", quote(n.Class), quote(n.Class), n.SQLite)
		}
	}
	c.f("],\n      durableObjectStorage = (localDisk = \"disk\"), globalOutbound = \"record\", tails = [\"record\"])),\n")
	c.f("    (name = \"disk\", disk = (path = \"do\", writable = true)),\n")
	c.f("    (name = \"record\", worker = (modules = [(name = \"record.js\", esModule = embed \"record.js\")], compatibilityDate = %s)),\n", quote(ownDate))
	c.f("    (name = \"stub\", worker = (modules = [(name = \"stub.js\", esModule = embed \"stub.js\")], compatibilityDate = %s,\n      bindings = [(name = \"RECORD\", service = (name = \"record\", entrypoint = \"StandIns\"))])),\n", quote(ownDate))
	c.f("    (name = \"control\", worker = (modules = [(name = \"control.js\", esModule = embed \"control.js\"), (name = \"values.js\", esModule = embed \"values.js\")], compatibilityDate = %s, compatibilityFlags = [\"unsafe_module\"], tails = [(name = \"record\", entrypoint = \"Marks\")],\n      bindings = [(name = \"TOKEN\", text = %s), ", quote(ownDate), quote(token))
	for i, n := range cfg.Namespaces {
		c.f("(name = %s, durableObjectNamespace = (className = %s, serviceName = \"user\")), ", quote(nsName(i)), quote(n.Class))
	}
	c.f("]))],\n  sockets = [\n    (name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"user\"),\n")
	c.f("    (name = \"control\", address = \"127.0.0.1:0\", http = (), service = \"control\"),\n")
	c.f("    (name = \"record\", address = \"127.0.0.1:0\", http = (), service = (name = \"record\", entrypoint = \"Read\"))")
	if cfg.Clock {
		c.f(",\n    (name = \"clock\", address = \"127.0.0.1:0\", http = (), service = (name = \"user\", entrypoint = \"ClockOfTheTest\"))")
	}
	c.f("],\n  extensions = [(modules = [(name = \"cloudflare-internal:email\", internal = true, esModule = embed \"email.js\")])]);\n")
	return c.b.String()
}

// standIn is a binding of wrangler's kind, with the runtime's own client where
// there is one, whose requests end at the stand-in.
func standIn(s Stub) string {
	props, err := json.Marshal(map[string]string{"name": s.Name, "kind": s.Kind})
	if err != nil {
		panic(err) // two strings
	}
	service := fmt.Sprintf(`(name = "stub", props = (json = %s))`, quote(string(props)))
	switch s.Kind {
	case "kv_namespaces":
		return "kvNamespace = " + service
	case "r2_buckets":
		return "r2Bucket = " + service
	case "queues":
		return "queue = " + service
	case "analytics_engine_datasets":
		return "analyticsEngine = " + service
	case "d1_databases":
		return `wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = ` + service + `)])`
	case "version_metadata":
		return "json = " + quote(`{"id":"local","tag":"","timestamp":""}`)
	}
	return "service = " + service
}

// clockMain is the entry module of the wrapped Worker. Its clock starts at the
// offset at, which is not zero after a crash.
func clockMain(cfg Config, token string, at time.Duration) string {
	var b strings.Builder
	b.WriteString("import { wrap, begin, settle, restart } from \"./clock.js\";\nimport * as user from \"./worker.js\";\nimport { WorkerEntrypoint } from \"cloudflare:workers\";\n")
	b.WriteString("export * from \"./worker.js\";\nexport { default } from \"./worker.js\";\n")
	fmt.Fprintf(&b, "restart(%d);\n", at.Milliseconds())
	seen := map[string]bool{}
	for i, n := range cfg.Namespaces {
		if seen[n.Class] {
			continue
		}
		seen[n.Class] = true
		fmt.Fprintf(&b, "const wrapped%d = wrap(%q, user[%q], %q);\nexport { wrapped%d as %s };\n", i, n.Class, n.Class, token, i, n.Class)
	}
	fmt.Fprintf(&b, `export class ClockOfTheTest extends WorkerEntrypoint {
  fetch(request) {
    if (request.headers.get("x-control") !== %q) return new Response("forbidden", { status: 403 });
    const to = request.headers.get("x-offset");
    if (to === null) settle();
    else begin(Number(to));
    return new Response("ok");
  }
}
`, token)
	return b.String()
}

// readerConfig is the configuration of the process that reads what was stored.
func readerConfig(cfg Config, token string) (config, module string) {
	c := &capnp{}
	c.f("using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [\n")
	c.f("    (name = \"reader\", worker = (modules = [(name = \"main.js\", esModule = embed \"reader_main.js\"), (name = \"reader.js\", esModule = embed \"reader.js\"), (name = \"values.js\", esModule = embed \"values.js\")], compatibilityDate = %s,\n      bindings = [(name = \"TOKEN\", text = %s), ", quote(ownDate), quote(token))
	var m strings.Builder
	m.WriteString("import reader, { Reader } from \"./reader.js\";\nexport default reader;\n")
	var namespaces strings.Builder
	seen := map[string]bool{}
	for i, n := range cfg.Namespaces {
		c.f("(name = %s, durableObjectNamespace = %s), ", quote(nsName(i)), quote(n.Class))
		if seen[n.Class] {
			continue
		}
		seen[n.Class] = true
		fmt.Fprintf(&m, "class reader%d extends Reader {}\nexport { reader%d as %s };\n", i, i, n.Class)
		// SQL is on for every class: workerd stores all of them in SQLite.
		fmt.Fprintf(&namespaces, "(className = %s, uniqueKey = %s, enableSql = true), ", quote(n.Class), quote(n.Class))
	}
	c.f("],\n      durableObjectNamespaces = [%s], durableObjectStorage = (localDisk = \"disk\"))),\n", namespaces.String())
	c.f("    (name = \"disk\", disk = (path = \"do\", writable = true))],\n")
	c.f("  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"reader\")]);\n")
	return c.b.String(), m.String()
}
