// The demo's tour with the real CLI: each prompt that it offers leads to its end, the tour also a second time.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createDemoScript } from '../../../relay/demo/demo-script.ts'
import { prepareSampleWorkspace } from '../../../relay/demo/sample-workspace.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { relayHome, startRelay, type StartedRelay } from '../../support/start-relay.ts'

const home = relayHome()
let api: ScriptedMessagesApi
let relay: StartedRelay
let client: ProtocolClient
beforeAll(async () => {
  await prepareSampleWorkspace(home.workspace)
  api = createScriptedMessagesApi({ script: createDemoScript(home.workspace) })
  relay = await startRelay({ apiUrl: api.url, home })
  client = await connectProtocol({ url: relay.url, token: await relay.token('minji') })
})
afterAll(async () => {
  await relay.stop()
  await api.stop()
  home.remove()
})

/** Sends a prompt into a session of its own and allows whatever is asked. Resolves with what happened. */
async function walk(content: string, session?: string) {
  const session_id = session ?? (await client.ask('create_session', {})).session_id
  const channel = `session:${session_id}`
  await client.subscribe(channel)
  const { execution_id } = await client.ask('claude_message', { session_id, content })
  const asked: Record<string, any>[] = []
  const isEnd = (frame: { type: string; data: Record<string, any> }) => frame.type === 'task' && frame.data.execution_id === execution_id && !['pending', 'running'].includes(frame.data.status)
  for (;;) {
    const known = asked.map((each) => each.request_id)
    const next = await client.until((frame) => frame.channel === channel && (isEnd(frame) || (frame.type === 'permission_request' && frame.data.execution_id === execution_id && !known.includes(frame.data.request_id))), 'a question or the end')
    if (next.type === 'task') break
    asked.push(next.data)
    const answers = next.data.kind === 'question' ? { [next.data.input.questions[0].question]: next.data.input.questions[0].options[0].label } : undefined
    await client.ask('permission_response', { session_id, request_id: next.data.request_id, behavior: 'allow', answers })
  }
  const events = client.events(channel).filter((event) => event.data.execution_id === execution_id)
  return {
    session_id,
    asked,
    status: events.findLast((event) => event.type === 'task')!.data.status,
    failed: events.filter((event) => event.data.progress_type === 'tool_end' && event.data.is_error).map((event) => `${event.data.tool}: ${JSON.stringify(event.data.output)}`),
  }
}

test('the tour: tasks, edits and a real test run, and nothing fails', async () => {
  const tour = await walk('Give each partner a rate limit')
  expect({ status: tour.status, failed: tour.failed }).toEqual({ status: 'completed', failed: [] })
  expect(tour.asked.map((each) => each.tool)).toEqual(['Write', 'Edit', 'Edit', 'Bash'])
}, 60_000)

test('a plan is shown with its text, and approved', async () => {
  const { status, failed, asked } = await walk('Plan the migration')
  expect({ status, failed }).toEqual({ status: 'completed', failed: [] })
  const plan = asked.find((each) => each.kind === 'plan')!
  expect(plan.input.plan).toContain('Keep the queue over restarts')
}, 60_000)

test.each(['Explain this project', 'Find a flaky test', 'Ask me something', 'anything else'])('%p comes to its end', async (prompt) => {
  const { status, failed } = await walk(prompt)
  expect({ status, failed }).toEqual({ status: 'completed', failed: [] })
}, 60_000)
