import { DurableObject } from "cloudflare:workers";

interface Env {
	TICKET_DESK: DurableObjectNamespace<TicketDesk>;
	RECEIPTS: Queue<{ order: string; seat: string }>;
	SEAT_MAP_URL: string;
}

interface Seat {
	[column: string]: SqlStorageValue;
	label: string;
	price: number;
	holder: string | null;
	held_until: number | null;
	sold_to: string | null;
}

type HoldResult = { ok: true; until: number } | { ok: false; reason: "taken" | "unknown" };

/** How long a buyer may think before the seat is offered again. */
const HOLD_MS = 8 * 60_000;
const PRUNE_BATCH = 200;

/** One object per performance: its seats, who holds them and who bought them. */
export class TicketDesk extends DurableObject<Env> {
	#sql: SqlStorage;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#sql = ctx.storage.sql;
		void ctx.blockConcurrencyWhile(async () => this.#migrate());
	}

	/** Reserves a seat for a buyer for a few minutes. */
	async hold(label: string, buyer: string): Promise<HoldResult> {
		const seat = this.#seat(label);
		if (!seat) return { ok: false, reason: "unknown" };
		const now = Date.now();
		if (seat.sold_to !== null || this.#heldByOther(seat, buyer, now)) return { ok: false, reason: "taken" };
		const until = now + HOLD_MS;
		this.#sql.exec("UPDATE seats SET holder = ?, held_until = ? WHERE label = ?", buyer, until, label);
		await this.#arm();
		return { ok: true, until };
	}

	/** Gives a seat back before its time is up. */
	async release(label: string, buyer: string): Promise<boolean> {
		const done = this.#sql.exec("UPDATE seats SET holder = NULL, held_until = NULL WHERE label = ? AND holder = ? AND sold_to IS NULL", label, buyer);
		const released = done.rowsWritten > 0;
		await this.#arm();
		return released;
	}

	/** Turns a hold into a sale and counts the money, both or neither. */
	async sell(label: string, buyer: string): Promise<string> {
		const seat = this.#seat(label);
		if (!seat || seat.holder !== buyer || seat.sold_to !== null) throw new Error(`seat ${label} is not held by ${buyer}`);
		const order = crypto.randomUUID();
		this.ctx.storage.transactionSync(() => {
			this.#sql.exec("UPDATE seats SET sold_to = ?, holder = NULL, held_until = NULL WHERE label = ?", buyer, label);
			this.#sql.exec("INSERT INTO orders (id, label, buyer, cents) VALUES (?, ?, ?, ?)", order, label, buyer, seat.price);
			this.#sql.exec("UPDATE totals SET cents = cents + ? WHERE id = 1", seat.price);
		});
		await this.env.RECEIPTS.send({ order, seat: label });
		return order;
	}

	/** Loads the seat map of the house once, before the sale opens. */
	async importSeats(hall: string): Promise<number> {
		const response = await fetch(`${this.env.SEAT_MAP_URL}/${encodeURIComponent(hall)}`);
		if (!response.ok) throw new Error(`seat map answered ${response.status}`);
		const map = await response.json<{ label: string; price: number }[]>();
		for (const { label, price } of map) {
			this.#sql.exec("INSERT OR IGNORE INTO seats (label, price) VALUES (?, ?)", label, price);
		}
		return map.length;
	}

	available(): string[] {
		const rows = this.#sql.exec<{ label: string }>("SELECT label FROM seats WHERE sold_to IS NULL AND (held_until IS NULL OR held_until < ?) ORDER BY label LIMIT 500", Date.now());
		return [...rows].map((row) => row.label);
	}

	async alarm(): Promise<void> {
		const due = this.#sql
			.exec<{ label: string }>("SELECT label FROM seats WHERE held_until <= ? AND sold_to IS NULL LIMIT ?", Date.now(), PRUNE_BATCH)
			.toArray();
		for (const { label } of due) {
			this.#sql.exec("UPDATE seats SET holder = NULL, held_until = NULL WHERE label = ?", label);
		}
		await this.#arm();
	}

	/** The one place that sets the alarm: to the hold that ends first. */
	async #arm(): Promise<void> {
		const { first } = this.#sql.exec<{ first: number | null }>("SELECT MIN(held_until) AS first FROM seats WHERE sold_to IS NULL").one();
		if (first === null) await this.ctx.storage.deleteAlarm();
		else await this.ctx.storage.setAlarm(first);
	}

	#seat(label: string): Seat | undefined {
		return this.#sql.exec<Seat>("SELECT * FROM seats WHERE label = ?", label).toArray()[0];
	}

	#heldByOther(seat: Seat, buyer: string, now: number): boolean {
		return seat.holder !== null && seat.holder !== buyer && (seat.held_until ?? 0) > now;
	}

	#migrate(): void {
		this.#sql.exec(`
			CREATE TABLE IF NOT EXISTS seats (label TEXT PRIMARY KEY, price INTEGER NOT NULL, holder TEXT, held_until INTEGER, sold_to TEXT);
			CREATE INDEX IF NOT EXISTS seats_by_hold ON seats (held_until);
			CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, label TEXT NOT NULL, buyer TEXT NOT NULL, cents INTEGER NOT NULL);
			CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL);
			INSERT OR IGNORE INTO totals (id, cents) VALUES (1, 0);
		`);
	}
}

export default {
	async fetch(request, env): Promise<Response> {
		const url = new URL(request.url);
		const [, show, action, seat] = url.pathname.split("/");
		if (!show) return new Response("name a performance", { status: 404 });
		const desk = env.TICKET_DESK.getByName(show);
		const buyer = request.headers.get("x-buyer");
		if (request.method === "GET") return Response.json(await desk.available());
		if (!buyer || !seat) return new Response("buyer and seat are needed", { status: 400 });
		switch (action) {
			case "hold":
				return Response.json(await desk.hold(seat, buyer));
			case "release":
				return Response.json({ released: await desk.release(seat, buyer) });
			case "buy":
				return Response.json({ order: await desk.sell(seat, buyer) });
		}
		return new Response("not found", { status: 404 });
	},
} satisfies ExportedHandler<Env>;
