import { DurableObject } from "cloudflare:workers";

export interface Env {
	LEADERBOARD: DurableObjectNamespace<Leaderboard>;
}

type Standing = { player: string; points: number; country: string; updated_at: number };
type Rank = { player: string; place: number };
type Place = { points: number; player: string };

export interface Page {
	rows: Standing[];
	/** Where the next page begins; null after the last one. */
	next: Place | null;
}

const PAGE = 50;
/** A statement takes at most 100 parameters, and an upsert below has four for each row. */
const ROWS_PER_INSERT = 25;
const KEPT_SEASONS = 12;

/** Steps that each object runs once, in order. Deployed steps are never edited. */
const MIGRATIONS = [
	`CREATE TABLE standings (player TEXT PRIMARY KEY, points INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
	 CREATE INDEX standings_by_points ON standings (points DESC, player);`,
	`ALTER TABLE standings ADD COLUMN country TEXT NOT NULL DEFAULT '';`,
	`CREATE TABLE seasons (id INTEGER PRIMARY KEY, closed_at INTEGER NOT NULL, winners TEXT NOT NULL) STRICT;`,
];

function* chunks<T>(all: readonly T[], size: number): Generator<T[]> {
	for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
}

/** The ranking of one game in one season, with the winners of the last ones. */
export class Leaderboard extends DurableObject<Env> {
	private readonly sql = this.ctx.storage.sql;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		ctx.blockConcurrencyWhile(async () => {
			this.sql.exec("CREATE TABLE IF NOT EXISTS schema_steps (step INTEGER PRIMARY KEY, ran_at INTEGER NOT NULL)");
			const done = this.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM schema_steps").one().n;
			for (const [step, text] of MIGRATIONS.entries()) {
				if (step < done) continue;
				ctx.storage.transactionSync(() => {
					this.sql.exec(text);
					this.sql.exec("INSERT INTO schema_steps (step, ran_at) VALUES (?, ?)", step, Date.now());
				});
			}
		});
	}

	/** Adds points, and gives the new total. */
	async score(player: string, points: number, country: string | null): Promise<number> {
		const { points: total } = this.sql
			.exec<{ points: number }>(
				`INSERT INTO standings (player, points, country, updated_at) VALUES (?, ?, ?, ?)
				 ON CONFLICT (player) DO UPDATE SET points = points + excluded.points, updated_at = excluded.updated_at
				 RETURNING points`,
				player,
				points,
				country ?? "",
				Date.now(),
			)
			.one();
		return total;
	}

	/** Replaces many totals at once, for instance after a recount. */
	async load(standings: Standing[]): Promise<void> {
		this.ctx.storage.transactionSync(() => {
			for (const some of chunks(standings, ROWS_PER_INSERT)) {
				const places = some.map(() => "(?, ?, ?, ?)").join(", ");
				const values = some.flatMap((row) => [row.player, row.points, row.country, row.updated_at]);
				this.sql.exec(`INSERT OR REPLACE INTO standings (player, points, country, updated_at) VALUES ${places}`, ...values);
			}
		});
	}

	/** A page of the ranking, best first. */
	async page(after?: Place): Promise<Page> {
		const rows = after
			? this.sql
					.exec<Standing>(
						"SELECT player, points, country, updated_at FROM standings WHERE (points, player) < (?, ?) ORDER BY points DESC, player DESC LIMIT ?",
						after.points,
						after.player,
						PAGE,
					)
					.toArray()
			: this.sql.exec<Standing>(`SELECT player, points, country, updated_at FROM standings ORDER BY points DESC, player DESC LIMIT ${PAGE}`).toArray();
		const last = rows.at(-1);
		return { rows, next: last && rows.length === PAGE ? { points: last.points, player: last.player } : null };
	}

	/** The standings of some friends. The whole list is one parameter. */
	async friends(players: string[]): Promise<Standing[]> {
		return this.sql
			.exec<Standing>("SELECT * FROM standings WHERE player IN (SELECT value FROM json_each(?)) ORDER BY points DESC LIMIT 200", JSON.stringify(players))
			.toArray();
	}

	/** Removes cheaters, and says how many there were. */
	async ban(players: string[]): Promise<number> {
		let removed = 0;
		for (const some of chunks(players, 100)) {
			const marks = some.map(() => "?").join(", ");
			removed += this.sql.exec(`DELETE FROM standings WHERE player IN (${marks}) RETURNING player`, ...some).toArray().length;
		}
		return removed;
	}

	async placeOf(player: string): Promise<number | null> {
		const found = this.sql.exec<Place>("SELECT player, points FROM standings WHERE player = ?", player).toArray()[0];
		if (!found) return null;
		const { above } = this.sql.exec<{ above: number }>("SELECT COUNT(*) AS above FROM standings WHERE points > ?", found.points).one();
		return above + 1;
	}

	/** Ends the season: notes the best ten and starts again from nothing. */
	async closeSeason(): Promise<Rank[]> {
		const best = this.sql.exec<{ player: string }>("SELECT player FROM standings ORDER BY points DESC, player LIMIT 10").toArray();
		const winners = best.map(({ player }, i) => ({ player, place: i + 1 }));
		this.ctx.storage.transactionSync(() => {
			this.sql.exec("INSERT INTO seasons (closed_at, winners) VALUES (?, ?)", Date.now(), JSON.stringify(winners));
			this.sql.exec("DELETE FROM seasons WHERE id NOT IN (SELECT id FROM seasons ORDER BY id DESC LIMIT ?)", KEPT_SEASONS);
			this.sql.exec("DELETE FROM standings");
		});
		return winners;
	}
}

export default {
	async fetch(request, env): Promise<Response> {
		const url = new URL(request.url);
		const game = url.pathname.split("/")[1];
		if (!game) return new Response("name a game", { status: 404 });
		const board = env.LEADERBOARD.getByName(game);
		if (request.method === "GET") return Response.json(await board.page());
		const { player, points } = await request.json<{ player: string; points: number }>();
		const country = request.headers.get("cf-ipcountry");
		return Response.json({ points: await board.score(player, points, country) });
	},
} satisfies ExportedHandler<Env>;
