// Which routes there are and what goes and comes with each, out of the relay's own description. Types alone: nothing of it is in the page.
import type * as z from 'zod/mini'
import type { Operations } from './api-types.ts'

type Name = keyof Operations
export type Method = Operations[Name]['method']

/** `files/${string}` is the route of one file and not of `files/upload`: the patterns must be the same, not only fit. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Named<M, P> = { [N in Name]: Operations[N]['method'] extends M ? (Same<Operations[N]['path'], P> extends true ? N : never) : never }[Name]
type Of<M, P, Part extends 'query' | 'body' | 'answer'> = Operations[Named<M, P>][Part]

/** The patterns of all paths: what fits none of them is refused at once, what fits too loosely by its answer. */
export type Path<M extends Method> = Extract<Operations[Name], { method: M }>['path']
type Known<M, P> = [Named<M, P>] extends [never] ? false : true
/** The schema, where there is such a route and it reads what is described, or nothing of it. */
export type Reads<S extends z.core.$ZodType, M extends Method, P extends string> = Known<M, P> extends false ? { 'no such route; a new one? npm run api': [M, P] } : Of<M, P, 'answer'> extends z.core.input<S> ? S : [z.core.input<S>] extends [Record<string, never>] ? S : { 'the answer is': Of<M, P, 'answer'> }
export type Body<M extends Method, P extends string> = Of<M, P, 'body'>
/** Of a file: nothing but a query, where there is such a route. */
export type Asks<P extends string> = Known<'GET', P> extends false ? [{ 'no such route; a new one? npm run api': P }] : [query?: Query<'GET', P>]
/** Switches may be given as what they are. */
export type Query<M extends Method, P extends string> = { [K in keyof Of<M, P, 'query'>]: Of<M, P, 'query'>[K] extends 'true' | 'false' | null | undefined ? Of<M, P, 'query'>[K] | boolean : Of<M, P, 'query'>[K] }
