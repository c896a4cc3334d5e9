// A question outlives the relay: kill -9 while Claude waits for an answer, then somebody else allows it, once.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRelayOnDisk, eventually, taskIs } from './relay-on-disk.ts'

test('P2 M5 kill -9 while a call waits for permission: after the restart a colleague allows it, it happens exactly once, the audit names them', async () => {
  const disk = createRelayOnDisk()
  try {
    const path = join(disk.home.workspace, 'counted.txt')
    const call = { command: `printf x >> ${path}`, description: 'Count' }
    disk.api.when('count once').use('Bash', call).say('never said')
    disk.api.when('has now allowed it').use('Bash', call).say('counted at last')

    const first = await disk.start()
    const ada = await first.client('Ada', 'admin')
    const { session_id, execution_id } = await ada.ask('claude_message', { content: 'count once' })
    await ada.subscribe(`session:${session_id}`, { history: 500 })
    const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === `session:${session_id}`, 'the question')
    const { seq } = asked
    await first.killHard()
    // M2: whoever still waited for the answer is gone with the relay.
    await eventually(() => disk.strays().length === 0, `no process of Claude is left: ${disk.strays()}`, 5_000)
    expect(existsSync(path)).toBe(false)

    const second = await disk.start()
    const grace = await second.client('Grace')
    const joined = await grace.ask('join_collaboration', { session_id, history: 500 })
    expect(joined['seq']).toBeGreaterThanOrEqual(seq!)
    const state = await grace.until((frame) => frame.type === 'session_state', 'the state')
    expect(state.data['permissions'].map((each: { request_id: string }) => each.request_id)).toEqual([asked.data['request_id']])
    const task = await grace.until(taskIs('interrupted', execution_id), 'the interrupted turn')
    expect(task.data['reason']).toBe('relay_restart')

    const allowed = await grace.ask('permission_response', { request_id: asked.data['request_id'], behavior: 'allow' })
    expect(allowed['status']).toBe('allowed')
    await grace.until(({ type, data }) => type === 'claude_response' && data['completed'] && data['content'] === 'counted at last', 'the end')
    expect(readFileSync(path, 'utf8')).toBe('x')
    expect(grace.events(`session:${session_id}`).filter((frame) => frame.type === 'permission_request')).toHaveLength(1)
    const late = await grace.request('permission_response', { request_id: asked.data['request_id'], behavior: 'deny' })
    expect(late).toMatchObject({ ok: false, error: { code: 'CONFLICT', details: { username: 'Grace', status: 'allowed' } } })
    const audit = disk.rows<{ username: string; detail: string; address: string }>("SELECT username, detail, address FROM audit WHERE action = 'permission.answer'")
    expect(audit.map((each) => each.username)).toEqual(['Grace'])
    expect(JSON.parse(audit[0]!.detail)).toMatchObject({ tool: 'Bash', input: call, behavior: 'allow' })
    expect(audit[0]!.address).toBe('127.0.0.1')
  } finally {
    await disk.stop()
  }
}, 60_000)

test('M5 SIGTERM while a call waits: the question is still there, denied it is told with the reason', async () => {
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
