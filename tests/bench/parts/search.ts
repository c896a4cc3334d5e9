// The search over what was said: how long it takes among thousands of sessions, how long it keeps the event loop, and what it costs the writer.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '../../../relay/auth/auth.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createTranscripts } from '../../../relay/events/events.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { createSearchSessions } from '../../../relay/sessions/search-sessions.ts'
import { openStorage, type Storage } from '../../../relay/storage/storage.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import type { PartOptions, Section } from '../measure/section.ts'
import { median, quantile } from '../measure/statistics.ts'
import { ms, number, table } from '../measure/table.ts'

const sessions = 5_000
const eventsPerSession = 40
const words = 'the relay session answer commit token stream prompt queue worker writer socket channel 결제 오류 처리 웹훅 요청 세션 대기열 검색 파일 수정 harbor tide gate limit webhook booking test function return const value'.split(' ')
const everyBody: Identity = { userId: 'u1', name: 'u1', role: 'admin', sid: 's', kind: 'access', scopes: null, expiresAt: Infinity, address: null, agent: null }

const queries: { what: string; q: string }[] = [
  { what: 'a word that most sessions hold', q: 'webhook' },
  { what: 'two Korean letters, in most sessions', q: '결제' },
  { what: 'a word of one session', q: 'obsidian' },
  { what: 'a word that nobody said', q: 'travertine' },
  { what: 'two letters that nobody said: read through', q: 'zq' },
]

async function fill(storage: Storage, next: () => number): Promise<{ plainMs: number[]; textMs: number[] }> {
  const text = (chars: number) => {
    let said = ''
    while (said.length < chars) said += `${words[Math.floor(next() * words.length)]} `
    return said
  }
  const statements = ["INSERT INTO users (id, name, name_key, role, created_at) VALUES ('u1', 'u1', 'u1', 'admin', 0)", "INSERT INTO workspaces (id, path, name, created_at, is_default) VALUES ('w', '/w', 'w', 0, 1)"]
  await storage.commit({ statements: statements.map((sql) => ({ sql })) })
  for (let n = 0; n < sessions; n++) {
    const sql = "INSERT INTO sessions (id, workspace_id, title, title_source, owner_id, visibility, state, permission_mode, created_at, updated_at) VALUES (?, 'w', ?, 'prompt', 'u1', 'workspace', 'idle', 'default', 0, ?)"
    const events = Array.from({ length: eventsPerSession }, (_, index) => {
      const isText = index % 4 === 0
      const content = n === 17 && isText ? `${text(600)} obsidian` : text(isText ? 700 : 300)
      return { channel: `session:s${n}`, type: isText ? 'claude_response' : 'progress', data: JSON.stringify({ session_id: `s${n}`, content }), timestamp: n }
    })
    await storage.commit({ statements: [{ sql, params: [`s${n}`, `session ${n}`, n] }], events })
  }
  const single = async (type: string) => {
    const took: number[] = []
    for (let n = 0; n < 300; n++) {
      const began = performance.now()
      await storage.commit({ events: [{ channel: 'session:s0', type, data: JSON.stringify({ session_id: 's0', content: text(600) }), timestamp: n }] })
      took.push(performance.now() - began)
    }
    return took
  }
  return { plainMs: await single('thinking'), textMs: await single('claude_response') }
}

/** Runs it, and says how long nobody else could have had a turn. */
async function watched(run: () => Promise<{ hits: unknown[] }>): Promise<{ tookMs: number; blockedMs: number; hits: number }> {
  let last = performance.now()
  let blockedMs = 0
  const timer = setInterval(() => {
    blockedMs = Math.max(blockedMs, performance.now() - last)
    last = performance.now()
  }, 1)
  const began = performance.now()
  const { hits } = await run()
  const ended = performance.now()
  clearInterval(timer)
  return { tookMs: ended - began, blockedMs: Math.max(blockedMs, ended - last), hits: hits.length }
}

export async function search({ rounds, say }: PartOptions): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'ensemble-bench-search-'))
  const path = join(folder, 'ensemble.sqlite')
  const storage = await openStorage({ url: `sqlite:${path}`, clock: systemClock, log: createLog(() => undefined, systemClock), randomId: randomUUID })
  try {
    const { plainMs, textMs } = await fill(storage, seededRandom(1))
    say(`${number(sessions)} sessions with ${number(sessions * eventsPerSession)} events are there`)
    const find = createSearchSessions({ storage, transcripts: createTranscripts({ storage }), clock: systemClock })
    const rows: string[][] = []
    for (const { what, q } of queries) {
      const runs = []
      for (let round = 0; round < rounds; round++) runs.push(await watched(() => find(everyBody, { q })))
      rows.push([what, ms(median(runs.map(({ tookMs }) => tookMs))), ms(Math.max(...runs.map(({ blockedMs }) => blockedMs))), String(runs[0]!.hits)])
      say(`${what}: ${rows.at(-1)!.slice(1).join(', ')}`)
    }
    const [plain, said] = [median(plainMs), median(textMs)]
    const writer = `A commit of one answer of 600 characters takes ${ms(said)} (p99 ${ms(quantile(textMs, 0.99))}), of an event that is not indexed ${ms(plain)}: the index costs about ${ms(said - plain)} of the writer's thread, and nothing for tools and deltas. The database has ${number(statSync(path).size / 1024 / 1024)} MiB.`
    const found = table(['sought', 'answer', 'longest hold of the event loop', 'hits told'], rows)
    return { name: 'search', title: 'Search', text: `${number(sessions)} sessions, ${number(sessions * eventsPerSession)} events, an asker who may read all of them; without the full steps of 50 ms at which answers leave.\n\n${found}\n\n${writer}` }
  } finally {
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
