import * as cf from "cloudflare:workers";

interface Bindings {
	RELAYS: DurableObjectNamespace<Relay>;
	FEED_URL: string;
	FEED_TOKEN: string;
}

type FromClient =
	| { op: "subscribe"; channels: string[] }
	| { op: "unsubscribe"; channels: string[] };

type FromFeed =
	| { kind: "update"; channel: string; seq: number; body: unknown }
	| { kind: "heartbeat" };

type Reader = { channels: string[]; since: number };

const RETRY_MS = 5_000;
const CHECK_MS = 60_000;
const MAX_CHANNELS = 32;

/** One connection to the feed, shared by everybody who reads it. */
export class Relay extends cf.DurableObject<Bindings> {
	// The connection to the feed cannot hibernate. When it is gone, alarm() opens it again.
	private feed: WebSocket | null = null;

	override async fetch(request: Request): Promise<Response> {
		const { pathname } = new URL(request.url);
		if (pathname.endsWith("/status")) {
			return Response.json({ readers: this.ctx.getWebSockets().length, connected: this.feed !== null });
		}
		if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
			return new Response("upgrade required", { status: 426, headers: { Upgrade: "websocket" } });
		}
		const { 0: theirs, 1: ours } = new WebSocketPair();
		ours.serializeAttachment({ channels: [], since: Date.now() } satisfies Reader);
		this.ctx.acceptWebSocket(ours);
		await this.ctx.storage.setAlarm(Date.now());
		return new Response(null, { status: 101, webSocket: theirs });
	}

	override async webSocketMessage(reader: WebSocket, data: ArrayBuffer | string): Promise<void> {
		const text = typeof data === "string" ? data : new TextDecoder().decode(data);
		const asked = JSON.parse(text) as FromClient;
		const state = reader.deserializeAttachment() as Reader;
		const channels = new Set(state.channels);
		for (const channel of asked.channels) {
			if (asked.op === "unsubscribe") channels.delete(channel);
			else if (channels.size < MAX_CHANNELS) channels.add(channel);
		}
		reader.serializeAttachment({ ...state, channels: [...channels] });
		reader.send(JSON.stringify({ kind: "subscribed", channels: [...channels] }));
	}

	override webSocketClose(reader: WebSocket): void {
		reader.close();
	}

	override webSocketError(reader: WebSocket, error: unknown): void {
		console.warn("reader failed", String(error));
	}

	override async alarm(): Promise<void> {
		if (this.ctx.getWebSockets().length === 0) {
			this.feed?.close(1000, "nobody reads");
			this.feed = null;
			return;
		}
		const connected = this.feed !== null || (await this.openFeed());
		await this.ctx.storage.setAlarm(Date.now() + (connected ? CHECK_MS : RETRY_MS));
	}

	private async openFeed(): Promise<boolean> {
		const answer = await fetch(this.env.FEED_URL, {
			headers: { Upgrade: "websocket", Authorization: `Bearer ${this.env.FEED_TOKEN}` },
		});
		const socket = answer.webSocket;
		if (!socket) {
			console.error("the feed answered", answer.status);
			return false;
		}
		socket.binaryType = "arraybuffer";
		socket.accept();
		socket.addEventListener("message", ({ data }) => {
			const text = typeof data === "string" ? data : new TextDecoder().decode(data as ArrayBuffer);
			this.forward(JSON.parse(text) as FromFeed);
		});
		const gone = () => {
			if (this.feed === socket) this.feed = null;
		};
		socket.addEventListener("close", gone);
		socket.addEventListener("error", gone);
		this.feed = socket;
		return true;
	}

	private forward(update: FromFeed): void {
		if (update.kind !== "update") return;
		const { channel, seq, body } = update;
		this.ctx.getWebSockets().forEach((reader) => {
			const state = reader.deserializeAttachment() as Reader | null;
			if (!state?.channels.includes(channel)) return;
			this.tell(reader, { channel, seq, body });
		});
	}

	private tell(reader: WebSocket, update: { channel: string; seq: number; body: unknown }): void {
		try {
			reader.send(JSON.stringify(update));
		} catch (e) {
			console.warn("a reader was gone", String(e));
		}
	}
}

const worker: ExportedHandler<Bindings> = {
	async fetch(request, env) {
		const region = request.cf?.continent ?? "EU";
		const relay = env.RELAYS.getByName(`feed-${region}`);
		return relay.fetch(request);
	},
};
export default worker;
