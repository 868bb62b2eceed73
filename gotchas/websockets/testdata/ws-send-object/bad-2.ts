import { Server, type Connection } from "partyserver";
import { DurableObject } from "cloudflare:workers";

export class Party extends Server<Env> {
  onConnect(player: Connection): void {
    player.send({ type: "welcome" } as any); // want ". type: .welcome. . is an object"
  }

  shout(): void {
    for (const player of this.getConnections()) player.send(["go"] as any); // want "is an array"
  }
}

export class Rooms extends DurableObject<Env> {
  private state(): Record<string, number> {
    return { open: 1 };
  }

  private tell(ws: WebSocket, event: object): void {
    ws.send(event as any); // want "event is an object"
    ws.send(this.state() as any); // want "this.state.. is an object"
  }
}

export class Loose extends DurableObject<Env> {
  private tell(ws: WebSocket, event: any): void {
    ws.send(event); // want "Line 31 gives an object for event"
  }

  webSocketMessage(ws: WebSocket): void {
    this.tell(ws, { type: "heard" });
  }
}
