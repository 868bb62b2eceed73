export class Room {
  constructor(state, env) {
    this.storage = state.storage;
    this.env = env;
    state.blockConcurrencyWhile(async () => {
      await this.storage.deleteAll(); // want "deletes all that it has stored"
    });
  }

  async fetch() {
    return new Response(String(await this.storage.get("n")));
  }
}
