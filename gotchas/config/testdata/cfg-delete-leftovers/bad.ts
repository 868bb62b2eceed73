import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {}

export class Log extends DurableObject<Env> {} // want "Log is deleted on line 13 of bad.jsonc"
