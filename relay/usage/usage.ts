// DOOR of usage: what Claude used, of whom, for what and at which cost; what people may cost in a day; what the terminal used beside.
import { Refused, type Stats, type UsageQuery, type UsageReport } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Statement, Storage } from '../storage/storage.ts'
import { createBudgets, type Pending } from './budgets.ts'
import { answersSince } from './conversation-use.ts'
import { createTerminalUsage } from './terminal-usage.ts'
import { microsOf, turnRows, untoldRows, type Answer, type EndedTurn } from './turn-rows.ts'
import { askingOf, columnsOf, readPages, readReport, type Scope } from './usage-report.ts'

export { machineTimeZone } from './calendar.ts'
export type { Pending } from './budgets.ts'

export type Usage = ReturnType<typeof createUsage>

export type UsageDependencies = {
  storage: Storage
  auth: Pick<Auth, 'audit' | 'may'>
  clock: Clock
  log: Log
  /** When a day of budgets begins. */
  timeZone: string
  /** Where the CLI keeps its transcripts: `~/.claude/projects`. */
  transcripts: string
}

export function createUsage({ storage, auth, clock, log, timeZone, transcripts: folder }: UsageDependencies) {
  const budgets = createBudgets({ storage, auth, clock, timeZone })
  const terminal = createTerminalUsage({ storage, clock, log, folder })

  /** Everybody is told of themselves; workers of a session of it; admins of all. */
  async function scopeOf(who: Identity, { user_id, session_id, source }: UsageQuery): Promise<Scope> {
    const [userId, sessionId] = [user_id || null, session_id || null]
    const isAdmin = who.role === 'admin' && (who.scopes === null || who.scopes.includes('admin'))
    const asker = who.userId
    if (isAdmin) return { userId, sessionId, source: source ?? 'all', seesAll: true, asker }
    if (source && source !== 'relay') throw new Refused('FORBIDDEN', 'what the terminal used is for admins')
    if (sessionId !== null) {
      await auth.may(who, 'see_usage', sessionId)
      return { userId, sessionId, source: 'relay', seesAll: false, asker }
    }
    if (userId !== null && userId !== who.userId) throw new Refused('FORBIDDEN', 'what others used is for admins')
    return { userId: who.userId, sessionId: null, source: 'relay', seesAll: false, asker }
  }

  return {
    /**
     * For the commit that ends a turn: its rows, and what it adds to the day of whoever prompted. `untold`: answers of processes that were
     * gone before they could say what the turn used. `at`: when it ended, if that was not now.
     */
    ofTurn(turn: EndedTurn, stats: Stats | null, untold: readonly Answer[], at = clock.now()): { statements: Statement[]; pending: Pending; untoldMicros: number } {
      const told = stats ? turnRows(turn, stats, at) : []
      const more = untoldRows(turn, untold, at, told.length === 0)
      return {
        statements: [...told, ...more.statements],
        pending: { userId: turn.userId, costMicros: microsOf(stats?.cost_usd ?? 0) + more.costMicros, at },
        untoldMicros: more.costMicros,
      }
    },
    /** What a conversation has used since a moment, as far as the CLI wrote it down. What cannot be read is told in the log and counts as nothing. */
    async usedSince(conversationId: string, since: number): Promise<(Answer & { at: number })[]> {
      try {
        return await answersSince(folder, conversationId, since)
      } catch (error) {
        log.warn('what a turn that was cut off used could not be read', { conversationId, error })
        return []
      }
    },
    report: async (who: Identity, query: UsageQuery): Promise<UsageReport> => readReport({ storage, asking: askingOf(query, clock.now()), scope: await scopeOf(who, query) }),
    /** All of the report as rows of cells, under the names of its columns. A slow reader may lose the right meanwhile: it is asked for each page, and throws like this. */
    async table(who: Identity, query: UsageQuery) {
      const asking = askingOf(query, clock.now())
      const scope = await scopeOf(who, query)
      const columns = columnsOf(asking.by)
      async function* pages() {
        for await (const rows of readPages({ storage, asking, scope })) {
          await scopeOf(who, query)
          yield rows.map((row) => columns.map((column) => row[column]))
        }
      }
      return { from: asking.days[0]!.day, to: asking.days.at(-1)!.day, columns, pages: pages() }
    },
    budgets,
    /** Reads on in the transcripts of the terminal now; whether there is more. */
    scan: terminal.scan,
    /** Before turns begin. */
    boot: budgets.boot,
    /** Begins to count the terminal. */
    start: terminal.start,
    async stop(): Promise<void> {
      budgets.stop()
      await terminal.stop()
    },
  }
}
