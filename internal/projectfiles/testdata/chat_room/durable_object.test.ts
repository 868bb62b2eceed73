import {
  evictAllDurableObjects,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

// Made from scenario.json: the comments are the names of its steps. The tests build on each other
// in this order, because all of a file's tests share one storage.

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
  // nothing was sent yet
  expect(await ask("GET", "/count?room=lobby")).toMatchObject({ status: 200, json: { count: 0 } });
  // alice connects
  const alice = await connect("/ws?room=lobby&user=alice");
  // bob connects
  const bob = await connect("/ws?room=lobby&user=bob");
  // alice says hello
  alice.send("hello");
  // the sender gets its own message
  expect(await alice.next()).toMatchObject({
    json: { type: "message", seq: 1, user: "alice", text: "hello" },
  });
  // the others get it
  expect(await bob.next()).toMatchObject({
    json: { type: "message", seq: 1, user: "alice", text: "hello" },
  });
  // one message is counted
  expect(await ask("GET", "/count?room=lobby")).toMatchObject({ status: 200, json: { count: 1 } });

  // memory is lost
  await evictAllDurableObjects();
  // a socket that hibernated still works
  bob.send("again");
  // the sender gets its own message
  expect(await bob.next()).toMatchObject({
    json: { type: "message", seq: 2, user: "bob", text: "again" },
  });
  // the others get it
  expect(await alice.next()).toMatchObject({
    json: { type: "message", seq: 2, user: "bob", text: "again" },
  });
  // the count survived
  expect(await ask("GET", "/count?room=lobby")).toMatchObject({ status: 200, json: { count: 2 } });
  // a message that is too long
  alice.send("x".repeat(4_097));
  // is refused
  expect(await alice.next()).toMatchObject({ json: { type: "error" } });
  // many readers at once see the same count
  const burst = await atOnce(20, () => ask("GET", "/count?room=lobby"));
  for (const answer of burst) {
    expect(answer).toMatchObject({ status: 200, json: { count: 2 } });
  }
  // another room is another object
  expect(await ask("GET", "/count?room=elsewhere")).toMatchObject({
    status: 200,
    json: { count: 0 },
  });
  // a plain request is no upgrade
  expect(await ask("GET", "/ws?room=lobby")).toMatchObject({ status: 426 });
  // a close without a code is answered
  await alice.close();
  // a close with a code is answered
  await bob.close(1000);
  // an unknown path is refused
  expect(await ask("GET", "/no-such-path?room=lobby")).toMatchObject({ status: 404 });
  // a wrong method is refused
  expect(await ask("POST", "/ws?room=lobby")).toMatchObject({ status: 405 });
  // a request without ?room= is refused
  expect(await ask("GET", "/ws")).toMatchObject({ status: 400 });
  // a name outside the alphabet is refused
  expect(await ask("GET", "/ws?room=a%2Fb")).toMatchObject({ status: 400 });
});

it("let every object idle until it purges itself", async () => {
  // let every object idle until it purges itself
  await advance(1_860_000);
  // the room is empty again
  expect(await ask("GET", "/count?room=lobby")).toMatchObject({ status: 200, json: { count: 0 } });
  // carol connects
  const carol = await connect("/ws?room=lobby&user=carol");
  // carol starts anew
  carol.send("first");
  // counting starts at 1
  expect(await carol.next()).toMatchObject({
    json: { type: "message", seq: 1, user: "carol", text: "first" },
  });
  // the tables are back
  expect(await ask("GET", "/count?room=lobby")).toMatchObject({ status: 200, json: { count: 1 } });
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
  return new Client(webSocket);
}

/** A client's end of a WebSocket, which keeps what arrives until it is asked for. */
class Client {
  readonly #socket: WebSocket;
  readonly #unread: string[] = [];
  readonly #closed: Promise<number>;
  #arrived = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
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

  send(text: string): void {
    this.#socket.send(text);
  }

  sendJSON(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  /** The next message; it may still be on its way. */
  async next(): Promise<{ text: string; json?: unknown }> {
    if (this.#unread.length === 0) {
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await soon(arrived, "no message arrived");
    }
    return read(this.#unread.shift() ?? "");
  }

  /** Closes the socket, and gives the code that the object answers with. */
  async close(code?: number, reason?: string): Promise<number> {
    this.#socket.close(code, reason);
    return soon(this.#closed, "the object did not answer the close");
  }
}

async function soon<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${otherwise} within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a message says; `json` is left out where it is no JSON. */
function read(text: string): { text: string; json?: unknown } {
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return { text };
  }
}
