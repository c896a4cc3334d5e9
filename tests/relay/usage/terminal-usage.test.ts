// The terminal's transcripts: read on where it was left, each answer once, none of the relay's own, whatever lies in the folder.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../relay/clock.ts'
import type { Storage } from '../../../relay/storage/storage.ts'
import { createTerminalUsage } from '../../../relay/usage/terminal-usage.ts'
import { tempStorage, type TempStorage } from '../storage/temp-storage.ts'
import { transcriptLine } from './transcript-line.ts'

let temp: TempStorage
let storage: Storage
let folder: string
let project: string

beforeEach(async () => {
  temp = tempStorage()
  storage = await temp.open()
  folder = join(temp.folder, 'projects')
  project = join(folder, '-home-minji-harbor-api')
  mkdirSync(project, { recursive: true })
})
afterEach(() => temp.remove())

const make = (mostBytes?: number) => createTerminalUsage({ storage, clock: systemClock, log: temp.log, folder, ...(mostBytes && { mostBytes }) })
const scanned = async (transcripts = make()) => {
  while (await transcripts.scan());
  return transcripts
}
const write = (name: string, lines: string[]) => writeFileSync(join(project, name), lines.map((line) => `${line}\n`).join(''))
const rows = () => storage.query<{ entry: string; output_tokens: number; cost_micros: number | null; session_id: string }>("SELECT entry, output_tokens, cost_micros, session_id FROM usage WHERE source = 'terminal' ORDER BY entry")
const entries = async () => (await rows()).map(({ entry }) => entry)

test('G4 each answer is counted once, however often its lines are repeated by resumed and forked conversations', async () => {
  write('a.jsonl', [transcriptLine({ id: 'm1', output: 1 }), transcriptLine({ id: 'm1', output: 30 }), transcriptLine({ id: 'm2' })])
  write('b.jsonl', [transcriptLine({ id: 'm1', output: 30, conversation: 'c-2' }), transcriptLine({ id: 'm3', conversation: 'c-2', model: 'who-knows' })])
  await scanned()
  expect((await rows()).map(({ entry, output_tokens, cost_micros }) => [entry, output_tokens, cost_micros])).toEqual([
    ['m1:req_m1', 30, 100 * 4 + 30 * 20],
    ['m2:req_m2', 10, 100 * 4 + 10 * 20],
    ['m3:req_m3', 10, null],
  ])
})

test('what was read is not read again, after a restart neither; what is added is', async () => {
  write('a.jsonl', [transcriptLine({ id: 'm1' })])
  await scanned()
  await storage.commit({ statements: [{ sql: 'DELETE FROM usage' }] })
  const again = await scanned()
  expect(await entries()).toEqual([])
  appendFileSync(join(project, 'a.jsonl'), transcriptLine({ id: 'm2' }).slice(0, 50))
  await scanned(again)
  expect(await entries()).toEqual([])
  appendFileSync(join(project, 'a.jsonl'), `${transcriptLine({ id: 'm2' }).slice(50)}\n`)
  await scanned(again)
  expect(await entries()).toEqual(['m2:req_m2'])
})

test('a file that was replaced or cut is read from its beginning', async () => {
  write('a.jsonl', [transcriptLine({ id: 'm1' }), transcriptLine({ id: 'm2' })])
  const transcripts = await scanned()
  write('a.jsonl', [transcriptLine({ id: 'm3' })])
  await scanned(transcripts)
  write('new', [transcriptLine({ id: 'm4' }), transcriptLine({ id: 'm5' }), transcriptLine({ id: 'm6' })])
  renameSync(join(project, 'new'), join(project, 'a.jsonl'))
  await scanned(transcripts)
  expect(await entries()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].map((id) => `${id}:req_${id}`))
})

test('lines without an end, of garbage or of half a character do no harm to the others', async () => {
  const huge = `{"type":"assistant","usage":"${'x'.repeat(60_000)}"}`
  write('a.jsonl', [transcriptLine({ id: 'm1' }), huge, '\u0000\ufffd{', '"usage" "assistant"', `${'['.repeat(5_000)}"usage""assistant"`, transcriptLine({ id: 'm2' })])
  appendFileSync(join(project, 'a.jsonl'), Buffer.from([0xff, 0xfe, 0xe2, 10]))
  appendFileSync(join(project, 'a.jsonl'), `${transcriptLine({ id: 'm3' })}\n`)
  await scanned(make(4_096))
  expect(await entries()).toEqual(['m1:req_m1', 'm2:req_m2', 'm3:req_m3'])
})

test('links are not followed, neither of files nor of folders; a round ends and the next goes on', async () => {
  const outside = join(temp.folder, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'x.jsonl'), `${transcriptLine({ id: 'out' })}\n`)
  symlinkSync(join(outside, 'x.jsonl'), join(project, 'link.jsonl'))
  symlinkSync(outside, join(folder, 'linked'))
  write('a.jsonl', Array.from({ length: 9_000 }, (_, at) => transcriptLine({ id: `m${at}` })))
  const transcripts = make()
  expect(await transcripts.scan()).toBe(true)
  await scanned(transcripts)
  const found = await entries()
  expect([found.length, found.includes('out:req_out')]).toEqual([9_000, false])
  rmSync(folder, { recursive: true })
  expect(await transcripts.scan()).toBe(false)
})

test('G4 what the relay led is counted by its turns alone, also where the terminal has a copy of it; what the terminal adds is the terminal’s', async () => {
  await storage.commit({
    statements: [
      { sql: "INSERT INTO workspaces (id, path, name, created_at) VALUES ('w', '/home/minji/harbor-api', 'harbor-api', 0)" },
      { sql: "INSERT INTO own_conversations (id) VALUES ('ours')" },
    ],
  })
  // The copy is read first: it counts until the original is seen.
  write('a-copy.jsonl', [transcriptLine({ id: 'm1', conversation: 'theirs', entrypoint: 'sdk-ts' }), transcriptLine({ id: 'm2', conversation: 'theirs' })])
  const transcripts = await scanned()
  expect(await entries()).toEqual(['m1:req_m1', 'm2:req_m2'])
  write('ours.jsonl', [transcriptLine({ id: 'm1', conversation: 'ours', entrypoint: 'sdk-ts' }), transcriptLine({ id: 'm3', conversation: 'ours', entrypoint: 'cli' })])
  await scanned(transcripts)
  expect(await entries()).toEqual(['m2:req_m2', 'm3:req_m3'])
  write('another-copy.jsonl', [transcriptLine({ id: 'm1', conversation: 'fork', entrypoint: 'sdk-ts' })])
  await scanned(transcripts)
  expect(await entries()).toEqual(['m2:req_m2', 'm3:req_m3'])
  expect(await storage.query("SELECT DISTINCT workspace_id FROM usage")).toEqual([{ workspace_id: 'w' }])
})
