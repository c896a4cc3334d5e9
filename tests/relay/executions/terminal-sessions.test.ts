// Sessions of the terminal: real transcripts of the real CLI are listed, taken over, and gone on with; broken and hostile ones do no harm.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventsPage, KeptEvent, SearchPage, SessionRow, TerminalSessions } from '#protocol'
import { findClaude } from '../../../relay/claude/describe-claude.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../../relay/demo/scripted-messages-api.ts'
import { testEnvironment } from '../../support/child-environment.ts'
import { connectProtocol } from '../../support/protocol-client.ts'
import { startRelay, type StartedRelay } from '../../support/start-relay.ts'

let api: ScriptedMessagesApi
let relay: StartedRelay
let tokens: Record<'minji' | 'jun' | 'viewer', string>
let workspaceId: string
beforeAll(async () => {
  api = createScriptedMessagesApi()
  relay = await startRelay({ apiUrl: api.url })
  tokens = { minji: await relay.token('minji'), jun: await relay.token('jun'), viewer: await relay.token('eyes', 'viewer') }
  workspaceId = (await relay.relay.workspaces.standard()).id
}, 30_000)
afterAll(async () => {
  await relay.stop()
  await api.stop()
})

/** As somebody would at a terminal. */
async function terminal(...args: string[]): Promise<void> {
  const child = Bun.spawn([findClaude(null)!, ...args], { cwd: relay.home.workspace, env: testEnvironment(api.url, relay.home.claudeHome), stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const errors = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new Error(errors)
}

async function ask<T>(who: keyof typeof tokens, method: string, path: string): Promise<{ status: number; body: T & { code?: string } }> {
  const response = await fetch(`${relay.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${tokens[who]}` } })
  return { status: response.status, body: (await response.json()) as T & { code?: string } }
}
const path = () => `/workspaces/${workspaceId}/terminal-sessions`
const listed = async (who: keyof typeof tokens = 'minji') => (await ask<TerminalSessions>(who, 'GET', path())).body.sessions
const imported = async (conversation: string, who: keyof typeof tokens = 'minji') => ask<{ session_id: string }>(who, 'POST', `${path()}/${conversation}/import`)
const eventsOf = async (sessionId: string): Promise<KeptEvent[]> => (await ask<EventsPage>('minji', 'GET', `/claude/sessions/${sessionId}/events?limit=500`)).body.events
const dataOf = (events: KeptEvent[], type: string) => events.filter((event) => event.type === type).map(({ data }) => data as Record<string, any>)

const folder = () => join(relay.home.claudeHome, '.claude', 'projects', relay.home.workspace.replace(/[^a-zA-Z0-9]/g, '-'))
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A transcript as the CLI writes them, by hand. */
function write(conversation: string, lines: object[], more = '') {
  mkdirSync(folder(), { recursive: true })
  let parentUuid: string | null = null
  const text = lines.map((line, index) => {
    const uuid = idOf(index + 1)
    const whole = { parentUuid, isSidechain: false, uuid, timestamp: new Date(1_700_000_000_000 + index * 1_000).toISOString(), cwd: relay.home.workspace, entrypoint: 'cli', sessionId: conversation, ...line }
    parentUuid = uuid
    return JSON.stringify(whole)
  })
  const file = join(folder(), `${conversation}.jsonl`)
  writeFileSync(file, `${text.join('\n')}\n${more}`)
  return file
}
const wrote = (content: unknown, more: object = {}) => ({ type: 'user', message: { role: 'user', content }, ...more })
const answered = (...content: object[]) => ({ type: 'assistant', message: { id: `msg_${crypto.randomUUID()}`, type: 'message', role: 'assistant', model: 'm', content } })
const text = (words: string) => ({ type: 'text', text: words })

describe('with the real CLI', () => {
  let conversation: string
  let sessionId: string

  test('S4: what was begun in a terminal is listed with its first prompt and how much was said', async () => {
    expect(await listed()).toEqual([])
    await terminal('-p', 'The ferry is called Anchovy')
    await terminal('-p', '--continue', 'and it leaves at nine')
    const [found, ...others] = await listed()
    expect(others).toEqual([])
    expect(found).toMatchObject({ title: 'The ferry is called Anchovy', first_prompt: 'The ferry is called Anchovy', messages: 4 })
    expect(found!.session_id ?? null).toBeNull()
    expect(Math.abs(found!.last_used - Date.now())).toBeLessThan(600_000)
    conversation = found!.conversation_id
    expect((await listed('jun')).map(({ conversation_id }) => conversation_id)).toEqual([conversation])
  }, 60_000)

  test('S5: taken over it is a private session of the asker with the whole history', async () => {
    const { status, body } = await imported(conversation)
    expect(status).toBe(201)
    sessionId = body.session_id
    const { body: row } = await ask<SessionRow>('minji', 'GET', `/claude/sessions/${sessionId}`)
    expect(row).toMatchObject({ title: 'The ferry is called Anchovy', visibility: 'private', role: 'owner', unread: 0, state: 'idle' })
    expect((await ask('jun', 'GET', `/claude/sessions/${sessionId}`)).status).toBe(404)
    const events = await eventsOf(sessionId)
    expect(dataOf(events, 'message').map(({ content, user_id }) => [content, user_id ?? null])).toEqual([['The ferry is called Anchovy', null], ['and it leaves at nine', null]])
    expect(dataOf(events, 'claude_response').map(({ content }) => (content as string).split('\n')[0])).toEqual(['You said: The ferry is called Anchovy', 'You said: and it leaves at nine'])
    expect(dataOf(events, 'task').map(({ status: each }) => each)).toEqual(['running', 'completed', 'running', 'completed'])
    expect(dataOf(events, 'log').map(({ code, args }) => [code, args.from])).toEqual([['imported', conversation]])
    // It is found like everything that was said.
    expect((await ask<SearchPage>('minji', 'GET', '/claude/search?q=anchovy')).body.hits.map(({ session_id }) => session_id)).toContain(sessionId)
    expect((await ask<SearchPage>('jun', 'GET', '/claude/search?q=anchovy')).body.hits).toEqual([])
  })

  test('S5: its next prompt goes on from there, and the terminal’s own transcript stays as it is', async () => {
    const file = join(folder(), `${conversation}.jsonl`)
    const before = readFileSync(file, 'utf8')
    // What the terminal adds after the import does not come in.
    await terminal('-p', '--resume', conversation, 'the terminal goes on about Herring')
    const added = readFileSync(file, 'utf8')
    expect(added).not.toBe(before)
    const client = await connectProtocol({ url: relay.url, token: tokens.minji, name: 'minji' })
    await client.ask('join_collaboration', { session_id: sessionId })
    const { execution_id } = await client.ask('claude_message', { session_id: sessionId, content: 'what is the ferry called?' })
    await client.until((frame) => frame.type === 'task' && frame.data['execution_id'] === execution_id && frame.data['status'] === 'completed', 'the end of the turn')
    const request = await api.received((each) => each.kind === 'turn' && each.prompt.includes('what is the ferry called?'))
    const known = JSON.stringify(request.body.messages)
    expect(known).toContain('Anchovy')
    expect(known).toContain('leaves at nine')
    expect(known).not.toContain('Herring')
    expect(readFileSync(file, 'utf8')).toBe(added)
    // Going back to before the first prompt here goes back to the terminal's end, not to nothing.
    const { message_id } = (await eventsOf(sessionId)).map(({ data }) => data as Record<string, any>).find((data) => data['content'] === 'what is the ferry called?')!
    const again = await client.ask('command', { session_id: sessionId, command: 'rewind', args: { message_id, content: 'when does it leave?' } })
    await client.until((frame) => frame.type === 'task' && frame.data['execution_id'] === again['execution_id'] && frame.data['status'] === 'completed', 'the end of the second turn')
    const second = JSON.stringify((await api.received((each) => each.kind === 'turn' && each.prompt.includes('when does it leave?'))).body.messages)
    expect(second).toContain('leaves at nine')
    expect(second).not.toContain('what is the ferry called?')
    client.close()
  }, 60_000)

  test('S4: the conversation that the session has begun is nobody’s terminal session, also when the session is erased', async () => {
    const files = () => readdirSync(folder()).filter((name) => name.endsWith('.jsonl'))
    expect(files().length).toBeGreaterThan(1)
    expect((await listed()).map(({ conversation_id, session_id }) => [conversation_id, session_id])).toEqual([[conversation, sessionId]])
    const own = files().map((name) => name.replace('.jsonl', '')).filter((id) => id !== conversation)
    for (const id of own) expect((await imported(id)).status).toBe(404)
    expect((await ask('minji', 'DELETE', `/claude/sessions/${sessionId}?purge=true`)).status).toBe(200)
    expect((await listed('jun')).map(({ conversation_id }) => conversation_id)).toEqual([conversation])
    for (const id of own) expect((await imported(id, 'jun')).status).toBe(404)
  }, 30_000)
})

test('S5: calls that the terminal’s Claude made at once are taken over all, each with its own result', async () => {
  const names = ['pier', 'quay', 'mole']
  const before = new Set((await listed()).map(({ conversation_id }) => conversation_id))
  for (const name of names) writeFileSync(join(relay.home.workspace, `${name}.txt`), `the text of ${name}`)
  const read = (name: string) => ({ file_path: join(relay.home.workspace, `${name}.txt`) })
  api.when('read them at once').say('I look.').use('Read', read('pier')).use('Read', read('quay')).use('Read', read('mole')).say('And again.').use('Read', read('quay')).use('Read', read('pier')).say('All read.')
  await terminal('-p', 'read them at once')
  const { conversation_id } = (await listed()).find((each) => !before.has(each.conversation_id))!
  const events = await eventsOf((await imported(conversation_id)).body.session_id)
  const tools = dataOf(events, 'progress').filter((each) => each['tool_use_id'])
  const fileOf = new Map(tools.flatMap((each) => (each['input']?.file_path ? [[each['tool_use_id'], each['input'].file_path as string]] : [])))
  expect([...fileOf.values()]).toEqual(['pier', 'quay', 'mole', 'quay', 'pier'].map((name) => read(name).file_path))
  const ended = tools.filter((each) => each['progress_type'] === 'tool_end')
  expect(ended.map((each) => each['is_error'])).toEqual([false, false, false, false, false])
  for (const each of ended) expect(JSON.stringify(each)).toContain(`the text of ${names.find((name) => fileOf.get(each['tool_use_id'])!.endsWith(`${name}.txt`))!}`)
  expect(dataOf(events, 'claude_response').map(({ content }) => content)).toEqual(['I look.', 'And again.', 'All read.'])
}, 60_000)

describe('S5: once per person', () => {
  test('asked for again, even at once, it is the same session; another person has another; after its deletion a new one', async () => {
    const id = idOf(101)
    write(id, [wrote('once'), answered(text('yes'))])
    const [one, two, three] = await Promise.all([imported(id), imported(id), imported(id)])
    expect(new Set([one, two, three].map(({ body }) => body.session_id)).size).toBe(1)
    expect([one!.status, two!.status, three!.status]).toEqual([201, 201, 201])
    expect((await imported(id, 'jun')).body.session_id).not.toBe(one!.body.session_id)
    expect((await listed()).find(({ conversation_id }) => conversation_id === id)?.session_id).toBe(one!.body.session_id)
    await ask('minji', 'DELETE', `/claude/sessions/${one!.body.session_id}`)
    expect((await listed()).find(({ conversation_id }) => conversation_id === id)?.session_id ?? null).toBeNull()
    expect((await imported(id)).body.session_id).not.toBe(one!.body.session_id)
    const forks = relay.logged.filter(({ level }) => level === 'error')
    expect(forks).toEqual([])
  })

  test('S4: viewers of the relay may not, strangers of a workspace find none', async () => {
    const id = idOf(102)
    write(id, [wrote('mine'), answered(text('yes'))])
    expect([(await ask('viewer', 'GET', path())).status, (await imported(id, 'viewer')).status]).toEqual([403, 403])
    expect((await ask('minji', 'GET', '/workspaces/none/terminal-sessions')).status).toBe(404)
  })
})

describe('what a transcript holds', () => {
  const importedEvents = async (id: string) => eventsOf((await imported(id)).body.session_id)

  test('tools, their results, thinking, compaction and commands are told as they were', async () => {
    const id = idOf(103)
    write(id, [
      wrote('<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>the tests</command-args>'),
      answered({ type: 'thinking', thinking: 'Let me look.', signature: 's' }),
      answered({ type: 'tool_use', id: 'tool-1', name: 'Bash', input: { command: 'ls' } }),
      wrote([{ type: 'tool_result', tool_use_id: 'tool-1', content: 'a.ts' }], { toolUseResult: { stdout: 'a.ts' } }),
      answered({ type: 'tool_use', id: 'tool-2', name: 'Read', input: { file_path: '/x' } }),
      wrote('[Request interrupted by user]'),
      wrote('<local-command-stdout>noise</local-command-stdout>'),
      wrote('for Claude only', { isMeta: true }),
      { type: 'system', subtype: 'compact_boundary', content: 'compacted', parentUuid: null, logicalParentUuid: idOf(8) },
      wrote('what it was about', { isCompactSummary: true }),
      wrote([{ type: 'image', source: {} }, { type: 'text', text: 'and this picture?' }]),
      answered(text('A ferry.')),
    ])
    const events = await importedEvents(id)
    const steps = events.map(({ type, data }) => {
      const said = data as Record<string, any>
      return [type, said['content'] ?? said['tool_use_id'] ?? said['code'] ?? said['status'] ?? said['progress_type']]
    })
    expect(steps.filter(([type]) => type !== 'task' && type !== 'session' && type !== 'participant_joined')).toEqual([
      ['message', '/review the tests'],
      ['progress', 'start'],
      ['thinking', 'Let me look.'],
      ['progress', 'tool-1'],
      ['progress', 'tool-1'],
      ['progress', 'tool-2'],
      ['log', 'compacted'],
      ['progress', 'tool-2'],
      ['progress', 'complete'],
      ['message', '[image]\nand this picture?'],
      ['progress', 'start'],
      ['claude_response', 'A ferry.'],
      ['progress', 'complete'],
      ['log', 'imported'],
    ])
    const times = events.map(({ timestamp }) => timestamp)
    expect(times[0]).toBe(1_700_000_000_000)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('of an edited conversation only what was gone on with; broken lines, other chains and an unfinished last line are passed over', async () => {
    const id = idOf(104)
    write(
      id,
      [
        wrote('first'),
        answered(text('one')),
        wrote('taken back'),
        wrote('said instead', { parentUuid: idOf(2) }),
        answered(text('two')),
        { type: 'assistant', isSidechain: true, message: { role: 'assistant', content: [text('an agent’s')] } },
        { type: 'assistant', parentUuid: idOf(5), message: 'broken' },
        { type: 'user', parentUuid: idOf(5), message: null },
        answered(text('three')),
      ],
      'no json\n[1]\nnull\n{"type":"user"}\n{"uuid":7,"type":[]}\n{"type":"user","uuid":"unfin',
    )
    const events = await importedEvents(id)
    expect(dataOf(events, 'message').map(({ content }) => content)).toEqual(['first', 'said instead'])
    expect(JSON.stringify(events)).not.toContain('agent’s')
  })

  test('a chain that bites its tail ends', async () => {
    const id = idOf(105)
    write(id, [wrote('round', { parentUuid: idOf(2) }), answered(text('and round'))])
    expect(dataOf(await importedEvents(id), 'message').map(({ content }) => content)).toEqual(['round'])
  })

  test('long inputs and outputs are cut, and the whole is where it says', async () => {
    const id = idOf(106)
    const long = 'all of it '.repeat(20_000)
    write(id, [wrote('long'), answered({ type: 'tool_use', id: 'tool-9', name: 'Bash', input: { command: 'cat' } }), wrote([{ type: 'tool_result', tool_use_id: 'tool-9', content: long }])])
    const events = await importedEvents(id)
    const { output, output_cut: cut } = dataOf(events, 'progress').find(({ progress_type }) => progress_type === 'tool_end')!
    expect(Buffer.byteLength(output as string)).toBeLessThan(64 * 1024)
    const whole = await fetch(relay.url + (cut.url as string), { headers: { authorization: `Bearer ${tokens.minji}` } })
    expect(await whole.text()).toBe(long.trimEnd())
  })
})

describe('what is not the terminal’s, or not this folder’s', () => {
  const shows = async (id: string) => (await listed()).some(({ conversation_id }) => conversation_id === id)
  const isThere = async (id: string) => [await shows(id), (await imported(id)).status]

  test('a conversation of a program, of another folder, or in which nobody spoke', async () => {
    write(idOf(110), [wrote('of a program', { entrypoint: 'sdk-ts' }), answered(text('x'))])
    write(idOf(111), [wrote('elsewhere', { cwd: `${relay.home.workspace}-other` }), answered(text('x'))])
    write(idOf(112), [answered(text('nobody asked'))])
    write(idOf(113), [])
    for (const n of [110, 111, 112, 113]) expect([n, ...(await isThere(idOf(n)))]).toEqual([n, false, 404])
  })

  test('links, pipes and folders in a transcript’s place', async () => {
    const outside = join(relay.home.folder, 'outside.jsonl')
    renameSync(write(idOf(120), [wrote('outside'), answered(text('x'))]), outside)
    symlinkSync(outside, join(folder(), `${idOf(120)}.jsonl`))
    mkdirSync(join(folder(), `${idOf(121)}.jsonl`))
    await Bun.spawn(['mkfifo', join(folder(), `${idOf(122)}.jsonl`)]).exited
    for (const n of [120, 121, 122]) expect([n, ...(await isThere(idOf(n)))]).toEqual([n, false, 404])
    for (const odd of ['..%2f..%2foutside', '%00', idOf(120).slice(1), `${idOf(101)}.jsonl`, 'a'.repeat(500)]) expect([odd, [400, 404]]).toEqual([odd, expect.arrayContaining([(await imported(odd)).status])])
    // A whole folder that is a link.
    const real = folder()
    renameSync(real, `${real}-moved`)
    symlinkSync(`${real}-moved`, real)
    expect(await listed()).toEqual([])
    rmSync(real)
    renameSync(`${real}-moved`, real)
    expect((await listed()).length).toBeGreaterThan(0)
  })

  test('one that is very large is listed without a count, and one too large is not taken over', async () => {
    const id = idOf(130)
    const file = write(id, [wrote('huge'), answered(text('x'))])
    const filler = `{"type":"api-request-blob","message":"${'x'.repeat(1024 * 1024)}"}\n`
    for (let n = 0; n < 9; n++) appendFileSync(file, filler)
    const [found] = (await listed()).filter(({ conversation_id }) => conversation_id === id)
    expect([found!.first_prompt, found!.messages ?? null]).toEqual(['huge', null])
    for (let n = 0; n < 60; n++) appendFileSync(file, filler)
    expect(await imported(id)).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } })
    rmSync(file)
  }, 30_000)

  test('the list comes in pages, the last used first', async () => {
    for (let n = 140; n < 147; n++) {
      const file = write(idOf(n), [wrote(`number ${n}`), answered(text('x'))])
      utimesSync(file, 1_000_000 + n, 1_000_000 + n)
    }
    const seen: string[] = []
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor; pages++) {
      const { body }: { body: TerminalSessions } = await ask<TerminalSessions>('minji', 'GET', `${path()}?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
      expect(body.sessions.length).toBeLessThanOrEqual(3)
      seen.push(...body.sessions.map(({ first_prompt }) => first_prompt))
      cursor = body.next
    }
    expect(seen.slice(-7)).toEqual([146, 145, 144, 143, 142, 141, 140].map((n) => `number ${n}`))
    expect(new Set(seen).size).toBe(seen.length)
    expect((await ask('minji', 'GET', `${path()}?cursor=nonsense`)).status).toBe(400)
  })
})
