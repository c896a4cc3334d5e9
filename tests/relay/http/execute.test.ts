// A script runs prompts over REST: through the real relay, with the real CLI, to the scripted API and back.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rest } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startExecuteRig } from './execute-rig.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(60_000)

const rig = await startExecuteRig()
const [ada, grace, vera] = [await rig.script('ada'), await rig.script('grace'), await rig.script('vera', 'viewer')]
afterAll(() => rig.stop())

/** What Claude was asked for under this prompt. */
const requestsOf = (prompt: string) => rig.api.requests.filter((each) => each.kind === 'turn' && each.prompt === prompt)

/** Of whoever only needs one that works: each leaves it at rest. */
const { session_id: shared } = (await ada.call('POST', 'claude/sessions', {})).body

async function busy(words: string) {
  const gate = createGate()
  rig.api.when(words).say('Half').hold(gate).say(' and whole.')
  const { body } = await ada.execute({ prompt: words, session_id: shared })
  await gate.reached
  return { gate, execution_id: body.execution_id as string, session_id: shared as string }
}

describe('X1: execute runs a prompt', () => {
  test('to its end: status, times, what was said, result, figures and metadata are read back', async () => {
    rig.api.when('how many').say('Forty-two.')
    const metadata = { build: 17, tags: ['nightly'], who: { name: '순이' } }
    const { status, body } = await ada.execute({ prompt: 'how many', metadata })
    expect([status, rest.executed.parse(body)]).toEqual([202, { execution_id: body.execution_id, session_id: body.session_id, status: 'started', websocket_url: `/ws/executions/${body.execution_id}` }])
    const done = await ada.ended(body.execution_id)
    expect(rest.execution.parse(done)).toMatchObject({ status: 'completed', progress: 1, origin: 'prompt', prompt: 'how many', username: 'ada', metadata, error: null, result: 'Forty-two.', messages_cut: false })
    expect(done.messages.map((each: { role: string; content: string }) => [each.role, each.content])).toEqual([['user', 'how many'], ['assistant', 'Forty-two.']])
    expect(done.created_at <= done.started_at && done.started_at <= done.ended_at).toBeTrue()
    expect(done.stats.output_tokens).toBeGreaterThan(0)
    const { body: session } = await ada.call('GET', `claude/sessions/${body.session_id}`)
    expect([session.title, session.role]).toEqual(['how many', 'owner'])
  })

  test('what a subagent said fills neither the messages nor the result, however much it was', async () => {
    rig.api.when('ask many agents').say('The answer.')
    const { body } = await ada.execute({ prompt: 'ask many agents' })
    await ada.ended(body.execution_id)
    const channel = `session:${body.session_id}`
    const data = { session_id: body.session_id, execution_id: body.execution_id, parent_tool_use_id: 'toolu_1', content: 'of an agent', stream: false, completed: true }
    const said = Array.from({ length: 210 }, (_, index) => ({ channel, task: body.execution_id, type: 'claude_response', data: JSON.stringify({ ...data, message_id: `agent:${index}` }), timestamp: Date.now() }))
    await rig.relay.relay.storage.commit({ events: said })
    const { body: told } = await ada.call('GET', `claude/executions/${body.execution_id}`)
    expect(told).toMatchObject({ result: 'The answer.', messages_cut: false })
    expect(told.messages.map(({ content }: { content: string }) => content)).toEqual(['ask many agents', 'The answer.'])
  })

  test('in a session that works already it waits its turn', async () => {
    const { gate, session_id, execution_id } = await busy('hold the first')
    const second = await ada.execute({ prompt: 'second', session_id })
    expect([second.status, second.body.session_id]).toEqual([202, session_id])
    expect((await ada.call('GET', `claude/executions/${second.body.execution_id}`)).body).toMatchObject({ status: 'pending', progress: 0, prompt: 'second', messages: [], result: null, started_at: null })
    gate.open()
    const [one, two] = [await ada.ended(execution_id), await ada.ended(second.body.execution_id)]
    expect([one.status, two.status, one.ended_at <= two.started_at]).toEqual(['completed', 'completed', true])
  })

  test('one that fails says why', async () => {
    rig.api.when('fall over').fail(400, { message: 'no such thing' })
    const { body } = await ada.execute({ prompt: 'fall over' })
    expect(await ada.ended(body.execution_id)).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('no such thing') } })
  })
})

describe('X2: once per Idempotency-Key', () => {
  test('50 requests at once under one key are one execution and 50 equal answers', async () => {
    rig.api.when('only once').say('Once.')
    const answers = await Promise.all(Array.from({ length: 50 }, () => ada.execute({ prompt: 'only once' }, 'fifty')))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(202))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    await ada.ended(answers[0]!.body.execution_id)
    expect(requestsOf('only once')).toHaveLength(1)
    const { body } = await ada.call('GET', `claude/executions?session_id=${answers[0]!.body.session_id}`)
    expect(body.executions).toHaveLength(1)
    expect(await ada.execute({ prompt: 'something else' }, 'fifty')).toMatchObject({ status: 409, body: { code: 'ID_REUSED' } })
  })

  test('a message of a socket and a request of the same id do not both run', async () => {
    const client = await connectProtocol({ url: rig.relay.url, token: ada.token })
    await client.ask('claude_message', { content: 'by the socket' }, { id: 'shared-1' })
    expect(await ada.execute({ prompt: 'by the socket' }, 'shared-1')).toMatchObject({ status: 409, body: { code: 'ID_REUSED' } })
    const { body } = await ada.execute({ prompt: 'by REST' }, 'shared-2')
    await ada.ended(body.execution_id)
    expect(await client.request('claude_message', { content: 'by REST' }, { id: 'shared-2' })).toMatchObject({ ok: false, error: { code: 'ID_REUSED' } })
    expect(requestsOf('by REST')).toHaveLength(1)
    // Somebody else's ids are their own.
    expect((await grace.execute({ prompt: 'by another' }, 'shared-1')).status).toBe(202)
    client.close()
  })
})

describe('X3: how the session works', () => {
  const settings = { system_prompt: '--settings={"hooks":{}} Answer as a pirate.', tools: ['Read', 'Bash'], max_turns: 2 }

  test('system prompt, tools, turns and model reach the API, and hold for every later prompt, after a fork as well', async () => {
    rig.api.when('ahoy').say('Aye.')
    const { body } = await ada.execute({ prompt: 'ahoy', model: 'opus', ...settings })
    await ada.ended(body.execution_id)
    const asked = () => {
      const { body: request } = requestsOf('ahoy').at(-1)! as { body: Record<string, any> }
      // The CLI's own stand-in for tools that it might be given later.
      const tools = request.tools.map((each: { name: string }) => each.name).filter((name: string) => name !== 'DeferredToolPlaceholder')
      return { tools: tools.sort(), pirate: JSON.stringify(request.system).includes('Answer as a pirate'), model: request.model as string }
    }
    expect(asked()).toEqual({ tools: ['Bash', 'Read'], pirate: true, model: expect.stringContaining('opus') })

    const fork = await ada.call('POST', `claude/sessions/${body.session_id}/fork`, {})
    const again = await ada.execute({ prompt: 'ahoy', session_id: fork.body.session_id, ...settings })
    expect(await ada.ended(again.body.execution_id)).toMatchObject({ status: 'completed' })
    expect(asked()).toMatchObject({ tools: ['Bash', 'Read'], pirate: true })
  })

  test('more turns than allowed is a failure with a name; the next prompt has turns of its own', async () => {
    const echo = { command: 'echo 1', description: 'Say one' }
    rig.api.when('count').use('Bash', echo).then().use('Bash', echo).then().use('Bash', echo).say('Never said.')
    rig.api.when('short').say('Short.')
    const { body } = await ada.execute({ prompt: 'count', ...settings })
    expect(await ada.ended(body.execution_id)).toMatchObject({ status: 'failed', error: { code: 'max_turns' } })
    for (let nth = 0; nth < 3; nth++) {
      const next = await ada.execute({ prompt: 'short', session_id: body.session_id })
      expect(await ada.ended(next.body.execution_id)).toMatchObject({ status: 'completed', result: 'Short.' })
    }
  })

  test('an existing session works as it was begun: the same is taken, in any order; anything else is refused and nothing runs', async () => {
    const { body } = await ada.execute({ prompt: 'ahoy', ...settings })
    const { session_id } = body
    const workspace_id = (await ada.call('GET', `claude/sessions/${session_id}`)).body.workspace_id as string
    const same = await ada.execute({ prompt: 'ahoy', session_id, workspace_id, ...settings, tools: ['Bash', 'Read'] })
    expect(same.status).toBe(202)
    const before = (await ada.call('GET', `claude/executions?session_id=${session_id}`)).body.executions.length
    for (const other of [{ system_prompt: 'Other.' }, { system_prompt: '' }, { tools: ['Read'] }, { tools: [] }, { max_turns: 3 }, { workspace_id: 'w-other' }]) {
      expect([other, await ada.execute({ prompt: 'ahoy', session_id, ...other })]).toMatchObject([other, { status: 400, body: { code: 'VALIDATION', details: { differs: Object.keys(other) } } }])
    }
    const plain = await ada.execute({ prompt: 'ahoy' })
    expect(await ada.execute({ prompt: 'ahoy', session_id: plain.body.session_id, tools: ['Read'] })).toMatchObject({ status: 400 })
    expect((await ada.call('GET', `claude/executions?session_id=${session_id}`)).body.executions).toHaveLength(before)
  })
})

test('X3: a model is the session’s from then on in the commit of its prompt: one that is refused changes none', async () => {
  const poor = await rig.script('poor')
  const { body } = await poor.execute({ prompt: 'with a model' })
  const { session_id } = body
  await poor.ended(body.execution_id)
  const shown = async () => {
    const [{ body: session }, { body: page }] = [await poor.call('GET', `claude/sessions/${session_id}`), await poor.call('GET', `claude/sessions/${session_id}/events`)]
    const told = (page.events as { type: string; data: { code?: string } }[]).filter(({ type, data }) => type === 'log' && data.code === 'model_changed')
    return { model: session.model as string | null, told: told.length }
  }
  const before = await shown()
  const { body: { user } } = await poor.call('GET', 'me')
  const boss = await rig.script('boss', 'admin')
  await boss.call('PUT', `budgets/${user.id}`, { limit_micros: 0 })
  expect(await poor.execute({ prompt: 'with a model', session_id, model: 'haiku' })).toMatchObject({ status: 402, body: { code: 'BUDGET' } })
  expect(await shown()).toEqual(before)
  await boss.call('DELETE', `budgets/${user.id}`)
  const again = await poor.execute({ prompt: 'with a model', session_id, model: 'haiku' })
  await poor.ended(again.body.execution_id)
  expect(await shown()).toEqual({ model: 'haiku', told: before.told + 1 })
  expect((requestsOf('with a model').at(-1) as unknown as { body: { model: string } }).body.model).toContain('haiku')
})

describe('X4: cancel', () => {
  test('one that waits never begins, one that runs is interrupted, one that is over says how', async () => {
    const { session_id, execution_id } = await busy('hold for cancel')
    const waiting = await ada.execute({ prompt: 'never', session_id })
    const cancel = (id: string, key?: string) => ada.call('POST', `claude/executions/${id}/cancel`, undefined, key ? { 'idempotency-key': key } : {})
    expect(await cancel(waiting.body.execution_id, 'cancel-1')).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect(await cancel(waiting.body.execution_id, 'cancel-1')).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect(await cancel(waiting.body.execution_id)).toMatchObject({ status: 409, body: { code: 'CONFLICT', details: { status: 'cancelled' } } })
    expect(await cancel(execution_id)).toMatchObject({ status: 200, body: { execution_id, status: 'interrupted' } })
    expect(await ada.ended(execution_id)).toMatchObject({ status: 'interrupted', reason: 'person' })
    expect(await cancel(execution_id)).toMatchObject({ status: 409, body: { code: 'CONFLICT', details: { status: 'interrupted' } } })
    expect(requestsOf('never')).toEqual([])
    expect(await cancel('nothing')).toMatchObject({ status: 404 })
  })

  test('what waits is taken back by its author or an owner, not by another', async () => {
    const { gate, session_id } = await busy('hold for others')
    const mine = await ada.execute({ prompt: 'of ada', session_id })
    const theirs = await grace.execute({ prompt: 'of grace', session_id })
    expect(await grace.call('POST', `claude/executions/${mine.body.execution_id}/cancel`)).toMatchObject({ status: 403 })
    expect(await ada.call('POST', `claude/executions/${theirs.body.execution_id}/cancel`)).toMatchObject({ status: 200 })
    gate.open()
    expect(await ada.ended(mine.body.execution_id)).toMatchObject({ status: 'completed' })
  })
})

test('X8: a script is told what holds its execution, and has it go on', async () => {
  const { session_id, execution_id } = await busy('hold for a stop')
  const { execution_id: waits } = (await ada.execute({ prompt: 'after the stop', session_id })).body
  const held = async (id: string) => (await ada.call('GET', `claude/executions/${id}`)).body.held_by
  const goOn = (id: string, script = ada, key?: string) => script.call('POST', `claude/executions/${id}/continue`, undefined, key ? { 'idempotency-key': key } : {})
  // Where nothing is held nothing changes.
  expect([await held(waits), (await goOn(waits)).status, (await goOn(execution_id)).status]).toEqual([undefined, 200, 200])
  await ada.call('POST', `claude/executions/${execution_id}/cancel`)
  await ada.ended(execution_id)
  expect(await held(waits)).toMatchObject({ reason: 'person', username: 'ada' })
  expect(await held(execution_id)).toBeUndefined()
  const { body } = await ada.call('GET', `claude/executions?session_id=${session_id}&status=pending`)
  expect(rest.executionsPage.parse(body).executions).toMatchObject([{ execution_id: waits, held_by: { reason: 'person' } }])
  expect([(await goOn(waits, ada, 'on-1')).status, (await goOn(waits, ada, 'on-1')).status]).toEqual([200, 200])
  expect(await ada.ended(waits)).toMatchObject({ status: 'completed' })
  expect(await goOn(waits)).toMatchObject({ status: 409, body: { code: 'CONFLICT', details: { status: 'completed' } } })
  expect(await held(waits)).toBeUndefined()
  expect((await goOn('nothing')).status).toBe(404)
  expect(requestsOf('after the stop')).toHaveLength(1)
})

describe('lists', () => {
  test('the latest first, in pages, by session, workspace and status, and only what the asker may see', async () => {
    const { body } = await grace.call('POST', 'claude/sessions', { title: 'closed', visibility: 'private' })
    const ids: string[] = []
    for (const prompt of ['one', 'two', 'three']) ids.unshift((await grace.execute({ prompt, session_id: body.session_id })).body.execution_id)
    for (const id of ids) await grace.ended(id)
    const page = async (query: string, script = grace) => rest.executionsPage.parse((await script.call('GET', `claude/executions?${query}`)).body)
    const of = `session_id=${body.session_id}`
    const first = await page(`${of}&limit=2`)
    const second = await page(`${of}&limit=2&cursor=${first.next}`)
    expect([...first.executions, ...second.executions].map((each) => each.execution_id)).toEqual(ids)
    expect(second.next).toBeNull()
    expect((await page(`${of}&status=failed`)).executions).toEqual([])
    expect((await page(`${of}&status=completed&workspace_id=${first.executions[0]!.workspace_id}`)).executions).toHaveLength(3)
    expect((await page(`${of}&workspace_id=w-other`)).executions).toEqual([])
    expect((await page(of, ada)).executions).toEqual([])
    expect((await page('limit=200', ada)).executions.some((each) => ids.includes(each.execution_id))).toBeFalse()
    expect((await ada.call('GET', `claude/executions/${ids[0]}`)).status).toBe(404)
    for (const bad of ['cursor=x', 'limit=0', 'limit=1e9', 'status=odd', 'session_id=a b']) expect([bad, (await ada.call('GET', `claude/executions?${bad}`)).status]).toEqual([bad, 400])
  })
})

describe('who may, and what is refused', () => {
  test('a viewer of the relay runs nothing, nobody runs in a workspace or a session that is not theirs', async () => {
    expect(await vera.execute({ prompt: 'hello' })).toMatchObject({ status: 403 })
    const { body } = await grace.call('POST', 'claude/sessions', { visibility: 'private' })
    expect(await ada.execute({ prompt: 'hello', session_id: body.session_id })).toMatchObject({ status: 404 })
    expect(await ada.execute({ prompt: 'hello', session_id: 'nothing' })).toMatchObject({ status: 404 })
    expect(await ada.execute({ prompt: 'hello', workspace_id: 'w-other' })).toMatchObject({ status: 404 })
    const open = await ada.execute({ prompt: 'hello' })
    expect(await vera.execute({ prompt: 'hello', session_id: open.body.session_id })).toMatchObject({ status: 403 })
  })

  test('what does not fit is refused, and no session comes of it', async () => {
    const count = async () => (await ada.call('GET', 'claude/sessions')).body.total as number
    const before = await count()
    const deep = JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`) as object
    const odd: object[] = [
      {}, { prompt: '' }, { prompt: 1 }, { prompt: 'x'.repeat(300_000) }, { prompt: 'x', tools: 'Read' }, { prompt: 'x', tools: ['Read,Bash'] }, { prompt: 'x', tools: ['--settings={}'] }, { prompt: 'x', tools: ['Bash(rm *)'] },
      { prompt: 'x', max_turns: 0 }, { prompt: 'x', max_turns: 1.5 }, { prompt: 'x', max_turns: 1e9 }, { prompt: 'x', model: '--settings={}' }, { prompt: 'x', metadata: [] }, { prompt: 'x', metadata: 'text' },
      { prompt: 'x', metadata: { long: 'x'.repeat(20_000) } }, { prompt: 'x', metadata: deep }, { prompt: 'x', system_prompt: 'x'.repeat(40_000) }, { prompt: 'x', stream: 'yes' }, { prompt: 'x', session_id: '../x' }, { prompt: '/config' },
    ]
    for (const body of odd) expect([JSON.stringify(body).slice(0, 80), (await ada.execute(body)).status]).toEqual([JSON.stringify(body).slice(0, 80), 400])
    expect(await count()).toBe(before)
  })
})
