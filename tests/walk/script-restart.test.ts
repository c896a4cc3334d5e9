// A script on the WebSocket through the death of the relay: what it said is done once, what it heard has no hole, and a later run of it is the same script.
import { afterAll, expect, test } from 'bun:test'
import { createClient, type Heard } from '../../src/client.ts'
import { createGate } from '../../relay/demo/script.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { seqsOf, textsOf, upTo } from '../src/client/live-rig.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const disk = createRelayOnDisk({ settings: { PORT: await freePort() } })
afterAll(() => disk.stop())

test('I1, H4: kill -9 in the middle of an answer and of a command', async () => {
  const gate = createGate()
  disk.api.when('work on it').use('Bash', { command: 'touch made-by-claude', description: 'Make' }).say('Half of the answer').hold(gate).say(' is never said.')
  disk.api.when('and then').say('Done now.')
  const first = await disk.start()
  const token = await first.token('ada')
  const client = createClient({ url: first.url, token })
  const states: string[] = []
  const live = client.connect({ onState: (state) => void states.push(state) })
  const { session_id } = await live.send('create_session', { title: 'restarts' }, { key: 'the session' })
  const begun = await live.send('claude_message', { session_id, content: 'work on it' }, { key: 'the work' })
  const heard: Heard[] = []
  const feed = live.subscribe(`session:${session_id}`, 'start')
  const half = Promise.withResolvers<void>()
  const answers: Promise<unknown>[] = []
  const reading = (async () => {
    for await (const message of feed) {
      heard.push(message)
      const { type, data } = message
      if (type === 'permission_request') answers.push(live.send('permission_response', { request_id: data.request_id, behavior: 'allow' }, { key: data.request_id }))
      if (type === 'claude_response' && data.stream) half.resolve()
      if (type === 'message' && data.content === 'the end') return
    }
  })()
  await Promise.all([gate.reached, half.promise])
  await first.killHard()
  gate.open()
  await eventually('it has noticed', () => live.state() === 'waiting')
  // Said while nobody is there.
  const later = live.send('claude_message', { session_id, content: 'and then' }, { key: 'then' })

  await disk.start()
  const then = await later
  await eventually('that is done', () => heard.some(({ type, data }) => type === 'task' && data.execution_id === then.execution_id && data.status === 'completed'))
  const position = feed.position()!
  expect(answers).toHaveLength(1)
  await Promise.all(answers)
  await live.send('command', { session_id, command: 'note', args: { content: 'the end' } })
  await reading
  expect(seqsOf(heard)).toEqual(upTo(heard.at(-1)!.seq!))
  expect(heard.flatMap(({ type, data }) => (type === 'task' && data.ended_at ? [[data.execution_id, data.status]] : []))).toEqual([[begun.execution_id, 'interrupted'], [then.execution_id, 'completed']])
  const texts = textsOf(heard).map(({ whole, parts }) => [whole, parts.startsWith(whole)])
  expect(texts).toContainEqual(['Done now.', true])
  expect(texts.every(([, isWhole]) => isWhole)).toBeTrue()
  live.close()
  expect(states).toEqual(['ready', 'waiting', 'ready', 'closed'])

  // A later run says the same under the same keys, and goes on where it was.
  const again = client.connect()
  expect(await again.send('create_session', { title: 'restarts' }, { key: 'the session' })).toEqual({ session_id })
  expect(await again.send('claude_message', { session_id, content: 'work on it' }, { key: 'the work' })).toEqual(begun)
  expect(await again.send('claude_message', { session_id, content: 'and then' }, { key: 'then' })).toEqual(then)
  const rest = again.subscribe(`session:${session_id}`, position)
  const more: Heard[] = []
  while (!more.some(({ type, data }) => type === 'message' && data.content === 'the end')) more.push((await rest.next()).value as Heard)
  expect(seqsOf(more)).toEqual(seqsOf(heard).filter((seq) => seq > position.seq))
  again.close()
  expect(disk.rows('SELECT id FROM executions')).toHaveLength(2)
}, 120_000)
