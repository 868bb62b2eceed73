package resources

import (
	"fmt"
	"strings"
)

// limit is one figure of the platform.
type limit struct {
	id    string
	value string // reads on in a sentence: "16,384 bytes"
	what  string
	note  string
	from  string // the source, named at the end of the page
}

// limitGroup is one table of the limits page.
type limitGroup struct {
	name   string
	limits []limit
}

// limitGroups are all figures that any page gives.
var limitGroups = []limitGroup{
	{"storage", []limit{
		{"classes", "500", "Classes per account, Paid plan", "100 on the Free plan", "limits"},
		{"object-storage", "10 GB", "Storage of one object, Paid plan", "Writes to a full object fail; reads and deletes still work", "limits, FAQ"},
		{"object-storage-free", "1 GB", "Storage of one object, Free plan", "Full in the same way", "limits, FAQ"},
		{"account-storage", "5 GB", "Storage of all objects of an account, Free plan", "Unlimited on the Paid plan", "limits"},
		{"kv-pair", "2 MB", "Key and value together", "SQLite-backed objects", "limits"},
		{"kv-legacy-value", "131,072 bytes", "One value", "Objects on the old key-value backend; a key has 2,048 bytes there", "limits"},
		{"kv-keys", "128 keys", "One call of get, put or delete with several keys", "Split longer lists", "storage"},
		{"sql-columns", "100 columns", "One table", "", "limits, measured"},
		{"sql-value", "2 MB", "One string, BLOB or row", "A local runtime lets more pass", "limits"},
		{"sql-statement", "100,000 bytes", "One statement", "", "limits, measured"},
		{"sql-parameters", "100 parameters", "Bound to one statement", "For longer lists: `WHERE id IN (SELECT value FROM json_each(?))`", "limits, measured"},
		{"sql-arguments", "32 arguments", "One SQL function", "", "limits"},
		{"sql-like", "50 bytes", "A LIKE or GLOB pattern", "", "limits, measured"},
		{"sql-compound", "5 terms", "A compound SELECT (UNION and its kin)", "", "measured"},
		{"recovery", "30 days", "Point-in-time recovery", "SQLite-backed, not in local development", "storage"},
		{"empty-object", "about 12 KB", "What an object is billed that was emptied by hand", "`deleteAll()` brings it to nothing", "FAQ"},
	}},
	{"compute", []limit{
		{"throughput", "about 1,000 requests per second", "One object, trivial work", "A soft ceiling: 500 to 750 for moderate work, 200 to 500 for complex work", "limits, rules"},
		{"cpu", "30 seconds", "CPU of one event", "Each incoming request or message starts it anew", "limits"},
		{"cpu-max", "300,000 ms", "`limits.cpu_ms` at most", "Paid plan; wrangler does not check the value", "limits, measured"},
		{"memory", "128 MB", "One isolate", "Objects of a class share isolates", "limits"},
		{"exclusive", "30 seconds", "blockConcurrencyWhile, or an async transaction", "Then the object is reset", "measured"},
		{"connections", "6", "Outgoing connections that wait for headers", "Further ones queue", "limits"},
		{"subrequests", "10,000", "Subrequests of one event, Paid plan", "50 on the Free plan; `limits.subrequests` raises it to 10,000,000", "Workers limits"},
		{"worker-wait-until", "30 seconds", "`ctx.waitUntil` in the Worker, after the response", "", "Workers limits"},
		{"startup", "1 second", "Start-up of the Worker's module scope", "", "Workers limits"},
		{"worker-size", "64 MiB", "The Worker, uncompressed", "", "Workers limits"},
	}},
	{"lifecycle", []limit{
		{"hibernation", "about 10 seconds", "Idle time before an object hibernates", "Only hibernating sockets are open, nothing is pending", "lifecycle, measured"},
		{"eviction", "70 to 140 seconds", "Idle time before eviction when it cannot hibernate", "", "lifecycle"},
		{"keep-alive", "15 minutes", "How long pending I/O keeps an idle object in memory", "From the compatibility date of `durable_object_io_tasks_prevent_eviction`; each outgoing socket does so on any date", "changelog"},
		{"update-grace", "30 seconds", "Running events at a runtime update", "Storage refuses afterwards", "lifecycle"},
	}},
	{"alarms", []limit{
		{"alarms", "1", "Alarms of one object", "Setting another replaces it", "alarms"},
		{"alarm-retries", "6", "Retries of a handler that throws", "Exponential, the first after 2 seconds; then the alarm is gone", "alarms, measured"},
		{"alarm-time", "15 minutes", "One run of the handler", "", "alarms"},
		{"alarm-delay", "about a minute", "How late an alarm may be", "Maintenance and failover", "alarms"},
	}},
	{"websockets", []limit{
		{"sockets", "32,768", "Hibernating sockets of one object", "", "state"},
		{"message", "32 MiB", "One received message", "", "changelog"},
		{"attachment", "16,384 bytes", "One attachment, serialised by structured clone", "Map, Date and cycles are fine, functions throw", "state, measured"},
		{"tags", "10 tags", "One socket", "Fixed when it is accepted", "state, measured"},
		{"tag-length", "256 characters", "One tag", "", "state, measured"},
		{"auto-response", "2,048 characters", "Request and response of the automatic answer, each", "", "state, measured"},
		{"close-reason", "123 bytes", "The reason given to close(), as UTF-8", "Longer ones throw from the compatibility date of `websocket_close_reason_byte_limit`", "measured"},
		{"close-codes", "1000 to 4999 without 1004, 1005, 1006 and 1015", "Codes that close() takes", "Others throw InvalidAccessError", "measured"},
	}},
	{"rpc", []limit{
		{"rpc-payload", "32 MiB", "Arguments or result of one call", "", "measured"},
		{"name", "1,024 bytes", "Longest name that `ctx.id.name` gives back", "Longer names work and read undefined", "changelog, measured"},
		{"id", "64 hexadecimal digits", "An id as a string", "", "measured"},
	}},
}

func limitValue(id string) (string, error) {
	for _, g := range limitGroups {
		for _, l := range g.limits {
			if l.id == id {
				return l.value, nil
			}
		}
	}
	return "", fmt.Errorf("no limit is called %q", id)
}

func limitTable(group string) (string, error) {
	for _, g := range limitGroups {
		if g.name != group {
			continue
		}
		var b strings.Builder
		b.WriteString("| what | limit | remarks | known from |\n|---|---|---|---|\n")
		for _, l := range g.limits {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.what, l.value, l.note, l.from)
		}
		return strings.TrimSuffix(b.String(), "\n"), nil
	}
	return "", fmt.Errorf("no group of limits is called %q", group)
}
