// What less than a person may not say. Before a kept answer is looked for: what one token was told is not for another.
import { Refused, scopeOfMessage, type FromBrowser, type FromBrowserType } from '#protocol'
import { refuseOutOfScope as refuse, type Identity } from '../auth/auth.ts'

/** All that a reader by share link may say, besides `auth`. */
const BY_LINK: readonly FromBrowserType[] = ['ping', 'subscribe', 'unsubscribe']

/** A reader by share link, or an API token without the scope. What that is refused is charged like the rest. */
export function refuseOutOfScope(who: Identity, message: FromBrowser, charge: (who: Identity, message: FromBrowser) => void): void {
  if (who.kind === 'link' && !BY_LINK.includes(message.type)) throw new Refused('FORBIDDEN', 'a link only reads its session')
  if (who.scopes === null) return
  const scope = scopeOfMessage(message)
  if (scope === 'free') return
  try {
    refuse(who, scope)
  } catch (refusal) {
    charge(who, message)
    throw refusal
  }
}
