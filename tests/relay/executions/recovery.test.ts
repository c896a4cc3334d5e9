// Processes that die and relays that restart: every prompt has its end, every question its answer, nothing runs twice.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGate } from '../../../relay/demo/script.ts'
import { startExecutions, type Rig } from '../../support/start-executions.ts'
import { kill, turnsOf, withRig } from './killed-processes.ts'

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

test('G1 a turn whose end the relay did not live to keep counts as the CLI wrote it down, with what agents did since the one before; after a restore it does not', () =>
  withRig(async (before) => {
    const looking = createGate()
    before.when('look around').use('Agent', { description: 'Look', prompt: 'look everywhere', subagent_type: 'general-purpose', model: 'haiku' }).say('It is looking.')
    before.when('look everywhere').hold(looking).use('Bash', { command: 'true' }).say('Nothing there.')
    before.when('<task-notification>').say('It has looked.')
    before.when('of old').say('Long ago.')
    const ada = await before.person('Ada', 'admin')
    const old = await ada.prompt('of old')
    await (await before.session(old.session_id)).task('completed')
    const { session_id, execution_id } = await ada.prompt('look around')
    const heard = await before.session(session_id)
    await heard.task('completed', execution_id)
    looking.open()
    const { data: own } = await heard.until(({ type, data }) => type === 'task' && data.origin === 'background' && data.status === 'completed', 'the turn that tells of it')
    const used = (rig: Rig) => rig.rows<object>('SELECT execution_id, user_id, model, input_tokens, output_tokens, cost_micros FROM usage ORDER BY execution_id, model')
    const told = await used(before)
    await before.stop({ keep: true })

    const kept = await startExecutions({ after: before })
    const [begun] = await kept.rows<{ at: number }>('SELECT started_at AS at FROM executions WHERE id = ?', [execution_id])
    // As if the relay had died in the moment in which each of the two ended.
    const died = [old.execution_id, own.execution_id as string]
    const reopened = died.flatMap((id) => [{ sql: "UPDATE executions SET status = 'running', ended_at = NULL, stats = NULL WHERE id = ?", params: [id] }, { sql: 'DELETE FROM usage WHERE execution_id = ?', params: [id] }])
    const restored = { sql: "INSERT INTO audit (at, username, action, detail) VALUES (?, '', 'relay.restore', '{}')", params: [begun!.at] }
    await kept.storage.commit({ statements: [...reopened, restored] })
    expect(await used(kept)).toHaveLength(1)
    await kept.stop({ keep: true })
    const last = await startExecutions({ after: before })
    expect(await used(last)).toEqual(told.filter((each) => !Object.values(each).includes(old.execution_id)))
    expect(await last.rows('SELECT model, estimated FROM usage WHERE execution_id = ? ORDER BY model', [own.execution_id as string])).toEqual([{ model: 'claude-haiku-5-5', estimated: 1 }, { model: 'claude-opus-5-5', estimated: 1 }])
    return last
  }), 60_000)
