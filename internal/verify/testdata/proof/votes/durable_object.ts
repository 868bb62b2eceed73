import { DurableObject } from 'cloudflare:workers'

type Question = { text: string; options: string[]; votes: number[] }

const OPEN_MS = 7 * 24 * 60 * 60_000

/** A poll that is open for a week. Everything is synchronous, so that nothing comes between. */
export class Poll extends DurableObject<Env> {
  get kv() {
    return this.ctx.storage.kv
  }

  async ask(text: string, options: string[]): Promise<void> {
    this.kv.put('question', { text, options, votes: options.map(() => 0) })
    await this.ctx.storage.setAlarm(Date.now() + OPEN_MS)
  }

  vote(voter: string, option: number): 'counted' | 'again' | 'closed' {
    const question = this.kv.get<Question>('question')
    if (!question || !(option in question.votes)) return 'closed'
    if (this.kv.get(`voter:${voter}`) !== undefined) return 'again'
    question.votes[option]!++
    this.kv.put(`voter:${voter}`, option)
    this.kv.put('question', question)
    return 'counted'
  }

  result(): Question | null {
    return this.kv.get<Question>('question') ?? null
  }

  async close(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  override async alarm(): Promise<void> {
    await this.close()
  }
}

const app: ExportedHandler<Env> = {
  async fetch(request, env) {
    const url = new URL(request.url)
    const [, name = '', verb = ''] = url.pathname.split('/')
    const poll = env.POLL.getByName(name)
    if (request.method === 'GET') return Response.json(await poll.result())
    if (request.method === 'DELETE') {
      await poll.close()
      return new Response(null, { status: 204 })
    }
    if (verb === 'vote') {
      const outcome = await poll.vote(url.searchParams.get('voter') ?? crypto.randomUUID(), Number(url.searchParams.get('option')))
      return Response.json({ outcome })
    }
    const { text, options } = await request.json<{ text: string; options: string[] }>()
    await poll.ask(text, options)
    return Response.json({ asked: text }, { status: 201 })
  },
}

export default app
