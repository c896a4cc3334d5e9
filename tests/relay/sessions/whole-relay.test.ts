// Sessions in a relay as people run it, with sockets and the real CLI: forks that go on talking, files that Claude is shown, ends that are felt.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createGate } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { connectProtocol, type ProtocolClient } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let api: ScriptedMessagesApi
let relay: StartedRelay
let owner: ProtocolClient
let friend: ProtocolClient
let tokens: { owner: string; friend: string }
beforeAll(async () => {
  api = createScriptedMessagesApi()
  relay = await startRelay({ apiUrl: api.url })
  tokens = { owner: await relay.token('minji'), friend: await relay.token('jun') }
  owner = await connectProtocol({ url: relay.url, token: tokens.owner, name: 'minji' })
  friend = await connectProtocol({ url: relay.url, token: tokens.friend, name: 'jun' })
}, 30_000)
afterAll(async () => {
  await relay.stop()
  await api.stop()
})

const rest = (token: string, path: string, init: RequestInit = {}) => fetch(`${relay.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) } })
const finished = (sessionId: string, executionId: string) => (frame: { type: string; data: Record<string, any> }) =>
  frame.type === 'task' && frame.data['session_id'] === sessionId && frame.data['execution_id'] === executionId && ['completed', 'interrupted', 'failed'].includes(frame.data['status'])

async function promptAndWait(client: ProtocolClient, session_id: string, content: string, attachments: string[] = []): Promise<string> {
  const { execution_id } = await client.ask('claude_message', { session_id, content, attachments })
  await client.until(finished(session_id, execution_id), `the end of ${content}`)
  return execution_id
}
const said = (content: unknown): string => JSON.stringify(content)
const asked = async (prompt: string) => said((await api.received((request) => request.kind === 'turn' && request.prompt.includes(prompt))).body.messages)

test('a fork remembers what was said up to where it was cut, and nothing after', async () => {
  const { session_id } = await owner.ask('create_session', { title: '갈림길' })
  await owner.ask('join_collaboration', { session_id })
  await promptAndWait(owner, session_id, 'the harbour is called Lighthouse')
  const cut = (await owner.until((frame) => frame.type === 'task' && frame.data['session_id'] === session_id && frame.data['status'] === 'completed')).seq!
  await promptAndWait(owner, session_id, 'the ship is called Anchovy')

  const fork = (await friend.ask('command', { session_id, command: 'fork', args: { at_seq: cut, title: '다른 길' } }))['session_id'] as string
  await friend.ask('join_collaboration', { session_id: fork })
  await promptAndWait(friend, fork, 'what do you know in the fork?')
  const known = await asked('what do you know in the fork?')
  expect(known).toContain('Lighthouse')
  expect(known).not.toContain('Anchovy')

  // The original goes on as if nothing had happened.
  await promptAndWait(owner, session_id, 'what do you know in the original?')
  const original = await asked('what do you know in the original?')
  expect(original).toContain('Anchovy')
  expect(original).not.toContain('in the fork')
}, 60_000)

test('what is uploaded by a form is shown to Claude with the prompt that names it', async () => {
  const { session_id } = await owner.ask('create_session', {})
  await owner.ask('join_collaboration', { session_id })
  const form = new FormData()
  form.append('file', new Blob(['등대는 초록색입니다'], { type: 'text/plain' }), '등대 메모.txt')
  const uploaded = (await (await rest(tokens.owner, '/files/upload', { method: 'POST', body: form })).json()) as { file_id: string }
  await promptAndWait(owner, session_id, 'read my memo', [uploaded.file_id])
  expect(await asked('read my memo')).toContain('등대는 초록색입니다')
  const prompt = await owner.until((frame) => frame.type === 'message' && frame.data['session_id'] === session_id)
  expect(prompt.data['attachments']).toMatchObject([{ filename: '등대 메모.txt' }])
  // The loose file has become the session's: whoever reads the session may read it.
  expect((await rest(tokens.friend, `/files/${uploaded.file_id}`)).status).toBe(200)
}, 60_000)

test('deleting a session ends its turn, whoever watched hears no more of it, and it comes back at rest', async () => {
  const gate = createGate()
  api.when('never ends').say('it begins').hold(gate).say('and ends')
  const { session_id } = await owner.ask('create_session', {})
  for (const client of [owner, friend]) await client.ask('join_collaboration', { session_id })
  await owner.ask('claude_message', { session_id, content: 'this never ends' })
  await friend.until((frame) => frame.type === 'claude_response' && frame.data['session_id'] === session_id && frame.data['content'].includes('it begins'))

  expect((await rest(tokens.owner, `/claude/sessions/${session_id}`, { method: 'DELETE' })).status).toBe(200)
  await friend.until((frame) => frame.type === 'log' && frame.data['session_id'] === session_id && frame.data['text'] === 'minji deleted this session')
  await friend.until((frame) => frame.type === 'error' && frame.data['details']?.channel === `session:${session_id}`)
  expect(await friend.request('subscribe', {}, { channel: `session:${session_id}` })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  expect(await owner.request('claude_message', { session_id, content: 'still there?' })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })

  const restored = await rest(tokens.owner, `/claude/sessions/${session_id}/restore`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  expect(restored.status).toBe(200)
  const { session } = (await (await rest(tokens.owner, `/claude/sessions/${session_id}/state`)).json()) as { session: { state: string } }
  expect(session.state).not.toBe('running')
  const page = (await (await rest(tokens.owner, `/claude/sessions/${session_id}/events`)).json()) as { events: { type: string; data: { status?: string } }[] }
  expect(page.events.findLast(({ type }) => type === 'task')?.data.status).toBe('interrupted')
  gate.open()
}, 60_000)

test('a session that becomes private goes on for those in it and ends for those outside', async () => {
  const outsider = await connectProtocol({ url: relay.url, token: await relay.token('priya'), name: 'priya' })
  const { session_id } = await owner.ask('create_session', {})
  const channel = `session:${session_id}`
  await friend.ask('join_collaboration', { session_id })
  await outsider.ask('subscribe', {}, { channel })
  expect((await rest(tokens.owner, `/claude/sessions/${session_id}`, { method: 'PATCH', body: JSON.stringify({ visibility: 'private' }), headers: { 'content-type': 'application/json' } })).status).toBe(200)
  await outsider.until((frame) => frame.type === 'error' && frame.data['details']?.channel === channel)
  await friend.ask('command', { session_id, command: 'note', args: { content: 'only us' } })
  await friend.until((frame) => frame.type === 'message' && frame.data['content'] === 'only us')
  expect(await outsider.request('subscribe', {}, { channel })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  expect(outsider.frames.some((frame) => frame.data?.['content'] === 'only us')).toBe(false)
}, 30_000)
