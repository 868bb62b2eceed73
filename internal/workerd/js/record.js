// The recorder: where the Worker's outbound requests end, where its tail events
// go, and where both are read from.
import { WorkerEntrypoint } from "cloudflare:workers";

const seen = { outbound: [], exceptions: [], console: [] };
const note = (list, item) => {
  if (list.length < 200) list.push(item);
};

export default {
  fetch(request) {
    note(seen.outbound, `${request.method} ${request.url.slice(0, 300)}`);
    return new Response("There is no network here.", { status: 599 });
  },
  tail(events) {
    for (const e of events) {
      const where = e.entrypoint ?? "";
      const what = e.event?.rpcMethod ?? e.event?.request?.url ?? (e.event && "scheduledTime" in e.event ? "alarm" : "event");
      for (const x of e.exceptions) note(seen.exceptions, { entrypoint: where, event: String(what), name: x.name, message: x.message, stack: x.stack ?? "" });
      for (const l of e.logs) note(seen.console, `${l.level}: ${l.message.map((m) => (typeof m === "string" ? m : JSON.stringify(m))).join(" ")}`.slice(0, 500));
    }
  },
};

export class Read extends WorkerEntrypoint {
  fetch() {
    return Response.json(seen);
  }
}
