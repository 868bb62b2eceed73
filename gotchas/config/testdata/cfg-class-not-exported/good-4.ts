export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return env.ROOM.getByName("main").fetch(request);
  },
};
