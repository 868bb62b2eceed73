import { DurableObject } from "cloudflare:workers";

export class Device extends DurableObject<Env> {
  async connect(user: string): Promise<string> { // want "connect has another meaning on a stub"
    await this.ctx.storage.put("user", user);
    return "connected";
  }

  // Makes a second one.
  dup(): string { // want "dup has another meaning on a stub"
    return crypto.randomUUID();
  }

  async alarm(): Promise<void> {
    await this.ctx.storage.delete("user");
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const device = env.DEVICE.getByName(request.url);
    await device.alarm(); // want "alarm cannot be called through a stub"
    return new Response(await device.connect("ann")); // want "connect cannot be called through a stub"
  },
} satisfies ExportedHandler<Env>;
