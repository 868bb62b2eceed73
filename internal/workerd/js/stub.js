// Stands in for a binding that the object only needs in order to start. It
// takes what is written, so that the object goes on, and has nothing to read.
import { WorkerEntrypoint } from "cloudflare:workers";

const answers = {
  queues: () => Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }),
  analytics_engine_datasets: () => new Response(null, { status: 204 }),
  // 404 is how the runtime's KV client learns that there is no such key.
  kv_namespaces: (method) => new Response(null, { status: method === "GET" ? 404 : 200 }),
};

// What bindings without a client of the runtime's own take by a method.
const takes = {
  ratelimits: { limit: { success: true } },
  send_email: { send: undefined },
  pipelines: { send: undefined },
};

export default class extends WorkerEntrypoint {
  limit() {
    return this.#take("limit");
  }

  send() {
    return this.#take("send");
  }

  async #take(method) {
    const { name, kind } = this.ctx.props;
    await this.env.RECORD.used(`${name} (${kind}): ${method}()`);
    const methods = takes[kind] ?? {};
    if (method in methods) return methods[method];
    throw new Error(`The binding ${name} (${kind}) is a stand-in here and has no method ${method}.`);
  }

  async fetch(request) {
    const { name, kind } = this.ctx.props;
    const { method, url } = request;
    await request.arrayBuffer(); // a client that writes waits until its body is read
    await this.env.RECORD.used(`${name} (${kind}): ${method} ${url}`);
    return (
      answers[kind]?.(method) ??
      new Response(`The binding ${name} (${kind}) is a stand-in here and answers nothing.`, { status: 501 })
    );
  }
}
