// The demo's tour with the real CLI: each prompt that it offers leads to its end, the tour also a second time.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createDemoScript } from '../../../relay/demo/demo-script.ts'
import { prepareSampleWorkspace } from '../../../relay/demo/sample-workspace.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { relayHome, startRelay, type StartedRelay } from '../../support/start-relay.ts'

const home = relayHome()
let api: ScriptedMessagesApi
let relay: StartedRelay
let client: ProtocolClient
/** One for all that needs no session of its own. */
let talk: string
beforeAll(async () => {
  await prepareSampleWorkspace(home.workspace)
  api = createScriptedMessagesApi({ script: createDemoScript(home.workspace) })
  relay = await startRelay({ apiUrl: api.url, home })
  client = await connectProtocol({ url: relay.url, token: await relay.token('minji') })
  talk = (await client.ask('create_session', {})).session_id
})
afterAll(async () => {
  await relay.stop()
  await api.stop()
  home.remove()
})

type Doing = { session?: string | undefined; /** The tool that is refused, and why. */ deny?: { tool: string; reason: string }; /** Done once, before the first question is answered. */ first?: (session_id: string) => Promise<unknown> }

/** Sends a prompt into a session of its own and allows whatever is asked. Resolves with what happened. */
async function walk(content: string, { session, first, deny }: Doing = {}) {
  const session_id = session ?? (await client.ask('create_session', {})).session_id
  await client.subscribe(`session:${session_id}`)
  const { execution_id } = await client.ask('claude_message', { session_id, content })
  return see(session_id, execution_id, first, deny)
}

async function see(session_id: string, execution_id: string, first?: Doing['first'], deny?: Doing['deny']) {
  const channel = `session:${session_id}`
  const asked: Record<string, any>[] = []
  const isEnd = (frame: { type: string; data: Record<string, any> }) => frame.type === 'task' && frame.data.execution_id === execution_id && !['pending', 'running'].includes(frame.data.status)
  for (;;) {
    const known = asked.map((each) => each.request_id)
    const next = await client.until((frame) => frame.channel === channel && (isEnd(frame) || (frame.type === 'permission_request' && frame.data.execution_id === execution_id && !known.includes(frame.data.request_id))), 'a question or the end')
    if (next.type === 'task') break
    asked.push(next.data)
    if (asked.length === 1) await first?.(session_id)
    const answers = next.data.kind === 'question' ? { [next.data.input.questions[0].question]: next.data.input.questions[0].options[0].label } : undefined
    const refusal = next.data.tool === deny?.tool ? { behavior: 'deny' as const, message: deny?.reason } : { behavior: 'allow' as const, answers }
    await client.ask('permission_response', { session_id, request_id: next.data.request_id, ...refusal })
  }
  const events = client.events(channel).filter((event) => event.data.execution_id === execution_id)
  return {
    session_id,
    asked,
    status: events.findLast((event) => event.type === 'task')!.data.status,
    said: events.filter((event) => event.type === 'claude_response').map((event) => event.data.content as string).join('\n'),
    todos: events.findLast((event) => event.data.edit_info?.type === 'todo')?.data.edit_info.todos as { status: string }[] | undefined,
    failed: events.filter((event) => event.data.progress_type === 'tool_end' && event.data.is_error).map((event) => `${event.data.tool}: ${JSON.stringify(event.data.output)}`),
  }
}

test('a refused edit: the reason is heard, nothing is claimed that did not happen', async () => {
  const tour = await walk('Give each partner a rate limit', { deny: { tool: 'Write', reason: 'no new files please' } })
  expect(tour.status).toBe('completed')
  expect(tour.asked.map((each) => each.tool)).toEqual(['Write'])
  expect(tour.said).toMatch(/You said no: “no new files please”[^]*`token-bucket.js` was not changed/)
  expect(tour.said).not.toMatch(/The limit is in its place|all tests pass/)
  expect(existsSync(join(home.workspace, 'src/webhooks/token-bucket.js'))).toBeFalse()

  const second = await walk('Give each partner a rate limit', { session: tour.session_id, deny: { tool: 'Bash', reason: 'not now' } })
  expect(second.said).toMatch(/“not now”[^]*`Bash` did not do its work. Changed before that, and still so: `token-bucket.js`, `limits.js`, `receive-booking.js`/)
  await prepareSampleWorkspace(home.workspace)
}, 60_000)

test('to explain a file is to read it, whatever else its name brings to mind', async () => {
  const { status, said, asked, failed } = await walk('Explain limits.js, the rate limit', { session: talk })
  expect({ status, asked, failed }).toEqual({ status: 'completed', asked: [], failed: [] })
  expect(said).toMatch(/`src\/webhooks\/limits.js`:[^]*perMinute: 0/)
}, 60_000)

test('the tour: tasks, edits and a real test run, and nothing fails', async () => {
  const tour = await walk('Give each partner a rate limit')
  expect({ status: tour.status, failed: tour.failed }).toEqual({ status: 'completed', failed: [] })
  expect(tour.asked.map((each) => each.tool)).toEqual(['Write', 'Edit', 'Edit', 'Bash'])

  const before = await Bun.file(join(home.workspace, 'src/webhooks/receive-booking.js')).text()
  const again = await walk('limit each partner', { session: tour.session_id })
  expect({ status: again.status, failed: again.failed, asked: again.asked.map((each) => each.tool) }).toEqual({ status: 'completed', failed: [], asked: ['Bash'] })
  expect(again.said).toContain('already there')
  expect(again.todos!.map((each) => each.status)).toEqual(Array(6).fill('completed'))
  expect(await Bun.file(join(home.workspace, 'src/webhooks/receive-booking.js')).text()).toBe(before)
}, 60_000)

test('a plan is shown with its text, and approved', async () => {
  const { status, failed, asked } = await walk('Plan the migration', { session: talk })
  expect({ status, failed }).toEqual({ status: 'completed', failed: [] })
  const plan = asked.find((each) => each.kind === 'plan')!
  expect(plan.input.plan).toContain('Keep the queue over restarts')
}, 60_000)

test('what else it offers comes to its end, one after the other in one session', async () => {
  for (const prompt of ['Explain this project', 'Find a flaky test', 'Ask me something', 'anything else']) {
    const { status, failed } = await walk(prompt, { session: talk })
    expect({ prompt, status, failed }).toEqual({ prompt, status: 'completed', failed: [] })
  }
}, 60_000)

/** What a command of the queue or of the person leads to: the turn that begins next. */
async function next(session_id: string, content: string): Promise<Awaited<ReturnType<typeof see>>> {
  const channel = `session:${session_id}`
  const message = await client.until((frame) => frame.channel === channel && frame.type === 'message' && frame.data.content === content, `the prompt ${content}`)
  return see(session_id, message.data.execution_id)
}

test('a steer is heard and the tour goes on to its end; it can be walked again in another session', async () => {
  await prepareSampleWorkspace(home.workspace)
  const steer = (session_id: string) => client.ask('claude_message', { session_id, content: 'and name the limit partnerLimit', mode: 'steer' })
  const tour = await walk('Give each partner a rate limit', { first: steer })
  expect({ status: tour.status, failed: tour.failed }).toEqual({ status: 'completed', failed: [] })
  expect(tour.asked.map((each) => each.tool)).toEqual(['Write', 'Edit', 'Edit', 'Bash'])
  expect(tour.said).toMatch(/“and name the limit partnerLimit”[^]*I go on[^]*The limit is in its place/)
}, 60_000)

test('queued and sent now: the turn before is cut short, the other is answered', async () => {
  const sendNow = async (session_id: string) => {
    const { message_id } = await client.ask('claude_message', { session_id, content: 'Explain this project' })
    await client.ask('queue_update', { session_id, message_id, action: 'send_now' })
    throw new Sent(session_id)
  }
  const sent = await walk('Give each partner a rate limit', { first: sendNow }).catch((error: unknown) => error)
  expect(sent).toBeInstanceOf(Sent)
  const { status, said } = await next((sent as Sent).session, 'Explain this project')
  expect(status).toBe('completed')
  expect(said).toContain('takes bookings for berths')
}, 60_000)

/** Leaves the walk of a turn that is not to be answered any more. */
class Sent extends Error {
  constructor(readonly session: string) {
    super('sent')
  }
}

test('after a stop, an edit, /clear, /compact and a fork the next prompt is answered as ever', async () => {
  const stop = async (session_id: string) => {
    const { execution_id } = client.events(`session:${session_id}`).findLast((event) => event.type === 'permission_request')!.data
    await client.ask('command', { session_id, command: 'interrupt', args: { execution_id } })
    await client.until((frame) => frame.type === 'task' && frame.data.execution_id === execution_id && frame.data.status === 'interrupted', 'the stop')
    throw new Sent(session_id)
  }
  const { session: session_id } = (await walk('Give each partner a rate limit', { first: stop }).catch((error: unknown) => error)) as Sent
  const explained = await walk('Explain this project', { session: session_id })
  expect(explained).toMatchObject({ status: 'completed', said: expect.stringContaining('takes bookings for berths') })

  const prompt = client.events(`session:${session_id}`).findLast((event) => event.type === 'message')!.data
  await client.ask('command', { session_id, command: 'rewind', args: { message_id: prompt.message_id, content: 'Find a flaky test' } })
  expect(await next(session_id, 'Find a flaky test')).toMatchObject({ status: 'completed', said: expect.stringContaining('no test here is flaky') })

  await client.ask('command', { session_id, command: 'compact' })
  expect((await walk('Explain this project again', { session: session_id })).said).toContain('takes bookings for berths')
  expect(api.requests.filter((request) => request.kind === 'side' && /summary/i.test(request.prompt)).length).toBeGreaterThan(0)

  await client.ask('command', { session_id, command: 'clear' })
  expect((await walk('What can you do?', { session: session_id })).said).toMatch(/Give each partner a rate limit[^]*Find a flaky test/)

  const fork = await client.ask('command', { session_id, command: 'fork', args: {} })
  expect((await walk('Ask me something', { session: fork.session_id })).said).toContain('I will count it that way')
}, 120_000)

test('what was planned can be begun; what nobody wrote down is answered kindly, in the language of the question', async () => {
  const begun = await walk('Begin', { session: talk })
  expect(begun).toMatchObject({ status: 'completed', failed: [], said: expect.stringContaining('src/store.js') })
  const session = talk
  expect((await walk('Write me a poem', { session })).said).toMatch(/I know only a few answers[^]*Plan the migration/)
  expect((await walk('시를 써 줘', { session })).said).toMatch(/몇 가지 답만[^]*이 프로젝트를 설명해 줘/)
  expect((await walk('Look at the attached files.', { session })).said).toContain('has arrived')
}, 120_000)

test('a tour that a restart of the relay cut at a question goes on where it was, with the tasks it had', async () => {
  const own = relayHome()
  await prepareSampleWorkspace(own.workspace)
  const model = createScriptedMessagesApi({ script: createDemoScript(own.workspace) })
  let running = await startRelay({ apiUrl: model.url, home: own })
  try {
    const before = await connectProtocol({ url: running.url, token: await running.token('minji'), name: 'before' })
    const { session_id } = await before.ask('create_session', {})
    const channel = `session:${session_id}`
    await before.subscribe(channel)
    await before.ask('claude_message', { session_id, content: 'Give each partner a rate limit' })
    const { data } = await before.until((frame) => frame.channel === channel && frame.type === 'permission_request', 'the question')
    await running.stop()

    running = await startRelay({ apiUrl: model.url, home: own })
    const after = await connectProtocol({ url: running.url, token: await running.token('minji'), name: 'after' })
    await after.subscribe(channel, { history: 500 })
    await after.ask('permission_response', { session_id, request_id: data.request_id, behavior: 'allow' })
    const asked = [data.request_id]
    const isQuestion = (frame: { type: string; channel?: string; data: Record<string, any> }) => frame.channel === channel && frame.type === 'permission_request' && !asked.includes(frame.data.request_id)
    const isEnd = (frame: { type: string; channel?: string; data: Record<string, any> }) => frame.channel === channel && frame.type === 'task' && frame.data.status === 'completed'
    for (;;) {
      const next = await after.until((frame) => isQuestion(frame) || isEnd(frame), 'a question or the end')
      if (isEnd(next)) break
      asked.push(next.data.request_id)
      await after.ask('permission_response', { session_id, request_id: next.data.request_id, behavior: 'allow' })
    }
    expect(after.events(channel).filter((event) => event.type === 'permission_request').map((event) => event.data.tool)).toEqual(['Write', 'Edit', 'Edit', 'Bash'])
    const list = after.events(channel).findLast((event) => event.data.edit_info?.type === 'todo')!.data.edit_info.todos
    expect(list.map((each: { content: string; status: string }) => `${each.content}: ${each.status}`)).toEqual([
      'Write the token bucket with an injected clock: completed', 'Answer 429 with Retry-After: completed', 'Run the tests: completed',
    ])
  } finally {
    await running.stop()
    await model.stop()
    own.remove()
  }
}, 60_000)
