// What Claude used and what it may cost, over HTTP: reports as JSON or CSV, budgets for those who run the relay.
import { rest, type UsageQuery } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Usage } from '../usage/usage.ts'
import { attachmentNamed } from './content-disposition.ts'
import { BOM, csvLine, csvType, type Cell } from './csv.ts'
import { route, type Route } from './route.ts'

type Asked = { who: Identity; query: UsageQuery; streamed(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> }

const base = '/api/v1/usage'
const budgets = '/api/v1/budgets'
/** In the place of a user's id: everybody who has no budget of their own. */
const DEFAULT = 'default'
const userIn = (user: string) => (user === DEFAULT ? null : user)

async function* asCsv(columns: readonly string[], pages: AsyncGenerator<Cell[][]>): AsyncGenerator<string> {
  yield BOM + csvLine(columns)
  for await (const page of pages) yield page.map(csvLine).join('')
}

export function usageRoutes({ usage }: { usage: Usage }): Route[] {
  async function csv({ who, query, streamed }: Asked): Promise<Response> {
    const { from, to, columns, pages } = await usage.table(who, query)
    return new Response(streamed(asCsv(columns, pages)), { headers: { 'content-type': csvType, 'content-disposition': attachmentNamed(`usage-${from}-${to}.csv`), 'cache-control': 'no-store', vary: 'Accept' } })
  }
  return [
    route({
      method: 'GET',
      path: base,
      access: 'user',
      scope: 'read',
      summary: 'What Claude used, by day, user, session, model, workspace or source: of yourself, of a session you work in, for admins of all. As CSV where text/csv is accepted.',
      query: rest.usageQuery,
      answer: rest.usageReport,
      about: { content: ['text/csv'] },
      handle: (call) => (call.request.headers.get('accept')?.startsWith('text/csv') ? csv(call) : call.inTurn(() => usage.report(call.who, call.query))),
    }),
    route({
      method: 'GET',
      path: `${base}.csv`,
      access: 'user',
      scope: 'read',
      summary: 'The same report as CSV, with all of its rows and a byte order mark for spreadsheets.',
      query: rest.usageQuery,
      about: { operationId: 'getUsageCsv', content: ['text/csv'], tells: ['Content-Disposition'] },
      handle: csv,
    }),
    route({
      method: 'GET',
      path: `${base}/budget`,
      access: 'user',
      scope: 'read',
      summary: 'How much of your budget of today is used.',
      answer: rest.ownBudget,
      handle: ({ who }) => usage.budgets.standing(who),
    }),
    route({
      method: 'GET',
      path: budgets,
      access: { relay: 'manage_users' },
      summary: 'Budgets per day and what was used of them today; first that of everybody who has none.',
      answer: rest.budgets,
      handle: () => usage.budgets.list(),
    }),
    route({
      method: 'PUT',
      path: `${budgets}/:user`,
      access: { relay: 'manage_users' },
      summary: 'Sets what a user, or with `default` everybody else, may cost in a day.',
      body: rest.budgetBody,
      answer: rest.ok,
      handle: ({ asked, params, body }) => usage.budgets.set(asked, userIn(params.user), body),
    }),
    route({
      method: 'DELETE',
      path: `${budgets}/:user`,
      access: { relay: 'manage_users' },
      summary: 'Takes a budget away; for a user the default one counts again.',
      answer: rest.ok,
      handle: ({ asked, params }) => usage.budgets.remove(asked, userIn(params.user)),
    }),
  ]
}
