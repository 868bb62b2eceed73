export default {
  async fetch(_request, env): Promise<Response> {
    const stub = env.JOBS.getByName("today");
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        return Response.json(await stub.take()); // want "uses the stub of line 3"
      } catch {
        await scheduler.wait(100 * 2 ** attempt);
      }
    }
    return new Response("busy", { status: 503 });
  },
} satisfies ExportedHandler<Env>;
