// Writes any value that can be stored, or returned by a method, as JSON with a
// tag for what JSON lacks. Object keys keep their order.
const special = {
  bigint: (v) => ({ bigint: String(v) }),
  number: (v) => (Number.isFinite(v) ? v : { number: String(v) }),
  function: () => ({ stub: true }),
  symbol: () => undefined,
};

export const text = (value) => {
  const above = new Set();
  const plain = (v) => {
    if (v === null || typeof v !== "object") return special[typeof v]?.(v) ?? v;
    if (above.has(v)) return { circular: true };
    above.add(v);
    try {
      if (v instanceof Map) return { map: [...v].map((pair) => pair.map(plain)) };
      if (v instanceof Set) return { set: [...v].map(plain) };
      if (v instanceof Date) return Number.isNaN(v.getTime()) ? { date: "invalid" } : v.toISOString();
      if (v instanceof RegExp) return { regexp: String(v) };
      if (v instanceof Error) return { error: `${v.name}: ${v.message}` };
      if (v instanceof ArrayBuffer) return { bytes: [...new Uint8Array(v)] };
      if (ArrayBuffer.isView(v)) return { bytes: [...new Uint8Array(v.buffer, v.byteOffset, v.byteLength)] };
      if (Array.isArray(v)) return Array.from(v, (item) => plain(item) ?? null);
      const name = Object.getPrototypeOf(v)?.constructor?.name;
      if (name === "Headers") return { headers: [...v] };
      if (name === "Response") return { response: v.status };
      if (name !== undefined && name !== "Object") return { [name === "RpcStub" || name === "RpcPromise" || name === "Fetcher" ? "stub" : name]: true };
      return Object.fromEntries(Object.entries(v).map(([key, item]) => [key, plain(item)]));
    } finally {
      above.delete(v);
    }
  };
  return JSON.stringify(plain(value)) ?? "undefined";
};

// cut keeps a large value comparable without carrying it.
export const cut = async (all) => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all));
  const hex = [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${all.slice(0, 200)}… (${all.length} characters, SHA-256 ${hex})`;
};
