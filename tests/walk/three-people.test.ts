// Three people in one session, a relay as people run it, the real CLI: what the owner, the collaborator and the viewer each see and may.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createGate } from '../../relay/demo/script.ts'
import { blockTexts, connectProtocol, orderProblem, type ProtocolClient } from '../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../support/start-relay.ts'

let api: ScriptedMessagesApi
let relay: StartedRelay
let session_id: string
let channel: string
let owner: ProtocolClient
let collaborator: ProtocolClient
let viewer: ProtocolClient
const everybody = () => [owner, collaborator, viewer]

beforeAll(async () => {
  api = createScriptedMessagesApi()
  relay = await startRelay({ apiUrl: api.url })
  const join = async (name: string) => connectProtocol({ url: relay.url, token: await relay.token(name), name })
  ;[owner, collaborator, viewer] = await Promise.all([join('minji'), join('jun'), join('priya')])
  session_id = (await owner.ask('create_session', { title: 'Rate limit', visibility: 'private' })).session_id
  channel = `session:${session_id}`
  for (const [client, role] of [[collaborator, 'collaborator'], [viewer, 'viewer']] as const) {
    await owner.ask('invite_user', { session_id, target_user_id: client.frames[0]!.data.user.id, role })
  }
  for (const client of everybody()) await client.ask('join_collaboration', { session_id })
}, 30_000)
afterAll(async () => {
  await relay.stop()
  await api.stop()
})

const ended = (execution_id: string) => (frame: { type: string; data: Record<string, any> }) =>
  frame.type === 'task' && frame.data.execution_id === execution_id && ['completed', 'interrupted', 'failed'].includes(frame.data.status)

/** All three have the same events with the same numbers, without a hole. */
function sameStory(from = 0) {
  const stories = everybody().map((client) => client.events(channel).filter((event) => event.seq! > from))
  for (const story of stories) expect(orderProblem(story)).toBeNull()
  const short = (story: (typeof stories)[number]) => story.map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`)
  expect(short(stories[1]!)).toEqual(short(stories[0]!))
  expect(short(stories[2]!)).toEqual(short(stories[0]!))
}

describe('a prompt and its answer', () => {
  test('everybody sees the same, token by token and whole', async () => {
    const source = Array.from({ length: 60 }, (_, index) => `word${index} 한글 🚢`).join(' ')
    api.when('tell me about berths').say(source, { chunkChars: 7, everyMs: 1 })
    const { execution_id, queue_position } = await collaborator.ask('claude_message', { session_id, content: 'tell me about berths' })
    expect(queue_position).toBe(0)
    for (const client of everybody()) await client.until(ended(execution_id), 'the end')
    sameStory()
    for (const client of everybody()) {
      expect([...blockTexts(client.frames).values()]).toContain(source)
      const prompt = client.events(channel).find((event) => event.type === 'message')!
      expect(prompt.data).toMatchObject({ username: 'jun', content: 'tell me about berths', execution_id })
      const done = client.events(channel).find((event) => event.type === 'progress' && event.data.progress_type === 'complete')!
      for (const figure of ['num_turns', 'cost_usd', 'output_tokens', 'duration_ms']) expect(done.data.stats[figure]).toBeNumber()
    }
  }, 30_000)

  test('the viewer may look and not touch', async () => {
    for (const [type, data] of [
      ['claude_message', { session_id, content: 'me too' }],
      ['command', { session_id, command: 'note', args: { content: 'me too' } }],
      ['command', { session_id, command: 'clear' }],
    ] as const) {
      expect(await viewer.request(type, data)).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    }
    expect(await collaborator.request('command', { session_id, command: 'clear' })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
  })
})

describe('the queue', () => {
  test('is seen by all with its authors; each may what the table says', async () => {
    const gate = createGate()
    api.when('hold the line').say('holding').hold(gate).say('done')
    api.when('second thing').say('second')
    api.when('third thing').say('third')
    const running = await owner.ask('claude_message', { session_id, content: 'hold the line' })
    await gate.reached
    const second = await collaborator.ask('claude_message', { session_id, content: 'second thing' })
    const third = await owner.ask('claude_message', { session_id, content: 'third thing' })
    expect([second.queue_position, third.queue_position]).toEqual([1, 2])
    for (const client of everybody()) {
      const queue = await client.until((frame) => frame.type === 'queue' && frame.data.items.length === 2, 'two waiting')
      expect(queue.data.items.map((item: any) => [item.username, item.content])).toEqual([['jun', 'second thing'], ['minji', 'third thing']])
    }
    const edit = { session_id, message_id: third.message_id, action: 'edit', content: 'not yours' }
    expect(await collaborator.request('queue_update', edit)).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    expect(await viewer.request('queue_update', { session_id, message_id: second.message_id, action: 'cancel' })).toMatchObject({ ok: false })
    await collaborator.ask('queue_update', { session_id, message_id: third.message_id, action: 'move', before: second.message_id })
    gate.open()
    for (const client of everybody()) for (const each of [running, third, second]) await client.until(ended(each.execution_id), 'each end')
    const prompts = viewer.events(channel).filter((event) => event.type === 'message').map((event) => event.data.content)
    expect(prompts.slice(-3)).toEqual(['hold the line', 'third thing', 'second thing'])
    sameStory()
  }, 30_000)
})

describe('a permission', () => {
  test('is answered by the collaborator, for the owner who asked; the viewer cannot; the audit names who did', async () => {
    const file = join(relay.home.workspace, 'allowed.txt')
    api.when('write the file').use('Write', { file_path: file, content: 'once\n' }).say('written')
    const { execution_id } = await owner.ask('claude_message', { session_id, content: 'write the file' })
    const requests = await Promise.all(everybody().map((client) => client.until((frame) => frame.type === 'permission_request' && frame.channel === channel && frame.data.execution_id === execution_id, 'the request')))
    expect(new Set(requests.map((frame) => frame.data.request_id)).size).toBe(1)
    const { request_id } = requests[0]!.data
    expect(existsSync(file)).toBe(false)
    expect(await viewer.request('permission_response', { session_id, request_id, behavior: 'allow' })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    expect(existsSync(file)).toBe(false)
    await collaborator.ask('permission_response', { session_id, request_id, behavior: 'allow', scope: 'once' })
    expect(await owner.request('permission_response', { session_id, request_id, behavior: 'deny' })).toMatchObject({ ok: false, error: { code: 'CONFLICT' } })
    for (const client of everybody()) {
      expect((await client.until((frame) => frame.type === 'permission_resolved' && frame.data.request_id === request_id, 'who')).data).toMatchObject({ status: 'allowed', username: 'jun' })
      await client.until(ended(execution_id), 'the end')
    }
    expect(readFileSync(file, 'utf8')).toBe('once\n')
    sameStory()
  }, 30_000)
})

test('who is removed hears nothing more, within a second', async () => {
  await owner.ask('remove_user', { session_id, target_user_id: viewer.frames[0]!.data.user.id })
  await viewer.until((frame) => frame.type === 'error' && (frame.data.details as any)?.channel === channel, 'the word', 1_000)
  const before = viewer.events(channel).length
  await owner.ask('command', { session_id, command: 'note', args: { content: 'among us' } })
  await collaborator.until((frame) => frame.type === 'message' && frame.data.content === 'among us')
  expect(viewer.events(channel).length).toBe(before)
  expect(await viewer.request('subscribe', {}, { channel })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
})

test('whoever comes late reads all of it from storage, from the first event on', async () => {
  const late = await connectProtocol({ url: relay.url, token: await relay.token('minji'), name: 'late' })
  const answer = await late.subscribe(channel, { position: { epoch: late.frames[0]!.data.epoch, seq: 0 } })
  await late.until((frame) => frame.channel === channel && frame.seq === answer.seq, 'the last event')
  const all = late.events(channel)
  expect(all.map((event) => event.seq!)).toEqual(Array.from({ length: answer.seq }, (_, index) => index + 1))
  const mine = collaborator.events(channel)
  const from = mine[0]!.seq!
  expect(all.slice(from - 1).map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`)).toEqual(mine.map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`))
  late.close()
})
