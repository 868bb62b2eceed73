import { DurableObject } from "cloudflare:workers";

export class Client extends DurableObject<Env> {
  async follow(url: string): Promise<void> {
    const response = await fetch(url, { headers: { Upgrade: "websocket" } });
    const upstream = response.webSocket;
    upstream?.accept(); // ok
  }

  async dial(url: string): Promise<void> {
    const feed = new WebSocket(url);
    feed.accept(); // ok
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const pair = new WebSocketPair();
    pair[1].accept(); // ok
    const offer = { accept: () => true };
    offer.accept(); // ok
    return new Response(null, { status: 101, webSocket: pair[0] });
  },
};

export class Doorkeeper extends DurableObject<Env> {
  override async fetch(): Promise<Response> {
    const pair = new WebSocketPair();
    pair[1].accept(); // ok
    pair[1].send("Not today.");
    pair[1].close(1008, "full");
    return new Response(null, { status: 101, webSocket: pair[0] });
  }
}
