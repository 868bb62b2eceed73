// Reads configurations, a line of JSON each, from the standard input with wrangler's
// own reader, and says of each what it makes of it: R refused, W warned about, . nothing.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const answer = process.stdout.write.bind(process.stdout);
let said = "";
process.stdout.write = process.stderr.write = (text) => ((said += text), true);
for (const level of ["log", "warn", "error", "info", "debug"]) {
  console[level] = (...words) => (said += words.join(" "));
}
const { unstable_readConfig: read } = createRequire(join(process.argv[2], "x.js"))("wrangler");
const dir = mkdtempSync(join(tmpdir(), "shape-"));
const config = join(dir, "wrangler.json");
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { env, ...rest } = JSON.parse(line);
  writeFileSync(config, JSON.stringify(rest.config));
  said = "";
  let verdict = ".";
  try {
    read({ config, env });
    if (said.includes("WARNING")) verdict = "W";
  } catch {
    verdict = "R";
  }
  answer(verdict + "\n");
}
rmSync(dir, { recursive: true });
