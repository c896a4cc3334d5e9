// The scripted Messages API, asked the way the CLI asks.
import { afterAll, expect, test } from 'bun:test'
import { createGate, createScript } from '../../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { lastToolResults, readPrompt, type ApiMessage } from '../../../relay/demo/scripted-request.ts'
import { eventually } from '../../support/eventually.ts'

const api = createScriptedMessagesApi()
afterAll(() => api.stop())

type Frame = { type: string; [field: string]: any }
const user = (content: ApiMessage['content']): ApiMessage => ({ role: 'user', content })
const ask = (messages: ApiMessage[], more: object = {}): Promise<Response> =>
  fetch(`${api.url}/v1/messages?beta=true`, { method: 'POST', body: JSON.stringify({ model: 'm', stream: true, messages, ...more }) })
const framesOf = (text: string): Frame[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Frame)
const streamed = async (messages: ApiMessage[]): Promise<Frame[]> => framesOf(await (await ask(messages)).text())
const textOf = (frames: Frame[]): string => frames.map((frame) => frame.delta?.text ?? '').join('')

test('an answer is streamed as the API streams it, with thinking, text and a tool call, and goes on after the tool', async () => {
  api.when('please look').think('Hm.').say('I look, 👀!', { chunkChars: 4 }).use('Bash', { command: 'ls' }).say('Seen.').usage({ output: 7 })
  const frames = await streamed([user('please look')])
  expect(frames[0]).toMatchObject({ type: 'message_start', message: { role: 'assistant', model: 'm', content: [] } })
  expect(frames.filter((frame) => frame.type === 'content_block_start').map((frame) => frame.content_block.type)).toEqual(['thinking', 'text', 'tool_use'])
  expect(textOf(frames)).toBe('I look, 👀!')
  expect(frames.every((frame) => !/[\ud800-\udbff]$/.test(frame.delta?.text ?? ''))).toBe(true)
  expect(JSON.parse(frames.map((frame) => frame.delta?.partial_json ?? '').join(''))).toEqual({ command: 'ls' })
  expect(frames.at(-2)).toMatchObject({ type: 'message_delta', delta: { stop_reason: 'tool_use' } })
  expect(frames.at(-1)).toEqual({ type: 'message_stop' })
  const id = frames.find((frame) => frame.content_block?.type === 'tool_use')!.content_block.id as string
  const assistant: ApiMessage = { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Bash', input: {} }] }
  const after = await streamed([user('please look'), assistant, user([{ type: 'tool_result', tool_use_id: id, content: 'a.txt' }])])
  expect(textOf(after)).toBe('Seen.')
  expect(after.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } })
})

test('the same answer as one document, the count of tokens, and what else the CLI asks for', async () => {
  api.when('as a whole').say('All ').say('at once.')
  const whole = (await (await ask([user('as a whole')], { stream: false })).json()) as Frame
  expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' })
  const count = await fetch(`${api.url}/v1/messages/count_tokens`, { method: 'POST', body: JSON.stringify({ messages: [user('hello')] }) })
  expect(((await count.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(0)
  expect((await fetch(api.url, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${api.url}/v1/elsewhere`, { method: 'POST', body: '{"messages":[]}' })).status).toBe(404)
  expect((await fetch(`${api.url}/v1/messages`, { method: 'POST', body: 'not json' })).status).toBe(400)
})

test('prompts that no rule knows are repeated; a later rule wins over an earlier one', async () => {
  expect(textOf(await streamed([user('what is this?')]))).toContain('what is this?')
  api.when(/^same/).say('first')
  api.when('same thing').say('second')
  expect(textOf(await streamed([user('same thing')]))).toBe('second')
  expect(textOf(await streamed([user('same other')]))).toBe('first')
})

test('refusals are given as often as said; then the answer follows', async () => {
  api.when('busy').fail(529, { times: 1 }).fail(429, { times: 1, retryAfterSeconds: 3 }).say('ok')
  const [first, second] = [await ask([user('busy')]), await ask([user('busy')])]
  expect([first.status, second.status, second.headers.get('retry-after')]).toEqual([529, 429, '3'])
  expect(await first.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  expect(textOf(await streamed([user('busy')]))).toBe('ok')
})

test('a gate holds the stream inside a block until it is opened', async () => {
  const gate = createGate()
  api.when('hold').say('one ').hold(gate).say('two')
  const reader = (await ask([user('hold')])).body!.getReader()
  let seen = ''
  const decoder = new TextDecoder()
  while (!seen.includes('one ')) seen += decoder.decode((await reader.read()).value)
  await gate.reached
  expect(seen).not.toContain('two')
  gate.open()
  for (let part = await reader.read(); !part.done; part = await reader.read()) seen += decoder.decode(part.value)
  expect(framesOf(seen).filter((frame) => frame.type === 'content_block_start')).toHaveLength(1)
  expect(textOf(framesOf(seen))).toBe('one two')
})

test('a cut drops the connection after what was said; a breakdown is an event', async () => {
  api.when('cut me').say('half').cut()
  const response = await ask([user('cut me')])
  const decoder = new TextDecoder()
  let seen = ''
  await expect(
    (async () => {
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) seen += decoder.decode(part)
    })(),
  ).rejects.toThrow()
  expect(seen).toContain('half')
  api.when('break me').say('half').breakDown()
  expect((await streamed([user('break me')])).at(-1)).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'scripted breakdown' } })
})

test('a client that goes away is noticed', async () => {
  const gate = createGate()
  api.when('leave').say('one').hold(gate).say('two').pause(1).say('three')
  const stop = new AbortController()
  const response = await fetch(`${api.url}/v1/messages`, { method: 'POST', signal: stop.signal, body: JSON.stringify({ model: 'm', stream: true, messages: [user('leave')] }) })
  await response.body!.getReader().read()
  stop.abort()
  const request = await api.received(({ prompt }) => prompt === 'leave')
  await eventually('it is noticed', () => request.abandoned === true)
})

test('the prompt is the last text that a person wrote, and the step how often it was answered', () => {
  const reminder = { type: 'text', text: '<system-reminder>\nbe kind\n</system-reminder>' }
  const result = user([{ type: 'tool_result', tool_use_id: 't', content: 'out' }])
  const assistant: ApiMessage = { role: 'assistant', content: 'a' }
  expect(readPrompt([user([reminder, { type: 'text', text: 'hello' }]), { role: 'system', content: 'environment' }])).toEqual({ prompt: 'hello', step: 0 })
  expect(readPrompt([user('old'), assistant, user('hello'), assistant, result, assistant, result])).toEqual({ prompt: 'hello', step: 2 })
  expect(readPrompt([user('hello'), assistant, user([{ type: 'tool_result', tool_use_id: 't', content: 'out' }, { type: 'text', text: 'turn left' }])])).toEqual({ prompt: 'turn left', step: 0 })
  const picture = [{ type: 'image' }, { type: 'text', text: 'look at this\n' }, { type: 'text', text: '[Image: source: /tmp/1.png]' }]
  expect(readPrompt([user(picture)])).toEqual({ prompt: 'look at this', step: 0 })
  const steer = 'The user sent a new message while you were working:\nturn right\n\nThis is how Claude Code surfaces it.'
  expect(readPrompt([user('hello'), assistant, result, { role: 'system', content: steer }])).toEqual({ prompt: 'turn right', step: 0 })
  expect(readPrompt([user('hello'), assistant, user([{ type: 'tool_result', tool_use_id: 't', content: `out\n\n<system-reminder>\n${steer}\n</system-reminder>` }])])).toEqual({ prompt: 'turn right', step: 0 })
  const news = '<task-notification>\n<summary>done</summary>\n</task-notification>'
  expect(readPrompt([user('hello'), assistant, user([{ type: 'text', text: `<system-reminder>\n${news}\n</system-reminder>` }])])).toEqual({ prompt: news, step: 0 })
})

test('an input may depend on the results before it', async () => {
  const script = createScript()
  const own = createScriptedMessagesApi({ script })
  script.when('chain').use('First').then().use('Second', (request) => ({ saw: lastToolResults(request)[0] }))
  const messages = [user('chain'), { role: 'assistant', content: 'a' }, user([{ type: 'tool_result', tool_use_id: 't', content: '42' }])]
  const response = await fetch(`${own.url}/v1/messages`, { method: 'POST', body: JSON.stringify({ model: 'm', messages }) })
  expect(await response.json()).toMatchObject({ content: [{ type: 'tool_use', name: 'Second', input: { saw: '42' } }] })
  await own.stop()
})

test('errands of the CLI get answers of their own', async () => {
  const title = await ask([user('fix the login page')], { stream: false, system: 'Write a title for this session.', tools: [] })
  expect(JSON.parse(((await title.json()) as Frame).content[0].text)).toMatchObject({ title: 'fix the login page' })
  const search = await ask([user('Perform a web search for the query: cats')], { stream: false, tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
  const { content } = (await search.json()) as Frame
  expect(content.map((block: Frame) => block.type)).toEqual(['server_tool_use', 'web_search_tool_result', 'text'])
  expect(content[0].input).toEqual({ query: 'cats' })
  expect(api.requests.at(-1)!.kind).toBe('side')
})
