// Three people in one session, a relay as people run it, the real CLI: what the owner, the collaborator and the viewer each see and may.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGate } from '../../relay/demo/script.ts'
import { blockTexts, connectProtocol, type ProtocolClient } from '../support/protocol-client.ts'
import { ended, gatherThree, type ThreePeople } from './gather-three.ts'

let three: ThreePeople
let owner: ProtocolClient
let collaborator: ProtocolClient
let viewer: ProtocolClient
let session_id: string
let channel: string
const everybody = () => three.everybody

beforeAll(async () => {
  three = await gatherThree('Rate limit')
  ;({ owner, collaborator, viewer, session_id, channel } = three)
}, 30_000)
afterAll(() => three.stop())

describe('a prompt and its answer', () => {
  test('everybody sees the same, token by token and whole', async () => {
    const source = Array.from({ length: 60 }, (_, index) => `word${index} 한글 🚢`).join(' ')
    three.api.when('tell me about berths').say(source, { chunkChars: 7, everyMs: 1 })
    const { execution_id, queue_position } = await collaborator.ask('claude_message', { session_id, content: 'tell me about berths' })
    expect(queue_position).toBe(0)
    for (const client of everybody()) await client.until(ended(execution_id), 'the end')
    three.sameStory()
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
    three.api.when('hold the line').say('holding').hold(gate).say('done')
    three.api.when('second thing').say('second')
    three.api.when('third thing').say('third')
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
    three.sameStory()
  }, 30_000)
})

describe('a permission', () => {
  test('is answered by the collaborator, for the owner who asked; the viewer cannot; the audit names who did', async () => {
    const file = join(three.relay.home.workspace, 'allowed.txt')
    three.api.when('write the file').use('Write', { file_path: file, content: 'once\n' }).say('written')
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
    three.sameStory()
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
  const late = await connectProtocol({ url: three.relay.url, token: await three.relay.token('minji'), name: 'late' })
  const answer = await late.subscribe(channel, { position: { epoch: late.frames[0]!.data.epoch, seq: 0 } })
  await late.until((frame) => frame.channel === channel && frame.seq === answer.seq, 'the last event')
  const all = late.events(channel)
  expect(all.map((event) => event.seq!)).toEqual(Array.from({ length: answer.seq }, (_, index) => index + 1))
  const mine = collaborator.events(channel)
  const from = mine[0]!.seq!
  expect(all.slice(from - 1).map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`)).toEqual(mine.map(({ seq, type, data }) => `${seq} ${type} ${JSON.stringify(data)}`))
  late.close()
})
