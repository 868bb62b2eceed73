export default {
  async fetch(_request, env): Promise<Response> {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        return Response.json(await env.JOBS.getByName("today").take()); // want "Every error of take is tried again, also an overload"
      } catch (error) {
        console.warn("attempt", attempt, error);
        await scheduler.wait(100 * 2 ** attempt);
      }
    }
    return new Response("busy", { status: 503 });
  },
} satisfies ExportedHandler<Env>;
