// An independent client, the official TypeScript SDK, which checks structured
// content against each tool's output schema. It prints what it saw as JSON.
// Usage: node client.mjs SERVER ROOT
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, root] = process.argv.slice(2);
const client = new Client({ name: "independent", version: "1.0.0" });
await client.connect(new StdioClientTransport({ command, args: ["--root", root] }));

const call = async (name, args) => {
  const r = await client.callTool({ name, arguments: args });
  return { isError: r.isError === true, text: r.content.map((c) => c.text).join(""), structured: r.structuredContent ?? null };
};

const tools = (await client.listTools()).tools;
const resources = (await client.listResources()).resources;
const prompts = (await client.listPrompts()).prompts;
const seen = {
  instructions: client.getInstructions(),
  tools: tools.map((t) => t.name),
  resources: resources.map((r) => r.uri),
  prompts: prompts.map((p) => p.name),
  empty: [],
  scaffold: await call("scaffold_durable_object", { spec: "ClickCounter DO: persistent counter, POST /increment, GET /count" }),
  config: await call("write_wrangler_config", {}),
  review: await call("review_gotchas", { source: 'import { DurableObject } from "cloudflare:workers";\nexport class A extends DurableObject { go() { setTimeout(() => this.go(), 3600000); } }' }),
  verify: await call("verify_results", { depth: "static" }),
  refused: await call("review_gotchas", { paht: "x" }),
  prompt: (await client.getPrompt({ name: "build_durable_object", arguments: { spec: "a lock" } })).messages[0].content.text,
};
for (const r of resources) {
  const { contents } = await client.readResource({ uri: r.uri });
  if (!contents[0]?.text?.trim()) seen.empty.push(r.uri);
}
await client.close();
console.log(JSON.stringify(seen));
