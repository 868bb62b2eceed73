import {
  evictAllDurableObjects,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

// Made from scenario.json, step by step. The tests build on each other in this order, because all
// tests of a file share one storage.

const objects = env.CHAT_ROOM;
const ORIGIN = "https://worker.example";
const PATIENCE_MS = 5_000;

// The objects run in the same isolate as this file, so that its Date is theirs. It stands still
// until a test moves it, and a day ahead: no alarm falls due by the real clock.
beforeAll(() => {
  vi.setSystemTime(Date.now() + 24 * 3_600_000);
});

afterAll(() => {
  vi.useRealTimers();
});

it("serves room=lobby", async () => {
  expect(await ask("GET", "/count?room=lobby"), "nothing was sent yet").toMatchObject({
    status: 200,
    json: { count: 0 },
  });
  // alice connects
  const alice = await connect("/ws?room=lobby&user=alice");
  // bob connects
  const bob = await connect("/ws?room=lobby&user=bob");
  // alice says hello
  alice.send("hello");
  expect(await alice.next(), "the sender gets its own message").toMatchObject({
    json: { type: "message", seq: 1, user: "alice", text: "hello" },
  });
  expect(await bob.next(), "the others get it").toMatchObject({
    json: { type: "message", seq: 1, user: "alice", text: "hello" },
  });
  expect(await ask("GET", "/count?room=lobby"), "one message is counted").toMatchObject({
    status: 200,
    json: { count: 1 },
  });

  // memory is lost
  await evictAllDurableObjects();
  // a socket that hibernated still works
  bob.send("again");
  expect(await bob.next(), "the sender gets its own message").toMatchObject({
    json: { type: "message", seq: 2, user: "bob", text: "again" },
  });
  expect(await alice.next(), "the others get it").toMatchObject({
    json: { type: "message", seq: 2, user: "bob", text: "again" },
  });
  expect(await ask("GET", "/count?room=lobby"), "the count survived").toMatchObject({
    status: 200,
    json: { count: 2 },
  });
  // a message that is too long
  alice.send("x".repeat(4_097));
  expect(await alice.next(), "is refused").toMatchObject({ json: { type: "error" } });
  const burst = await atOnce(20, () => ask("GET", "/count?room=lobby"));
  for (const answer of burst) {
    expect(answer, "many readers at once see the same count").toMatchObject({
      status: 200,
      json: { count: 2 },
    });
  }
  expect(await ask("GET", "/count?room=elsewhere"), "another room is another object").toMatchObject(
    { status: 200, json: { count: 0 } },
  );
  expect(await ask("GET", "/ws?room=lobby"), "a plain request is no upgrade").toMatchObject({
    status: 426,
  });
  // a close without a code is answered
  await alice.close();
  // a close with a code is answered
  await bob.close(1000);
  expect(await ask("GET", "/no-such-path?room=lobby"), "an unknown path is refused").toMatchObject({
    status: 404,
  });
  expect(await ask("POST", "/ws?room=lobby"), "a wrong method is refused").toMatchObject({
    status: 405,
  });
  expect(await ask("GET", "/ws"), "a request without ?room= is refused").toMatchObject({
    status: 400,
  });
  expect(
    await ask("GET", "/ws?room=a%2Fb"),
    "a name outside the alphabet is refused",
  ).toMatchObject({ status: 400 });
});

it("let every object idle until it purges itself", async () => {
  await advance(1_860_000);
  expect(await ask("GET", "/count?room=lobby"), "the room is empty again").toMatchObject({
    status: 200,
    json: { count: 0 },
  });
  // carol connects
  const carol = await connect("/ws?room=lobby&user=carol");
  // carol starts anew
  carol.send("first");
  expect(await carol.next(), "counting starts at 1").toMatchObject({
    json: { type: "message", seq: 1, user: "carol", text: "first" },
  });
  expect(await ask("GET", "/count?room=lobby"), "the tables are back").toMatchObject({
    status: 200,
    json: { count: 1 },
  });
  // carol leaves
  await carol.close(1000);
});

/** Moves the clock on, then runs the alarms that are due by it, until none is. */
async function advance(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  for (let round = 0; await runDueAlarms(); round++) {
    if (round === 100) throw new Error("an alarm sets itself for the present, again and again");
  }
}

async function runDueAlarms(): Promise<boolean> {
  let ran = false;
  for (const id of await listDurableObjectIds(objects)) {
    const stub = objects.get(id);
    const due = await runInDurableObject(stub, (_object, { storage }) => storage.getAlarm());
    if (due === null || due > Date.now()) continue;
    ran = (await runDurableObjectAlarm(stub)) || ran;
  }
  return ran;
}

interface Answer {
  status: number;
  text: string;
  json?: unknown;
}

interface More {
  headers?: Record<string, string>;
  json?: unknown;
  body?: string;
}

/** Sends a request to the Worker and reads all of the answer. */
async function ask(method: string, path: string, more: More = {}): Promise<Answer> {
  const headers = new Headers(more.headers);
  if ("json" in more && !headers.has("Content-Type")) {
    headers.set("Content-Type", "application/json");
  }
  const init: RequestInit = { method, headers, redirect: "manual" };
  const body = "json" in more ? JSON.stringify(more.json) : more.body;
  if (body !== undefined) init.body = body;
  const response = await exports.default.fetch(new Request(ORIGIN + path, init));
  return { status: response.status, ...read(await response.text()) };
}

/** Does the same many times at once. */
function atOnce<T>(count: number, one: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, one));
}

async function connect(path: string, headers: Record<string, string> = {}): Promise<Client> {
  const upgrade = { ...headers, Upgrade: "websocket" };
  const request = new Request(ORIGIN + path, { headers: upgrade });
  const { status, webSocket } = await exports.default.fetch(request);
  if (!webSocket) throw new Error(`${path} opened no WebSocket: it answered ${status}`);
  return new Client(webSocket, path);
}

/** A client's end of a WebSocket, which keeps what arrives until it is asked for. */
class Client {
  readonly #socket: WebSocket;
  readonly #path: string;
  readonly #unread: string[] = [];
  readonly #closed: Promise<number>;
  #arrived = () => {};

  constructor(socket: WebSocket, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      this.#unread.push(typeof data === "string" ? data : new TextDecoder().decode(data));
      this.#arrived();
    });
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code }) => {
        resolve(code);
      });
    });
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next message; it may still be on its way. */
  async next(): Promise<{ text: string; json?: unknown }> {
    if (this.#unread.length === 0) {
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await soon(arrived, `no message came from ${this.#path}`);
    }
    return read(this.#unread.shift() ?? "");
  }

  /** Closes the socket, and gives the code that the object answers with. */
  async close(code?: number, reason?: string): Promise<number> {
    this.#socket.close(code, reason);
    return soon(this.#closed, `${this.#path} did not answer the close`);
  }
}

function soon<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${otherwise} within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
    void promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

/** What a message says; `json` is left out where it is no JSON. */
function read(text: string): { text: string; json?: unknown } {
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return { text };
  }
}
