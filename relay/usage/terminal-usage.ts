// Counts what was used in the terminal: reads on in the CLI's transcripts, a little at a time, beside everything else.
import type { Clock, Timer } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { readOn, transcriptFiles, type Mark } from './transcript-tails.ts'
import { readTranscriptLine, type TranscriptAnswer } from './transcript-lines.ts'

export type TerminalUsage = ReturnType<typeof createTerminalUsage>

const pieceBytes = 256 * 1024
const roundBytes = 2 * 1024 * 1024
/** A commit costs something too, however little was read for it. */
const leastBytes = 8 * 1024
const firstMs = 10_000
const restMs = 60_000
/** While there is more to read: a first look at years of transcripts takes its time and nobody's. */
const busyMs = 1_000

type Dependencies = { storage: Storage; clock: Clock; log: Log; folder: string; /** For tests. */ mostBytes?: number }

export function createTerminalUsage({ storage, clock, log, folder, mostBytes = pieceBytes }: Dependencies) {
  let marks: Map<string, Mark> | null = null
  let timer: Timer | null = null
  let running: Promise<boolean> | null = null
  let stopped = false

  async function readMarks(): Promise<Map<string, Mark>> {
    const rows = await storage.query<{ path: string; inode: string; read_bytes: number }>('SELECT path, inode, read_bytes FROM terminal_files')
    return new Map(rows.map(({ path, inode, read_bytes }) => [path, { inode, readBytes: Number(read_bytes) }]))
  }

  /** Those of these conversations that the relay has led. */
  async function ownOf(conversations: readonly string[]): Promise<Set<string>> {
    if (conversations.length === 0) return new Set()
    const sql = `SELECT id FROM own_conversations WHERE id IN (${conversations.map(() => '?').join(', ')})`
    return new Set((await storage.query<{ id: string }>(sql, [...conversations])).map(({ id }) => id))
  }

  async function count(path: string, lines: readonly string[], mark: Mark): Promise<void> {
    const answers = lines.flatMap((line) => readTranscriptLine(line) ?? [])
    const own = await ownOf([...new Set(answers.map(({ conversationId }) => conversationId))])
    // Somebody may go on in a terminal with what the relay began: that is the terminal's.
    const isOwn = ({ conversationId, entrypoint }: TranscriptAnswer) => own.has(conversationId) && entrypoint !== 'cli'
    const statements = answers.flatMap((answer) => (isOwn(answer) ? ownAnswer(answer) : [terminalAnswer(answer)]))
    await storage.commit({ statements: [...statements, keepMark(path, mark)] })
  }

  /** Whether there is more to read at once. */
  async function round(): Promise<boolean> {
    marks ??= await readMarks()
    let left = roundBytes
    for await (const path of transcriptFiles(folder)) {
      for (let more = true; more; ) {
        if (stopped) return false
        if (left <= 0) return true
        // Gone, or turned into something else, between the list and the look.
        const piece = await readOn(path, marks.get(path), mostBytes).catch(() => null)
        if (!piece) break
        await count(path, piece.lines, piece.mark)
        marks.set(path, piece.mark)
        left -= Math.max(piece.bytes, leastBytes)
        more = piece.more
      }
    }
    return false
  }

  const scan = (): Promise<boolean> => (running ??= round().finally(() => (running = null)))

  function again(ms: number): void {
    if (stopped) return
    timer = clock.setTimer(() => {
      scan().then(
        (more) => again(more ? busyMs : restMs),
        (error: unknown) => {
          log.warn('transcripts of the terminal could not be counted', { error })
          again(restMs)
        },
      )
    }, ms)
  }

  return {
    scan,
    start: () => again(firstMs),
    async stop(): Promise<void> {
      stopped = true
      timer?.cancel()
      await running?.catch(() => undefined)
    },
  }
}

const keepMark = (path: string, { inode, readBytes }: Mark): Statement => ({
  sql: 'INSERT INTO terminal_files (path, inode, read_bytes) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE SET inode = excluded.inode, read_bytes = excluded.read_bytes',
  params: [path, inode, readBytes],
})

/** Its turn counts it. Should a copy of it have been taken for the terminal's, then no longer. */
const ownAnswer = ({ entry }: TranscriptAnswer): Statement[] => [
  { sql: 'INSERT INTO own_answers (entry) VALUES (?) ON CONFLICT (entry) DO NOTHING', params: [entry] },
  { sql: "DELETE FROM usage WHERE entry = ? AND source = 'terminal'", params: [entry] },
]

/** The lines of one answer come one per block, and only the last one tells all of its output. */
const terminalAnswer = ({ entry, conversationId, folder, model, at, tokens, costMicros }: TranscriptAnswer): Statement => ({
  sql: `INSERT INTO usage (entry, source, session_id, workspace_id, model, at, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micros, estimated)
    SELECT ?, 'terminal', ?, (SELECT id FROM workspaces WHERE path = ? AND removed_at IS NULL), ?, ?, 0, ?, ?, ?, ?, ?, 1
    WHERE NOT EXISTS (SELECT 1 FROM own_answers WHERE entry = ?)
    ON CONFLICT (entry) DO UPDATE SET input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
      cache_read_tokens = excluded.cache_read_tokens, cache_write_tokens = excluded.cache_write_tokens, cost_micros = excluded.cost_micros
    WHERE usage.source = 'terminal' AND excluded.output_tokens > usage.output_tokens`,
  params: [entry, conversationId, folder, model, at, tokens.input, tokens.output, tokens.cacheRead, tokens.cacheWrite, costMicros, entry],
})
