// H12: removal outranks visibility, and private means private: what a workspace's channel tells, live and on replay, on real sockets.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectProtocol, type Frame, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
let channel: string
const people = {} as Record<'owner' | 'onlooker' | 'removed', ProtocolClient>
const names = ['owner', 'onlooker', 'removed'] as const
const userId = (name: keyof typeof people) => people[name].frames[0]!.data.user.id as string

beforeAll(async () => {
  relay = await startRelay({ settings: { MESSAGES_PER_SECOND: '1000', PROMPTS_PER_SECOND: '1000' } })
  const { id } = await relay.relay.workspaces.standard()
  channel = `workspace:${id}`
  for (const name of names) {
    people[name] = await connectProtocol({ url: relay.url, token: await relay.token(name), name })
    await people[name].subscribe(channel)
    await people[name].subscribe(`user:${userId(name)}`)
  }
})
afterAll(() => relay.stop())

/** What a fresh socket of the same person reads of the workspace, all of it. */
async function replayed(name: keyof typeof people): Promise<Frame[]> {
  const late = await connectProtocol({ url: relay.url, token: await relay.token(name), name: `late ${name}` })
  const { seq } = await late.subscribe(channel, { history: 500 })
  if (seq > 0) await late.until((frame) => frame.channel === channel && frame.seq === seq, 'the end of the replay')
  late.close()
  return late.events(channel)
}

/** Everything that is on its way to the sockets has come. */
async function settled(): Promise<void> {
  const { session_id } = await people.owner.ask('create_session', { title: 'the mark' })
  await Promise.all(names.map((name) => people[name].until((frame) => frame.channel === channel && frame.data.session_id === session_id && frame.type === 'session', 'the mark')))
}
const since = (name: keyof typeof people, mark: number) => people[name].frames.slice(mark)
const marks = () => Object.fromEntries(names.map((name) => [name, people[name].frames.length])) as Record<keyof typeof people, number>
const rename = (session_id: string, title: string) => people.owner.ask('command', { session_id, command: 'rename', args: { title } })
const said = (frames: Frame[], text: string) => JSON.stringify(frames).includes(text)

for (const joined of [true, false]) {
  test(`H12: somebody removed who had ${joined ? '' : 'not '}joined hears nothing of it; the others still do`, async () => {
    const before = `Before ${joined}`
    const { session_id } = await people.owner.ask('create_session', { title: before })
    if (joined) await people.removed.ask('join_collaboration', { session_id })
    await settled()
    expect(said(people.removed.events(channel), before)).toBe(true)
    await people.owner.ask('remove_user', { session_id, target_user_id: userId('removed') })
    await people.removed.until((frame) => frame.type === 'participant_left' && frame.data.session_id === session_id, 'the removal')
    if (joined) await people.removed.until((frame) => frame.type === 'error' && frame.data.details?.channel === `session:${session_id}`, 'the end of the subscription')
    const mark = marks()
    await rename(session_id, 'Salaries')
    await people.owner.ask('command', { session_id, command: 'set_permission_mode', args: { permission_mode: 'plan' } })
    await settled()
    expect(said(since('removed', mark.removed), session_id)).toBe(false)
    expect(since('onlooker', mark.onlooker).filter((frame) => frame.type === 'session' && frame.data.session_id === session_id).map((frame) => [frame.channel, frame.data.title])).toContainEqual([`user:${userId('onlooker')}`, 'Salaries'])

    const read = await replayed('removed')
    expect([said(read, 'Salaries'), said(read, before)]).toEqual([false, false])
    const about = read.filter((frame) => frame.data.session_id === session_id)
    expect(about.length).toBeGreaterThan(0)
    for (const { type, data } of about) expect([type, data.title, data.owner_name, data.owner_id, data.state, data.updated_at, data.visibility]).toEqual(['session', '', '', 'nobody', 'idle', 0, 'private'])

    // Invited again: told in the workspace again, to all of them.
    await people.owner.ask('invite_user', { session_id, target_user_id: userId('removed') })
    await rename(session_id, `Open again ${joined}`)
    await people.removed.until((frame) => frame.channel === channel && frame.data.title === `Open again ${joined}`, 'the news')
  })
}

test('the owner who is removed by another owner is told nothing of who follows', async () => {
  const { session_id } = await people.removed.ask('create_session', { title: 'Handed over' })
  await people.removed.ask('invite_user', { session_id, target_user_id: userId('owner'), role: 'owner' })
  await settled()
  const mark = marks()
  await people.owner.ask('remove_user', { session_id, target_user_id: userId('removed') })
  await settled()
  const heard = since('removed', mark.removed).filter((frame) => frame.data.session_id === session_id)
  expect(heard.map((frame) => frame.type)).toEqual(['participant_left'])
  expect(since('onlooker', mark.onlooker).find((frame) => frame.data.session_id === session_id)).toMatchObject({ type: 'session', channel: `user:${userId('onlooker')}`, data: { owner_id: userId('owner') } })
})

for (const kept of [false, true]) {
  test(`a session that becomes private${kept ? ' and had somebody removed' : ''} was never seen by those who come later`, async () => {
    const { session_id } = await people.owner.ask('create_session', { title: `Layoffs ${kept}` })
    if (kept) await people.owner.ask('remove_user', { session_id, target_user_id: userId('removed') })
    await settled()
    const mark = marks()
    await people.owner.ask('command', { session_id, command: 'set_visibility', args: { visibility: 'private' } })
    await rename(session_id, `Layoffs in May ${kept}`)
    await settled()
    const told = since('onlooker', mark.onlooker).filter((frame) => frame.data.session_id === session_id)
    expect(told.map(({ type, data }) => [type, data.title, data.visibility])).toEqual([['session', '', 'private']])
    if (kept) expect(said(since('removed', mark.removed), session_id)).toBe(false)
    for (const name of ['onlooker', 'removed'] as const) expect(said(await replayed(name), 'Layoffs')).toBe(false)
  })

  test(`nor is one that is deleted${kept ? ' and had somebody removed' : ''}`, async () => {
    const { session_id } = await people.owner.ask('create_session', { title: `Gone ${kept}` })
    if (kept) await people.owner.ask('remove_user', { session_id, target_user_id: userId('removed') })
    await settled()
    const mark = marks()
    const answer = await fetch(`${relay.url}/api/v1/claude/sessions/${session_id}`, { method: 'DELETE', headers: { authorization: `Bearer ${await relay.token('owner')}` } })
    expect(answer.status).toBe(200)
    await settled()
    expect(since('onlooker', mark.onlooker).filter((frame) => frame.data.session_id === session_id).map(({ data }) => [data.title, data.visibility])).toEqual([['', 'private']])
    if (kept) expect(said(since('removed', mark.removed), session_id)).toBe(false)
    for (const name of ['onlooker', 'removed'] as const) expect(said(await replayed(name), `Gone ${kept}`)).toBe(false)
  })
}

test('H12: a private session is never named in the workspace', async () => {
  const mark = marks()
  const { session_id } = await people.owner.ask('create_session', { title: 'Mine alone', visibility: 'private' })
  await rename(session_id, 'Mine alone, still')
  await settled()
  for (const name of ['onlooker', 'removed'] as const) {
    expect(said(since(name, mark[name]), session_id)).toBe(false)
    expect(said(await replayed(name), session_id)).toBe(false)
  }
})
