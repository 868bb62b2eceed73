import { Agent } from "agents";
import { DurableObject } from "cloudflare:workers";
import { BaseRoom } from "./base-room";

export class Reminder extends DurableObject<Env> {
  async remind(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at); // ok
  }

  async alarm(): Promise<void> { // guard
    await this.ctx.storage.deleteAll();
  }
}

export class Arrow extends DurableObject<Env> {
  alarm = async (): Promise<void> => {}; // guard

  async later(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000); // ok
  }
}

export class Room extends BaseRoom {
  async later(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000); // ok
  }
}

abstract class Timed extends DurableObject<Env> {
  async later(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000); // ok
  }
}

export class Game extends Timed {
  async alarm(): Promise<void> {} // guard
}

export class Helper extends Agent<Env> {
  async later(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + 1000); // ok
  }
}
