// Questions whose process is gone: each is answered once, by whoever is first, and its work goes on in a turn that is found from the one before.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PermissionRequest } from '#protocol'
import { createGate } from '../../../relay/demo/script.ts'
import { decide, hashOfInput } from '../../../relay/executions/permission-request.ts'
import { insertRequest, readQueue, resolveRequest } from '../../../relay/executions/rows.ts'
import { startExecutions, type Rig } from '../../support/start-executions.ts'
import { kill, pidOf, turnsOf, withRig } from './killed-processes.ts'

/** What became of each turn of a session, in the order in which they came. */
const turnsIn = (rig: Rig, sessionId: string) =>
  rig.rows<{ id: string; status: string; username: string; continued_by: string | null; metadata: string | null; without_deltas: number }>(
    'SELECT id, status, username, continued_by, metadata, without_deltas FROM executions WHERE session_id = ? ORDER BY created_at, id',
    [sessionId],
  )

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
    for (const id of cut) await rig.storage.commit({ statements: [{ sql: "UPDATE executions SET metadata = '{\"job\":7}', without_deltas = ? WHERE id = ?", params: [id === cut[1] ? 1 : 0, id] }] })
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

test('P2, G1 answers to the work of several people, or with other metadata, go in prompts of their own, one after another: each is theirs, what Claude had begun by itself of whoever was before it, and none is void before it was brought', () =>
  withRig(async (rig) => {
    const ada = await rig.person('Ada', 'admin')
    const grace = await rig.person('Grace')
    const input = (name: string) => ({ file_path: join(rig.folder, `${name}-own.txt`), content: name })
    const gate = createGate()
    rig.when('meanwhile').hold(gate).say('done')
    const works = [{ name: 'ada', who: ada, metadata: null }, { name: 'grace', who: grace, metadata: null }, { name: 'job', who: ada, metadata: '{"job":7}' }]
    for (const { name } of works) rig.when(`write the ${name}`).use('Write', input(name)).say('never')
    rig.when('ada-own.txt').use('Write', input('ada')).use('Write', input('other')).say('that of Ada is there')
    for (const name of ['grace', 'job']) rig.when(`${name}-own.txt`).use('Write', input(name)).say(`that of ${name} is there`)
    const { session_id } = await ada.prompt('begin')
    const heard = await rig.session(session_id)
    const cut: string[] = []
    const requests: PermissionRequest[] = []
    for (const [n, { name, who, metadata }] of works.entries()) {
      const { execution_id } = await who.prompt(`write the ${name}`, { session_id })
      requests.push((await heard.asked(n + 1)) as PermissionRequest)
      // As if two calls had asked together.
      const other = { ...requests[0]!, request_id: 'other', tool_use_id: 'other', input: input('other') }
      if (n === 0) await rig.storage.commit({ statements: [insertRequest(other, hashOfInput(other.input), Date.now())] })
      await kill(rig, session_id)
      await heard.task('interrupted', execution_id)
      await rig.storage.commit({ statements: [{ sql: 'UPDATE executions SET metadata = ? WHERE id = ?', params: [metadata, execution_id] }] })
      // As if nobody had asked for it; Grace prompts after it.
      if (n === 0) await rig.storage.commit({ statements: [{ sql: "UPDATE executions SET user_id = NULL, username = NULL, message_id = NULL, origin = 'background' WHERE id = ?", params: [execution_id] }] })
      cut.push(execution_id)
    }
    await rig.stop({ keep: true })

    const after = await startExecutions({ after: rig })
    const again = await after.person('Ada')
    await (await after.person('Grace')).prompt('meanwhile', { session_id })
    await gate.reached
    for (const request_id of [...requests.map((each) => each.request_id), 'other']) await again.answer({ request_id, behavior: 'allow' })
    const waiting = (await turnsIn(after, session_id)).filter(({ status }) => status === 'pending')
    expect(waiting.map(({ username, metadata }) => [username, metadata])).toEqual(works.map(({ who, metadata }) => [who.name, metadata]))
    // A relay that starts while they wait knows of each whose it is.
    expect((await readQueue(after.storage, session_id)).map(({ goesOn }) => goesOn)).toEqual(works.map(({ who: { userId, name }, metadata }, n) => ({ after: [cut[n]!], userId, username: name, metadata })))
    const told = await after.session(session_id)
    // The second question of a turn goes where its first one waits already.
    expect(await Promise.all(waiting.map(async ({ id }) => (await after.executions.execution(again, id)).continues))).toEqual(cut.map((id) => [id]))
    gate.open()
    for (const { id } of waiting) await told.task('completed', id)
    expect(told.of('message').flatMap(({ role, execution_id }) => (role === 'relay' ? [execution_id] : []))).toEqual(waiting.map(({ id }) => id))
    for (const name of ['ada', 'other', 'grace', 'job']) expect(readFileSync(input(name).file_path, 'utf8')).toBe(name)
    expect(told.of('permission_request')).toHaveLength(3)
    for (const [n, { id }] of waiting.entries()) expect(await after.rows('SELECT DISTINCT username FROM usage WHERE execution_id = ?', [id])).toEqual([{ username: works[n]!.who.name }])
    return after
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
    // The one who asked may only look on between the two answers: what was begun as theirs stays theirs.
    await rig.sessions.setRole({ who: again, answering: () => ({ committed: () => undefined }) }, session_id, grace.userId, 'viewer')
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
    const grace = await before.person('Grace')
    const inputs = ['one', 'two', 'hers'].map((name) => ({ file_path: join(before.folder, `${name}-owed.txt`), content: name }))
    before.when('write both').use('Write', inputs[0]).say('never')
    before.when('write hers').use('Write', inputs[2]).say('never')
    before.when('one-owed.txt').use('Write', inputs[0]).use('Write', inputs[1]).say('both are there')
    before.when('hers-owed.txt').use('Write', inputs[2]).say('hers is there')
    const { session_id } = await ada.prompt('begin')
    const heardBefore = await before.session(session_id)
    const { execution_id: cutBefore } = await grace.prompt('write hers', { session_id })
    const hers = (await heardBefore.asked()) as PermissionRequest
    await kill(before, session_id)
    await heardBefore.task('interrupted', cutBefore)
    const { execution_id } = await ada.prompt('write both', { session_id })
    const request = (await heardBefore.asked(2)) as PermissionRequest
    await ada.prompt('after both', { session_id })
    // As if two calls had asked together, and the relay had died in the moment in which both were allowed.
    const other = { ...request, request_id: 'other', tool_use_id: 'other', input: inputs[1] }
    const decision = decide(request, { request_id: request.request_id, behavior: 'allow' })
    const owed = { status: 'allowed', by: { userId: ada.userId, name: 'Ada' }, decision, pass: 'owed' } as const
    await before.storage.commit({ statements: [insertRequest(other, hashOfInput(other.input), Date.now()), ...[hers, request, other].map(({ request_id }) => resolveRequest(request_id, owed, Date.now()))] })
    await before.stop({ keep: true })
    const rig = await startExecutions({ after: before })
    const heard = await rig.session(session_id)
    await heard.text('both are there')
    const relayed = heard.of('message').filter(({ role }) => role === 'relay')
    expect(relayed.map(({ content }) => inputs.filter(({ file_path }) => content.includes(file_path)).length)).toEqual([1, 2])
    expect(heard.of('permission_request')).toHaveLength(2)
    const turns = new Map((await turnsIn(rig, session_id)).map((each) => [each.id, each]))
    expect([cutBefore, execution_id].map((id) => turns.get(id)!.continued_by)).toEqual(relayed.map((each) => each.execution_id))
    expect(relayed.map((each) => turns.get(each.execution_id)!.username)).toEqual(['Grace', 'Ada'])
    for (const { file_path, content } of inputs) expect(readFileSync(file_path, 'utf8')).toBe(content)
    await heard.state('held')
    expect((await rig.executions.queueOf(session_id)).items.map(({ content }) => content)).toEqual(['after both'])
    return rig
  }))
