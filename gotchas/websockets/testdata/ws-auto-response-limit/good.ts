import { DurableObject } from "cloudflare:workers";

const PONG = JSON.stringify({ type: "pong" });

export class ChatRoom extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong")); // guard
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("p".repeat(2048), PONG)); // ok
  }
}
