import { Agent, callable, getAgentByName, routeAgentRequest, type Connection } from "agents";

export interface Env {
	NOTES: DurableObjectNamespace<NotesAgent>;
	AI: Ai;
	MAIL: Queue<{ to: string; subject: string; text: string }>;
}

interface NotesState {
	owner: string;
	open: number;
	digest: string;
	digestHour: number;
}

type Note = { id: string; text: string; due: number | null; done: number };

type Reminder = { id: string };

const MODEL = "@cf/meta/llama-3.1-8b-instruct";
const SHOWN = 100;

/** Somebody's notes, with reminders and a digest that is written once a day. */
export class NotesAgent extends Agent<Env, NotesState> {
	initialState: NotesState = { owner: "", open: 0, digest: "", digestHour: 7 };

	async onStart(): Promise<void> {
		this.sql`CREATE TABLE IF NOT EXISTS notes (
			id TEXT PRIMARY KEY,
			text TEXT NOT NULL,
			due INTEGER,
			done INTEGER NOT NULL DEFAULT 0
		)`;
		this.sql`CREATE INDEX IF NOT EXISTS notes_by_due ON notes (done, due)`;
	}

	@callable()
	async add(text: string, due?: string): Promise<string> {
		const id = crypto.randomUUID();
		const at = due ? new Date(due) : null;
		this.sql`INSERT INTO notes (id, text, due) VALUES (${id}, ${text}, ${at ? at.getTime() : null})`;
		if (at) await this.schedule(at, "remind", { id });
		this.refresh();
		return id;
	}

	@callable()
	list(): Note[] {
		return this.sql<Note>`SELECT id, text, due, done FROM notes ORDER BY done, due LIMIT ${SHOWN}`;
	}

	@callable()
	async finish(id: string): Promise<void> {
		this.sql`UPDATE notes SET done = 1 WHERE id = ${id}`;
		for (const entry of this.getSchedules<Reminder>()) {
			if (entry.payload.id === id) await this.cancelSchedule(entry.id);
		}
		this.refresh();
	}

	@callable()
	async setOwner(owner: string, digestHour: number): Promise<void> {
		this.setState({ ...this.state, owner, digestHour });
		for (const entry of this.getSchedules({ type: "cron" })) await this.cancelSchedule(entry.id);
		await this.schedule(`0 ${digestHour} * * *`, "writeDigest", {});
	}

	/** Called by the schedule that add made. */
	async remind({ id }: Reminder): Promise<void> {
		const [note] = this.sql<Note>`SELECT id, text, due, done FROM notes WHERE id = ${id}`;
		if (!note || note.done || !this.state.owner) return;
		await this.env.MAIL.send({ to: this.state.owner, subject: "Reminder", text: note.text });
	}

	/** Called by the daily schedule. */
	async writeDigest(): Promise<void> {
		const notes = this.sql<Note>`SELECT id, text, due, done FROM notes WHERE done = 0 ORDER BY due LIMIT 20`;
		if (notes.length === 0) return;
		const prompt = `Sum up in two sentences:\n${notes.map((note) => `- ${note.text}`).join("\n")}`;
		const answer = (await this.env.AI.run(MODEL, { prompt })) as { response?: string };
		this.setState({ ...this.state, digest: answer.response ?? "" });
	}

	async onRequest(request: Request): Promise<Response> {
		if (request.method !== "GET") return new Response("read only", { status: 405 });
		return Response.json({ digest: this.state.digest, notes: this.list() });
	}

	async onMessage(connection: Connection, message: string): Promise<void> {
		const id = await this.add(message);
		connection.send(JSON.stringify({ added: id }));
	}

	private refresh(): void {
		const [row] = this.sql<{ n: number }>`SELECT COUNT(*) AS n FROM notes WHERE done = 0`;
		this.setState({ ...this.state, open: row?.n ?? 0 });
	}
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const routed = await routeAgentRequest(request, env);
		return routed ?? new Response("not found", { status: 404 });
	},

	async email(message: ForwardableEmailMessage, env: Env): Promise<void> {
		const agent = await getAgentByName(env.NOTES, message.to);
		const subject = message.headers.get("subject") ?? "(no subject)";
		await agent.add(subject);
	},
};
