// The relay dies while the answer to a permission request is on its way to Claude: it is not lost, and the call does not happen twice.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { contentOf, createRelayOnDisk, taskIs } from './relay-on-disk.ts'

type Disk = ReturnType<typeof createRelayOnDisk>
type Pass = { status: string; pass: string | null }

const passOf = (disk: Disk): Pass => disk.rows<Pass>('SELECT status, pass FROM permissions ORDER BY opened_at LIMIT 1')[0]!

/** A relay with a question of Ada's session open. */
async function asking(disk: Disk) {
  const path = join(disk.home.workspace, 'counted.txt')
  const call = { command: `printf x >> ${path}`, description: 'Count' }
  disk.api.when('count once').use('Bash', call).say('never said')
  const relay = await disk.start()
  const ada = await relay.client('Ada', 'admin')
  const { session_id, execution_id } = await ada.ask('claude_message', { content: 'count once' })
  const channel = `session:${session_id}`
  await ada.subscribe(channel, { history: 500 })
  const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === channel, 'the question')
  const claude = disk.strays()
  expect(claude.length).toBeGreaterThan(0)
  return { relay, ada, path, call, claude, session_id, execution_id, channel, request_id: asked.data['request_id'] as string }
}

/** After the restart: everything of the session from its first event on. */
async function again(disk: Disk, channel: string) {
  const relay = await disk.start()
  const grace = await relay.client('Grace')
  await grace.subscribe(channel, { position: { epoch: grace.frames[0]!.data['epoch'], seq: 0 } })
  const written = () => grace.events(channel).filter(({ type, data }) => type === 'message' && data['role'] === 'relay')
  const asked = () => grace.events(channel).filter(({ type }) => type === 'permission_request')
  const said = (text: string) => grace.until(({ type, data }) => type === 'claude_response' && data['completed'] && data['content'] === text, text)
  return { relay, grace, written, asked, said }
}

for (const behavior of ['allow', 'deny'] as const) {
  test(`kill -9 after ${behavior} was committed and before Claude was told: the next process hears it unasked, once`, async () => {
    const disk = createRelayOnDisk()
    try {
      const { relay, ada, path, call, session_id, execution_id, channel, request_id } = await asking(disk)
      disk.api.when('has now allowed it').use('Bash', call).say('counted at last')
      disk.api.when('not while I look').say('as you wish')
      const telling = disk.stand("NEW.pass = 'handed'")
      ada.raw(JSON.stringify({ type: 'permission_response', id: 'the-answer', data: { session_id, request_id, behavior, ...(behavior === 'deny' && { message: 'not while I look' }) }, timestamp: 0 }))
      await eventually('the answer is committed', () => passOf(disk).status !== 'open')
      expect(passOf(disk)).toEqual({ status: behavior === 'allow' ? 'allowed' : 'denied', pass: 'owed' })
      await relay.killHard()
      await disk.noStrays()
      expect(existsSync(path)).toBe(false)
      telling.remove()

      const { grace, written, asked, said } = await again(disk, channel)
      await grace.until(taskIs('interrupted', execution_id), 'the interrupted turn')
      await said(behavior === 'allow' ? 'counted at last' : 'as you wish')
      await grace.until(taskIs('completed', written()[0]!.data['execution_id']), 'the end')
      expect(contentOf(path)).toBe(behavior === 'allow' ? 'x' : '')
      expect(asked()).toHaveLength(1)
      expect(written()).toHaveLength(1)
      expect(written()[0]!.data).toMatchObject({ username: 'Ada', user_id: ada.frames[0]!.data['user'].id })
      // The person who answered hears what came of it.
      expect(await grace.request('permission_response', { request_id, behavior: 'allow' })).toMatchObject({ ok: false, error: { code: 'CONFLICT', details: { username: 'Ada' } } })
      expect(passOf(disk).pass).toBe('used')
      expect(disk.rows('SELECT id, continued_by, username FROM executions ORDER BY created_at')).toEqual([
        { id: execution_id, continued_by: written()[0]!.data['execution_id'], username: 'Ada' },
        { id: written()[0]!.data['execution_id'], continued_by: null, username: 'Ada' },
      ])
    } finally {
      await disk.stop()
    }
  }, 60_000)
}

test('kill -9 after Allow was handed to a Claude that did not confirm it: whether it ran is not known, so people are asked again', async () => {
  const disk = createRelayOnDisk()
  try {
    const { relay, ada, path, call, claude, execution_id, channel, request_id } = await asking(disk)
    disk.api.when('It may have run or not').use('Bash', call).say('counted at last')
    for (const pid of claude) process.kill(pid, 'SIGSTOP')
    await ada.ask('permission_response', { request_id, behavior: 'allow' })
    await eventually('it is on its way', () => passOf(disk).pass === 'handed')
    await relay.killHard()
    await disk.noStrays()
    expect(existsSync(path)).toBe(false)

    const { grace, written, asked, said } = await again(disk, channel)
    await grace.until(taskIs('interrupted', execution_id), 'the interrupted turn')
    const second = await grace.until((frame) => frame.type === 'permission_request' && frame.channel === channel && frame.data['request_id'] !== request_id, 'asked again')
    expect(existsSync(path)).toBe(false)
    await grace.ask('permission_response', { request_id: second.data['request_id'], behavior: 'allow' })
    await said('counted at last')
    expect(readFileSync(path, 'utf8')).toBe('x')
    expect([asked().length, written().length]).toEqual([2, 1])
  } finally {
    await disk.stop()
  }
}, 60_000)

test('kill -9 after Claude has confirmed the answer: the call was begun, nothing is told or done again', async () => {
  const disk = createRelayOnDisk()
  try {
    const path = join(disk.home.workspace, 'begun.txt')
    const gate = join(disk.home.workspace, 'gate')
    disk.api.when('begin once').use('Bash', { command: `printf x >> ${path}; while [ ! -e ${gate} ]; do sleep 0.05; done`, description: 'Begin' }).say('never said')
    const relay = await disk.start()
    const ada = await relay.client('Ada', 'admin')
    const { session_id, execution_id } = await ada.ask('claude_message', { content: 'begin once' })
    const channel = `session:${session_id}`
    await ada.subscribe(channel, { history: 500 })
    const asked = await ada.until((frame) => frame.type === 'permission_request' && frame.channel === channel, 'the question')
    await ada.ask('permission_response', { request_id: asked.data['request_id'], behavior: 'allow' })
    await eventually('it runs, and the answer is heard', () => passOf(disk).pass === 'used' && contentOf(path) === 'x')
    await relay.killHard()
    await disk.noStrays()
    const second = await again(disk, channel)
    await second.grace.until(taskIs('interrupted', execution_id), 'the interrupted turn')
    const next = await second.grace.ask('claude_message', { session_id, content: 'where were we' })
    await second.grace.until(taskIs('completed', next['execution_id']), 'the next turn')
    expect(second.written()).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe('x')
  } finally {
    await disk.stop()
  }
}, 60_000)
