export * from "./objects";

export default {
  async fetch(): Promise<Response> {
    return new Response("hello");
  },
};
