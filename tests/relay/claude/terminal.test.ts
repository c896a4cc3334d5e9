// Conversations of a terminal whose files are no conversations, or too much of one: nobody else waits while they are read.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTerminal } from '../../../relay/claude/terminal.ts'
import { readTranscript } from '../../../relay/claude/transcript-files.ts'

const cwd = '/work'
const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
let home: string
let folder: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'terminal-'))
  folder = join(home, '.claude', 'projects', '-work')
  mkdirSync(folder, { recursive: true })
})
afterAll(() => rmSync(home, { recursive: true }))

const entry = (uuid: string, parentUuid: string | null, type: string, content: unknown) => JSON.stringify({ uuid, parentUuid, type, cwd, timestamp: '2026-01-01T00:00:00Z', message: { id: uuid, role: type, content } })
const said = [entry('a', null, 'user', 'first'), entry('b', 'a', 'assistant', [{ type: 'text', text: 'second' }])].join('\n') + '\n'
/** The one with the lower number was used later. */
function write(n: number, text: string): string {
  const path = join(folder, `${idOf(n)}.jsonl`)
  writeFileSync(path, text)
  utimesSync(path, 1_000 - n, 1_000 - n)
  return path
}
const terminalAt = (now: () => number) => createTerminal({ environment: { HOME: home }, clock: { now } })
const page = { limit: 10, after: null, known: async () => new Set<string>() }

/** How often others had their turn meanwhile. */
async function roundsDuring<T>(work: Promise<T>): Promise<{ rounds: number; result: T }> {
  let rounds = 0
  let isOver = false
  const count = () => void (isOver || ((rounds += 1), setImmediate(count)))
  setImmediate(count)
  const result = await work
  isOver = true
  return { rounds, result }
}

test('what cannot be an entry is told to nobody, also where a line begins in another piece of the file', async () => {
  const long = `{"long":"${'x'.repeat(600_000)}"}`
  const path = write(1, `\n\n[]\nx\n{\n{"a":1}\n${long}\n${' '.repeat(600_000)}\n{}\n{"no":"end"`)
  expect(await Array.fromAsync(readTranscript(path, 1e9))).toEqual(['{"a":1}', long, '{}'])
})

test('empty lines cost nobody their turn, and too many of them are too large', async () => {
  write(1, said + '\n'.repeat(150_000))
  const terminal = terminalAt(() => 0)
  const { rounds, result } = await roundsDuring(terminal.read(cwd, idOf(1)))
  expect(result?.turns.map(({ prompt }) => prompt)).toEqual(['first'])
  // It is read twice: for what a list would show, and as a whole.
  expect(rounds).toBeGreaterThan(500)
  for (const line of ['\n', '{}\n']) {
    const much = said + line.repeat(250_000)
    write(1, much)
    expect(await terminalAt(() => 0).read(cwd, idOf(1)).catch((problem: unknown) => problem)).toMatchObject({ code: 'TOO_LARGE' })
    expect((await terminalAt(() => 0).list(cwd, page)).conversations).toMatchObject([{ conversationId: idOf(1), firstPrompt: 'first', messages: null }])
  }
})

test('a list ends at its time in the middle of a file, which is then the first of the next page', async () => {
  const much = Array.from({ length: 1_500 }, (_, n) => entry(`n${n}`, n === 0 ? null : `n${n - 1}`, 'user', `prompt ${n}`)).join('\n') + '\n'
  for (const n of [1, 2, 3]) write(n, n === 1 ? said : much)
  // Each look at the clock takes a millisecond.
  let now = 0
  const { list } = terminalAt(() => now++)
  const first = await list(cwd, page)
  expect([first.conversations.map(({ conversationId }) => conversationId), first.next?.conversationId]).toEqual([[idOf(1)], idOf(1)])
  const second = await list(cwd, { ...page, after: first.next })
  expect([second.conversations.map(({ conversationId, messages }) => [conversationId, messages]), second.next?.conversationId]).toEqual([[[idOf(2), 1_500]], idOf(2)])
  const third = await list(cwd, { ...page, after: second.next })
  expect([third.conversations.map(({ conversationId }) => conversationId), third.next]).toEqual([[idOf(3)], null])
})
