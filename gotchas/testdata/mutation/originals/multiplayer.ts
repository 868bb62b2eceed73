import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

type Env = {
  TIC_TAC_TOE: DurableObjectNamespace;
  FOUR: DurableObjectNamespace;
};

type Player = { seat: 0 | 1; name: string };
type Table<B> = { board: B; turn: 0 | 1; winner: 0 | 1 | null };
type Move = { at: number };

const json = (value: unknown) => JSON.stringify(value);
const unsendable = new Set([1004, 1005, 1006, 1015]);

// What every game for two has in common: seats, turns and the sockets.
abstract class Game<B> extends DurableObject<Env> {
  protected abstract readonly empty: B;
  protected abstract play(table: Table<B>, seat: 0 | 1, move: Move): Table<B> | null;

  async fetch(request: Request): Promise<Response> {
    const upgrade = request.headers.get("Upgrade");
    if (!upgrade || upgrade.toLowerCase() !== "websocket") return new Response("expected a WebSocket", { status: 426 });
    const name = new URL(request.url).searchParams.get("name") ?? "anonymous";
    const taken = this.ctx.getWebSockets().map((ws) => this.player(ws)?.seat);
    const seat = taken.includes(0) ? 1 : 0;
    if (taken.includes(seat)) return new Response("both seats are taken", { status: 409 });
    return this.seated({ seat, name });
  }

  private async seated(player: Player): Promise<Response> {
    const pair = new WebSocketPair();
    const client = pair[0];
    const server = pair[1];
    this.ctx.acceptWebSocket(server, [`seat-${player.seat}`]);
    server.serializeAttachment(player);
    server.send(json({ type: "table", seat: player.seat, ...(await this.table()) }));
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer) {
    const player = this.player(ws);
    if (!player) return ws.close(1008, "take a seat first");
    const table = await this.table();
    if (table.winner !== null || table.turn !== player.seat) return;
    const next = this.play(table, player.seat, JSON.parse(String(message)) as Move);
    if (!next) return ws.send(json({ type: "illegal" }));
    await this.ctx.storage.put("table", next);
    this.tell({ type: "table", ...next });
  }

  async webSocketClose(ws: WebSocket, code: number, _reason: string) {
    if (unsendable.has(code)) ws.close(1000);
    else ws.close(code);
    this.tell({ type: "left", name: this.player(ws)?.name });
  }

  protected async table(): Promise<Table<B>> {
    return (await this.ctx.storage.get<Table<B>>("table")) ?? { board: this.empty, turn: 0, winner: null };
  }

  protected tell(event: object) {
    for (const ws of this.ctx.getWebSockets()) {
      if (ws.readyState !== WebSocket.OPEN) continue;
      ws.send(json(event));
    }
  }

  private player(ws: WebSocket): Player | null {
    return ws.deserializeAttachment() as Player | null;
  }
}

// Gives a game a clock: who takes too long has lost.
function withClock<T extends abstract new (...args: any[]) => Game<any>>(Base: T, seconds: number) {
  abstract class Clocked extends Base {
    async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer) {
      await super.webSocketMessage(ws, message);
      const { winner } = await this.table();
      if (winner === null) await this.ctx.storage.setAlarm(Date.now() + seconds * 1000);
      else await this.ctx.storage.deleteAlarm();
    }

    async alarm() {
      const table = await this.table();
      if (table.winner !== null) return;
      const winner = table.turn === 0 ? 1 : 0;
      await this.ctx.storage.put("table", { ...table, winner });
      this.tell({ type: "time is up", winner });
    }
  }
  return Clocked;
}

const LINES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];

const Noughts = class extends withClock<abstract new (...args: any[]) => Game<(0 | 1 | null)[]>>(Game, 30) {
  protected readonly empty = Array<0 | 1 | null>(9).fill(null);

  protected play(table: Table<(0 | 1 | null)[]>, seat: 0 | 1, { at }: Move) {
    if (table.board[at] !== null) return null;
    const board = table.board.with(at, seat);
    const won = LINES.some((line) => line.every((i) => board[i] === seat));
    return { board, turn: seat === 0 ? (1 as const) : (0 as const), winner: won ? seat : null };
  }
};

class ConnectFour extends Game<number[][]> {
  protected readonly empty = Array.from({ length: 7 }, () => [] as number[]);

  protected play({ board }: Table<number[][]>, seat: 0 | 1, { at }: Move) {
    const column = board[at];
    if (!column || column.length === 6) return null;
    const next = board.map((c, i) => (i === at ? [...c, seat] : c));
    return { board: next, turn: seat === 0 ? (1 as const) : (0 as const), winner: four(next, at, seat) ? seat : null };
  }
}

function four(board: number[][], x: number, seat: number): boolean {
  const y = board[x]!.length - 1;
  const run = (dx: number, dy: number): number => (board[x + dx]?.[y + dy] === seat ? 1 + run(dx + Math.sign(dx), dy + Math.sign(dy)) : 0);
  return [[1, 0], [0, 1], [1, 1], [1, -1]].some(([dx, dy]) => 1 + run(dx!, dy!) + run(-dx!, -dy!) >= 4);
}

export { Noughts as TicTacToe, ConnectFour };

export default class extends WorkerEntrypoint<Env> {
  async fetch(request: Request): Promise<Response> {
    const [, game, table] = new URL(request.url).pathname.split("/");
    if (!table) return new Response("name a table", { status: 404 });
    const games = game === "four" ? this.env.FOUR : this.env.TIC_TAC_TOE;
    return games.get(games.idFromName(table)).fetch(request);
  }
}
