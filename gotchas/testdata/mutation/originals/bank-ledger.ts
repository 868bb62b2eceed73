import { DurableObject } from "cloudflare:workers";

export interface Env {
	ACCOUNT: DurableObjectNamespace<Account>;
	TRANSFERS: DurableObjectNamespace;
}

type Posting = { ok: true; balance: number } | { ok: false; why: string };

interface Transfer {
	from: string;
	to: string;
	cents: number;
	at: number;
}

/** How long an account remembers the ids of its postings. */
const REMEMBERED_MS = 90 * 24 * 60 * 60_000;

/** One account. Each posting has an id, so that a repeated one changes nothing. */
export class Account extends DurableObject<Env> {
	private db: SqlStorage;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.db = ctx.storage.sql;
		ctx.blockConcurrencyWhile(async () => {
			this.db.exec("CREATE TABLE IF NOT EXISTS postings (id TEXT PRIMARY KEY, cents INTEGER NOT NULL, at INTEGER NOT NULL)");
			this.db.exec("CREATE TABLE IF NOT EXISTS balance (one INTEGER PRIMARY KEY CHECK (one = 1), cents INTEGER NOT NULL)");
			this.db.exec("INSERT OR IGNORE INTO balance (one, cents) VALUES (1, 0)");
		});
	}

	async withdraw(id: string, cents: number): Promise<Posting> {
		if (this.posted(id)) return { ok: true, balance: this.total() };
		if (cents <= 0 || this.total() < cents) return { ok: false, why: "not enough money" };
		return this.post(id, -cents);
	}

	async deposit(id: string, cents: number): Promise<Posting> {
		if (this.posted(id)) return { ok: true, balance: this.total() };
		if (cents <= 0) return { ok: false, why: "nothing to deposit" };
		return this.post(id, cents);
	}

	async balance(): Promise<number> {
		return this.total();
	}

	private posted(id: string): boolean {
		return this.db.exec("SELECT 1 FROM postings WHERE id = ?", id).toArray().length > 0;
	}

	private total(): number {
		return this.db.exec<{ cents: number }>("SELECT cents FROM balance WHERE one = 1").one().cents;
	}

	private post(id: string, cents: number): Posting {
		this.ctx.storage.transactionSync(() => {
			this.db.exec("INSERT INTO postings (id, cents, at) VALUES (?, ?, ?)", id, cents, Date.now());
			this.db.exec("UPDATE balance SET cents = cents + ? WHERE one = 1", cents);
			this.db.exec("DELETE FROM postings WHERE at < ?", Date.now() - REMEMBERED_MS);
		});
		return { ok: true, balance: this.total() };
	}
}

/** Moves money between two accounts, and finishes what it has begun. */
export class Transfers implements DurableObject {
	private opened: Promise<void>;
	private count = 0;

	constructor(
		private state: DurableObjectState,
		private env: Env,
	) {
		this.opened = this.state.blockConcurrencyWhile(async () => {
			const pending = await this.state.storage.list<Transfer>({ prefix: "pending:", limit: 1_000 });
			this.count = pending.size;
		});
	}

	async fetch(request: Request): Promise<Response> {
		await this.opened;
		if (request.method === "GET") return Response.json({ pending: this.count });
		const { id, from, to, cents } = await request.json<{ id: string; from: string; to: string; cents: number }>();
		await this.remember(id, { from, to, cents, at: Date.now() });
		const refused = await this.complete(id);
		if (refused) return Response.json({ error: refused }, { status: 409 });
		return Response.json({ id });
	}

	/** Finishes what a crash or a failing account left; the ids make a second try harmless. */
	async alarm(): Promise<void> {
		const pending = await this.state.storage.list<Transfer>({ prefix: "pending:", limit: 50 });
		for (const key of pending.keys()) {
			await this.complete(key.slice("pending:".length));
		}
		await this.wakeAgain();
	}

	/** Does both halves of a transfer, and says why where the first one is refused. */
	private async complete(id: string): Promise<string | undefined> {
		const transfer = await this.state.storage.get<Transfer>(`pending:${id}`);
		if (!transfer) return;
		const taken = await this.account(transfer.from).withdraw(`${id}:out`, transfer.cents);
		if (taken.ok) await this.account(transfer.to).deposit(`${id}:in`, transfer.cents);
		const removed = await this.state.storage.delete(`pending:${id}`);
		if (removed) this.count--;
		return taken.ok ? undefined : taken.why;
	}

	private async remember(id: string, transfer: Transfer): Promise<void> {
		await this.state.storage.put(`pending:${id}`, transfer);
		this.count++;
		await this.wakeAgain();
	}

	private async wakeAgain(): Promise<void> {
		if (this.count === 0) return;
		if ((await this.state.storage.getAlarm()) === null) await this.state.storage.setAlarm(Date.now() + 10_000);
	}

	private account(name: string) {
		return this.env.ACCOUNT.get(this.env.ACCOUNT.idFromName(name));
	}
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const branch = new URL(request.url).pathname.split("/")[1];
		if (!branch) return new Response("name a branch", { status: 404 });
		const id = env.TRANSFERS.idFromName(branch);
		return env.TRANSFERS.get(id).fetch(request);
	},
};
