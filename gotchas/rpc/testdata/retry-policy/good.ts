export default {
  async fetch(_request, env): Promise<Response> {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        return Response.json(await env.JOBS.getByName("today").take()); // ok
      } catch (error) {
        const { message, ...marks } = error as Error & { retryable?: boolean; overloaded?: boolean };
        console.warn("attempt", attempt, message);
        if (!marks.retryable || marks.overloaded) throw error; // guard
        await scheduler.wait(100 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
    return new Response("busy", { status: 503 });
  },
} satisfies ExportedHandler<Env>;
