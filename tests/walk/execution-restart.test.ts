// X5: a script follows its execution through the death of the relay: no event is lost, none comes twice, and it learns how it ended; what was used by then is counted once.
import { afterAll, expect, test } from 'bun:test'
import { createGate } from '../../relay/demo/script.ts'
import { eventually } from '../support/eventually.ts'
import { readEvents, type Told } from '../support/read-events.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const disks = [createRelayOnDisk(), createRelayOnDisk()]
afterAll(() => Promise.all(disks.map((disk) => disk.stop())))

/** Comes back with the last id it has, as often as it takes. */
function follower(executionId: string) {
  const told: Told[] = []
  const last = () => told.findLast(({ eventId }) => eventId !== null)?.eventId ?? null
  return {
    told,
    ids: () => told.flatMap(({ id }) => id ?? []),
    async read(url: string, token: string) {
      const position = last()
      const reading = await readEvents(`${url}/api/v1/claude/executions/${executionId}/events`, token, position === null ? {} : { 'last-event-id': position })
      const ended = reading.ended.then((how) => {
        told.push(...reading.told)
        return how
      })
      return { ...reading, ended }
    },
  }
}

test('X3, X5, G1: kill -9 in the middle of the answer', async () => {
  const gate = createGate()
  const disk = disks[0]!
  disk.api.when('work on it').think('Let me see.').say('I look first.').use('Bash', { command: 'echo looked', description: 'Look' }).usage({ input: 900, output: 70, cacheRead: 5_000, cacheWrite: 300 }).say('Half of the answer').hold(gate).say(' is never said.')
  disk.api.when('and then').say('Done now.')
  const first = await disk.start()
  const token = await first.token('ada')
  const post = async (url: string, path: string, body: object) =>
    (await (await fetch(`${url}/api/v1/${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'one' }, body: JSON.stringify(body) })).json()) as Record<string, string>
  const prompt = { prompt: 'work on it', tools: ['Bash'], system_prompt: 'Be brief.', max_turns: 5, metadata: { job: 7 } }
  const { execution_id, session_id } = await post(first.url, 'claude/execute', prompt)
  const script = follower(execution_id!)
  const before = await script.read(first.url, token)
  await gate.reached
  await before.until(({ id, message }) => id === null && String(message.data['content']).includes('Half'))
  // What was being written reaches the disk within a tenth of a second.
  await eventually('the text is on the disk', () => disk.rows<{ content: string }>('SELECT content FROM open_blocks').some(({ content }) => content.includes('Half')))
  await eventually('Claude has written down what it did', () => disk.wroteDown('"toolUseResult"'))
  await first.killHard()
  expect(await before.ended).toBe('cut')
  await disk.noStrays()
  gate.open()

  const second = await disk.start()
  const after = await script.read(second.url, token)
  expect([after.status, await after.ended]).toEqual([200, 'ended'])
  const ids = script.ids()
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1))
  expect(script.told.at(-1)).toMatchObject({ type: 'task', message: { data: { status: 'interrupted', reason: 'relay_restart' } } })
  expect(script.told.findLast(({ type }) => type === 'claude_response')!.message.data).toMatchObject({ content: 'Half of the answer', completed: true, interrupted: true })
  expect((await script.read(second.url, token)).status).toBe(204)
  const get = async (url: string, path: string) => (await (await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })).json()) as Record<string, any>
  expect(await get(second.url, `claude/executions/${execution_id}`)).toMatchObject({ status: 'interrupted', reason: 'relay_restart', metadata: { job: 7 }, result: 'Half of the answer', prompt: 'work on it' })

  // What the first answer used is told once, as an estimate, of the second nobody heard the end.
  const costMicros = 900 * 4 + 70 * 20 + 5_000 * 0.2 + 300 * 5
  const used = () => disk.rows('SELECT user_id, username, session_id, model, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros, estimated, duration_ms FROM usage WHERE execution_id = ?', execution_id!)
  const [ada] = disk.rows<{ id: string }>("SELECT id FROM users WHERE name = 'ada'")
  const counted = [{ user_id: ada!.id, username: 'ada', session_id, model: 'claude-opus-5-5', turns: 1, input_tokens: 900, output_tokens: 70, cache_read_tokens: 5_000, cache_write_tokens: 300, cost_micros: costMicros, estimated: 1, duration_ms: null }]
  expect(used()).toEqual(counted)
  expect((await get(second.url, 'usage'))['total']).toMatchObject({ turns: 1, cost_micros: costMicros, estimated_micros: costMicros })
  expect(await get(second.url, `claude/sessions/${session_id}`)).toMatchObject({ activity: { cost_usd: costMicros / 1_000_000 } })
  const admin = await second.token('minji', 'admin')
  const limit = (micros: number) => fetch(`${second.url}/api/v1/budgets/${ada!.id}`, { method: 'PUT', headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }, body: JSON.stringify({ limit_micros: micros }) })
  expect((await limit(costMicros)).status).toBe(200)
  const refused = await fetch(`${second.url}/api/v1/claude/execute`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ prompt: 'and then', session_id }) })
  expect(await refused.json()).toMatchObject({ code: 'BUDGET', details: { spent_micros: costMicros } })
  expect((await limit(1e9)).status).toBe(200)

  // The same request again is answered from the table; the session goes on as it was begun.
  expect(await post(second.url, 'claude/execute', prompt)).toEqual({ execution_id: execution_id!, session_id: session_id!, status: 'started', websocket_url: `/ws/executions/${execution_id}` })
  expect(disk.rows('SELECT id FROM executions')).toHaveLength(1)
  const response = await fetch(`${second.url}/api/v1/claude/execute`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...prompt, prompt: 'and then', session_id }) })
  const next = (await response.json()) as Record<string, string>
  const last = follower(next['execution_id']!)
  expect(await (await last.read(second.url, token)).ended).toBe('ended')
  expect(last.told.at(-1)).toMatchObject({ type: 'task', message: { data: { status: 'completed' } } })
  const request = disk.api.requests.findLast((each) => each.kind === 'turn')! as unknown as { body: Record<string, any> }
  expect(JSON.stringify(request.body['system'])).toContain('Be brief.')
  expect(request.body['tools'].map((each: { name: string }) => each.name)).toContain('Bash')
  expect(request.body['tools'].map((each: { name: string }) => each.name)).not.toContain('Read')
  expect(JSON.stringify(request.body['messages'])).toContain('work on it')

  // Gone on with in the same conversation, and killed once more: what was counted stays as it is.
  const [own, ...none] = disk.rows<Record<string, number>>('SELECT turns, input_tokens, output_tokens, estimated FROM usage WHERE execution_id = ?', next['execution_id']!)
  expect([own, none]).toMatchObject([{ turns: 1, estimated: 0 }, []])
  expect(own!['input_tokens']).toBeLessThan(900)
  await second.killHard()
  await disk.start()
  expect(used()).toEqual(counted)
  expect(disk.rows('SELECT entry FROM usage')).toHaveLength(2)
}, 120_000)

test('X5, O5: SIGTERM in the middle of the answer: who follows hears its end, or comes back to hear it', async () => {
  const gate = createGate()
  const disk = disks[1]!
  disk.api.when('be stopped').say('Half of it').hold(gate).say(' is never said.')
  const first = await disk.start()
  const token = await first.token('ada')
  const response = await fetch(`${first.url}/api/v1/claude/execute`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ prompt: 'be stopped' }) })
  const { execution_id } = (await response.json()) as Record<string, string>
  const script = follower(execution_id!)
  const before = await script.read(first.url, token)
  await gate.reached
  await before.until(({ id, message }) => id === null && String(message.data['content']).includes('Half'))
  first.kill('SIGTERM')
  const how = await before.ended
  expect(await first.exited()).toEqual({ code: 0, signal: null })
  gate.open()
  // A stop leaves time for it: nobody has to come back for the end.
  expect(how).toBe('ended')
  expect(script.told.at(-1)).toMatchObject({ type: 'task', message: { data: { status: 'interrupted', reason: 'relay_restart' } } })

  const second = await disk.start()
  const after = await script.read(second.url, token)
  expect(after.status).toBe(204)
  const ids = script.ids()
  expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1))
  const half = await readEvents(`${second.url}/api/v1/claude/executions/${execution_id}/events`, token, { 'last-event-id': '2' })
  expect(await half.ended).toBe('ended')
  expect(half.told.map(({ id }) => id)).toEqual(ids.slice(2))
}, 120_000)
