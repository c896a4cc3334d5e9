// Stores on a relay that answers when the test says so: what was asked stands in `asked`, in order, until it is answered.
import { createPinia, setActivePinia } from 'pinia'
import { createApp } from 'vue'
import type { Outcome } from '../../../src/connection/connection.ts'
import { SERVICES, type Services } from '../../../src/stores/use-services.ts'

type Question = { path: string; query?: Record<string, unknown>; body?: unknown; signal?: AbortSignal }
type Asked = Required<Pick<Question, 'path' | 'query'>> & Question & { answer(outcome: Outcome<unknown>): void }

export const answered = (data: unknown): Outcome<unknown> => ({ ok: true, data })
export const refused = (code: string) => ({ ok: false, trouble: { code, message: 'no', details: undefined, retryAfterMs: null, traceId: null } }) as unknown as Outcome<never>

export function createAskedRest() {
  const asked: Asked[] = []
  let now = 1_000
  const ask = ({ query = {}, ...question }: Question) => new Promise((resolve) => void asked.push({ ...question, query, answer: resolve }))
  const rest = {
    get: (path: string, _: unknown, query?: Record<string, unknown>, signal?: AbortSignal) => ask({ path, query, signal }),
    change: (_: string, path: string, __: unknown, options?: { body?: unknown }) => ask({ path, body: options?.body }),
    blob: (path: string, query?: Record<string, unknown>) => ask({ path, query }),
    people: (q: string) => ask({ path: 'people', query: { q } }),
    sessions: {
      list: (query: Record<string, unknown>, signal?: AbortSignal) => ask({ path: 'sessions', query, signal }),
      patch: (id: string, patch: Record<string, unknown>) => ask({ path: `sessions/${id}`, query: patch }),
      remove: (id: string) => ask({ path: `remove/${id}` }),
    },
  }
  const app = createApp({})
  app.provide(SERVICES, { rest, clock: { now: () => now } } as unknown as Services)
  const pinia = createPinia()
  app.use(pinia)
  setActivePinia(pinia)
  return { asked, at: (ms: number) => void (now = ms), run: <T>(work: () => T): T => app.runWithContext(work) }
}
