import { evictDurableObject, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'

// What was stored goes after each test, so all of them may use the same room.
afterEach(() => reset())

async function connect(room: string, name: string): Promise<{ socket: WebSocket; received: string[] }> {
  const response = await env.CHAT.getByName(room).fetch(`https://chat/?name=${name}`, { headers: { upgrade: 'websocket' } })
  const socket = response.webSocket
  if (!socket) throw new Error(`no socket: ${response.status}`)
  const received: string[] = []
  socket.addEventListener('message', ({ data }) => received.push(String(data)))
  socket.accept()
  return { socket, received }
}

test('what one says, the other hears', async () => {
  const ann = await connect('lobby', 'ann')
  const bob = await connect('lobby', 'bob')
  ann.socket.send('hello')
  await vi.waitFor(() => expect(bob.received).toContain('ann: hello'))
})

test('a room remembers its members through hibernation', async () => {
  const ann = await connect('lobby', 'ann')
  const bob = await connect('lobby', 'bob')
  await evictDurableObject(env.CHAT.getByName('lobby'), { webSockets: 'hibernate' })
  bob.socket.send('still here?')
  await vi.waitFor(() => expect(ann.received).toContain('bob: still here?'))
})

test('who leaves is announced', async () => {
  const ann = await connect('lobby', 'ann')
  const bob = await connect('lobby', 'bob')
  bob.socket.close(1000, 'bye')
  await vi.waitFor(() => expect(ann.received).toContain('bob left'))
})

test('a request without a name is refused', async () => {
  const response = await env.CHAT.getByName('lobby').fetch('https://chat/', { headers: { upgrade: 'websocket' } })
  expect(response.status).toBe(400)
})

test.each([
  ['GET', 426],
  ['POST', 405],
])('%s without an upgrade is answered with %i', async (method, status) => {
  const response = await env.CHAT.getByName('lobby').fetch('https://chat/?name=ann', { method })
  expect(response.status).toBe(status)
})
