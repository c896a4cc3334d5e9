// Processes that die and relays that restart: every prompt has its end, every question its answer, nothing runs twice.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PermissionRequest } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { decide, hashOfInput } from '../../../relay/executions/permission-request.ts'
import { insertRequest, resolveRequest } from '../../../relay/executions/rows.ts'
import { eventually } from '../../support/eventually.ts'
import { startExecutions, type Rig } from '../../support/start-executions.ts'

async function withRig(run: (rig: Rig) => Promise<Rig | void>): Promise<void> {
  const first = await startExecutions()
  const last = (await run(first)) ?? first
  await last.stop()
}

async function pidOf(rig: Rig, sessionId: string): Promise<number> {
  const pid = () => rig.claude.stats().processes.find((each) => each.sessionId === sessionId)?.pid
  await eventually('a process was started', () => Boolean(pid()))
  return pid()!
}
const kill = async (rig: Rig, sessionId: string) => process.kill(await pidOf(rig, sessionId), 'SIGKILL')
/** What became of each turn of a session, in the order in which they came. */
const turnsIn = (rig: Rig, sessionId: string) =>
  rig.rows<{ id: string; status: string; username: string; continued_by: string | null; metadata: string | null; without_deltas: number }>(
    'SELECT id, status, username, continued_by, metadata, without_deltas FROM executions WHERE session_id = ? ORDER BY created_at, id',
    [sessionId],
  )
const turnsOf = (rig: Rig, prompt: string) => rig.api.requests.filter((request) => request.kind === 'turn' && request.prompt.includes(prompt))

test('a process killed while it writes: the text so far stays, the queue is held, the next prompt goes on in the same conversation', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const begun = await ada.prompt('first we say hello')
    const { session_id } = begun
    const heard = await rig.session(session_id)
    await heard.task('completed')
    rig.when('tell a story').say('and so it went on '.repeat(200), { chunkChars: 8, everyMs: 10 })
    const story = await ada.prompt('tell a story', { session_id })
    await heard.until(({ type, data }) => type === 'claude_response' && data.stream && data.execution_id === story.execution_id && data.offset > 20, 'some of the story')
    const next = await ada.prompt('what now', { session_id })
    await kill(rig, session_id)
    expect(await heard.task('interrupted')).toMatchObject({ execution_id: story.execution_id, reason: 'process_died' })
    const block = heard.of('claude_response').at(-1)!
    expect(block).toMatchObject({ execution_id: story.execution_id, interrupted: true })
    expect('and so it went on '.repeat(200)).toStartWith(block.content)
    expect(block.content.length).toBeGreaterThan(20)
    await heard.state('held')
    expect((await rig.executions.queueOf(session_id)).held_by).toEqual({ reason: 'crash' })
    await ada.command({ session_id, command: 'continue' })
    await heard.task('completed', next.execution_id)
    expect(JSON.stringify(turnsOf(rig, 'what now')[0]!.body.messages)).toContain('first we say hello')
  }))

test('a process that dies before it takes the prompt gets one more try, and the prompt one turn', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    rig.when('try again').say('Second time lucky.')
    const prompted = await ada.prompt('try again')
    await kill(rig, prompted.session_id)
    const heard = await rig.session(prompted.session_id)
    await heard.text('Second time lucky.')
    await heard.task('completed', prompted.execution_id)
    expect(turnsOf(rig, 'try again')).toHaveLength(1)
    expect(heard.of('task').map((each) => each.status)).toEqual(['running', 'completed'])
    expect(heard.of('message')).toHaveLength(1)
  }))

test('P2, G1 a question outlives its process: allowed later by somebody else, the call happens exactly once, in a turn of whoever asked first', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const grace = await rig.person('Grace')
    const path = join(rig.folder, 'later.txt')
    rig.when('write it later').use('Write', { file_path: path, content: 'at last' }).say('never comes')
    rig.when('has now allowed it').use('Write', { file_path: path, content: 'at last' }).say('went on')
    const { session_id, execution_id } = await ada.prompt('write it later')
    const heard = await rig.session(session_id)
    const { request_id } = await heard.asked()
    await kill(rig, session_id)
    await heard.task('interrupted', execution_id)
    expect((await heard.state('waiting')).session_id).toBe(session_id)
    expect((await rig.executions.openPermissionsOf(session_id)).map((each) => each.request_id)).toEqual([request_id])
    expect(await grace.answer({ request_id, behavior: 'allow' })).toEqual({ request_id, status: 'allowed' })
    await heard.text('went on')
    await heard.state('idle')
    expect(readFileSync(path, 'utf8')).toBe('at last')
    expect(heard.of('permission_request')).toHaveLength(1)
    expect(heard.of('progress').filter((each) => each.progress_type === 'tool_end' && !each.is_error)).toHaveLength(1)
    const relayed = heard.of('message').at(-1)!
    expect(relayed).toMatchObject({ role: 'relay', user_id: grace.userId })
    expect(await heard.log('continued')).toMatchObject({ args: { tool: 'Write', username: 'Grace', allowed: true }, execution_id: relayed.execution_id })
    // The two turns name each other; the work, its cost and the word of its end stay with whoever began it.
    const { execution_id: next } = relayed
    expect(await heard.task('completed', next)).toMatchObject({ user_id: ada.userId, username: 'Ada', continues: [execution_id] })
    expect(heard.of('task').find((each) => each.execution_id === next)).toMatchObject({ status: 'running', continues: [execution_id] })
    expect(heard.of('task').filter((each) => each.execution_id === execution_id).at(-1)).toMatchObject({ status: 'interrupted' })
    expect(await rig.executions.execution(ada, execution_id)).toMatchObject({ status: 'interrupted', continued_by: next, continues: [] })
    expect(await rig.executions.execution(ada, next)).toMatchObject({ status: 'completed', user_id: ada.userId, continued_by: null, continues: [execution_id] })
    expect((await rig.executions.list(ada, { session_id })).executions.map((each) => [each.execution_id, each.continued_by, each.continues])).toEqual([[next, null, [execution_id]], [execution_id, next, []]])
    expect(await rig.rows('SELECT DISTINCT user_id FROM usage WHERE execution_id = ?', [next])).toEqual([{ user_id: ada.userId }])
    const word = await (await rig.user(ada)).until(({ type, data }) => type === 'finished' && data.execution_id === next, 'the word to Ada')
    expect(word.data).toMatchObject({ status: 'completed' })
    const audits = await rig.rows<{ username: string }>("SELECT username FROM audit WHERE action = 'permission.answer'")
    expect(audits).toEqual([{ username: 'Grace' }])
    // The pass is used up: the same call asks again.
    rig.when('write once more').use('Write', { file_path: path, content: 'at last' }).say('no')
    await ada.prompt('write once more', { session_id })
    await heard.asked(2)
  }))

test('P2 a process that dies with an Allow it has not confirmed: the call may have run, so Claude is told that and people are asked again', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const path = join(rig.folder, 'perhaps.txt')
    rig.when('write it perhaps').use('Write', { file_path: path, content: 'perhaps' }).say('never comes')
    rig.when('It may have run or not').use('Write', { file_path: path, content: 'perhaps' }).say('it is there')
    const { session_id, execution_id } = await ada.prompt('write it perhaps')
    const heard = await rig.session(session_id)
    const { request_id } = await heard.asked()
    process.kill(await pidOf(rig, session_id), 'SIGSTOP')
    await ada.answer({ request_id, behavior: 'allow' })
    await kill(rig, session_id)
    expect(await heard.task('interrupted', execution_id)).toMatchObject({ reason: 'process_died' })
    const second = await heard.asked(2)
    expect(existsSync(path)).toBe(false)
    await ada.answer({ request_id: second.request_id, behavior: 'allow' })
    await heard.text('it is there')
    expect(readFileSync(path, 'utf8')).toBe('perhaps')
    expect(heard.of('message').map((each) => each.role)).toEqual(['user', 'relay'])
  }))

test('P2 denied later: Claude hears the reason, and nothing is written', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const path = join(rig.folder, 'denied-later.txt')
    rig.when('write and wait').use('Write', { file_path: path, content: 'x' }).say('never')
    const { session_id, execution_id } = await ada.prompt('write and wait')
    const heard = await rig.session(session_id)
    const { request_id } = await heard.asked()
    await kill(rig, session_id)
    await heard.task('interrupted', execution_id)
    await ada.answer({ request_id, behavior: 'deny', message: 'better not' })
    const relayed = await heard.until(({ type, data }) => type === 'message' && data.role === 'relay', 'the prompt of the relay')
    await heard.task('completed', relayed.data.execution_id)
    expect(turnsOf(rig, 'better not')).toHaveLength(1)
    expect(existsSync(path)).toBe(false)
  }))

test('the same question asked anew takes the place of the one whose process is gone', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const path = join(rig.folder, 'anew.txt')
    rig.when('write anew').use('Write', { file_path: path, content: 'x' }).say('written anew')
    const { session_id } = await ada.prompt('write anew')
    const heard = await rig.session(session_id)
    const first = await heard.asked()
    await kill(rig, session_id)
    await heard.task('interrupted')
    await ada.prompt('write anew, please', { session_id })
    const second = await heard.asked(2)
    expect(await heard.resolved(first.request_id)).toMatchObject({ status: 'withdrawn' })
    await ada.answer({ request_id: second.request_id, behavior: 'allow' })
    await heard.text('written anew')
    expect(existsSync(path)).toBe(true)
  }))

test('P2 a late permission is for the turn that brings it: what was not called in it asks again', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const path = join(rig.folder, 'not-used.txt')
    rig.when('write it some day').use('Write', { file_path: path, content: 'x' }).say('never')
    rig.when('has now allowed it').say('I have changed my mind')
    const { session_id, execution_id } = await ada.prompt('write it some day')
    const heard = await rig.session(session_id)
    const { request_id } = await heard.asked()
    await kill(rig, session_id)
    await heard.task('interrupted', execution_id)
    await ada.answer({ request_id, behavior: 'allow' })
    await heard.text('I have changed my mind')
    await heard.state('idle')
    await ada.prompt('write it some day after all', { session_id })
    await heard.asked(2)
    expect(existsSync(path)).toBe(false)
  }))

test('P2 answers that come while something else runs go in one prompt, shown as the relay\'s, and all of them pass', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const files = ['first', 'second', 'third'].map((name) => ({ name, input: { file_path: join(rig.folder, `${name}-late.txt`), content: name } }))
    for (const { name, input } of files) rig.when(`write the ${name}`).use('Write', input).say('never')
    rig.when('has now allowed it').use('Write', files[0]!.input).use('Write', files[1]!.input).use('Write', files[2]!.input).say('all three are there')
    const gate = createGate()
    rig.when('meanwhile').hold(gate).say('done')
    let session_id: string | undefined
    const requests: string[] = []
    for (const [n, { name }] of files.entries()) {
      const prompted = await ada.prompt(`write the ${name}`, { session_id })
      session_id = prompted.session_id
      const heard = await rig.session(session_id)
      requests.push((await heard.asked(n + 1)).request_id)
      await kill(rig, session_id)
      await heard.task('interrupted', prompted.execution_id)
    }
    const cut = (await turnsIn(rig, session_id!)).map(({ id }) => id)
    await rig.storage.commit({ statements: [{ sql: "UPDATE executions SET metadata = '{\"job\":7}', without_deltas = 1 WHERE id = ?", params: [cut[1]!] }] })
    await ada.prompt('meanwhile', { session_id })
    await gate.reached
    for (const request_id of requests) await ada.answer({ request_id, behavior: 'allow' })
    expect((await rig.executions.queueOf(session_id!)).items).toMatchObject([{ role: 'relay', username: 'Ada', content: '' }])
    const [next] = (await turnsIn(rig, session_id!)).filter(({ status }) => status === 'pending')
    expect((await turnsIn(rig, session_id!)).slice(0, 3).map(({ id, continued_by }) => [id, continued_by])).toEqual(cut.map((id) => [id, next!.id]))
    expect(next).toMatchObject({ metadata: '{"job":7}', without_deltas: 1 })
    expect(await rig.executions.execution(ada, next!.id)).toMatchObject({ status: 'pending', continues: cut, metadata: { job: 7 } })
    gate.open()
    const heard = await rig.session(session_id!)
    await heard.text('all three are there')
    expect(heard.of('task').flatMap((each) => (each.execution_id === next!.id ? [[each.status, each.continues]] : [])).slice(0, 2)).toEqual([['pending', [cut[0]!]], ['running', cut]])
    expect(heard.of('message').filter(({ role }) => role === 'relay')).toHaveLength(1)
    expect(heard.of('permission_request')).toHaveLength(3)
    for (const { input } of files) expect(readFileSync(input.file_path, 'utf8')).toBe(input.content)
  }), 60_000)

test('P2, G1 two answers to one turn that has ended, one after the other: each turn leads to the next; a person who may not prompt there any more pays for none', () =>
  withRig(async (before) => {
    const ada = await before.person('Ada', 'admin')
    const grace = await before.person('Grace')
    const inputs = ['one', 'two'].map((name) => ({ file_path: join(before.folder, `${name}-apart.txt`), content: name }))
    before.when('write apart').use('Write', inputs[0]).say('never')
    const { session_id } = await ada.prompt('begin', {})
    const { execution_id } = await grace.prompt('write apart', { session_id })
    const request = (await (await before.session(session_id)).asked()) as PermissionRequest
    // As if two calls had asked together.
    const other = { ...request, request_id: 'other', tool_use_id: 'other', input: inputs[1] }
    await before.storage.commit({ statements: [insertRequest(other, hashOfInput(other.input), Date.now())] })
    await before.stop({ keep: true })

    const rig = await startExecutions({ after: before })
    const again = await rig.person('Ada')
    const gate = createGate()
    rig.when('one-apart.txt').hold(gate).say('the first is there')
    rig.when('better not this one').say('the second is not')
    await again.answer({ request_id: request.request_id, behavior: 'allow' })
    await gate.reached
    // The one who asked is removed between the two answers: what was begun as theirs stays theirs.
    await rig.sessions.removePerson({ who: again, answering: () => ({ committed: () => undefined }) }, session_id, grace.userId)
    await again.answer({ request_id: 'other', behavior: 'deny', message: 'better not this one' })
    gate.open()
    const heard = await rig.session(session_id)
    await heard.text('the second is not')
    const [, first, second, third] = await turnsIn(rig, session_id)
    await heard.task('completed', third!.id)
    expect([first, second, third].map((each) => [each!.username, each!.continued_by])).toEqual([['Grace', second!.id], ['Grace', third!.id], ['Ada', null]])
    expect(first!.id).toBe(execution_id)
    expect(await rig.rows('SELECT DISTINCT execution_id, username FROM usage WHERE execution_id IN (?, ?) ORDER BY username', [second!.id, third!.id])).toEqual([
      { execution_id: third!.id, username: 'Ada' },
      { execution_id: second!.id, username: 'Grace' },
    ])
    return rig
  }), 60_000)

test('P2 several answers that a crash caught on their way are all handed on by themselves, although the queue is held', () =>
  withRig(async (before) => {
    const ada = await before.person('Ada', 'admin')
    const inputs = ['one', 'two'].map((name) => ({ file_path: join(before.folder, `${name}-owed.txt`), content: name }))
    before.when('write both').use('Write', inputs[0]).say('never')
    before.when('has now allowed it').use('Write', inputs[0]).use('Write', inputs[1]).say('both are there')
    const { session_id, execution_id } = await ada.prompt('write both')
    const request = (await (await before.session(session_id)).asked()) as PermissionRequest
    await ada.prompt('after both', { session_id })
    // As if two calls had asked together, and the relay had died in the moment in which both were allowed.
    const other = { ...request, request_id: 'other', tool_use_id: 'other', input: inputs[1] }
    const decision = decide(request, { request_id: request.request_id, behavior: 'allow' })
    const owed = { status: 'allowed', by: { userId: ada.userId, name: 'Ada' }, decision, pass: 'owed' } as const
    await before.storage.commit({ statements: [insertRequest(other, hashOfInput(other.input), Date.now()), ...[request, other].map(({ request_id }) => resolveRequest(request_id, owed, Date.now()))] })
    await before.stop({ keep: true })
    const rig = await startExecutions({ after: before })
    const heard = await rig.session(session_id)
    await heard.text('both are there')
    expect(heard.of('message').map(({ role, content }) => [role, inputs.filter(({ file_path }) => content.includes(file_path)).length])).toEqual([['user', 0], ['relay', 2]])
    expect(heard.of('permission_request')).toHaveLength(1)
    const [first, , next] = await turnsIn(rig, session_id)
    expect([first!.id, first!.continued_by]).toEqual([execution_id, next!.id])
    for (const { file_path, content } of inputs) expect(readFileSync(file_path, 'utf8')).toBe(content)
    await heard.state('held')
    expect((await rig.executions.queueOf(session_id)).items.map(({ content }) => content)).toEqual(['after both'])
    return rig
  }))

test('without a CLI a prompt fails and says why, and what waits is held', async () => {
  const rig = await startExecutions({ bin: '/nowhere/claude' })
  try {
    const ada = await rig.person('Ada', 'admin')
    const first = await ada.prompt('is anybody there')
    const second = await ada.prompt('and now', { session_id: first.session_id })
    const heard = await rig.session(first.session_id)
    const failed = await heard.task('failed', first.execution_id)
    expect(failed.error.code).toBe('CLAUDE_UNAVAILABLE')
    await heard.state('held')
    // The card shows the trace: an operator finds the failure by it.
    expect(rig.lines.filter((line) => line['trace_id'] === failed.trace_id && line['event'] === 'executions.turn_failed')).toMatchObject([{ executionId: first.execution_id, code: 'CLAUDE_UNAVAILABLE' }])
    expect((await rig.executions.queueOf(first.session_id)).items.map((each) => each.message_id)).toEqual([second.message_id])
  } finally {
    await rig.stop()
  }
})

test('a session that is deleted takes its turn, its process, its queue and its questions with it', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    rig.when('write before the end').use('Write', { file_path: join(rig.folder, 'deleted.txt'), content: 'x' }).say('never')
    const { session_id, execution_id } = await ada.prompt('write before the end')
    const heard = await rig.session(session_id)
    await heard.asked()
    const waiting = await ada.prompt('never runs', { session_id })
    await rig.sessions.remove({ who: ada, answering: () => ({ committed: () => undefined }) }, session_id, { purge: false })
    await heard.task('interrupted', execution_id)
    await heard.task('cancelled', waiting.execution_id)
    expect(rig.claude.stats().processes).toEqual([])
    expect(await rig.rows('SELECT * FROM queued_prompts')).toEqual([])
    expect(await rig.rows("SELECT status FROM permissions WHERE status = 'open'")).toEqual([])
    expect((await ada.refused(ada.prompt('still there?', { session_id })))?.code).toBe('NOT_FOUND')
    expect(rig.lines.filter((line) => line['level'] === 'error')).toEqual([])
  }))

test('a restart: what ran is interrupted and told, what was asked is still asked, what waits is held; then all goes on', () =>
  withRig(async (before) => {
    const ada = await before.person('Ada', 'admin')
    const path = join(before.folder, 'restart.txt')
    before.when('write across').use('Write', { file_path: path, content: 'x' }).say('never')
    before.when('has now allowed it').use('Write', { file_path: path, content: 'x' }).say('went on after the restart')
    const gate = createGate()
    before.when('hold across').hold(gate).say('never')
    const asking = await ada.prompt('write across')
    const heardBefore = await before.session(asking.session_id)
    const { request_id } = await heardBefore.asked()
    const running = await ada.prompt('hold across')
    await gate.reached
    const waiting = await ada.prompt('comes after', { session_id: running.session_id })
    const stopping = before.stop({ keep: true })
    expect((await ada.refused(ada.prompt('too late')))?.code).toBe('DRAINING')
    await stopping

    const rig = await startExecutions({ after: before })
    const grace = await rig.person('Grace')
    const adaAgain = await rig.person('Ada')
    const other = await rig.session(running.session_id)
    expect(await other.task('interrupted', running.execution_id)).toMatchObject({ reason: 'relay_restart' })
    const queue = await rig.executions.queueOf(running.session_id)
    expect([queue.items.map((each) => each.message_id), queue.held_by?.reason]).toEqual([[waiting.message_id], 'crash'])
    await adaAgain.command({ session_id: running.session_id, command: 'continue' })
    await other.task('completed', waiting.execution_id)
    expect(turnsOf(rig, 'hold across')).toHaveLength(1)

    const heard = await rig.session(asking.session_id)
    expect(await heard.task('interrupted', asking.execution_id)).toMatchObject({ reason: 'relay_restart' })
    await heard.state('waiting')
    await grace.answer({ request_id, behavior: 'allow' })
    await heard.text('went on after the restart')
    expect(readFileSync(path, 'utf8')).toBe('x')
    expect(heard.of('permission_request')).toHaveLength(1)
    return rig
  }))

test('Q3 after a crash between two turns the queue goes on by itself; a held one stays held', () =>
  withRig(async (before) => {
    const ada = await before.person('Ada', 'admin')
    const gate = createGate()
    before.when('hold it').hold(gate).say('done')
    const sessions: string[] = []
    for (const words of ['hold it first', 'hold it second']) {
      const { session_id, execution_id } = await ada.prompt(words)
      sessions.push(session_id)
      await ada.prompt(`after ${words}`, { session_id })
      await ada.command({ session_id, command: 'hold' })
      const heard = await before.session(session_id)
      gate.open()
      await heard.task('completed', execution_id)
      await heard.state('held')
    }
    // As if the relay had died in the moment between two turns of the first one.
    await before.storage.commit({ statements: [{ sql: 'UPDATE sessions SET held_reason = NULL, held_by = NULL WHERE id = ?', params: [sessions[0]!] }] })
    await before.stop({ keep: true })
    const rig = await startExecutions({ after: before })
    const [goesOn, held] = [await rig.session(sessions[0]!), await rig.session(sessions[1]!)]
    const { execution_id } = await goesOn.message('after hold it first')
    await goesOn.task('completed', execution_id)
    expect(held.of('message').map((each) => each.content)).toEqual(['hold it second'])
    expect((await rig.executions.queueOf(sessions[1]!)).held_by).toMatchObject({ reason: 'person', username: 'Ada' })
    return rig
  }))

test('T1 the todo list says how far a turn is, and outlives the relay: a single change after the restart changes the list that was there, a cleared one is gone', () =>
  withRig(async (before) => {
    before.when('plan it').use('TaskCreate', { subject: 'Read', description: 'r' }).use('TaskCreate', { subject: 'Write', description: 'w' }).use('TaskCreate', { subject: 'Look', description: 'l' }).use('TaskUpdate', { taskId: '3', status: 'completed' }).say('planned')
    before.when('first one done').use('TaskUpdate', { taskId: '1', status: 'completed' }).say('noted')
    before.when('anew').use('TaskCreate', { subject: 'Other', description: 'o' }).say('begun anew')
    const ada = await before.person('Ada', 'admin')
    const { session_id } = await ada.prompt('plan it')
    const planning = await before.session(session_id)
    await planning.text('planned')
    await planning.task('completed')
    expect(planning.of('task').map(({ status, progress }) => `${status} ${progress}`)).toEqual(['running 0', 'running 0.33', 'completed 1'])
    await before.stop({ keep: true })

    const after = await startExecutions({ after: before })
    const again = await after.person('Ada', 'admin')
    const heard = await after.session(session_id)
    const told = () => heard.of('progress').findLast((each) => each.edit_info?.type === 'todo' && each.progress_type === 'tool_end')!.edit_info.todos.map((each: { id: string; content: string; status: string }) => `${each.id} ${each.content} ${each.status}`)
    const { execution_id } = await again.prompt('first one done', { session_id })
    await heard.task('completed', execution_id)
    expect(told()).toEqual(['1 Read completed', '2 Write pending', '3 Look completed'])
    await again.command({ session_id, command: 'clear' })
    await after.stop({ keep: true })

    const last = await startExecutions({ after: before })
    const once = await last.person('Ada', 'admin')
    const hearing = await last.session(session_id)
    await once.prompt('anew', { session_id })
    await hearing.text('begun anew')
    expect(hearing.of('progress').findLast((each) => each.edit_info?.type === 'todo')!.edit_info.todos).toMatchObject([{ content: 'Other', status: 'pending' }])
    return last
  }), 60_000)
