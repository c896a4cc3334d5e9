// Lists of sessions: exactly what one may see, page by page, searched, with what is unread.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { GlobalRole } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let minji: Identity
let joon: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  minji = await rig.person('민지')
  joon = await rig.person('joon')
})
afterAll(() => rig.end())

test('the list shows a session exactly when the rights let its reader in, for any mixture of rows', async () => {
  const own = await sessionsRig()
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`seed ${seed}`)
  const next = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const users: Identity[] = []
  for (let n = 0; n < 6; n++) users.push(await own.person(`user ${n}`, pick<GlobalRole>(['admin', 'user', 'user', 'user', 'viewer'])))
  for (const id of ['w1', 'w2', 'w3']) {
    const removed = id === 'w3' ? 1 : null
    await own.run('INSERT INTO workspaces (id, path, name, owner_id, created_at, removed_at) VALUES (?, ?, ?, ?, 0, ?)', id, `/${id}`, `folder ${id}`, pick([null, pick(users).userId]), removed)
    for (const user of users) if (next() < 0.4) await own.run('INSERT INTO workspace_members (workspace_id, user_id) VALUES (?, ?)', id, user.userId)
  }
  const folders: string[] = []
  for (let n = 0; n < 40; n++) {
    const id = `s${n}`
    const workspace = (folders[n] = pick([own.workspace.id, 'w1', 'w2', 'w3']))
    await own.run(
      `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at, deleted_at)
        VALUES (?, ?, ?, 'prompt', ?, ?, 'idle', 'default', 0, ?, ?)`,
      ...[id, workspace, id, pick(users).userId, pick(['workspace', 'private']), Math.floor(next() * 5), next() < 0.1 ? 1 : null],
    )
    for (const [hue, user] of users.entries()) {
      if (next() < 0.35) {
        const removed = next() < 0.4 ? 1 : null
        await own.run('INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at) VALUES (?, ?, ?, ?, 0, ?)', id, user.userId, pick(['owner', 'collaborator', 'viewer']), hue, removed)
      }
    }
  }
  for (const user of users) {
    const allowed: string[] = []
    for (let n = 0; n < 40; n++) {
      const role = await own.auth.standing(user, `s${n}`)
      if (role) allowed.push(`s${n} ${role} ${folders[n] === 'w3' ? 'folder w3' : folders[n] === own.workspace.id ? 'kept' : `not here: folder ${folders[n]}`}`)
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof own.sessions.list>> = await own.sessions.list(user, { limit: 7, cursor })
      expect(page.total).toBe(allowed.length)
      seen.push(...page.sessions.map(({ session_id, role, removed_folder, missing_folder }) => `${session_id} ${role} ${removed_folder ?? (missing_folder ? `not here: ${missing_folder}` : 'kept')}`))
      cursor = page.next
    } while (cursor)
    expect(seen.sort()).toEqual(allowed.sort())
  }
  await own.end()
})

describe('paging', () => {
  test('the latest first, every session once, equal times included', async () => {
    const own = await sessionsRig()
    const user = await own.person('pager')
    const ids: string[] = []
    for (let n = 0; n < 23; n++) {
      if (n % 4 === 0) own.clock.advance(1)
      ids.push(await own.begin(user, { title: `no ${n}` }))
    }
    const seen: string[] = []
    const times: number[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page: Awaited<ReturnType<typeof own.sessions.list>> = await own.sessions.list(user, { limit: 5, cursor })
      expect(page.total).toBe(23)
      seen.push(...page.sessions.map(({ session_id }) => session_id))
      times.push(...page.sessions.map(({ updated_at }) => updated_at))
      cursor = page.next
      pages++
    } while (cursor)
    expect(pages).toBe(5)
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(seen.length).toBe(23)
    await own.end()
  })

  test('a cursor that no page ended with is refused', async () => {
    for (const cursor of ['%%%', 'abc', Buffer.from("1:' OR 1=1").toString('base64url').slice(0, 3)]) {
      expect(await outcomeOf(rig.sessions.list(minji, { cursor }))).toBe('VALIDATION')
    }
  })

  test('a session goes to the top when its state changes, and only then', async () => {
    const own = await sessionsRig()
    const user = await own.person('mover')
    const [a, b] = [await own.begin(user, { title: 'a' }), await own.begin(user, { title: 'b' })]
    const order = async () => (await own.sessions.list(user, {})).sessions.map(({ title }) => title)
    own.clock.advance(10)
    await own.channels.publish(await own.sessions.changing(a, { state: 'running' }))
    expect(await order()).toEqual(['a', 'b'])
    own.clock.advance(10)
    await own.ask(user, (asked) => own.sessions.rename(asked, b, 'B'))
    await own.channels.publish(await own.sessions.changing(b, { conversationId: 'c1' }))
    expect(await order()).toEqual(['a', 'B'])
    await own.channels.publish(await own.sessions.changing(b, { touched: true }))
    expect(await order()).toEqual(['B', 'a'])
    await own.end()
  })
})

describe('searching', () => {
  test('titles are found in any case and however Hangul is composed; % and _ are letters', async () => {
    await rig.begin(minji, { title: '로그인 화면 고치기', visibility: 'private' })
    await rig.begin(minji, { title: 'Fix the LOGIN screen', visibility: 'private' })
    await rig.begin(minji, { title: '100% coverage_report', visibility: 'private' })
    const found = async (q: string) => (await rig.sessions.list(minji, { q })).sessions.map(({ title }) => title)
    expect(await found('login')).toEqual(['Fix the LOGIN screen'])
    expect(await found('로그인'.normalize('NFD'))).toEqual(['로그인 화면 고치기'])
    expect(await found('100%')).toEqual(['100% coverage_report'])
    expect(await found('e_r')).toEqual(['100% coverage_report'])
    expect(await found('x%y')).toEqual([])
    expect(await found("' OR 1=1 --")).toEqual([])
    expect(await found('\\')).toEqual([])
    const { total } = await rig.sessions.list(minji, { q: 'login' })
    expect(total).toBe(1)
  })

  test('archived sessions are in a list of their own', async () => {
    const id = await rig.begin(minji, { title: 'old', visibility: 'private' })
    await rig.ask(minji, (asked) => rig.sessions.patch(asked, id, { archived: true }))
    const ids = async (archived: boolean) => (await rig.sessions.list(minji, { archived })).sessions.map(({ session_id }) => session_id)
    expect(await ids(true)).toEqual([id])
    expect(await ids(false)).not.toContain(id)
    await rig.ask(minji, (asked) => rig.sessions.patch(asked, id, { archived: false }))
    expect(await ids(true)).toEqual([])
    expect(await ids(false)).toContain(id)
  })

  test('a workspace narrows the list', async () => {
    const own = await sessionsRig()
    const boss = await own.person('boss', 'admin')
    await own.run("INSERT INTO workspaces (id, path, name, created_at) VALUES ('other', '/other', 'other', 0)")
    const here = await own.begin(boss)
    const there = await own.begin(boss, { workspace_id: 'other' })
    const ids = async (workspaceId: string | null) => (await own.sessions.list(boss, { workspaceId })).sessions.map(({ session_id }) => session_id).sort()
    expect(await ids('other')).toEqual([there])
    expect(await ids(own.workspace.id)).toEqual([here])
    expect(await ids(null)).toEqual([here, there].sort())
    await own.end()
  })
})

describe('unread', () => {
  const unreadOf = async (who: Identity, id: string) => (await rig.sessions.row(who, id)).unread

  test('what people and Claude said since the last look, not every step of a tool', async () => {
    const id = await rig.begin(minji)
    await turn(rig, id, 1)
    expect(await unreadOf(minji, id)).toBe(2)
    await rig.readUpTo(minji, id, await rig.events.top(`session:${id}`))
    expect(await unreadOf(minji, id)).toBe(0)
    const ids = { session_id: id, execution_id: 'x' }
    await rig.channels.publish({ events: [{ channel: `session:${id}`, type: 'progress', data: { ...ids, progress_type: 'tool_start', tool: 'Bash' } }] })
    expect(await unreadOf(minji, id)).toBe(0)
    await turn(rig, id, 2)
    expect(await unreadOf(minji, id)).toBe(2)
  })

  test('each has a mark of their own; it never goes back and never past the end', async () => {
    const id = await rig.begin(minji)
    await turn(rig, id, 1)
    const top = await rig.events.top(`session:${id}`)
    // Somebody who only could look has nothing unread; with the first look it begins to count.
    expect(await unreadOf(joon, id)).toBeNull()
    await rig.readUpTo(joon, id, 1_000_000)
    expect((await rig.sessions.snapshot(joon, id)).read_seq).toBe(top)
    await rig.readUpTo(joon, id, 1)
    expect((await rig.sessions.snapshot(joon, id)).read_seq).toBe(top)
    await turn(rig, id, 2)
    expect(await unreadOf(joon, id)).toBe(2)
    expect(await unreadOf(minji, id)).toBe(4)
  })

  test('counting stops at a hundred', async () => {
    const id = await rig.begin(minji)
    const event = { channel: `session:${id}`, type: 'message', data: { session_id: id } }
    await rig.channels.publish({ events: Array.from({ length: 140 }, () => event) })
    expect(await unreadOf(minji, id)).toBe(100)
  })

  test('rows name the people in the order of joining', async () => {
    const id = await rig.begin(minji)
    await rig.ask(joon, (asked) => rig.sessions.join(asked, id))
    expect((await rig.sessions.row(minji, id)).people).toEqual(['민지', 'joon'])
  })
})
