// Share links over HTTP: making and ending them, and the open door through which somebody without an account comes in.
import { rest } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/claude/sessions/:id/links'

export function linkRoutes({ auth, sessions }: { auth: Auth; sessions: Sessions }): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: { session: 'links' },
      summary: 'Links that open the session for reading, the newest first.',
      answer: rest.shareLinks,
      handle: async ({ who, params }) => ({ links: await sessions.links(who, params.id) }),
    }),
    route({
      method: 'POST',
      path: base,
      access: { session: 'links' },
      summary: 'Makes a link with which anybody may read the session until it expires or is taken back.',
      keepsNoAnswer: true,
      body: rest.linkBody,
      answer: rest.newLink,
      status: 201,
      handle: ({ asked, params, body, origin }) => sessions.makeLink(asked, params.id, body.expires_in, origin),
    }),
    route({
      method: 'DELETE',
      path: `${base}/:link`,
      access: { session: 'links' },
      summary: 'Takes a link back: whoever reads by it is out within a second.',
      answer: rest.ok,
      handle: ({ asked, params }) => sessions.endLink(asked, params.id, params.link),
    }),
    route({
      method: 'POST',
      path: '/api/v1/auth/link',
      access: 'open',
      summary: 'Exchange the secret of a share link for a short token that reads its session.',
      about: { operationId: 'enterByLink' },
      body: rest.enterBody,
      maxBodyBytes: 4 * 1024,
      answer: rest.entered,
      async handle({ body, caller }) {
        const { accessToken, expiresAt, sessionId, linkExpiresAt } = await auth.links.enter(body, caller)
        return { access_token: accessToken, expires_at: expiresAt, session_id: sessionId, link_expires_at: linkExpiresAt }
      },
    }),
  ]
}
