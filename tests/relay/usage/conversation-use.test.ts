// What a conversation has used since a moment, from the ends of its transcripts: each answer once, whatever lies in the folder, and without reading all of it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answersSince } from '../../../relay/usage/conversation-use.ts'
import { readBack } from '../../../relay/usage/transcript-tails.ts'
import { transcriptLine } from './transcript-line.ts'

let folder: string
let project: string
let agents: string
const since = Date.UTC(2026, 10, 8, 12)
const own = { conversation: 'ours', entrypoint: 'sdk-ts', at: since + 1_000 }
const line = (id: string, more: Partial<Parameters<typeof transcriptLine>[0]> = {}) => transcriptLine({ ...own, id, ...more })
const write = (path: string, lines: readonly string[]) => writeFileSync(path, lines.map((each) => `${each}\n`).join(''))
const used = async () => (await answersSince(folder, 'ours', since)).map(({ entry, tokens }) => [entry.split(':')[0], tokens.output]).sort()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conversation-use-'))
  project = join(folder, '-home-minji-harbor-api')
  agents = join(project, 'ours', 'subagents')
  mkdirSync(agents, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('G1 each answer counts once and at its latest word, its agents’ too; nothing of earlier, of others or of a terminal', async () => {
  write(join(project, 'ours.jsonl'), [line('before', { at: since - 1 }), line('m1', { output: 1 }), line('m1', { output: 30 }), line('typed', { entrypoint: 'cli' }), line('copied', { conversation: 'theirs' }), line('m2')])
  write(join(agents, 'agent-a.jsonl'), [line('m1', { output: 30 }), line('m3', { model: 'claude-haiku-4-5' }), line('m4', { model: 'unheard-of' })])
  const workflow = join(agents, 'workflows', 'run-1')
  mkdirSync(workflow, { recursive: true })
  write(join(workflow, 'agent-w.jsonl'), [line('w1', { output: 40 })])
  write(join(project, 'theirs.jsonl'), [line('other', { conversation: 'theirs' })])
  expect(await used()).toEqual([['m1', 30], ['m2', 10], ['m3', 10], ['m4', 10], ['w1', 40]])
  rmSync(workflow, { recursive: true })
})

test('G1 garbage, links, pipes and half a line do no harm, and what is not there is nothing', async () => {
  const outside = join(folder, 'outside.jsonl')
  write(outside, [line('out')])
  symlinkSync(outside, join(agents, 'agent-link.jsonl'))
  Bun.spawnSync(['mkfifo', join(agents, 'agent-pipe.jsonl')])
  mkdirSync(join(agents, 'agent-folder.jsonl'))
  writeFileSync(join(agents, 'agent-b.jsonl'), Buffer.from([0, 0xff, 0xe2, 10, 123, 34, 10, 10]))
  appendFileSync(join(agents, 'agent-b.jsonl'), `${'['.repeat(5_000)}"usage""assistant"\n${line('m5')}\n${line('cut').slice(0, -20)}`)
  expect((await used()).map(([id]) => id)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
  for (const [where, id] of [[join(folder, 'nowhere'), 'ours'], [folder, '../outside'], [folder, ''], [folder, 'unheard-of']] as const) expect(await answersSince(where, id, since)).toEqual([])
})

test('G1 of a transcript of gigabytes only the end is read', async () => {
  const path = join(project, 'ours.jsonl')
  const output = JSON.stringify({ type: 'user', toolUseResult: 'x'.repeat(300_000) })
  write(path, [line('m1'), ...Array<string>(20).fill(output), line('before', { at: since - 1 }), output, line('m2'), output, JSON.stringify({ type: 'user', toolUseResult: 'y'.repeat(5_000_000) }), line('m6', { output: 20 })])
  let bytes = 0
  for await (const piece of readBack(path, 2_000_000)) bytes += piece.bytes
  expect([bytes, statSync(path).size > 10_000_000]).toEqual([2_000_000, true])
  rmSync(agents, { recursive: true })
  // Beyond what is of earlier nothing is looked for.
  expect(await used()).toEqual([['m2', 10], ['m6', 20]])
})
