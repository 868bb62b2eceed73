import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {
  #state: DurableObjectState;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#state = state;
    // The runtime answers these itself: keep-alives must not wake a hibernating object.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  // It is called ping, and it works.
  async ping(): Promise<void> {
    await this.#state.storage.put("seen", Date.now());
  }

  // It waits for people to be there.
  async alarm(): Promise<void> {
    if (this.#state.getWebSockets().length === 0) return;
    await this.#state.storage.setAlarm(Date.now() + 60_000); // ok
  }
}

// An alarm that ends.
export class Once extends DurableObject<Env> {
  async alarm(): Promise<void> {
    console.log("done");
  }
}

// Work in a field that holds a function.
export class Sweeper extends DurableObject<Env> {
  sweep = async (): Promise<void> => {
    await this.ctx.storage.delete("old");
  };

  async alarm(): Promise<void> {
    await this.sweep();
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // ok
  }
}

export default {
  async fetch(_request, env): Promise<Response> {
    await env.PEER.getByName("a").ping(); // ok
    return new Response("setInterval(() => stub.ping(), 1000)");
  },

  async scheduled(_event, env): Promise<void> {
    await env.ROOM.getByName("lobby").ping(); // guard
    const answer = await env.OTHER.getByName("lobby").ping(); // ok
    if (answer !== "pong") console.error("the lobby is down");
  },
} satisfies ExportedHandler<Env>;
