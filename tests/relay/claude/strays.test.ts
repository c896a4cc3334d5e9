// Nothing that a Claude process has started outlives it, or the relay, by more than five seconds.
import { afterAll, afterEach, expect, test, setDefaultTimeout } from 'bun:test'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGuardian } from '../../../relay/claude/guardian.ts'
import { endMarked, findMarked, markOf } from '../../../relay/claude/process-marks.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { testEnvironment } from '../../support/child-environment.ts'
import { eventually } from '../../support/eventually.ts'
import { freshFolder, isAlive, prompt, removeFolders, startRoom } from './real-claude.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(60_000)
afterAll(removeFolders)

const LEAVE_BEHIND = 'for n in 1 2 3; do setsid sh -c "trap \\"\\" TERM HUP INT; sleep 600" >/dev/null 2>&1 < /dev/null & done; (sleep 600 &) ; touch left'
const hasBwrap = Bun.which('bwrap') !== null && Bun.spawnSync(['bwrap', '--dev-bind', '/', '/', '--unshare-pid', '--proc', '/proc', 'true']).exitCode === 0
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

/** Nobody carries the mark after five seconds. */
const gone = (mark: string) => eventually('all that carried the mark have ended', async () => (await findMarked(mark)).length === 0, 5_000)

test('the end of a process is the end of all that its tools have started, however they hid', async () => {
  const room = startRoom()
  cleanups.push(() => room.stop())
  const { session, witness, spec } = room.open({ rules: ['Bash'] })
  room.api.when('please leave things behind').use('Bash', { command: LEAVE_BEHIND }).say('Left.')
  await session.send(prompt('please leave things behind'))
  await witness.next('turnEnded')
  expect(existsSync(join(spec.cwd, 'left'))).toBe(true)
  const mark = `${markOf(room.config.dataFolder)}.`
  expect((await findMarked(mark)).length).toBeGreaterThan(3)
  process.kill(room.claude.stats().processes[0]!.pid!, 'SIGKILL')
  await witness.next('ended')
  expect(await findMarked(mark)).toEqual([])
})

async function startStandIn(sandbox: 'bwrap' | 'off'): Promise<{ child: ChildProcess; dataFolder: string; mark: string }> {
  const api = createScriptedMessagesApi()
  api.when('please leave things behind').use('Bash', { command: LEAVE_BEHIND }).say('Left.')
  const dataFolder = freshFolder('ensemble-data')
  const order = { apiUrl: api.url, cwd: freshFolder('claude-folder'), dataFolder, environment: testEnvironment(api.url, freshFolder('claude-home')), sandbox }
  const child = spawn(process.execPath, [join(import.meta.dir, 'relay-stand-in.ts'), JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanups.push(() => api.stop(), () => endMarked(`${markOf(dataFolder)}.`), () => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  return { child, dataFolder, mark: `${markOf(dataFolder)}.` }
}

test.each(hasBwrap ? (['off', 'bwrap'] as const) : (['off'] as const))('kill -9 of the relay leaves no process behind (sandbox %s)', async (sandbox) => {
  const { child, mark } = await startStandIn(sandbox)
  expect((await findMarked(mark)).length).toBeGreaterThan(3)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await gone(mark)
})

test('what even the guardian could not end is swept at the next start, and only that', async () => {
  const { child, dataFolder, mark } = await startStandIn('off')
  const guardian = Bun.spawnSync(['pgrep', '-P', String(child.pid), 'sh']).stdout.toString().trim().split('\n').map(Number)
  // Standing still, it cannot put a new guardian in the place of this one.
  child.kill('SIGSTOP')
  for (const pid of guardian) process.kill(pid, 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await findMarked(mark)).length).toBeGreaterThan(3)
  const room = startRoom({ config: { dataFolder } })
  cleanups.push(() => room.stop())
  const { session, witness } = room.open()
  await session.send(prompt('hello'))
  await witness.next('turnEnded')
  const own = room.claude.stats().processes[0]!.pid!
  expect(await room.claude.sweep()).toBeGreaterThan(3)
  expect(await isAlive(own)).toBe(true)
  expect((await findMarked(mark)).map(({ pid }) => pid)).toContain(own)
  expect(await room.claude.sweep()).toBe(0)
})

test('a guardian that was killed is replaced, and knows the groups', async () => {
  const mark = `${markOf(freshFolder('guarded'))}.x.`
  const guardian = createGuardian(mark, createLog(() => {}, systemClock))
  const group = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  const forgotten = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  cleanups.push(() => group.kill('SIGKILL'), () => forgotten.kill('SIGKILL'))
  guardian.watch(forgotten.pid!)
  guardian.watch(group.pid!)
  const first = guardian.pid()!
  process.kill(first, 'SIGKILL')
  await eventually('another guardian is there', () => guardian.pid() !== first && guardian.pid() !== null)
  guardian.forget(forgotten.pid!)
  guardian.stop()
  await once(group, 'exit')
  expect(await isAlive(forgotten.pid!)).toBe(true)
})

test.skipIf(!hasBwrap)('in the sandbox the relay\'s data folder is hidden but for uploads, and everything else works', async () => {
  const room = startRoom({ config: { sandbox: 'bwrap' }, uploadsOf: async () => [join(room.config.dataFolder, 'files', 'upload')] })
  cleanups.push(() => room.stop())
  mkdirSync(join(room.config.dataFolder, 'files'))
  writeFileSync(join(room.config.dataFolder, 'files', 'upload'), 'for Claude')
  writeFileSync(join(room.config.dataFolder, 'secret'), 'do not read')
  const { session, witness, spec } = room.open({ rules: ['Bash'] })
  room.api.when('please look').use('Bash', { command: `ls -A ${room.config.dataFolder}; cat ${room.claude.filesFolder('session-1')}/upload; echo; echo done > mine; ls` }).say('Looked.')
  await session.send(prompt('please look'))
  const end = await witness.next('fact', (fact) => fact.type === 'progress' && fact.data.progress_type === 'tool_end')
  expect(end.type === 'progress' ? end.data.output : null).toBe('handed\nfor Claude\nmine')
  expect(await Bun.file(join(spec.cwd, 'mine')).text()).toBe('done\n')
  await witness.next('turnEnded')
  expect((await room.claude.describe()).sandbox).toBe('bwrap')
  const { pid } = room.claude.stats().processes[0]!
  process.kill(pid!, 'SIGKILL')
  await witness.next('ended')
  await session.send(prompt('go on'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(JSON.stringify(room.api.requests.at(-1)!.body.messages)).toContain('please look')
})
