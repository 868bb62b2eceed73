import { DurableObject } from "cloudflare:workers";

let visitors = 0;
const rooms = new Map<string, string[]>();

export class Lobby extends DurableObject<Env> {
  enter(room: string, name: string): number {
    rooms.set(room, [...(rooms.get(room) ?? []), name]); // want "rooms is shared by all objects"
    return ++visitors; // want "visitors is shared by all objects"
  }
}
