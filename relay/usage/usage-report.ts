// Sums of use, broken down as asked: by day on the asker's calendar, by person, session, model, workspace or source.
import { Refused, rest, type UsageBy, type UsageFigures, type UsageQuery, type UsageReport, type UsageRow } from '#protocol'
import type { Param, Storage } from '../storage/storage.ts'
import { createCalendar, isTimeZone, type Day } from './calendar.ts'

/** Whose use may be told. `userId`: only theirs. `sessionId`: only of this session. */
export type Scope = { userId: string | null; sessionId: string | null; source: 'relay' | 'terminal' | 'all'; /** Every title may be told. */ seesAll: boolean; asker: string }

const defaultDays = 14
const mostDays = 400
const mostRows = 1_000

const FIGURES = `coalesce(sum(u.turns), 0) AS turns, coalesce(sum(u.input_tokens), 0) AS input_tokens, coalesce(sum(u.output_tokens), 0) AS output_tokens,
  coalesce(sum(u.cache_read_tokens), 0) AS cache_read_tokens, coalesce(sum(u.cache_write_tokens), 0) AS cache_write_tokens,
  coalesce(sum(u.cost_micros), 0) AS cost_micros, coalesce(sum(CASE WHEN u.estimated = 1 THEN u.cost_micros END), 0) AS estimated_micros,
  coalesce(sum(CASE WHEN u.cost_micros IS NULL THEN u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens END), 0) AS unpriced_tokens`

/** Each way to break down: its column, what it shows beside, and what that comes from. */
const BY: Record<UsageBy, { group: string; shows: (scope: Scope) => { columns: string; params: Param[] } }> = {
  day: { group: 'd.day', shows: () => ({ columns: 'd.day AS day', params: [] }) },
  model: { group: 'u.model', shows: () => ({ columns: 'u.model AS model', params: [] }) },
  source: { group: 'u.source', shows: () => ({ columns: 'u.source AS source', params: [] }) },
  user: { group: 'u.user_id', shows: () => ({ columns: 'u.user_id AS user_id, coalesce((SELECT name FROM users WHERE id = u.user_id), max(u.username)) AS username', params: [] }) },
  workspace: { group: 'u.workspace_id', shows: () => ({ columns: 'u.workspace_id AS workspace_id, (SELECT name FROM workspaces WHERE id = u.workspace_id) AS workspace_name', params: [] }) },
  session: {
    group: 'u.session_id',
    // Whoever was removed from a session does not read what it is called now.
    shows: ({ seesAll, asker }) => ({
      columns: `u.session_id AS session_id, (SELECT s.title FROM sessions s WHERE s.id = u.session_id AND (? = 1 OR s.deleted_at IS NULL
        AND EXISTS (SELECT 1 FROM participants p WHERE p.session_id = s.id AND p.user_id = ? AND p.removed_at IS NULL))) AS title`,
      params: [seesAll ? 1 : 0, asker],
    }),
  },
}

export type Asking = { days: Day[]; tz: string; by: UsageBy[] }

/** The days and dimensions that a query means. Throws VALIDATION. */
export function askingOf({ from, to, by, tz }: UsageQuery, now: number): Asking {
  const zone = tz || 'UTC'
  if (!isTimeZone(zone)) throw new Refused('VALIDATION', `tz: there is no time zone ${zone}`)
  const calendar = createCalendar(zone)
  const isDay = (day: string) => new Date(Date.parse(day)).toISOString().startsWith(day)
  for (const day of [from, to]) if (day && !isDay(day)) throw new Refused('VALIDATION', `there is no day ${day}`)
  const last = to ?? (from ? [calendar.next(from, defaultDays - 1), calendar.dayOf(now)].sort()[0]! : calendar.dayOf(now))
  const first = from ?? calendar.next(last, 1 - defaultDays)
  if (first > last) throw new Refused('VALIDATION', 'from lies after to')
  if ((Date.parse(last) - Date.parse(first)) / 86_400_000 >= mostDays) throw new Refused('VALIDATION', `at most ${mostDays} days can be asked for`)
  const dimensions = (by ? by.split(',') : ['day']) as UsageBy[]
  if (new Set(dimensions).size < dimensions.length) throw new Refused('VALIDATION', 'by: the same twice')
  return { days: calendar.span(first, last), tz: zone, by: dimensions }
}

export async function readReport(storage: Pick<Storage, 'query'>, { days, tz, by }: Asking, scope: Scope): Promise<UsageReport> {
  const [first, last] = [days[0]!, days.at(-1)!]
  const { where, params } = condition(scope, first.from, last.to)
  const byDay = by.includes('day')
  const shown = by.map((each) => BY[each].shows(scope))
  const calendar = byDay ? `WITH d(day, "from", "to") AS (VALUES ${days.map(() => '(?, ?, ?)').join(', ')}) ` : ''
  const join = byDay ? 'd JOIN usage u ON u.at >= d."from" AND u.at < d."to"' : 'usage u'
  const order = byDay ? 'd.day, cost_micros DESC' : 'cost_micros DESC, output_tokens DESC'
  const sql = `${calendar}SELECT ${shown.map(({ columns }) => columns).join(', ')}, ${FIGURES} FROM ${join} WHERE ${where} GROUP BY ${by.map((each) => BY[each].group).join(', ')} ORDER BY ${order} LIMIT ${mostRows + 1}`
  const [rows, [total]] = await Promise.all([
    storage.query<UsageRow>(sql, [...(byDay ? days.flatMap(({ day, from, to }) => [day, from, to]) : []), ...shown.flatMap((each) => each.params), ...params]),
    storage.query<UsageFigures>(`SELECT ${FIGURES} FROM usage u WHERE ${where}`, params),
  ])
  return { from: first.day, to: last.day, tz, rows: rows.slice(0, mostRows), total: total!, cut: rows.length > mostRows }
}

function condition({ userId, sessionId, source }: Scope, from: number, to: number): { where: string; params: Param[] } {
  const parts: [string, Param[]][] = [['u.at >= ? AND u.at < ?', [from, to]]]
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
    session: ['session_id', 'title'],
    model: ['model'],
    workspace: ['workspace_id', 'workspace_name'],
    source: ['source'],
  }
  return [...by.flatMap((each) => names[each]), ...(Object.keys(rest.usageFigures.shape) as (keyof UsageFigures)[])]
}
