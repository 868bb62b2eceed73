import { DurableObject } from "cloudflare:workers";

type Game = { over: boolean; lastMove: number };

export class Table extends DurableObject<Env> {
  async move(): Promise<void> {
    await this.ctx.storage.put("game", { over: false, lastMove: Date.now() });
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async alarm(): Promise<void> {
    const game = await this.ctx.storage.get<Game>("game");
    if (!game || game.over) {
      await this.ctx.storage.deleteAll();
      return;
    }
    if (Date.now() - game.lastMove < 60_000) {
      await this.ctx.storage.setAlarm(game.lastMove + 60_000);
      return;
    }
    await fetch("https://scores.example", { method: "POST" });
    game.over = true;
    await this.ctx.storage.put("game", game); // want "what the branch on line 13 waits for"
  }
}
