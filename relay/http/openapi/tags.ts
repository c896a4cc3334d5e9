// The chapters of the API's description, by the beginning of a path; the longest that fits counts.
import type { Route } from '../route.ts'

type Chapter = { name: string; description: string; paths: readonly string[] }

export const CHAPTERS: readonly Chapter[] = [
  { name: 'Sign-in', description: 'Signing in and out, and renewing a sign-in. Scripts need none of it: they take a token.', paths: ['/api/v1/auth'] },
  { name: 'People', description: 'Who one is, whom one could invite, and who has an account.', paths: ['/api/v1/me', '/api/v1/people', '/api/v1/users'] },
  { name: 'Tokens', description: 'Tokens for scripts: shown once, with scopes and an end.', paths: ['/api/v1/tokens'] },
  { name: 'Executions', description: 'One prompt being answered: begun, followed, stopped, read.', paths: ['/api/v1/claude/execute', '/api/v1/claude/executions'] },
  { name: 'WebSocket', description: 'Everything as it happens, over one connection; its messages are in the wire protocol.', paths: ['/ws'] },
  { name: 'Sessions', description: 'Shared conversations: lists, one session, its past and its people.', paths: ['/api/v1/claude/sessions'] },
  { name: 'Search', description: 'Words in what was said.', paths: ['/api/v1/claude/search'] },
  { name: 'Links', description: 'Links that show one session to whoever has them.', paths: ['/api/v1/claude/sessions/:id/links', '/api/v1/auth/link'] },
  { name: 'Workspaces', description: 'Folders in which Claude works.', paths: ['/api/v1/workspaces'] },
  { name: 'Files', description: 'Uploads, and their content.', paths: ['/api/v1/files'] },
  { name: 'Usage', description: 'Tokens and what they cost, and budgets.', paths: ['/api/v1/usage', '/api/v1/budgets'] },
  { name: 'Webhooks', description: 'Receivers that are told how executions ended.', paths: ['/api/v1/webhooks'] },
  { name: 'Operation', description: 'For whoever runs the relay, and this description.', paths: ['/healthz', '/readyz', '/metrics', '/api/v1/stats', '/api/v1/processes', '/api/v1/openapi.json', '/api/v1/docs', '/api/v1/admin', '/api/v1/audit'] },
]

/** Undefined for a path that no chapter knows: a test asks for one. */
export function chapterOf({ path }: Pick<Route, 'path'>): string | undefined {
  const fits = CHAPTERS.flatMap(({ name, paths }) => paths.map((begin) => ({ name, begin }))).filter(({ begin }) => path === begin || path.startsWith(`${begin}/`) || path.startsWith(`${begin}.`))
  return fits.sort((a, b) => b.begin.length - a.begin.length)[0]?.name
}
