// What somebody can write who has read openapi.json and nothing else: prompts run to their end, are followed through the death and the restart of the relay, and what came of them is read.
import { afterAll, expect, test } from 'bun:test'
import { createGate } from '../../relay/demo/script.ts'
import { createDescribedClient, type DescribedClient, type SseEvent } from '../support/described-client.ts'
import { createRelayOnDisk } from './relay-on-disk.ts'

const disk = createRelayOnDisk()
afterAll(() => disk.stop())

/** Reads until the stream ends or breaks, from where the reading before it came to; `seen` is called with each event. */
async function follow(client: DescribedClient, id: string, told: SseEvent[], seen: (event: SseEvent) => void = () => undefined): Promise<void> {
  const last = told.findLast((event) => event.id !== null)?.id
  try {
    for await (const event of client.events('getExecutionEvents', { id, ...(last && { 'Last-Event-ID': last }) })) {
      told.push(event)
      seen(event)
    }
  } catch {
    // Whoever wants the rest comes back.
  }
}
const statuses = (told: SseEvent[]) => told.flatMap(({ event, data }) => (event === 'task' ? [data.data.status] : []))
const isInARow = (told: SseEvent[]) => {
  const numbers = told.flatMap(({ id, data }) => (id === null ? [] : [data.seq]))
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1))
}

test('D1 X8 a script written from openapi.json alone: run, wait, follow through kill -9 and a restart, go on, read result, logs and cost', async () => {
  const gates = [createGate(), createGate()] as const
  disk.api.when('count the tides').say('I begin.').use('Bash', { command: 'echo one', description: 'Count' }).say('Two of ').hold(gates[0]).say('four.')
  disk.api.when('name the seas').say('There are seven.')
  disk.api.when('count the ships').say('Three of ').hold(gates[1]).say('nine.')
  disk.api.when('once more').say('Four tides in two days.')
  const token = { value: '' }
  const begin = async () => {
    const relay = await disk.start()
    token.value ||= await relay.token('script')
    return { relay, client: await createDescribedClient(`${relay.url}/api/v1/openapi.json`, token.value) }
  }
  let { relay, client } = await begin()

  /** One that stands in the middle of its answer, and one that waits behind it; both are followed. */
  async function runAndWait(gate: (typeof gates)[number], half: string, running: object, waiting: object) {
    const runs = (await client.call('execute', { 'Idempotency-Key': crypto.randomUUID() }, running)).body
    const key = { 'Idempotency-Key': crypto.randomUUID() }
    const body = { ...waiting, session_id: runs.session_id }
    const waits = (await client.call('execute', key, body)).body
    const told = { runs: [] as SseEvent[], waits: [] as SseEvent[] }
    const written = Promise.withResolvers<void>()
    const reading = Promise.all([
      follow(client, runs.execution_id, told.runs, ({ event, data }) => event === 'claude_response' && String(data.data.content).includes(half) && written.resolve()),
      follow(client, waits.execution_id, told.waits),
    ])
    await Promise.all([gate.reached, written.promise])
    return { runs, waits, told, reading, repeat: () => client.call('execute', key, body) }
  }

  /** After the relay is back: how what ran ended is told, and what waited goes on when it is told to. */
  async function goOn({ runs, waits, told, repeat }: Awaited<ReturnType<typeof runAndWait>>) {
    await follow(client, runs.execution_id, told.runs)
    isInARow(told.runs)
    expect(statuses(told.runs)).toEqual(['running', 'interrupted'])
    expect((await client.call('getExecution', { id: runs.execution_id })).body).toMatchObject({ status: 'interrupted', reason: 'relay_restart' })
    expect((await client.call('getExecution', { id: waits.execution_id })).body).toMatchObject({ status: 'pending', held_by: { reason: 'crash' } })
    // The same key: it is not done again.
    expect((await repeat()).body).toEqual(waits)
    const reading = follow(client, waits.execution_id, told.waits)
    expect((await client.call('continueExecution', { id: waits.execution_id })).status).toBe(200)
    await reading
    isInARow(told.waits)
    // Pending once more: held, since the relay has come back.
    expect(statuses(told.waits)).toEqual(['pending', 'pending', 'running', 'completed'])
    return (await client.call('getExecution', { id: waits.execution_id })).body
  }

  const settings = { tools: ['Bash'], metadata: { job: 'tides' } }
  const first = await runAndWait(gates[0], 'Two of', { ...settings, prompt: 'count the tides' }, { prompt: 'name the seas' })
  await relay.killHard()
  await first.reading
  gates[0].open()
  ;({ relay, client } = await begin())
  expect(await goOn(first)).toMatchObject({ status: 'completed', result: 'There are seven.' })
  // Claude was killed before it said what that took.
  expect((await client.call('getExecution', { id: first.runs.execution_id })).body).toMatchObject({ stats: null })

  const { session_id } = first.runs
  const second = await runAndWait(gates[1], 'Three of', { prompt: 'count the ships', session_id }, { ...settings, prompt: 'once more' })
  await relay.stopGently()
  await second.reading
  gates[1].open()
  ;({ client } = await begin())
  const result = await goOn(second)
  expect(result).toMatchObject({ status: 'completed', result: 'Four tides in two days.', metadata: { job: 'tides' } })
  expect(result.stats.cost_usd).toBeGreaterThan(0)

  const { body: list } = await client.call('getExecutions', { session_id })
  expect(list.executions.map((each: { execution_id: string; status: string }) => [each.execution_id, each.status])).toEqual(
    [[second.waits, 'completed'], [second.runs, 'interrupted'], [first.waits, 'completed'], [first.runs, 'interrupted']].map(([{ execution_id }, status]) => [execution_id, status]),
  )
  const prompts = disk.api.requests.flatMap(({ kind, prompt, step }) => (kind === 'turn' && step === 0 ? [prompt] : []))
  for (const prompt of ['name the seas', 'once more']) expect(prompts.filter((each) => each.includes(prompt))).toHaveLength(1)
  const { body: usage } = await client.call('getUsage', { session_id })
  expect(usage.total.cost_micros).toBeGreaterThan(Math.floor(result.stats.cost_usd * 1_000_000))
  await client.call('updateSession', { id: session_id }, { model: 'opus' })
  const { body: logs } = await client.call('getSessionLogs', { id: session_id })
  expect(logs.logs.at(-1)).toMatchObject({ source: 'relay', code: 'model_changed', args: { model: 'opus' } })
  expect((await client.call('getExecution', { id: 'e-none' })).body.code).toBe('NOT_FOUND')
}, 120_000)
