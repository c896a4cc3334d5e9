// Sums of use, broken down as asked: by day on the asker's calendar, by person, session, model, workspace or source.
import { Refused, rest, type UsageBy, type UsageFigures, type UsageQuery, type UsageReport, type UsageRow } from '#protocol'
import { nextRound } from '../clock.ts'
import type { Param, Storage } from '../storage/storage.ts'
import { isTimeZone } from '../unsafe-settings.ts'
import { createCalendar, type Day } from './calendar.ts'

/** Whose use may be told. `userId`: only theirs. `sessionId`: only of this session. */
export type Scope = { userId: string | null; sessionId: string | null; source: 'relay' | 'terminal' | 'all'; /** Every title may be told. */ seesAll: boolean; asker: string }

const defaultDays = 14
const mostDays = 400
const mostRows = 1_000
const rowsPerPage = 500

const FIGURES = `coalesce(sum(u.turns), 0) AS turns, coalesce(sum(u.input_tokens), 0) AS input_tokens, coalesce(sum(u.output_tokens), 0) AS output_tokens,
  coalesce(sum(u.cache_read_tokens), 0) AS cache_read_tokens, coalesce(sum(u.cache_write_tokens), 0) AS cache_write_tokens,
  coalesce(sum(u.cost_micros), 0) AS cost_micros, coalesce(sum(CASE WHEN u.estimated = 1 THEN u.cost_micros END), 0) AS estimated_micros,
  coalesce(sum(CASE WHEN u.cost_micros IS NULL THEN u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens END), 0) AS unpriced_tokens`

/** Each way to break down, but by day: the column that tells rows apart, and what is kept beside it. */
const BY: Record<Exclude<UsageBy, 'day'>, { key: keyof UsageRow; beside?: string }> = {
  model: { key: 'model' },
  source: { key: 'source' },
  user: { key: 'user_id', beside: 'max(u.username) AS username' },
  workspace: { key: 'workspace_id' },
  session: { key: 'session_id' },
}

const figureNames = Object.keys(rest.usageFigures.shape) as (keyof UsageFigures)[]

export type Asking = { days: Day[]; tz: string; by: UsageBy[] }

/** In the calendar, and no further from now than any use can lie: beyond year 9999 days are written in more letters, and do not sort as text. */
const isDay = (day: string): boolean => new Date(Date.parse(day)).toISOString().startsWith(day) && day >= '2000-01-01' && day < '3000-01-01'

/** The days and dimensions that a query means. Throws VALIDATION. */
export function askingOf({ from, to, by, tz }: UsageQuery, now: number): Asking {
  const zone = tz || 'UTC'
  if (!isTimeZone(zone)) throw new Refused('VALIDATION', `tz: there is no time zone ${zone}`)
  const calendar = createCalendar(zone)
  for (const day of [from, to]) if (day && !isDay(day)) throw new Refused('VALIDATION', `there is no day ${day}`)
  const last = to ?? (from ? [calendar.next(from, defaultDays - 1), calendar.dayOf(now)].sort()[0]! : calendar.dayOf(now))
  const first = from ?? calendar.next(last, 1 - defaultDays)
  if (first > last) throw new Refused('VALIDATION', 'from lies after to')
  if ((Date.parse(last) - Date.parse(first)) / 86_400_000 >= mostDays) throw new Refused('VALIDATION', `at most ${mostDays} days can be asked for`)
  const dimensions = (by ? by.split(',') : ['day']) as UsageBy[]
  if (new Set(dimensions).size < dimensions.length) throw new Refused('VALIDATION', 'by: the same twice')
  return { days: calendar.span(first, last), tz: zone, by: dimensions }
}

type Asker = { storage: Pick<Storage, 'query'>; asking: Asking; scope: Scope }

/** The first rows, and the sum of all of them. */
export async function readReport(asker: Asker): Promise<UsageReport> {
  const { days, tz } = asker.asking
  const total = Object.fromEntries(figureNames.map((name) => [name, 0])) as UsageFigures
  const rows: UsageRow[] = []
  for await (const page of groups(asker)) {
    for (const row of page) add(total, row)
    rows.push(...page.slice(0, mostRows + 1 - rows.length))
  }
  return { from: days[0]!.day, to: days.at(-1)!.day, tz, rows: await named(asker, rows.slice(0, mostRows)), total, cut: rows.length > mostRows }
}

/** All rows, in the same order. */
export async function* readPages(asker: Asker): AsyncGenerator<UsageRow[]> {
  for await (const page of groups(asker)) yield await named(asker, page)
}

/** Days as they come; what is summed over all days, the most expensive first. */
async function* groups(asker: Asker): AsyncGenerator<UsageRow[]> {
  if (asker.asking.by.includes('day')) return yield* daily(asker)
  const keys = keysOf(asker.asking.by)
  const sums = new Map<string, UsageRow>()
  for await (const rows of daily(asker)) {
    for (const { day: _, ...figures } of rows) {
      const row: UsageRow = figures
      const key = JSON.stringify(keys.map((each) => row[each]))
      const sum = sums.get(key)
      if (sum === undefined) sums.set(key, row)
      else add(sum, row)
    }
  }
  const all = [...sums.values()].sort((a, b) => b.cost_micros - a.cost_micros || b.output_tokens - a.output_tokens)
  for (let from = 0; from < all.length; from += rowsPerPage) yield all.slice(from, from + rowsPerPage)
}

/** Reads hold up everybody, so it is a day at a time, and what has arrived meanwhile has its turn. */
async function* daily({ storage, asking: { days, by }, scope }: Asker): AsyncGenerator<UsageRow[]> {
  const { where, params } = condition(scope)
  const keys = keysOf(by).map((key) => `u.${key}`)
  const beside = by.flatMap((each) => (each === 'day' ? [] : (BY[each].beside ?? [])))
  const sql = `SELECT ${[...keys, ...beside, FIGURES].join(', ')} FROM usage u WHERE ${where}${keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''} HAVING count(*) > 0 ORDER BY cost_micros DESC`
  for (const { day, from, to } of days) {
    const rows = await storage.query<UsageRow>(sql, [from, to, ...params])
    if (rows.length > 0) yield rows.map((row) => ({ day, ...row }))
    await nextRound()
  }
}

const keysOf = (by: readonly UsageBy[]) => by.flatMap((each) => (each === 'day' ? [] : [BY[each].key]))

function add(sum: UsageFigures, more: UsageFigures): void {
  for (const name of figureNames) sum[name] += more[name]
}

/** With what people, folders and sessions are called now. */
async function named({ storage, asking: { by }, scope: { seesAll, asker } }: Asker, rows: UsageRow[]): Promise<UsageRow[]> {
  const known = async <T>(key: keyof UsageRow, sql: string, params: Param[] = []) => {
    const ids = JSON.stringify([...new Set(rows.map((row) => row[key]))])
    return new Map((await storage.query<T & { id: string }>(sql, [ids, ...params])).map(({ id, ...each }) => [id, each]))
  }
  const here = 'id IN (SELECT value FROM json_each(?))'
  const users = by.includes('user') ? await known<{ name: string }>('user_id', `SELECT id, name FROM users WHERE ${here}`) : null
  const workspaces = by.includes('workspace') ? await known<{ name: string }>('workspace_id', `SELECT id, name FROM workspaces WHERE ${here}`) : null
  // Whoever was removed from a session does not read what it is called now, nor whose it is.
  const open = 's.deleted_at IS NULL AND EXISTS (SELECT 1 FROM participants p WHERE p.session_id = s.id AND p.user_id = ? AND p.removed_at IS NULL)'
  const readable = `SELECT s.id, s.title, s.owner_id, o.name AS owner_name FROM sessions s JOIN users o ON o.id = s.owner_id WHERE s.${here} AND (? = 1 OR ${open})`
  const sessions = by.includes('session') ? await known<Pick<UsageRow, 'title' | 'owner_id' | 'owner_name'>>('session_id', readable, [seesAll ? 1 : 0, asker]) : null
  return rows.map((row) => ({
    ...row,
    ...(users && { username: users.get(row.user_id ?? '')?.name ?? row.username }),
    ...(workspaces && { workspace_name: workspaces.get(row.workspace_id ?? '')?.name ?? null }),
    ...(sessions && (sessions.get(row.session_id ?? '') ?? { title: null, owner_id: null, owner_name: null })),
  }))
}

/** Of a time that comes first among the parameters: from, to. */
function condition({ userId, sessionId, source }: Scope): { where: string; params: Param[] } {
  const parts: [string, Param[]][] = [['u.at >= ? AND u.at < ?', []]]
  if (userId !== null) parts.push(['u.user_id = ?', [userId]])
  if (sessionId !== null) parts.push(['u.session_id = ?', [sessionId]])
  if (source !== 'all') parts.push(['u.source = ?', [source]])
  return { where: parts.map(([text]) => text).join(' AND '), params: parts.flatMap(([, values]) => values) }
}

/** The columns of a report, in the order in which they are written. */
export const columnsOf = (by: readonly UsageBy[]): (keyof UsageRow)[] => {
  const names: Record<UsageBy, (keyof UsageRow)[]> = {
    day: ['day'],
    user: ['user_id', 'username'],
    session: ['session_id', 'title', 'owner_id', 'owner_name'],
    model: ['model'],
    workspace: ['workspace_id', 'workspace_name'],
    source: ['source'],
  }
  return [...by.flatMap((each) => names[each]), ...figureNames]
}
