import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'

type Bindings = {
  PRESENCE: DurableObjectNamespace<Presence>
}

type Person = { id: string; name: string; status: 'here' | 'away'; since: number }

const MAX_PEOPLE = 200

// Who is in a room. Each person is what their socket carries, so the map of
// people is made from the open sockets whenever the object starts.
export class Presence extends DurableObject<Bindings> {
  #people = new Map<WebSocket, Person>()
  #app = new Hono<{ Bindings: Bindings }>()

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    for (const ws of ctx.getWebSockets()) {
      const person = ws.deserializeAttachment() as Person | null
      if (person) this.#people.set(ws, person)
    }
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))

    this.#app.get('/people', (c) => c.json([...this.#people.values()]))
    this.#app.get('/count', (c) => c.text(String(this.#people.size)))
    this.#app.get('/join', (c) => {
      if (c.req.header('upgrade') !== 'websocket') return c.text('expected a WebSocket', 426)
      const id = c.req.query('id')
      const name = c.req.query('name')?.trim()
      if (!id || !name) return c.text('id and name are needed', 400)
      if (this.#people.size >= MAX_PEOPLE) return c.text('the room is full', 503)
      return this.#join(id, name)
    })
    this.#app.delete('/people/:id', (c) => {
      const gone = this.#kick(c.req.param('id'))
      return c.json({ gone }, gone ? 200 : 404)
    })
  }

  override fetch(request: Request): Response | Promise<Response> {
    return this.#app.fetch(request, this.env)
  }

  override async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const person = this.#people.get(ws)
    if (!person || typeof message !== 'string') return
    if (message !== 'here' && message !== 'away') return
    const changed: Person = { ...person, status: message, since: Date.now() }
    this.#keep(ws, changed)
    this.#tell({ kind: 'changed', person: changed })
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    // 1005 and 1006 say that there was no code; they cannot be sent.
    ws.close(code === 1005 || code === 1006 ? 1000 : code, 'bye')
    this.#leave(ws)
  }

  override async webSocketError(ws: WebSocket, error: unknown): Promise<void> {
    console.warn('socket failed', error)
    this.#leave(ws)
  }

  #join(id: string, name: string): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server, [id.slice(0, 64)])
    const person: Person = { id, name: name.slice(0, 80), status: 'here', since: Date.now() }
    this.#keep(server, person)
    this.#tell({ kind: 'joined', person })
    server.send(JSON.stringify({ kind: 'people', people: [...this.#people.values()] }))
    return new Response(null, { status: 101, webSocket: client })
  }

  // The attachment is what lasts; the map is only quicker to look through.
  #keep(ws: WebSocket, person: Person): void {
    ws.serializeAttachment(person)
    this.#people.set(ws, person)
  }

  #leave(ws: WebSocket): void {
    const person = this.#people.get(ws)
    if (!this.#people.delete(ws) || !person) return
    this.#tell({ kind: 'left', id: person.id })
  }

  #kick(id: string): boolean {
    const sockets = this.ctx.getWebSockets(id)
    for (const ws of sockets) {
      ws.close(4000, 'removed')
      this.#leave(ws)
    }
    return sockets.length > 0
  }

  #tell(news: { kind: string; person?: Person; id?: string }): void {
    const text = JSON.stringify(news)
    for (const ws of this.#people.keys()) {
      try {
        ws.send(text)
      } catch {
        this.#people.delete(ws) // it is closed, and its close event follows
      }
    }
  }
}

const app = new Hono<{ Bindings: Bindings }>()

app.all('/rooms/:room/:rest{.+}', (c) => {
  const { room, rest } = c.req.param()
  const stub = c.env.PRESENCE.getByName(room)
  const url = new URL(c.req.url)
  url.pathname = `/${rest}`
  return stub.fetch(new Request(url, c.req.raw))
})

export default app
