// The audit over HTTP: for admins all of it, as pages or as one CSV file; for the owners of a session what was done there.
import { rest, type AuditEntry } from '#protocol'
import type { Auth } from '../auth/auth.ts'
import { attachmentNamed } from './content-disposition.ts'
import { BOM, csvLine, csvType } from './csv.ts'
import { route, type Route } from './route.ts'

const base = '/api/v1/audit'
const columns = ['time', 'user_id', 'user', 'action', 'as_admin', 'target_id', 'target', 'session_id', 'session', 'session_then', 'detail', 'address', 'tunnel_says', 'agent']

const line = (entry: AuditEntry) =>
  csvLine([
    new Date(entry.at).toISOString(),
    entry.user_id,
    entry.username,
    entry.action,
    entry.as_admin ? 'yes' : '',
    entry.target?.id,
    entry.target?.name,
    entry.session_id,
    entry.session_title,
    entry.session_title_then,
    JSON.stringify(entry.detail),
    entry.address,
    entry.hop,
    entry.agent,
  ])

async function* asCsv(pages: AsyncGenerator<AuditEntry[]>): AsyncGenerator<string> {
  yield BOM + csvLine(columns)
  for await (const page of pages) yield page.map(line).join('')
}

export function auditRoutes({ auth }: { auth: Auth }): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: { relay: 'see_audit' },
      summary: 'Who did what, when and from where; newest first.',
      query: rest.auditQuery,
      answer: rest.auditPage,
      handle: ({ query, inTurn }) => inTurn(() => auth.auditLog.page(query, query)),
    }),
    route({
      method: 'GET',
      path: `${base}/export`,
      access: { relay: 'see_audit' },
      summary: 'The same as one CSV file, with a byte order mark for spreadsheets.',
      about: { content: ['text/csv'], tells: ['Content-Disposition'] },
      query: rest.auditExportQuery,
      handle: ({ who, query, streamed }) =>
        new Response(streamed(asCsv(auth.auditLog.pages(who, query))), { headers: { 'content-type': csvType, 'content-disposition': attachmentNamed('audit.csv'), 'cache-control': 'no-store' } }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/sessions/:id/audit',
      access: { session: 'read_audit', trashed: true },
      summary: 'What was done in this session, for its owners; from where is told to admins only.',
      query: rest.sessionAuditQuery,
      answer: rest.auditPage,
      handle: ({ who, params, query, inTurn }) => inTurn(() => auth.auditLog.ofSession(who, params.id, query)),
    }),
  ]
}
