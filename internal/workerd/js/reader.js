// Reads what objects stored, in a process of its own, after the Worker under
// test has ended.
import { DurableObject } from "cloudflare:workers";
import { cut, text } from "./values.js";

const shown = async (value) => {
  const all = text(value);
  return all.length <= 2000 ? all : cut(all);
};

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

// Rows in the order of their keys. Of itself SQLite may read an index that has every
// column, in whose order two times that are a millisecond apart change places from run
// to run.
const rows = (sql, table) => {
  const by = (order) => sql.exec(`SELECT * FROM ${quoted(table)} ORDER BY ${order} LIMIT 2000`);
  try {
    return by("_rowid_");
  } catch {
    // WITHOUT ROWID, which has a primary key
    const keys = sql.exec(`PRAGMA table_info(${quoted(table)})`).toArray().filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    return by(keys.map(({ name }) => quoted(name)).join(", "));
  }
};

export class Reader extends DurableObject {
  alarm() {}
  async fetch() {
    const out = [];
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm !== null) out.push({ place: "alarm", group: "alarm", column: "", value: "pending" });
    for (const [key, value] of await this.ctx.storage.list()) out.push({ place: `key ${key}`, group: "keys", column: key, value: await shown(value) });
    const sql = this.ctx.storage.sql;
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name").toArray();
    for (const { name } of tables) {
      let row = 0;
      out.push({ place: `table ${name}`, group: "tables", column: name, value: "exists" });
      for (const r of rows(sql, name)) {
        row++;
        for (const [column, value] of Object.entries(r)) out.push({ place: `table ${name}, row ${row}, ${column}`, group: `table ${name}`, column, value: await shown(value) });
      }
    }
    return Response.json(out);
  }
}

export default {
  async fetch(request, env) {
    if (request.headers.get("x-control") !== env.TOKEN) return new Response("forbidden", { status: 403 });
    const url = new URL(request.url);
    const ns = env[url.searchParams.get("ns")];
    return ns.get(ns.idFromString(url.searchParams.get("id"))).fetch(request);
  },
};
