// What people may cost in a day: who is warned, who is stopped before a turn starts, and until when.
import { Refused, type Budget, type BudgetBody, type Budgets, type OwnBudget } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Storage } from '../storage/storage.ts'
import { createCalendar } from './calendar.ts'

export type BudgetRow = { limitMicros: number | null; warnPercent: number }
/** What a turn that ends in this commit adds to the day of `at`: it stands in no row so far. */
export type Pending = { userId: string | null; costMicros: number; at: number }

/** Of everybody who has none of their own. */
const everybody = ''
const warnedFrom = 80
const mostListed = 500

type Dependencies = { storage: Storage; auth: Pick<Auth, 'audit'>; clock: Clock; timeZone: string }

export function createBudgets({ storage, auth, clock, timeZone }: Dependencies) {
  const calendar = createCalendar(timeZone)
  /** All of them: they are few, and asked for at every turn. Only this relay changes them. */
  const rows = new Map<string, BudgetRow>()
  const listeners = new Set<() => void>()
  let midnight: Timer | null = null

  const today = () => calendar.at(clock.now())
  const rowOf = (userId: string): BudgetRow | null => rows.get(userId) ?? rows.get(everybody) ?? null

  async function spentBy(userId: string, from: number): Promise<number> {
    const [row] = await storage.query<{ micros: number | null }>("SELECT sum(cost_micros) AS micros FROM usage WHERE user_id = ? AND at >= ? AND source = 'relay'", [userId, from])
    return Number(row?.micros ?? 0)
  }

  async function spentToday(): Promise<{ day: string; micros: number }> {
    const { day, from } = today()
    const [row] = await storage.query<{ micros: number | null }>("SELECT sum(cost_micros) AS micros FROM usage WHERE at >= ? AND source = 'relay'", [from])
    return { day, micros: Number(row?.micros ?? 0) }
  }

  async function standing(userId: string, pending: Pending | null = null): Promise<OwnBudget> {
    const { day, from, to } = today()
    const row = rowOf(userId)
    const spent = (await spentBy(userId, from)) + (pending?.userId === userId && pending.at >= from ? pending.costMicros : 0)
    return {
      state: stateOf(row, spent),
      limit_micros: row?.limitMicros ?? null,
      spent_micros: spent,
      warn_percent: row?.warnPercent ?? warnedFrom,
      day,
      tz: timeZone,
      resets_at: to,
    }
  }

  /** Whether somebody is stopped at all: without a limit nothing is read. */
  const isLimited = (userId: string): boolean => (rowOf(userId)?.limitMicros ?? null) !== null

  /** The refusal of a new turn of theirs; null while they may. */
  async function refusal(userId: string, pending: Pending | null = null): Promise<Refused | null> {
    if (!isLimited(userId)) return null
    const { state, limit_micros, spent_micros, resets_at } = await standing(userId, pending)
    if (state !== 'spent') return null
    return new Refused('BUDGET', 'the budget of this day is used up', { details: { limit_micros, spent_micros, resets_at } })
  }

  /** The line of today that is crossed with this turn; null when none is, or it was crossed before. */
  async function crossed({ userId, costMicros, at }: Pending): Promise<{ state: 'near' | 'spent'; percent: number } | null> {
    const { from } = today()
    if (userId === null || costMicros <= 0 || at < from || !isLimited(userId)) return null
    const row = rowOf(userId)!
    const before = await spentBy(userId, from)
    const after = stateOf(row, before + costMicros)
    if (after === stateOf(row, before) || after === 'within' || after === 'free') return null
    return { state: after, percent: row.limitMicros === 0 ? 100 : Math.floor(((before + costMicros) / row.limitMicros!) * 100) }
  }

  async function list(): Promise<Budgets> {
    const { day, from, to } = today()
    const sql = `WITH spent AS (SELECT user_id, sum(cost_micros) AS micros FROM usage WHERE at >= ? AND source = 'relay' AND user_id IS NOT NULL GROUP BY user_id)
      SELECT u.id AS user_id, u.name AS username, b.limit_micros, b.warn_percent, coalesce(s.micros, 0) AS spent_micros FROM users u
      LEFT JOIN budgets b ON b.user_id = u.id LEFT JOIN spent s ON s.user_id = u.id
      WHERE u.deleted_at IS NULL AND (b.user_id IS NOT NULL OR s.user_id IS NOT NULL) ORDER BY spent_micros DESC, u.name LIMIT ${mostListed + 1}`
    const read = await storage.query<Omit<Budget, 'warn_percent' | 'own'> & { warn_percent: number | null }>(sql, [from])
    const people = read.slice(0, mostListed)
    const standard = rows.get(everybody)
    const budgets: Budget[] = [
      ...(standard ? [{ user_id: null, username: null, limit_micros: standard.limitMicros, warn_percent: standard.warnPercent, spent_micros: null, own: true }] : []),
      ...people.map((each) => ({ ...each, own: each.warn_percent !== null, warn_percent: each.warn_percent ?? standard?.warnPercent ?? warnedFrom, limit_micros: each.warn_percent === null ? (standard?.limitMicros ?? null) : each.limit_micros })),
    ]
    return { day, tz: timeZone, resets_at: to, budgets, cut: read.length > mostListed }
  }

  /** `user` null: for everybody who has none of their own. */
  async function set(asked: Asked, user: string | null, { limit_micros, warn_percent }: BudgetBody): Promise<object> {
    await known(user)
    const row: BudgetRow = { limitMicros: limit_micros, warnPercent: warn_percent ?? warnedFrom }
    const kept = asked.answering({})
    const commit = await storage.commit({
      answer: kept.answer,
      statements: [
        {
          sql: `INSERT INTO budgets (user_id, limit_micros, warn_percent, set_by, set_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (user_id) DO UPDATE SET limit_micros = excluded.limit_micros, warn_percent = excluded.warn_percent, set_by = excluded.set_by, set_at = excluded.set_at`,
          params: [user ?? everybody, row.limitMicros, row.warnPercent, asked.who.userId, clock.now()],
          changes: 1,
        },
        auth.audit(asked.who, 'budget.set', { user_id: user, limit_micros, warn_percent: row.warnPercent }),
      ],
    })
    if (commit.outcome === 'committed') rows.set(user ?? everybody, row)
    kept.committed(commit)
    changed()
    return {}
  }

  async function remove(asked: Asked, user: string | null): Promise<object> {
    const kept = asked.answering({})
    const commit = await storage.commit({
      answer: kept.answer,
      statements: [{ sql: 'DELETE FROM budgets WHERE user_id = ?', params: [user ?? everybody], changes: 1 }, auth.audit(asked.who, 'budget.delete', { user_id: user })],
    })
    if (commit.outcome === 'refused') throw new Refused('NOT_FOUND', 'not found')
    rows.delete(user ?? everybody)
    kept.committed(commit)
    changed()
    return {}
  }

  async function known(user: string | null): Promise<void> {
    if (user === null) return
    const found = await storage.query('SELECT 1 FROM users WHERE id = ? AND deleted_at IS NULL', [user])
    if (found.length === 0) throw new Refused('NOT_FOUND', 'not found')
  }

  const changed = () => listeners.forEach((listener) => listener())

  /** A new day: whoever waits for it may go on. Not one long timer: clocks are set, and machines sleep. */
  function waitForDay(ends: number): void {
    const ms = Math.max(1_000, Math.min(ends - clock.now(), 3_600_000))
    midnight = clock.setTimer(() => {
      const isOver = clock.now() >= ends
      if (isOver) changed()
      waitForDay(isOver ? today().to : ends)
    }, ms)
  }

  return {
    standing: (who: Identity) => standing(who.userId),
    /** What everybody together has cost on this day, as far as turns have ended. */
    spentToday,
    refusal,
    crossed,
    list,
    set,
    remove,
    /** Called when somebody who was stopped may perhaps go on: a budget was changed, or a day has begun. */
    onFreed(listener: () => void): void {
      listeners.add(listener)
    },
    async boot(): Promise<void> {
      for (const { user_id, limit_micros, warn_percent } of await storage.query<{ user_id: string; limit_micros: number | null; warn_percent: number }>('SELECT user_id, limit_micros, warn_percent FROM budgets')) {
        rows.set(user_id, { limitMicros: limit_micros === null ? null : Number(limit_micros), warnPercent: Number(warn_percent) })
      }
      waitForDay(today().to)
    },
    stop: () => midnight?.cancel(),
  }
}

export function stateOf(row: BudgetRow | null, spentMicros: number): OwnBudget['state'] {
  if (row === null || row.limitMicros === null) return 'free'
  if (spentMicros >= row.limitMicros) return 'spent'
  return spentMicros * 100 >= row.limitMicros * row.warnPercent ? 'near' : 'within'
}
