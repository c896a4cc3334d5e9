// Every WebSocket of the route table × everybody: for whom it opens, and with what status it does not.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { eventually } from '../../support/eventually.ts'
import { BAD_TOKENS, startGateWorld, type GateWorld, type Name } from '../../support/gate-world.ts'

let world: GateWorld
beforeAll(async () => {
  world = await startGateWorld()
})
afterAll(() => world.stop())
const base = '/claude/sessions'
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

describe('WebSockets', () => {
  const shake = (headers: Record<string, string> = {}, query = '', path = '/ws') =>
    fetch(`${world.relay.url}${path}${query}`, { headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers } }).then((response) => response.status)

  /** Who may, with a good token or none; a session's people by their standing in it, and who reads it by a link. */
  const SOCKETS: Record<string, Record<Name | 'link' | 'nobody', 'open' | number>> = {
    '/ws': { nobody: 'open', stranger: 'open', removed: 'open', globalViewer: 'open', viewer: 'open', collaborator: 'open', owner: 'open', link: 'open' },
    '/ws/executions/:id': { nobody: 'open', stranger: 404, removed: 404, globalViewer: 'open', viewer: 'open', collaborator: 'open', owner: 'open', link: 403 },
  }
  /** Opens it, and says how that went: 'open', or the status of the refusal. */
  async function opened(path: string, token: string | null): Promise<'open' | number> {
    const protocols = ['ensemble.v1', ...(token === null ? [] : [`bearer.${token}`])]
    const socket = new WebSocket(`${world.relay.url.replace('http', 'ws')}${path}`, protocols)
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.onopen = () => resolve(true)
      socket.onclose = () => resolve(false)
    })
    socket.close()
    return isOpen ? 'open' : shake({ 'sec-websocket-protocol': protocols.join(', ') }, '', path)
  }

  test('every one of the table is tried, and nothing else becomes one', async () => {
    const sockets = world.relay.relay.routes.filter(({ socket }) => socket).map(nameOf)
    expect(sockets).toEqual(Object.keys(SOCKETS).map((path) => `GET ${path}`))
    const good = { 'sec-websocket-protocol': `ensemble.v1, bearer.${world.tokens['owner']}` }
    for (const path of ['/ws/', '/ws/executions', '/ws/executions/', '/ws/executions/a/b', '/ws/other', '/api/v1/me/ws']) expect([path, await shake(good, '', path)]).toEqual([path, 404])
  })

  for (const [path, outcomes] of Object.entries(SOCKETS)) {
    test(`${path}: for whom it opens`, async () => {
      const session = await world.busy()
      const at = path.replace(':id', world.executionOf(session))
      for (const kind of BAD_TOKENS) {
        expect([kind, await shake({ 'sec-websocket-protocol': `ensemble.v1, bearer.${world.tokens[kind]}` }, '', at)]).toEqual([kind, 401])
        expect([kind, await shake({}, `?token=${encodeURIComponent(world.tokens[kind]!)}`, at)]).toEqual([kind, 401])
      }
      const link = new URL((await world.ask('owner', 'POST', `${base}/${session}/links`, { expires_in: '1h' })).body.url)
      const reader = await world.fetchWith(null, 'POST', '/auth/link', { link: link.pathname.split('/').at(-1), secret: link.hash.slice(1) })
      const tokens: Record<string, string | null> = { ...world.tokens, link: reader.body.access_token, nobody: null }
      const seen = await Promise.all(Object.keys(outcomes).map(async (who) => [who, await opened(at, tokens[who]!)]))
      expect(Object.fromEntries(seen)).toEqual(outcomes)
      await world.ask('admin', 'DELETE', `${base}/${session}`)
    })

    test(`${path}: whoever has not said who they are hears and does nothing, and says it by nothing wrong`, async () => {
      const session = await world.busy()
      const at = path.replace(':id', world.executionOf(session))
      for (const [message, who] of [[{ type: 'subscribe', id: 'a', channel: `session:${session}`, data: {} }], [{ type: 'auth', id: 'a', data: { token: world.tokens['expired'] } }], [{ type: 'auth', id: 'a', data: { token: world.tokens['stranger'] } }, 'stranger']] as const) {
        if (who && outcomes[who] === 'open') continue
        const frames: string[] = []
        const socket = new WebSocket(`${world.relay.url.replace('http', 'ws')}${at}`, ['ensemble.v1'])
        socket.onopen = () => socket.send(JSON.stringify(message))
        socket.onmessage = ({ data }) => frames.push(String(data))
        await eventually('a refusal', () => frames.some((each) => each.includes('"error"')))
        expect(frames.join('\n')).toMatch(who ? /NOT_FOUND/ : /UNAUTHORIZED/)
        expect(frames.join('\n')).not.toContain(`hold ${session}`)
        socket.close()
      }
      await world.ask('admin', 'DELETE', `${base}/${session}`)
    })
  }
  test('a foreign Host or Origin is refused with a good token as well', async () => {
    const good = { 'sec-websocket-protocol': `ensemble.v1, bearer.${world.tokens['owner']}` }
    expect(await shake({ ...good, host: 'evil.example' })).toBe(421)
    expect(await shake({ ...good, origin: 'https://evil.example' })).toBe(403)
    expect(await shake({ ...good, origin: 'null' })).toBe(403)
  })
})
