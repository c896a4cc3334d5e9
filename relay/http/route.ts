// What a route is: a row of the API's index. Method, path, who may, shapes of what comes and goes, and the handler.
import { scopeOfNeeds, type RelayAction, type Scope, type SessionAction } from '#protocol'
import type * as z from 'zod/mini'
import type { Asked } from '../answers/answers.ts'
import type { Caller, Identity } from '../auth/auth.ts'
import type { About } from './openapi/about.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/**
 * Who may call it. 'open': anybody. 'user': whoever is signed in; the handler (or its service) decides the rest.
 * A session's action is decided on the path's `:id`, a relay's action on the workspace in the path's `:id` if there is one.
 */
export type Access = 'open' | 'user' | { session: SessionAction; trashed?: true } | { relay: RelayAction }

type Schema = z.core.$ZodType
type Out<S> = S extends Schema ? z.infer<S> : undefined
type Params<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? { [N in Name]: string } & Params<Rest>
  : P extends `${string}:${infer Name}`
    ? { [N in Name]: string }
    : unknown

/** A body that is too large to be held. `same` tells it from others under one Idempotency-Key; it ends in `keep` or `discard`. */
export type ReceivedBody = { same: unknown; keep(asked: Asked): Promise<object>; discard(): Promise<void> }

/** What a handler is given: everything checked and parsed. */
export type Call<P extends string = string, Q = unknown, B = unknown, A extends Access = Access, M extends Method = Method> = {
  /** The segments named in the path, decoded. */
  params: Params<P>
  query: Q
  body: B
  /** Null only on open routes. */
  who: A extends 'open' ? Identity | null : Identity
  /** For services that change something; null on open routes and on GET. */
  asked: A extends 'open' ? null : M extends 'GET' ? null : Asked
  /** What a `rawBody` has received; null on all other routes. */
  received: ReceivedBody | null
  caller: Caller
  trace: string
  /** The untouched request, for headers such as Range. */
  request: Request
  /** Scheme and host under which the browser sees the relay, e.g. `http://127.0.0.1:8765`. */
  origin: string
  /** For reads that cost much: a few of one user run at a time, the others wait. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** For answers that are made while they are read: a few of one user at once. */
  streamed(pieces: AsyncGenerator<string | Uint8Array>): ReadableStream<Uint8Array>
  /** For an answer that may say nothing for long: its owner ends it, no timer of the server. `left`: whoever asked is gone. To be called at its end: what is written has to be taken then. */
  lasting(left: () => void): () => void
  /** Makes a WebSocket of the request, whose door says who may; what comes back is to be returned. Throws the refusal. */
  upgrade(): Promise<object>
}

export type Route = {
  method: Method
  /** Absolute, with `:name` segments. */
  path: string
  access: Access
  /** Also for readers by share link, who are refused everywhere else. */
  byLink?: true
  /** Whoever asks is known by the `ticket` in the query, which is for what the path's `:id` names; a bearer token counts for nothing. */
  byTicket?: true
  /** A WebSocket: whoever asks is known by its handshake. */
  socket?: true
  /** What an API token needs beside the role; 'closed' to all of them. Worked out from an action, where it may be set to something stricter. */
  scope?: Scope | 'closed'
  /** One line for openapi.json. */
  summary: string
  query?: Schema
  /** A JSON body. Without it, and without `rawBody`, a body is ignored. */
  body?: Schema
  /** Read as it comes, up to `maxBodyBytes`, before it is known whether the change was made already. */
  rawBody?: { contentTypes: readonly string[]; receive(call: Call): Promise<ReceivedBody> }
  /** It makes Claude work: charged as a prompt too, once per Idempotency-Key. */
  prompts?: true
  /** The answer is a secret: it is never kept, an Idempotency-Key is ignored. */
  keepsNoAnswer?: true
  /**
   * It keeps its own promise of once and answers with a Response: an Idempotency-Key is ignored, the body is its own to read.
   * Charged as this.
   */
  direct?: 'request' | 'read' | 'upload' | 'piece'
  /** Headers of every answer, of refusals as well. */
  always?: Readonly<Record<string, string>>
  /** Default 1 MiB. */
  maxBodyBytes?: number
  /** Of the answer; absent for routes that answer with a Response of their own. */
  answer?: Schema
  /** Of the successful answer; default 200. */
  status?: number
  /** What openapi.json says beyond all this. */
  about?: About
  /** A plain object is sent as JSON; a Response as it is. */
  handle(call: Call): Promise<object> | object
}

/** The scope that an API token needs; null: closed to all of them. */
export function scopeOf({ access, scope }: Pick<Route, 'access' | 'scope'>): Scope | null {
  if (scope !== undefined) return scope === 'closed' ? null : scope
  return typeof access === 'string' ? null : scopeOfNeeds(access)
}

/** All that an API token needs here: what the row names goes before its action's, which is asked for as well. Empty: closed. */
export function scopesOf(route: Pick<Route, 'access' | 'scope'>): Scope[] {
  const [named, byAction] = [scopeOf(route), typeof route.access === 'string' ? null : scopeOfNeeds(route.access)]
  return named === null ? [] : [...new Set([named, ...(byAction === null ? [] : [byAction])])]
}

/** Makes a row of the table with the handler's types worked out from path, schemas and access. */
export function route<
  const P extends string,
  const A extends Access,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  const M extends Method = Method,
>(
  row: Omit<Route, 'method' | 'path' | 'access' | 'scope' | 'query' | 'body' | 'handle'> & (A extends 'user' ? { scope: Scope | 'closed' } : { scope?: Scope | 'closed' }) & {
    method: M
    path: P
    access: A
    query?: Q
    body?: B
    handle(call: Call<P, Out<Q>, Out<B>, A, M>): Promise<object> | object
  },
): Route {
  return row as unknown as Route
}
