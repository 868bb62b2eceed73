// The recorder: where the Worker's outbound requests end, where its tail events
// go, and where both are read from. Every list and every text is bounded, since
// what it holds comes from the code under test.
import { WorkerEntrypoint } from "cloudflare:workers";

const seen = { outbound: [], exceptions: [], console: [], standIns: [], ran: {}, mark: "" };
const note = (list, item) => {
  if (list.length < 200) list.push(item);
};
const cut = (text, length) => String(text ?? "").slice(0, length);

const describe = (event) => {
  if (!event) return "event";
  if (event.rpcMethod) return event.rpcMethod;
  if (event.request) return `${event.request.method} ${event.request.url}`;
  if ("webSocketEventType" in event) return `webSocket ${event.webSocketEventType?.type ?? "event"}`;
  if ("getWebSocketEvent" in event) return `webSocket ${event.getWebSocketEvent?.webSocketEventType ?? "event"}`;
  return "scheduledTime" in event ? "alarm" : "event";
};

// count notes that a handler of an object ran, but not what asked for the clock.
const ran = new Set();
const count = (e) => {
  const event = e.event;
  if (e.executionModel !== "durableObject" || !event || event.request?.url?.startsWith("https://clock.invalid/")) return;
  let handler = "fetch";
  if (event.rpcMethod) handler = event.rpcMethod;
  else if ("getWebSocketEvent" in event) {
    const type = event.getWebSocketEvent?.webSocketEventType ?? "";
    handler = `webSocket${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  } else if ("scheduledTime" in event) handler = "alarm";
  const key = `${cut(e.entrypoint, 100)} ${cut(handler, 100)}`;
  if (ran.size < 500 || ran.has(key)) {
    ran.add(key);
    seen.ran[key] = (seen.ran[key] ?? 0) + 1;
  }
};

export default {
  fetch(request) {
    note(seen.outbound, `${request.method} ${cut(request.url, 300)}`);
    // Without a body: one that nobody reads would pin the object in memory.
    return new Response(null, { status: 599, statusText: "There is no network here" });
  },
  async connect(socket) {
    const { localAddress } = await socket.opened;
    note(seen.outbound, `CONNECT ${cut(localAddress, 300)}`);
    throw new Error("There is no network here.");
  },
  tail(events) {
    for (const e of events) {
      count(e);
      const what = cut(describe(e.event), 300);
      for (const x of e.exceptions) note(seen.exceptions, { entrypoint: cut(e.entrypoint, 100), event: what, name: cut(x.name, 100), message: cut(x.message, 2000), stack: cut(x.stack, 4000) });
      for (const l of e.logs) note(seen.console, cut(`${l.level}: ${[].concat(l.message).map((m) => (typeof m === "string" ? m : JSON.stringify(m))).join(" ")}`, 500));
    }
  },
};

// Marks hears of the control service's events, which tell how far the tail is.
export class Marks extends WorkerEntrypoint {
  tail(events) {
    for (const e of events) {
      const url = URL.parse(e.event?.request?.url ?? "");
      if (url?.pathname === "/mark") seen.mark = url.search.slice(1);
    }
  }
}

export class Read extends WorkerEntrypoint {
  fetch() {
    return Response.json(seen);
  }
}

export class StandIns extends WorkerEntrypoint {
  used(text) {
    note(seen.standIns, cut(text, 300));
  }
}
