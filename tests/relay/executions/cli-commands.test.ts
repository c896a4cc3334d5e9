// Commands of the CLI written as prompts: told apart as the CLI does, and closed on every way in which words become a prompt.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cliCommandIn } from '../../../relay/executions/cli-commands.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { startExecutions, type Person, type Rig } from '../../support/start-executions.ts'

const verdicts = (...contents: string[]) => contents.map((content) => cliCommandIn(content).verdict)

test('a command is the first word, as the CLI reads it', () => {
  expect(verdicts('/config permissionMode=auto', ' \n/config', '/config\tx', '/config\nx', '/settings', '/Config', '\ufeff/config')).toEqual(Array(7).fill('refused'))
  expect(verdicts('/clear', ' /clear now', '/new', '/reset')).toEqual(Array(4).fill('clears'))
  expect(verdicts('/compact', '/context', '/cost', '/init', '/review 12')).toEqual(Array(5).fill('passes'))
  expect(verdicts('/clearly', 'use /clear', '/news', '/our-command x', '/plugin:skill', '/etc/hosts is wrong', '//config', '/ config', '/', '')).toEqual(Array(10).fill('text'))
})

describe('with the real CLI', () => {
  let rig: Rig
  let ada: Person
  let grace: Person
  beforeAll(async () => {
    rig = await startExecutions()
    ada = await rig.person('Ada', 'admin')
    grace = await rig.person('Grace')
  })
  afterAll(() => rig.stop())

  const code = async (who: Person, work: Promise<unknown>) => (await who.refused(work))?.code ?? null

  async function answered(words: string) {
    const prompted = await ada.prompt(words)
    const heard = await rig.session(prompted.session_id)
    await heard.task('completed')
    return { ...prompted, heard }
  }

  test('everything that it offers by itself is known here, and what is refused is not offered', async () => {
    const { session_id } = await answered('what is there')
    const names = rig.executions.offersOf(session_id).commands.map(({ name }) => name)
    expect(names).toContain('compact')
    expect(names.filter((name) => ['text', 'refused'].includes(cliCommandIn(`/${name}`).verdict))).toEqual([])
  })

  test('what it would carry out by itself is refused to everybody and leaves no trace', async () => {
    const { session_id, message_id, heard } = await answered('first words')
    for (const content of ['/config permissionMode=dontAsk', '/heapdump', '/model opus', '/mcp', '/effort max', '/output-style x']) {
      expect([content, await code(grace, grace.prompt(content, { session_id }))]).toEqual([content, 'VALIDATION'])
      expect([content, await code(ada, ada.prompt(content))]).toEqual([content, 'VALIDATION'])
      expect(await code(ada, ada.command({ session_id, command: 'rewind', args: { message_id, content } }))).toBe('VALIDATION')
    }
    const file_id = await grace.upload('a.txt', 'text/plain', Buffer.from('attached'))
    expect(await code(grace, grace.prompt('/config permissionMode=auto', { session_id, attachments: [file_id] }))).toBe('VALIDATION')
    expect(existsSync(join(rig.home, '.claude', 'settings.json'))).toBe(false)
    expect(readdirSync(rig.home).filter((name) => name.endsWith('.heapsnapshot'))).toEqual([])
    const on = await grace.prompt('/our-words go to Claude', { session_id })
    await heard.task('completed', on.execution_id)
  })

  test('clearing is for owners, also as an edit, a steer and a way back', async () => {
    const gate = createGate()
    rig.when('hold for clearing').hold(gate).say('done')
    const before = await answered('the secret is 4711')
    const { session_id, heard } = before
    const running = await ada.prompt('hold for clearing', { session_id })
    await gate.reached
    const waiting = await grace.prompt('innocent', { session_id })
    for (const content of ['/clear', '/config theme=dark']) {
      const wanted = content === '/clear' ? 'FORBIDDEN' : 'VALIDATION'
      expect(await code(grace, grace.prompt(content, { session_id }))).toBe(wanted)
      expect(await code(grace, grace.prompt(content, { session_id, mode: 'steer' }))).toBe(wanted)
      expect(await code(grace, grace.queue({ session_id, message_id: waiting.message_id, action: 'edit', content }))).toBe(wanted)
      expect(await code(grace, grace.command({ session_id, command: 'rewind', args: { message_id: before.message_id, content } }))).toBe(wanted)
    }
    expect((await rig.executions.queueOf(session_id)).items.map(({ content }) => content)).toEqual(['innocent'])
    gate.open()
    await heard.task('completed', running.execution_id)
    await heard.task('completed', waiting.execution_id)
    expect(await code(ada, ada.prompt('/clear', { session_id }))).toBe(null)
  })
})
