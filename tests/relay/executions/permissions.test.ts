// Permission requests while their process lives: who may answer, how often, what an answer does, and what the audit says.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'

const { rig, ada, grace } = await sharedExecutions()

const path = (name: string) => join(rig.folder, name)

/** One session and its process for all that need none of their own, each beginning where the one before has come to rest. */
const shared = await rig.begin(ada)

/** A turn that asks to write a file, and what is heard from its beginning on. */
async function asking(name: string, { session_id } = shared) {
  rig.when(`write ${name}`).use('Write', { file_path: path(name), content: 'written' }).say(`wrote ${name}`)
  await eventually('it is at rest', async () => (await rig.rows<{ state: string }>('SELECT state FROM sessions WHERE id = ?', [session_id]))[0]!.state === 'idle')
  const heard = await rig.onwards(session_id)
  const prompted = await ada.prompt(`write ${name}`, { session_id })
  const request = await heard.asked()
  return { ...prompted, heard, request, request_id: request.request_id as string }
}

test('P1 a request is told in the session, the task and to those who may answer; allow once lets exactly this call through', async () => {
  const forAda = await rig.user(ada)
  const { heard, request, request_id, session_id, execution_id } = await asking('once.txt')
  expect(request).toMatchObject({ session_id, execution_id, tool: 'Write', kind: 'tool', input: { content: 'written' } })
  await forAda.until(({ type, data }) => type === 'permission_request' && data.request_id === request_id && data.tool === 'Write' && typeof data.title === 'string', 'the short form')
  expect((await heard.state('waiting')).activity.waiting_for).toBe('Write')
  expect((await rig.executions.openPermissionsOf(session_id)).map((each) => each.request_id)).toEqual([request_id])
  expect(existsSync(path('once.txt'))).toBe(false)
  expect(await grace.answer({ request_id, behavior: 'allow' })).toEqual({ request_id, status: 'allowed' })
  await heard.task('completed')
  expect(readFileSync(path('once.txt'), 'utf8')).toBe('written')
  const [resolved] = heard.of('permission_resolved')
  expect(resolved).toMatchObject({ request_id, status: 'allowed', user_id: grace.userId, username: 'Grace', scope: 'once', tool_use_id: request.tool_use_id })
  const again = await ada.prompt('write once.txt', { session_id })
  await heard.asked(2)
  await ada.command({ session_id, command: 'interrupt', args: { execution_id: again.execution_id } })
})

test('P4 the audit names who, what input, when and from where, in the commit of the answer', async () => {
  const { heard, request, request_id, session_id } = await asking('audited.txt')
  await grace.answer({ request_id, behavior: 'allow' })
  await heard.task('completed')
  const [row] = await rig.rows<Record<string, any>>("SELECT * FROM audit WHERE action = 'permission.answer' AND session_id = ? ORDER BY id DESC", [session_id])
  expect(row).toMatchObject({ user_id: grace.userId, username: 'Grace', address: '127.0.0.1', agent: 'test' })
  expect(JSON.parse(row!.detail)).toMatchObject({ request_id, tool: 'Write', behavior: 'allow', scope: 'once', input: request.input, tool_use_id: request.tool_use_id })
  const [kept] = await rig.rows<Record<string, any>>('SELECT * FROM permissions WHERE request_id = ?', [request_id])
  expect(Math.abs(kept!.resolved_at - row!.at)).toBeLessThan(100)
  expect(kept!.input_hash).toBe(JSON.parse(row!.detail).input_hash)
})

test('P1 of many answers at once the first wins, the others hear who it was', async () => {
  const { heard, request_id } = await asking('raced.txt')
  const results = await Promise.all([grace, ada, grace, ada].map((who, n) => who.refused(who.answer({ request_id, behavior: n % 2 ? 'deny' : 'allow' }))))
  const refusals = results.filter((each) => each !== null)
  expect(refusals).toHaveLength(3)
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'CONFLICT', options: { details: { status: 'allowed', username: 'Grace', user_id: grace.userId } } })
  await heard.task('completed')
  expect(heard.of('permission_resolved')).toHaveLength(1)
  expect(existsSync(path('raced.txt'))).toBe(true)
})

test('deny tells Claude the reason and writes nothing', async () => {
  const { heard, request_id, session_id } = await asking('denied.txt')
  await grace.answer({ request_id, behavior: 'deny', message: 'not in this folder' })
  await heard.task('completed')
  expect(existsSync(path('denied.txt'))).toBe(false)
  expect(heard.of('permission_resolved')[0]).toMatchObject({ status: 'denied', message: 'not in this folder' })
  const told = rig.api.requests.findLast((request) => request.prompt.includes('write denied.txt'))
  expect(JSON.stringify(told!.body.messages)).toContain('not in this folder')
  expect((await heard.state('idle')).session_id).toBe(session_id)
})

test('P5 an edited input is what the tool gets, is told with the answer, and stands in the audit, a long one cut', async () => {
  const wanted = 'what Grace wanted '.repeat(1_000)
  const { heard, request, request_id, session_id } = await asking('edited.txt')
  await grace.answer({ request_id, behavior: 'allow', updated_input: { ...request.input, content: wanted } })
  await heard.task('completed')
  expect(readFileSync(path('edited.txt'), 'utf8')).toBe(wanted)
  expect(heard.of('permission_resolved')[0]).toMatchObject({ status: 'allowed', scope: 'once', updated_input: { content: wanted } })
  const [row] = await rig.rows<Record<string, any>>("SELECT detail FROM audit WHERE action = 'permission.answer' AND session_id = ? ORDER BY id DESC", [session_id])
  expect(JSON.parse(row!.detail).updated_input).toMatch(/^\{"file_path".{16000,16400}…$/)
})

test('P3 "for this session" holds in this process and the next one, and nowhere else', async () => {
  const { heard, request_id, session_id } = await asking('session-1.txt', await rig.begin(ada))
  await grace.answer({ request_id, behavior: 'allow', scope: 'session' })
  await heard.task('completed')
  rig.when('write two more').use('Write', { file_path: path('session-2.txt'), content: 'x' }).say('second is there')
  const second = await ada.prompt('write two more', { session_id })
  await heard.text('second is there')
  await heard.task('completed', second.execution_id)
  await ada.command({ session_id, command: 'stop_process' })
  rig.when('write the third').use('Write', { file_path: path('session-3.txt'), content: 'x' }).say('third is there')
  await ada.prompt('write the third', { session_id })
  await heard.text('third is there')
  expect(heard.of('permission_request')).toHaveLength(1)
  expect(existsSync(path('session-3.txt'))).toBe(true)
  const other = await asking('elsewhere.txt')
  await ada.answer({ request_id: other.request_id, behavior: 'deny' })
  expect(await rig.rows('SELECT DISTINCT session_id FROM permission_rules')).toEqual([{ session_id }])
})

test('"always" needs the owner of the workspace, and then holds in sessions that run already', async () => {
  rig.when('run the tests').use('Bash', { command: 'touch always-ran', description: 'runs' }).say('ran')
  const other = await ada.prompt('a session that runs already')
  const heardOther = await rig.session(other.session_id)
  await heardOther.task('completed')
  const first = await ada.prompt('run the tests')
  const heard = await rig.session(first.session_id)
  const request = await heard.asked()
  expect(request.suggestions.length).toBeGreaterThan(0)
  const answer = { request_id: request.request_id, behavior: 'allow' as const, scope: 'always' as const }
  expect((await grace.refused(grace.answer(answer)))?.code).toBe('FORBIDDEN')
  expect((await ada.refused(ada.answer({ ...answer, rule: { tool: 'Bash' } })))?.code).toBe('VALIDATION')
  await ada.answer({ ...answer, rule: request.suggestions[0] })
  await heard.task('completed')
  expect(heard.of('permission_resolved')[0]).toMatchObject({ scope: 'always', rule: { tool: 'Bash' } })
  const again = await ada.prompt('run the tests', { session_id: other.session_id })
  await heardOther.task('completed', again.execution_id)
  expect(heardOther.of('permission_request')).toEqual([])
})

test('P3 a rule given in the moment in which another session begins its turn is not asked about in that turn', async () => {
  rig.when('in this moment').use('Bash', { command: 'touch moment-ran', description: 'runs' }).say('ran')
  const other = await ada.prompt('one that is at rest')
  const heardOther = await rig.session(other.session_id)
  await heardOther.task('completed')
  const first = await ada.prompt('in this moment')
  const { request_id, suggestions } = await (await rig.session(first.session_id)).asked()
  // The rule's way to the other process is longer than the beginning of the turn there.
  const { query } = rig.storage
  const [onItsWay, arrives] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  rig.storage.query = async (sql, params) => {
    if (sql.includes('FROM permission_rules') && params?.[1] === other.session_id) {
      rig.storage.query = query
      onItsWay.resolve()
      await arrives.promise
    }
    return query(sql, params)
  }
  await ada.answer({ request_id, behavior: 'allow', scope: 'always', rule: suggestions[0] })
  await onItsWay.promise
  const { execution_id } = await ada.prompt('in this moment', { session_id: other.session_id })
  const ends = heardOther.task('completed', execution_id)
  await Promise.race([ends, heardOther.asked()])
  arrives.resolve()
  expect(heardOther.of('permission_request')).toEqual([])
  await ends
})

test('a question gets its answers, one text for each', async () => {
  const questions = [
    { question: 'Which colour?', header: 'Colour', multiSelect: false, options: [{ label: 'Red', description: 'r' }, { label: 'Blue', description: 'b' }] },
    { question: 'Which sizes?', header: 'Sizes', multiSelect: true, options: [{ label: 'S', description: 's' }, { label: 'M', description: 'm' }] },
  ]
  rig.when('ask me').use('AskUserQuestion', { questions }).say('thank you')
  const { session_id } = await ada.prompt('ask me')
  const heard = await rig.session(session_id)
  const request = await heard.asked()
  expect(request.kind).toBe('question')
  expect((await grace.refused(grace.answer({ request_id: request.request_id, behavior: 'allow' })))?.code).toBe('VALIDATION')
  await grace.answer({ request_id: request.request_id, behavior: 'allow', answers: { 'Which colour?': 'Blue', 'Which sizes?': ['S', 'M'] } })
  await heard.task('completed')
  expect(heard.of('permission_resolved')[0]!.answers).toEqual({ 'Which colour?': 'Blue', 'Which sizes?': 'S, M' })
  const told = JSON.stringify(rig.api.requests.findLast((each) => each.prompt.includes('ask me'))!.body.messages)
  expect(told).toContain('Blue')
  expect(told).toContain('S, M')
})

test('a plan that is approved ends the plan mode, for every later process too', async () => {
  rig.when('make a plan').use('ExitPlanMode', { plan: '1. write' }).say('going on')
  const { session_id } = await ada.prompt('hello planner')
  const heard = await rig.session(session_id)
  await heard.task('completed')
  await grace.command({ session_id, command: 'set_permission_mode', args: { permission_mode: 'plan' } })
  const planned = await ada.prompt('make a plan', { session_id })
  const request = await heard.asked()
  expect(request.kind).toBe('plan')
  await grace.answer({ request_id: request.request_id, behavior: 'allow', scope: 'session' })
  await heard.task('completed', planned.execution_id)
  expect((await heard.state('idle')).permission_mode).toBe('acceptEdits')
  rig.when('now edit').use('Write', { file_path: path('after-plan.txt'), content: 'x' }).say('edited')
  const edited = await ada.prompt('now edit', { session_id })
  await heard.task('completed', edited.execution_id)
  expect(heard.of('permission_request')).toHaveLength(1)
})

test('an interrupted turn withdraws what it asked; the answer then comes too late', async () => {
  const { heard, request_id, session_id, execution_id } = await asking('withdrawn.txt')
  await ada.command({ session_id, command: 'interrupt', args: { execution_id } })
  await heard.task('interrupted')
  expect(heard.of('permission_resolved')[0]).toMatchObject({ request_id, status: 'withdrawn' })
  expect((await grace.refused(grace.answer({ request_id, behavior: 'allow' })))).toMatchObject({ code: 'CONFLICT', options: { details: { status: 'withdrawn', username: null } } })
  expect(existsSync(path('withdrawn.txt'))).toBe(false)
  expect(await rig.executions.openPermissionsOf(session_id)).toEqual([])
})

test('send now withdraws what the interrupted turn asked', async () => {
  const { heard, request_id, session_id } = await asking('overtaken.txt')
  const next = await ada.prompt('rather this', { session_id })
  await ada.queue({ session_id, message_id: next.message_id, action: 'send_now' })
  await heard.task('completed', next.execution_id)
  expect(heard.of('permission_resolved')[0]).toMatchObject({ request_id, status: 'withdrawn' })
})

test('who may not answer cannot, and a request of another session is not found', async () => {
  const { heard, request_id, session_id } = await asking('guarded.txt', await rig.begin(ada))
  const viewer = await rig.person('Vera', 'viewer')
  expect((await viewer.refused(viewer.answer({ request_id, behavior: 'allow' })))?.code).toBe('FORBIDDEN')
  expect((await ada.refused(ada.answer({ request_id, session_id: 'another', behavior: 'allow' })))?.code).toBe('NOT_FOUND')
  expect((await ada.refused(ada.answer({ request_id: 'nothing', behavior: 'allow' })))?.code).toBe('NOT_FOUND')
  await ada.command({ session_id, command: 'set_visibility', args: { visibility: 'private' } })
  expect((await grace.refused(grace.answer({ request_id, behavior: 'allow' })))?.code).toBe('NOT_FOUND')
  await ada.answer({ request_id, behavior: 'deny' })
  await heard.task('completed')
})
