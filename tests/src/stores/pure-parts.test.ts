// The rules beside the stores: order of the list, calm of the pill, facts of a session, batches, drafts, markers.
import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { shallowRef } from 'vue'
import type { Participant, SessionSnapshot, UserCard } from '#protocol'
import type { ConnectionState } from '../../../src/connection/connection.ts'
import { arrangeSessions, keepArrangement } from '../../../src/stores/arrange-sessions.ts'
import { calmState } from '../../../src/stores/calm-state.ts'
import { createDraft } from '../../../src/stores/drafts.ts'
import { createFrameBatch } from '../../../src/stores/frame-batch.ts'
import { createReadMarker } from '../../../src/stores/read-marker.ts'
import { factsOf, reduceFacts } from '../../../src/stores/session-facts.ts'
import { createStanding } from '../../../src/stores/session-standing.ts'
import type { TimelineFrame } from '../../../src/timeline/timeline.ts'
import { createFakeClock, settle } from '../connection/fake-clock.ts'
import { sampleRow } from '../connection/small-rest.ts'

describe('the order of the session list', () => {
  const row = sampleRow
  const text = (groups: ReturnType<typeof arrangeSessions>) => groups.map((group) => `${group.key}=${group.ids.join(',')}`)

  test('what waits for someone comes first, over all workspaces; the newest is on top; archived ones are elsewhere', () => {
    const rows = [
      row('a', { updated_at: 1 }),
      row('b', { updated_at: 3 }),
      row('c', { updated_at: 2, workspace_id: 'w2' }),
      row('d', { updated_at: 1, workspace_id: 'w2', state: 'waiting' }),
      row('e', { updated_at: 9, state: 'running' }),
      row('f', { updated_at: 9, archived: true }),
      row('g', { updated_at: 1, workspace_id: 'w3' }),
    ]
    expect(text(arrangeSessions(rows, ['w2', 'w1', 'w9']))).toEqual(['needs-someone=d', 'workspace:w2=c', 'workspace:w1=e,b,a', 'workspace:w3=g'])
  })

  test('under the pointer nothing moves: whatever changes, those that stay keep their order', () => {
    const session = fc.record({ id: fc.integer({ min: 0, max: 12 }), at: fc.nat(50), waits: fc.boolean(), workspace: fc.constantFrom('w1', 'w2') })
    const rowsOf = (list: { id: number; at: number; waits: boolean; workspace: string }[]) =>
      [...new Map(list.map((each) => [each.id, each])).values()].map((each) => row(`s${each.id}`, { updated_at: each.at, state: each.waits ? 'waiting' : 'idle', workspace_id: each.workspace }))
    fc.assert(
      fc.property(fc.array(session), fc.array(session), (before, after) => {
        const old = arrangeSessions(rowsOf(before), ['w1', 'w2'])
        const fresh = arrangeSessions(rowsOf(after), ['w1', 'w2'])
        const kept = keepArrangement(old, fresh, (id) => Number(id.slice(1)) % 2 === 0)
        const flat = (groups: typeof old) => groups.flatMap((group) => group.ids)
        expect(flat(kept).toSorted()).toEqual(flat(fresh).toSorted())
        const staying = flat(old).filter((id) => flat(fresh).includes(id))
        expect(flat(kept).filter((id) => staying.includes(id))).toEqual(staying)
      }),
    )
  })

  test('under the pointer what is new comes last, and on top what one waits for: one’s own, and what is on the screen', () => {
    const old = [row('a', { updated_at: 2 }), row('b', { updated_at: 1 }), row('w', { state: 'waiting' })]
    const kept = (...more: ReturnType<typeof row>[]) => text(keepArrangement(arrangeSessions(old, ['w0', 'w1', 'w2']), arrangeSessions([...old, ...more], ['w0', 'w1', 'w2']), (id) => id.startsWith('mine')))
    expect(kept(row('other', { updated_at: 8 }), row('mine', { updated_at: 9 }))).toEqual(['needs-someone=w', 'workspace:w1=mine,a,b,other'])
    expect(kept(row('mine', { workspace_id: 'w0', updated_at: 9 }), row('other', { workspace_id: 'w2' }))).toEqual(['needs-someone=w', 'workspace:w0=mine', 'workspace:w1=a,b', 'workspace:w2=other'])
  })
})

describe('the calm of the pill', () => {
  const live = (latencyMs: number | null): ConnectionState => ({ kind: 'live', latencyMs })
  const lost = (attempt: number): ConnectionState => ({ kind: 'reconnecting', attempt, inMs: 500 })

  test('the first second of a lost link shows nothing, a second try does', () => {
    expect(calmState(live(12), lost(1), { forMs: 999, shownForMs: 9_000 })).toBe('keep')
    expect(calmState(live(12), lost(1), { forMs: 1_000, shownForMs: 9_000 })).toEqual(lost(1))
    expect(calmState(live(12), lost(2), { forMs: 0, shownForMs: 9_000 })).toEqual(lost(2))
  })

  test('catching up shows after 300 ms', () => {
    const behind: ConnectionState = { kind: 'catching-up', events: 214 }
    expect(calmState(live(12), behind, { forMs: 299, shownForMs: 9_000 })).toBe('keep')
    expect(calmState(live(12), behind, { forMs: 300, shownForMs: 9_000 })).toEqual(behind)
    expect(calmState(behind, { kind: 'catching-up', events: 200 }, { forMs: 10, shownForMs: 10 })).toEqual({ kind: 'catching-up', events: 200 })
  })

  test('figures change at most every five seconds, the first one and a change of kind at once', () => {
    expect(calmState(live(12), live(14), { forMs: 9_000, shownForMs: 4_999 })).toBe('keep')
    expect(calmState(live(12), live(14), { forMs: 9_000, shownForMs: 5_000 })).toEqual(live(14))
    expect(calmState(live(null), live(14), { forMs: 1, shownForMs: 1 })).toEqual(live(14))
    expect(calmState(live(12), { kind: 'slow', latencyMs: 640 }, { forMs: 1, shownForMs: 1 })).toEqual({ kind: 'slow', latencyMs: 640 })
  })
})

describe('facts of a session', () => {
  const person = (id: string, role: Participant['role']): Participant => ({ session_id: 's1', user_id: id, username: id, role, hue: 0, joined_at: 1 })
  const snapshot: SessionSnapshot = {
    epoch: 'e',
    seq: 10,
    session: sampleRow('s1', { role: 'owner' }),
    participants: [person('u1', 'owner')],
    queue: { session_id: 's1', items: [] },
    permissions: [],
    read_seq: 0,
  }
  const frame = (seq: number, type: string, data: object) => ({ seq, type, timestamp: 1, data: { session_id: 's1', ...data } }) as unknown as TimelineFrame
  const reader: UserCard = { id: 'u1', name: 'u1', role: 'user' }

  test('events that are older than the snapshot change nothing', () => {
    const facts = reduceFacts(factsOf(snapshot), frame(10, 'participant_left', { user_id: 'u1', username: 'u1' }))
    expect(facts).toEqual(factsOf(snapshot))
  })

  /** As the reader finds it after these events. */
  const standing = (frames: TimelineFrame[], who: Partial<UserCard> = {}, row: Partial<SessionSnapshot['session']> = {}) =>
    createStanding(shallowRef(frames.reduce(reduceFacts, factsOf({ ...snapshot, session: { ...snapshot.session, ...row } }))), () => ({ ...reader, ...who }))

  test('one’s own role follows, an admin’s and a global viewer’s stay what they are', () => {
    const told = [frame(11, 'participant_joined', person('u1', 'collaborator'))]
    const role = (who: Partial<UserCard>) => standing(told, who).role.value
    expect([role({}), role({ role: 'admin' }), role({ role: 'viewer' }), role({ id: 'u9' })]).toEqual(['collaborator', 'owner', 'viewer', 'collaborator'])
  })

  test('a role that changes on the relay is felt at once', () => {
    const user = shallowRef<UserCard>(reader)
    const { role, may } = createStanding(shallowRef(factsOf(snapshot)), () => user.value)
    const seen = (['user', 'viewer', 'admin'] as const).map((next) => {
      user.value = { ...reader, role: next }
      return [role.value, may('prompt')]
    })
    expect(seen).toEqual([['owner', true], ['viewer', false], ['owner', true]])
  })

  test('who leaves what the whole folder sees may still read and prompt there; who leaves a private one may not, but for an admin', () => {
    const left = [frame(11, 'participant_left', { user_id: 'u1', username: 'u1' })]
    const open = standing(left)
    expect([open.removedBy.value, open.role.value]).toEqual([null, 'collaborator'])
    const shut = standing(left, {}, { visibility: 'private' })
    expect([shut.removedBy.value, shut.role.value]).toEqual([{ userId: 'u1' }, null])
    expect(standing(left, { role: 'admin' }, { visibility: 'private' }).role.value).toBe('owner')
  })

  test('invited again after a removal, one is in again', () => {
    const out = [frame(11, 'participant_left', { user_id: 'u1', username: 'u1', removed_by: 'u2' })]
    expect([standing(out).removedBy.value, standing(out).participants.value.length]).toEqual([{ userId: 'u2' }, 0])
    const back = standing([...out, frame(12, 'participant_joined', person('u1', 'viewer'))])
    expect([back.removedBy.value, back.role.value]).toEqual([null, 'viewer'])
  })

  test('files that come or go are told to whoever lists them; all else leaves what was told as it is', () => {
    const file = { file_id: 'f1', session_id: 's1', user_id: 'u2', filename: 'a', content_type: '', size: 1, created_at: 5 }
    const told = [frame(11, 'file_uploaded', file), frame(12, 'participant_joined', person('u3', 'viewer')), frame(13, 'file_shared', { ...file, file_id: 'f2' }), frame(14, 'file_deleted', file)]
    const steps = told.reduce((all, each) => [...all, reduceFacts(all.at(-1)!, each)], [factsOf(snapshot)])
    expect(steps.map(({ newFiles }) => newFiles.map(({ file_id }) => file_id).join())).toEqual(['', 'f1', 'f1', 'f1,f2', 'f1,f2'])
    expect(steps[2]!.newFiles).toBe(steps[1]!.newFiles)
    expect(steps.map(({ deletedFiles }) => deletedFiles.join())).toEqual(['', '', '', '', 'f1'])
    // Read anew: what was told before is in the list that is asked for now.
    expect(factsOf(snapshot).newFiles).toEqual([])
  })

  test('a request told twice waits once', () => {
    const request = { request_id: 'r1', execution_id: 'e1', tool_use_id: 't', tool: 'Bash', input: {}, kind: 'tool', suggestions: [] }
    const once = reduceFacts(factsOf({ ...snapshot, permissions: [request as never] }), frame(11, 'permission_request', request))
    expect(once.permissions.length).toBe(1)
  })
})

test('a batch hands on everything of one picture in order, and nothing that was dropped', async () => {
  const draws: (() => void)[] = []
  const taken: number[][] = []
  const batch = createFrameBatch<number>(
    (draw) => {
      draws.push(draw)
      return () => void draws.splice(draws.indexOf(draw), 1)
    },
    (values) => taken.push(values),
  )
  const picture = () => draws.shift()!()
  // The first into a quiet moment, and what came in the same frame from the relay: at once.
  batch.push(1)
  batch.push(2)
  await Promise.resolve()
  expect([draws.length, taken]).toEqual([1, [[1, 2]]])
  // What follows within the same picture waits for it, however often it comes.
  batch.push(3)
  await Promise.resolve()
  batch.push(4)
  expect(taken).toEqual([[1, 2]])
  picture()
  expect([draws.length, taken]).toEqual([1, [[1, 2], [3, 4]]])
  batch.push(5)
  batch.flush()
  expect(taken.at(-1)).toEqual([5])
  // A picture without anything new ends it: the next comes at once again.
  picture()
  expect(draws.length).toBe(0)
  batch.push(6)
  await Promise.resolve()
  expect(taken.at(-1)).toEqual([6])
  batch.push(7)
  batch.drop()
  expect([draws.length, taken.at(-1)]).toEqual([0, [6]])
})

test('a draft is written a moment after typing, at once when asked, and forgotten when empty', async () => {
  const clock = createFakeClock()
  const kept = new Map<string, string | null>()
  let writes = 0
  const storage = { get: (key: string) => kept.get(key) ?? null, set: (key: string, value: string | null) => void (writes++, kept.set(key, value)) }
  const draft = createDraft({ storage, clock, sessionId: 's1' })
  for (const text of ['a', 'ab', 'abc']) draft.write(text)
  expect([draft.read(), writes]).toEqual(['abc', 0])
  await clock.advance(250)
  expect([writes, kept.get('ensemble.draft.s1')]).toEqual([1, 'abc'])
  draft.write('abcd')
  draft.flush()
  expect(kept.get('ensemble.draft.s1')).toBe('abcd')
  draft.write('')
  draft.flush()
  expect([kept.get('ensemble.draft.s1'), draft.read()]).toEqual([null, ''])
})

test('a marker that could not be told is told with the next reading', async () => {
  const clock = createFakeClock()
  const told: number[] = []
  let works = false
  const marker = createReadMarker(clock, async (seq) => {
    told.push(seq)
    return works ? { ok: true, data: {} } : { ok: false, trouble: { code: 'UNREACHABLE', message: '', retryAfterMs: null, traceId: null } }
  })
  marker.known(4)
  marker.read(4)
  await clock.advance(5_000)
  expect(told).toEqual([])
  marker.read(6)
  await clock.advance(1_000)
  await settle()
  works = true
  marker.read(6)
  await clock.advance(1_000)
  expect(told).toEqual([6, 6])
  marker.read(6)
  await clock.advance(5_000)
  expect([told, marker.seq()]).toEqual([[6, 6], 6])
})
