import { DurableObject } from "cloudflare:workers";

export class Mailer extends DurableObject<Env> {
  async send(to: string, text: string): Promise<void> {
    await env.MAIL.send({ to, text }); // want "env is not declared here"
    ctx.storage.kv.put(`sent:${to}`, Date.now()); // want "ctx is not declared here"
  }

  async last(to: string): Promise<number | undefined> {
    const read = async () => state.storage.get<number>(`sent:${to}`); // want "state is not declared here"
    return read();
  }
}
