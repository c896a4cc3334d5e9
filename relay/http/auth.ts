// Signing in and out, who one is, and whom one could invite.
import { rest, Refused, type Me } from '#protocol'
import type * as z from 'zod/mini'
import type { Auth, Caller, FirstGrant, Grant } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../observability/metrics.ts'
import { bearerOf } from './read-body.ts'
import { route, type Route } from './route.ts'

const v1 = '/api/v1'

/** Names per relay: browsers share cookies between all ports of a host. */
function withCookie(name: string, value: string, maxAgeSeconds: number, origin: string): Headers {
  const cookie = [`${name}=${value}`, `Path=${v1}/auth`, 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeSeconds}`, ...(origin.startsWith('https:') ? ['Secure'] : [])]
  return new Headers({ 'cache-control': 'no-store', 'set-cookie': cookie.join('; ') })
}

/** More of one name than paths and domains allow come from no browser. */
const maxOfOneName = 8

/** Servers on other ports of this host may have set one of the same name, with a path that puts it before the relay's own. */
function readCookies(request: Request, name: string): string[] {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((part) => part.trim().split(/=(.*)/s))
  return pairs.flatMap(([key, value]) => (key === name && value ? [value] : [])).slice(0, maxOfOneName)
}

export type AuthServices = {
  auth: Auth
  clock: Pick<Clock, 'now'>
  metrics: Pick<Metrics, 'add'>
  /** What `me` tells about the relay. */
  relayFacts: () => Promise<Me['relay']> | Me['relay']
  /** Of the refresh cookie; known once listening. */
  cookieName: () => string
}

export function authRoutes({ auth, clock, metrics, relayFacts, cookieName }: AuthServices): Route[] {
  function granted(grant: Grant | FirstGrant, origin: string): Response {
    const maxAgeSeconds = Math.floor((grant.refreshExpiresAt - clock.now()) / 1000)
    const pageKey = 'pageKey' in grant ? { page_key: grant.pageKey } : {}
    return Response.json(
      { access_token: grant.accessToken, expires_at: grant.expiresAt, user: grant.user, ...pageKey },
      { headers: withCookie(cookieName(), grant.refreshToken, maxAgeSeconds, origin) },
    )
  }

  function begin(body: z.infer<typeof rest.loginBody>, caller: Caller): Promise<FirstGrant> {
    if ('code' in body) return auth.signIn.byCode(body.code, caller, body.user_id)
    return 'token' in body ? auth.signIn.byToken(body.token, caller, body.user_id) : auth.signIn.byPassword(body, caller)
  }

  /** Counts how signing in went, whichever way it was tried. */
  async function counted(signingIn: Promise<FirstGrant>): Promise<FirstGrant> {
    let outcome = 'INTERNAL_ERROR'
    try {
      const grant = await signingIn
      outcome = 'ok'
      return grant
    } catch (error) {
      if (error instanceof Refused) outcome = error.code
      throw error
    } finally {
      metrics.add('ensemble_sign_ins_total', 1, { outcome })
    }
  }

  return [
    route({
      method: 'POST',
      path: `${v1}/auth/login`,
      access: 'open',
      summary: 'Sign in with a name and password, a one-time code, or a token of the identity provider; with that one, until it ends.',
      body: rest.loginBody,
      // Anybody may send this: little room for those who only want to fill memory.
      maxBodyBytes: 20 * 1024,
      answer: rest.signedIn,
      about: { tells: ['Set-Cookie'], refuses: ['CONFLICT'] },
      async handle({ body, caller, origin }) {
        return granted(await counted(begin(body, caller)), origin)
      },
    }),
    route({
      method: 'POST',
      path: `${v1}/auth/refresh`,
      access: 'open',
      summary: 'Exchange the refresh cookie, together with the page key as bearer, for a new access token.',
      answer: rest.renewed,
      about: { security: [{ pageKey: [] }], tells: ['Set-Cookie'] },
      async handle({ request, caller, origin }) {
        const pageKey = bearerOf(request)
        let refusal = new Refused('UNAUTHORIZED', 'sign in first', { details: { reason: 'refresh' } })
        if (pageKey === null) throw refusal
        for (const token of readCookies(request, cookieName())) {
          try {
            return granted(await auth.signIn.refresh(token, pageKey, caller), origin)
          } catch (error) {
            if (!(error instanceof Refused) || error.code !== 'UNAUTHORIZED') throw error
            refusal = error
          }
        }
        throw refusal
      },
    }),
    route({
      method: 'POST',
      path: `${v1}/auth/logout`,
      access: 'user',
      scope: 'closed',
      summary: 'End this sign-in everywhere it is used.',
      answer: rest.ok,
      async handle({ who, origin }) {
        await auth.signIn.logout(who)
        return Response.json({}, { headers: withCookie(cookieName(), '', 0, origin) })
      },
    }),
    route({
      method: 'POST',
      path: `${v1}/auth/devices`,
      access: 'user',
      scope: 'closed',
      summary: 'A link that signs another device of yours in, once, within 15 minutes.',
      keepsNoAnswer: true,
      answer: rest.deviceLink,
      status: 201,
      async handle({ who, origin }) {
        const { code, expiresAt } = await auth.own.addDevice(who)
        return { link: `${origin}/#code=${code}`, expires_at: expiresAt }
      },
    }),
    route({
      method: 'GET',
      path: `${v1}/me`,
      access: 'user',
      scope: 'read',
      summary: 'The signed-in user and what this relay can do.',
      answer: rest.me,
      async handle({ who }) {
        return { user: { id: who.userId, name: who.name, role: who.role }, relay: await relayFacts() }
      },
    }),
  ]
}
