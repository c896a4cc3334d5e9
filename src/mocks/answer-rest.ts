// What the mocked relay answers to REST: recorded answers, and those that follow from what it keeps.
import { ERRORS, type ErrorCode, type SessionPatch } from '#protocol'
import type { Clock } from '../clock.ts'
import { MOCK_EPOCH, type MockLog } from './mock-log.ts'
import type { RecordedRest, Recording } from './recording.ts'

export type RestQuestion = { method: string; path: string; query: URLSearchParams; body: unknown }

const v1 = '/api/v1'
const sessions = `${v1}/claude/sessions`

export function createAnswerRest({ recording, log, clock, rename }: { recording: Recording; log: MockLog; clock: Clock; rename(patch: SessionPatch): void }) {
  const ok = (body: object): RecordedRest => ({ status: 200, body: body as Record<string, unknown> })
  const refuse = (code: ErrorCode, message: string): RecordedRest => ({
    status: ERRORS[code].status,
    body: { code, message, trace_id: 'mock', timestamp: clock.now() },
  })
  const recorded = (route: string): RecordedRest => recording.rest[route] ?? refuse('NOT_FOUND', `nothing was recorded for ${route}`)

  function events(query: URLSearchParams): RecordedRest {
    const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise)
    const all = log.after(log.channels.session, 0)
    const [after, before, limit] = [number('after', 0), number('before', all.length + 1), number('limit', 200)]
    const between = all.slice(after, Math.max(after, before - 1))
    return ok({ events: query.has('after') ? between.slice(0, limit) : between.slice(-limit), epoch: MOCK_EPOCH, top: all.length })
  }

  function files(): RecordedRest {
    const told = log.after(log.channels.session, 0)
    const gone = new Set(told.flatMap(({ type, data }) => (type === 'file_deleted' ? [data.file_id] : [])))
    const here = told.filter(({ type, data }) => (type === 'file_uploaded' || type === 'file_shared') && !gone.has(data.file_id))
    return ok({ files: here.map(({ data, timestamp }) => ({ created_at: timestamp, username: '', ...data })).reverse(), next: null })
  }

  function session(method: string, part: string, { query, body }: RestQuestion): RecordedRest {
    if (method === 'GET' && part === '') return ok(log.row())
    if (method === 'GET' && part === '/state') return ok(log.snapshot())
    if (method === 'GET' && part === '/events') return events(query)
    // The CLI is asked for its commands while it runs; none runs here.
    if (method === 'GET' && part === '/offers') return ok({ commands: [], models: [] })
    if (method === 'GET' && part === '/context') return ok({ usage: null })
    if (method === 'PATCH' && part === '') {
      const patch = body as SessionPatch
      if (typeof patch.read_seq === 'number') log.markRead(patch.read_seq)
      rename(patch)
      return ok({})
    }
    return refuse('NOT_FOUND', 'the page without a relay cannot do this')
  }

  /** In what was recorded: one session, and no more than a page. */
  function search(q: string): RecordedRest {
    const row = log.row()
    const said = log.after(log.channels.session, 0).flatMap(({ seq, type, data, timestamp }) => {
      if (typeof seq !== 'number' || (type !== 'message' && type !== 'claude_response')) return []
      const content = String(data.content)
      const from = content.toLowerCase().indexOf(q.toLowerCase())
      if (from === -1) return []
      const begin = Math.max(0, from - 48)
      const snippet = content.slice(begin, begin + 180).replace(/\s/g, ' ')
      const who = type === 'message' ? { role: data.role === 'note' ? 'note' : 'user', user_id: data.user_id, username: data.username } : { role: 'claude' }
      return [{ session_id: row.session_id, workspace_id: row.workspace_id, title: row.title, archived: false, seq, ...who, at: timestamp, snippet, marks: [{ from: from - begin, to: from - begin + q.length }] }]
    })
    return ok({ hits: said.reverse().slice(0, 20), next: null })
  }

  /** `signedIn`: the recorded sign-in, good for an hour from now. */
  const signedIn = () => {
    const { status, body } = recorded(`POST ${v1}/auth/login`)
    return { status, body: { ...body, expires_at: clock.now() + 3_600_000 } }
  }

  return (question: RestQuestion): RecordedRest => {
    const { method, path, query } = question
    if (method === 'POST' && (path === `${v1}/auth/refresh` || path === `${v1}/auth/login`)) return signedIn()
    if (method === 'POST' && path === `${v1}/auth/logout`) return ok({})
    if (method === 'GET' && path === sessions) {
      const q = (query.get('q') ?? '').toLowerCase()
      const found = query.get('archived') !== 'true' && log.row().title.toLowerCase().includes(q) ? [log.row()] : []
      return ok({ sessions: found, total: found.length, next: null })
    }
    if (path.startsWith(`${sessions}/${recording.session_id}`)) return session(method, path.slice(`${sessions}/${recording.session_id}`.length), question)
    if (method === 'GET' && path === `${v1}/files`) return files()
    if (method === 'GET' && path === `${v1}/claude/search`) return search(query.get('q') ?? '')
    if (method === 'GET' && path.endsWith('/terminal-sessions')) return ok({ sessions: [], next: null })
    if (path.startsWith(sessions)) return refuse('NOT_FOUND', 'not found')
    const answer = recorded(`${method} ${path}`)
    const q = (query.get('q') ?? '').toLowerCase()
    if (q === '' || answer.status !== 200) return answer
    const { people, paths } = answer.body as { people?: { name: string }[]; paths?: { path: string }[] }
    if (people) return ok({ people: people.filter(({ name }) => name.toLowerCase().includes(q)) })
    return paths ? ok({ ...answer.body, paths: paths.filter(({ path: each }) => each.toLowerCase().includes(q)) }) : answer
  }
}
