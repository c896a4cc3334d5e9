// A question outlives the relay: kill -9 while Claude waits for an answer, then somebody else allows it, once.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../src/stores/test-browser.ts'
import { eventually } from '../support/eventually.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
import { readEvents } from '../support/read-events.ts'
import { startReceiver } from '../relay/webhooks/receiver.ts'
import { openPerson, textOf, type Person } from './reconnect-browser.ts'
import { contentOf, createRelayOnDisk } from './relay-on-disk.ts'

test('P2 kill -9 while a Write waits for permission: after the restart a colleague allows it in her browser, it happens exactly once, the audit names her', async () => {
  const proxy = await createFaultProxy()
  const disk = createRelayOnDisk({ settings: { PUBLIC_URL: proxy.origin } })
  const people: Person[] = []
  try {
    const path = join(disk.home.workspace, 'written.txt')
    const call = { file_path: path, content: 'written once' }
    disk.api.when('write once').use('Write', call).say('never said')
    disk.api.when('has now allowed it').use('Write', call).say('written at last')
    const first = await disk.start()
    proxy.aim(first.port)

    // Two people with two browsers, each on the same session; the one who asked goes away with the relay.
    const owner = await openPerson({ origin: proxy.origin, hash: `#code=${first.code}` })
    people.push(owner)
    const made = await owner.sessions.create({ title: 'Write' })
    if (!made.ok) throw new Error(made.trouble.message)
    const id = made.data.session_id
    const his = owner.session(id)
    await his.open()
    await until(() => his.isCurrent, 'he looks')
    const grace = await openPerson({ origin: proxy.origin, hash: `#code=${await first.codeFor('Grace')}` })
    people.push(grace)
    const hers = grace.session(id)
    await hers.open()
    await until(() => hers.isCurrent, 'she looks')
    expect((await his.prompt({ content: 'write once' }).answer).ok).toBe(true)
    await until(() => his.timeline.waiting.length === 1 && hers.timeline.waiting.length === 1, 'the question at both', 30_000)
    const [request_id] = hers.timeline.waiting
    await first.killHard()
    owner.browser.close()
    // Whoever still waited for the answer is gone with the relay.
    await disk.noStrays()
    expect(existsSync(path)).toBe(false)

    proxy.aim((await disk.start()).port)
    await until(() => hers.isCurrent && hers.timeline.executions[0]?.status === 'interrupted', 'the interrupted turn', 30_000)
    expect(hers.timeline.executions[0]).toMatchObject({ reason: 'relay_restart' })
    expect(hers.timeline.waiting).toEqual([request_id!])
    expect(existsSync(path)).toBe(false)
    expect(await hers.answer(request_id!, { behavior: 'allow' })).toMatchObject({ ok: true, data: { status: 'allowed' } })
    await until(() => textOf(hers).includes('written at last') && hers.timeline.runningId === null, 'the end', 30_000)

    expect(contentOf(path)).toBe('written once')
    expect(hers.timeline.waiting).toEqual([])
    const told = disk.rows<{ type: string; data: string }>('SELECT type, data FROM events WHERE channel = ? ORDER BY seq', `session:${id}`).map(({ type, data }) => ({ type, data: JSON.parse(data) as Record<string, any> }))
    expect(told.filter(({ type }) => type === 'permission_request')).toHaveLength(1)
    // The first call was never made; the one after the restart was, and nobody was asked about it.
    const ends = told.filter(({ type, data }) => type === 'progress' && data['progress_type'] === 'tool_end' && data['tool'] === 'Write')
    expect(ends.map(({ data }) => Boolean(data['is_error']))).toEqual([false])
    const late = await hers.answer(request_id!, { behavior: 'deny' })
    expect(late).toMatchObject({ ok: false, trouble: { code: 'CONFLICT', details: { username: 'Grace', status: 'allowed' } } })
    const audit = disk.rows<{ user_id: string; username: string; detail: string; address: string }>("SELECT user_id, username, detail, address FROM audit WHERE action = 'permission.answer'")
    expect(audit.map(({ detail: _, ...who }) => who)).toEqual([{ user_id: grace.account.user!.id, username: 'Grace', address: '127.0.0.1' }])
    const [cut, next, ...others] = disk.rows<Record<string, unknown>>('SELECT id, status, continued_by, user_id FROM executions ORDER BY created_at')
    expect([cut, next, others]).toMatchObject([{ status: 'interrupted', continued_by: next!['id'], user_id: owner.account.user!.id }, { status: 'completed', continued_by: null, user_id: owner.account.user!.id }, []])
    expect(JSON.parse(audit[0]!.detail)).toMatchObject({ tool: 'Write', input: call, behavior: 'allow' })
    expect(people.flatMap((each) => each.browser.problems)).toEqual([])
  } finally {
    for (const each of people) each.browser.close()
    await disk.stop()
    await proxy.stop()
  }
}, 60_000)

test('X1, P2, W1 SIGTERM while a call of a script waits: denied by a colleague it is told with the reason, and the script finds where its work went on, with all that it had asked for', async () => {
  const receiver = await startReceiver()
  const disk = createRelayOnDisk({ settings: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' } })
  try {
    const path = join(disk.home.workspace, 'never.txt')
    disk.api.when('write never').use('Write', { file_path: path, content: 'x' }).say('never said')
    disk.api.when('not while I look').say('as you wish')
    const first = await disk.start()
    const ada = await first.client('Ada', 'admin')
    const token = await first.token('ci')
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const ofScript = { prompt: 'write never', tools: ['Write'], system_prompt: 'Be brief.', max_turns: 3, stream: false, metadata: { job: 7 }, webhook: { url: receiver.url, events: ['execution.completed'] } }
    const { session_id, execution_id } = (await (await fetch(`${first.url}/api/v1/claude/execute`, { method: 'POST', headers, body: JSON.stringify(ofScript) })).json()) as Record<string, string>
    await ada.subscribe(`session:${session_id}`, { history: 500 })
    const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === `session:${session_id}`, 'the question')
    first.kill('SIGTERM')
    expect((await first.exited()).code).toBe(0)

    const second = await disk.start()
    const get = async (path: string) => (await (await fetch(`${second.url}/api/v1/${path}`, { headers })).json()) as Record<string, any>
    expect(await get(`claude/executions/${execution_id}`)).toMatchObject({ status: 'interrupted', reason: 'relay_restart', continued_by: null })
    const again = await second.client('Ada')
    await again.subscribe(`session:${session_id}`, { history: 500 })
    await again.ask('permission_response', { request_id: asked.data['request_id'], behavior: 'deny', message: 'not while I look' })
    const { continued_by: next } = await get(`claude/executions/${execution_id}`)
    const reading = await readEvents(`${second.url}/api/v1/claude/executions/${next}/events`, token)
    expect(await reading.ended).toBe('ended')
    expect(reading.told.flatMap(({ type, id, message }) => (type === 'task' || id === null ? [message.data] : []))).toMatchObject([
      { status: 'running', continues: [execution_id], username: 'ci' },
      { status: 'completed', continues: [execution_id], username: 'ci' },
    ])
    const own = await get('me')
    expect(await get(`claude/executions/${next}`)).toMatchObject({ status: 'completed', result: 'as you wish', metadata: { job: 7 }, continues: [execution_id], user_id: own['user'].id })
    expect(existsSync(path)).toBe(false)
    // The limits of the session hold in the turn that goes on.
    const request = disk.api.requests.findLast((each) => each.kind === 'turn')! as unknown as { body: Record<string, any> }
    expect(JSON.stringify(request.body['system'])).toContain('Be brief.')
    expect(request.body['tools'].map((each: { name: string }) => each.name)).not.toContain('Read')
    await eventually('the end is told', () => receiver.got.length > 0)
    expect(receiver.got.map(({ body }) => JSON.parse(body) as object)).toMatchObject([{ type: 'execution.completed', execution_id: next, continues: [execution_id], metadata: { job: 7 } }])
  } finally {
    await disk.stop()
    await receiver.stop()
  }
}, 90_000)
