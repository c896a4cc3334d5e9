// A route's name for programs, made of method and path: `getSessionState`, `createSession`, `forkSession`.
import type { Route } from '../route.ts'

/** What one does to something, as the last part of a path that is posted to. */
const VERBS = new Set(['login', 'refresh', 'logout', 'join', 'restore', 'fork', 'upload', 'execute', 'trust', 'cancel', 'stop', 'retry', 'import', 'share', 'continue', 'hand-over', 'reset'])
/** Parts that group others and name nothing. */
const GROUPS = new Set(['api', 'v1', 'claude', 'auth'])

const singular = (word: string) => (word.endsWith('ies') ? `${word.slice(0, -3)}y` : /[^sui]s$/.test(word) ? word.slice(0, -1) : word)
const camel = (words: readonly string[]) => words.flatMap((word) => word.split(/[^A-Za-z0-9]+/)).filter((word) => word !== '').map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('')

export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const parts = path.split('/').filter((part) => part !== '' && !GROUPS.has(part))
  const names: string[] = []
  parts.forEach((part, at) => {
    if (!part.startsWith(':')) names.push(part)
    // One of many; a second parameter in a row names itself.
    else if (parts[at - 1]?.startsWith(':')) names.push(part.slice(1))
    else if (names.length > 0) names.push(singular(names.pop()!))
  })
  const last = names.at(-1) ?? ''
  const ends = !parts.at(-1)?.startsWith(':')
  if (method === 'POST' && ends && VERBS.has(last)) return camel([last, ...names.slice(0, -1).map(singular)])
  if (method === 'POST' && ends && last !== singular(last)) return camel(['create', ...names.slice(0, -1), singular(last)])
  const verb = { GET: 'get', HEAD: 'look', OPTIONS: 'ask', POST: 'post', PUT: 'put', PATCH: 'update', DELETE: 'delete' }[method]
  return camel([verb, ...names.slice(0, -1).map(singular), last])
}
