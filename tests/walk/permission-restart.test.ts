// A question outlives the relay: kill -9 while Claude waits for an answer, then somebody else allows it, once.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../src/stores/test-browser.ts'
import { createFaultProxy } from '../support/fault-proxy.ts'
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
    expect(JSON.parse(audit[0]!.detail)).toMatchObject({ tool: 'Write', input: call, behavior: 'allow' })
    expect(people.flatMap((each) => each.browser.problems)).toEqual([])
  } finally {
    for (const each of people) each.browser.close()
    await disk.stop()
    await proxy.stop()
  }
}, 60_000)

test('SIGTERM while a call waits: the question is still there, denied it is told with the reason', async () => {
  const disk = createRelayOnDisk()
  try {
    const path = join(disk.home.workspace, 'never.txt')
    disk.api.when('write never').use('Write', { file_path: path, content: 'x' }).say('never said')
    disk.api.when('not while I look').say('as you wish')
    const first = await disk.start()
    const ada = await first.client('Ada', 'admin')
    const { session_id } = await ada.ask('claude_message', { content: 'write never' })
    await ada.subscribe(`session:${session_id}`, { history: 500 })
    const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === `session:${session_id}`, 'the question')
    first.kill('SIGTERM')
    expect((await first.exited()).code).toBe(0)

    const second = await disk.start()
    const again = await second.client('Ada')
    await again.subscribe(`session:${session_id}`, { history: 500 })
    await again.ask('permission_response', { request_id: asked.data['request_id'], behavior: 'deny', message: 'not while I look' })
    await again.until(({ type, data }) => type === 'claude_response' && data['completed'] && data['content'] === 'as you wish', 'the answer')
    expect(existsSync(path)).toBe(false)
  } finally {
    await disk.stop()
  }
}, 60_000)
