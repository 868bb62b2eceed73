import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject<Env> {}

interface Options {
  namespace: DurableObjectNamespace<Room>;
}

// Neither name is one of env.
export function room(options: Options, env: Env, binding: keyof Env) {
  const rooms = env[binding] as DurableObjectNamespace<Room>;
  return [options.namespace.getByName("main"), rooms.getByName("main")]; // ok
}

export default {
  fetch: (request: Request, env: Env) => env.ROOM.getByName("main").fetch(request),
};
