// What goes into a turn and what comes out of it: titles, files, long texts, turns that nobody asked for, parked processes.
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '#protocol'
import { partsOf } from '../../../relay/demo/scripted-request.ts'
import { eventually } from '../../support/eventually.ts'
import { sharedExecutions } from '../../support/shared-executions.ts'
import { startExecutions } from '../../support/start-executions.ts'

const { rig, ada } = await sharedExecutions()

test('a session without a title takes the one of its first prompt, and gives it up to a person', async () => {
  const { session_id } = await ada.prompt('  Fix the login page\nand then the rest')
  const heard = await rig.session(session_id)
  await heard.task('completed')
  expect((await heard.state('idle')).title).toBe('Fix the login page')
  await ada.command({ session_id, command: 'rename', args: { title: 'Login' } })
  await heard.until(({ type, data }) => type === 'session' && data.title === 'Login', 'the new title')
  const next = await ada.prompt('something else entirely', { session_id })
  await heard.task('completed', next.execution_id)
  expect((await heard.state('idle')).title).toBe('Login')
})

test('attached files reach Claude: pictures as pictures, small texts inline, the prompt last', async () => {
  const picture = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), (character) => character.charCodeAt(0))
  const files = [await ada.upload('dot.png', 'image/png', picture), await ada.upload('notes.txt', 'text/plain', new TextEncoder().encode('the notes say 42'))]
  const { session_id } = await ada.prompt('look at these files', { attachments: files })
  const heard = await rig.session(session_id)
  await heard.task('completed')
  expect((await heard.message('look at these files')).attachments.map((each: { filename: string }) => each.filename)).toEqual(['dot.png', 'notes.txt'])
  const messages = rig.api.requests.flatMap((request) => request.body.messages).filter((message) => message.role === 'user')
  const parts = partsOf(messages.find((message) => JSON.stringify(message).includes('look at these files'))!)
  expect(parts.some((part) => part.type === 'image')).toBe(true)
  expect(parts.some((part) => part.type === 'text' && part.text!.includes('the notes say 42'))).toBe(true)
  const stranger = await rig.person('Grace')
  expect((await stranger.refused(stranger.prompt('steal', { attachments: [files[1]!] })))?.code).toBe('NOT_FOUND')
})

test('U4 Claude finds the files of its session under their own names, reads them without asking, changes none, and sees those of no other', async () => {
  const text = (words: string) => new TextEncoder().encode(words)
  const pdf = text('%PDF-1.4\n<</Type/Pages/Count 1>>\n<</Type/Page>>\n%%EOF')
  const files = [await ada.upload('분기 보고서 (최종).pdf', 'application/pdf', pdf), await ada.upload('메모.csv', 'text/csv', text('first,1')), await ada.upload('메모.csv', 'text/csv', text('second,2'))]
  const { session_id } = await ada.prompt('here are three files', { attachments: files })
  const heard = await rig.session(session_id)
  await heard.task('completed')
  const told = rig.api.requests.flatMap((request) => request.body.messages).find((message) => message.role === 'user' && JSON.stringify(message).includes('here are three files'))!
  expect(partsOf(told)).toContainEqual(expect.objectContaining({ type: 'document', title: '분기 보고서 (최종).pdf', source: { type: 'base64', media_type: 'application/pdf', data: Buffer.from(pdf).toString('base64') } }))
  const folder = rig.claude.filesFolder(session_id)
  expect(JSON.stringify(told)).toContain(`${folder}/메모 (2).csv`)
  const other = await ada.prompt('and one elsewhere', { attachments: [await ada.upload('theirs.txt', 'text/plain', text('of another session'))] })
  await (await rig.session(other.session_id)).task('completed')

  const after = (words: string) => rig.api.requests.findLast((request) => request.kind === 'turn' && JSON.stringify(request.body.messages).includes(words))!.body.messages.map((each) => JSON.stringify(each)).join('\n')
  const ask = async (words: string) => heard.task('completed', (await ada.prompt(words, { session_id })).execution_id)
  rig.when('list them').use('Bash', { command: `ls "${folder}"; cat "${folder}/메모 (2).csv"`, description: 'Looks' }).say('listed')
  await ask('list them')
  expect(after('list them')).toContain('second,2')
  rig.when('read one').use('Read', { file_path: join(folder, '메모.csv') }).say('read')
  await ask('read one')
  expect(after('read one')).toContain('first,1')
  expect(heard.of('permission_request')).toEqual([])
  // One that was deleted is gone at once, one that came is there with the next prompt.
  await rig.remove(ada, files[0]!)
  expect(readdirSync(folder).sort()).toEqual(['메모 (2).csv', '메모.csv'])
  await ada.prompt('one more', { session_id, attachments: [await ada.upload('사진.bin', '', new Uint8Array(300_000))] }).then(({ execution_id }) => heard.task('completed', execution_id))
  expect(readdirSync(folder).sort()).toEqual(['메모 (2).csv', '메모.csv', '사진.bin'])
  // To look elsewhere, and to write, people are asked.
  rig.when('look elsewhere').use('Read', { file_path: join(rig.claude.filesFolder(other.session_id), 'theirs.txt') }).say('looked')
  rig.when('change one').use('Write', { file_path: join(folder, 'new.csv'), content: 'x' }).say('changed')
  for (const [at, words] of ['look elsewhere', 'change one'].entries()) {
    const { execution_id } = await ada.prompt(words, { session_id })
    const { request_id } = await heard.asked(at + 1)
    await ada.answer({ request_id, behavior: 'deny' })
    await heard.task('completed', execution_id)
  }
  // Whoever writes in the place of the files writes into no upload.
  writeFileSync(join(folder, '메모.csv'), 'spoilt', { flag: 'a' })
  expect(Buffer.from((await rig.files.bytesOf(files[1]!))!).toString()).toBe('first,1')
})

test('N3 what is too long is told cut, and the whole can be had', async () => {
  const content = 'line of text\n'.repeat(20_000)
  rig.when('write a lot').use('Write', { file_path: join(rig.folder, 'lot.txt'), content }).say('a lot is written')
  const { session_id } = await ada.prompt('write a lot')
  const heard = await rig.session(session_id)
  const request = await heard.asked()
  expect(JSON.stringify(request.input).length).toBeLessThanOrEqual(LIMITS.toolTextBytes)
  await ada.answer({ request_id: request.request_id, behavior: 'allow' })
  await heard.task('completed')
  expect(readFileSync(join(rig.folder, 'lot.txt'), 'utf8')).toBe(content)
  const started = heard.of('progress').find((each) => each.progress_type === 'tool_start')!
  expect(started.input_cut.url).toContain(`/sessions/${session_id}/tools/${started.tool_use_id}/input`)
  expect(JSON.stringify(started).length).toBeLessThan(4 * LIMITS.toolTextBytes)
  expect(JSON.parse((await rig.executions.wholeOf(session_id, started.tool_use_id, 'input'))!).content).toBe(content)
  expect(await rig.executions.wholeOf(session_id, started.tool_use_id, 'output')).toBeNull()
})

test('T1 a turn that Claude begins by itself is an execution of origin background', async () => {
  rig.when('work in the background').use('Bash', { command: 'sleep 0.3; touch finished-in-background', description: 'Works', run_in_background: true }).say('it has begun')
  const { session_id, execution_id } = await ada.prompt('work in the background')
  const heard = await rig.session(session_id)
  const request = await heard.asked()
  await ada.answer({ request_id: request.request_id, behavior: 'allow' })
  await heard.task('completed', execution_id)
  const { data } = await heard.until(({ type, data: task }) => type === 'task' && task.origin === 'background' && task.status === 'completed', 'the turn of its own')
  const own = heard.of('task').filter((each) => each.execution_id === data.execution_id)
  expect(own.map((each) => each.status)).toEqual(['running', 'completed'])
  expect(own[0]).not.toHaveProperty('user_id')
  const next = await ada.prompt('and by the way', { session_id })
  await heard.task('completed', next.execution_id)
  await heard.state('idle')
})

test('P2 a process that waits for people too long is parked; the answer brings another one, and the turn goes on as the same execution', async () => {
  const quick = await startExecutions({ idleMs: 1_000 })
  try {
    const grace = await quick.person('Grace', 'admin')
    const path = join(quick.folder, 'parked.txt')
    quick.when('write when I am back').use('Write', { file_path: path, content: 'back' }).say('never said')
    quick.when('has now allowed it').use('Write', { file_path: path, content: 'back' }).say('welcome back')
    const { session_id, execution_id } = await grace.prompt('write when I am back')
    const heard = await quick.session(session_id)
    const { request_id } = await heard.asked()
    await eventually('the process is parked', () => quick.claude.stats().processes.length === 0)
    const [row] = await quick.rows<{ status: string }>('SELECT status FROM executions WHERE id = ?', [execution_id])
    expect(row!.status).toBe('running')
    expect((await heard.state('waiting')).session_id).toBe(session_id)
    await grace.answer({ request_id, behavior: 'allow' })
    await heard.task('completed', execution_id)
    expect((await heard.text('welcome back')).execution_id).toBe(execution_id)
    expect(readFileSync(path, 'utf8')).toBe('back')
    expect(heard.of('permission_request')).toHaveLength(1)
    expect(heard.of('task').map((each) => each.status)).toEqual(['running', 'completed'])
    // And a parked turn can be stopped.
    quick.when('write or stop').use('Write', { file_path: path, content: 'never' }).say('never said')
    const second = await grace.prompt('write or stop', { session_id })
    await heard.asked(2)
    await eventually('the process is parked', () => quick.claude.stats().processes.length === 0)
    await grace.command({ session_id, command: 'interrupt', args: { execution_id: second.execution_id } })
    expect(await heard.task('interrupted', second.execution_id)).toMatchObject({ reason: 'person' })
    expect(await quick.executions.openPermissionsOf(session_id)).toEqual([])
  } finally {
    await quick.stop()
  }
})
