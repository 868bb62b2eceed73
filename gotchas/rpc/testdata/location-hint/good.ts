import { DurableObject } from "cloudflare:workers";

const HINTS: Record<string, DurableObjectLocationHint> = { EU: "weur", NA: "enam", AS: "apac" };

export class Room extends DurableObject<Env> {
  hello(): string {
    return "hello";
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const hint = HINTS[String(request.cf?.continent)] ?? "weur";
    const near = env.ROOM.getByName(request.url, { locationHint: hint }); // ok
    const far = env.ROOM.get(env.ROOM.idFromName("archive"), { locationHint: "oc" }); // guard
    return new Response((await near.hello()) + (await far.hello()));
  },
} satisfies ExportedHandler<Env>;
