// The REST side of the small relay: sign-in by cookie, one workspace, sessions whose past is the log of their channel.
import type { SessionRow } from '#protocol'

export const sampleRow = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  session_id: id,
  workspace_id: 'w1',
  title: `Session ${id}`,
  owner_id: 'u1',
  owner_name: 'minji',
  visibility: 'workspace',
  state: 'idle',
  permission_mode: 'default',
  created_at: 1,
  updated_at: 1,
  archived: false,
  trusted: false,
  role: 'owner',
  people: ['minji'],
  unread: 0,
  ...more,
})

export function createSmallRest(world: { epoch: () => string; log: (channel: string) => { seq: number; type: string; data: unknown }[] }) {
  const rows = new Map<string, SessionRow>()
  const readSeqs = new Map<string, number>()
  const asked: string[] = []
  let signedIn = true
  let issued = 0
  let down = false
  let before: ((path: string) => Promise<Response | null>) | null = null

  const refuse = (status: number, code: string) => Response.json({ code, message: code, trace_id: 't', timestamp: 1 }, { status })
  const grant = () => Response.json({ access_token: `token-${++issued}`, expires_at: Date.now() + 900_000, user: { id: 'u1', name: 'minji', role: 'user' }, page_key: 'half' })

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v1/', '')
    asked.push(`${request.method} ${path}${url.search}`)
    if (down) return new Response('gone', { status: 502 })
    const instead = await before?.(path)
    if (instead) return instead
    if (path === 'auth/refresh') return signedIn ? grant() : refuse(401, 'UNAUTHORIZED')
    if (path === 'auth/login') {
      signedIn = true
      return grant()
    }
    if (path === 'auth/logout') {
      signedIn = false
      return Response.json({})
    }
    if (path === 'workspaces') {
      return Response.json({ workspaces: [{ id: 'w1', name: 'harbor', path: '/srv/harbor', trusted: false, owner: false, default: true }] })
    }
    if (path === 'claude/sessions') {
      const found = [...rows.values()].filter((row) => row.archived === (url.searchParams.get('archived') === 'true'))
      return Response.json({ sessions: found, total: found.length, next: null })
    }
    const [, id, part] = /^claude\/sessions\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    const row = rows.get(id ?? '')
    if (!row || !id) return refuse(404, 'NOT_FOUND')
    const events = world.log(`session:${id}`)
    if (part === 'state') {
      const queue = events.filter((each) => each.type === 'queue').at(-1)?.data ?? { session_id: id, items: [] }
      return Response.json({ epoch: world.epoch(), seq: events.length, session: row, participants: [{ session_id: id, user_id: 'u1', username: 'minji', role: row.role, hue: 0, joined_at: 1 }], queue, permissions: [], read_seq: readSeqs.get(id) ?? 0 })
    }
    if (part === 'events') {
      const limit = Number(url.searchParams.get('limit') ?? 100)
      const end = url.searchParams.has('before') ? Number(url.searchParams.get('before')) - 1 : events.length
      const page = events.slice(Math.max(0, end - limit), end).map((each) => ({ ...each, channel: `session:${id}`, timestamp: 1 }))
      return Response.json({ events: page, epoch: world.epoch(), top: events.length })
    }
    if (request.method === 'PATCH') {
      const patch = (await request.json()) as { read_seq?: number; archived?: boolean }
      if (patch.read_seq !== undefined) readSeqs.set(id, patch.read_seq)
      if (patch.archived !== undefined) rows.set(id, { ...row, archived: patch.archived })
      return Response.json({})
    }
    return Response.json(row)
  }

  return {
    answer,
    rows,
    readSeqs,
    asked,
    count: (start: string) => asked.filter((each) => each.startsWith(start)).length,
    setSignedIn: (next: boolean) => void (signedIn = next),
    setDown: (next: boolean) => void (down = next),
    /** Asked before each answer: may hold it back, or answer in its place. */
    hold: (next: typeof before) => void (before = next),
  }
}
