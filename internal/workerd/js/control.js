// The control service: drops and constructs objects of the Worker under test
// from outside, so that its own code runs untouched.
import unsafe from "workerd:unsafe";
import { cut, text } from "./values.js";

const wait = (ms, value) => scheduler.wait(ms).then(() => value);

// call runs a method and shows what it returned or threw. A stub that came back
// would keep the object in memory, so it is let go at once.
const call = async (stub, method, args) => {
  // What a stub has itself hides the object's method of that name.
  if (typeof stub[method] !== "function" || own.has(method)) return { unreachable: true };
  let value;
  try {
    value = await stub[method](...args);
  } catch (e) {
    return { threw: e instanceof Error ? `${e.name}: ${e.message}` : `uncaught: ${text(e).slice(0, 500)}` };
  }
  try {
    return { value: await returned(value) };
  } finally {
    value?.[Symbol.dispose]?.();
  }
};
const own = new Set(["fetch", "connect", "id", "name", "then", "catch", "finally", "constructor"]);

const returned = async (value) => {
  const all = value instanceof Response ? JSON.stringify({ response: value.status, body: await value.text() }) : text(value);
  if (all === "undefined") return "null";
  return all.length <= 1 << 20 ? all : JSON.stringify({ large: await cut(all) });
};

export default {
  async fetch(request, env) {
    if (request.headers.get("x-control") !== env.TOKEN) return new Response("forbidden", { status: 403 });
    const url = new URL(request.url);
    const ns = env[url.searchParams.get("ns")];
    const id = url.searchParams.get("id");
    switch (url.pathname) {
      case "/evict": {
        const stub = ns.get(ns.idFromString(id));
        const pinned = Symbol();
        try {
          const done = unsafe.evict(stub, { webSockets: "hibernate" }).then(() => null);
          const outcome = await Promise.race([done, wait(1500, pinned)]);
          if (outcome === pinned) done.catch(() => {});
          return Response.json({ outcome: outcome === pinned ? "pinned" : "evicted" });
        } catch (e) {
          const message = String(e?.message ?? e);
          return Response.json({ outcome: message.includes("not currently running") ? "idle" : "refused", message });
        }
      }
      case "/abort":
        await unsafe.abortAllDurableObjects();
        return Response.json({ outcome: "aborted" });
      case "/construct": {
        // A call of a method that no class has is refused only after the
        // constructor, and what it blocks on, is through. None of the object's
        // own handlers runs.
        const made = ns.idFromName(id);
        try {
          await ns.get(made)[url.searchParams.get("method")]();
          return Response.json({ outcome: "constructed", id: made.toString() });
        } catch (e) {
          const message = String(e?.message ?? e);
          const refused = message.includes("does not implement the method") || message.includes("does not support RPC") || message.includes("is not a function");
          return Response.json({ outcome: refused ? "constructed" : "threw", id: made.toString(), message });
        }
      }
      case "/call": {
        const { name, method, args } = await request.json();
        return Response.json(await call(ns.getByName(name), method, args));
      }
      case "/direct": {
        const to = JSON.parse(decodeURIComponent(request.headers.get("x-direct").replaceAll("+", " ")));
        const asked = new Request(to.url, request);
        asked.headers.delete("x-control");
        asked.headers.delete("x-direct");
        return env[to.ns].getByName(to.name).fetch(asked);
      }
      case "/clock": {
        const response = await ns.get(ns.idFromString(id)).fetch("https://clock.invalid/", {
          headers: { "x-control": env.TOKEN, "x-move": url.searchParams.get("move") ?? "" },
        });
        return new Response(response.body, response);
      }
      case "/ping":
      case "/mark":
        return Response.json({ outcome: "alive" });
    }
    return new Response("not found", { status: 404 });
  },
};
