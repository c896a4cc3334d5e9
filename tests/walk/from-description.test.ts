// What somebody can write who has read openapi.json and nothing else: a prompt runs to its end, is followed through the death of the relay, and what came of it is read.
import { afterAll, expect, test } from 'bun:test'
import { createGate } from '../../relay/demo/script.ts'
import { createDescribedClient, type DescribedClient, type SseEvent } from '../support/described-client.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const disk = createRelayOnDisk()
afterAll(() => disk.stop())

/** Reads until the stream ends or breaks; `seen` is called with each event. Says how it ended. */
async function follow(client: DescribedClient, id: string, told: SseEvent[], seen: (event: SseEvent) => void = () => undefined): Promise<'ended' | 'broke'> {
  const last = told.findLast((event) => event.id !== null)?.id
  try {
    for await (const event of client.events('getExecutionEvents', { id, ...(last && { 'Last-Event-ID': last }) })) {
      told.push(event)
      seen(event)
    }
    return 'ended'
  } catch {
    return 'broke'
  }
}
const numbers = (told: SseEvent[]) => told.flatMap(({ id }) => (id === null ? [] : [Number(id)]))
const inARow = (length: number) => Array.from({ length }, (_, index) => index + 1)

test('D1 a script written from openapi.json alone: run, follow through a restart, read result, logs and cost', async () => {
  const gate = createGate()
  disk.api.when('count the tides').say('I begin.').use('Bash', { command: 'echo one', description: 'Count' }).say('Two of ').hold(gate).say('four.')
  disk.api.when('once more').say('Four tides in two days.')
  const first = await disk.start()
  const token = await first.token('script')
  const openapi = ({ url }: { url: string }) => `${url}/api/v1/openapi.json`
  let client = await createDescribedClient(openapi(first), token)

  const prompt = { prompt: 'count the tides', tools: ['Bash'], metadata: { job: 'tides' } }
  const begun = await client.call('execute', { 'Idempotency-Key': 'tides-1' }, prompt)
  const { execution_id, session_id } = begun.body
  const told: SseEvent[] = []
  const half = Promise.withResolvers<void>()
  const reading = follow(client, execution_id, told, ({ event, data }) => event === 'claude_response' && String(data.data.content).includes('Two of') && half.resolve())
  await Promise.all([gate.reached, half.promise])
  await first.killHard()
  expect(await reading).toBe('broke')
  gate.open()

  const second = await disk.start()
  client = await createDescribedClient(openapi(second), token)
  expect(await follow(client, execution_id, told)).toBe('ended')
  expect(numbers(told)).toEqual(inARow(numbers(told).length))
  expect(told.at(-1)).toMatchObject({ event: 'task', data: { data: { status: 'interrupted', reason: 'relay_restart' } } })
  // The same key: it is not done again.
  expect((await client.call('execute', { 'Idempotency-Key': 'tides-1' }, prompt)).body).toEqual(begun.body)

  const again = (await client.call('execute', { 'Idempotency-Key': 'tides-2' }, { ...prompt, prompt: 'once more', session_id })).body
  const whole: SseEvent[] = []
  expect(await follow(client, again.execution_id, whole)).toBe('ended')
  expect(numbers(whole)).toEqual(inARow(numbers(whole).length))
  expect(whole.at(-1)).toMatchObject({ event: 'task', data: { data: { status: 'completed' } } })
  const { body: result } = await client.call('getExecution', { id: again.execution_id })
  expect(result).toMatchObject({ status: 'completed', result: 'Four tides in two days.', metadata: { job: 'tides' } })
  expect(result.stats.cost_usd).toBeGreaterThan(0)
  const { body: list } = await client.call('getExecutions', { session_id })
  expect(list.executions.map((each: { execution_id: string; status: string }) => [each.execution_id, each.status])).toEqual([[again.execution_id, 'completed'], [execution_id, 'interrupted']])
  // Claude was killed before it said what that took.
  expect((await client.call('getExecution', { id: execution_id })).body).toMatchObject({ status: 'interrupted', reason: 'relay_restart', stats: null })
  await client.call('updateSession', { id: session_id }, { model: 'opus' })
  const { body: logs } = await client.call('getSessionLogs', { id: session_id })
  expect(logs).toMatchObject({ count: 1, logs: [{ source: 'relay', code: 'model_changed', args: { model: 'opus' } }] })
  expect((await client.call('getExecution', { id: 'e-none' })).body.code).toBe('NOT_FOUND')
}, 120_000)
