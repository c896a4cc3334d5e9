// Commands of the CLI written as prompts: told apart as the CLI does, and closed on every way in which words become a prompt.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOwn } from '../../../relay/claude/claude.ts'
import { cliCommandIn } from '../../../relay/executions/cli-commands.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { startExecutions, type Person, type Rig } from '../../support/start-executions.ts'

const verdicts = (...contents: string[]) => contents.map((content) => cliCommandIn(content).verdict)

test('a command is the first word, as the CLI reads it', () => {
  expect(verdicts('/config permissionMode=auto', ' \n/config', '/config\tx', '/config\nx', '/settings', '/Config', '\ufeff/config')).toEqual(Array(7).fill('unknown'))
  expect(verdicts('/of-the-next-version x', '/__hidden', '/clearly', '/news')).toEqual(Array(4).fill('unknown'))
  expect(verdicts('/clear', ' /clear now', '/new', '/reset')).toEqual(Array(4).fill('clears'))
  expect(verdicts('/compact', '/context', '/cost', '/init', '/review 12')).toEqual(Array(5).fill('passes'))
  expect(verdicts('use /clear', '/plugin:skill', '/etc/hosts is wrong', '//config', '/ config', '/검토', '/', '')).toEqual(Array(8).fill('text'))
})

test('a name is the folder\'s own when the CLI has none of that name', () => {
  const row = (name: string, builtin?: boolean) => ({ name, description: '', argumentHint: '', builtin })
  const rows = [row('Ours'), row('model'), row('model', true), row('config', true)]
  expect(['ours', 'model', 'config', 'heapdump'].filter((name) => isOwn(name, rows))).toEqual(['ours'])
})

const code = async (who: Person, work: Promise<unknown>) => (await who.refused(work))?.code ?? null

function writeCommand(rig: Rig, name: string): void {
  const commands = join(rig.folder, '.claude', 'commands')
  mkdirSync(commands, { recursive: true })
  writeFileSync(join(commands, `${name}.md`), `The words of ${name}: $ARGUMENTS`)
}

async function trust(rig: Rig, who: Person, trusted: boolean): Promise<void> {
  const { id } = await rig.workspaces.standard()
  const { hash } = await rig.workspaces.trustReport(who, id)
  await rig.workspaces.trust({ who, answering: () => ({ committed: () => undefined }) }, id, { trusted, ...(trusted && { hash }) })
}

describe('with the real CLI', () => {
  let rig: Rig
  let ada: Person
  let grace: Person
  beforeAll(async () => {
    rig = await startExecutions()
    ada = await rig.person('Ada', 'admin')
    grace = await rig.person('Grace')
    for (const name of ['ours', 'model']) writeCommand(rig, name)
    await trust(rig, ada, true)
  })
  afterAll(() => rig.stop())

  async function answered(words: string) {
    const prompted = await ada.prompt(words)
    const heard = await rig.session(prompted.session_id)
    await heard.task('completed')
    return { ...prompted, heard }
  }

  /** The end of what was prompted: its status, and the code of what went wrong. */
  async function endOf({ session_id, execution_id }: { session_id: string; execution_id: string }): Promise<[status: string, code: string | null]> {
    const { data } = await (await rig.session(session_id)).until(({ type, data }) => type === 'task' && data.execution_id === execution_id && data.ended_at !== undefined, 'the end')
    return [data.status, data.error?.code ?? null]
  }

  test('N5 as long as no process has named its commands they are all taken; those of the CLI reach none, and what waits behind them goes on', async () => {
    const config = await ada.prompt('/config theme=dark')
    const ours = await ada.prompt('/ours first', { session_id: config.session_id })
    expect(await endOf(config)).toEqual(['failed', 'VALIDATION'])
    await (await rig.session(ours.session_id)).text('The words of ours: first')
    expect(await endOf(ours)).toEqual(['completed', null])
    expect(JSON.stringify(rig.api.requests)).not.toContain('theme=dark')
  })

  test('N5 the folder\'s own commands pass, from the first prompt of a session on, and with what passes they are all that is offered', async () => {
    const { session_id } = await rig.begin(ada)
    expect(await code(ada, ada.prompt('/ours first', { session_id }))).toBe(null)
    const heard = await rig.session(session_id)
    await heard.text('The words of ours: first')
    await heard.task('completed')
    const names = rig.executions.offersOf(session_id).commands.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ours', 'compact']))
    expect(names.filter((name) => cliCommandIn(`/${name}`).verdict === 'unknown').sort()).toEqual(['model', 'ours'])
    // Also without a session, now that a process has named it; one that is called like the CLI's own goes before that.
    const { session_id: fresh } = await ada.prompt('/model opus')
    await (await rig.session(fresh)).text('The words of model: opus')
  })

  test('N5 a command of the folder that waited while the folder lost its trust is none any more, also where the CLI has one of that name', async () => {
    const gate = createGate()
    rig.when('hold the line').hold(gate).say('done')
    const first = await ada.prompt('hold the line')
    await gate.reached
    const waits = await ada.prompt('/model haiku', { session_id: first.session_id })
    await trust(rig, ada, false)
    gate.open()
    expect([await endOf(first), await endOf(waits)]).toEqual([['completed', null], ['failed', 'VALIDATION']])
  })

  test('N5 what it would carry out by itself is refused to everybody and leaves no trace', async () => {
    const { session_id, message_id, heard } = await answered('first words')
    for (const content of ['/config permissionMode=dontAsk', '/heapdump', '/model opus', '/mcp', '/effort max', '/of-the-next-version']) {
      expect([content, await code(grace, grace.prompt(content, { session_id }))]).toEqual([content, 'VALIDATION'])
      expect([content, await code(ada, ada.prompt(content))]).toEqual([content, 'VALIDATION'])
      expect(await code(ada, ada.command({ session_id, command: 'rewind', args: { message_id, content } }))).toBe('VALIDATION')
    }
    const file_id = await grace.upload('a.txt', 'text/plain', Buffer.from('attached'))
    expect(await code(grace, grace.prompt('/config permissionMode=auto', { session_id, attachments: [file_id] }))).toBe('VALIDATION')
    expect(existsSync(join(rig.home, '.claude', 'settings.json'))).toBe(false)
    expect(readdirSync(rig.home).filter((name) => name.endsWith('.heapsnapshot'))).toEqual([])
    const on = await grace.prompt('/our/words go to Claude', { session_id })
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
