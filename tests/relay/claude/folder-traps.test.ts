// What lies in a folder, or is mentioned in a prompt, does nothing by itself: schedules, workflows, mentioned files, hidden folders.
import { afterAll, expect, test, setDefaultTimeout } from 'bun:test'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, folderEnvironment } from '../../../relay/claude/child-environment.ts'
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
  const command = `umount ${dataFolder}/files; umount ${dataFolder}; unshare -Urm umount ${dataFolder}; cat ${dataFolder}/secret; grep CapEff /proc/self/status; echo from-inside | tr a-z A-Z`
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
