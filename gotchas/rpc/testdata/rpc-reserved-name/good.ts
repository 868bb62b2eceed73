import { DurableObject } from "cloudflare:workers";

export class Device extends DurableObject<Env> {
  async attach(user: string): Promise<string> {
    await this.connect(user);
    return "connected";
  }

  // For this class alone.
  async connect(user: string): Promise<void> { // ok
    await this.ctx.storage.put("user", user);
  }

  async alarm(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    await this.ctx.storage.delete("user");
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const device = env.DEVICE.getByName(request.url);
    await device.release(); // ok
    return new Response(await device.attach("ann"));
  },
} satisfies ExportedHandler<Env>;
