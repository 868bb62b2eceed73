package resources

import (
	"fmt"
	"strings"
)

// change is a compatibility date that changes how Durable Objects behave.
type change struct{ date, flag, effect string }

var changes = []change{
	{"2021-11-10", "durable_object_fetch_requires_full_url", "`stub.fetch()` needs a full URL; a relative one throws."},
	{"2024-03-26", "fetcher_no_get_put_delete", "Stubs lose their get, put and delete helpers, so the names are free for RPC."},
	{"2024-04-03", "rpc", "Public methods of the class can be called on a stub."},
	{"2025-11-17", "enable_ctx_exports", "`ctx.exports.ClassName` reaches a class without a binding."},
	{"2026-01-20", "rpc_params_dup_stubs", "A stub given as an argument is duplicated; the caller keeps its own."},
	{"2026-02-24", "delete_all_deletes_alarm", "`deleteAll()` removes the alarm too."},
	{"2026-03-03", "websocket_close_reason_byte_limit", "A close reason that is too long throws."},
	{"2026-03-17", "websocket_standard_binary_type", "Binary messages of non-hibernating sockets arrive as Blob."},
	{"2026-04-07", "web_socket_auto_reply_to_close", "The runtime answers a Close frame itself, for non-hibernating sockets only."},
	{"2026-04-21", "enhanced_error_serialization", "Errors keep their name and own properties across RPC."},
	{"2026-08-04", "nodejs_compat", "On by default; the flag is redundant."},
	{"2026-10-01", "durable_object_io_tasks_prevent_eviction", "Pending timers, `waitUntil` promises and outgoing calls keep an idle object in memory for a while, billed."},
}

// since is the date from which a flag is on by itself.
func since(flag string) (string, error) {
	for _, c := range changes {
		if c.flag == flag {
			return c.date, nil
		}
	}
	return "", fmt.Errorf("no change is called %q", flag)
}

func dateTable() string {
	var b strings.Builder
	b.WriteString("| from | flag | what changes |\n|---|---|---|\n")
	for _, c := range changes {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", c.date, c.flag, c.effect)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
