// The door to REST v1: a typed call for each route a browser uses. Renews the token once when it is refused; retries nothing else.
import type * as z from 'zod/mini'
import { rest as bodies, type ContextUsage, type DeviceLink, type EventsPage, type Me, type Offers, type SessionPatch, type SessionRow, type SessionSnapshot } from '#protocol'
import type { SessionsPage, Tree, FoundPerson, Workspace } from '#protocol'
import type { Asks, Body, Method, Path, Query, Reads } from './api-routes.ts'
import { failed, trouble, type Outcome } from './outcome.ts'
import type { AnyCall, CallOptions, RestCall, RestCallBlob } from './rest-call.ts'
import type { Token } from './token.ts'

type SessionsQuery = { workspaceId?: string; q?: string; limit?: number; cursor?: string; archived?: boolean; deleted?: boolean }
type EventsQuery = { before?: number; after?: number; limit?: number }

type ChangeOptions<M extends Method, P extends string> = Omit<CallOptions, 'query' | 'body'> & { query?: Query<M, P>; body?: Body<M, P> }

/** What a route is called with once it is known; the parts of the API that come later are written on these three. The relay's description says what fits. */
export type RestCalls = {
  get<P extends Path<'GET'>, S extends z.core.$ZodType>(path: P, answer: S & Reads<S, 'GET', P>, query?: Query<'GET', P>, signal?: AbortSignal): Promise<Outcome<z.infer<S>>>
  /** One key for both tries: the effect happens once. */
  change<const M extends Exclude<Method, 'GET' | 'HEAD' | 'OPTIONS'>, P extends Path<M>, S extends z.core.$ZodType>(method: M, path: P, answer: S & Reads<S, M, P>, options?: ChangeOptions<M, P>): Promise<Outcome<z.infer<S>>>
  blob<P extends Path<'GET'>>(path: P, ...query: Asks<P>): Promise<Outcome<Blob>>
}

export type Rest = RestCalls & {
  me(): Promise<Outcome<Me>>
  /** `me` with this very token, however it ends: says whether the token is taken. */
  probe(bearer: string): Promise<Outcome<Me>>
  /** Signs another device of this person in, once. */
  deviceLink(): Promise<Outcome<DeviceLink>>
  people(q: string, signal?: AbortSignal): Promise<Outcome<{ people: FoundPerson[] }>>
  sessions: {
    list(query: SessionsQuery, signal?: AbortSignal): Promise<Outcome<SessionsPage>>
    get(id: string): Promise<Outcome<SessionRow>>
    /** What changed comes as an event. */
    patch(id: string, patch: SessionPatch): Promise<Outcome<object>>
    /** Into the trash, for 30 days. */
    remove(id: string): Promise<Outcome<object>>
    state(id: string): Promise<Outcome<SessionSnapshot>>
    events(id: string, query: EventsQuery, signal?: AbortSignal): Promise<Outcome<EventsPage>>
    offers(id: string): Promise<Outcome<Offers>>
    context(id: string): Promise<Outcome<{ usage?: ContextUsage | null }>>
  }
  workspaces: {
    list(): Promise<Outcome<{ workspaces: Workspace[] }>>
    tree(id: string, q: string, signal?: AbortSignal): Promise<Outcome<Tree>>
  }
  files: {
    content(id: string): Promise<Outcome<Blob>>
  }
}

type RestDependencies = { call: AnyCall; callBlob: RestCallBlob; token: Token; newId: () => string }

const PROBE_MS = 5_000

export function createRest({ call, callBlob, token, newId }: RestDependencies): Rest {
  /** Does `work` with a token; a refused one is renewed once, for all who were refused with it. */
  async function authorised<T>(work: (bearer: string) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const fresh = await token.fresh()
    if (fresh === 'unreachable') return failed(trouble('UNREACHABLE', 'the token could not be renewed'))
    if (fresh === 'refused') return failed(trouble('UNAUTHORIZED', 'not signed in'))
    const first = await work(fresh.token)
    if (first.ok || first.trouble.code !== 'UNAUTHORIZED') return first
    if ((await token.replace(fresh.token)) !== 'renewed') return first
    const renewed = token.current()
    return renewed === null ? first : work(renewed)
  }

  // What is asked is checked where it is asked; below it is any path, and any query.
  const get: RestCalls['get'] = (path, answer, query, signal) => authorised((bearer) => call(path, answer, { bearer, query, signal }))

  const blob: RestCalls['blob'] = (path, ...[query]) => authorised((bearer) => callBlob(path, { bearer, query }))

  const change: RestCalls['change'] = (method, path, answer, options) => {
    const idempotencyKey = newId()
    return authorised((bearer) => call(path, answer, { ...(options as CallOptions), method, bearer, idempotencyKey }))
  }

  const known: RestCall = call
  const session = <Part extends string = ''>(id: string, part = '' as Part) => `claude/sessions/${encodeURIComponent(id)}${part}` as const
  const file = (id: string) => `files/${encodeURIComponent(id)}` as const

  return {
    get,
    change,
    blob,
    me: () => get('me', bodies.me),
    probe: (bearer) => known('me', bodies.me, { bearer, timeoutMs: PROBE_MS }),
    // Without a key: the relay keeps answers under a key, and this one is a secret.
    deviceLink: () => authorised((bearer) => known('auth/devices', bodies.deviceLink, { method: 'POST', bearer })),
    people: (q, signal) => get('people', bodies.people, { q }, signal),
    sessions: {
      list: ({ workspaceId, ...query }, signal) =>
        get('claude/sessions', bodies.sessionsPage, { ...query, workspace_id: workspaceId }, signal),
      get: (id) => get(session(id), bodies.sessionRow),
      patch: (id, patch) => change('PATCH', session(id), bodies.ok, { body: patch, keepalive: true }),
      remove: (id) => change('DELETE', session(id), bodies.ok),
      state: (id) => get(session(id, '/state'), bodies.sessionSnapshot),
      events: (id, query, signal) => get(session(id, '/events'), bodies.eventsPage, query, signal),
      offers: (id) => get(session(id, '/offers'), bodies.offers),
      context: (id) => get(session(id, '/context'), bodies.context),
    },
    workspaces: {
      list: () => get('workspaces', bodies.workspaces),
      tree: (id, q, signal) => get(`workspaces/${encodeURIComponent(id)}/tree`, bodies.tree, { q }, signal),
    },
    files: {
      content: (id) => blob(file(id)),
    },
  }
}
