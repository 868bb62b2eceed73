// What the verifier plays for the ChatRoom, written by hand as tests: the steps of
// its scenario, without and with evictions between them, and the idle purge.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const get = (path: string, init?: RequestInit) => exports.default.fetch(new Request(`https://chat.example${path}`, init));
const count = async (room: string) => (await (await get(`/count?room=${room}`)).json()) as { count: number };

const status = async (path: string, init?: RequestInit) => {
  const response = await get(path, init);
  await response.text(); // an answer that is not read keeps the object in memory
  return response.status;
};

class Client {
  readonly #messages: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];
  closed = new Promise<number>(() => {});
  constructor(readonly socket: WebSocket) {
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      const next = this.#waiting.shift();
      if (next) next(String(data));
      else this.#messages.push(String(data));
    });
    this.closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  }
  async next(): Promise<unknown> {
    return JSON.parse(this.#messages.shift() ?? (await new Promise<string>((resolve) => this.#waiting.push(resolve))));
  }
}

const connect = async (room: string, user: string) => {
  const response = await get(`/ws?room=${room}&user=${user}`, { headers: { Upgrade: "websocket" } });
  expect(response.status).toBe(101);
  return new Client(response.webSocket!);
};

for (const world of ["base", "base again", "evicted"]) {
  describe(world, () => {
    const room = `lobby-${world.replace(" ", "-")}`;
    const between = async () => {
      if (world !== "evicted") return;
      await evictDurableObject(env.CHAT_ROOM.getByName(room), { webSockets: "hibernate" }).catch((error: unknown) => {
        if (!String(error).includes("not currently running")) throw error;
      });
    };

    it("keeps its promises", async () => {
      expect(await count(room)).toEqual({ count: 0 });
      await between();
      const alice = await connect(room, "alice");
      await between();
      const bob = await connect(room, "bob");
      await between();
      alice.socket.send("hello");
      expect(await alice.next()).toMatchObject({ type: "message", seq: 1, user: "alice", text: "hello" });
      expect(await bob.next()).toMatchObject({ type: "message", seq: 1, user: "alice", text: "hello" });
      await between();
      expect(await count(room)).toEqual({ count: 1 });
      await between();
      bob.socket.send("again");
      expect(await bob.next()).toMatchObject({ type: "message", seq: 2, user: "bob", text: "again" });
      expect(await alice.next()).toMatchObject({ type: "message", seq: 2, user: "bob", text: "again" });
      await between();
      expect(await count(room)).toEqual({ count: 2 });
      await between();
      alice.socket.send("x".repeat(4097));
      expect(await alice.next()).toMatchObject({ type: "error" });
      await between();
      for (const seen of await Promise.all(Array.from({ length: 20 }, () => count(room)))) expect(seen).toEqual({ count: 2 });
      await between();
      expect(await count(`elsewhere-${room}`)).toEqual({ count: 0 });
      expect(await status(`/ws?room=${room}`)).toBe(426);
      await between();
      expect(await status(`/no-such-path?room=${room}`)).toBe(404);
      expect(await status(`/ws?room=${room}`, { method: "POST" })).toBe(405);
      expect(await status("/ws")).toBe(400);
      expect(await status("/ws?room=a%2Fb")).toBe(400);
      await between();
      alice.socket.close();
      bob.socket.close(1000);
      expect(await bob.closed).toBe(1000);
    });

    it("starts anew after it was idle", async () => {
      const again = `idle-${room}`;
      const alice = await connect(again, "alice");
      alice.socket.send("hello");
      await alice.next();
      alice.socket.close(1000);
      await alice.closed;
      const stub = env.CHAT_ROOM.getByName(again);
      await runDurableObjectAlarm(stub);
      const carol = await connect(again, "carol");
      carol.socket.send("first");
      expect(await carol.next()).toMatchObject({ type: "message", user: "carol", text: "first" });
      carol.socket.close(1000);
      await carol.closed;
    });
  });
}
