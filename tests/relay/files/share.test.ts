// A file is given to another session: by whom, what is told where, and whose bytes they are then.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Refused } from '#protocol'
import type { Identity } from '../../../relay/auth/auth.ts'
import { createMarkdown } from '../../../relay/sessions/export-markdown.ts'
import { outcomeOf } from '../auth/auth-rig.ts'
import { type SessionsRig, sessionsRig } from '../sessions/sessions-rig.ts'

let rig: SessionsRig
let [owner, friend, viewer, stranger] = [] as unknown as [Identity, Identity, Identity, Identity]
let source: string
let target: string
beforeAll(async () => {
  rig = await sessionsRig()
  ;[owner, friend, viewer, stranger] = (await Promise.all(['owner', 'friend', 'viewer', 'stranger'].map((name) => rig.person(name)))) as [Identity, Identity, Identity, Identity]
  source = await rig.begin(owner, { visibility: 'private' })
  target = await rig.begin(stranger, { visibility: 'private' })
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, source, friend.userId, 'collaborator'))
  await rig.ask(owner, (asked) => rig.sessions.invite(asked, source, viewer.userId, 'viewer'))
  await rig.ask(stranger, (asked) => rig.sessions.invite(asked, target, friend.userId, 'collaborator'))
  await rig.ask(stranger, (asked) => rig.sessions.invite(asked, target, viewer.userId, 'collaborator'))
})
afterAll(() => rig.end())

const store = async (who: Identity, session_id: string | null, filename = '회의록.md') =>
  (await rig.ask(who, (asked) => rig.uploads.take(asked, { session_id, filename, content_type: 'text/markdown', content: [Buffer.from('같은 내용')] }))).file_id
const share = (who: Identity, id: string, to: string, key?: string) => rig.ask(who, (asked) => rig.files.share(asked, id, to), key)
const remove = (who: Identity, id: string) => rig.ask(who, (asked) => rig.files.remove(asked, id))
const textOf = async (id: string) => Buffer.from((await rig.files.bytesOf(id)) ?? []).toString()

test('U2 it is a file of its own there, told with everything but where it came from, and stays when the original goes', async () => {
  const id = await store(owner, source)
  const [before, mark] = [await rig.events.top(`session:${source}`), await rig.events.top(`session:${target}`)]
  const { file_id } = await share(friend, id, target)
  expect(file_id).not.toBe(id)
  const told = await rig.log(`session:${target}`, mark)
  expect(told).toEqual([
    expect.objectContaining({
      type: 'file_shared',
      data: { file_id, session_id: target, filename: '회의록.md', content_type: 'text/markdown', size: Buffer.byteLength('같은 내용'), user_id: friend.userId, username: 'friend', created_at: rig.clock.now() },
    }),
  ])
  // Nor does the log of the source say anything; its owners find it in the audit, without the session it went to.
  expect(await rig.log(`session:${source}`, before)).toEqual([])
  const audited = await rig.storage.query<{ action: string; session_id: string; detail: string }>("SELECT action, session_id, detail FROM audit WHERE action = 'file.share'")
  expect(audited.map(({ session_id, detail }) => [session_id, JSON.parse(detail)])).toEqual([[source, { file_id: id, filename: '회의록.md', shared_as: file_id }]])
  expect((await rig.files.list(stranger, { sessionId: target })).files.map((each) => each.file_id)).toEqual([file_id])
  await remove(owner, id)
  expect([await textOf(id), await textOf(file_id)]).toEqual(['', '같은 내용'])
  expect(await outcomeOf(rig.files.read(owner, file_id))).toBe('NOT_FOUND')
  await remove(friend, file_id)
  expect(await textOf(file_id)).toBe('')
})

test('U2 who may: in both sessions one has to be more than a viewer; of loose files only their own', async () => {
  const id = await store(owner, source)
  const loose = await store(owner, null)
  const own = await store(friend, null)
  const outcomes: Record<string, string> = {}
  for (const [name, who] of Object.entries({ owner, friend, viewer, stranger })) outcomes[name] = await outcomeOf(share(who, id, target))
  // The viewer of the source works in the target, its owner does not see it, and the owner of the target does not see the source.
  expect(outcomes).toEqual({ owner: 'NOT_FOUND', friend: 'allowed', viewer: 'FORBIDDEN', stranger: 'NOT_FOUND' })
  expect([await outcomeOf(share(friend, loose, target)), await outcomeOf(share(friend, 'no-such', target)), await outcomeOf(share(friend, id, 'no-such'))]).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  expect(await outcomeOf(share(viewer, await store(viewer, null), source))).toBe('FORBIDDEN')
  const { file_id } = await share(friend, own, target)
  expect((await rig.files.read(stranger, file_id)).userId).toBe(friend.userId)
  // Whose it is now deletes it there: the sharer, and an owner of the session.
  expect(await outcomeOf(remove(viewer, file_id))).toBe('FORBIDDEN')
  await remove(stranger, file_id)
  expect((await rig.files.read(friend, own)).sessionId).toBeNull()
})

test('U2 into the session where it is it is not given again', async () => {
  const id = await store(friend, source)
  const before = (await rig.files.list(owner, { sessionId: source })).files.length
  expect([await share(friend, id, source), await share(friend, id, source, 'again')]).toEqual([{ file_id: id }, { file_id: id }])
  expect(await outcomeOf(share(viewer, id, source))).toBe('FORBIDDEN')
  expect((await rig.files.list(owner, { sessionId: source })).files).toHaveLength(before)
})

test('I1 an id shares once, and deletes once, whoever is faster: a file that goes at the same time is not shared without its bytes', async () => {
  const id = await store(friend, source)
  const answers = await Promise.all([share(friend, id, target, 'share-1'), share(friend, id, target, 'share-1')])
  expect(answers).toEqual([answers[0], answers[0]] as typeof answers)
  expect(await share(friend, id, target, 'share-1')).toEqual(answers[0]!)
  for (let round = 0; round < 10; round++) {
    const racing = await store(friend, source)
    const [shared] = await Promise.allSettled([share(friend, racing, target), remove(friend, racing)])
    if (shared.status === 'fulfilled') expect(await textOf(shared.value.file_id)).toBe('같은 내용')
  }
})

test('there as anywhere people and sessions have so much room: what is shared or attached counts, and the same bytes only once', async () => {
  const own = await sessionsRig({ limits: { sessionBytes: 100, userBytes: 150 } })
  try {
    const [one, other] = [await own.person('one'), await own.person('other')]
    const [from, to] = [await own.begin(one, { visibility: 'private' }), await own.begin(one, { visibility: 'private' })]
    await own.ask(one, (asked) => own.sessions.invite(asked, from, other.userId, 'collaborator'))
    await own.ask(one, (asked) => own.sessions.invite(asked, to, other.userId, 'collaborator'))
    const keep = async (who: Identity, session_id: string | null, size: number) => (await own.ask(who, (asked) => own.uploads.take(asked, { session_id, filename: 'a.bin', content_type: '', content: [new Uint8Array(size)] }))).file_id
    const give = (who: Identity, id: string) => own.ask(who, (asked) => own.files.share(asked, id, to))
    const drop = (who: Identity, id: string) => own.ask(who, (asked) => own.files.remove(asked, id))
    const refused = (work: Promise<unknown>) => work.then(() => null, ({ code, options }: Refused): unknown => ({ code, details: options.details }))
    const full = (reason: string, limit: number, used: number) => ({ code: 'TOO_LARGE', details: { reason, limit, used } })

    const mine = await keep(one, from, 60)
    await give(one, mine)
    await give(one, mine)
    await drop(one, mine)
    const next = await keep(one, from, 60)
    expect(await refused(give(one, next))).toEqual(full('session', 100, 60))
    // Two that have room each, and not together.
    const [small, also] = [await keep(other, from, 30), await keep(other, null, 30)]
    const part = await own.files.attaching(other, to, [also])
    await give(other, small)
    expect(await own.channels.publish(part)).toMatchObject({ outcome: 'refused' })
    expect(await refused(own.files.attaching(other, to, [also]))).toEqual(full('session', 100, 90))
    const raced = await Promise.all([give(other, await keep(other, from, 7)), give(other, await keep(other, null, 7))].map(refused))
    expect(raced.filter((each) => each === null)).toHaveLength(1)
    expect((await own.files.read(other, also)).sessionId).toBeNull()

    for (const { file_id } of (await own.files.list(one, { sessionId: to })).files) await drop(one, file_id)
    await keep(other, null, 76)
    expect(await refused(give(other, next))).toEqual(full('user', 150, 150))
  } finally {
    await own.end()
  }
})

test('what was shared is in the exported conversation', () => {
  expect(createMarkdown().add('file_shared', { filename: 'a_b.md' }, 0)).toBe('- 📎 a\\_b.md\n\n')
})
