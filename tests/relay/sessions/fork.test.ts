// Forks: the timeline up to a finished turn, in a session that is there as a whole or not at all.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import type { Identity } from '../../../relay/auth/auth.ts'
import { LIMITS, TURN_RUNNING, type Refused } from '#protocol'
import { forkTitle } from '../../../relay/sessions/fork-title.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { eventually } from '../../support/eventually.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig, turn } from './sessions-rig.ts'

let rig: SessionsRig
let owner: Identity
let reader: Identity
beforeAll(async () => {
  rig = await sessionsRig()
  owner = await rig.person('owner')
  reader = await rig.person('reader')
})
afterAll(() => rig.end())

const forkOf = async (who: Identity, id: string, request: { at_seq?: number; title?: string } = {}) => (await rig.ask(who, (asked) => rig.sessions.fork(asked, id, request))).session_id
const copiedOf = async (id: string) => (await rig.log(`session:${id}`)).filter(({ type }) => !['session', 'participant_joined'].includes(type))
const say = (id: string, type: string, data: object) => rig.channels.publish({ events: [{ channel: `session:${id}`, type, data: { session_id: id, ...data } }] })

test('everything said and done is copied, in order, with the times of then; the queue and the people are not', async () => {
  const id = await rig.begin(owner, { title: '원본', model: 'opus', system_prompt: 'short', visibility: 'private' })
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, id, reader.userId, 'viewer'))
  await turn(rig, id, 1)
  await say(id, 'queue', { items: [] })
  await say(id, 'task', { execution_id: 'never', status: 'cancelled', origin: 'prompt', progress: 0 })
  rig.clock.advance(1_000)
  await turn(rig, id, 2)
  await rig.channels.publish(await rig.sessions.changing(id, { conversationId: 'conversation-1', permissionMode: 'acceptEdits' }))
  const original = await copiedOf(id)
  const fork = await forkOf(reader, id)
  expect(await rig.sessions.get(fork)).toMatchObject({
    title: '원본 (2)',
    ownerId: reader.userId,
    ownerName: 'reader',
    model: 'opus',
    systemPrompt: 'short',
    permissionMode: 'acceptEdits',
    visibility: 'private',
    state: 'idle',
    conversationId: null,
    forkedFrom: id,
    forkPending: { session_id: id, conversation_id: 'conversation-1', execution_id: `x2-${id}`, whole: true },
  })
  const copy = await copiedOf(fork)
  const expected = original.filter(({ type, data }) => type !== 'queue' && data['status'] !== 'cancelled')
  expect(copy.map(({ seq }) => seq).slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(copy.slice(0, -1).map(({ type, data }) => ({ type, data }))).toEqual(expected.map(({ type, data }) => ({ type, data: { ...data, session_id: fork } })))
  expect(copy.at(-1)).toMatchObject({ type: 'log', data: { code: 'forked', args: { from: id } } })
  const times = await rig.events.readAfter(`session:${fork}`, 0, { limit: 8, maxBytes: 1e6 })
  expect(times[4]!.timestamp - times[0]!.timestamp).toBe(1_000)
  expect((await rig.sessions.roster(fork)).map(({ username, role }) => [username, role])).toEqual([['reader', 'owner']])
  expect(await rig.auth.standing(owner, fork)).toBeNull()
  expect((await rig.sessions.row(reader, fork)).unread).toBe(0)
})

test('a fork is told from its original by the next free number, or has the title that was asked for', async () => {
  const id = await rig.begin(owner, { title: 'Tides (draft)' })
  const titles: string[] = []
  const second = await forkOf(owner, id)
  for (const from of [id, second]) titles.push((await rig.sessions.get(await forkOf(owner, from)))!.title)
  expect([(await rig.sessions.get(second))!.title, ...titles]).toEqual(['Tides (draft) (2)', 'Tides (draft) (3)', 'Tides (draft) (4)'])
  expect((await rig.sessions.get(await forkOf(reader, id)))!.title).toBe('Tides (draft) (2)')
  expect((await rig.sessions.get(await forkOf(owner, id, { title: 'Ebb' })))!.title).toBe('Ebb')
  expect((await rig.sessions.get(await forkOf(owner, await rig.begin(owner))))!.title).toBe('')
  const long = forkTitle('🌊'.repeat(LIMITS.titleChars), [])
  expect([long.length <= LIMITS.titleChars, long.isWellFormed(), long.endsWith('🌊 (2)')]).toEqual([true, true, true])
})

describe('where it is cut', () => {
  test('at the end of the last turn that had finished', async () => {
    const id = await rig.begin(owner)
    await turn(rig, id, 1)
    const first = await rig.events.top(`session:${id}`)
    await turn(rig, id, 2)
    const second = await rig.events.top(`session:${id}`)
    const lastOf = async (fork: string) => (await copiedOf(fork)).filter(({ type }) => type === 'claude_response').map(({ data }) => data['content'])
    expect(await lastOf(await forkOf(owner, id, { at_seq: second }))).toEqual(['대답 1', '대답 2'])
    for (const at of [first, first + 1, second - 1]) expect(await lastOf(await forkOf(owner, id, { at_seq: at }))).toEqual(['대답 1'])
    expect(await lastOf(await forkOf(owner, id, { at_seq: 1_000_000 }))).toEqual(['대답 1', '대답 2'])
    const part = await rig.sessions.get(await forkOf(owner, id, { at_seq: first }))
    expect(part?.forkPending).toMatchObject({ execution_id: `x1-${id}`, whole: false })
  })

  test('before a turn that is under way, which goes on undisturbed', async () => {
    const id = await rig.begin(owner)
    await turn(rig, id, 1)
    await turn(rig, id, 2, { end: false })
    const fork = await forkOf(owner, id)
    expect((await copiedOf(fork)).filter(({ type }) => type === 'claude_response').length).toBe(1)
    expect((await rig.sessions.get(fork))?.forkPending).toMatchObject({ execution_id: `x1-${id}`, whole: false })
  })

  test('refused while the first turn has not finished; never between a prompt and its turn', async () => {
    const id = await rig.begin(owner)
    await turn(rig, id, 1, { end: false })
    // Nobody was faster: a turn runs.
    expect(await forkOf(owner, id).catch((refused: Refused) => [refused.code, refused.options.details])).toEqual(['CONFLICT', { reason: TURN_RUNNING }])
    const log = await rig.log(`session:${id}`)
    const prompt = log.find(({ type }) => type === 'message')!.seq
    expect((await copiedOf(await forkOf(owner, id, { at_seq: prompt }))).map(({ type }) => type)).toEqual(['log'])
  })

  test('notes after the last turn come along; a session without any turn has no conversation to branch', async () => {
    const id = await rig.begin(owner)
    await say(id, 'message', { message_id: 'n1', role: 'note', username: 'owner', content: '메모', attachments: [] })
    const fork = await forkOf(owner, id)
    expect((await copiedOf(fork)).map(({ type }) => type)).toEqual(['message', 'log'])
    expect((await rig.sessions.get(fork))?.forkPending).toBeNull()
  })

  test('a context that was dropped after the last turn is not brought back', async () => {
    const id = await rig.begin(owner)
    await turn(rig, id, 1)
    await say(id, 'log', { level: 'info', source: 'relay', text: 'cleared', code: 'cleared' })
    expect((await rig.sessions.get(await forkOf(owner, id)))?.forkPending).toBeNull()
    await turn(rig, id, 2)
    expect((await rig.sessions.get(await forkOf(owner, id)))?.forkPending).toMatchObject({ execution_id: `x2-${id}`, whole: true })
  })
})

test('files are the copy\'s own: deleting one side leaves the other, and the bytes stay as long as one needs them', async () => {
  const id = await rig.begin(owner)
  const store = (session_id: string) => rig.ask(owner, (asked) => rig.uploads.take(asked, { session_id, filename: '설계.txt', content_type: 'text/plain', content: (async function* () { yield Buffer.from('내용') })() }))
  const [{ file_id }, elsewhere] = [await store(id), await store(await rig.begin(owner))]
  await rig.ask(owner, (asked) => rig.files.share(asked, elsewhere.file_id, id))
  await turn(rig, id, 1, { attachments: [{ file_id, filename: '설계.txt', content_type: 'text/plain', size: 6 }] })
  const fork = await forkOf(owner, id)
  const copies = await rig.files.ofSession(fork)
  const told = await copiedOf(fork)
  const idIn = (kind: string) => told.find(({ type }) => type === kind)?.data['file_id']
  expect(copies.map((each) => each.file_id).sort()).toEqual([idIn('file_uploaded'), idIn('file_shared')].map(String).sort())
  const copy = copies.find((each) => each.file_id === idIn('file_uploaded'))
  expect(copy).toMatchObject({ filename: '설계.txt', session_id: fork, user_id: owner.userId })
  expect(copy!.file_id).not.toBe(file_id)
  expect((told.find(({ type }) => type === 'message')?.data['attachments'] as { file_id: string }[])[0]!.file_id).toBe(copy!.file_id)
  await rig.ask(owner, (asked) => rig.sessions.remove(asked, id, { purge: true }))
  await rig.files.sweep()
  expect(Buffer.from((await rig.files.bytesOf(copy!.file_id))!).toString()).toBe('내용')
  for (const { file_id: each } of [...copies, elsewhere]) await rig.ask(owner, (asked) => rig.files.remove(asked, each))
  expect(readdirSync(rig.filesFolder)).toEqual(['incoming'])
})

test('the whole of a text that was cut is the copy\'s own, too', async () => {
  const id = await rig.begin(owner)
  await turn(rig, id, 1)
  const cutOf = (session: string, tool: string) => ({ bytes: 9, url: `/api/v1/claude/sessions/${session}/tools/${tool}/output` })
  await say(id, 'progress', { execution_id: `x1-${id}`, progress_type: 'tool_end', tool_use_id: 'tool-1', output: 'long…', output_cut: cutOf(id, 'tool-1') })
  for (const tool of ['tool-1', 'tool-not-copied']) await rig.run("INSERT INTO tool_texts (session_id, tool_use_id, part, content) VALUES (?, ?, 'output', 'long text')", id, tool)
  const fork = await forkOf(owner, id)
  expect((await copiedOf(fork)).find(({ type }) => type === 'progress')?.data['output_cut']).toEqual(cutOf(fork, 'tool-1'))
  await rig.ask(owner, (asked) => rig.sessions.remove(asked, id, { purge: true }))
  const left = await rig.storage.query('SELECT session_id, tool_use_id, content FROM tool_texts')
  expect(left).toEqual([{ session_id: fork, tool_use_id: 'tool-1', content: 'long text' }])
})

test('thousands of events are copied in pages and appear at once', async () => {
  const id = await rig.begin(owner)
  for (let n = 0; n < 5; n++) await rig.channels.publish({ events: Array.from({ length: 400 }, (_, k) => ({ channel: `session:${id}`, type: 'message', data: { session_id: id, n: n * 400 + k } })) })
  const seen = new Set<number>()
  const fork = forkOf(owner, id)
  let done = false
  void fork.then(() => (done = true))
  while (!done) {
    const rows = await rig.storage.query<{ id: string }>('SELECT id FROM sessions WHERE forked_from = ?', [id])
    if (rows[0]) seen.add(await rig.events.top(`session:${rows[0].id}`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const total = await rig.events.top(`session:${await fork}`)
  expect(total).toBe(2_003)
  // Whoever saw the session saw all of it.
  expect([...seen].every((top) => top === total)).toBe(true)
  expect((await copiedOf(await fork)).slice(0, -1).map(({ data }) => data['n'])).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
})

test('a global viewer forks nothing; neither does a viewer who could not begin a session there', async () => {
  const guest = await rig.person('guest', 'viewer')
  const id = await rig.begin(owner)
  await turn(rig, id, 1)
  expect(await outcomeOf(forkOf(guest, id))).toBe('FORBIDDEN')
  const boss = await rig.person('boss', 'admin')
  await rig.run("INSERT INTO workspaces (id, path, name, created_at) VALUES ('closed', '/closed', 'closed', 0)")
  const closed = await rig.begin(boss, { workspace_id: 'closed' })
  await rig.ask(boss, (asked) => rig.sessions.invite(asked, closed, reader.userId, 'viewer'))
  expect(await outcomeOf(forkOf(reader, closed))).toBe('NOT_FOUND')
})

test('a mode in which Claude asks nobody is not inherited', async () => {
  const open = await sessionsRig({ allowBypass: true })
  const user = await open.person('user')
  const id = await open.begin(user, { permission_mode: 'dontAsk' })
  const { session_id } = await open.ask(user, (asked) => open.sessions.fork(asked, id, {}))
  expect((await open.sessions.get(session_id))?.permissionMode).toBe('default')
  await open.end()
})

test('a copy that fails or is cut off by a crash leaves nothing', async () => {
  const own = await sessionsRig()
  const user = await own.person('user')
  const id = await own.begin(user)
  await own.channels.publish({ events: Array.from({ length: 1_200 }, () => ({ channel: `session:${id}`, type: 'message', data: { session_id: id } })) })
  const channels = async () => (await own.storage.query<{ channel: string }>("SELECT DISTINCT channel FROM events WHERE channel LIKE 'session:%'")).map(({ channel }) => channel)

  // The disk is full from the second page on.
  const { commit } = own.storage
  let pages = 0
  const failing: Storage['commit'] = (batch) => (batch.events && !batch.answer && ++pages === 2 ? Promise.reject(new Error('full')) : commit(batch))
  own.storage.commit = failing
  const problem = await own.ask(user, (asked) => own.sessions.fork(asked, id, {})).catch((error: Error) => error.message)
  expect(problem).toBe('full')
  own.storage.commit = commit
  expect(await channels()).toEqual([`session:${id}`])

  await commit({ events: Array.from({ length: 50 }, () => ({ channel: 'session:half', type: 'message', data: '{}', timestamp: 0 })) })
  await own.sessions.boot()
  expect(await channels()).toEqual([`session:${id}`])
  await own.end()
})

test('where the disk has no room to spare nothing is copied, also when others fill it meanwhile', async () => {
  const own = await sessionsRig()
  const user = await own.person('user')
  const id = await own.begin(user)
  await own.channels.publish({ events: Array.from({ length: 1_200 }, () => ({ channel: `session:${id}`, type: 'message', data: { session_id: id } })) })
  const channels = async () => (await own.storage.query<{ channel: string }>("SELECT DISTINCT channel FROM events WHERE channel LIKE 'session:%'")).map(({ channel }) => channel)
  // Asked for all of it before the first page, and again before each.
  for (const looksWithRoom of [0, 1, 2]) {
    let looks = 0
    const sessions = own.makeSessions({ copies: { spareBytes: () => (looks++ < looksWithRoom ? 1024 * 1024 : -1) } })
    const problem = await own.ask(user, (asked) => sessions.fork(asked, id, {})).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'BUSY', options: { details: { reason: 'disk' } } })
    expect([looks, await channels()]).toEqual([looksWithRoom + 1, [`session:${id}`]])
  }
  await own.end()
})

test('one fork of a user is written at a time, a few wait, the rest is refused; nobody waits for another', async () => {
  const own = await sessionsRig()
  const [user, other] = [await own.person('user'), await own.person('other')]
  const id = await own.begin(user)
  for (let n = 1; n <= 2; n++) await turn(own, id, n)
  // The first page of the first fork of each is held.
  const { commit } = own.storage
  const held: (() => void)[] = []
  const channels = new Set<string>()
  own.storage.commit = async (batch) => {
    const channel = batch.statements ? undefined : batch.events?.[0]?.channel
    if (channel !== undefined && channel !== `session:${id}`) {
      channels.add(channel)
      if (held.length < 2) await new Promise<void>((resolve) => held.push(resolve))
    }
    return commit(batch)
  }
  const forkBy = (who: Identity) => outcomeOf(own.ask(who, (asked) => own.sessions.fork(asked, id, {})))
  const refused: string[] = []
  const mine = Array.from({ length: 14 }, () => forkBy(user).then((outcome) => (outcome === 'allowed' ? outcome : (refused.push(outcome), outcome))))
  const theirs = forkBy(other)
  await eventually('the first of each is being written, and some are refused', () => held.length === 2 && refused.length === 3)
  expect([channels.size, refused]).toEqual([2, ['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']])
  held[1]!()
  held[0]!()
  expect((await Promise.all(mine)).filter((outcome) => outcome === 'allowed').length).toBe(11)
  expect(await theirs).toBe('allowed')
  await own.end()
})

describe('what a person has copied is bounded', () => {
  const said = (n: number) => ({ type: 'message' as const, data: { session_id: '', content: 'x'.repeat(n) }, timestamp: 1 })
  const from = (n: number) => ({ request: {}, past: (id: string) => ({ events: [said(n)], bytes: 0, statements: [], forkPending: { session_id: id, conversation_id: 'c', execution_id: 'x', whole: false }, from: 'c' }) })
  const channelsIn = async (own: SessionsRig) => (await own.storage.query<{ n: number }>("SELECT COUNT(DISTINCT channel) AS n FROM events WHERE channel LIKE 'session:%'"))[0]!.n

  test('forks and imports together, those in the trash too, whoever owns them by now; others copy on', async () => {
    const own = await sessionsRig()
    const [user, other] = [await own.person('user'), await own.person('other')]
    const id = await own.begin(user)
    await own.channels.publish({ events: Array.from({ length: 10 }, () => ({ channel: `session:${id}`, type: 'message', data: { session_id: id, content: 'x'.repeat(9_000) } })) })
    const sessions = own.makeSessions({ copies: { userBytes: 300_000 } })
    const fork = (who: Identity) => own.ask(who, (asked) => sessions.fork(asked, id, {}))
    const first = await fork(user)
    const second = await fork(user)
    const before = await channelsIn(own)
    const problem = await own.ask(user, (asked) => sessions.import(asked, from(150_000))).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'TOO_LARGE', options: { details: { reason: 'copies', limit: 300_000 } } })
    await own.ask(user, (asked) => sessions.import(asked, from(50_000)))
    expect(await outcomeOf(fork(user))).toBe('TOO_LARGE')
    expect(await channelsIn(own)).toBe(before + 1)
    await fork(other)
    // Handed over, and thrown away: it is still there, and still theirs.
    await own.run('UPDATE sessions SET owner_id = ? WHERE id = ?', other.userId, first.session_id)
    await own.ask(user, (asked) => sessions.remove(asked, second.session_id, { purge: false }))
    expect(await outcomeOf(fork(user))).toBe('TOO_LARGE')
    await own.ask(user, (asked) => sessions.remove(asked, second.session_id, { purge: true }))
    expect(await outcomeOf(fork(user))).toBe('allowed')
    await own.end()
  })

  test('two that fit one by one, at the same moment: one of them', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const sessions = own.makeSessions({ copies: { userBytes: 150_000 } })
    const take = () => outcomeOf(own.ask(user, (asked) => sessions.import(asked, from(100_000))))
    expect((await Promise.all([take(), take(), take()])).toSorted()).toEqual(['CONFLICT', 'CONFLICT', 'allowed'])
    expect(await channelsIn(own)).toBe(1)
    await own.end()
  })

  test('an import asks the disk as a fork does, for all of it', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const sessions = own.makeSessions({ copies: { spareBytes: () => 99_000 } })
    const problem = await own.ask(user, (asked) => sessions.import(asked, from(100_000))).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'BUSY', options: { details: { reason: 'disk' } } })
    expect(await channelsIn(own)).toBe(0)
    await own.ask(user, (asked) => sessions.import(asked, from(50_000)))
    await own.end()
  })

  test('of whole texts the newest sixteen mebibytes come along with one commit, older ones stay cut', async () => {
    const own = await sessionsRig()
    const user = await own.person('user')
    const id = await own.begin(user)
    await turn(own, id, 1)
    for (const n of [1, 2, 3]) {
      const data = { session_id: id, execution_id: `x1-${id}`, progress_type: 'tool_end', tool_use_id: `tool-${n}`, output: 'long…', output_cut: { bytes: 9, url: `/api/v1/claude/sessions/${id}/tools/tool-${n}/output` } }
      await own.channels.publish({ events: [{ channel: `session:${id}`, type: 'progress', data }] })
      await own.run("INSERT INTO tool_texts (session_id, tool_use_id, part, content) VALUES (?, ?, 'output', ?)", id, `tool-${n}`, '한'.repeat(2_500_000))
    }
    const { session_id } = await own.ask(user, (asked) => own.sessions.fork(asked, id, {}))
    const wholes = await own.storage.query<{ tool_use_id: string }>('SELECT tool_use_id FROM tool_texts WHERE session_id = ? ORDER BY tool_use_id', [session_id])
    expect(wholes.map((each) => each.tool_use_id)).toEqual(['tool-2', 'tool-3'])
    expect((await own.log(`session:${session_id}`)).filter(({ type }) => type === 'progress').map(({ data }) => (data['output_cut'] as { url: string } | null)?.url ?? null)).toEqual([null, ...[2, 3].map((n) => `/api/v1/claude/sessions/${session_id}/tools/tool-${n}/output`)])
    await own.end()
  })
})
