// Share links and handing over, over REST: for the dialog of sharing.
import { rest as bodies, type LinkLife } from '#protocol'
import type { RestCalls } from './rest.ts'

export function createLinksRest({ get, change }: Pick<RestCalls, 'get' | 'change'>) {
  const at = (sessionId: string) => `claude/sessions/${encodeURIComponent(sessionId)}` as const
  return {
    list: (sessionId: string) => get(`${at(sessionId)}/links`, bodies.shareLinks),
    make: (sessionId: string, life: LinkLife) => change('POST', `${at(sessionId)}/links`, bodies.newLink, { body: { expires_in: life } }),
    end: (sessionId: string, linkId: string) => change('DELETE', `${at(sessionId)}/links/${encodeURIComponent(linkId)}`, bodies.ok),
    handOver: (sessionId: string, userId: string) => change('POST', `${at(sessionId)}/hand-over`, bodies.ok, { body: { user_id: userId } }),
  }
}
