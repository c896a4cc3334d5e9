// Lists of all there is are read by their indexes: none looks at every row of a table that grows, and none sorts it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '../../../relay/clock.ts'
import { createApiTokens } from '../../../relay/auth/api-tokens.ts'
import { createUsers } from '../../../relay/auth/users.ts'
import { createReads } from '../../../relay/executions/reads.ts'
import { createShownExecutions } from '../../../relay/executions/shown-executions.ts'
import { createSessionsOverview } from '../../../relay/operation/sessions-overview.ts'
import { createTranscripts } from '../../../relay/events/events.ts'
import { createSearchSessions } from '../../../relay/sessions/search-sessions.ts'
import { createSessionRows } from '../../../relay/sessions/session-rows.ts'
import { idsOfVisible } from '../../../relay/sessions/visible-sessions.ts'
import { createCursor, type Param } from '../../../relay/storage/storage.ts'
import { createBudgets } from '../../../relay/usage/budgets.ts'
import { countWaiting } from '../../../relay/webhooks/delivery-rows.ts'
import { tempStorage } from '../storage/temp-storage.ts'

const temp = tempStorage()
let storage: Awaited<ReturnType<typeof temp.open>>
beforeAll(async () => (storage = await temp.open()))
afterAll(async () => {
  await storage.close()
  await temp.remove()
})

const admin = { userId: 'u', name: 'u', role: 'admin', scopes: null } as never

/** The storage, and by which steps its database reads. */
function watching() {
  const steps: string[] = []
  const watched = {
    ...storage,
    async query<Row>(sql: string, params: Param[] = []): Promise<Row[]> {
      const plan = await storage.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)
      steps.push(...plan.map(({ detail }) => detail))
      return storage.query<Row>(sql, params)
    },
  }
  return { steps, watched }
}

test('each statement of a long list', async () => {
  const { steps, watched } = watching()
  const overview = createSessionsOverview({ storage: watched, claude: { processes: () => [] } })
  for (const query of [{}, { state: 'failed' as const }, { workspace_id: 'w' }, { owner_id: 'u' }]) await overview(query)
  const executions = createShownExecutions({ storage: watched } as unknown as Parameters<typeof createShownExecutions>[0])
  for (const status of ['failed', 'completed', undefined] as const) await executions.list(admin, { status })
  await createUsers({ storage: watched, clock: systemClock } as unknown as Parameters<typeof createUsers>[0]).list({ deleted: false })
  await createApiTokens({ storage: watched, clock: systemClock, mayRelay: async () => undefined } as unknown as Parameters<typeof createApiTokens>[0]).list(admin, { all: 'true' })
  for (const deleted of [false, true]) await createSessionRows({ storage: watched, trusted: async () => true, isThere: () => true }).list(admin, { deleted })
  expect(steps.length).toBeGreaterThan(20)
  // The names of people are few, and looked through; `o`: what one execution goes on with.
  expect(steps.filter((step) => (/^SCAN/.test(step) && !/INDEX/.test(step) && !/^SCAN (u(sers)?|o)$/.test(step)) || /TEMP B-TREE FOR ORDER BY/.test(step))).toEqual([])
})

test('admins: of one workspace only what lies in it, in the order of lists', async () => {
  const { steps, watched } = watching()
  const overview = createSessionsOverview({ storage: watched, claude: { processes: () => [] } })
  const cursor = createCursor('all-sessions', 'number', 'text').write(1, 's')
  for (const more of [{}, { cursor }, { state: 'failed' as const }, { owner_id: 'u' }, { q: 'tides' }]) await overview({ workspace_id: 'w', ...more })
  const rows = createSessionRows({ storage: watched, trusted: async () => true, isThere: () => true })
  await rows.list(admin, { workspaceId: 'w' })
  const ofSessions = steps.filter((step) => /^(SCAN|SEARCH) s\b/.test(step))
  expect(ofSessions.length).toBeGreaterThan(11)
  const known = /^SEARCH s USING (COVERING )?INDEX (sessions_of_workspace \(workspace_id=\? AND archived_at=\?|sqlite_autoindex_sessions_1 \(id=\?\)|sessions_by_owner \(owner_id=\?)/
  expect(ofSessions.filter((step) => !known.test(step))).toEqual([])
  expect(steps.filter((step) => /TEMP B-TREE FOR ORDER BY/.test(step))).toEqual([])
})

test('what is counted for the metrics every few seconds', async () => {
  const { steps, watched } = watching()
  await createBudgets({ storage: watched, clock: systemClock, timeZone: 'UTC' } as unknown as Parameters<typeof createBudgets>[0]).spentToday()
  await countWaiting(watched)
  await createReads({ storage: watched } as unknown as Parameters<typeof createReads>[0], {} as never).openQuestions()
  expect(steps).toEqual([
    expect.stringContaining('SEARCH usage USING INDEX usage_by_time (at>?)'),
    expect.stringContaining('webhook_deliveries_due'),
    expect.stringContaining('permissions_asked'),
    expect.stringMatching(/^SEARCH s USING INDEX sqlite_autoindex_sessions_1 \(id=\?\)/),
  ])
})

test('who is no admin: their own sessions, and what each of their workspaces shows; nothing of what others have for themselves', async () => {
  const { steps, watched } = watching()
  const rows = createSessionRows({ storage: watched, trusted: async () => true, isThere: () => true })
  const user = { userId: 'u', name: 'u', role: 'user', scopes: null } as never
  const cursor = createCursor('sessions', 'number', 'text').write(1, 's')
  for (const query of [{}, { cursor }, { workspaceId: 'w' }, { archived: true }, { q: 'tides' }]) await rows.list(user, query)
  const search = createSearchSessions({ storage: watched, transcripts: createTranscripts({ storage }), clock: systemClock })
  for (const query of [{}, { cursor: createCursor('search', 'number', 'text', 'number').write(1, 's', 1) }, { workspaceId: 'w' }, { sessionId: 's' }]) await search(user, { q: 'tides', ...query })
  await rows.list(user, { deleted: true })
  const ids = idsOfVisible('u', { sql: '1 = 1', params: [] }, 10)
  await watched.query(ids.sql, ids.params)
  const ofSessions = steps.filter((step) => /^(SCAN|SEARCH) s\b/.test(step))
  expect(ofSessions.length).toBeGreaterThan(20)
  // One by one by their ids, or those that a workspace shows.
  expect(ofSessions.filter((step) => !/^SEARCH s USING (COVERING )?INDEX (sqlite_autoindex_sessions_1 \(id=\?\)|sessions_shared \(workspace_id=\?)/.test(step))).toEqual([])
  // Which are one's own is read from the index alone.
  const ofOwn = steps.filter((step) => /participants_by_user/.test(step))
  expect(ofOwn.length).toBeGreaterThan(10)
  expect(ofOwn.filter((step) => !/COVERING INDEX/.test(step))).toEqual([])
  // Workspaces are few.
  expect(steps.filter((step) => /^SCAN (?!(w|own|visible)$|\(?subquery|CONSTANT)/.test(step))).toEqual([])
})

test('executions: of a number of the latest, or of the sessions that the asker sees; what ran in others is not walked through', async () => {
  const { steps, watched } = watching()
  const user = { userId: 'u', name: 'u', role: 'user', scopes: null } as never
  const { list } = createShownExecutions({ storage: watched } as unknown as Parameters<typeof createShownExecutions>[0])
  const cursor = createCursor('executions', 'number', 'text').write(1, 'e')
  for (const query of [{}, { cursor }, { status: 'failed' as const }, { status: 'failed' as const, cursor }, { workspace_id: 'w' }, { session_id: 's' }]) await list(user, query)
  const ofExecutions = steps.filter((step) => /^(SCAN|SEARCH) (e|x)\b/.test(step))
  expect(ofExecutions.length).toBeGreaterThan(30)
  const known = /^SEARCH (e|x) USING (INDEX sqlite_autoindex_executions_1 \(id=\?\)|COVERING INDEX executions_by_session(_status)? \(session_id=\?)|^(SCAN|SEARCH) e USING COVERING INDEX executions_by_(time|status)( |$)/
  expect(ofExecutions.filter((step) => !known.test(step))).toEqual([])
  expect(steps.filter((step) => /^(SCAN|SEARCH) s\b/.test(step) && !/^SEARCH s USING (COVERING )?INDEX (sqlite_autoindex_sessions_1 \(id=\?\)|sessions_shared \(workspace_id=\?)/.test(step))).toEqual([])
})
