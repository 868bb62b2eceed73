import { DurableObject } from 'cloudflare:workers'

export interface Env {
  CART: DurableObjectNamespace<Cart>
  ORDERS: Queue<Order>
}

interface Line {
  sku: string
  title: string
  cents: number
  count: number
  addedAt: Date
}

interface Order {
  id: string
  lines: Line[]
  cents: number
}

interface Address {
  name: string
  street: string
  city: string
  country: string
}

const MAX_LINES = 100
const KEYS_PER_CALL = 128
const KEPT_MS = 30 * 24 * 60 * 60_000

const lineKey = (sku: string) => `line:${sku}`

/** One shopper's cart: a key for each line, and a few settings. */
export class Cart extends DurableObject<Env> {
  /** Adds to a line, or makes it. */
  async add(sku: string, title: string, cents: number, count = 1): Promise<Line> {
    const { storage } = this.ctx
    const line = (await storage.get<Line>(lineKey(sku))) ?? { sku, title, cents, count: 0, addedAt: new Date() }
    if (line.count === 0 && (await this.size()) >= MAX_LINES) throw new RangeError(`a cart has at most ${MAX_LINES} lines`)
    line.count += count
    await storage.put(lineKey(sku), line)
    await this.keepFor(KEPT_MS)
    return line
  }

  async remove(sku: string): Promise<boolean> {
    return this.ctx.storage.delete(lineKey(sku))
  }

  /** Sets several counts in one go; what is counted as zero goes. */
  async setCounts(counts: Record<string, number>): Promise<void> {
    const { storage } = this.ctx
    const known = await this.linesOf(Object.keys(counts))
    const changed: Record<string, Line> = {}
    const gone: string[] = []
    for (const [key, line] of known) {
      const count = counts[line.sku]
      if (count > 0) changed[key] = { ...line, count }
      else gone.push(key)
    }
    await storage.put(changed)
    await storage.delete(gone)
  }

  async lines(after?: string): Promise<Line[]> {
    const startAfter = after === undefined ? undefined : lineKey(after)
    const page = await this.ctx.storage.list<Line>({ prefix: 'line:', limit: 50, startAfter })
    return [...page.values()]
  }

  async ship(address: Address, note: string | null): Promise<void> {
    await this.ctx.storage.put({ address, note: note ?? '' })
  }

  async unship(): Promise<void> {
    await this.ctx.storage.delete(['address', 'note'])
  }

  async settings(): Promise<{ address?: Address; note?: string }> {
    const found = await this.ctx.storage.get<Address | string>(['address', 'note'])
    return { address: found.get('address') as Address | undefined, note: found.get('note') as string | undefined }
  }

  /** Makes an order of the lines. It stays until the queue has it. */
  async checkout(): Promise<Order | null> {
    const order = await this.ctx.storage.transaction(async (txn) => {
      const lines = await txn.list<Line>({ prefix: 'line:', limit: MAX_LINES })
      if (lines.size === 0) return null
      const made: Order = { id: crypto.randomUUID(), lines: [...lines.values()], cents: 0 }
      for (const line of made.lines) made.cents += line.cents * line.count
      await txn.put(`order:${made.id}`, made)
      await txn.delete([...lines.keys()])
      return made
    })
    if (order) await this.send(order)
    return order
  }

  /** Sends what the queue did not get yet; a cart that was left alone for a month goes. */
  async alarm(): Promise<void> {
    const { storage } = this.ctx
    const waiting = await storage.list<Order>({ prefix: 'order:', limit: 20 })
    if (waiting.size === 0) {
      await storage.deleteAll()
      return
    }
    for (const order of waiting.values()) await this.send(order)
    await this.keepFor(KEPT_MS)
  }

  private async send(order: Order): Promise<void> {
    await this.env.ORDERS.send(order)
    await this.ctx.storage.delete(`order:${order.id}`)
  }

  private async size(): Promise<number> {
    return (await this.ctx.storage.list({ prefix: 'line:', limit: MAX_LINES })).size
  }

  private async keepFor(ms: number): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + ms)
  }

  /** The lines that there are of some articles, by key. */
  private async linesOf(skus: string[]): Promise<Map<string, Line>> {
    const all = new Map<string, Line>()
    for (let i = 0; i < skus.length; i += KEYS_PER_CALL) {
      const keys = skus.slice(i, i + KEYS_PER_CALL).map(lineKey)
      for (const [key, line] of await this.ctx.storage.get<Line>(keys)) all.set(key, line)
    }
    return all
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const shopper = request.headers.get('x-shopper')
    if (!shopper) return new Response('who is shopping?', { status: 401 })
    const cart = env.CART.getByName(shopper)
    if (request.method === 'GET') return Response.json(await cart.lines())
    const { sku, title, cents } = await request.json<Line>()
    return Response.json(await cart.add(sku, title, cents))
  },
} satisfies ExportedHandler<Env>
