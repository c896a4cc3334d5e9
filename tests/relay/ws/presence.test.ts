// Who is here, as each connection is told: the newcomer too, and a second device of the same person.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let relay: StartedRelay
beforeAll(async () => {
  relay = await startRelay()
})
afterAll(() => relay.stop())

const namesIn = (frame: { data: Record<string, any> }) => frame.data.people.map((each: { username: string }) => each.username).sort()

test('whoever joins is told who is there, on every device', async () => {
  const [minji, jun] = [await relay.token('minji'), await relay.token('jun')]
  const first = await connectProtocol({ url: relay.url, token: minji, name: 'first' })
  const { session_id } = await first.ask('create_session', {})
  const channel = `session:${session_id}`
  await first.subscribe(channel)
  expect(namesIn(await first.until((frame) => frame.type === 'presence', 'presence'))).toEqual(['minji'])

  const second = await connectProtocol({ url: relay.url, token: jun, name: 'second' })
  await second.subscribe(channel)
  expect(namesIn(await second.until((frame) => frame.type === 'presence', 'presence'))).toEqual(['jun', 'minji'])
  await first.until((frame) => frame.type === 'presence' && namesIn(frame).includes('jun'), 'the newcomer')

  await second.ask('join_collaboration', { session_id })
  second.raw(JSON.stringify({ type: 'cursor_update', data: { session_id, path: 'a.ts', position: { line: 3, column: 1 } } }))
  await first.until((frame) => frame.type === 'cursor_moved', 'the caret')
  const phone = await connectProtocol({ url: relay.url, token: minji, name: 'phone' })
  await phone.subscribe(channel)
  expect(namesIn(await phone.until((frame) => frame.type === 'presence', 'presence'))).toEqual(['jun', 'minji'])
  expect((await phone.until((frame) => frame.type === 'cursor_moved', 'carets')).data).toMatchObject({ username: 'jun', position: { line: 3 } })
  for (const client of [first, second, phone]) client.close()
})
