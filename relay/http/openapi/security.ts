// Who may call a route, as the description of the API says it.
import { scopesOf, type Route } from '../route.ts'

export const SECURITY = {
  session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a sign-in (`login`), of `ensemble token --user NAME`, or of the identity provider that the relay trusts.' },
  apiToken: { type: 'http', scheme: 'bearer', bearerFormat: 'ens_…', description: 'A token for scripts, with scopes: beside the role of whoever made it, it needs every scope that is named with the operation. Operations without this entry are closed to it.' },
  ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'What `createFileTicket` put into the address of one file, for a day. No other token counts here, and this one nowhere else.' },
  pageKey: { type: 'http', scheme: 'bearer', description: 'The `page_key` of `login`, beside the HttpOnly cookie that came with it: neither renews a sign-in alone.' },
  shareLink: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The short token of somebody who reads one session by a share link.' },
}

export function securityOf(route: Route): object[] {
  if (route.about?.security) return [...route.about.security]
  if (route.access === 'open') return []
  if (route.byTicket) return [{ ticket: [] }]
  const scopes = scopesOf(route)
  return [{ session: [] }, ...(scopes.length === 0 ? [] : [{ apiToken: scopes }]), ...(route.byLink ? [{ shareLink: [] }] : [])]
}
