// Processes that misbehave: each prompt still ends in a state that people can see, and nothing is left behind.
import { afterAll, afterEach, expect, test, setDefaultTimeout } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findMarked, markOf } from '../../../relay/claude/process-marks.ts'
import { freshFolder, isAlive, prompt, removeFolders, startRoom, type RoomOptions } from './real-claude.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(60_000)
afterAll(removeFolders)

const rooms: ReturnType<typeof startRoom>[] = []
afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.stop()))
})

/** A room whose CLI does as it is told here instead of what a CLI should do. */
function startRogue(how: string, options: RoomOptions = {}) {
  const bin = join(freshFolder('rogue'), 'claude')
  writeFileSync(bin, `#!/bin/sh\nexec ${process.execPath} ${join(import.meta.dir, 'rogue-claude.ts')} "$@"\n`)
  chmodSync(bin, 0o755)
  const clock = manualClock()
  const room = startRoom({ clock, ...options, config: { bin, environmentNames: ['ROGUE'], ...options.config }, environment: { ROGUE: how } })
  rooms.push(room)
  return { ...room, clock, ...room.open() }
}
const pidOf = (room: { claude: { stats(): { processes: { pid: number | null }[] } } }): number => room.claude.stats().processes[0]!.pid!

test('garbage between the messages is dropped and logged, what is not known is kept, the turn goes on', async () => {
  const { session, witness, lines, claude } = startRogue('garbage')
  await session.send(prompt('hello'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(lines.filter((line) => line.includes('claude.odd_line'))).toHaveLength(4)
  expect(witness.all('fact')).toContainEqual({ type: 'progress', data: { progress_type: 'init', detail: 'unknown', input: { type: 'from the future' } } })
  expect(claude.stats().unknownMessages).toBe(1)
})

test('characters that arrive byte by byte stay whole', async () => {
  const { session, witness } = startRogue('splits-utf8')
  await session.send(prompt('hello'))
  await witness.next('turnEnded')
  expect(witness.text()).toBe('half한국어')
})

test('a process that ends without a result leaves an interrupted turn with its partial text', async () => {
  const { session, witness } = startRogue('ends-without-result')
  const sent = prompt('hello')
  await session.send(sent)
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'died', promptIds: [sent.id] })
  expect(await witness.next('ended')).toMatchObject({ cause: 'died', detail: 'exit code 0', duringTurn: true, lostPromptIds: [] })
  expect(witness.text()).toBe('half')
})

test('a process that is gone is gone, even if something it has started holds its pipe open', async () => {
  const { session, witness } = startRogue('leaves-its-pipe ends-without-result')
  await session.send(prompt('hello'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'died' })
  expect(await witness.next('ended')).toMatchObject({ cause: 'died', detail: 'exit code 0' })
})

test('a CLI that cannot start says why, once, and the prompt is named as lost', async () => {
  const { session, witness, claude } = startRogue('dies-at-start')
  const sent = prompt('hello')
  await session.send(sent)
  expect(await witness.next('ended')).toMatchObject({ cause: 'start_failed', lostPromptIds: [sent.id], detail: expect.stringContaining('this machine is not fit for me') })
  expect(witness.all('ended')).toHaveLength(1)
  expect(claude.stats().processes).toEqual([])
})

test('a line without end ends the process, not the relay', async () => {
  const { session, witness } = startRogue('floods')
  await session.send(prompt('hello'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'flooded' })
  expect(await witness.next('ended')).toMatchObject({ cause: 'flooded' })
})

test('a process that refuses what was set while it started is gone before another one takes the prompt', async () => {
  const { session, witness, claude, config } = startRogue('refuses-mode')
  session.prewarm()
  await eventually('a process was started', () => claude.stats().processes.length > 0)
  await session.setPermissionMode('plan')
  await session.send(prompt('hello'))
  await witness.next('turnEnded')
  expect((await findMarked(markOf(config.dataFolder))).map(({ pid }) => pid)).toEqual([pidOf({ claude })])
})

test('a CLI that ignores interrupts and signals is ended after ten seconds', async () => {
  const { session, witness, clock, claude } = startRogue('silent ignores-interrupt ignores-signals')
  await session.send(prompt('hello'))
  await witness.next('fact', (fact) => fact.type === 'delta')
  const pid = pidOf({ claude })
  const stopped = session.interrupt()
  clock.advance(9_000)
  expect(await isAlive(pid)).toBe(true)
  clock.advance(1_000)
  expect(await stopped).toBe('killed')
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'interrupt_ignored' })
  expect(await isAlive(pid)).toBe(false)
})

test('silence is told after two minutes and ended after ten; a clock that is set does neither', async () => {
  const { session, witness, clock } = startRogue('silent ignores-interrupt')
  await session.send(prompt('hello'))
  await witness.next('fact', (fact) => fact.type === 'delta')
  const stalled = () => witness.all('fact').filter((fact) => fact.type === 'log' && fact.data.code === 'stalled')
  clock.step(3_600_000)
  clock.advance(115_000)
  expect(stalled()).toHaveLength(0)
  clock.advance(10_000)
  expect(stalled()).toHaveLength(1)
  clock.advance(485_000)
  expect(stalled()).toHaveLength(1)
  clock.advance(10_000)
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'stalled' })
  await witness.next('ended')
})

test('a CLI that does not take part in the start still answers: one process for this prompt alone', async () => {
  const { session, witness, clock, lines, claude } = startRogue('ignores-initialize')
  const handed = session.send(prompt('hello'))
  await eventually('a process was started', () => claude.stats().processes.length > 0)
  clock.advance(30_000)
  await handed
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(await witness.next('ended')).toMatchObject({ cause: 'stopped' })
  expect(lines.some((line) => line.includes('claude.start_failed'))).toBe(true)
})

test('Stop reaches a prompt that the CLI never takes', async () => {
  const { session, witness, clock } = startRogue('deaf', { config: { persistent: false } })
  const sent = prompt('hello')
  await session.send(sent)
  const stopped = session.interrupt()
  clock.advance(10_000)
  expect(await stopped).toBe('killed')
  expect(await witness.next('ended')).toMatchObject({ cause: 'interrupt_ignored', duringTurn: false, lostPromptIds: [sent.id] })
})

test('a CLI that does not read is not fed without bound', async () => {
  const { session, clock } = startRogue('deaf', { config: { persistent: false } })
  const large = 'x'.repeat(5 * 1024 * 1024)
  const refused: unknown[] = []
  for (let n = 0; n < 4; n++) await session.send(prompt(large)).catch((error: unknown) => refused.push((error as { code: string }).code))
  expect(refused).toContain('BUSY')
  await expect(session.send(prompt('x'.repeat(9 * 1024 * 1024)))).rejects.toMatchObject({ code: 'TOO_LARGE' })
  void session.interrupt()
  clock.advance(10_000)
})
