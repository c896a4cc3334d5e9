// What Claude used and what it may cost, over HTTP: reports as JSON or CSV, budgets for those who run the relay.
import { rest, type UsageQuery } from '#protocol'
import type { Identity } from '../auth/auth.ts'
import type { Usage } from '../usage/usage.ts'
import { attachmentNamed } from './content-disposition.ts'
import { csvLine, csvType } from './csv.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/usage'
const budgets = '/api/v1/budgets'
/** In the place of a user's id: everybody who has no budget of their own. */
const DEFAULT = 'default'
const userIn = (user: string) => (user === DEFAULT ? null : user)

export function usageRoutes({ usage }: { usage: Usage }): Route[] {
  async function csv(who: Identity, query: UsageQuery): Promise<Response> {
    const { from, to, columns, cells } = await usage.table(who, query)
    const text = [columns, ...cells].map(csvLine).join('')
    return new Response(text, { headers: { 'content-type': csvType, 'content-disposition': attachmentNamed(`usage-${from}-${to}.csv`), 'cache-control': 'no-store', vary: 'Accept' } })
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
      handle: ({ who, query, request, inTurn }) => inTurn(async () => (request.headers.get('accept')?.startsWith('text/csv') ? csv(who, query) : usage.report(who, query))),
    }),
    route({
      method: 'GET',
      path: `${base}.csv`,
      access: 'user',
      scope: 'read',
      summary: 'The same report as CSV.',
      query: rest.usageQuery,
      about: { operationId: 'getUsageCsv', content: ['text/csv'], tells: ['Content-Disposition'] },
      handle: ({ who, query, inTurn }) => inTurn(() => csv(who, query)),
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
