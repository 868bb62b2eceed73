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
        // Whatever the object answers, its constructor has run by then.
        try {
          const response = await ns.get(ns.idFromName(id)).fetch("https://construct.invalid/");
          await response.body?.cancel();
          return Response.json({ outcome: "constructed", id: ns.idFromName(id).toString() });
        } catch (e) {
          return Response.json({ outcome: "threw", id: ns.idFromName(id).toString(), message: String(e?.message ?? e) });
        }
      }
      case "/clock": {
        const response = await ns.get(ns.idFromString(id)).fetch("https://clock.invalid/", {
          headers: { "x-control": env.TOKEN, "x-delta": url.searchParams.get("delta") ?? "", "x-offset": url.searchParams.get("offset") ?? "" },
        });
        return new Response(response.body, response);
      }
    }
    return new Response("not found", { status: 404 });
  },
};
