// API tokens over HTTP: made by a signed-in browser, listed and revoked by their owner, or by an admin.
import { rest } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/tokens'

export function tokenRoutes({ auth }: { auth: Auth }): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'user',
      scope: 'admin',
      summary: 'Your API tokens, or with all=true, for admins, those of everybody, a page at a time; never the tokens themselves.',
      query: rest.tokensQuery,
      answer: rest.apiTokens,
      handle: ({ who, query }) => auth.apiTokens.list(who, query),
    }),
    route({
      method: 'POST',
      path: base,
      access: 'user',
      scope: 'closed',
      summary: 'Makes an API token, which is told this once. Only from a signed-in browser.',
      keepsNoAnswer: true,
      body: rest.tokenBody,
      answer: rest.madeToken,
      status: 201,
      handle: ({ asked, body }) => auth.apiTokens.make(asked, body),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:id`,
      access: 'user',
      scope: 'admin',
      summary: 'Revokes an API token of yours; admins revoke anybody’s. It ends within a second, on open sockets too.',
      answer: rest.ok,
      handle: ({ asked, params }) => auth.apiTokens.revoke(asked, params.id),
    }),
  ]
}
