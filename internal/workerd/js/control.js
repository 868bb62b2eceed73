// The control service: drops and constructs objects of the Worker under test
// from outside, so that its own code runs untouched.
import unsafe from "workerd:unsafe";

const wait = (ms, value) => scheduler.wait(ms).then(() => value);

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
