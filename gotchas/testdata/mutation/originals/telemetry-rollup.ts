import { DurableObject } from "cloudflare:workers";

interface Env {
    TELEMETRY: DurableObjectNamespace<Telemetry>;
    REPORT_URL: string;
}

interface Reading {
    metric: string;
    value: number;
    at: number;
}

const MINUTE = 60_000;
const ROLL_UP_EVERY = 5 * MINUTE;
const KEPT_DAYS = 30;
const MAX_BATCH = 500;

/** What one device measures: raw for some minutes, then one row for each hour. */
export class Telemetry extends DurableObject<Env> {
    private state: DurableObjectState;

    constructor(state: DurableObjectState, env: Env) {
        super(state, env);
        this.state = state;
        state.blockConcurrencyWhile(async () => this.createSchema());
    }

    private createSchema(): void {
        const { sql } = this.state.storage;
        sql.exec("CREATE TABLE IF NOT EXISTS readings (id INTEGER PRIMARY KEY, metric TEXT NOT NULL, value REAL NOT NULL, at INTEGER NOT NULL)");
        sql.exec("CREATE TABLE IF NOT EXISTS hours (metric TEXT NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, total REAL NOT NULL, PRIMARY KEY (metric, hour))");
    }

    async fetch(request: Request): Promise<Response> {
        const url = new URL(request.url);
        switch (`${request.method} ${url.pathname}`) {
            case "POST /readings":
                return this.record(await request.json<Reading[]>());
            case "GET /hours":
                return this.hours(url.searchParams.get("metric") ?? "", Number(url.searchParams.get("since")));
            case "DELETE /":
                await this.purge();
                return new Response(null, { status: 204 });
        }
        return new Response("not found", { status: 404 });
    }

    private async record(readings: Reading[]): Promise<Response> {
        if (readings.length > MAX_BATCH) return new Response("too many readings", { status: 413 });
        const { sql } = this.state.storage;
        for (const { metric, value, at } of readings) {
            sql.exec("INSERT INTO readings (metric, value, at) VALUES (?, ?, ?)", metric, value, at);
        }
        if ((await this.state.storage.getAlarm()) === null) {
            await this.state.storage.setAlarm(Date.now() + ROLL_UP_EVERY);
        }
        return Response.json({ stored: readings.length }, { status: 202 });
    }

    private hours(metric: string, since: number): Response {
        const rows = this.state.storage.sql
            .exec("SELECT hour, n, total / n AS mean FROM hours WHERE metric = ? AND hour >= ? ORDER BY hour LIMIT 744", metric, since)
            .toArray();
        return Response.json(rows);
    }

    async alarm(): Promise<void> {
        const rolledUp = this.rollUp();
        const left = this.state.storage.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM readings").one().n;
        if (left > 0) await this.state.storage.setAlarm(Date.now() + ROLL_UP_EVERY);
        console.log("rolled up", rolledUp, "readings, left", left);
    }

    /** Takes the readings of finished minutes into their hours, all or none of them. */
    private rollUp(): number {
        const { sql } = this.state.storage;
        const until = Math.floor(Date.now() / MINUTE) * MINUTE;
        return this.state.storage.transactionSync(() => {
            const taken = sql.exec<Record<string, SqlStorageValue> & Reading>("DELETE FROM readings WHERE at < ? RETURNING metric, value, at", until).toArray();
            for (const reading of taken) {
                const hour = Math.floor(reading.at / (60 * MINUTE));
                sql.exec(
                    "INSERT INTO hours (metric, hour, n, total) VALUES (?, ?, 1, ?) ON CONFLICT (metric, hour) DO UPDATE SET n = n + 1, total = total + excluded.total",
                    reading.metric,
                    hour,
                    reading.value,
                );
            }
            sql.exec("DELETE FROM hours WHERE hour < ?", Math.floor(until / (60 * MINUTE)) - KEPT_DAYS * 24);
            return taken.length;
        });
    }

    /** Forgets the device. The instance stays usable if it reports again. */
    private async purge(): Promise<void> {
        await this.state.storage.deleteAlarm();
        await this.state.storage.deleteAll();
        this.createSchema();
    }

    /** The means of the last day, for the operator's report. */
    async report(): Promise<boolean> {
        const means: Record<string, number> = {};
        const since = Math.floor(Date.now() / (60 * MINUTE)) - 24;
        const cursor = this.state.storage.sql.exec<{ metric: string; mean: number }>(
            "SELECT metric, SUM(total) / SUM(n) AS mean FROM hours WHERE hour >= ? GROUP BY metric ORDER BY metric LIMIT 100",
            since,
        );
        for (const { metric, mean } of cursor) means[metric] = mean;
        const response = await fetch(this.env.REPORT_URL, { method: "POST", body: JSON.stringify(means) });
        return response.ok;
    }
}

export default {
    async fetch(request, env) {
        const device = request.headers.get("x-device");
        if (!device) return new Response("which device?", { status: 400 });
        return env.TELEMETRY.getByName(device).fetch(request);
    },
} satisfies ExportedHandler<Env>;
