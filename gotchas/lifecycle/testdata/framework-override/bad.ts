import { Agent } from "agents";
import { Server, type Connection } from "partyserver";

export class Planner extends Agent<Env> {
  async alarm(): Promise<void> { // want "alarm of Planner replaces that of Agent"
    this.sql`DELETE FROM tasks WHERE done = 1`;
  }

  async plan(text: string): Promise<void> {
    this.sql`INSERT INTO tasks (text, done) VALUES (${text}, 0)`;
    await this.ctx.storage.setAlarm(Date.now() + 60_000); // want "belongs to Agent"
  }
}

export class Lobby extends Server<Env> {
  async fetch(request: Request): Promise<Response> { // want "fetch of Lobby replaces that of Server"
    return new Response(`hello ${request.url}`);
  }

  webSocketMessage = (ws: WebSocket, message: string): void => { // want "webSocketMessage of Lobby replaces"
    ws.send(message);
  };

  onMessage(connection: Connection, message: string): void {
    connection.send(message);
  }
}
