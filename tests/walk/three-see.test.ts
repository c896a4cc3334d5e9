// What each of three people sees of what one of them does, with the real CLI: as events, in the session's state, in the list of sessions.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { SessionRow } from '#protocol'
import { createGate } from '../../relay/demo/script.ts'
import type { Frame, ProtocolClient } from '../support/protocol-client.ts'
import { gatherThree, type ThreePeople } from './gather-three.ts'

let three: ThreePeople
let minji: ProtocolClient
let jun: ProtocolClient
let priya: ProtocolClient
let session_id: string
let channel: string

beforeAll(async () => {
  three = await gatherThree('Berths')
  ;({ owner: minji, collaborator: jun, viewer: priya, session_id, channel } = three)
}, 30_000)
afterAll(() => three.stop())

/** Parts of what all three see once something was done. `queue`: with authors; `held`: by whom; `asks`: tools of open requests. */
type Seen = { told: [type: string, data: object][]; row: Partial<SessionRow>; queue?: string[]; held?: string | null; asks?: string[] }

const seqNow = async () => (await three.state(minji)).seq

async function allSee({ told, row, queue = [], held = null, asks = [] }: Seen, since: number): Promise<Frame[]> {
  const tells = (type: string, data: object) => (frame: Frame) => frame.channel === channel && frame.seq! > since && frame.type === type && Bun.deepMatch(data, frame.data)
  const found = await Promise.all(told.map(([type, data]) => Promise.all(three.everybody.map((client) => client.until(tells(type, data), `${type} ${JSON.stringify(data)}`)))))
  for (const frames of found) expect(new Set(frames.map(({ seq, data }) => `${seq} ${JSON.stringify(data)}`)).size).toBe(1)
  const roles = ['owner', 'collaborator', 'viewer'] as const
  const seqs: number[] = []
  for (const [place, client] of three.everybody.entries()) {
    const { seq, session, queue: waiting, permissions } = await three.state(client)
    await client.until((frame) => frame.channel === channel && frame.seq === seq, `event ${seq}`)
    seqs.push(seq)
    const listed = (await three.list(client)).find((each) => each.session_id === session_id)
    for (const each of [session, listed]) expect(each).toMatchObject({ ...row, role: roles[place]!, people: ['minji', 'jun', 'priya'] })
    expect(waiting.items.map(({ username, content, mode }) => `${username}: ${content}${mode === 'steer' ? ' (steer)' : ''}`)).toEqual(queue)
    expect(waiting.held_by?.username ?? null).toBe(held)
    expect(permissions.map(({ tool }) => tool)).toEqual(asks)
  }
  three.sameStory(Math.min(...seqs))
  return found.map(([frame]) => frame!)
}

/** What people can change of it. */
async function changeable() {
  const { queue, permissions, session } = await three.state(minji)
  return [queue, permissions, session.title, session.model, session.permission_mode]
}

/** First the viewer tries, and is refused without a trace; then `who` does it, and all three see what came of it. */
async function does(who: ProtocolClient, [type, data]: [string, object], seen: Seen): Promise<{ answer: Record<string, any>; told: Frame[] }> {
  const before = await changeable()
  const since = await seqNow()
  expect(await priya.request(type, { session_id, ...data })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  expect(await changeable()).toEqual(before)
  const answer = await who.ask(type, { session_id, ...data })
  return { answer, told: await allSee(seen, since) }
}

const command = (name: string, args?: object): [string, object] => ['command', { command: name, ...(args && { args }) }]
const prompt = (content: string, mode = 'queue'): [string, object] => ['claude_message', { content, mode }]
const toldOf = (content: string) => JSON.stringify(three.api.requests.findLast((each) => each.prompt.includes(content))!.body.messages)

/** What is told outside of the session to whoever may answer. */
const calls = (client: ProtocolClient) => client.frames.filter(({ type, channel: where }) => type === 'permission_request' && where?.startsWith('user:')).map(({ data }) => data.tool)

describe('Claude asks', () => {
  test('a question: all three read it, the second person answers it, everybody sees who and what', async () => {
    const question = 'What counts as one partner?'
    const options = ['The API key', 'The company'].map((label) => ({ label, description: label }))
    three.api.when('ask the berth').use('AskUserQuestion', { questions: [{ question, header: 'Partner', multiSelect: false, options }] }).say('counted')
    const asked = await does(minji, prompt('ask the berth'), {
      told: [['permission_request', { kind: 'question', tool: 'AskUserQuestion' }]],
      row: { state: 'waiting', activity: expect.objectContaining({ waiting_for: 'AskUserQuestion' }) },
      asks: ['AskUserQuestion'],
    })
    const answer = { request_id: asked.told[0]!.data.request_id, behavior: 'allow', answers: { [question]: 'The API key' } }
    await does(jun, ['permission_response', answer], {
      told: [['permission_resolved', { status: 'allowed', username: 'jun', answers: { [question]: 'The API key' } }], ['claude_response', { content: 'counted', completed: true }], ['task', { status: 'completed' }]],
      row: { state: 'idle' },
    })
    expect(toldOf('ask the berth')).toContain('The API key')
    expect(await minji.request('permission_response', { session_id, ...answer })).toMatchObject({ ok: false, error: { code: 'CONFLICT', details: { username: 'jun', status: 'allowed' } } })
    expect(three.everybody.map(calls)).toEqual([['AskUserQuestion'], ['AskUserQuestion'], []])
  }, 30_000)

  test('a plan: sent back by one, approved by the other; everybody sees both, and the mode that follows', async () => {
    three.api.when('plan the berth').use('ExitPlanMode', { plan: '1. Everything' }).then().use('ExitPlanMode', { plan: '1. A little' }).say('planned')
    await does(jun, command('set_permission_mode', { permission_mode: 'plan' }), { told: [['log', { code: 'mode_changed', args: { username: 'jun' } }]], row: { state: 'idle', permission_mode: 'plan' } })
    const waits = { row: { state: 'waiting', permission_mode: 'plan', activity: expect.objectContaining({ waiting_for: 'ExitPlanMode' }) }, asks: ['ExitPlanMode'] } satisfies Partial<Seen>
    const first = await does(minji, prompt('plan the berth'), { told: [['permission_request', { kind: 'plan', input: { plan: '1. Everything' } }]], ...waits })
    const again = await does(jun, ['permission_response', { request_id: first.told[0]!.data.request_id, behavior: 'deny', message: 'smaller steps' }], {
      told: [['permission_resolved', { status: 'denied', username: 'jun', message: 'smaller steps' }], ['permission_request', { kind: 'plan', input: { plan: '1. A little' } }]],
      ...waits,
    })
    expect(toldOf('plan the berth')).toContain('smaller steps')
    await does(minji, ['permission_response', { request_id: again.told[1]!.data.request_id, behavior: 'allow' }], {
      told: [['permission_resolved', { status: 'allowed', username: 'minji' }], ['log', { code: 'mode_changed', args: { username: 'minji', mode: 'default' } }], ['task', { status: 'completed' }]],
      row: { state: 'idle', permission_mode: 'default' },
    })
  }, 30_000)

  test('what is unread is counted for each of them', async () => {
    const unread = async () => Promise.all(three.everybody.map(async (client) => (await three.list(client))[0]!.unread))
    await three.read(minji, await seqNow())
    await three.read(jun, await seqNow())
    const missed = (await unread())[2]!
    expect(missed).toBeGreaterThan(2)
    await jun.ask('command', { session_id, command: 'note', args: { content: 'read this' } })
    expect(await unread()).toEqual([1, 1, missed + 1])
    await three.read(priya, await seqNow())
    expect(await unread()).toEqual([1, 1, 0])
  })
})

test('queue and turns: after each deed all three see the same', async () => {
  const [line, first, third] = [createGate(), createGate(), createGate()]
  three.api.when('hold the line').say('holding').hold(line).use('Glob', { pattern: '*.md' }).say('went on')
  three.api.when('go left').say('left it is')
  three.api.when('first thing').say('one').hold(first)
  three.api.when('second thing').say('two')
  three.api.when('third thing').say('three').hold(third)
  const running = { row: { state: 'running' } } as const
  const change = (action: string, message_id: string, more: object = {}): [string, object] => ['queue_update', { action, message_id, ...more }]

  await does(minji, prompt('hold the line'), { told: [['message', { content: 'hold the line', username: 'minji' }]], ...running })
  await line.reached
  const one = (await does(jun, prompt('first thing'), { told: [['queue', {}]], ...running, queue: ['jun: first thing'] })).answer
  const two = (await does(minji, prompt('second thing'), { told: [['queue', {}]], ...running, queue: ['jun: first thing', 'minji: second thing'] })).answer
  await does(jun, command('hold'), { told: [['queue', { held_by: { username: 'jun', reason: 'person' } }]], ...running, queue: ['jun: first thing', 'minji: second thing'], held: 'jun' })
  await does(minji, command('continue'), { told: [['queue', {}]], ...running, queue: ['jun: first thing', 'minji: second thing'] })
  await does(jun, change('move', one.message_id), { told: [['queue', {}]], ...running, queue: ['minji: second thing', 'jun: first thing'] })
  await does(minji, change('move', one.message_id, { before: two.message_id }), { told: [['queue', {}]], ...running, queue: ['jun: first thing', 'minji: second thing'] })
  await does(minji, change('edit', two.message_id, { content: 'the second thing' }), { told: [['queue', {}]], ...running, queue: ['jun: first thing', 'minji: the second thing'] })
  const steer = await does(jun, prompt('go left', 'steer'), { told: [['queue', {}]], ...running, queue: ['jun: go left (steer)', 'jun: first thing', 'minji: the second thing'] })

  const since = await seqNow()
  line.open()
  await first.reached
  await allSee({ told: [['message', { content: 'go left', username: 'jun', steered: true }], ['claude_response', { content: 'left it is' }], ['message', { content: 'first thing' }]], ...running, queue: ['minji: the second thing'] }, since)
  // It is part of that turn: there is nothing of its own to go back to.
  expect(await jun.request('command', { session_id, command: 'rewind', args: { message_id: steer.answer.message_id } })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })

  const next = (await does(jun, prompt('third thing'), { told: [['queue', {}]], ...running, queue: ['minji: the second thing', 'jun: third thing'] })).answer
  await does(jun, change('send_now', next.message_id), {
    told: [['task', { execution_id: one.execution_id, status: 'interrupted', reason: 'steer' }], ['message', { content: 'third thing', username: 'jun' }]],
    ...running,
    queue: ['minji: the second thing'],
  })
  await third.reached
  await does(jun, command('interrupt', { execution_id: next.execution_id }), {
    told: [['task', { execution_id: next.execution_id, status: 'interrupted', reason: 'person' }], ['queue', { held_by: { username: 'jun' } }]],
    row: { state: 'held' },
    queue: ['minji: the second thing'],
    held: 'jun',
  })
  await does(minji, command('continue'), { told: [['message', { content: 'the second thing', username: 'minji' }], ['task', { execution_id: two.execution_id, status: 'completed' }]], row: { state: 'idle' } })
}, 30_000)

test('how Claude works and what the session is called: all three see the change and who made it', async () => {
  const idle = { state: 'idle' } as const
  await does(jun, command('compact'), { told: [['log', { code: 'compacted' }], ['task', { status: 'completed', username: 'jun' }]], row: idle })
  await does(jun, command('set_model', { model: 'claude-sonnet-4-5' }), { told: [['log', { code: 'model_changed', args: { username: 'jun' } }]], row: { ...idle, model: 'claude-sonnet-4-5' } })
  await does(jun, command('set_permission_mode', { permission_mode: 'acceptEdits' }), { told: [['log', { code: 'mode_changed', args: { username: 'jun' } }]], row: { ...idle, permission_mode: 'acceptEdits' } })
  await does(jun, command('rename', { title: 'Berths and tides' }), { told: [['session', { title: 'Berths and tides' }]], row: { ...idle, title: 'Berths and tides' } })
  await does(minji, command('note', { content: 'ops are fine' }), { told: [['message', { role: 'note', username: 'minji', content: 'ops are fine' }]], row: idle })
}, 30_000)

describe('what the three lists hold', () => {
  const titles = async () => Promise.all(three.everybody.map(async (client) => (await three.list(client)).map((row) => `${row.title}, ${row.role}`)))
  const [own, his, hers] = ['owner', 'collaborator', 'viewer'].map((role) => `Berths and tides, ${role}`)

  test('of a private session: it is there for who is in it, and for nobody else', async () => {
    const alone = (await minji.ask('create_session', { title: 'Alone', visibility: 'private' })).session_id
    expect(await titles()).toEqual([['Alone, owner', own!], [his!], [hers!]])
    for (const client of [jun, priya]) expect(await client.request('subscribe', {}, { channel: `session:${alone}` })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    await minji.ask('command', { session_id: alone, command: 'set_visibility', args: { visibility: 'workspace' } })
    expect(await titles()).toEqual([['Alone, owner', own!], ['Alone, collaborator', his!], ['Alone, collaborator', hers!]])
    await minji.ask('command', { session_id: alone, command: 'set_visibility', args: { visibility: 'private' } })
    expect(await titles()).toEqual([['Alone, owner', own!], [his!], [hers!]])
    await minji.ask('invite_user', { session_id: alone, target_user_id: priya.frames[0]!.data.user.id, role: 'viewer' })
    expect(await titles()).toEqual([['Alone, owner', own!], [his!], ['Alone, viewer', hers!]])
    await minji.ask('remove_user', { session_id: alone, target_user_id: priya.frames[0]!.data.user.id })
    expect(await titles()).toEqual([['Alone, owner', own!], [his!], [hers!]])
  })

  test('of a fork: it belongs to whoever made it, the viewer too; the original hears nothing of it', async () => {
    const since = await seqNow()
    const forked = (await jun.ask('command', { session_id, command: 'fork', args: {} })).session_id
    await priya.ask('command', { session_id, command: 'fork', args: { title: 'Her own' } })
    expect(await titles()).toEqual([['Alone, owner', own!], ['Berths and tides (2), owner', his!], ['Her own, owner', hers!]])
    expect(await seqNow()).toBe(since)
    // What was said before stands in the copy; its turns do not.
    const { message_id } = minji.events(channel).find(({ type }) => type === 'message')!.data
    expect(await jun.request('command', { session_id: forked, command: 'rewind', args: { message_id } })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })
})
