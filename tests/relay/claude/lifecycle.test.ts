// When processes begin and end by themselves: idle, parked, one too many, spare, one per prompt. With the real CLI and a clock in hand.
import { afterAll, afterEach, expect, test, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { createGate } from '../../../relay/demo/script.ts'
import { eventually } from '../../support/eventually.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { freshFolder, isAlive, prompt, removeFolders, startRoom, type RoomOptions } from './real-claude.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(60_000)
afterAll(removeFolders)

const rooms: ReturnType<typeof startRoom>[] = []
afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.stop()))
})

function start(options: RoomOptions = {}) {
  const clock = manualClock()
  const room = startRoom({ clock, ...options })
  rooms.push(room)
  return { ...room, clock, pid: (sessionId: string) => room.claude.stats().processes.find((each) => each.sessionId === sessionId)?.pid ?? null }
}

test('an idle process ends after thirty minutes, and the next prompt resumes the conversation', async () => {
  const { open, clock, pid, api } = start()
  const { session, witness, spec } = open()
  await session.send(prompt('remember me'))
  await witness.next('turnEnded')
  const first = pid(spec.sessionId)!
  clock.advance(29 * 60_000)
  expect(await isAlive(first)).toBe(true)
  clock.advance(60_000)
  expect(await witness.next('ended')).toMatchObject({ cause: 'idle', duringTurn: false })
  expect(await isAlive(first)).toBe(false)
  expect(session.state).toBe('cold')
  await session.send(prompt('go on'))
  await witness.next('turnEnded')
  expect(JSON.stringify(api.requests.at(-1)!.body.messages)).toContain('remember me')
  expect(witness.all('conversation')).toHaveLength(1)
})

test('a process that waits for a person is parked after thirty minutes; its turn says so', async () => {
  const { open, clock, api } = start()
  const { session, witness, spec } = open()
  api.when('please write').use('Write', { file_path: join(spec.cwd, 'x.txt'), content: 'x' }).say('Written.')
  const sent = prompt('please write')
  await session.send(sent)
  const { withdrawn } = await witness.next('permission')
  clock.advance(29 * 60_000)
  expect(session.state).toBe('working')
  clock.advance(2 * 60_000)
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'parked', promptIds: [sent.id] })
  expect(await witness.next('ended')).toMatchObject({ cause: 'parked', duringTurn: true })
  expect(withdrawn.aborted).toBe(true)
})

test('a question that Stop took back is no question any more: the process is ready, and ends when idle', async () => {
  const { open, clock, api, claude } = start()
  const { session, witness, spec } = open()
  api.when('please write').use('Write', { file_path: join(spec.cwd, 'x.txt'), content: 'x' }).say('Never said.')
  await session.send(prompt('please write'))
  await witness.next('permission')
  expect(claude.processes().map(({ state }) => state)).toEqual(['waiting'])
  // Nobody answers it any more, now or later.
  expect(await session.interrupt()).toBe('interrupted')
  await witness.next('turnEnded')
  await eventually('the process is ready', () => session.state === 'ready')
  expect(claude.processes().map(({ state }) => state)).toEqual(['ready'])
  await session.send(prompt('still there?'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(session.state).toBe('ready')
  clock.advance(31 * 60_000)
  expect(await witness.next('ended')).toMatchObject({ cause: 'idle', duringTurn: false })
})

test('work in the background keeps its process', async () => {
  const { open, clock, api, pid } = start()
  const { session, witness, spec } = open()
  api.when('please start').use('Bash', { command: 'while [ ! -e go ]; do sleep 0.05; done', run_in_background: true }).say('Started.')
  await session.send(prompt('please start'))
  await witness.next('turnEnded')
  clock.advance(3 * 3_600_000)
  expect(await isAlive(pid(spec.sessionId)!)).toBe(true)
  await Bun.write(join(spec.cwd, 'go'), '')
  expect(await witness.next('turnBegan', (turn) => turn.origin === 'background')).toEqual({ origin: 'background', promptIds: [] })
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
})

test('there are never more processes than allowed: idle ones end first, then those who wait get their turn in order', async () => {
  const { open, api, claude } = start({ config: { maxProcesses: 1 } })
  const gate = createGate()
  api.when('hold on').say('Holding. ').hold(gate).say('Let go.')
  const [a, b, c, d] = [open(), open(), open(), open()]
  await a.session.send(prompt('hello'))
  await a.witness.next('turnEnded')
  await b.session.send(prompt('hold on'))
  expect(await a.witness.next('ended')).toMatchObject({ cause: 'idle' })
  await b.witness.next('fact', (fact) => fact.type === 'delta')
  const order: string[] = []
  const second = c.session.send(prompt('second')).then(() => order.push('c'))
  const third = d.session.send(prompt('third')).then(() => order.push('d'))
  c.session.prewarm()
  await eventually('both wait for a place', () => claude.stats().waiting === 2)
  expect(c.session.state).toBe('waiting')
  expect(claude.stats().processes).toHaveLength(1)
  gate.open()
  await Promise.all([second, third])
  expect(order).toEqual(['c', 'd'])
  await d.witness.next('turnEnded')
})

test('a spare that is still starting gives its place to a prompt that needs one', async () => {
  const { open, api } = start({ config: { maxProcesses: 2, spares: 1 } })
  const gate = createGate()
  api.when('hold on').say('Holding. ').hold(gate).say('Let go.')
  const [a, b] = [open(), open()]
  await a.session.send(prompt('hold on'))
  await b.session.send(prompt('hello'))
  expect(await b.witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  gate.open()
  await a.witness.next('turnEnded')
})

test('Stop takes back a prompt that waits for a place', async () => {
  const { open, api, claude } = start({ config: { maxProcesses: 1 } })
  const gate = createGate()
  api.when('hold on').say('Holding. ').hold(gate).say('Let go.')
  const [a, b] = [open(), open()]
  await a.session.send(prompt('hold on'))
  await a.witness.next('fact', (fact) => fact.type === 'delta')
  const waiting = b.session.send(prompt('never sent'))
  await eventually('it waits for a place', () => claude.stats().waiting === 1)
  expect(await b.session.interrupt()).toBe('interrupted')
  await expect(waiting).rejects.toMatchObject({ code: 'CONFLICT' })
  gate.open()
  await a.witness.next('turnEnded')
  expect(api.requests.some((request) => request.prompt === 'never sent')).toBe(false)
})

test('a process is started ahead, and takes the first prompt without another start', async () => {
  const { open, pid } = start()
  const { session, witness, spec } = open()
  session.prewarm()
  await eventually('the process is ready', () => session.state === 'ready')
  const ahead = pid(spec.sessionId)
  expect(witness.entries).toEqual([])
  await session.send(prompt('hello'))
  await witness.next('turnEnded')
  expect(pid(spec.sessionId)).toBe(ahead)
})

test('what is changed while a process starts holds for its first prompt', async () => {
  const { open, api } = start()
  const { session, witness, spec } = open()
  api.when('please write').use('Write', { file_path: join(spec.cwd, 'x.txt'), content: 'x' }).say('Written.')
  const sent = session.send(prompt('please write'))
  await eventually('a process starts', () => session.state === 'starting')
  await session.setModel('sonnet')
  await session.setPermissionMode('acceptEdits')
  await sent
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(api.requests.at(-1)!.body.model).toContain('sonnet')
  expect(witness.all('permission')).toEqual([])
})

test('a spare process is kept for the next new session of the folder, with that session\'s own mode and rules', async () => {
  const { open, claude, pid, api } = start({ config: { spares: 1 } })
  const cwd = freshFolder('claude-folder')
  const first = open({ cwd })
  await first.session.send(prompt('hello'))
  await eventually('a spare one is there', () => claude.stats().spares === 1)
  const second = open({ cwd, permissionMode: 'acceptEdits', rules: ['Bash(mkfifo:*)'] })
  api.when('please do').use('Write', { file_path: join(cwd, 'x.txt'), content: 'x' }).use('Bash', { command: 'mkfifo pipe' }).say('Both done.')
  await second.session.send(prompt('please do'))
  expect(await second.witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(second.witness.all('permission')).toEqual([])
  expect(await Bun.file(join(cwd, 'x.txt')).text()).toBe('x')
  expect(pid(second.spec.sessionId)).not.toBe(pid(first.spec.sessionId))
  const elsewhere = open()
  await elsewhere.session.send(prompt('hello'))
  expect(await elsewhere.witness.next('turnEnded')).toMatchObject({ status: 'completed' })
})

test('one process per prompt where persistent ones are switched off; the conversation goes on', async () => {
  const { open, api, claude } = start({ config: { persistent: false } })
  const { session, witness } = open()
  session.prewarm()
  expect(session.state).toBe('cold')
  await session.send(prompt('remember me'))
  await witness.next('turnEnded')
  expect(await witness.next('ended')).toMatchObject({ cause: 'per_prompt', duringTurn: false, lostPromptIds: [] })
  expect(claude.stats().processes).toEqual([])
  await session.send(prompt('go on'))
  await witness.next('turnEnded')
  await witness.next('ended')
  expect(JSON.stringify(api.requests.at(-1)!.body.messages)).toContain('remember me')
})

test('a conversation goes back to an earlier turn, and branches without touching the first one', async () => {
  const { open, api } = start()
  const { session, witness, spec } = open()
  await session.send(prompt('keep this'))
  const kept = await witness.next('turnEnded')
  await session.send(prompt('drop that'))
  await witness.next('turnEnded')
  const conversationId = witness.all('conversation')[0]!.id
  const branch = open({ cwd: spec.cwd, conversationId, fork: true, resumeAt: kept.lastEntryId })
  await branch.session.send(prompt('another way'))
  await branch.witness.next('turnEnded')
  const sent = JSON.stringify(api.requests.at(-1)!.body.messages)
  expect(sent).toContain('keep this')
  expect(sent).not.toContain('drop that')
  expect(branch.witness.all('conversation')[0]!.id).not.toBe(conversationId)
  await session.send(prompt('and on'))
  await witness.next('turnEnded')
  expect(JSON.stringify(api.requests.at(-1)!.body.messages)).toContain('drop that')
})

test('model and mode change while it runs and hold for the next process; the plan\'s approval is told', async () => {
  const { open, api } = start()
  const { session, witness } = open({ permissionMode: 'plan' })
  api.when('please plan').use('ExitPlanMode', { plan: 'Do it' }).say('I begin.')
  await session.send(prompt('please plan'))
  const { question, answer } = await witness.next('permission')
  expect(question.kind).toBe('plan')
  answer({ behavior: 'allow' })
  expect(await witness.next('modeChanged')).toBe('default')
  await witness.next('turnEnded')
  await session.setModel('sonnet')
  await session.send(prompt('with another model'))
  await witness.next('turnEnded')
  expect(api.requests.at(-1)!.body.model).toContain('sonnet')
  await session.end()
  await session.send(prompt('in another process'))
  await witness.next('turnEnded')
  expect(api.requests.at(-1)!.body.model).toContain('sonnet')
})

test('stop interrupts what runs, ends every process and takes nothing more', async () => {
  const { open, api, claude, pid } = start()
  const gate = createGate()
  api.when('hold on').say('Holding. ').hold(gate)
  const { session, witness, spec } = open()
  await session.send(prompt('hold on'))
  await witness.next('fact', (fact) => fact.type === 'delta')
  const running = pid(spec.sessionId)!
  await claude.stop()
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted' })
  expect(await witness.next('ended')).toMatchObject({ cause: 'shutdown' })
  expect(await isAlive(running)).toBe(false)
  await expect(session.send(prompt('too late'))).rejects.toMatchObject({ code: 'CLAUDE_UNAVAILABLE' })
  gate.open()
})

test('an open question outlives the stop of the relay: nobody says no for the people', async () => {
  const { open, api, claude } = start()
  const { session, witness, spec } = open()
  api.when('please write').use('Write', { file_path: join(spec.cwd, 'x.txt'), content: 'x' }).say('Written.')
  await session.send(prompt('please write'))
  await witness.next('permission')
  await claude.stop()
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'interrupted', reason: 'parked' })
})

test('the CLI is described before it is asked anything', async () => {
  const { claude } = start()
  expect(await claude.describe()).toEqual({ found: true, version: expect.stringMatching(/^\d+\.\d+\.\d+/), credentials: 'key', sandbox: 'off' })
  const without = start({ config: { bin: '/nowhere/claude' }, environment: { ANTHROPIC_API_KEY: '' } })
  expect(await without.claude.describe()).toEqual({ found: false, version: null, credentials: 'none', sandbox: 'off' })
})
