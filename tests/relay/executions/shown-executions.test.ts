// Lists of executions tell each asker exactly what the rights let them see, however much ran in between.
import { expect, test } from 'bun:test'
import type { ExecutionsQuery } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createShownExecutions } from '../../../relay/executions/shown-executions.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { sessionsRig } from '../sessions/sessions-rig.ts'

test('page by page, for any mixture of rows, also behind thousands that the asker may not see', async () => {
  const rig = await sessionsRig()
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`seed ${seed}`)
  const next = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const users: Identity[] = []
  for (let n = 0; n < 4; n++) users.push(await rig.person(`user ${n}`, pick(['user', 'user', 'viewer'] as const)))
  users.push(await rig.person('ada', 'admin'))
  const [first, , stranger] = users as [Identity, Identity, Identity]
  await rig.run("INSERT INTO workspaces (id, path, name, owner_id, created_at) VALUES ('w1', '/w1', 'w1', ?, 0)", first.userId)
  const addSession = (id: string, workspace: string, visibility: string, deletedAt: number | null) =>
    rig.run(
      `INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at, deleted_at)
        VALUES (?, ?, ?, 'prompt', ?, ?, 'idle', 'default', 0, 0, ?)`,
      ...[id, workspace, id, first.userId, visibility, deletedAt],
    )
  const statuses = ['completed', 'failed'] as const
  type Ran = { id: string; session: string; workspace: string; status: (typeof statuses)[number]; at: number }
  const ran: Ran[] = []
  for (let n = 0; n < 16; n++) {
    const workspace = pick([rig.workspace.id, 'w1'])
    await addSession(`s${n}`, workspace, pick(['workspace', 'private']), next() < 0.1 ? 1 : null)
    for (const [hue, user] of users.entries()) {
      if (next() < 0.35) await rig.run("INSERT INTO participants (session_id, user_id, role, hue, joined_at, removed_at) VALUES (?, ?, 'collaborator', ?, 0, ?)", `s${n}`, user.userId, hue, next() < 0.4 ? 1 : null)
    }
    for (let m = 0; m < 8; m++) ran.push({ id: `e${n}-${m}`, session: `s${n}`, workspace, status: pick(statuses), at: Math.floor(next() * 20) })
  }
  for (const { id, session, status, at } of ran) await rig.run("INSERT INTO executions (id, session_id, origin, status, created_at) VALUES (?, ?, 'prompt', ?, ?)", id, session, status, at)
  // What only an admin sees lies between the newer half and the older one.
  await addSession('closed', rig.workspace.id, 'private', null)
  await rig.run(`WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 2500)
    INSERT INTO executions (id, session_id, origin, status, created_at) SELECT 'c' || n, 'closed', 'prompt', 'completed', 10 FROM k`)
  const { list } = createShownExecutions({ storage: rig.storage, auth: rig.auth })

  async function seenBy(user: Identity, query: ExecutionsQuery): Promise<string[]> {
    const seen: string[] = []
    for (let cursor: string | undefined, pages = 0; pages === 0 || cursor; pages++) {
      const page = await list(user, { ...query, cursor })
      expect(page.executions.length).toBeLessThanOrEqual(query.limit!)
      seen.push(...page.executions.map(({ execution_id }) => execution_id))
      cursor = page.next ?? undefined
    }
    return seen
  }

  for (const user of users) {
    const standing = new Set<string>()
    for (let n = 0; n < 16; n++) if (await rig.auth.standing(user, `s${n}`)) standing.add(`s${n}`)
    for (const query of [{}, { status: 'failed' as const }, { workspace_id: 'w1' }, { session_id: 's3' }, { session_id: 's3', status: 'completed' as const }]) {
      const expected = ran
        .filter(({ session, workspace, status }) => standing.has(session) && status === (query.status ?? status) && workspace === (query.workspace_id ?? workspace) && session === (query.session_id ?? session))
        .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id)
      const seen = await seenBy(user, { ...query, limit: user.role === 'admin' ? 200 : 7 })
      expect([user.name, query, seen.filter((id) => !id.startsWith('c'))]).toEqual([user.name, query, expected])
      if (user.role !== 'admin') expect(seen).toHaveLength(expected.length)
    }
  }
  expect(await rig.auth.standing(stranger, 'closed')).toBeNull()
  await rig.end()
}, 20_000)
