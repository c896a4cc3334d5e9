// What lies in a folder, or is mentioned in a prompt, does nothing by itself: schedules, workflows, mentioned files, hidden folders.
import { afterAll, expect, test, setDefaultTimeout } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, folderEnvironment } from '../../../relay/claude/child-environment.ts'
import { createScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startRelay } from '../../support/start-relay.ts'
import { freshFolder, prompt, removeFolders, startRoom } from './real-claude.ts'

// Real processes on a machine that may be busy.
setDefaultTimeout(60_000)

const room = startRoom()
afterAll(async () => {
  await room.stop()
  removeFolders()
})

const lastTurn = () => room.api.requests.filter(({ kind }) => kind === 'turn').at(-1)!
/** Tools on offer are told in two ways: at once, or only by name. */
const isOffered = (tool: string) => new RegExp(`(?:"name":"|\\\\n)${tool}`).test(JSON.stringify(lastTurn().body))

test('nothing is scheduled and no workflow is on offer in a folder that nobody trusts, whatever the operator has switched', async () => {
  const cwd = freshFolder('scheduled')
  mkdirSync(join(cwd, '.claude/workflows'), { recursive: true })
  const task = { id: 'aaaaaaaa', cron: '* * * * *', prompt: 'scheduled by the folder', createdAt: 0, recurring: true }
  writeFileSync(join(cwd, '.claude/scheduled_tasks.json'), JSON.stringify({ tasks: [task] }))
  writeFileSync(join(cwd, '.claude/workflows/w.js'), "export const meta = { name: 'folder-flow', description: 'of the folder' }\n")
  const { session, witness } = room.open({ cwd })
  await session.send(prompt('hello'))
  await witness.next('turnEnded')
  expect(['Read', 'CronCreate', 'Workflow'].filter(isOffered)).toEqual(['Read'])
  expect(JSON.stringify(lastTurn().body).includes('folder-flow')).toBe(false)
  // Once it is trusted they are there: the switches, and nothing else, keep them away.
  await session.setTrusted(true)
  await witness.next('ended')
  await session.send(prompt('hello again'))
  await witness.next('turnEnded', ({ status }) => status === 'completed')
  expect(['CronCreate', 'Workflow'].filter(isOffered)).toEqual(['CronCreate', 'Workflow'])
  await session.close()
  expect(folderEnvironment(false)).toMatchObject({ CLAUDE_CODE_DISABLE_CRON: '1', CLAUDE_CODE_DISABLE_WORKFLOWS: '1' })
  expect({ ...childEnvironment({ CLAUDE_CODE_DISABLE_CRON: '0' }, []), ...folderEnvironment(false) }.CLAUDE_CODE_DISABLE_CRON).toBe('1')
})

test.each([true, false])('a mentioned file is not read for the asker, wherever it lies; Claude gets its path (trusted: %p)', async (trusted) => {
  const cwd = freshFolder('mentions')
  const elsewhere = freshFolder('elsewhere')
  for (const folder of [cwd, elsewhere, room.home, room.config.dataFolder]) writeFileSync(join(folder, 'notes.txt'), 'MENTIONED-CONTENT\n')
  writeFileSync(join(room.config.dataFolder, 'listed-name'), '')
  symlinkSync(join(elsewhere, 'notes.txt'), join(cwd, 'linked.txt'))
  const { session, witness } = room.open({ cwd, trusted })
  const { dataFolder } = room.config
  for (const mention of [`${elsewhere}/notes.txt`, `"${elsewhere}/notes.txt"`, '~/notes.txt', `${dataFolder}/notes.txt`, `${dataFolder}/`, 'linked.txt', '../', `${elsewhere}/notes.txt#L1-2`]) {
    await session.send(prompt(`look at @${mention}`))
    expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
    const said = JSON.stringify(lastTurn().body.messages)
    // A mentioned folder would be told as a list of names.
    expect([said.includes('MENTIONED-CONTENT'), said.includes('listed-name')], mention).toEqual([false, false])
  }
  // A file of the folder itself stays useful: Claude reads it with its own tool, without a card.
  room.api.when('now look at').use('Read', { file_path: join(cwd, 'notes.txt') }).say('read')
  await session.send(prompt('now look at @notes.txt'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  expect(JSON.stringify(lastTurn().body.messages).includes('MENTIONED-CONTENT')).toBe(true)
  expect(witness.all('permission')).toEqual([])
  await session.close()
})

test.skipIf(Bun.which('bwrap') === null)('what the sandbox hides cannot be uncovered, and its tools work', async () => {
  const dataFolder = freshFolder('hidden-data')
  writeFileSync(join(dataFolder, 'secret'), 'HIDDEN-CONTENT')
  const boxed = startRoom({ config: { sandbox: 'bwrap', dataFolder } })
  const { session, witness } = boxed.open({ rules: ['Bash'] })
  const command = `umount ${dataFolder}/handed; umount ${dataFolder}; unshare -Urm umount ${dataFolder}; cat ${dataFolder}/secret; grep CapEff /proc/self/status; echo from-inside | tr a-z A-Z`
  boxed.api.when('uncover it').use('Bash', { command }).say('tried')
  await session.send(prompt('uncover it'))
  expect(await witness.next('turnEnded')).toMatchObject({ status: 'completed' })
  const said = JSON.stringify(boxed.api.requests.filter(({ kind }) => kind === 'turn').at(-1)!.body.messages)
  expect(said).toContain('FROM-INSIDE')
  expect(said).toMatch(/CapEff:(\\t|\s)*0{16}/)
  expect(said.includes('HIDDEN-CONTENT')).toBe(false)
  await session.close()
  await boxed.stop()
})

test.skipIf(Bun.which('bwrap') === null)('what the sandbox hides stays hidden when folders above it are moved, a database elsewhere with it', async () => {
  const [above, elsewhere] = [freshFolder('above'), freshFolder('elsewhere')]
  const dataFolder = join(above, 'share', 'ensemble')
  mkdirSync(dataFolder, { recursive: true })
  const database = join(elsewhere, 'ensemble.sqlite')
  for (const file of [join(dataFolder, 'secret'), database, `${database}-wal`]) writeFileSync(file, 'HIDDEN-CONTENT')
  symlinkSync(dataFolder, join(elsewhere, 'linked'))
  const boxed = startRoom({ config: { sandbox: 'bwrap', dataFolder: join(elsewhere, 'linked'), ownFiles: [database] } })
  const thief = boxed.open({ rules: ['Bash'] })
  const moves = [`mv ${above}/share ${above}/moved`, `mv ${above} ${above}-moved`, `mv ${dataFolder} ${above}/moved`, `mv ${database} ${elsewhere}/moved`, `rm -f ${database}`, `ln ${database}-wal ${elsewhere}/linked-wal`]
  const command = `${[...moves, `cat ${dataFolder}/secret`, `cat ${elsewhere}/*`].join('; ')}; echo written > ${above}/share/mine; cat ${above}/share/mine | tr a-z A-Z`
  boxed.api.when('move it').use('Bash', { command }).say('tried')
  await thief.session.send(prompt('move it'))
  await thief.witness.next('turnEnded')
  const said = JSON.stringify(boxed.api.requests.filter(({ kind }) => kind === 'turn').at(-1)!.body.messages)
  expect([said.includes('WRITTEN'), said.includes('HIDDEN-CONTENT'), said.match(/resource busy/g)?.length]).toEqual([true, false, 5])
  expect([existsSync(join(dataFolder, 'secret')), existsSync(database), existsSync(`${above}-moved`)]).toEqual([true, true, false])
  // Somebody outside of the sandbox can still move it: then nothing starts that would look at another folder than the one that is hidden.
  renameSync(dataFolder, join(above, 'away'))
  mkdirSync(dataFolder)
  const next = boxed.open({ rules: ['Bash'] })
  await expect(next.session.send(prompt('move it'))).rejects.toThrow("the relay's data folder was moved or replaced")
  for (const folder of ['handed', 'shown']) expect(existsSync(join(dataFolder, folder))).toBe(false)
  await boxed.stop()
})

test.skipIf(Bun.which('bwrap') === null)('a sandboxed process, a spare one too, sees the uploads of its session as they are, and no others', async () => {
  const dataFolder = freshFolder('uploads-data')
  const uploads = join(dataFolder, 'files')
  mkdirSync(uploads)
  for (const name of ['mine', 'later', 'theirs']) writeFileSync(join(uploads, name), `of ${name}`)
  const of: Record<string, string[]> = { 'session-1': ['theirs'], 'session-2': ['mine'] }
  const boxed = startRoom({ config: { sandbox: 'bwrap', dataFolder, spares: 1 }, uploadsOf: async (id) => (of[id] ?? []).map((name) => join(uploads, name)) })
  const first = boxed.open({ rules: ['Bash'] })
  const handed = join(dataFolder, 'handed')
  const look = async ({ session, spec, witness }: typeof first) => {
    const folder = boxed.claude.filesFolder(spec.sessionId)
    boxed.api.when(`look around ${spec.sessionId}`).use('Bash', { command: `cat ${folder}/*; ls ${handed}; ls ${folder}; rm -f ${folder}/*; echo` }).say('looked')
    await session.send(prompt(`look around ${spec.sessionId}`))
    const end = await witness.next('fact', (fact) => fact.type === 'progress' && fact.data.progress_type === 'tool_end')
    await witness.next('turnEnded')
    return end.type === 'progress' ? (end.data.output ?? '') : ''
  }
  expect(await look(first)).toStartWith('of theirssession-1\ntheirs\n')
  const second = boxed.open({ cwd: first.spec.cwd, rules: ['Bash'] })
  expect(await look(second)).toStartWith('of minesession-2\nmine\n')
  // One that was added while the process lives is there with the next prompt, one that was deleted is not.
  of['session-2'] = ['later']
  expect(await look(second)).toStartWith('of latersession-2\nlater\n')
  expect(readdirSync(uploads).sort()).toEqual(['later', 'mine', 'theirs'])
  await boxed.stop()
  expect(readdirSync(uploads).map((name) => readFileSync(join(uploads, name), 'utf8')).sort()).toEqual(['of later', 'of mine', 'of theirs'])
  expect(readdirSync(join(dataFolder, 'shown'))).toEqual([])
})

test.skipIf(Bun.which('bwrap') === null)('an upload of a private session is out of reach for another session of the relay, its own is not', async () => {
  const api = createScriptedMessagesApi()
  const relay = await startRelay({ apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'bwrap' } })
  const [owner, other] = await Promise.all(['minji', 'eve'].map(async (name) => connectProtocol({ url: relay.url, token: await relay.token(name), name })))
  const upload = async (client: typeof owner, text: string, spec: object) => {
    const { session_id } = await client!.ask('create_session', { title: 's', ...spec })
    await client!.ask('file_upload', { session_id, filename: 'a.csv', content_type: 'text/csv', size: text.length, data: Buffer.from(text).toString('base64') })
    return session_id as string
  }
  await upload(owner, 'PRIVATE-UPLOAD', { visibility: 'private' })
  const session_id = await upload(other, 'OWN-UPLOAD', {})
  await other!.ask('join_collaboration', { session_id })
  api.when('read them all').use('Bash', { command: `cat ${relay.home.data}/files/* ${relay.home.data}/handed/*/*` }).say('read')
  const { execution_id } = await other!.ask('claude_message', { session_id, content: 'read them all' })
  const card = await other!.until((frame) => frame.type === 'permission_request')
  await other!.ask('permission_response', { session_id, request_id: card.data.request_id, behavior: 'allow' })
  await other!.until((frame) => frame.type === 'task' && frame.data.execution_id === execution_id && frame.data.status === 'completed')
  const said = JSON.stringify(api.requests.filter(({ kind }) => kind === 'turn').at(-1)!.body.messages)
  expect([said.includes('OWN-UPLOAD'), said.includes('PRIVATE-UPLOAD')]).toEqual([true, false])
  await relay.stop()
  await api.stop()
})
