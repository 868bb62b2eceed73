import { DurableObject } from "cloudflare:workers";

export class Reminder extends DurableObject<Env> {
  private user?: string;
  #text: string | null = null;

  async remind(user: string, text: string): Promise<void> {
    this.user = user;
    this.#text = text;
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }

  async alarm(): Promise<void> {
    await this.env.MAIL.send(this.user, "Hello"); // want "this.user is set only in remind .line 8."
    await this.#notify();
  }

  async #notify(): Promise<void> {
    await fetch("https://push.example", { method: "POST", body: `Dear ${this.#text}` }); // want "this.#text is set only in remind"
  }
}
